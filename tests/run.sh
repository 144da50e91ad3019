#!/bin/sh
# Installs what is missing, builds in release mode and runs every test.
#   tests/run.sh [PRESET] [ctest options, e.g. -R layers]
set -eu
top=$(cd "$(dirname "$0")/.." && pwd)
preset=release
case ${1:-} in "" | -*) ;; *) preset=$1; shift ;; esac

"$top/jobs/install-debian-packages.sh" test
"$top/jobs/build.sh" "$preset"
# ArviZ is not in Debian. Without PyPI its test says that it was skipped; the values it would compare are stored as well.
arviz=$top/build/arviz
"$arviz/bin/python3" -c 'import arviz' 2>/dev/null ||
    { /usr/bin/python3 -m venv --system-site-packages "$arviz" &&
        "$arviz/bin/pip" install -q --no-deps --retries 1 arviz==0.17.1 xarray-einstats==0.6.0; } ||
    echo "no ArviZ from PyPI: the test chains_arviz will be skipped"
# Those that start programs or measure run by themselves (RUN_SERIAL), the others two at a time.
exec ctest --test-dir "$top/build/$preset" --output-on-failure -j 2 "$@"
