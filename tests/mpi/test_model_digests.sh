#!/bin/sh
# Every model: one configuration, one result, whatever the ranks, threads and restarts:
# test_model_digests.sh GGCN_TRAIN GGCN_DATA MAKE_TEST_IMAGES MAKE_NETWORK_FILE LAUNCHER
# All five blocks of a run have observed images, chains, latents and slots of the replay buffer; the networks have norm layers.
set -u
train=$1 data=$2 make_images=$3 make_network_file=$4 launcher=$5
. "$(dirname "$0")/../common.sh"
work_in model_digests

make_data_set 60 12 data.h5
make_network network.yaml
sed 's/^  - {op: leaky/  - {op: norm}\n&/' network.yaml >normalised.yaml
make_generator generator.yaml
make_encoder encoder.yaml
cat >configuration.yaml <<'YAML'
data: {file: data.h5, classes: [0, 1, 2]}
potential: {network: normalised.yaml}
sampler: {steps: 2}
learning: {iterations: 4, observed: 15, chains: 20, optimizer: {rate: 1.0e-3}}
generator: {network: generator.yaml, latent: 16, embedding: 4, every: 2}
run: {block: 4}
output: {checkpoint_every: 0, grid_every: 0, chain_every: 0}
YAML

# A network file of the same layers, as frame and wframe need it.
"$make_network_file" normalised.yaml 3 12 12 filters.h5 || exit 1

# Shapes of ranks x threads beside 1x1; then the settings of a model.
: >results
while read -r shapes settings; do
    # shellcheck disable=SC2086  # several settings
    train_on 1 1 configuration.yaml --out run --overwrite $settings
    expected=$found
    echo "$expected" >>results
    for shape in $(echo "$shapes" | tr , ' '); do
        # shellcheck disable=SC2086
        train_on "${shape%x*}" "${shape#*x}" configuration.yaml --out run --overwrite $settings
        expect_digest "$shape $settings"
    done
    # Cut in two, between two updates of the generator, and on with another number of ranks.
    # shellcheck disable=SC2086
    train_on 3 1 configuration.yaml --out run --overwrite $settings -s learning.iterations=3
    [ "$found" != "$expected" ] || fail "three iterations give the digest of four"
    train_on 2 1 --restart run -s learning.iterations=4
    expect_digest "3x1 to iteration 3, 2x1 from there on $settings"
done <<'EOS'
1x2,2x1,3x1 -s model=frame -s potential.network=filters.h5
1x2,2x1,3x1 -s model=wframe -s potential.network=filters.h5 -s jko.scaled_by_rate=false
1x2,2x1,3x1 -s model=gcn
1x2,2x1,3x1 -s model=wgcn
1x2,2x1,3x1 -s model=mgcn -s multigrid.sizes=[1,4,12]
1x2,2x1,3x1 -s model=wmgcn -s multigrid.sizes=[1,6,12]
1x2,2x1,3x1 -s model=ggcn -s replay.size=40 -s replay.fresh=0.4
1x2,2x1,3x1 -s model=ggcn-nolhs -s replay.size=20
1x2,2x1,3x1 -s model=ggcn-ams -s sampler.steps=1
1x2,2x1,3x1 -s model=ggcn-nolhs-ams -s sampler.steps=1
2x1,3x1 -s model=ggcn-nolhs -s inpaint.mask=both -s generator.network=encoder.yaml -s replay.size=20
1x2,2x1,3x1 -s model=dcgan -s generator.every=1
2x2 -s potential.conditional=true -s model=wframe -s potential.network=filters.h5
2x2 -s potential.conditional=true -s model=wmgcn -s multigrid.sizes=[1,4,12]
2x2 -s potential.conditional=true -s model=ggcn -s replay.size=20
2x2 -s potential.conditional=true -s model=ggcn-ams -s sampler.steps=1
2x2 -s potential.conditional=true -s model=dcgan
EOS
name="results of different models"
ranks=1
[ "$(sort -u results | wc -l)" -eq 17 ] || fail "$(cat results)"

finish "the same bits everywhere, of every model"
