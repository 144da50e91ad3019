#!/bin/sh
# The divergence guard of ggcn_train: test_guard.sh GGCN_TRAIN GGCN_DATA MAKE_TEST_IMAGES LAUNCHER
# A run that diverges goes back to its last checkpoint with lower rates, as if what was given up had not been, on any number
# of ranks; after some attempts it ends with one message.
set -u
train=$1 data=$2 make_images=$3 launcher=$4
. "$(dirname "$0")/../common.sh"
work_in guard

make_data_set 120 12 data.h5
make_network network.yaml
make_generator generator.yaml
make_configuration configuration.yaml data.h5 network.yaml

# records RUN ITERATIONS: metrics and draws hold each iteration once, and prints the rates as multiples of the first.
records() {
    /usr/bin/python3 - "$1" "$2" <<'PYTHON'
import sys
import h5py

run, last = sys.argv[1], int(sys.argv[2])
expected = list(range(1, last + 1))
with h5py.File(f"{run}/metrics.h5", "r") as metrics, h5py.File(f"{run}/chains/chains.h5", "r") as chains:
    rates = metrics["rate"][:]
    draws = chains["posterior/x"]
    assert list(metrics["iteration"][:]) == expected, list(metrics["iteration"][:])
    assert list(chains["posterior/draw"][:]) == expected, list(chains["posterior/draw"][:])
    assert draws.shape[:2] == (40, last), draws.shape
print(*(f"{rate / rates[0]:.4g}" for rate in rates))
PYTHON
}

