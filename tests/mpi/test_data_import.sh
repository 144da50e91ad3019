#!/bin/sh
# Data sets from small image sets in every format, with 1, 2 and 3 ranks, and what ggcn_data does with them:
# test_data_import.sh GGCN_DATA MAKE_LMDB LAUNCHER
set -u
program=$1 make_lmdb=$2 launcher=$3
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../common.sh"
work_in data_import
# Debian's Python: that is where python3-h5py and python3-pil are.
/usr/bin/python3 "$here/../tools/make_image_sets.py" sets || exit 1
mkdir lsun_lmdb
"$make_lmdb" lsun_lmdb sets/lsun/* || exit 1

# check ARGUMENT...: of check_import.py
check() {
    /usr/bin/python3 "$here/check_import.py" "$@" >output 2>&1 || fail "check $*"
}

# expect WORDS: what the last program printed must hold them.
expect() {
    grep -qF -e "$1" output || fail "no \"$1\" in the output"
}

# import OUT ARGUMENT...: with 1, 2 and 3 ranks into OUT.h5, OUT.2.h5, OUT.3.h5, which must have the same data. Leaves the
# output of the first in the file output, and without the times in output.1.
import() {
    import_out=$1
    shift
    for import_ranks in 3 2 1; do
        import_file=$import_out.$import_ranks.h5
        accept $import_ranks "$program" import "$@" "$import_file" --overwrite
        sed "s/^$import_file: //; s/; [0-9.]* s, .*//" output >output.$import_ranks
    done
    mv output output.kept
    : >output
    for import_ranks in 2 3; do
        check same "$import_out.1.h5" "$import_out.$import_ranks.h5"
        sort output.1 >sorted.1
        sort output.$import_ranks >sorted
        cmp -s sorted.1 sorted || fail "another output: $(diff sorted.1 sorted)"
    done
    mv "$import_out.1.h5" "$import_out.h5"
    mv output.kept output
}

# --- formats --------------------------------------------------------------------------------------------------------

import even image-folder sets/even
expect "12 images of 3x20x24 (channels, height, width), 2 classes, 0 held out"
check pixels sets/even even.h5
import folder image-folder sets/folder --size 16 --duplicates
expect "32 images of 3x16x16 (channels, height, width), 4 classes, 0 held out"
expect "readme.txt"
expect "duplicates: 2 "
expect "groups: 2, of which in several classes: 1, in both parts: 0"
expect "a/airfield/03.PNG (a/airfield)"
expect "dog/copy.png (dog)"
import tiny tiny-imagenet sets/tiny
expect "27 images of 3x32x32 (channels, height, width), 3 classes, 9 held out"
import celeba celeba sets/celeba/img_align_celeba --attributes Smiling,Male --crop 28
expect "15 images of 3x28x28 (channels, height, width), 4 classes, 0 held out"
import lsun lsun-lmdb lsun_lmdb --size 24
expect "11 images of 3x24x24 (channels, height, width), 1 class, 0 held out"

# --- changes --------------------------------------------------------------------------------------------------------

import box image-folder sets/even --crop 10x8+5+3
check pixels sets/even box.h5 crop=5,3,15,11
import centre image-folder sets/even --crop 11x8 --grey
expect "12 images of 1x8x11"
check pixels sets/even centre.h5 crop=6,6,17,14 grey
import padded image-folder sets/even --size 32 --fit pad
expect "12 images of 3x32x32"

# --- which images ---------------------------------------------------------------------------------------------------

import some image-folder sets/folder --size 16 --classes dog,cat --limit 9
expect "9 images of 3x16x16 (channels, height, width), 2 classes"
import first image-folder sets/even --shuffle 1
import second image-folder sets/even --shuffle 2
import again image-folder sets/even --shuffle 1
check order even.h5 first.h5
check order first.h5 second.h5
check same first.h5 again.h5
import split image-folder sets/folder --size 16 --split 0.25
expect "32 images of 3x16x16 (channels, height, width), 4 classes, 8 held out"
check order folder.h5 split.h5
accept 2 "$program" info split.h5
expect "images:   32: 24 to learn from, 8 held out"
expect "(verified)"
grep -q 'a/abbey  *7 images: 5 to learn from, 2 held out' output || fail "not the share of a class"
import few tiny-imagenet sets/tiny --limit 9 --shuffle 3
expect "9 images of 3x32x32 (channels, height, width), 3 classes, 3 held out"

# --- bad images -----------------------------------------------------------------------------------------------------

for kind in truncated crc huge zero text; do
    import good image-folder sets/bad/$kind --skip-bad
    expect "8 images of 3x20x24 (channels, height, width), 1 class, 0 held out, 1 bad left out"
    [ "$(grep -c '^left out: .*b\.[jp]' output)" -eq 1 ] || fail "not one bad image in the list"
done
accept 1 "$program" info good.h5
expect "bad images left out: 1"
import good image-folder sets/bad/two --skip-bad
expect "2 bad left out"
# The limit counts good images, and those behind it are not looked at.
import limited image-folder sets/bad/two --skip-bad --limit 8
expect "8 images of 3x20x24 (channels, height, width), 1 class, 0 held out, 1 bad left out"
# Images that are too small for the crop are bad ones; some of the 32 are that narrow, none that low.
import cropped image-folder sets/folder --crop 25x20 --skip-bad
[ "$(grep -c '^left out: ' output)" -ge 2 ] || fail "not two bad images in the list"

# --- merge, export, grid --------------------------------------------------------------------------------------------

import other image-folder sets/folder --size 16 --classes cat,a/airfield --split 0.2 --shuffle 7
for n in 1 2 3; do
    accept $n "$program" merge merged.$n.h5 other.h5 split.h5 some.h5
    check merged merged.$n.h5 other.h5 split.h5 some.h5
    check same merged.1.h5 merged.$n.h5
    accept $n "$program" export split.h5 exported.$n
    expect "24 below train and 8 below held-out"
    for part in train held-out; do
        accept 1 "$program" import image-folder exported.$n/$part $part.h5 --overwrite
    done
    check round_trip split.h5 train.h5 held-out.h5
    accept $n "$program" export folder.h5 whole.$n
    diff -r exported.1 exported.$n >output 2>&1 || fail "another export than with 1 rank"
done
[ -f whole.1/a/abbey/0000000.png ] || fail "not exported by class: $(find whole.1)"
accept 1 "$program" info merged.1.h5
expect "merged from other.h5 (image folder: sets/folder), split.h5 ("
for n in 1 2; do
    accept $n "$program" grid split.h5 split.png
    accept $n "$program" grid split.h5 held-out.png --held-out --count 8
done
cmp -s split.png held-out.png && fail "the same picture of both parts"

finish "all formats, changes and selections; the same data for 1, 2 and 3 ranks"
