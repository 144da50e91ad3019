# A Slurm of our own on this one machine, as root: starts munged, slurmctld and slurmd from a configuration of ours. To be
# sourced in the folder where their files may lie. Nothing of a Slurm that runs here already is touched.
# shellcheck shell=sh

# slurm_missing: says what a Slurm of our own lacks here; fails if there is nothing.
slurm_missing() {
    [ "$(id -u)" -eq 0 ] || { echo "no root"; return 0; }
    for command in munged mungekey slurmctld slurmd sbatch; do
        PATH=$PATH:/usr/sbin command -v $command >/dev/null || { echo "no $command"; return 0; }
    done
    return 1
}

# slurm_start: afterwards sbatch and the others talk to it.
slurm_start() {
    PATH=$PATH:/usr/sbin
    slurm=$PWD/slurm
    mkdir -p "$slurm/state" "$slurm/spool" "$slurm/munge"
    chmod 700 "$slurm/munge"
    chmod 755 "$slurm" "$PWD"
    port=$((20000 + $$ % 20000))
    cat >"$slurm/slurm.conf" <<CONF
ClusterName=ggcn
SlurmctldHost=$(uname -n)(127.0.0.1)
SlurmUser=root
SlurmdUser=root
SlurmctldPort=$port
SlurmdPort=$((port + 1))
AuthType=auth/munge
AuthInfo=socket=$slurm/munge/socket,cred_expire=5
StateSaveLocation=$slurm/state
SlurmdSpoolDir=$slurm/spool
SlurmctldPidFile=$slurm/slurmctld.pid
SlurmdPidFile=$slurm/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SchedulerParameters=sched_interval=2,bf_interval=2,sched_min_interval=0
KillWait=10
SlurmdParameters=config_overrides
ReturnToService=2
NodeName=$(uname -n) NodeAddr=127.0.0.1 CPUs=4 State=UNKNOWN
PartitionName=main Nodes=ALL Default=YES OverSubscribe=FORCE:4 State=UP
CONF
    export SLURM_CONF="$slurm/slurm.conf"
    mungekey --create --keyfile="$slurm/munge/key" >"$slurm/munge.log" 2>&1 || return 1
    munged --foreground --force --key-file="$slurm/munge/key" --socket="$slurm/munge/socket" --pid-file="$slurm/munge/pid" \
        --log-file="$slurm/munge/log" --seed-file="$slurm/munge/seed" >>"$slurm/munge.log" 2>&1 &
    munged_process=$!
    slurm_wait 10 test -S "$slurm/munge/socket" || return 1
    slurmctld -D -f "$SLURM_CONF" -L "$slurm/slurmctld.log" >/dev/null 2>&1 &
    slurmctld_process=$!
    slurmd -D -f "$SLURM_CONF" -L "$slurm/slurmd.log" -N "$(uname -n)" >/dev/null 2>&1 &
    slurmd_process=$!
    slurm_wait 30 slurm_ready
}

slurm_ready() {
    [ "$(sinfo -h -o %t 2>/dev/null)" = idle ]
}

# slurm_wait SECONDS COMMAND...: until the command succeeds.
slurm_wait() {
    slurm_left=$(($1 * 5))
    shift
    until "$@"; do
        [ $slurm_left -gt 0 ] || return 1
        slurm_left=$((slurm_left - 1))
        sleep 0.2
    done
}

slurm_stop() {
    for process in "${slurmd_process:-}" "${slurmctld_process:-}" "${munged_process:-}"; do
        [ -z "$process" ] || kill "$process" 2>/dev/null
    done
    wait
}
