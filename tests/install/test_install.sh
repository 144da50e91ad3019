#!/bin/sh
# Installs into a folder of its own, then builds and runs a program outside the tree with pkg-config and with CMake:
# test_install.sh CMAKE BUILD_FOLDER COMPILER VERSION LAUNCHER
set -u
cmake=$1 build=$2 compiler=$3 version=$4 launcher=$5
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../common.sh"
work_in install

accept 1 "$cmake" --install "$build" --prefix "$folder/first"
mv first moved # nothing in it may depend on its place
prefix=$folder/moved
library=$(dirname "$(find "$prefix" -name libggcn.so)")

name="a header asks for a header of another library"
grep -rE '#include *[<"](mpi|hdf5|H5|dnnl|oneapi|omp|cyaml|yaml|png|zlib|xxhash)' "$prefix/include" >output && fail "see there"

# By hand: network `small` on one channel, 5x5, 3x3 and 3x3 kernels with biases.
expected="ggcn $version: $((32 * 25 + 32 + 64 * 32 * 9 + 64 + 128 * 64 * 9 + 128)) parameters"
export PKG_CONFIG_PATH="$library/pkgconfig"
pkg_config_flags=$(pkg-config --cflags --libs ggcn) || exit 1
# shellcheck disable=SC2086  # several flags
accept 1 "$compiler" -std=c11 -Wall -Wextra -Werror -pedantic "$here/outside/outside.c" -o by_hand $pkg_config_flags
accept 1 env LD_LIBRARY_PATH="$library" ./by_hand
[ "$(cat output)" = "$expected" ] || fail "expected $expected"
name="pkg-config --modversion"
[ "$(pkg-config --modversion ggcn)" = "$version" ] || fail "$(pkg-config --modversion ggcn) in place of $version"

accept 1 "$cmake" -S "$here/outside" -B outside -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_C_COMPILER="$compiler"
grep -qF "$prefix" outside/CMakeCache.txt || fail "another installation was found"
accept 1 "$cmake" --build outside
accept 1 outside/outside
[ "$(cat output)" = "$expected" ] || fail "expected $expected"

for program in ggcn_train ggcn_data ggcn_report; do
    accept 1 "$prefix/bin/$program" --version
    grep -qx "$program $version" output || fail "no version $version"
done
accept 1 "$prefix/bin/ggcn_train" --list
grep -q '^  small  ' output || fail "the built-in networks are not listed"
name="library of the installed programs"
used=$(ldd "$prefix/bin/ggcn_train" | sed -n 's/.*libggcn\.so[^ ]* => \(.*\) (.*/\1/p')
[ "$(readlink -f "$used")" = "$(readlink -f "$library/libggcn.so")" ] || fail "$used"

finish "installed, linked twice, and run"
