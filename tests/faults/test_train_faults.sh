#!/bin/sh
# Bad input to ggcn_train, with 1 and 2 ranks: test_train_faults.sh GGCN_TRAIN GGCN_DATA MAKE_TEST_IMAGES LAUNCHER
# Each case must end in time with the right exit code on every rank and exactly one message, which names what is wrong,
# and leave no file behind. A damaged checkpoint is stepped over where an older one is good.
set -u
program=$1 data=$2 make_images=$3 launcher=$4
. "$(dirname "$0")/../common.sh"
work_in train_faults
rank_counts='1 2'

mkdir inputs
make_data_set 120 12 inputs/data.h5
make_network inputs/network.yaml
make_configuration inputs/good.yaml inputs/data.h5 inputs/network.yaml
out=inputs/out

# refuse_with NAME WORDS ARGUMENT...: the good configuration with something bad on top.
refuse_with() {
    refuse_name=$1
    refuse_words=$2
    shift 2
    refuse "$refuse_name" 1 "$refuse_words" inputs/good.yaml --out $out "$@"
}

# --- configuration ----------------------------------------------------------------------------------------------------------

printf 'model: wgcn\nsampler: {steps: 5\nrun: {block: 4}\n' >inputs/syntax.yaml
printf 'model: wgcn\n\nsampler:\n  steps: 5\n  step_sise: 0.2\n' >inputs/key.yaml
printf 'sampler:\n  steps: many\n' >inputs/type.yaml
refuse "missing configuration" 1 inputs/gone.yaml inputs/gone.yaml --out $out
refuse "folder as configuration" 1 inputs inputs --out $out
refuse "YAML syntax error" 1 inputs/syntax.yaml:3 inputs/syntax.yaml --out $out
refuse "unknown key" 1 inputs/key.yaml:5 inputs/key.yaml --out $out
refuse "unknown key, its name" 1 sampler.step_sise inputs/key.yaml --out $out
refuse "wrong type" 1 inputs/type.yaml:2 inputs/type.yaml --out $out
refuse "wrong type, its key" 1 sampler.steps inputs/type.yaml --out $out
refuse_with "chains that would not survive" "200" -s potential.reference_sigma=0.01 -s sampler.step_size=0.2
refuse_with "unknown key in a setting" learning.chain -s learning.chain=40
refuse_with "impossible value in a setting" sampler.steps -s sampler.steps=0
refuse_with "chains that are no whole blocks" learning.chains -s learning.chains=41
refuse "unknown preset" 1 mnist --preset mnist --out $out

# --- data set ---------------------------------------------------------------------------------------------------------------

echo "just text" >inputs/text.h5
cut_in_half inputs/data.h5 inputs/half.h5
cp inputs/data.h5 inputs/newer.h5
/usr/bin/python3 -c 'import h5py; h5py.File("inputs/newer.h5", "r+").attrs["format_version"] = 99' || exit 1
accept 1 "$program" inputs/good.yaml --out inputs/run -s output.checkpoint_every=1 -s output.grid_every=0
read_digest
whole=$found
cp inputs/run/metrics.h5 inputs/other-kind.h5
refuse_with "no data set named" data.file -s 'data.file=""'
refuse_with "missing data set" inputs/gone.h5 -s data.file=inputs/gone.h5
refuse_with "data set that is text" inputs/text.h5 -s data.file=inputs/text.h5
refuse_with "data set of another kind" inputs/other-kind.h5 -s data.file=inputs/other-kind.h5
refuse_with "data set of a newer version" 99 -s data.file=inputs/newer.h5
refuse_with "truncated data set" inputs/half.h5 -s data.file=inputs/half.h5
refuse_with "images of another size" data.size -s data.size=32
refuse_with "unknown class" "inputs/data.h5: class 10" -s 'data.classes=[1, 10]'
refuse_with "fewer images than blocks" inputs/data.h5 -s data.limit=9

# --- network ----------------------------------------------------------------------------------------------------------------

printf 'layers:\n  - {op: conv, channels: 8, kernel: 13}\n' >inputs/large.yaml
printf 'layers:\n  - {op: convolve, channels: 8, kernel: 3}\n' >inputs/layer.yaml
refuse_with "unknown network" smal -s potential.network=smal
refuse_with "unknown layer" "inputs/layer.yaml: Invalid ENUM value: convolve" -s potential.network=inputs/layer.yaml
refuse_with "network that does not fit the images" inputs/large.yaml -s potential.network=inputs/large.yaml
rank_counts=3
refuse_with "more ranks than blocks" "2 blocks" -s learning.chains=8 -s learning.observed=8
rank_counts='1 2'

# --- run directory ----------------------------------------------------------------------------------------------------------

