#!/bin/sh
# sampler.precision: bf16: the same bits on any ranks and threads, other ones than f32's; refused where the processor lacks
# it, but for programs on trained models, which say so and go on in f32.
# test_precision.sh GGCN_TRAIN GGCN_DATA MAKE_TEST_IMAGES GGCN_SAMPLE GGCN_BENCH LAUNCHER
set -u
train=$1 data=$2 make_images=$3 sample=$4 bench=$5 launcher=$6
. "$(dirname "$0")/../common.sh"
work_in precision

make_data_set 240 12 data.h5
make_network network.yaml
make_configuration configuration.yaml data.h5 network.yaml

# AVX2 has no bfloat16, whatever the machine.
ONEDNN_MAX_CPU_ISA=AVX2
export ONEDNN_MAX_CPU_ISA
for ranks in 1 2; do
    name="bf16 on AVX2"
    every_code "$ranks" "$train" configuration.yaml --out refused -s sampler.precision=bf16 >output 2>&1
    [ "$(grep -cx 1 codes)" -eq "$ranks" ] || fail "exit codes $(paste -sd' ' codes)"
    grep -q 'precision bf16: this processor.* has no arithmetic on bfloat16' output || fail "no reason"
    [ ! -e refused/checkpoints ] || fail "a run was begun"
done
unset ONEDNN_MAX_CPU_ISA

"$bench" --work langevin --dtype bf16 --batch 5 --steps 1 --repeats 1 >output 2>&1 ||
    { [ "$failures" -eq 0 ] || exit 1; sed 's/^/skipped: /' output; exit 77; }
grep -q ' dtype=bf16 ' output || fail "the benchmark's line"

train_on 1 1 configuration.yaml --out f32
in_f32=$found
train_on 1 1 configuration.yaml --out run-1x1 -s sampler.precision=bf16
expected=$found
[ "$expected" != "$in_f32" ] || fail "bf16 and f32 give the same"
for shape in 1x2 2x1 3x2; do
    train_on "${shape%x*}" "${shape#*x}" configuration.yaml --out "run-$shape" -s sampler.precision=bf16
    expect_digest "ranks x threads: $shape"
done
train_on 3 1 configuration.yaml --out cut -s learning.iterations=2 -s sampler.precision=bf16
train_on 2 1 --restart cut -s learning.iterations=5
expect_digest "3 to iteration 2, 2 from there on"
accept 1 "$train" configuration.yaml --out plan --dry-run -s sampler.precision=bf16
grep -q 'conv1 .*; bf16: .* / ' output || fail "the plan does not name what is in bf16"

# A trained model's chains go on in bf16, and in f32 where there is no other way.
accept 1 "$sample" run-1x1 -n 8 --steps 3 --out one.h5
expected=$(grep -x 'digest samples=[0-9a-f]\{16\}' output) || fail "no digest"
accept 2 "$sample" run-1x1 -n 8 --steps 3 --out two.h5
grep -qx "$expected" output || fail "other samples than $expected of one rank"
ONEDNN_MAX_CPU_ISA=AVX2 accept 1 "$sample" run-1x1 -n 8 --steps 3 --out samples-f32.h5
grep -q "steps are in bf16, which this processor (avx2) does not have" output || fail "no word about it"
finish "bf16: the same bits everywhere"
