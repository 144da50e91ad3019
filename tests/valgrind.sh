#!/bin/sh
# The unit tests under valgrind's memcheck: tests/valgrind.sh [TEST...], e.g. tests/valgrind.sh test_langevin
# Errors, and memory that is definitely lost, fail, those of libraries too. Each test in one process (CK_FORK=no), as
# valgrind reports at its end; one thread, since valgrind runs one at a time. Of test_layers' cases every eighth: the rest are
# other shapes of the same layers, and each takes seconds here.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
"$top/jobs/build.sh" valgrind >/dev/null || exit 1
build=$top/build/valgrind/tests
if [ $# -eq 0 ]; then
    # those of tests/unit/CMakeLists.txt
    # shellcheck disable=SC2046  # names
    set -- $(sed -n 's/^ggcn_unit_test(\([a-z_]*\) .*/\1/p' "$top/tests/unit/CMakeLists.txt")
fi
export CK_FORK=no CK_DEFAULT_TIMEOUT=0 OMP_NUM_THREADS=1 GGCN_TEST_DATA="$top/tests"
export GGCN_TEST_EVERY="${GGCN_TEST_EVERY:-8}"
failed=0
for test; do
    began=$(date +%s)
    if valgrind -q --error-exitcode=9 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite \
        "$build/$test" >"$build/$test.valgrind" 2>&1; then
        echo "$test: clean, $(($(date +%s) - began)) s$(sed -n 's/^cases /, cases /p' "$build/$test.valgrind" | head -n 1)"
    else
        echo "$test: FAILED, see $build/$test.valgrind"
        failed=1
    fi
done
exit $failed
