/* Whole iterations of learning against PyTorch's: the trainer starts from the state in the golden file and must arrive
 * at its later ones. make_golden_models.py says how these were computed. */
#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "golden.h"
#include "unit/training_case.h"

/* A text attribute of the file, to be freed. */
static char *read_text(hid_t file, const char *name) {
    char *text = NULL, *copy;
    const hid_t attribute = H5Aopen(file, name, H5P_DEFAULT), type = H5Tcopy(H5T_C_S1);
    H5Tset_size(type, H5T_VARIABLE);
    H5Tset_cset(type, H5T_CSET_UTF8);
    ck_assert(attribute >= 0 && H5Aread(attribute, type, &text) >= 0);
    copy = allocate(strlen(text) + 1, 1);
    memcpy(copy, text, strlen(text));
    H5free_memory(text);
    H5Tclose(type);
    H5Aclose(attribute);
    return copy;
}

/* Observed images and labels in place of the case's own. */
static void use_images(training_case *c, hid_t file) {
    const size_t count = (size_t)c->observed->total;
    double *images = read_golden(file, "images", count * CASE_ELEMENTS), *labels = read_golden(file, "labels", count);
    for (size_t i = 0; i < count * CASE_ELEMENTS; i++)
        c->observed->images[i] = (uint8_t)images[i];
    for (size_t i = 0; i < count; i++)
        c->observed->labels[i] = (uint32_t)labels[i];
    free(images);
    free(labels);
}

/* Whether an array is in the files: all but what no step changes. */
static bool is_stored(const ggcn_array *a) {
    return a->type == GGCN_F32 || a->type == GGCN_U32;
}

static void start_from(training_case *c, hid_t file) {
    ggcn_state state = {0};
    succeed(ggcn_trainer_state(c->trainer, &state));
    for (size_t i = 0; i < state.count; i++) {
        const ggcn_array *a = &state.arrays[i];
        const size_t count = ggcn_array_local(a);
        char path[256];
        snprintf(path, sizeof path, "initial/%s", a->path);
        if (!is_stored(a))
            continue;
        double *values = read_golden(file, path, count);
        for (size_t k = 0; k < count; k++)
            if (a->type == GGCN_F32)
                ((float *)a->data)[k] = (float)values[k];
            else
                ck_assert_uint_eq(((const uint32_t *)a->data)[k], (uint32_t)values[k]);
        free(values);
    }
    ggcn_state_clear(&state);
}

/* Parameters and latents move little beside their size, so what is compared is how far they moved from `initial`. */
static void check_array(hid_t file, const char *group, const ggcn_array *a, double tolerance) {
    const size_t count = ggcn_array_local(a);
    char path[256];
    snprintf(path, sizeof path, "%s/%s", group, a->path);
    double *expected = read_golden(file, path, count), worst = 0, largest = 0;
    snprintf(path, sizeof path, "initial/%s", a->path);
    double *initial = read_golden(file, path, count);
    for (size_t k = 0; k < count; k++) {
        const double value = a->type == GGCN_F32 ? (double)((const float *)a->data)[k] : ((const uint32_t *)a->data)[k];
        worst = fmax(worst, fabs(value - expected[k]));
        largest = fmax(largest, fabs(expected[k] - initial[k]));
    }
    ck_assert_msg(worst <= tolerance * largest, "%s, %s: off by %.3g, largest change %.3g", group, a->path, worst,
                  largest);
    ck_assert(largest > 1e-4 || a->type == GGCN_U32);
    free(expected);
    free(initial);
}

static void check_state(const training_case *c, hid_t file, const char *group, double tolerance) {
    ggcn_state state = {0};
    succeed(ggcn_trainer_state(c->trainer, &state));
    for (size_t i = 0; i < state.count; i++)
        if (is_stored(&state.arrays[i]))
            check_array(file, group, &state.arrays[i], tolerance);
    ggcn_state_clear(&state);
}

static const char *const names[] = {"model_ggcn", "model_ggcn_ams", "model_wmgcn"};
enum { FILES = sizeof names / sizeof *names, ITERATIONS = 3 };

START_TEST(iterations) {
    const hid_t file = open_golden(names[_i]);
    char *settings = read_text(file, "settings"), *network = read_text(file, "network");
    char *generator = read_text(file, "generator");
    const uint32_t classes = strstr(settings, "conditional=true") ? 2 : 1;
    training_case c = training_case_create_with(network, *generator ? generator : NULL, classes, settings);
    const size_t grids = (size_t)ggcn_trainer_grids(c.trainer);
    double *gamma = read_golden(file, "gamma", grids * ITERATIONS), metrics[CASE_METRICS];
    use_images(&c, file);
    start_from(&c, file);
    for (size_t iteration = 0; iteration < ITERATIONS; iteration++) {
        training_case_step(&c, metrics);
        ck_assert_double_eq(metrics[GGCN_METRIC_GAMMA], gamma[(grids - 1) * ITERATIONS + iteration]);
        if (iteration == 0)
            check_state(&c, file, "after1", 1e-4);
    }
    check_state(&c, file, "after3", 5e-4);
    training_case_destroy(&c);
    free(gamma);
    free(settings);
    free(network);
    free(generator);
    H5Fclose(file);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("golden models");
    TCase *golden = tcase_create("PyTorch");
    tcase_add_loop_test(golden, iterations, 0, FILES);
    tcase_set_timeout(golden, 60); /* generous: for builds with sanitizers */
    suite_add_tcase(suite, golden);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
