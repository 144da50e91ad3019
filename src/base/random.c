#include "ggcn/random.h"

#include <Random123/philox.h>
#include <math.h>

/* Counter: [element / 4, chain, iteration, purpose 2^24 + step]; key: the seed. One block gives four words. */
static philox4x32_ctr_t block_of(ggcn_random_key key, uint64_t block) {
    /* elements beyond 2^34 would need a wider counter: an image has fewer than 2^31 */
    const philox4x32_ctr_t counter = {
        {(uint32_t)block, key.chain, key.iteration, ((uint32_t)key.purpose << 24) | (key.step & 0xffffffu)}};
    const philox4x32_key_t philox_key = {{(uint32_t)key.seed, (uint32_t)(key.seed >> 32)}};
    return philox4x32(counter, philox_key);
}

void ggcn_random_words(ggcn_random_key key, uint64_t first, size_t count, uint32_t *words) {
    for (size_t i = 0; i < count; i++) {
        const uint64_t element = first + i;
        const philox4x32_ctr_t block = block_of(key, element / 4);
        words[i] = block.v[element % 4];
    }
}

double ggcn_random_uniform(ggcn_random_key key, uint64_t element) {
    uint32_t word;
    ggcn_random_words(key, element, 1, &word);
    return ((double)word + 1) * 0x1p-32;
}

/* Natural logarithm of a normal positive float: x = 2^e m with m in [sqrt(1/2), sqrt(2)), polynomial in m - 1 (Cephes
 * logf). Written out so that the compiler can vectorise it; relative error below 2e-7. */
static inline float log_of(float x) {
    union {
        float f;
        uint32_t u;
    } bits = {.f = x};
    int32_t exponent = (int32_t)(bits.u >> 23) - 126;
    bits.u = (bits.u & 0x007fffffu) | 0x3f000000u;
    float m = bits.f;
    const int32_t small = m < 0.70710678f;
    exponent -= small;
    m = small ? 2 * m - 1 : m - 1;
    const float z = m * m;
    float y = 7.0376836292e-2f;
    y = y * m - 1.1514610310e-1f;
    y = y * m + 1.1676998740e-1f;
    y = y * m - 1.2420140846e-1f;
    y = y * m + 1.4249322787e-1f;
    y = y * m - 1.6668057665e-1f;
    y = y * m + 2.0000714765e-1f;
    y = y * m - 2.4999993993e-1f;
    y = y * m + 3.3333331174e-1f;
    y = y * m * z;
    y += -2.12194440e-4f * (float)exponent - 0.5f * z;
    return m + y + 0.693359375f * (float)exponent;
}

/* cos and sin of 2 pi u/2^32: quadrant from the two highest bits, Taylor-like polynomials (Cephes) on [-pi/4, pi/4]. */
static inline void circle(uint32_t u, float *cosine, float *sine) {
    const uint32_t shifted = u + 0x20000000u;
    const uint32_t quadrant = shifted >> 30;
    const int32_t offset = (int32_t)(shifted & 0x3fffffffu) - 0x20000000;
    const float a = (float)offset * 1.4629180793e-9f; /* 2 pi / 2^32 */
    const float z = a * a;
    const float s = ((-1.9515295891e-4f * z + 8.3321608736e-3f) * z - 1.6666654611e-1f) * z * a + a;
    const float c =
        ((2.443315711809948e-5f * z - 1.388731625493765e-3f) * z + 4.166664568298827e-2f) * z * z - 0.5f * z + 1;
    const float swapped_c = quadrant & 1 ? s : c, swapped_s = quadrant & 1 ? c : s;
    *cosine = quadrant == 1 || quadrant == 2 ? -swapped_c : swapped_c;
    *sine = quadrant >= 2 ? -swapped_s : swapped_s;
}

/* Box-Muller on the words (a, b): radius from a, angle from b. */
static inline void box_muller(uint32_t a, uint32_t b, float *first, float *second) {
    const float uniform = ((float)(a >> 8) + 0.5f) * 0x1p-24f; /* in (0, 1]: float32 rounds the last half up */
    const float radius = sqrtf(-2 * log_of(uniform));
    float c, s;
    circle(b, &c, &s);
    *first = radius * c;
    *second = radius * s;
}

enum { BATCH = 64 }; /* blocks at a time, so that the loops vectorise over blocks */

void ggcn_random_normal(ggcn_random_key key, size_t count, float *values) {
    uint32_t words[4][BATCH];
    float normals[4][BATCH];
    for (size_t start = 0; start < count; start += 4 * BATCH) {
        for (uint32_t i = 0; i < BATCH; i++) {
            const philox4x32_ctr_t block = block_of(key, start / 4 + i);
            for (int k = 0; k < 4; k++)
                words[k][i] = block.v[k];
        }
        for (int pair = 0; pair < 4; pair += 2)
            for (int i = 0; i < BATCH; i++)
                box_muller(words[pair][i], words[pair + 1][i], &normals[pair][i], &normals[pair + 1][i]);
        const size_t end = count - start < 4 * BATCH ? count - start : 4 * BATCH;
        for (size_t i = 0; i < end; i++)
            values[start + i] = normals[i % 4][i / 4];
    }
}

void ggcn_random_permutation(ggcn_random_key key, uint32_t count, uint32_t *order) {
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    for (uint32_t i = count; i > 1; i--) {
        /* the bias of the product rule is below count/2^32 */
        uint32_t word;
        ggcn_random_words(key, i, 1, &word);
        const uint32_t j = (uint32_t)(((uint64_t)word * i) >> 32);
        const uint32_t kept = order[i - 1];
        order[i - 1] = order[j];
        order[j] = kept;
    }
}