out=inputs/good.yaml/out
refuse_with "output below a file" inputs/good.yaml
out=inputs/good.yaml
refuse_with "file as output" inputs/good.yaml
out=inputs/run
refuse_with "existing run" inputs/run
mkdir inputs/folder
echo "of another program" >inputs/folder/notes
out=inputs/folder
refuse_with "existing folder" inputs/folder
refuse_with "--overwrite of a folder that is no run" inputs/folder --overwrite

# A run that was killed before it had its configuration left nothing that could be lost.
mkdir -p begun/checkpoints
echo "model: wg" >begun/config.yaml.incomplete
accept 2 "$program" inputs/good.yaml --out begun --overwrite

# A plan makes no files.
name="--dry-run"
before=$(listing)
accept 2 "$program" inputs/good.yaml --out inputs/plan --dry-run
grep -q leaky_relu output || fail "no network table"
[ "$(listing)" = "$before" ] || fail "files were made: $(listing)"

# --- restart ----------------------------------------------------------------------------------------------------------------

sed 's/channels: 12/channels: 13/' inputs/network.yaml >inputs/other.yaml
refuse "--restart of no run" 1 inputs/folder --restart inputs/folder
refuse "--restart of nothing" 1 inputs/gone --restart inputs/gone
refuse "--restart with another network" 1 inputs/run/checkpoints/00000005.h5 --restart inputs/run \
    -s potential.network=inputs/other.yaml
refuse "--restart with more chains" 1 inputs/run/checkpoints/00000005.h5 --restart inputs/run -s learning.chains=80 \
    -s learning.observed=80

# The same shapes, but another run: each is named.
sed 's/leaky_relu, slope: [0-9.]*/leaky_relu, slope: 0.3/; s/leaky_relu}/leaky_relu, slope: 0.3}/' inputs/network.yaml >inputs/slope.yaml
cmp -s inputs/network.yaml inputs/slope.yaml && { name=slope; ranks=1; : >output; fail "the network did not change"; }
refuse "--restart with another slope" 1 potential.network --restart inputs/run -s potential.network=inputs/slope.yaml
refuse "--restart with another seed" 1 run.seed --restart inputs/run -s run.seed=99
refuse "--restart with other images" 1 data.file --restart inputs/run -s data.limit=100
refuse "--restart beyond the end" 1 learning.iterations --restart inputs/run -s learning.iterations=3
refuse "--from before the first checkpoint" 1 "iteration 1 or before" --restart inputs/run --from 1

# Back to an earlier checkpoint, and to the end of the undisturbed run again.
cp -r inputs/run back
accept 2 "$program" --restart back --from 3
grep -q '^read checkpoint 00000003$' output || fail "did not say what it read"
read_digest
[ "$found" = "$whole" ] || fail "$found in place of $whole"

# From a damaged newest checkpoint to the one before, and to the end of the undisturbed run.
for ranks in 1 2; do
    rm -rf damaged
    cp -r inputs/run damaged
    damage damaged/checkpoints/00000005.h5
    accept $ranks "$program" --restart damaged
    grep 'skipped checkpoint 00000005: ' output | grep -q damaged/checkpoints/00000005.h5 || fail "skipped without a word"
    grep -q '^read checkpoint 00000004$' output || fail "did not say what it read"
    read_digest
    [ "$found" = "$whole" ] || fail "$found in place of $whole"
done

cp -r inputs/run inputs/lost
damage inputs/lost/checkpoints/00000003.h5
echo "just text" >inputs/lost/checkpoints/00000004.h5
cut_in_half inputs/run/checkpoints/00000005.h5 inputs/lost/checkpoints/00000005.h5
refuse "no good checkpoint" 1 inputs/lost/checkpoints --restart inputs/lost
rm inputs/lost/checkpoints/*
refuse "no checkpoint" 1 inputs/lost/checkpoints --restart inputs/lost

# --- usage, and the launcher's exit code ------------------------------------------------------------------------------------

refuse "no configuration" 2 configuration
refuse "unknown option" 2 --preste --preste fashion-wgcn
rank_counts=1 # usage errors are found alike on every rank
refuse "option without its value" 2 --out inputs/good.yaml --out
refuse "two configurations" 2 inputs/key.yaml inputs/good.yaml inputs/key.yaml
refuse "--restart with a configuration" 2 --restart inputs/good.yaml --restart inputs/run
refuse "--restart elsewhere" 2 "its own directory" --restart inputs/run --out elsewhere
refuse "--from without --restart" 2 --from inputs/good.yaml --from 2
name="exit code of the launcher"
run 2 "$program" inputs/gone.yaml >output 2>&1 </dev/null && fail "it is 0"

finish "all cases refused as they should be"
