#!/bin/sh
# Runs that cannot write: test_no_loss.sh GGCN_TRAIN GGCN_DATA MAKE_TEST_IMAGES LAUNCHER
# A disk that fills up, a folder that goes away: the run says so, goes on, and tries again; only at the end it is an error,
# and then the last good checkpoint is still there. The full disk is a small tmpfs, which takes a right to mount.
set -u
train=$1 data=$2 make_images=$3 launcher=$4
. "$(dirname "$0")/../common.sh"
work_in no_loss
seconds=120

make_data_set 120 12 data.h5
make_network network.yaml
make_configuration configuration.yaml data.h5 network.yaml
often='-s learning.iterations=20 -s sampler.steps=100 -s output.checkpoint_every=1 -s output.grid_every=4'

# count WORDS: lines of the output with them.
count() {
    grep -cF -e "$1" output
}

# A run whose checkpoints cannot get their name for a while: one warning for each, then all is written.
# shellcheck disable=SC2086  # several settings
accept 1 "$train" configuration.yaml --out whole $often
read_digest
expected=$found
# begin RANKS DIRECTORY ARGUMENT...: in the background; waits for the first checkpoint.
begin() {
    ranks=$1 directory=$2
    shift 2
    # shellcheck disable=SC2086
    timeout "$seconds" "$launcher" -np "$ranks" "$train" configuration.yaml --out "$directory" $often "$@" >output 2>&1 </dev/null &
    process=$!
    waited=0
    until [ -e "$directory/checkpoints/00000002.h5" ] || [ $waited -gt 300 ]; do
        sleep 0.1
        waited=$((waited + 1))
    done
}
for ranks in 1 2; do
    rm -rf run
    name="names that are taken"
    begin $ranks run
    mkdir -p run/checkpoints/00000019.h5/occupied run/grids/00000016.png/occupied
    wait $process || fail "exit code $?"
    [ "$(count 'warning: run/checkpoints/00000019.h5.incomplete: cannot rename')" -eq 1 ] || fail "no warning, or several"
    [ "$(count 'the run goes on, and tries again later')" -eq 2 ] || fail "not two warnings"
    read_digest
    expect_digest "$ranks ranks, a checkpoint and a picture that could not be written"
done

# The folder of checkpoints goes away: it is made again. With the whole directory gone there is nothing to be done.
rm -rf run
name="checkpoints removed"
begin 2 run
mv run/checkpoints taken
wait $process || fail "exit code $?"
[ -f run/checkpoints/00000020.h5 ] || fail "no checkpoint at the end"
rm -rf run
name="directory removed"
begin 2 run
mv run gone
wait $process
[ $? -eq 1 ] || fail "no error"
[ "$(count 'ggcn_train: ')" -eq 1 ] || fail "not one error"
[ "$(count 'warning: ')" -ge 1 ] || fail "no warning"
accept 1 "$train" --restart gone
read_digest
expect_digest "restart in the directory that was moved away"

# --- a full disk ----------------------------------------------------------------------------------------------------------

mkdir disk
if ! mount -t tmpfs -o size=3m ggcn_no_loss disk 2>/dev/null; then
    finish "runs that cannot write say so; NOT TRIED, no right to mount a tmpfs: the full disk"
fi
trap 'cd /; umount -l "$folder/disk"; rm -rf "$folder"' EXIT

for ranks in 1 2; do
    name="disk full for a while"
    rm -rf disk/*
    begin $ranks disk/run
    waited=0
    until [ "$(count 'the run goes on, and tries again later')" -ge 2 ] || [ $waited -gt 600 ]; do
        # again and again, since the run may be writing or removing a file of its own just now
        dd if=/dev/zero of=disk/filler bs=16k oflag=append conv=notrunc 2>/dev/null
        sleep 0.1
        waited=$((waited + 1))
    done
    rm disk/filler
    wait $process || fail "exit code $?"
    [ "$(count 'No space left on device')" -ge 1 ] || fail "no word of the disk"
    read_digest
    expect_digest "$ranks ranks, disk full for a while"
    /usr/bin/python3 -c 'import h5py
with h5py.File("disk/run/metrics.h5") as metrics, h5py.File("disk/run/chains/chains.h5") as chains:
    assert list(metrics["iteration"][:]) == list(range(1, 21)), list(metrics["iteration"][:])
    assert list(chains["posterior/draw"][:]) == list(range(1, 21)), list(chains["posterior/draw"][:])' ||
        fail "metrics or draws are missing"
done

# Full until the end, from many fill levels on, so that each kind of write is the one that fails first.
# shellcheck disable=SC2086
accept 1 "$train" configuration.yaml --out short $often -s sampler.steps=5
read_digest
expected=$found
ranks=2
for room in 0 150 400 500 700 900 1200; do
    name="disk with $room kB left"
    rm -rf disk/*
    fallocate -l $((3000000 - 1000 * room)) disk/filler
    # shellcheck disable=SC2086
    every_code $ranks "$train" configuration.yaml --out disk/run $often -s sampler.steps=5 >output 2>&1 </dev/null || fail "out of time"
    code=$(sort -u codes)
    case $code in
        0) ;;
        1) [ "$(count 'ggcn_train: ')" -eq 1 ] || fail "not one error" ;;
        *) fail "exit codes $(paste -sd' ' codes)" ;;
    esac
    echo "$room kB left: exit code $code, $(count warning:) warnings, checkpoints $(ls disk/run/checkpoints 2>/dev/null | tr '\n' ' ')"
    [ -z "$(find disk -name '*.incomplete' -o -name '*.part')" ] || fail "unfinished files were left"
    rm disk/filler
    if ls disk/run/checkpoints/*.h5 >/dev/null 2>&1; then
        accept $ranks "$train" --restart disk/run
        read_digest
        expect_digest "after $name"
    fi
done

finish "runs that cannot write say so, and lose nothing that was written"
