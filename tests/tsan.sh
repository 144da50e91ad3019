#!/bin/sh
# What runs blocks in parallel, with four threads under ThreadSanitizer: tests/tsan.sh [TEST...]; jobs/install-debian-packages.sh fuzz
# Built by clang, whose OpenMP tells ThreadSanitizer through Archer when threads wait for each other: of gcc's it knows nothing
# and reports races that are none. Libraries are not instrumented: what they do by themselves is left out.
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
build=$top/build/tsan
[ $# -gt 0 ] || set -- test_langevin test_mala test_learning test_multigrid test_generator test_replay test_tree_sum test_trainer
cmake --preset tsan -S "$top" >/dev/null
cmake --build "$build" --target "$@"
export CK_FORK=no CK_DEFAULT_TIMEOUT=0 OMP_NUM_THREADS=4 GGCN_TEST_DATA="$top/tests" TSAN_OPTIONS=ignore_noninstrumented_modules=1
for test; do
    ARCHER_OPTIONS=verbose=1 "$build/tests/$test" >"$build/$test.tsan" 2>&1 || { cat "$build/$test.tsan"; exit 1; }
    grep -q '^Archer detected' "$build/$test.tsan" || echo "$test: without OpenMP's part, which Archer did not find"
    echo "$test: no race"
done
