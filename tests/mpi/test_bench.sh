#!/bin/sh
# Every work of ggcn_bench measures something and says so in one line, on one rank and on two: test_bench.sh GGCN_BENCH LAUNCHER
set -u
program=$1 launcher=$2
. "$(dirname "$0")/../common.sh"
work_in bench
mkdir inputs
number='-\{0,1\}[0-9][0-9.e+-]*'

# expect RANKS LINE ARGUMENT...: the only line of the output must match.
expect() {
    line=$2
    ranks=$1
    shift 2
    accept "$ranks" "$program" "$@"
    name=$*
    [ "$(wc -l <output)" -eq 1 ] && grep -qx "program=ggcn $line" output || fail "the line is not: $line"
}

for ranks in 1 2; do
    on="ranks=$ranks"
    for net in small r32 v0; do
        expect "$ranks" "net=$net work=langevin dtype=f32 $on threads=1 block=1 images_per_s=$number limit_images_per_s=$number fraction_of_limit=$number" \
            --work langevin --net "$net" --batch 2 --block 1 --steps 1 --repeats 1
    done
    expect "$ranks" "net=small work=learn dtype=f32 $on threads=1 block=2 images_per_s=$number limit_images_per_s=$number fraction_of_limit=$number" \
        --work learn --batch 4 --block 2 --repeats 2
    expect "$ranks" "net=small work=iteration dtype=f32 $on threads=1 block=2 seconds=$number images_per_s=$number sampling=$number gradients=$number reduction=$number update=$number" \
        --work iteration --batch 4 --block 2 --steps 2 --repeats 2
    expect "$ranks" "work=reduce $on megabytes=1 tree_s=$number mpi_allreduce_s=$number ratio=$number" \
        --work reduce --megabytes 1 --repeats 2
    expect "$ranks" "work=io $on megabytes=1 checkpoint_s=$number plain_write_s=$number ratio=$number" \
        --work io --megabytes 1 --repeats 2 --directory io
    [ ! -e io ] || fail "left the folder io behind"
done
expect 1 "work=noise threads=1 normals_per_s=$number sum=$number" --work noise --block 1 --batch 2 --repeats 1

# A network that is no built-in one, and the ways of its convolutions.
printf 'layers:\n  - {op: conv, channels: 8, kernel: 3}\n  - {op: norm}\n  - {op: relu}\n' >network.yaml
accept 1 "$program" --work langevin --net network.yaml --channels 1 --size 9 --batch 2 --block 2 --steps 1 --repeats 1 --layers
for pass in forward adjoint weight; do
    line="^layer=conv1 pass=$pass fastest=\([a-z-]*\)\( [a-z-]*_us=$number\)* \1_us=$number\( [a-z-]*_us=$number\)*\$"
    grep -q "$line" output || fail "no line for the layer's $pass pass"
done
grep -q '^layer=conv1 taken: .* / .* / ' output || fail "nothing about what is taken"

# The noise does not depend on the threads.
expect 1 "work=noise threads=1 .*" --work noise --block 1 --batch 4 --steps 2 --repeats 1
one=$(sed 's/.* sum=//' output)
expect 1 "work=noise threads=3 .*" --work noise --block 1 --batch 4 --steps 2 --repeats 1 --threads 3
[ "$(sed 's/.* sum=//' output)" = "$one" ] || fail "another sum than $one of one thread"

mkdir inputs/io
echo kept >inputs/io/file
rank_counts="1 2"
refuse "no work" 2 "name a --work"
refuse "unknown work" 2 "--work must be" --work sleep
refuse "unknown precision" 2 "--dtype must be f32 or bf16" --work langevin --dtype f16
refuse "learning in bf16" 2 "--dtype bf16 is for --work langevin and iteration" --work learn --dtype bf16
refuse "batch that is no multiple" 2 "no multiple of --block 4" --work langevin --batch 10 --block 4
refuse "no repeats" 2 "--repeats must be" --work noise --repeats 0
refuse "unknown network" 1 "nonexistent" --work langevin --net nonexistent
refuse "folder in use" 1 "not empty" --work io --directory inputs/io --megabytes 1
rank_counts=3
refuse "more ranks than blocks" 1 "blocks" --work langevin --batch 2 --block 1 --net small
finish "every work measures"
