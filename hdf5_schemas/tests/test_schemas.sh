#!/bin/sh
# Every file that the programs write follows its schema, and a file with any rule of any schema broken is told from it:
# test_schemas.sh GGCN_TRAIN GGCN_DATA MAKE_TEST_IMAGES MAKE_NETWORK_FILE LAUNCHER
set -u
train=$1 data=$2 make_images=$3 make_network_file=$4 launcher=$5
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../../tests/common.sh"
work_in schemas
seconds=300
python=/usr/bin/python3 # Debian's: that is where python3-h5py is
export PYTHONDONTWRITEBYTECODE=1 # nothing is to be left beside the scripts

# check RANKS LINES FILE...: all must be good, one line each, which says what they are.
check() {
    check_ranks=$1 lines=$2
    shift 2
    accept "$check_ranks" "$data" check "$@"
    [ "$(grep -c ': ok (' output)" -eq "$lines" ] || fail "not $lines good files"
}

# Everything a run writes, with a normalisation layer, with classes and without, with Adam and without, cut in two.
make_data_set 120 16 data.h5
make_network network.yaml
cat >>network.yaml <<'YAML'
  - {op: conv, channels: 16, kernel: 3, pad: 1, bias: false}
  - {op: norm}
YAML
make_configuration configuration.yaml data.h5 network.yaml
accept 2 "$train" configuration.yaml --out run -s output.checkpoint_every=2 -s potential.conditional=true
accept 1 "$train" configuration.yaml --out other -s learning.iterations=2 -s learning.optimizer.name=sgd \
    -s potential.theta=stationary -s model=gcn
accept 2 "$train" --restart other -s learning.iterations=4
accept 2 "$data" import cifar10 data.bin two.h5 --size 12
for ranks in 1 2; do
    check $ranks 10 data.h5 two.h5 run/metrics.h5 run/checkpoints/*.h5 run/chains/*.h5
    check $ranks 7 other/metrics.h5 other/checkpoints/*.h5 other/chains/*.h5
done
grep -q 'checkpoint, version [0-9]*, iteration 4, 40 chains of 3x16x16' output || fail "no such checkpoint"

# The other models: coarser grids, fixed filters from a network file, a generator with a replay buffer, a discriminator.
accept 1 "$data" import cifar10 data.bin small.h5 --size 12 --limit 60
make_generator generator.yaml
cat >models.yaml <<'YAML'
data: {file: small.h5}
potential: {network: network.yaml, conditional: true}
sampler: {steps: 2}
learning: {iterations: 3, observed: 20, chains: 20, optimizer: {rate: 1.0e-3}}
generator: {network: generator.yaml, latent: 8, embedding: 4, every: 2}
run: {block: 4}
output: {checkpoint_every: 0, grid_every: 0, chain_every: 1}
YAML
"$make_network_file" network.yaml 3 12 12 filters.h5 || exit 1
accept 1 "$train" models.yaml --out wmgcn -s model=wmgcn -s multigrid.sizes=[1,3,6,12]
accept 2 "$train" models.yaml --out wframe -s model=wframe -s potential.network=filters.h5
accept 2 "$train" models.yaml --out ggcn -s model=ggcn -s replay.size=40 -s replay.fresh=0.4
accept 1 "$train" models.yaml --out dcgan -s model=dcgan -s generator.every=1 -s potential.conditional=false
check 2 21 filters.h5 wmgcn/*.h5 wmgcn/*/*.h5 wframe/*.h5 wframe/*/*.h5 ggcn/*.h5 ggcn/*/*.h5 dcgan/*.h5 dcgan/*/*.h5

# A checkpoint of version 1, which knew no rate_factor: a run goes on from it as from its own.
cp -R ggcn old
$python - <<'PY' || exit 1
import h5py

with h5py.File("old/checkpoints/00000003.h5", "r+") as file:
    file.attrs["format_version"] = 1
    del file["rate_factor"]
PY
for directory in ggcn old; do
    accept 1 "$train" --restart $directory -s learning.iterations=4
    read_digest
    echo "$found" >$directory.digest
