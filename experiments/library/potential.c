/*
 * How a C program uses a trained model: its potential and gradient on an image, and chains that start there.
 *
 *     potential RUN IMAGE.png OUT.png
 *
 * prints, for each class, Phi of the image, its log-density up to a constant, the length of the gradient and, to
 * compare, the same by a difference quotient; then takes the sampler's steps from the image and draws the image and
 * where they lead, a chain for each class. Build it with
 *
 *     cc potential.c $(pkg-config --cflags --libs ggcn) -lm
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <ggcn/hpc.h>
#include <ggcn/image.h>
#include <ggcn/trained.h>

/* Ends the program with the description of what failed. */
static void succeed(ggcn_status status) {
    if (status == GGCN_SUCCESS)
        return;
    fprintf(stderr, "potential: %s\n", ggcn_last_error()->message);
    ggcn_hpc_abort(1);
}

static float *floats(size_t count) {
    float *made = calloc(count, sizeof *made);
    if (!made) {
        fprintf(stderr, "potential: no memory\n");
        ggcn_hpc_abort(1);
    }
    return made;
}

static double norm(const float *x, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += (double)x[i] * x[i];
    return sqrt(sum);
}

/* The picture in the model's pixel range, `copies` times. It must have the model's size. */
static float *read_image(const char *path, const ggcn_trained_info *info, size_t elements, uint32_t copies) {
    ggcn_picture picture = {0};
    succeed(ggcn_decode_file(path, &picture));
    succeed(ggcn_image_set_channels(&picture, info->image.channels));
    if (picture.shape.height != info->image.height || picture.shape.width != info->image.width) {
        fprintf(stderr, "potential: %s: not %lld x %lld pixels\n", path, (long long)info->image.height,
                (long long)info->image.width);
        ggcn_hpc_abort(1);
    }
    const float low = info->config->data.pixel_min, high = info->config->data.pixel_max;
    float *x = floats(copies * elements);
    for (size_t i = 0; i < copies * elements; i++)
        x[i] = low + (high - low) * picture.pixels[i % elements] / 255;
    ggcn_picture_clear(&picture);
    return x;
}

/* (Phi(x + h v) - Phi(x - h v))/(2 h) along the gradient v = g/|g| of each image, which should be |g|. */
static void differences(ggcn_trained *model, int grid, uint32_t images, size_t elements, const float *x,
                        const uint32_t *labels, const float *g, double *quotient) {
    const float h = 0.001f;
    float *moved = floats(images * elements);
    for (int sign = -1; sign <= 1; sign += 2) {
        double *phi = calloc(images, sizeof *phi);
        for (uint32_t n = 0; n < images; n++) {
            const float length = (float)norm(g + n * elements, elements);
            for (size_t i = n * elements; i < (n + 1) * elements; i++)
                moved[i] = x[i] + (float)sign * h * g[i] / length;
        }
        succeed(ggcn_trained_evaluate(model, grid, images, moved, labels, phi, NULL));
        for (uint32_t n = 0; n < images; n++)
            quotient[n] += sign * phi[n] / (2 * (double)h);
        free(phi);
    }
    free(moved);
}

int main(int argc, char **argv) {
    succeed(ggcn_hpc_start(&argc, &argv));
    if (argc != 4) {
        fprintf(stderr, "usage: potential RUN IMAGE.png OUT.png\n");
        ggcn_hpc_abort(2);
    }
    ggcn_trained *model;
    succeed(ggcn_trained_load(argv[1], UINT64_MAX, &model));
    const ggcn_trained_info *info = ggcn_trained_describe(model);
    const size_t elements = (size_t)(info->image.channels * info->image.height * info->image.width);
    const int finest = info->grids - 1;
    const uint32_t classes = info->n_classes;
    const double s = info->config->potential.reference_sigma;
    printf("%s, iteration %llu, %u classes\n", info->checkpoint, (unsigned long long)info->iteration, classes);

    float *x = read_image(argv[2], info, elements, classes + 1), *g = floats(classes * elements);
    double *phi = calloc(classes, sizeof *phi), *quotient = calloc(classes, sizeof *quotient);
    uint32_t *labels = calloc(classes, sizeof *labels);
    for (uint32_t c = 0; c < classes; c++)
        labels[c] = c;
    succeed(ggcn_trained_evaluate(model, finest, classes, x, labels, phi, g));
    differences(model, finest, classes, elements, x, labels, g, quotient);
    for (uint32_t c = 0; c < classes; c++)
        printf("%-12s Phi %.6f  log-density %.6f  |grad Phi| %.6f  difference quotient %.6f\n",
               info->classes ? info->classes[c] : "", phi[c], phi[c] - pow(norm(x, elements), 2) / (2 * s * s),
               norm(g + c * elements, elements), quotient[c]);

    /* The first image stays as it is; the others are chains. */
    const ggcn_chain_steps steps = {.langevin = ggcn_trained_langevin(model), .seed = 1};
    succeed(ggcn_trained_step(model, finest, &steps, classes, x + elements, labels, NULL, NULL));
    if (ggcn_rank() == 0)
        succeed(ggcn_write_grid(argv[3], x, classes + 1, info->image, classes + 1, info->config->data.pixel_min,
                                info->config->data.pixel_max, 2));
    printf("%s: the image, and after %u steps\n", argv[3], steps.langevin.steps);
    free(x);
    free(g);
    free(phi);
    free(quotient);
    free(labels);
    ggcn_trained_destroy(&model);
    ggcn_hpc_finish();
    return 0;
}
