#!/bin/sh
# Drives one target for some seconds: replay.sh PROGRAM SECONDS SEEDS CORPUS, the last two with a folder for each target.
set -eu
program=$1 seconds=$2
target=$(basename "$program")
set -- "$3/$target"/* "$4/$target"/*
inputs=
for file; do
    [ ! -f "$file" ] || inputs="$inputs $file"
done
[ -n "$inputs" ] || { echo "no inputs for $target" >&2; exit 1; }
# shellcheck disable=SC2086  # a list of names without spaces
exec "$program" "$seconds" $inputs
