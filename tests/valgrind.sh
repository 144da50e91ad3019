#!/bin/sh
# The unit tests under valgrind's memcheck: tests/valgrind.sh [TEST...], e.g. tests/valgrind.sh test_langevin
# Errors, and memory that is definitely lost, fail, those of libraries too but for what valgrind.supp names. Each test in one
# process (CK_FORK=no), as valgrind reports at its end; one thread, since valgrind runs one at a time.
set -u
top=$(cd "$(dirname "$0")/.." && pwd)
"$top/jobs/build.sh" valgrind >/dev/null || exit 1
build=$top/build/valgrind/tests
if [ $# -eq 0 ]; then
    # shellcheck disable=SC2046  # names
    set -- $(cat "$top/tests/unit/CMakeLists.txt" "$top/tests/golden/CMakeLists.txt" "$top/hdf5_schemas/tests/CMakeLists.txt" |
        sed -n 's/^ggcn_unit_test(\([a-z0-9_]*\) .*/\1/p')
fi
export CK_FORK=no CK_DEFAULT_TIMEOUT=0 OMP_NUM_THREADS=1 GGCN_TEST_DATA="$top/tests"
export VALGRIND_OPTS="-q --error-exitcode=9 --leak-check=full --show-leak-kinds=definite --errors-for-leak-kinds=definite
    --num-callers=50 --suppressions=$top/tests/valgrind.supp"
failed=0
for test; do
    case $test in # its other case makes the kernels of ResNet-50, which take hours here; layers are tested by themselves
        test_named_networks) export CK_RUN_CASE=graphs ;;
        *) unset CK_RUN_CASE ;;
    esac
    began=$(date +%s)
    if valgrind "$build/$test" >"$build/$test.valgrind" 2>&1; then
        echo "$test: clean, $(($(date +%s) - began)) s"
    else
        echo "$test: FAILED, see $build/$test.valgrind"
        failed=1
    fi
done
exit $failed
