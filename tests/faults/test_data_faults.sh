#!/bin/sh
# Bad input to ggcn_data, with 1 and 2 ranks: `test_data_faults.sh GGCN_DATA MAKE_LMDB LAUNCHER`.
# Each case must end in time with the right exit code and exactly one message, which names what is wrong, and leave
# no file behind.
set -u
program=$1 make_lmdb=$2 launcher=$3
here=$(cd "$(dirname "$0")" && pwd)
. "$here/../common.sh"
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
# Debian's Python: that is where python3-pil is.
/usr/bin/python3 "$here/../tools/make_image_sets.py" sets || exit 1
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

# --- images ---------------------------------------------------------------------------------------------------------

cd inputs || exit 1
mkdir texts empty.lmdb text.lmdb half.lmdb folder/hidden linked named closed
echo "just text" >texts/a.txt
echo "just text" >texts/b
echo "just text" >folder/hidden/.c.jpg
cp sets/even/red/01.png linked/a.png
ln -s gone.jpg linked/b.jpg
cp sets/even/red/01.png named/a.png
mkdir named/b.jpg
cp sets/even/red/01.png closed/a.png
cp sets/even/red/02.png closed/b.png
chmod 000 closed/b.png
cut_in_half sets/even/red/01.png cut.png
cd ..
"$make_lmdb" inputs/empty.lmdb
"$make_lmdb" inputs/text.lmdb inputs/sets/lsun/01.jpg inputs/texts/a.txt inputs/sets/lsun/02.png
cut_in_half inputs/text.lmdb/data.mdb inputs/half.lmdb/data.mdb

# refuse_images NAME WORDS FORMAT SOURCE [OPTION...]
refuse_images() {
    images_name=$1 images_words=$2 images_format=$3 images_source=$4
    shift 4
    refuse "$images_name" 1 "$images_words" import "$images_format" "$images_source" inputs/out.h5 "$@"
}
mkdir inputs/nothing
refuse_images "missing folder" inputs/gone image-folder inputs/gone
refuse_images "file in place of a folder" inputs/good.bin image-folder inputs/good.bin
refuse_images "empty folder" inputs/nothing image-folder inputs/nothing
refuse_images "folder of text files" inputs/texts image-folder inputs/texts
refuse_images "folder with hidden files" inputs/folder image-folder inputs/folder
for kind in truncated huge zero text; do
    refuse_images "$kind image" "bad/$kind/b." image-folder inputs/sets/bad/$kind
    refuse_images "$kind image with a size" "bad/$kind/b." image-folder inputs/sets/bad/$kind --size 16
done
refuse_images "PNG with a wrong CRC" "bad/crc/b.png" image-folder inputs/sets/bad/crc
rank_counts='1 2 3' # the first of two bad images, whoever decodes it
refuse_images "two bad images" "bad/two/b.jpg" image-folder inputs/sets/bad/two
rank_counts='1 2'
refuse_images "dangling link" "linked/b.jpg" image-folder inputs/linked
refuse_images "only bad images" "no image is left" image-folder inputs/sets/bad/zero --skip-bad --crop 30
[ "$(id -u)" -eq 0 ] || refuse_images "unreadable image" "closed/b.png" image-folder inputs/closed
refuse_images "images of several sizes" "first image" image-folder inputs/sets/folder
refuse_images "crop larger than an image" "blue/00.png" image-folder inputs/sets/even --crop 25
refuse_images "crop beyond the edge" "blue/00.png" image-folder inputs/sets/even --crop 10x10+15+0
refuse_images "padding a larger image" "cannot be padded" image-folder inputs/sets/folder --size 25 --fit pad
refuse_images "split that holds out nothing" "holds out none" image-folder inputs/sets/even --split 0.01
refuse_images "unknown class of a folder" green image-folder inputs/sets/even --classes red,green

