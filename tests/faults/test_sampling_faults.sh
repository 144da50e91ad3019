#!/bin/sh
# Bad input to ggcn_sample, ggcn_interpolate and ggcn_inpaint, with 1 and 2 ranks:
# test_sampling_faults.sh GGCN_TRAIN GGCN_DATA MAKE_TEST_IMAGES GGCN_SAMPLE GGCN_INTERPOLATE GGCN_INPAINT LAUNCHER
set -u
train=$1 data=$2 make_images=$3 sample=$4 interpolate=$5 inpaint=$6 launcher=$7
. "$(dirname "$0")/../common.sh"
work_in sampling_faults
seconds=120
rank_counts='1 2'
python=/usr/bin/python3

mkdir inputs
make_data_set 60 12 inputs/data.h5
accept 1 "$data" import cifar10 inputs/data.bin inputs/large.h5 --size 16
make_network inputs/network.yaml
make_generator inputs/generator.yaml
cat >configuration.yaml <<'YAML'
data: {file: inputs/data.h5}
potential: {network: inputs/network.yaml}
sampler: {steps: 2, start: data}
learning: {iterations: 2, observed: 10, chains: 20, optimizer: {rate: 1.0e-3}}
generator: {network: inputs/generator.yaml, latent: 16, embedding: 4, every: 2}
run: {block: 4}
output: {checkpoint_every: 1, grid_every: 0, chain_every: 0}
YAML
accept 1 "$train" configuration.yaml --out inputs/plain
accept 1 "$train" configuration.yaml --out inputs/classes -s model=ggcn -s potential.conditional=true
accept 1 "$train" configuration.yaml --out inputs/dcgan -s model=dcgan -s generator.every=1
out="--out inputs/out.h5"

# --- which model --------------------------------------------------------------------------------------------------------------

program=$sample
mkdir inputs/empty
refuse "no run" 1 "inputs/gone: No such file" inputs/gone -n 5 $out
refuse "folder without checkpoints" 1 "inputs/empty/checkpoints" inputs/empty -n 5 $out
refuse "no such iteration" 1 00000007.h5 inputs/plain -n 5 --iteration 7 $out
refuse "iteration of a file" 1 "inputs/plain/checkpoints/00000001.h5" inputs/plain/checkpoints/00000001.h5 -n 5 --iteration 1 $out
refuse "data set as a run" 1 "inputs/data.h5" inputs/data.h5 -n 5 $out
cp -r inputs/plain inputs/damaged
# in theta: what is not needed is not read
$python - inputs/damaged/checkpoints/00000002.h5 <<'PY' || exit 1
import sys

import h5py

with h5py.File(sys.argv[1]) as file:
    place = file["parameters/theta"].id.get_chunk_info(0).byte_offset
with open(sys.argv[1], "r+b") as file:
    file.seek(place)
    file.write(b"\xff" * 64)
PY
refuse "damaged checkpoint" 1 inputs/damaged/checkpoints/00000002.h5 inputs/damaged -n 5 $out
cut_in_half inputs/plain/checkpoints/00000002.h5 inputs/damaged/checkpoints/00000002.h5
refuse "truncated checkpoint" 1 inputs/damaged/checkpoints/00000002.h5 inputs/damaged -n 5 $out

# Another network in the place of the one it was trained with: of other shapes, and of the same.
mv inputs/network.yaml network.yaml
sed 's/channels: 12/channels: 13/' network.yaml >inputs/network.yaml
refuse "checkpoint of another model" 1 "checkpoint of another network" inputs/plain -n 5 $out
sed 's/slope: [0-9.]*/slope: 0.3/' network.yaml >inputs/network.yaml
refuse "checkpoint of a model with other slopes" 1 "checkpoint of another model" inputs/plain -n 5 $out
rm inputs/network.yaml
refuse "network that is gone" 1 inputs/network.yaml inputs/plain -n 5 $out
mv network.yaml inputs/network.yaml

# --- what does not go with the model ------------------------------------------------------------------------------------------