# expect_rates RUN WORD...
expect_rates() {
    run=$1
    shift
    found=$(records "$run" $# 2>&1)
    [ "$found" = "$*" ] || fail "$run has the rates $found in place of $*"
}

# --- too much for any rate ------------------------------------------------------------------------------------------------

# give_up RANKS ARGUMENT...: must end with code 1 on every rank and one message; the files it may leave are checked.
give_up() {
    ranks=$1
    shift
    rm -rf wild
    every_code "$ranks" "$train" configuration.yaml --out wild "$@" >output 2>&1 </dev/null || fail "out of time, or killed"
    [ "$(grep -cx 1 codes)" -eq "$ranks" ] || fail "exit codes $(paste -sd" " codes) in place of 1 on every rank"
    [ "$(grep -c '^ggcn_train: ' output)" -eq 1 ] || fail "not one message"
    [ "$(find wild -type f | sort)" = "wild/checkpoints/00000000.h5
wild/config.yaml
wild/log" ] || fail "files were left: $(find wild -type f)"
}

# say WHERE WORDS: a line of the file must hold the words.
say() {
    grep -qF -e "$2" "$1" || fail "no \"$2\" in $1"
}

for ranks in 1 2 3; do
    name="hopeless rate"
    give_up $ranks -s learning.optimizer.rate=1e6 -s guard.attempts=2 -s guard.factor=0.25
    for number in 1 2; do
        say output "roll-back $number of 2 to iteration 0"
        say wild/log "roll-back $number of 2 to iteration 0"
    done
    say output "learning rates times 0.0625 from here on"
    say wild/log "rate factor 0.0625"
    [ "$(grep -c roll-back output)" -eq 3 ] || fail "not two roll-backs and an end"
    grep '^ggcn_train: ' output | grep -q 'finite; gave up after 2 roll-backs' || fail "the message does not say why"
    say wild/log "error: iteration 2: "
done
name="no attempts"
give_up 2 -s learning.optimizer.rate=1e6 -s guard.attempts=0
grep -q roll-back output && fail "it was rolled back"
name="threshold of the potential"
give_up 2 -s guard.potential=1e-12 -s guard.attempts=1
grep '^ggcn_train: ' output | grep -q 'iteration 1: .*guard.potential = 1e-12; gave up after 1 roll-back,' || fail "other words"

# --- saved by a lower rate ------------------------------------------------------------------------------------------------

wild='-s learning.optimizer.rate=0.03 -s guard.potential=40 -s guard.factor=0.1 -s output.checkpoint_every=2'
# shellcheck disable=SC2086  # several settings
for ranks in 1 2 3; do
    accept $ranks "$train" configuration.yaml --out "saved-$ranks" $wild -s learning.iterations=8
    [ "$(grep -c 'roll-back 1 of 3 to iteration 2, learning rates times 0.1 from here on' output)" -eq 1 ] || fail "no word of it"
    say output "more than guard.potential = 40"
    say "saved-$ranks/log" "roll-back 1 of 3 to iteration 2, rate factor 0.1: iteration 4: "
    read_digest
    [ "$ranks" -eq 1 ] && expected=$found
    [ "$found" = "$expected" ] || fail "$found in place of $expected"
    expect_rates "saved-$ranks" 1 1 0.1 0.1 0.1 0.1 0.1 0.1
done
# A restart keeps the factor, also on another number of ranks.
# shellcheck disable=SC2086
accept 1 "$train" configuration.yaml --out part $wild -s learning.iterations=5
accept 3 "$train" --restart part -s learning.iterations=8
read_digest
[ "$found" = "$expected" ] || fail "$found in place of $expected"
expect_rates part 1 1 0.1 0.1 0.1 0.1 0.1 0.1
# The threshold alone made the difference.
# shellcheck disable=SC2086
accept 1 "$train" configuration.yaml --out part --overwrite $wild -s learning.iterations=8 -s guard.potential=0
expect_rates part 1 1 1 1 1 1 1 1

# What does not get beyond a checkpoint with lower rates goes back to an earlier one; and so does what diverges just after it.
name="earlier checkpoints"
# shellcheck disable=SC2086
every_code 2 "$train" configuration.yaml --out earlier $wild -s guard.potential=20 -s guard.factor=0.99 -s guard.attempts=2 >output 2>&1 </dev/null ||
    fail "out of time, or killed"
say output "roll-back 1 of 2 to iteration 2, learning rates times 0.99 "
say output "roll-back 2 of 2 to iteration 0, learning rates times 0.9801 "
accept 1 "$train" configuration.yaml --out next -s output.checkpoint_every=1 -s guard.mode=off
every_code 2 "$train" --restart next -s learning.iterations=6 -s guard.mode=on -s guard.attempts=3 -s guard.potential=1e-12 \
    >output 2>&1 </dev/null || fail "out of time, or killed"
say output "roll-back 1 of 3 to iteration 4,"
say output "roll-back 2 of 3 to iteration 3,"
say output "roll-back 3 of 3 to iteration 3," # there is no other

# Models with more to restore.
while read -r settings; do
    for ranks in 1 2; do
        # shellcheck disable=SC2086
        accept $ranks "$train" configuration.yaml --out "model-$ranks" --overwrite $wild -s generator.network=generator.yaml \
            $settings -s learning.iterations=5
        grep -q "roll-back 1 of 3 to iteration " output || fail "it was not rolled back"
        read_digest
        [ "$ranks" -eq 1 ] && expected=$found
        [ "$found" = "$expected" ] || fail "$found in place of $expected"
        records "model-$ranks" 5 >found_records 2>&1 || fail "$(cat found_records)"
    done
done <<'EOS'
-s model=ggcn -s replay.size=80 -s guard.potential=5 -s output.checkpoint_every=1
-s model=dcgan -s guard.potential=5 -s output.checkpoint_every=1
-s model=wmgcn -s multigrid.sizes=[1,6,12] -s guard.potential=4
EOS

# --- off ------------------------------------------------------------------------------------------------------------------

for ranks in 1 2; do
    accept $ranks "$train" configuration.yaml --out off --overwrite -s learning.optimizer.rate=1e6 -s guard.mode=off
    grep -q roll-back output && fail "it was rolled back"
    expect_rates off 1 1 1 1 1
    /usr/bin/python3 -c 'import h5py, numpy
assert not numpy.isfinite(h5py.File("off/metrics.h5", "r")["potential_chains"][-1])' || fail "it did not diverge"
    find off -type f >files
    for file in checkpoints/00000005.h5 grids/00000005.png; do
        say files off/$file
    done
done

# --- another failure is no divergence -------------------------------------------------------------------------------------

# Rank 0 alone cannot write a picture: all ranks end, without a roll-back.
for many in 1 2 3; do
    accept 1 "$train" configuration.yaml --out input-$many -s learning.iterations=2 -s output.checkpoint_every=1
    ranks=$many # accept has set it to 1
    mkdir -p input-$ranks/grids/00000004.png/occupied
    name="picture that cannot be written"
    every_code $ranks "$train" --restart input-$ranks -s learning.iterations=4 -s output.grid_every=1 >output 2>&1 </dev/null ||
        fail "out of time, or killed"
    [ "$(grep -cx 1 codes)" -eq "$ranks" ] || fail "exit codes $(paste -sd" " codes) in place of 1 on every rank"
    [ "$(grep -c '^ggcn_train: ' output)" -eq 1 ] || fail "not one message"
    say output input-$ranks/grids/00000004.png
    grep -q roll-back output && fail "it was rolled back"
done

finish "divergences are rolled back"