refuse_images "folder without data.mdb" inputs/folder/data.mdb lsun-lmdb inputs/folder
refuse_images "LMDB without images" inputs/empty.lmdb lsun-lmdb inputs/empty.lmdb
refuse_images "LMDB with text" 00003dde lsun-lmdb inputs/text.lmdb --size 16
refuse_images "truncated LMDB" inputs/half.lmdb lsun-lmdb inputs/half.lmdb

# change NAME FROM SED_COMMANDS FILE: a copy of a set with one file changed
change() {
    cp -r "$2" "inputs/$1"
    sed -i "$3" "inputs/$1/$4"
}
tiny=inputs/sets/tiny
change unknown-file $tiny 's/^val_4/val_44/' val/val_annotations.txt
change unknown-class $tiny '3s/n0000000./n00000009/' val/val_annotations.txt
change twice $tiny '2s/.*/n00000003/' wnids.txt
change no-tab $tiny '2s/\t.*//' val/val_annotations.txt
cp -r $tiny inputs/no-train && rm -r inputs/no-train/train
refuse_images "no training images" inputs/no-train/train tiny-imagenet inputs/no-train
refuse_images "annotation of a missing file" val_44.JPEG tiny-imagenet inputs/unknown-file
refuse_images "annotation of an unknown class" n00000009 tiny-imagenet inputs/unknown-class
refuse_images "two classes with the same name" n00000003 tiny-imagenet inputs/twice
refuse_images "annotation without a class" "val_annotations.txt: line 2" tiny-imagenet inputs/no-tab
refuse_images "no wnids.txt" wnids.txt tiny-imagenet inputs/sets/even
refuse_images "split of a set with a held-out part" "held-out part of its own" tiny-imagenet $tiny --split 0.1

celeba=inputs/sets/celeba
change missing-face $celeba 's/000003/999999/' list_attr_celeba.txt
change bad-value $celeba '5s/-1$/7/' list_attr_celeba.txt
refuse_images "attributes of a missing image" 999999.jpg celeba inputs/missing-face/img_align_celeba --attributes Male
refuse_images "attribute that is no number" "line 5" celeba inputs/bad-value/img_align_celeba --attributes Male
refuse_images "unknown attribute" Beard celeba $celeba/img_align_celeba --attributes Male,Beard
refuse_images "no attributes file" list_attr_celeba.txt celeba inputs/sets/even/red --attributes Male

# --- merge and export -----------------------------------------------------------------------------------------------

refuse "merge of two shapes" 1 inputs/colour.h5 merge inputs/out.h5 inputs/set.h5 inputs/colour.h5
refuse "merge onto an input" 1 inputs/set.h5 merge inputs/set.h5 inputs/set.h5 inputs/set.h5
refuse "merge with a text file" 1 inputs/text.h5 merge inputs/out.h5 inputs/set.h5 inputs/text.h5
refuse "merge with a damaged file" 1 inputs/damaged.h5 merge inputs/out.h5 inputs/set.h5 inputs/damaged.h5
refuse "merge of one file" 2 "at least two" merge inputs/out.h5 inputs/set.h5
refuse "export into a full folder" 1 inputs/linked export inputs/set.h5 inputs/linked
refuse "export onto a file" 1 inputs/good.bin export inputs/set.h5 inputs/good.bin
refuse "export below a missing folder" 1 inputs/gone/dir export inputs/set.h5 inputs/gone/dir
refuse "export of a text file" 1 inputs/text.h5 export inputs/text.h5 inputs/dir
refuse "export of a damaged file" 1 inputs/damaged.h5 export inputs/damaged.h5 inputs/dir
refuse "grid of a held-out part that is not there" 1 inputs/set.h5 grid inputs/set.h5 inputs/out.png --held-out

# --- a full disk: 256 kB where mounting is allowed, else a limit on the size of files -------------------------------

