#!/bin/sh
# 64 ranks on whatever machine this is: they end in time, stay small, and find what 2 ranks find.
# test_many_ranks.sh GGCN_TRAIN GGCN_DATA MAKE_TEST_IMAGES PEAK_MEMORY LAUNCHER
set -u
train=$1 data=$2 make_images=$3 peak_memory=$4 launcher=$5
. "$(dirname "$0")/../common.sh"
work_in many_ranks
limit=307200 # kB a rank

make_data_set 300 16 data.h5
make_network network.yaml
make_configuration configuration.yaml data.h5 network.yaml
settings='-s learning.chains=256 -s learning.observed=128 -s learning.iterations=2'

# shellcheck disable=SC2086  # several settings
accept 2 "$train" configuration.yaml $settings --out two
read_digest
expected=$found

seconds=300
# shellcheck disable=SC2086
accept 64 "$peak_memory" "$folder/kilobytes" "$train" configuration.yaml $settings --out many
read_digest
[ "$found" = "$expected" ] || fail "$found in place of $expected"
[ "$(wc -l <kilobytes)" -eq 64 ] || fail "not all ranks ended: $(wc -l <kilobytes)"
largest=$(sort -n kilobytes | tail -n 1)
[ "$largest" -lt $limit ] || fail "a rank used $largest kB, the limit is $limit kB"

finish "64 ranks of at most $largest kB: $found"
