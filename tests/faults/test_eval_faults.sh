#!/bin/sh
# Bad input to ggcn_eval, with 2 ranks, in short with others: test_eval_faults.sh GGCN_EVAL GGCN_DATA MAKE_NETWORK_FILE MAKE_TEST_IMAGES
# LAUNCHER. Each case must end in time with the right exit code and exactly one message, and leave no file behind.
set -u
program=$1 data=$2 make_network_file=$3 make_images=$4 launcher=$5
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../common.sh"
python=/usr/bin/python3
for module in h5py scipy skimage PIL; do
    $python -c "import $module" 2>/dev/null || { echo "skipped: no python3-$module; tests/run.sh installs it"; exit 77; }
done
work_in eval_faults
rank_counts=2

mkdir inputs
cd inputs || exit 1
$python -c "import sys; sys.path.insert(0, sys.argv[1]); import eval_case; print(eval_case.NETWORK)" "$here/../mpi" \
    >network.yaml || exit 1
"$make_network_file" network.yaml 3 16 16 network.h5 || exit 1
$python "$here/make_eval_inputs.py" "$here/../mpi" || exit 1
make_data_set 30 12 set.h5
"$data" import cifar10 set.bin ten.h5 --size 12 --limit 20 >/dev/null || exit 1
cut_in_half samples.h5 half.h5
cp samples.h5 damaged.h5
damage damaged.h5
echo "just text" >text.h5
cd ..

accept 1 "$program" inputs/samples.h5 --reference inputs/set.h5 --features inputs/network.h5
accept 2 "$program" inputs/samples.h5 --reference inputs/ten.h5 --paired

score() {
    name=$1 code=$2 words=$3
    shift 3
    refuse "$name" "$code" "$words" "$@" --features inputs/network.h5
}

rank_counts=1
refuse "no samples" 2 "a file with samples is needed" --features inputs/network.h5
refuse "nothing to do" 2 "nothing to measure" inputs/samples.h5
refuse "pairs of nothing" 2 "--paired compares" inputs/samples.h5 --paired
refuse "bad splits" 2 "--splits must be" inputs/samples.h5 --paired --splits 0
refuse "bad part" 2 "--part must be all" inputs/samples.h5 --paired --part some
refuse "cache of nothing" 2 "--cache keeps" inputs/samples.h5 --features inputs/network.h5 --cache inputs/c.h5
refuse "two sets" 2 "superfluous argument" inputs/samples.h5 inputs/set.h5 --paired
rank_counts=2
score "missing samples" 1 "inputs/gone.h5: cannot open" inputs/gone.h5
score "text as samples" 1 "inputs/text.h5: expected a file of images, found a file that is not HDF5" inputs/text.h5
score "cut samples" 1 "inputs/half.h5: " inputs/half.h5
score "damaged samples" 1 "inputs/damaged.h5: damaged data" inputs/damaged.h5
score "a network as samples" 1 'inputs/network.h5: found a file of format "ggcn-network"' inputs/network.h5
score "no image in the file" 1 "inputs/empty.h5: " inputs/empty.h5
score "black above white" 1 "inputs/range.h5: black is 1 and white is -1" inputs/range.h5
score "a sample of NaN" 1 "inputs/broken.h5: image 17" inputs/broken.h5
score "two channels" 1 "images of 2 channels" inputs/two.h5
score "other sizes" 1 "inputs/larger.h5 holds images of 3x16x16" inputs/larger.h5 --reference inputs/set.h5
score "no held-out part" 1 "inputs/set.h5: no image is held out" inputs/set.h5 --part held-out
score "a part of samples" 1 "has no such part" inputs/samples.h5 --part training
score "record in a data set" 1 "only a file of samples records" inputs/set.h5 --record
score "too many splits" 1 "21 splits of 20 images" inputs/samples.h5 --splits 21
score "a cache that is something else" 1 'inputs/set.h5: expected a file of feature statistics' inputs/samples.h5 \
    --reference inputs/set.h5 --cache inputs/set.h5
score "a cache in no folder" 1 "inputs/no/c.h5" inputs/samples.h5 --reference inputs/set.h5 --cache inputs/no/c.h5
score "JSON in no folder" 1 "inputs/no/e.json" inputs/samples.h5 --json inputs/no/e.json
refuse "fewer samples than reference images" 1 "holds 19 images" inputs/fewer.h5 --reference inputs/ten.h5 --paired
refuse "images below SSIM's window" 1 "SSIM needs images of at least 11x11" inputs/small.h5 --reference inputs/small.h5 \
    --paired

network() {
    refuse "$1" 1 "$2" inputs/samples.h5 --features "inputs/$3.h5" --reference inputs/set.h5
}
network "missing network" "inputs/gone.h5: cannot open" gone
network "a data set as network" 'found format "ggcn-dataset"' set
network "missing tensor" 'data set "weights/second/weight" is missing' missing
network "unknown op" "swish" unknown
network "no such layer" "there is no layer nowhere" layer
network "unknown resize rule" '"resize"' rule
network "a layer that scores do not need" "nothing uses its result" unused
network "other numbers" '"digest"' digest

rank_counts=3
score "more ranks than blocks" 1 "20 images make 2 blocks of 16, fewer than there are ranks" inputs/samples.h5
rank_counts=1
score "one sample" 1 "splits of 1 images" inputs/one.h5
score "one sample with one split" 1 "one image has no covariance" inputs/one.h5 --splits 1 --reference inputs/set.h5
finish "every bad input is refused"
