#!/bin/sh
# Every preset is a run that can be made: its dry run, which tries the model on one block, says how long it will take.
# test_presets.sh GGCN_TRAIN GGCN_DATA MAKE_TEST_IMAGES MAKE_NETWORK_FILE LAUNCHER
set -u
train=$1 data=$2 make_images=$3 make_network_file=$4 launcher=$5
. "$(dirname "$0")/../common.sh"
work_in presets
export OMP_NUM_THREADS=1
seconds=180

make_data_set 100 32 32.h5
make_data_set 100 64 64.h5
make_data_set 100 28 28.h5
make_network network.yaml
"$make_network_file" network.yaml 3 32 32 filters.h5 || exit 1
tried=0
for preset in $("$train" --list | sed '1,/^presets$/d; s/^  \([^ ]*\) .*/\1/'); do
    case $preset in
    cifar10-*) file=32.h5 ;;
    faces32-*) file=32.h5 ;;
    faces64-*) file=64.h5 ;;
    fashion-*) file=28.h5 ;;
    *) file=none ;;
    esac
    set -- --preset "$preset" -s data.file="$file" --dry-run
    case $preset in
    *frame) set -- "$@" -s potential.network=filters.h5 ;;
    faces64-*) set -- "$@" -s run.block=1 -s sampler.steps=1 ;; # as little of v0 as can be
    esac
    accept 1 "$train" "$@"
    grep -q "^model ${preset#*-}\$" output || fail "another model than its name says"
    grep -q '^  iteration  *[0-9.e+-]* s$' output || fail "no time of an iteration"
    tried=$((tried + 1))
done
# more classes than the trial has chains
accept 1 "$train" --preset cifar10-wgcn -s data.file=32.h5 -s potential.conditional=true --dry-run
grep -q '^  iteration  *[0-9.e+-]* s$' output || fail "no time of a conditional model's iteration"
ranks=1 name=list
[ "$tried" -ge 23 ] || fail "$tried presets"
# a time that is worth something: ten times the steps are ten times the sampling, give or take a busy machine
accept 2 "$train" --preset cifar10-wgcn -s data.file=32.h5 -s sampler.steps=4 --dry-run
few=$(sed -n 's/^  Langevin steps  *\([0-9.e+-]*\) s$/\1/p' output)
accept 2 "$train" --preset cifar10-wgcn -s data.file=32.h5 -s sampler.steps=4000 --dry-run
many=$(sed -n 's/^  Langevin steps  *\([0-9.e+-]*\) s$/\1/p' output)
awk "BEGIN{exit !($few > 0 && $many > 20 * $few)}" || fail "$few s for 4 steps, $many s for 4000"
finish "$tried presets can be run"
