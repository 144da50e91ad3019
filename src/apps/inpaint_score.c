#include "inpaint_score.h"

#include <math.h>
#include <stdlib.h>

#include "model_rows.h"
#include "ggcn/hpc.h"

enum { MSE, PSNR, HIDDEN_MSE, SCORES };

static double level(const ggcn_config_data *d, float value) {
    const double scaled = ((double)value - d->pixel_min) / ((double)d->pixel_max - d->pixel_min);
    return scaled < 0 ? 0 : scaled > 1 ? 1 : scaled;
}

static void score_image(const ggcn_trained_info *info, const float *x, const float *original, const uint8_t *hidden,
                        double *score) {
    const ggcn_shape s = info->image;
    const int64_t plane = s.height * s.width;
    double all = 0, unseen = 0, number = 0;
    for (int64_t i = 0; i < s.channels * plane; i++) {
        const double d = level(&info->config->data, x[i]) - level(&info->config->data, original[i]);
        all += d * d;
        unseen += hidden[i % plane] ? d * d : 0;
        number += hidden[i % plane];
    }
    score[MSE] = all / (double)(s.channels * plane);
    score[PSNR] = 10 * log10(1 / score[MSE]);
    score[HIDDEN_MSE] = unseen / number;
}

ggcn_status inpaint_score_of(const ggcn_trained_info *info, int64_t count, int64_t first, int64_t local, const float *x,
                             const float *originals, const uint8_t *hidden, inpaint_score *score) {
    const int64_t plane = info->image.height * info->image.width, elements = info->image.channels * plane;
    double *all = calloc((size_t)count * SCORES, sizeof *all);
    GGCN_TRY(ggcn_agree(all ? GGCN_SUCCESS
                            : ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for %lld scores",
                                         (long long)count)));
    for (int64_t n = 0; n < local; n++)
        score_image(info, x + n * elements, originals + n * elements, hidden + n * plane, all + (first + n) * SCORES);
    ggcn_array array = model_rows_array(count, first, local, SCORES, all + first * SCORES);
    array.type = GGCN_F64;
    const ggcn_status status = model_rows_share(&array, all);
    double sums[SCORES] = {0};
    for (int64_t i = 0; i < count * SCORES; i++)
        sums[i % SCORES] += all[i];
    free(all);
    const double n = (double)count;
    *score = (inpaint_score){.mse = sums[MSE] / n, .psnr = sums[PSNR] / n, .hidden_mse = sums[HIDDEN_MSE] / n};
    return status;
}
