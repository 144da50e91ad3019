#!/bin/sh
# The page in hdf5_schemas/README.md is what `ggcn_data formats` prints: test_formats_page.sh GGCN_DATA
set -eu
here=$(cd "$(dirname "$0")" && pwd)
if ! "$1" formats | cmp - "$here/../README.md"; then
    echo "FAIL: write the page anew: ggcn_data formats >hdf5_schemas/README.md"
    exit 1
fi
echo "PASS"
