#!/bin/sh
# Installs what is missing, builds in release mode and runs every test.
#   tests/run.sh [PRESET] [ctest options, e.g. -R layers]
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
preset=release
case ${1:-} in "" | -*) ;; *) preset=$1; shift ;; esac

"$top/jobs/install-debian-packages.sh" test
"$top/jobs/build.sh" "$preset"
exec ctest --test-dir "$top/build/$preset" --output-on-failure "$@"
