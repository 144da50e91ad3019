#!/bin/sh
# Two hosts and a cable that is cut: test_two_hosts.sh GGCN_TRAIN GGCN_DATA MAKE_TEST_IMAGES LAUNCHER
# Two network namespaces with host names of their own, joined by a veth pair; a rank in each, over TCP. When the link goes down
# in the middle of a run the job has to end, non-zero, within a minute, and a restart comes to the digest of a run that nobody
# disturbed. Exit code 77, with the reason, where namespaces are not allowed.
set -u
train=$1 data=$2 make_images=$3 launcher=$4
. "$(dirname "$0")/../common.sh"
skip() {
    echo "SKIPPED: no two hosts here: $*"
    exit 77
}
[ "$(id -u)" -eq 0 ] || skip "no root"
PATH=$PATH:/usr/sbin
command -v ip >/dev/null || skip "no ip"
near=ggcn-$$-a far=ggcn-$$-b
ip netns add $near 2>/dev/null || skip "no network namespaces"
work_in two_hosts
seconds=120
trap 'ip netns del $near; ip netns del $far; rm -rf "$folder"' EXIT
ip netns add $far
{
    ip link add veth0 netns $near type veth peer name veth0 netns $far &&
        ip -n $near addr add 10.254.254.1/24 dev veth0 && ip -n $far addr add 10.254.254.2/24 dev veth0 &&
        ip -n $near link set veth0 up && ip -n $far link set veth0 up && ip -n $near link set lo up && ip -n $far link set lo up
} || skip "no veth pairs"

# What mpirun calls in place of ssh: AGENT HOST COMMAND...
cat >agent <<AGENT
#!/bin/sh
shift
exec ip netns exec $far unshare --uts sh -c "hostname far; \$*"
AGENT
chmod +x agent

make_data_set 120 12 data.h5
make_network network.yaml
make_configuration configuration.yaml data.h5 network.yaml

# on_both ARGUMENT...: a rank on each host
on_both() {
    OMPI_MCA_plm=rsh OMPI_MCA_plm_rsh_agent=$folder/agent OMPI_MCA_btl=tcp,self OMPI_MCA_pml=ob1 \
        OMPI_MCA_btl_tcp_if_include=10.254.254.0/24 OMPI_MCA_oob_tcp_if_include=10.254.254.0/24 \
        exec ip netns exec $near unshare --uts sh -c 'hostname near; exec "$@"' sh \
        "$launcher" -np 2 -host 10.254.254.1,10.254.254.2 "$train" "$@"
}

settings='-s learning.iterations=10 -s sampler.steps=60 -s output.checkpoint_every=2'
ranks=1
# shellcheck disable=SC2086  # several settings
accept 1 "$train" configuration.yaml --out whole $settings
read_digest
expected=$found
ranks=2
name="two hosts"
# shellcheck disable=SC2086
(on_both configuration.yaml --out run $settings) >output 2>&1 </dev/null || fail "exit code $?"
read_digest
expect_digest "two hosts"

rm -rf run
name="link cut"
# shellcheck disable=SC2086
(on_both configuration.yaml --out run $settings -s learning.iterations=100000) >output 2>&1 </dev/null &
process=$!
waited=0
until ls run/checkpoints/*[1-9].h5 >/dev/null 2>&1 || [ $waited -gt 300 ]; do
    sleep 0.1
    waited=$((waited + 1))
done
ip -n $near link set veth0 down
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
grep -q "another program uses this run directory: process .* on near" output || fail "the lock of the host that is gone was ignored"
rm run/lock
accept 2 "$train" --restart run -s learning.iterations="$reached"
read_digest
expect_digest "restart on one host"

finish "a cut link ends the job, and nothing is lost"
