#!/bin/sh
# Damaged files: test_damage.sh FLIPS DAMAGE_FILES GGCN_DATA MAKE_TEST_IMAGES LAUNCHER
set -u
flips=$1 damage_files=$2 data=$3 make_images=$4 launcher=$5
. "$(dirname "$0")/../common.sh"
work_in damage
make_data_set 6 8 data.h5
"$damage_files" "$flips" data.h5 || exit 1
