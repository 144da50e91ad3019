#include "net/few_channels.h"

#include <string.h>

#include "net/simd.h"

enum { MOST = 12 }; /* results in registers at a time: neighbouring positions times phases times channels */

bool ggcn_few_channels_possible(const ggcn_correlation_spec *s) {
    return s->src.lanes == 1 && ggcn_simd_fits(s->dst.lanes) && (s->src.channels == 1 || s->src.channels == 3) &&
           s->stride[0] == s->stride[1] && s->stride[0] <= 2;
}

/* What is the same for all images. */
typedef struct {
    const ggcn_correlation_spec *spec;
    int64_t stride, r[2];                           /* rows and columns of a phase's kernel */
    int64_t results;                                /* phases times channels */
    int64_t groups, plane, steps;                   /* of dst; vectors in a position's channels of one group */
    int64_t row[MOST], column[MOST], channel[MOST]; /* of each result: place relative to stride times (v0, v1), plane */
} geometry;

static geometry geometry_of(const ggcn_correlation_spec *s) {
    const int64_t stride = s->stride[0];
    geometry g = {.spec = s,
                  .stride = stride,
                  .r = {(s->kernel[0] + stride - 1) / stride, (s->kernel[1] + stride - 1) / stride},
                  .results = stride * stride * s->src.channels,
                  .groups = ggcn_layout_groups(s->dst),
                  .plane = s->dst.height * s->dst.width * s->dst.lanes,
                  .steps = s->dst.lanes / GGCN_SIMD};
    for (int64_t n = 0; n < g.results; n++) {
        const int64_t phase = n / s->src.channels;
        g.row[n] = phase / stride - s->pad[0];
        g.column[n] = phase % stride - s->pad[1];
        g.channel[n] = n % s->src.channels * s->src.height * s->src.width;
    }
    return g;
}

size_t ggcn_few_channels_packed_bytes(const ggcn_correlation_spec *s) {
    const geometry g = geometry_of(s);
    return (size_t)(g.r[0] * g.r[1] * g.groups * s->dst.lanes * g.results) * sizeof(float);
}

/* Order: [q0][q1][group][vector of lanes][result][lane], a result being (phase row, phase column, channel). */
void ggcn_few_channels_pack(const ggcn_correlation_spec *s, const float *plain, float *packed) {
    const geometry g = geometry_of(s);
    for (int64_t q0 = 0; q0 < g.r[0]; q0++)
        for (int64_t q1 = 0; q1 < g.r[1]; q1++)
            for (int64_t first = 0; first < g.groups * s->dst.lanes; first += GGCN_SIMD)
                for (int64_t n = 0; n < g.results; n++)
                    for (int64_t o = first; o < first + GGCN_SIMD; o++) {
                        const int64_t phase = n / s->src.channels, c = n % s->src.channels;
                        const int64_t y = g.stride * q0 + phase / g.stride, x = g.stride * q1 + phase % g.stride;
                        const bool inside = o < s->dst.channels && y < s->kernel[0] && x < s->kernel[1];
                        *packed++ =
                            inside ? plain[((o * s->src.channels + c) * s->kernel[0] + y) * s->kernel[1] + x] : 0.0f;
                    }
}

/* Adds the products of one kernel element: `from` [positions] point at the first group, `apart` [positions] are the
 * distances of the groups. Both numbers are constants wherever this is inlined, so that the sums stay in registers. */
static inline __attribute__((always_inline)) void add_products(const int positions, const int results,
                                                               const int64_t groups, const int64_t steps,
                                                               const float **from, const int64_t *apart,
                                                               const float *weights, ggcn_simd *sums) {
    for (int64_t group = 0; group < groups; group++) {
        for (int64_t step = 0; step < steps; step++, weights += results * GGCN_SIMD) {
            ggcn_simd e[MOST];
#pragma GCC unroll 12
            for (int i = 0; i < positions; i++)
                e[i] = *(const ggcn_simd *)(from[i] + step * GGCN_SIMD);
#pragma GCC unroll 12
            for (int n = 0; n < results; n++) {
                const ggcn_simd w = *(const ggcn_simd *)(weights + n * GGCN_SIMD);
#pragma GCC unroll 12
                for (int i = 0; i < positions; i++)
                    sums[n * positions + i] += w * e[i];
            }
        }
#pragma GCC unroll 12
        for (int i = 0; i < positions; i++)
            from[i] += apart[i];
    }
}

