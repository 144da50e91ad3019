#!/bin/sh
# Bad input to ggcn_data, with 1 and 2 ranks: `test_data_faults.sh GGCN_DATA LAUNCHER`.
# Each case must end in time with the right exit code and exactly one message, which names what is wrong, and leave
# no file behind.
set -u
program=$1 launcher=$2
. "$(dirname "$0")/../common.sh"
work_in data_faults
rank_counts='1 2'

# header MAGIC COUNT [HEIGHT WIDTH]: big-endian words below 65536 after the magic number's last byte.
header() {
    printf '\000\000\010'
    printf "\\$(printf %03o "$1")"
    shift
    for number; do
        printf '\000\000'
        printf "\\$(printf %03o $((number / 256)))\\$(printf %03o $((number % 256)))"
    done
}

mkdir inputs inputs/folder
cd inputs || exit 1
{ header 3 100 28 28; head -c 78400 /dev/zero; } >good-images-idx3-ubyte
{ header 1 100; head -c 100 /dev/zero; } >good-labels-idx1-ubyte
head -c 5000 good-images-idx3-ubyte >short-images-idx3-ubyte
cp good-labels-idx1-ubyte short-labels-idx1-ubyte
gzip -c good-images-idx3-ubyte >whole.gz
head -c 100 whole.gz >cut-images-idx3-ubyte.gz
gzip -c good-labels-idx1-ubyte >cut-labels-idx1-ubyte.gz
rm whole.gz
cp good-images-idx3-ubyte few-images-idx3-ubyte
{ header 1 99; head -c 99 /dev/zero; } >few-labels-idx1-ubyte
header 3 0 28 28 >none-images-idx3-ubyte
header 1 0 >none-labels-idx1-ubyte
head -c 30730 /dev/zero >good.bin
head -c 30000 good.bin >short.bin
: >none.bin
{ head -c 27657 good.bin; printf '\012'; head -c 3072 good.bin; } >label.bin # the last record: a later rank's share
echo "just text" >text.h5
cd ..

accept 1 "$program" import idx inputs/good-images-idx3-ubyte inputs/set.h5
accept 1 "$program" import cifar10 inputs/good.bin inputs/colour.h5
accept 1 "$program" info inputs/set.h5
accept 1 "$program" grid inputs/set.h5 drawn.png
cut_in_half inputs/set.h5 inputs/half.h5
cp inputs/set.h5 inputs/damaged.h5
damage inputs/damaged.h5

refuse "missing IDX file" 1 inputs/gone-images-idx3-ubyte import idx inputs/gone-images-idx3-ubyte inputs/out.h5
refuse "missing CIFAR-10 file" 1 inputs/gone.bin import cifar10 inputs/gone.bin inputs/out.h5
refuse "missing labels" 1 inputs/gone import idx inputs/good-images-idx3-ubyte inputs/out.h5 --labels inputs/gone
refuse "truncated IDX file" 1 inputs/short-images-idx3-ubyte import idx inputs/short-images-idx3-ubyte inputs/out.h5
refuse "truncated gzip file" 1 inputs/cut-images-idx3-ubyte.gz import idx inputs/cut-images-idx3-ubyte.gz inputs/out.h5
refuse "counts differ" 1 inputs/few-labels-idx1-ubyte import idx inputs/few-images-idx3-ubyte inputs/out.h5
refuse "labels for images" 1 inputs/good-labels-idx1-ubyte import idx inputs/good-labels-idx1-ubyte inputs/out.h5 \
    --labels inputs/good-labels-idx1-ubyte
