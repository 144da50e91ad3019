#!/bin/sh
# Every file that the programs write opens with HDF5's own tools and with h5py, and explains itself:
# test_h5.sh GGCN_TRAIN GGCN_DATA MAKE_TEST_IMAGES LAUNCHER
set -u
train=$1 data=$2 make_images=$3 launcher=$4
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../common.sh"
work_in h5

make_data_set 120 16 data.h5
make_network network.yaml
make_configuration configuration.yaml data.h5 network.yaml
# Segments of two draws, two and one.
accept 2 "$train" configuration.yaml --out run -s output.checkpoint_every=2 -s potential.conditional=true

files=$(find data.h5 run -name '*.h5' | sort)
[ "$(echo "$files" | wc -l)" -eq 9 ] || fail "not a data set, three checkpoints, four files of chains and metrics: $files"
for file in $files; do
    name="h5dump -H $file"
    h5dump -H "$file" >output 2>&1 || fail "exit code $?"
    grep -q DATASET output || fail "no data set"
done

name="h5py"
# Debian's Python: that is where python3-h5py is.
# shellcheck disable=SC2086  # several files
/usr/bin/python3 "$here/check_h5.py" run/chains $files >output 2>&1 || fail "exit code $?"
cat output
finish "all files are open to others"
