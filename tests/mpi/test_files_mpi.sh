#!/bin/sh
# Files written by one number of ranks and read by others: test_files_mpi.sh LAUNCHER PROGRAM
set -eu
launcher=$1 program=$2
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# Changes one byte in the middle of a file, where the large arrays are.
damage() {
    middle=$(($(stat -c %s "$1") / 2))
    before=$(od -An -tu1 -j "$middle" -N 1 "$1")
    # shellcheck disable=SC2059  # the format is the byte
    printf "$(printf '\\%03o' $((before ^ 255)))" | dd of="$1" bs=1 seek="$middle" conv=notrunc 2>/dev/null
}

for writers in 1 2 3; do
    rm -rf "$folder/data.h5" "$folder/run"
    "$launcher" -np $writers "$program" write "$folder"
    if find "$folder" -name '*.incomplete' | grep .; then
        echo "FAIL: unfinished files are left"
        exit 1
    fi
    if [ "$(ls "$folder/run/checkpoints")" != "00000030.h5
00000040.h5
00000050.h5" ]; then
        echo "FAIL: not the newest three checkpoints:" "$folder/run/checkpoints"/*
        exit 1
    fi
    for readers in 1 2 3; do
        "$launcher" -np $readers "$program" read "$folder" >"$folder/output" || { cat "$folder/output"; exit 1; }
        cat "$folder/output"
        grep -e '^checksum' -e '^digest' "$folder/output" >>"$folder/sums"
    done
    damage "$folder/data.h5"
    damage "$folder/run/checkpoints/00000050.h5"
    timeout 60 "$launcher" -np $((writers % 3 + 1)) "$program" damaged "$folder"
done

# One checksum of the data and one digest of the chains, whatever the ranks.
if [ "$(sort -u "$folder/sums" | wc -l)" -ne 2 ]; then
    echo "FAIL: the sums depend on the number of ranks"
    cat "$folder/sums"
    exit 1
fi
echo "PASS"
