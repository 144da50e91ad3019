#!/bin/sh
# Fuzzing with clang's libFuzzer, under the address and undefined-behaviour sanitizers: run.sh [RUNS [TARGET...]]
# RUNS (1,000,000) executions of each target; what fails is kept in build/fuzz/failures. Needs jobs/install-debian-packages.sh
# fuzz.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
build=$top/build/fuzz
runs=${1:-1000000}
[ $# -eq 0 ] || shift
cmake --preset fuzz -S "$top" >/dev/null
cmake --build "$build"
[ $# -gt 0 ] || set -- cifar10 config hdf5 idx image lmdb network
"$top/tests/fuzz/make_seeds.py" "$build/seeds" "$build/bin/ggcn_data" "$build/bin/ggcn_train" "$top/src/model/networks"
mkdir -p "$build/failures"
# Leaks are looked for at the end of each target, when all executions' would be there; what HDF5 and OpenMP keep until then is
# told from them by the suppressions.
export OMP_NUM_THREADS=1 UBSAN_OPTIONS=print_stacktrace=1 ASAN_OPTIONS=allocator_may_return_null=1:quarantine_size_mb=32
export LSAN_OPTIONS=suppressions=$top/tests/lsan.supp:print_suppressions=0
for target; do
    mkdir -p "$build/found/$target"
    saved=$top/tests/fuzz/corpus/fuzz_$target
    [ -d "$saved" ] || saved=
    longest=4096
    case $target in hdf5 | cifar10) longest=32768 ;; esac # the least that a whole file takes
    # shellcheck disable=SC2086  # empty without a folder
    "$build/tests/fuzz_$target" -runs="$runs" -max_len=$longest -timeout=60 -rss_limit_mb=4096 -verbosity=0 -detect_leaks=0 -reload=0 \
        -print_final_stats=1 -artifact_prefix="$build/failures/$target-" "$build/found/$target" "$build/seeds/fuzz_$target" $saved
    echo "$target: $runs executions, none failed"
done