refuse "zero IDX images" 1 inputs/none-images-idx3-ubyte import idx inputs/none-images-idx3-ubyte inputs/out.h5
refuse "truncated CIFAR-10 file" 1 inputs/short.bin import cifar10 inputs/short.bin inputs/out.h5
refuse "zero CIFAR-10 images" 1 inputs/none.bin import cifar10 inputs/none.bin inputs/out.h5
refuse "CIFAR-10 label out of range" 1 inputs/label.bin import cifar10 inputs/label.bin inputs/out.h5
refuse "folder without images" 1 inputs/folder import cifar10 inputs/folder inputs/out.h5
refuse "class without images" 1 inputs/good.bin import cifar10 inputs/good.bin inputs/out.h5 --classes ship,3
refuse "unknown class" 1 zeppelin import cifar10 inputs/good.bin inputs/out.h5 --classes ship,zeppelin
refuse "padding to a smaller size" 1 inputs/good.bin import cifar10 inputs/good.bin inputs/out.h5 --size 16 --fit pad
refuse "existing output" 1 inputs/set.h5 import idx inputs/good-images-idx3-ubyte inputs/set.h5
refuse "output in a missing folder" 1 inputs/gone/out.h5 import idx inputs/good-images-idx3-ubyte inputs/gone/out.h5
refuse "output below a file" 1 inputs/good.bin/out.h5 import cifar10 inputs/good.bin inputs/good.bin/out.h5
refuse "output onto a folder" 1 inputs/folder import cifar10 inputs/good.bin inputs/folder --overwrite

refuse "info on a missing file" 1 inputs/gone.h5 info inputs/gone.h5
refuse "info on a text file" 1 inputs/text.h5 info inputs/text.h5
refuse "info on a truncated file" 1 inputs/half.h5 info inputs/half.h5
refuse "info on a damaged file" 1 inputs/damaged.h5 info inputs/damaged.h5
refuse "grid of a text file" 1 inputs/text.h5 grid inputs/text.h5 inputs/out.png
refuse "grid below a file" 1 inputs/good.bin/out.png grid inputs/set.h5 inputs/good.bin/out.png
refuse "grid into a missing folder" 1 inputs/gone/out.png grid inputs/set.h5 inputs/gone/out.png

refuse "no command" 2 "no command"
refuse "unknown command" 2 export export
refuse "unknown format" 2 jpeg import jpeg inputs/good.bin inputs/out.h5
refuse "unknown option" 2 --sizes import cifar10 inputs/good.bin inputs/out.h5 --sizes 32
rank_counts=1 # usage errors are found alike on every rank
refuse "option of another command" 2 --count info inputs/set.h5 --count 3
refuse "option without its value" 2 --size import cifar10 inputs/good.bin inputs/out.h5 --size
refuse "size that is no number" 2 32x32 import cifar10 inputs/good.bin inputs/out.h5 --size 32x32
refuse "size out of range" 2 "1 to 4096" import cifar10 inputs/good.bin inputs/out.h5 --size=0
refuse "fit of another name" 2 crop import cifar10 inputs/good.bin inputs/out.h5 --size 32 --fit crop
refuse "fit without size" 2 --fit import cifar10 inputs/good.bin inputs/out.h5 --fit pad
refuse "labels for CIFAR-10" 2 --labels import cifar10 inputs/good.bin inputs/out.h5 --labels inputs/good.bin
refuse "too few arguments" 2 OUT.h5 import cifar10 inputs/good.bin
refuse "too many arguments" 2 superfluous import cifar10 inputs/good.bin inputs/out.h5 superfluous
refuse "picture under another name" 2 inputs/set.h5 grid inputs/colour.h5 inputs/set.h5

# Files are the same for every number of ranks.
accept 3 "$program" import cifar10 inputs/good.bin inputs/three.h5 --size 20
accept 1 "$program" import cifar10 inputs/good.bin inputs/one.h5 --size 20
for file in one three; do
    run 2 "$program" info inputs/$file.h5 2>&1 </dev/null | grep -v '^file:' >$file.txt
done
name="import with 3 ranks"
grep -q verified one.txt || fail "the checksum does not verify"
cmp one.txt three.txt || fail "differs from 1 rank"

finish "all cases refused as they should be"
