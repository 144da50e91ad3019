#include "inpaint_score.h"

#include <math.h>
#include <stdlib.h>

#include "ggcn/hpc.h"
#include "ggcn/image.h"
#include "ggcn/pair_scores.h"
#include "model_rows.h"

enum { MSE, PSNR, SSIM, HIDDEN_MSE, SCORES };

static void fill_bytes(const ggcn_config_data *d, int64_t elements, const float *x, uint8_t *bytes) {
    for (int64_t i = 0; i < elements; i++)
        bytes[i] = ggcn_pixel_byte(x[i], (double)d->pixel_min, (double)d->pixel_max);
}

static ggcn_status score_bytes(ggcn_shape s, const uint8_t *a, const uint8_t *b, const uint8_t *hidden, double *score) {
    const int64_t plane = s.height * s.width;
    int64_t number = 0;
    for (int64_t i = 0; i < plane; i++)
        number += hidden[i];
    score[MSE] = ggcn_mse(s, a, b);
    score[PSNR] = ggcn_psnr(score[MSE]);
    score[HIDDEN_MSE] = score[MSE] * (double)plane / (double)number; /* the other pixels add nothing */
    score[SSIM] = NAN;
    return s.height < GGCN_SSIM_WINDOW || s.width < GGCN_SSIM_WINDOW ? GGCN_SUCCESS : ggcn_ssim(s, a, b, &score[SSIM]);
}

/* @param[out] scores [local][SCORES] */
static ggcn_status score_mine(const ggcn_trained_info *info, int64_t local, const float *x, const float *originals,
                              const uint8_t *hidden, double *scores) {
    const ggcn_shape s = info->image;
    const int64_t plane = s.height * s.width, elements = s.channels * plane;
    uint8_t *bytes = malloc((size_t)(2 * elements));
    if (!bytes)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory to compare two images");
    ggcn_status status = GGCN_SUCCESS;
    for (int64_t n = 0; status == GGCN_SUCCESS && n < local; n++) {
        fill_bytes(&info->config->data, elements, x + n * elements, bytes);
        fill_bytes(&info->config->data, elements, originals + n * elements, bytes + elements);
        status = score_bytes(s, bytes, bytes + elements, hidden + n * plane, scores + n * SCORES);
    }
    free(bytes);
    return status;
}

ggcn_status inpaint_score_of(const ggcn_trained_info *info, int64_t count, int64_t first, int64_t local, const float *x,
                             const float *originals, const uint8_t *hidden, inpaint_score *score) {
    double *all = calloc((size_t)count * SCORES, sizeof *all);
    ggcn_status status = GGCN_SUCCESS;
    if (all)
        status = score_mine(info, local, x, originals, hidden, all + first * SCORES);
    else
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %lld scores", (long long)count);
    status = ggcn_agree(status);
    if (status == GGCN_SUCCESS) {
        ggcn_array array = model_rows_array(count, first, local, SCORES, all + first * SCORES);
        array.type = GGCN_F64;
        status = model_rows_share(&array, all);
    }
    double sums[SCORES] = {0};
    for (int64_t i = 0; status == GGCN_SUCCESS && i < count * SCORES; i++)
        sums[i % SCORES] += all[i];
    free(all);
    const double n = (double)count;
    *score = (inpaint_score){sums[MSE] / n, sums[PSNR] / n, sums[SSIM] / n, sums[HIDDEN_MSE] / n};
    return status;
}