refuse "generator that is missing" 1 "a wgcn has no generator" inputs/plain -n 5 --start generator $out
refuse "class of an unconditional model" 1 "unconditional" inputs/plain -n 5 --class 3 $out
refuse "unknown class" 1 'no class "elk"' inputs/classes -n 5 --class elk $out
refuse "class beyond the last" 1 'no class "10"' inputs/classes -n 5 --class 10 $out
refuse "more chains than the run has" 1 "only 20" inputs/plain -n 50 --chains 30 $out
refuse "fresh chains that start at data" 1 "sampler.start: data" inputs/plain -n 5 --start fresh $out
refuse "fresh chains of a generator" 1 "start at its generator" inputs/classes -n 5 --start fresh $out
refuse "steps of a discriminator" 1 "no density" inputs/dcgan -n 5 --steps 4 $out
refuse "step that no chain survives" 1 "no chain survives" inputs/plain -n 5 --step-size 100 $out
refuse "data of another size" 1 "inputs/large.h5: images of 3x16x16" inputs/plain -n 5 --start fresh --data inputs/large.h5 $out
refuse "data set that is missing" 1 inputs/gone.h5 inputs/plain -n 5 --start fresh --data inputs/gone.h5 $out
refuse "more steps than random numbers" 1 "random numbers of their own" inputs/plain -n 1000 --chains 1 --thin 1000000 $out
refuse "film of a chain that is not there" 1 --film-chain inputs/plain -n 6 --chains 3 --film inputs/film.png --film-chain 4 $out
refuse "output below a file" 1 inputs/data.h5/out inputs/plain -n 5 --out inputs/data.h5/out.h5
rank_counts=1
program=$inpaint
refuse "a distance on what is no network" 1 "inputs/data.h5: expected" inputs/plain inputs/data.h5 --features inputs/data.h5
refuse "originals of a data set" 2 "--part must be" inputs/plain inputs/data.h5 --part originals
program=$sample
refuse "no count" 2 "-n COUNT" inputs/plain $out
refuse "no run named" 2 "run directory" -n 5 $out
refuse "unknown start" 2 --start inputs/plain -n 5 --start nowhere $out
refuse "picture in the place of a data set" 2 "must end in .png" inputs/plain -n 5 --grid inputs/data.h5 $out
refuse "samples in the place of a configuration" 2 "must end in .h5" inputs/plain -n 5 --out configuration.yaml
refuse "recording without a directory" 2 "are for --record" inputs/plain -n 5 --record-every 2 $out
refuse "recording fewer steps than a draw takes" 1 "hold no draw" inputs/plain -n 5 --record traces --record-every 9 --steps 3 $out
mkdir -p held/chains
touch held/chains/segment-00000001.h5
refuse "a directory with recorded chains" 1 "holds recorded chains already" inputs/plain -n 5 --record held $out
refuse "more chains than samples" 2 --chains inputs/plain -n 5 --chains 6 $out
rank_counts='1 2'

program=$interpolate
refuse "interpolation without a generator" 1 "a wgcn has no generator" inputs/plain $out
refuse "interpolation of a chain that is not there" 1 "no chain 20" inputs/classes --chains 3,20 $out
refuse "interpolation of an image that is not there" 1 "no image 60" inputs/classes --data inputs/data.h5 --images 3,60 $out
refuse "interpolation of an unknown class" 1 'no class "elk"' inputs/classes --class elk $out
rank_counts=1
refuse "half a pair" 2 --chains inputs/classes --chains 3 $out
refuse "images without data" 2 --data inputs/classes --images 3,4 $out
rank_counts='1 2'

program=$inpaint
$python -c 'import PIL.Image as i; i.new("L", (10, 12), 255).save("inputs/small.png"); i.new("L", (12, 12)).save("inputs/black.png")' || exit 1
refuse "mask of another size" 1 "inputs/small.png: a mask of 12x10" inputs/plain inputs/data.h5 --mask inputs/small.png $out
refuse "mask that hides nothing" 1 "hides nothing" inputs/plain inputs/data.h5 --mask inputs/black.png $out
refuse "mask that is missing" 1 inputs/gone.png inputs/plain inputs/data.h5 --mask inputs/gone.png $out
refuse "square as large as the images" 1 "--square 12" inputs/plain inputs/data.h5 --square 12 $out
refuse "inpainting of images of another size" 1 "inputs/large.h5: images of 3x16x16" inputs/plain inputs/large.h5 $out
refuse "held-out images where there are none" 1 "no images are held out" inputs/plain inputs/data.h5 --part held-out $out
refuse "more images than there are" 1 "only 60" inputs/plain inputs/data.h5 -n 61 $out
refuse "inpainting by a discriminator" 1 "no density" inputs/dcgan inputs/data.h5 $out
rank_counts=1
refuse "mask of an unknown kind" 2 --mask inputs/plain inputs/data.h5 --mask stripes $out
refuse "inpainting without data" 2 "data set" inputs/plain $out

finish "all cases refused as they should be"
