#!/bin/sh
# Configures and builds one CMake preset: build.sh [release|debug|asan-ubsan|valgrind]. The tests are built where Check is
# installed.
set -eu
cd "$(dirname "$0")/.."
preset=${1:-release}
tests=OFF
if pkg-config --exists check; then tests=ON; fi
cmake --preset "$preset" -DGGCN_TESTS=$tests
cmake --build "build/$preset"
