#!/bin/sh
# What ggcn_sample, ggcn_interpolate, ggcn_inpaint and the example program make of trained models: the same bits for any ranks
# and threads, a run that stays as it was, files that follow their schema, and numbers that NumPy finds as well:
# test_sampling.sh GGCN_TRAIN GGCN_DATA MAKE_TEST_IMAGES GGCN_SAMPLE GGCN_INTERPOLATE GGCN_INPAINT EXAMPLE GGCN_EVAL
#     MAKE_NETWORK_FILE LAUNCHER
set -u
train=$1 data=$2 make_images=$3 sample=$4 interpolate=$5 inpaint=$6 example=$7 eval=$8
shift 8
make_network_file=$1 launcher=$2
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../common.sh"
work_in sampling
seconds=120
python=/usr/bin/python3 # Debian's: that is where python3-h5py is
export PYTHONDONTWRITEBYTECODE=1

mkdir inputs
make_data_set 60 12 inputs/data.h5
make_network inputs/network.yaml
make_generator inputs/generator.yaml
"$make_network_file" inputs/network.yaml 3 12 12 inputs/features.h5 || exit 1
cat >configuration.yaml <<'YAML'
data: {file: inputs/data.h5, classes: [1, 0, 2]}
potential: {network: inputs/network.yaml, conditional: true, reference_sigma: 2.0}
sampler: {steps: 3, noise_sigma: 0.05, start: noise}
learning: {iterations: 4, observed: 15, chains: 20, optimizer: {rate: 1.0e-3}}
generator: {weight_init: he, network: inputs/generator.yaml, latent: 16, embedding: 4, every: 2}
run: {block: 4}
output: {checkpoint_every: 2, grid_every: 0, chain_every: 0}
YAML
for model in wgcn wmgcn ggcn; do
    accept 2 "$train" configuration.yaml --out inputs/$model -s model=$model -s 'multigrid.sizes=[1,4,12]' \
        -s sampler.final_step_noiseless=$([ $model = wgcn ] && echo false || echo true)
done
accept 2 "$train" configuration.yaml --out inputs/dcgan -s model=dcgan -s generator.every=1 -s potential.conditional=false
make_encoder inputs/encoder.yaml
accept 2 "$train" configuration.yaml --out inputs/encoder -s model=ggcn-nolhs -s potential.conditional=false \
    -s inpaint.mask=both -s generator.network=inputs/encoder.yaml
mv inputs/data.h5 data.h5 # the data set is not needed
before=$(listing)

# once NAME PROGRAM ARGUMENT...: on two ranks.
once() {
    kept=$1
    program=$2
    shift 2
    accept 2 "$program" "$@" --out "$kept.h5"
    grep -x 'digest samples=[0-9a-f]\{16\}' output >"$kept.digest" || fail "no digest"
}

# same NAME PROGRAM ARGUMENT...: the digest, the numbers in the file and the picture are those of other ranks and threads.
same() {
    once "$@"
    shift 2
    mv output "$kept.txt"
    for shape in 1x2 3x1; do
        export OMP_NUM_THREADS="${shape#*x}"
        accept "${shape%x*}" "$program" "$@" --out other.h5
        export OMP_NUM_THREADS=1
        grep -qxf "$kept.digest" output || fail "another digest than $(cat "$kept.digest")"
        cmp -s "$kept.png" other.png || fail "another picture"
        $python "$here/check_samples.py" equal "$kept.h5" other.h5 >>output 2>&1 || fail "other numbers in the file"
    done
}

class=$($python "$here/check_samples.py" class inputs/wgcn/checkpoints/00000004.h5 2)
same chains "$sample" inputs/wgcn -n 18
once film "$sample" inputs/wgcn -n 18 --film film.png --film-chain 7 --film-frames 3
once stay "$sample" inputs/wgcn -n 20 --steps 0
once thin "$sample" inputs/wgcn -n 17 --chains 6 --steps 5 --thin 2 --seed 9
once older "$sample" inputs/wgcn -n 20 --iteration 2 --steps 0
once file "$sample" inputs/wgcn/checkpoints/00000002.h5 -n 20 --steps 0
once classes "$sample" inputs/wgcn -n 9 --start fresh --class "$class" --class 0
once stored "$sample" inputs/wgcn -n 4 --class 1 --steps 1
same mala "$sample" inputs/wgcn -n 10 --start fresh --mala --steps 40 --step-size 0.3
once recorded "$sample" inputs/wgcn -n 10 --start fresh --mala --steps 40 --step-size 0.3 --record traces --record-every 8 \
    --record-images 2
cmp -s mala.digest recorded.digest || fail "chains that are recorded went elsewhere"
rm recorded.digest
# 3 ranks for 3 blocks of the second: recorded by ranks without chains, too
accept 3 "$sample" inputs/wmgcn -n 3 --record grid-traces --record-every 2 --steps 3 --thin 3 --out few.h5
accept 1 "$data" check traces/chains/*.h5 grid-traces/chains/*.h5
same grids "$sample" inputs/wmgcn -n 10 --film film.png
once means "$sample" inputs/wmgcn -n 10 --data data.h5
same generator "$sample" inputs/ggcn -n 10
once raw "$sample" inputs/ggcn -n 10 --steps 0
once dcgan "$sample" inputs/dcgan -n 10
once random "$interpolate" inputs/ggcn --rows 3 --points 5
once latents "$interpolate" inputs/ggcn --chains 2,19 --chains 4,4 --class 2
same fitted "$interpolate" inputs/ggcn --data data.h5 --images 3,8 --fit-steps 60
once square "$inpaint" inputs/wgcn data.h5 -n 7 --square 5
mv output square.txt
once spots "$inpaint" inputs/wgcn data.h5 -n 7 --mask spots --spots 0.3 --spot-size 2 --part all
same both "$inpaint" inputs/ggcn data.h5 -n 9 --mask both
once encoder "$inpaint" inputs/encoder data.h5 -n 7 --mask both --steps 0
once distance "$inpaint" inputs/wgcn data.h5 -n 17 --square 5 --features inputs/features.h5
rm distance.digest
name="the distance that ggcn_eval finds"
sed -n 's/^Frechet distance to the originals *\([0-9.e+-]*\) .*/\1/p' output >found
accept 2 "$eval" distance.h5 --reference distance.h5 --reference-part originals --features inputs/features.h5 --paired
sed -n 's/^Frechet distance *\([0-9.e+-]*\)$/\1/p' output | cmp -s - found || fail "not $(cat found)"
accept 1 "$data" check ./*.h5
name="digests of different requests"
cat ./*.digest >output
[ "$(sort -u output | wc -l)" -eq 19 ] || fail "not 19 of 21: a film changes nothing, a file is its iteration"

share=$(sed -n 's/^acceptance *\([0-9.]*\).*/\1/p' mala.txt)
name="numbers by NumPy"
$python "$here/check_samples.py" values inputs "$share" square.txt >output 2>&1 || fail "see above"

# The example program: difference quotients are the gradient, and each class has a density of its own.
accept 1 "$data" export data.h5 pictures
picture=$(find pictures -name '*.png' | sort | head -n 1)
accept 1 "$example" inputs/wgcn "$picture" out.png
name="example program"
$python "$here/check_samples.py" example output "$picture" inputs/wgcn/checkpoints/00000004.h5 >found 2>&1 || { cat found >>output; fail "its numbers"; }
[ -s out.png ] || fail "no picture"

name="runs after all this"
: >output
[ "$(listing)" = "$before" ] || fail "they changed"
finish "samples are the same everywhere, and right"
