#!/bin/sh
# Bad input to ggcn_data, with 1 and 2 ranks: `test_data_faults.sh GGCN_DATA LAUNCHER`.
# Each case must end in time with the right exit code and exactly one message, which names what is wrong, and leave
# no file behind.
set -u
program=$1
launcher=$2
folder=$(mktemp -d "${TMPDIR:-/tmp}/ggcn_data_faults_XXXXXX") || exit 1
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' HUP INT PIPE TERM
cd "$folder" || exit 1
failures=0
rank_counts='1 2'

# run RANKS ARGUMENT...: the program itself for one rank, under the launcher for more.
run() {
    ranks=$1
    shift
    if [ "$ranks" -eq 1 ]; then
        timeout 60 "$program" "$@"
    else
        timeout 60 "$launcher" -np "$ranks" "$program" "$@"
    fi
}

listing() {
    find inputs -type f -exec cksum {} + | sort
}

fail() {
    echo "FAILED: $ranks ranks: $name: $*"
    sed 's/^/    | /' output
    failures=$((failures + 1))
}

# refuse NAME EXIT_CODE WORDS ARGUMENT...: the command must end with that code and one message that holds the words.
refuse() {
    name=$1
    code=$2
    words=$3
    shift 3
    before=$(listing)
    for ranks in $rank_counts; do
        run "$ranks" "$@" >output 2>&1 </dev/null
        found=$?
        messages=$(grep -c '^ggcn_data: ' output)
        [ "$found" -eq "$code" ] || fail "exit code $found in place of $code"
        [ "$messages" -eq 1 ] || fail "$messages messages in place of one"
        grep '^ggcn_data: ' output | grep -qF -e "$words" || fail "no \"$words\" in the message"
        [ "$(listing)" = "$before" ] || fail "files were left, changed or removed: $(listing)"
    done
}

# accept ARGUMENT...: the good case that the bad ones are made from.
accept() {
    name=$*
    ranks=1
    run 1 "$@" >output 2>&1 </dev/null || fail "a good input was refused"
}

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

accept import idx inputs/good-images-idx3-ubyte inputs/set.h5
accept import cifar10 inputs/good.bin inputs/colour.h5
accept info inputs/set.h5
accept grid inputs/set.h5 drawn.png
half=$(($(wc -c <inputs/set.h5) / 2))
head -c "$half" inputs/set.h5 >inputs/half.h5
cp inputs/set.h5 inputs/damaged.h5
head -c 64 /dev/zero | tr '\000' '\377' | dd of=inputs/damaged.h5 bs=1 seek="$half" conv=notrunc 2>dd.log

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
if [ "$(id -u)" -ne 0 ]; then # root may write everywhere
    chmod a-w inputs/folder
    refuse "unwritable folder" 1 inputs/folder/out.h5 import cifar10 inputs/good.bin inputs/folder/out.h5
    chmod u+w inputs/folder
fi

refuse "info on a missing file" 1 inputs/gone.h5 info inputs/gone.h5
refuse "info on a text file" 1 inputs/text.h5 info inputs/text.h5
refuse "info on a truncated file" 1 inputs/half.h5 info inputs/half.h5
refuse "info on a damaged file" 1 inputs/damaged.h5 info inputs/damaged.h5
refuse "grid of a text file" 1 inputs/text.h5 grid inputs/text.h5 inputs/out.png
refuse "grid into a missing folder" 1 inputs/gone/out.png grid inputs/set.h5 inputs/gone/out.png

refuse "no command" 2 "no command"
refuse "unknown command" 2 export export
refuse "unknown format" 2 jpeg import jpeg inputs/good.bin inputs/out.h5
refuse "unknown option" 2 --sizes import cifar10 inputs/good.bin inputs/out.h5 --sizes 32
rank_counts=1 # all usage errors are found alike on every rank, and mpirun takes a second to end a failed run
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
ranks=3
name="import with 3 ranks"
run 3 import cifar10 inputs/good.bin inputs/three.h5 --size 20 >output 2>&1 </dev/null || fail "refused"
accept import cifar10 inputs/good.bin inputs/one.h5 --size 20
for file in one three; do
    run 2 info inputs/$file.h5 2>&1 </dev/null | grep -v '^file:' >$file.txt
done
grep -q verified one.txt || fail "the checksum does not verify"
cmp one.txt three.txt || fail "differs from 1 rank"

[ "$failures" -eq 0 ] && echo "all cases refused as they should be"
[ "$failures" -eq 0 ]
