#!/bin/sh
# Two hosts and a cable that is cut: test_two_hosts.sh GGCN_TRAIN GGCN_DATA MAKE_TEST_IMAGES LAUNCHER
# Two network namespaces with host names of their own, joined by a veth pair; a rank in each, over TCP. When the link goes down
# in the middle of a run the job has to end, non-zero, within a minute, and a restart comes to the digest of a run that nobody
# disturbed. Exit code 77, with the reason, where namespaces are not allowed.
set -u
train=$1 data=$2 make_images=$3 launcher=$4
. "$(dirname "$0")/../common.sh"
. "$(dirname "$0")/../hosts.sh"
lacking=$(hosts_missing)
if [ -n "$lacking" ]; then
    echo "SKIPPED: no two hosts here: $lacking"
    exit 77
fi
work_in two_hosts
seconds=120
trap 'remove_hosts; rm -rf "$folder"' EXIT
make_hosts 2 || exit 1

make_data_set 120 12 data.h5
make_network network.yaml
make_configuration configuration.yaml data.h5 network.yaml

settings='-s learning.iterations=10 -s sampler.steps=60 -s output.checkpoint_every=2'
ranks=1
# shellcheck disable=SC2086  # several settings
accept 1 "$train" configuration.yaml --out whole $settings
read_digest
expected=$found
ranks=2
name="two hosts"
# shellcheck disable=SC2086
(on_hosts "$launcher" "$train" configuration.yaml --out run $settings) >output 2>&1 </dev/null || fail "exit code $?"
read_digest
expect_digest "two hosts"

rm -rf run
name="link cut"
# shellcheck disable=SC2086
(on_hosts "$launcher" "$train" configuration.yaml --out run $settings -s learning.iterations=100000) >output 2>&1 </dev/null &
process=$!
waited=0
until ls run/checkpoints/*[1-9].h5 >/dev/null 2>&1 || [ $waited -gt 300 ]; do
    sleep 0.1
    waited=$((waited + 1))
done
ip -n "$hosts_name-1" link set eth0 down
began=$(date +%s)
(sleep 120 && kill -KILL $process) 2>/dev/null &
watchdog=$!
wait $process
code=$?
kill $watchdog 2>/dev/null
took=$(($(date +%s) - began))
[ $code -ne 0 ] && [ $code -ne 137 ] || fail "exit code $code"
[ $took -le 60 ] || fail "it took $took seconds"
echo "the job ended with code $code, $took s after the link was cut"
reached=$(basename "$(ls run/checkpoints/*.h5 | tail -n 1)" .h5)
reached=$(expr "$reached" + 5)
accept 1 "$train" configuration.yaml --out longer $settings -s learning.iterations="$reached"
read_digest
expected=$found
# Nobody here can know whether the process on the other host has ended: the user says so, as the message asks.
every_code 2 "$train" --restart run >output 2>&1 </dev/null
grep -q "another program uses this run directory: process .* on host1" output || fail "the lock of the host that is gone was ignored"
rm run/lock
accept 2 "$train" --restart run -s learning.iterations="$reached"
read_digest
expect_digest "restart on one host"

finish "a cut link ends the job, and nothing is lost"