static float total(ggcn_simd sum) {
    float s[GGCN_SIMD];
    *(ggcn_simd *)s = sum;
#pragma GCC unroll 4
    for (int half = GGCN_SIMD / 2; half > 0; half /= 2)
        for (int i = 0; i < half; i++)
            s[i] += s[i + half];
    return s[0];
}

/* Results of `positions` neighbouring columns from v1 on, in row v0 of every phase. `dst` is one image's. */
static inline __attribute__((always_inline)) void block(const int positions, const int results, const geometry *g,
                                                        const float *packed, const float *dst, int64_t v0, int64_t v1,
                                                        float *src) {
    static const float zeros[64];
    const ggcn_correlation_spec *s = g->spec;
    const int64_t part = g->groups * g->steps * results * GGCN_SIMD;
    ggcn_simd sums[MOST];
#pragma GCC unroll 12
    for (int n = 0; n < positions * results; n++)
        sums[n] = (ggcn_simd){0};
    for (int64_t q0 = 0; q0 < g->r[0]; q0++) {
        const int64_t row = v0 - q0;
        for (int64_t q1 = 0; q1 < g->r[1] && row >= 0 && row < s->dst.height; q1++) {
            const float *from[MOST];
            int64_t apart[MOST];
            for (int i = 0; i < positions; i++) {
                const int64_t column = v1 + i - q1;
                const bool inside = column >= 0 && column < s->dst.width;
                from[i] = inside ? dst + (row * s->dst.width + column) * s->dst.lanes : zeros;
                apart[i] = inside ? g->plane : 0;
            }
            const float *weights = packed + (q0 * g->r[1] + q1) * part;
            if (g->steps == 1)
                add_products(positions, results, g->groups, 1, from, apart, weights, sums);
            else
                add_products(positions, results, g->groups, g->steps, from, apart, weights, sums);
        }
    }
    for (int n = 0; n < results; n++) {
        const int64_t y = g->stride * v0 + g->row[n];
        if (y < 0 || y >= s->src.height)
            continue;
        float *row = src + g->channel[n] + y * s->src.width;
        for (int i = 0; i < positions; i++) {
            const int64_t x = g->stride * (v1 + i) + g->column[n];
            if (x >= 0 && x < s->src.width)
                row[x] = total(sums[n * positions + i]);
        }
    }
}

void ggcn_few_channels_adjoint(const ggcn_correlation_spec *s, const float *packed, const float *dst, float *src) {
    const geometry g = geometry_of(s);
    const int64_t last0 = (s->src.height - 1 + s->pad[0]) / g.stride, last1 = (s->src.width - 1 + s->pad[1]) / g.stride;
    for (int64_t n = 0; n < s->dst.batch; n++, dst += ggcn_layout_image(s->dst), src += ggcn_layout_image(s->src))
        for (int64_t v0 = s->pad[0] / g.stride; v0 <= last0; v0++)
            for (int64_t v1 = s->pad[1] / g.stride; v1 <= last1;) {
                switch (g.results) {
                case 1:
                    block(8, 1, &g, packed, dst, v0, v1, src);
                    v1 += 8;
                    break;
                case 3:
                    block(4, 3, &g, packed, dst, v0, v1, src);
                    v1 += 4;
                    break;
                case 4:
                    block(3, 4, &g, packed, dst, v0, v1, src);
                    v1 += 3;
                    break;
                default:
                    block(1, 12, &g, packed, dst, v0, v1, src);
                    v1++;
                    break;
                }
            }
}
