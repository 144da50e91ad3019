#!/bin/sh
# From a bare Debian machine to a picture of samples: installs the packages, builds, makes a data set of Fashion-MNIST and
# trains a small wGCN on two MPI ranks. Takes a few minutes on two cores.
#   experiments/quickstart/run.sh [RUN-DIRECTORY] [-s section.key=value ...]
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(cd "$here/../.." && pwd)
run=runs/quickstart
case ${1:-} in "" | -*) ;; *) run=$1; shift ;; esac

"$top/jobs/install-debian-packages.sh" build
"$top/jobs/build.sh" release
bin=$top/build/release/bin

images=/usr/share/datasets/fashion-mnist/train-images-idx3-ubyte.gz
[ -e dataset.h5 ] || "$bin/ggcn_data" import idx "$images" dataset.h5

echo "training in $run"
OMP_NUM_THREADS=1 "$top/jobs/mpirun.sh" -np 2 "$bin/ggcn_train" --preset fashion-wgcn --out "$run" --overwrite "$@"
