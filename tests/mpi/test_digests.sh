#!/bin/sh
# One configuration, one result, whatever the ranks, threads and restarts:
# test_digests.sh GGCN_TRAIN GGCN_DATA MAKE_TEST_IMAGES LAUNCHER
set -u
train=$1 data=$2 make_images=$3 launcher=$4
. "$(dirname "$0")/../common.sh"
work_in digests

make_data_set 240 12 data.h5
make_network network.yaml
make_configuration configuration.yaml data.h5 network.yaml
sed 's/^  - {op: leaky/  - {op: norm}\n&/' network.yaml >normalised.yaml

train_on 1 1 configuration.yaml --out run-1x1
expected=$found
expect_digest "ranks x threads: 1x1"
for shape in 1x2 2x1 3x1 4x1 2x2 5x1; do
    train_on "${shape%x*}" "${shape#*x}" configuration.yaml --out "run-$shape"
    expect_digest "ranks x threads: $shape"
done

# Cut in two by a checkpoint, and on with another number of ranks.
for pair in 1:3 3:2 2:5; do
    train_on "${pair%:*}" 1 configuration.yaml --out "cut-$pair" -s learning.iterations=2
    [ "$found" != "$expected" ] || fail "two iterations give the digest of five"
    train_on "${pair#*:}" 1 --restart "cut-$pair" -s learning.iterations=5
    expect_digest "${pair%:*} to iteration 2, ${pair#*:} from there on"
done

# Other models, flows and optimisers, on one and on many, in one go and cut in two; all with results of their own.
echo "$expected" >results
while read -r settings; do
    # shellcheck disable=SC2086  # several settings
    train_on 1 1 configuration.yaml --out one --overwrite $settings
    expected=$found
    echo "$expected" >>results
    # shellcheck disable=SC2086
    train_on 3 2 configuration.yaml --out many --overwrite $settings
    expect_digest "ranks x threads: 3x2 $settings"
    # shellcheck disable=SC2086
    train_on 3 1 configuration.yaml --out many --overwrite $settings -s learning.iterations=2
    train_on 2 1 --restart many -s learning.iterations=5
    expect_digest "3 to iteration 2, 2 from there on $settings"
done <<'EOS'
-s model=gcn
-s potential.theta=stationary -s potential.conditional=true
-s potential.conditional=true -s sampler.start=data -s sampler.clamp=true
-s learning.optimizer.name=sgd -s jko.parameters=theta -s jko.scaled_by_rate=false
-s potential.network=normalised.yaml -s sampler.start=noise -s sampler.gradient_clip=1
EOS
name="results of different settings"
[ "$(sort -u results | wc -l)" -eq 6 ] || fail "$(cat results)"

# The data set does not depend on the ranks either.
accept 3 "$data" import cifar10 data.bin three.h5 --size 12
for array in /images /labels /classes; do
    name="data set of 1 and 3 ranks: $array"
    h5diff data.h5 three.h5 $array >output 2>&1 || fail "differs"
done

finish "the same bits everywhere"
