# What the shell tests of the programs share. To be sourced, with $launcher set to jobs/mpirun.sh.
# shellcheck shell=sh
failures=0
seconds=60 # a run may take

# work_in NAME: a temporary folder, removed at the end, becomes the current one.
work_in() {
    folder=$(mktemp -d "${TMPDIR:-/tmp}/ggcn_$1_XXXXXX") || exit 1
    trap 'rm -rf "$folder"' EXIT
    trap 'exit 1' HUP INT PIPE TERM
    cd "$folder" || exit 1
}

# run RANKS PROGRAM ARGUMENT...: the program itself for one rank, under the launcher for more.
run() {
    ranks=$1
    shift
    if [ "$ranks" -eq 1 ]; then
        timeout "$seconds" "$@"
    else
        timeout "$seconds" "$launcher" -np "$ranks" "$@"
    fi
}

# fail WORDS: counts a failure and shows the last output. $name and $ranks say what was tried.
fail() {
    echo "FAILED: $ranks ranks: $name: $*"
    sed 's/^/    | /' output
    failures=$((failures + 1))
}

# accept RANKS PROGRAM ARGUMENT...: must succeed; what it prints is in the file output.
accept() {
    name=$*
    run "$@" >output 2>&1 </dev/null || fail "exit code $? in place of 0"
}

# finish WORDS: ends the test.
finish() {
    [ "$failures" -eq 0 ] || exit 1
    echo "$*"
    exit 0
}

# every_code RANKS PROGRAM ARGUMENT...: as run, and the exit code of each rank becomes a line of the file codes. To the
# launcher all ranks seem to succeed: it would kill the others when the first one fails.
every_code() {
    : >codes
    every_ranks=$1
    shift
    # shellcheck disable=SC2016  # for the inner shell
    run "$every_ranks" sh -c '"$@"; echo $? >>codes' sh "$@"
}

# Everything below inputs: names, and contents of files but the logs of runs, which may grow.
listing() {
    { find inputs && find inputs -type f ! -name log -exec cksum {} +; } | sort
}

# refuse NAME EXIT_CODE WORDS ARGUMENT...: with each of $rank_counts, every rank of $program must end with that code, in
# time, with exactly one message from all of them, which holds the words, and nothing below inputs may have changed.
refuse() {
    name=$1
    code=$2
    words=$3
    shift 3
    prefix="^$(basename "$program"): "
    before=$(listing)
    for ranks in $rank_counts; do
        every_code "$ranks" "$program" "$@" >output 2>&1 </dev/null || fail "out of time, or killed"
        [ "$(grep -cx "$code" codes)" -eq "$ranks" ] || fail "exit codes $(paste -sd" " codes) in place of $code on every rank"
        messages=$(grep -c "$prefix" output)
        [ "$messages" -eq 1 ] || fail "$messages messages in place of one"
        grep "$prefix" output | grep -qF -e "$words" || fail "no \"$words\" in the message"
        [ "$(listing)" = "$before" ] || fail "files were left, changed or removed: $(listing)"
    done
}

# damage FILE: 64 bytes behind the middle, where the large arrays are: images, chains.
damage() {
    head -c 64 /dev/zero | tr '\000' '\377' |
        dd of="$1" bs=1 seek=$(($(wc -c <"$1") * 5 / 8)) conv=notrunc 2>/dev/null
}

# cut_in_half FILE TO
cut_in_half() {
    head -c $(($(wc -c <"$1") / 2)) "$1" >"$2"
}

# make_data_set COUNT SIZE FILE.h5: colour images with structure, through ggcn_data ($data) from a file that $make_images
# wrote, which stays beside it.
make_data_set() {
    "$make_images" "$1" "${3%.h5}.bin" || exit 1
    accept 1 "$data" import cifar10 "${3%.h5}.bin" "$3" --size "$2"
}

# make_network FILE.yaml: three small convolutions.
make_network() {
    cat >"$1" <<'YAML'
layers:
  - {op: conv, channels: 8, kernel: 5, stride: 2, pad: 2}
  - {op: leaky_relu, slope: 0.05}
  - {op: conv, channels: 12, kernel: 3, stride: 1, pad: 1}
  - {op: leaky_relu, slope: 0.05}
  - {op: conv, channels: 16, kernel: 3, stride: 2, pad: 1}
  - {op: leaky_relu, slope: 0.05}
YAML
}

# make_configuration FILE.yaml DATA.h5 NETWORK.yaml: ten blocks, five iterations, five steps each.
make_configuration() {
    cat >"$1" <<YAML
data: {file: $2}
potential: {network: $3}
sampler: {steps: 5}
learning: {iterations: 5, observed: 40, chains: 40, optimizer: {rate: 1.0e-3}}
run: {block: 4}
output: {checkpoint_every: 0, grid_every: 0, chain_every: 1}
YAML
}

# read_digest: puts the digests that a run ended with into $found.
read_digest() {
    found=$(grep -x 'digest parameters=[0-9a-f]\{16\} chains=[0-9a-f]\{16\}' output) || fail "no digest"
}

# make_generator FILE.yaml: images of 12 x 12.
make_generator() {
    cat >"$1" <<'YAML'
layers:
  - {op: deconv, channels: 16, kernel: 3, bias: false}
  - {op: norm}
  - {op: relu}
  - {op: deconv, channels: 8, kernel: 4, stride: 2, pad: 1, bias: false}
  - {op: norm}
  - {op: relu}
  - {op: deconv, channels: image, kernel: 4, stride: 2, pad: 1}
  - {op: tanh}
YAML
}

# make_encoder FILE.yaml: a generator that completes images of 12 x 12.
make_encoder() {
    cat >"$1" <<'YAML'
layers:
  - {op: conv, channels: 16, kernel: 4, stride: 2, pad: 1, bias: false}
  - {op: norm}
  - {op: leaky_relu, slope: 0.2}
  - {op: deconv, channels: image, kernel: 4, stride: 2, pad: 1}
  - {op: tanh}
YAML
}

# train_on RANKS THREADS ARGUMENT...: runs $train and leaves the digest in $found.
train_on() {
    export OMP_NUM_THREADS="$2"
    on=$1
    shift 2
    accept "$on" "$train" "$@"
    read_digest
}

# expect_digest WHAT: $found must be $expected.
expect_digest() {
    echo "$found  $1"
    [ "$found" = "$expected" ] || fail "expected $expected"
}
