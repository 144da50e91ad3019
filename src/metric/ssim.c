#include <math.h>
#include <stdlib.h>

#include "ggcn/pair_scores.h"

enum { WINDOW = GGCN_SSIM_WINDOW, MOMENTS = 5 };
static const double sigma = 1.5, c1 = 0.01 * 0.01, c2 = 0.03 * 0.03;

static void fill_window(double window[WINDOW]) {
    double sum = 0;
    for (int i = 0; i < WINDOW; i++) {
        const double t = (i - WINDOW / 2) / sigma;
        window[i] = exp(-t * t / 2);
        sum += window[i];
    }
    for (int i = 0; i < WINDOW; i++)
        window[i] /= sum;
}

/* The window's means of a, b, a^2, b^2 and ab along the rows: moments [row][column of the window's first][MOMENTS]. */
static void along_rows(const double *window, int64_t height, int64_t width, const uint8_t *a, const uint8_t *b,
                       double *moments) {
    for (int64_t y = 0; y < height; y++)
        for (int64_t x = 0; x + WINDOW <= width; x++, moments += MOMENTS) {
            double sum[MOMENTS] = {0};
            for (int i = 0; i < WINDOW; i++) {
                const double p = a[y * width + x + i] / 255.0, q = b[y * width + x + i] / 255.0;
                sum[0] += window[i] * p;
                sum[1] += window[i] * q;
                sum[2] += window[i] * p * p;
                sum[3] += window[i] * q * q;
                sum[4] += window[i] * p * q;
            }
            for (int m = 0; m < MOMENTS; m++)
                moments[m] = sum[m];
        }
}

static double similarity(const double m[MOMENTS]) {
    const double variance_a = m[2] - m[0] * m[0], variance_b = m[3] - m[1] * m[1], covariance = m[4] - m[0] * m[1];
    return (2 * m[0] * m[1] + c1) * (2 * covariance + c2) /
           ((m[0] * m[0] + m[1] * m[1] + c1) * (variance_a + variance_b + c2));
}

/* The sum of similarities over all positions of the window. */
static double sum_of_channel(const double *window, int64_t height, int64_t width, const uint8_t *a, const uint8_t *b,
                             double *rows) {
    const int64_t columns = width - WINDOW + 1;
    double sum = 0;
    along_rows(window, height, width, a, b, rows);
    for (int64_t y = 0; y + WINDOW <= height; y++)
        for (int64_t x = 0; x < columns; x++) {
            double moments[MOMENTS] = {0};
            for (int i = 0; i < WINDOW; i++)
                for (int m = 0; m < MOMENTS; m++)
                    moments[m] += window[i] * rows[((y + i) * columns + x) * MOMENTS + m];
            sum += similarity(moments);
        }
    return sum;
}

ggcn_status ggcn_ssim(ggcn_shape shape, const uint8_t *a, const uint8_t *b, double *ssim) {
    if (shape.height < WINDOW || shape.width < WINDOW)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "SSIM needs images of at least %d x %d, not %lld x %lld", WINDOW, WINDOW,
                  (long long)shape.height, (long long)shape.width);
    const int64_t plane = shape.height * shape.width, columns = shape.width - WINDOW + 1;
    double *rows = malloc((size_t)(shape.height * columns * MOMENTS) * sizeof *rows), window[WINDOW], sum = 0;
    if (!rows)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory to compare two images");
    fill_window(window);
    for (int64_t c = 0; c < shape.channels; c++)
        sum += sum_of_channel(window, shape.height, shape.width, a + c * plane, b + c * plane, rows);
    free(rows);
    *ssim = sum / (double)(shape.channels * columns * (shape.height - WINDOW + 1));
    return GGCN_SUCCESS;
}