done
cmp ggcn.digest old.digest || fail "another digest after a checkpoint of version 1"

# Files that are none of ours, each with its reason, in one call.
echo "just text" >text.h5
cut_in_half data.h5 half.h5
$python -c 'import h5py; h5py.File("plain.h5", "w")' || exit 1
mkdir folder.h5
mkdir moved
cp run/chains/chains.h5 moved/chains.h5
for ranks in 1 2; do
    name="check of bad files"
    every_code $ranks "$data" check gone.h5 text.h5 half.h5 plain.h5 folder.h5 moved/chains.h5 data.h5 >output 2>&1
    [ "$(grep -cx 1 codes)" -eq $ranks ] || fail "exit codes $(paste -sd" " codes) in place of 1 on every rank"
    for words in 'gone.h5: .*No such file' 'text.h5: .*not HDF5 (10 bytes)' 'half.h5: .*truncated' \
        'plain.h5: attribute "format" is missing' 'folder.h5: .*a folder' 'moved/chains.h5: .*"segment-00000002.h5"' \
        'data.h5: ok (data set, version 2, 120 images of 3x16x16, 10 classes)' 'ggcn_data: bad file: 6 of 7 files'; do
        [ "$(grep -c "^$words" output)" -ge 1 ] || fail "no line \"$words\""
    done
done
ranks=1
name="check without a file"
every_code 1 "$data" check >output 2>&1
grep -qx 2 codes || fail "exit code $(cat codes) in place of 2"

# Arrays of several pieces: one that breaks a rule between the second and the third piece.
$python - <<'PY' || exit 1
import h5py
import numpy

for name, place in [("large.h5", 5000000), ("border.h5", 4000000)]:
    with h5py.File("run/metrics.h5") as source, h5py.File(name, "w") as file:
        for key, value in source.attrs.items():
            file.attrs[key] = value
        numbers = numpy.arange(5000000, dtype="<u8")
        numbers[place:] -= 1
        dataset = file.create_dataset("iteration", data=numbers, chunks=(100000,), fletcher32=True)
        for key in ["description", "units"]:
            dataset.attrs[key] = source["iteration"].attrs[key]
        dataset.make_scale("iteration")
PY
for ranks in 1 2; do
    check $ranks 1 large.h5
    name="check of border.h5"
    run $ranks "$data" check border.h5 >output 2>&1
    grep -q 'expected numbers that increase, found 1 others, the first, 3999999, at \[4000000\]' output ||
        fail "the broken rule was not found"
done
rm large.h5 border.h5

# Each rule in turn, on files that have all there can be.
for kind in samples metrics statistics; do
    $python "$here/make_file.py" $kind $kind.h5 || exit 1
done
cat >>network.yaml <<'YAML'
  - {op: dense, channels: 10}
YAML
"$make_network_file" network.yaml 3 12 12 network.h5 || exit 1
$python - <<'PY' || exit 1
import h5py
import numpy

with h5py.File("network.h5", "r+") as file: # as a classifier
    file.attrs["features"] = "conv7"
    file.attrs["logits"] = "dense10"
    file.attrs["resize"] = "bilinear-tensorflow"
    names = numpy.array([f"class {i // 2}".encode() for i in range(10)], dtype=h5py.string_dtype("utf-8", 8))
    classes = file.create_dataset("classes", data=names, chunks=names.shape, fletcher32=True)
    classes.attrs["description"] = "names, some of them twice"
    classes.attrs["units"] = "1"
PY
check 2 4 samples.h5 network.h5 metrics.h5 statistics.h5
name="break_rules.py"
$python "$here/break_rules.py" . "$data" "$launcher" dataset=data.h5 metrics=metrics.h5 samples=samples.h5 \
    network=network.h5 statistics=statistics.h5 \
    checkpoint=ggcn/checkpoints/00000003.h5,wmgcn/checkpoints/00000003.h5,wframe/checkpoints/00000003.h5 chains=run/chains/segment-00000004.h5 >output 2>&1 ||
    fail "exit code $?"
cat output
finish "every broken rule is noticed"