accept 1 "$program" import image-folder inputs/sets/even inputs/large.h5 --size 400
mkdir inputs/small
if mount -t tmpfs -o size=256k ggcn_test inputs/small 2>/dev/null; then
    trap 'umount "$folder/inputs/small"; rm -rf "$folder"' EXIT
    full='No space left'
    refuse "export onto a full disk" 1 "$full" export inputs/large.h5 inputs/small/dir
    accept 1 "$program" export inputs/large.h5 inputs/pngs
    [ "$(du -sk inputs/pngs | cut -f 1)" -gt 256 ] || fail "the exported images are too small for this test"
else # by a program of the same name, since mpirun lets the signal through again
    full='File too large'
    mkdir limited
    printf '#!/bin/sh\ntrap "" XFSZ\nulimit -f 8192 # 4 MiB\nexec "%s" "$@"\n' "$program" >limited/ggcn_data
    chmod +x limited/ggcn_data
    program=$folder/limited/ggcn_data
fi
refuse "import onto a full disk" 1 "$full" import image-folder inputs/sets/even inputs/small/out.h5 --size 700
refuse "merge onto a full disk" 1 "$full" merge inputs/small/out.h5 inputs/large.h5 inputs/large.h5
if [ "$full" = 'No space left' ]; then
    umount inputs/small
    trap 'rm -rf "$folder"' EXIT
else
    program=$1
fi

# --- usage ----------------------------------------------------------------------------------------------------------

refuse "no command" 2 "no command"
refuse "unknown command" 2 exports exports
refuse "unknown format" 2 jpeg import jpeg inputs/good.bin inputs/out.h5
refuse "unknown option" 2 --sizes import cifar10 inputs/good.bin inputs/out.h5 --sizes 32
rank_counts=1 # usage errors are found alike on every rank
refuse "option of another command" 2 --count info inputs/set.h5 --count 3
refuse "option without its value" 2 --size import cifar10 inputs/good.bin inputs/out.h5 --size
refuse "size that is no number" 2 32x32 import cifar10 inputs/good.bin inputs/out.h5 --size 32x32
refuse "size out of range" 2 "1 to 4096" import cifar10 inputs/good.bin inputs/out.h5 --size=0
refuse "fit of another name" 2 crop import cifar10 inputs/good.bin inputs/out.h5 --size 32 --fit crop
for crop in 0 x5 5x 5x5+1 5x5+1+ 5x5-1-1 5x5+1+1+1 99999 99999999999999999999 ''; do
    refuse "crop $crop" 2 "WxH+X+Y" import cifar10 inputs/good.bin inputs/out.h5 --crop "$crop"
done
for share in 0 1 -0.5 nan half 0.5x; do
    refuse "split $share" 2 "between 0 and 1" import cifar10 inputs/good.bin inputs/out.h5 --split $share
done
refuse "seed that is no number" 2 --shuffle import cifar10 inputs/good.bin inputs/out.h5 --shuffle often
refuse "attributes for CIFAR-10" 2 --attributes import cifar10 inputs/good.bin inputs/out.h5 --attributes Male
refuse "fit without size" 2 --fit import cifar10 inputs/good.bin inputs/out.h5 --fit pad
refuse "labels for CIFAR-10" 2 --labels import cifar10 inputs/good.bin inputs/out.h5 --labels inputs/good.bin
refuse "too few arguments" 2 OUT.h5 import cifar10 inputs/good.bin
refuse "too many arguments" 2 superfluous import cifar10 inputs/good.bin inputs/out.h5 superfluous
refuse "picture under another name" 2 inputs/set.h5 grid inputs/colour.h5 inputs/set.h5

# Files are the same for every number of ranks.
accept 3 "$program" import cifar10 inputs/good.bin inputs/three.h5 --size 20
accept 1 "$program" import cifar10 inputs/good.bin inputs/one.h5 --size 20
for file in one three; do
    run 2 "$program" info inputs/$file.h5 2>&1 </dev/null | grep -v -e '^file:' -e '^made:' -e '^command:' >$file.txt
done
name="import with 3 ranks"
grep -q verified one.txt || fail "the checksum does not verify"
cmp one.txt three.txt || fail "differs from 1 rank"

finish "all cases refused as they should be"
