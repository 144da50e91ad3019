#!/bin/sh
# Network files with one, two and three ranks: test_network_file.sh PROGRAM LAUNCHER
set -eu
program=$1 launcher=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
for ranks in 1 2 3; do
    "$launcher" -np $ranks "$program" "$folder"
    if find "$folder" -name '*.incomplete' | grep .; then
        echo "FAIL: unfinished files are left"
        exit 1
    fi
done
