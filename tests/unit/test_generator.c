/* Models with a generator (paper, Algorithm 2): what the chains start from, the synthesizer's iteration, and the
 * changes of xi and z against central differences, in double precision on the naive reference, of
 *
 *   xi   mean_i  L(G(z_i; xi), x^_i)       z_i   sum_j  L(G(z_j; xi), x^_j)
 *
 * with L = -|G(z) - x^|^2 (Eq. 19, 20; x^ held) or, amortised, L = Phi(G(z)) under the new theta and w (Eq. 23). */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/random.h"
#include "learning_check.h"

typedef struct {
    const training_case *c;
    potential_model *potential;
    const image_set *chains;         /* x^ */
    reference *network;              /* of all chains at once */
    size_t count, latent, embedding; /* chains, numbers of z, of a class's embedding or 0 */
    size_t n_network, n_xi;
    double *xi; /* [network | embedding [class][dimension]] */
    double *z;  /* [count][latent] */
    uint64_t piece;
} generator_model;

static generator_model generator_create(const training_case *c, potential_model *potential) {
    const bool classes = c->config->potential.conditional;
    generator_model g = {.c = c, .potential = potential, .count = (size_t)ggcn_trainer_chains(c->trainer)->count};
    g.network = reference_create(c->networks.generator, (int64_t)g.count);
    reference_use_batch_statistics(g.network);
    g.latent = c->config->generator.latent;
    g.embedding = classes ? c->config->generator.embedding : 0;
    g.n_network = ggcn_graph_parameters(c->networks.generator, NULL, NULL);
    g.n_xi = g.n_network + c->observed->n_classes * g.embedding;
    g.xi = check_allocate(g.n_xi, sizeof *g.xi);
    g.z = check_allocate(g.count * g.latent, sizeof *g.z);
    return g;
}

static void generator_destroy(generator_model *g) {
    reference_destroy(g->network);
    free(g->xi);
    free(g->z);
}

static void read_numbers(const training_case *c, const char *path, double *values, size_t count) {
    const ggcn_array array = training_case_array(c, path);
    ck_assert_uint_eq(ggcn_array_local(&array), count);
    for (size_t i = 0; i < count; i++)
        values[i] = (double)((const float *)array.data)[i];
}

static void read_xi(const generator_model *g, double *xi) {
    const ggcn_tensor_info *tensors;
    size_t count;
    ggcn_graph_parameters(g->c->networks.generator, &tensors, &count);
    for (size_t t = 0; t < count; t++) {
        char path[160] = "parameters/generator/";
        strcat(path, tensors[t].name);
        read_numbers(g->c, path, xi + tensors[t].offset, tensors[t].count);
    }
    if (g->embedding > 0)
        read_numbers(g->c, "parameters/generator/embedding", xi + g->n_network, g->n_xi - g->n_network);
}

/* G(z) of all chains, with their own classes. */
static const double *generate(generator_model *g) {
    const size_t inputs = g->latent + g->embedding;
    const uint32_t *labels = ggcn_trainer_chains(g->c->trainer)->labels;
    double *input = check_allocate(g->count * inputs, sizeof *input);
    for (size_t n = 0; n < g->count; n++) {
        memcpy(input + n * inputs, g->z + n * g->latent, g->latent * sizeof *input);
        if (g->embedding > 0)
            memcpy(input + n * inputs + g->latent, g->xi + g->n_network + labels[n] * g->embedding,
                   g->embedding * sizeof *input);
    }
    memcpy(reference_parameters(g->network), g->xi, g->n_network * sizeof *g->xi);
    reference_forward(g->network, input);
    free(input);
    g->piece = reference_piece(g->network);
    return reference_value(g->network, reference_last(g->network));
}

/* sum_i L(G(z_i), x^_i) */
static double loss(generator_model *g) {
    const double *image = generate(g);
    double sum = 0;
    g->potential->piece = 0;
    for (size_t n = 0; n < g->count; n++) {
        const double *of_chain = image + n * CASE_ELEMENTS;
        if (g->potential->traits->amortized) {
            sum += potential_model_evaluate(g->potential, of_chain, g->chains->labels[n]);
            continue;
        }
        for (size_t i = 0; i < CASE_ELEMENTS; i++) {
            const double difference = of_chain[i] - g->chains->x[n * CASE_ELEMENTS + i];
            sum -= difference * difference;
        }
    }
    g->piece = (g->piece ^ g->potential->piece) * UINT64_C(0x100000001b3);
    return sum;
}

/* Central difference of the loss by one number. The step shrinks until no kink lies inside it. */
static double difference(generator_model *g, double *number) {
    const double at = *number;
    for (double step = 1e-4; step > 5e-8; step *= 0.1) {
        *number = at + step;
        const double up = loss(g);
        const uint64_t piece = g->piece;
        *number = at - step;
        const double down = loss(g);
        *number = at;
        if (g->piece == piece)
            return (up - down) / (2 * step);
    }
    ck_abort_msg("a kink within 1e-7");
}

/* --- latents and starts ------------------------------------------------------------------------------------------- */

static void draw_latents(generator_model *g, uint32_t iteration) {
    for (size_t n = 0; n < g->count; n++) {
        float z[64];
        ck_assert_uint_le(g->latent, 64);
        ggcn_random_normal((ggcn_random_key){.seed = g->c->config->run.seed,
                                             .purpose = GGCN_RANDOM_LATENT,
                                             .iteration = iteration,
                                             .chain = (uint32_t)n},
                           g->latent, z);
        for (size_t i = 0; i < g->latent; i++)
            g->z[n * g->latent + i] = (double)z[i];
    }
}

/* Whether all chains restart from a replay buffer of one slot each. */
static bool restarts(const training_case *c, uint32_t iteration) {
    return iteration > 0 && c->config->replay.size > 0 && c->config->replay.fresh == 0;
}

/* The latents that an iteration starts from: the buffer's; else drawn anew, or kept where they are learned without a
 * buffer. */
static void expect_latents(generator_model *g, uint32_t iteration) {
    if (restarts(g->c, iteration))
        read_numbers(g->c, "chains/replay/latent", g->z, g->count * g->latent);
    else if (iteration == 0 || !g->potential->traits->learns_latent || g->c->config->replay.size > 0)
        draw_latents(g, iteration);
    else
        read_numbers(g->c, "chains/latent", g->z, g->count * g->latent);
}

/* The running statistics of the generator: those of the last forward pass have their part in them. */
static void check_statistics(generator_model *g, const double *before) {
    const size_t count = ggcn_graph_statistics(g->c->networks.generator, NULL, NULL);
    const double momentum = g->c->config->generator.norm_momentum;
    double *found = check_allocate(count, sizeof *found);
    if (count > 0)
        read_numbers(g->c, "normalisation/generator/statistics", found, count);
    for (size_t i = 0; i < count; i++)
        ck_assert_double_eq_tol(found[i], (1 - momentum) * before[i] + momentum * reference_statistics(g->network)[i],
                                1e-5 * (1 + fabs(found[i])));
    free(found);
}

/* --- an iteration ------------------------------------------------------------------------------------------------- */

static double length(const double *values, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i] * values[i];
    return sqrt(sum);
}

/* Changes of xi and z, where the model still has those of before the step. */
static void check_generator(generator_model *g, bool learns, const double *metrics) {
    const ggcn_config_generator *config = &g->c->config->generator;
    const size_t n_z = g->count * g->latent, larger = g->n_xi > n_z ? g->n_xi : n_z;
    double *expected = check_allocate(larger, sizeof *expected), *found = check_allocate(larger, sizeof *found);
    read_xi(g, found);
    for (size_t i = 0; i < g->n_xi; i++) {
        found[i] -= g->xi[i];
        expected[i] = learns ? config->optimizer.rate / (double)g->count * difference(g, &g->xi[i]) : 0;
    }
    const ggcn_tensor_info *tensors;
    size_t count;
    ggcn_graph_parameters(g->c->networks.generator, &tensors, &count);
    for (size_t t = 0; t < count; t++)
        ck_assert(check_compare(tensors[t].name, found + tensors[t].offset, expected + tensors[t].offset,
                                tensors[t].count) > 1e-4 ||
                  !learns);
    if (g->embedding > 0)
        ck_assert(check_compare("embedding", found + g->n_network, expected + g->n_network, g->n_xi - g->n_network) >
                      1e-4 ||
                  !learns);
    check_metric(g->c, metrics, "generator_gradient_norm", length(expected, g->n_xi) / config->optimizer.rate);
    const bool steps = learns && g->potential->traits->learns_latent;
    read_numbers(g->c, "chains/latent", found, n_z);
    double length_of_z = 0;
    for (size_t n = 0; n < g->count; n++)
        length_of_z += length(found + n * g->latent, g->latent) / sqrt((double)g->latent) / (double)g->count;
    check_metric(g->c, metrics, "latent_norm", length_of_z);
    for (size_t i = 0; i < n_z; i++) {
        found[i] -= g->z[i];
        expected[i] = steps ? config->latent_rate * difference(g, &g->z[i]) : 0;
    }
    ck_assert(check_compare("latents", found, expected, n_z) > 1e-3 || !steps);
    free(expected);
    free(found);
}

static const struct {
    const char *name, *const *network, *const *generator, *settings;
    uint32_t classes, iterations;
} cases[] = {
    {"ggcn", &plain_network, &plain_generator, "model=ggcn jko.beta=0.8", 1, 2},
    {"ggcn, norm", &norm_network, &norm_generator, "model=ggcn jko.beta=0.8 learning.optimizer.rate=0.02", 1, 2},
    {"ggcn, three blocks on two threads", &plain_network, &norm_generator,
     "model=ggcn jko.parameters=theta jko.beta=0.8 learning.chains=6 learning.observed=15", 1, 1},
    {"ggcn, every third", &plain_network, &plain_generator, "model=ggcn generator.every=3", 1, 3},
    {"nolhs", &plain_network, &norm_generator, "model=ggcn-nolhs jko.beta=0.8", 1, 2},
    {"ams", &plain_network, &plain_generator, "model=ggcn-ams sampler.steps=1 jko.beta=0.8", 1, 2},
    {"ams, norm", &norm_network, &norm_generator,
     "model=ggcn-ams sampler.steps=1 jko.beta=0.8 learning.optimizer.rate=0.02 learning.chains=6 learning.observed=15",
     1, 2},
    {"nolhs-ams", &plain_network, &norm_generator, "model=ggcn-nolhs-ams sampler.steps=1 potential.theta=stationary", 1,
     2},
    {"conditional ggcn", &plain_network, &norm_generator,
     "model=ggcn potential.conditional=true jko.beta=0.8 learning.chains=6 learning.observed=15", 3, 1},
    {"conditional ams", &plain_network, &plain_generator,
     "model=ggcn-ams potential.conditional=true sampler.steps=1 jko.beta=0.8", 2, 2},
    {"labels without use", &plain_network, &plain_generator, "model=ggcn", 2, 1},
    {"replay", &plain_network, &norm_generator, "model=ggcn replay.size=4 replay.fresh=0", 1, 3},
    {"replay, conditional", &plain_network, &plain_generator,
     "model=ggcn-nolhs-ams sampler.steps=1 potential.conditional=true replay.size=4 replay.fresh=0", 2, 2},
    {"replay, all fresh", &plain_network, &plain_generator, "model=ggcn replay.size=4 replay.fresh=1", 1, 2},
};
enum { CASES = sizeof cases / sizeof *cases };

static void check_iteration(generator_model *g, training_case *c, image_set *observed, uint32_t iteration) {
    const size_t n_statistics = ggcn_graph_statistics(c->networks.generator, NULL, NULL);
    double metrics[CASE_METRICS], *statistics = check_allocate(n_statistics, sizeof *statistics);
    learning_check_begin(g->potential, observed, iteration);
    expect_latents(g, iteration);
    read_xi(g, g->xi);
    if (n_statistics > 0)
        read_numbers(c, "normalisation/generator/statistics", statistics, n_statistics);
    float *slots = NULL;
    if (restarts(c, iteration)) {
        slots = check_allocate(g->count * CASE_ELEMENTS, sizeof *slots);
        memcpy(slots, training_case_array(c, "chains/replay/x").data, g->count * CASE_ELEMENTS * sizeof *slots);
    }
    training_case_step(c, metrics);

    const double *image = generate(g);
    const float *made = ggcn_trainer_generated(c->trainer);
    for (size_t i = 0; i < g->count * CASE_ELEMENTS; i++)
        ck_assert_double_eq_tol((double)made[i], image[i], 1e-5);
    check_statistics(g, statistics);
    image_set before = image_set_of(g->potential, slots ? slots : made), chains = image_set_chains(g->potential);
    double distance = 0;
    for (size_t i = 0; i < g->count * CASE_ELEMENTS; i++)
        distance += (chains.x[i] - (double)made[i]) * (chains.x[i] - (double)made[i]);
    check_metric(c, metrics, "generator_distance", distance / (double)(g->count * CASE_ELEMENTS));
    learning_check_end(g->potential, observed, &before, iteration, metrics); /* from here on with the new theta, w */
    g->chains = &chains;
    check_generator(g, (iteration + 1) % c->config->generator.every == 0, metrics);
    image_set_destroy(&before);
    image_set_destroy(&chains);
    free(slots);
    free(statistics);
}

START_TEST(an_iteration_follows_its_gradients) {
    char settings[512] = "learning.optimizer.rate=0.1 generator.optimizer.rate=0.2 generator.latent_rate=0.3 ";
    training_case c = training_case_create_with(*cases[_i].network, *cases[_i].generator, cases[_i].classes,
                                                strcat(settings, cases[_i].settings));
    potential_model m = potential_model_create(&c, 0);
    image_set observed = image_set_observed(&m);
    generator_model g = generator_create(&c, &m);
    for (uint32_t iteration = 0; iteration < cases[_i].iterations; iteration++)
        check_iteration(&g, &c, &observed, iteration);
    generator_destroy(&g);
    image_set_destroy(&observed);
    potential_model_destroy(&m);
    training_case_destroy(&c);
}
END_TEST

/* With a step that is too small to change a float, the chains are their starts. */
START_TEST(chains_start_at_the_generators_images) {
    char settings[256] = "sampler.step_size=1e-9 sampler.noise_sigma=0 model=";
    training_case c =
        training_case_create_with(plain_network, norm_generator, 1, strcat(settings, _i ? "ggcn-nolhs" : "ggcn"));
    double metrics[CASE_METRICS];
    float earlier[4 * CASE_ELEMENTS] = {0};
    for (int i = 0; i < 3; i++) {
        training_case_step(&c, metrics);
        ck_assert_mem_eq(ggcn_trainer_chains(c.trainer)->x, ggcn_trainer_generated(c.trainer), sizeof earlier);
        ck_assert_double_eq(metrics[training_case_metric(&c, "generator_distance")], 0);
        ck_assert_double_eq(metrics[training_case_metric(&c, "generator_gradient_norm")], 0); /* nothing to follow */
        const bool same = memcmp(ggcn_trainer_generated(c.trainer), earlier, sizeof earlier) == 0;
        ck_assert_int_eq(same, i > 0 && !_i); /* unless the latents are drawn anew */
        memcpy(earlier, ggcn_trainer_generated(c.trainer), sizeof earlier);
    }
    training_case_destroy(&c);
}
END_TEST

static void copy_array(const training_case *c, const char *path, void *to, size_t bytes) {
    memcpy(to, training_case_array(c, path).data, bytes);
}

START_TEST(latents_stay_only_where_they_are_learned) {
    static const char *const models[] = {"ggcn", "ggcn-ams", "ggcn-nolhs", "ggcn-nolhs-ams"};
    char settings[256] = "generator.every=2 learning.optimizer.rate=1e-3 model=";
    training_case c = training_case_create_with(plain_network, plain_generator, 1, strcat(settings, models[_i]));
    double metrics[CASE_METRICS];
    float z[4][4 * 4];
    for (int i = 0; i < 4; i++) {
        training_case_step(&c, metrics);
        copy_array(&c, "chains/latent", z[i], sizeof z[i]);
    }
    const bool learned = _i < 2;
    for (int i = 1; i < 4; i++)
        for (int k = 0; k < 16; k++)
            if (!learned)
                ck_assert_float_ne(z[i][k], z[i - 1][k]);
            else if (i == 2) /* the one iteration without a step of the generator */
                ck_assert_float_eq(z[i][k], z[i - 1][k]);
    if (learned)
        ck_assert_mem_ne(z[1], z[0], sizeof z[0]);
    training_case_destroy(&c);
}
END_TEST

/* With inpaint.mask z is an observed image of the chain's block whose hidden pixels are 0, whatever the model learns;
 * the chain starts at z where it is seen and at the generator's image elsewhere. */
START_TEST(an_auto_encoder_completes_observed_images) {
    static const char encoder[] = "layers:\n"
                                  "  - {op: conv, channels: 3, kernel: 3, pad: 1}\n"
                                  "  - {op: leaky_relu, slope: 0.2}\n"
                                  "  - {op: conv, channels: 2, kernel: 3, pad: 1}\n"
                                  "  - {op: tanh}\n";
    char settings[256] = "sampler.step_size=1e-9 sampler.noise_sigma=0 generator.every=1 inpaint.mask=square "
                         "inpaint.square=2 model=";
    training_case c =
        training_case_create_with(plain_network, encoder, 1, strcat(settings, _i ? "ggcn-ams" : "ggcn-nolhs"));
    double metrics[CASE_METRICS], pixels[CASE_ELEMENTS];
    float z[4][CASE_ELEMENTS], before[4][CASE_ELEMENTS] = {{0}};
    for (int step = 0; step < 3; step++) {
        training_case_step(&c, metrics);
        copy_array(&c, "chains/latent", z, sizeof z);
        ck_assert_mem_ne(z, before, sizeof z);
        memcpy(before, z, sizeof z);
        const float *x = ggcn_trainer_chains(c.trainer)->x, *generated = ggcn_trainer_generated(c.trainer);
        for (int n = 0; n < 4; n++) {
            int found = 0;
            for (int64_t image = n / 2 * 5; image < n / 2 * 5 + 5; image++) {
                training_case_pixels(&c, image, pixels);
                bool same = true;
                for (int i = 0; i < CASE_ELEMENTS; i++) {
                    const int row = i / CASE_SIDE % CASE_SIDE, column = i % CASE_SIDE;
                    const bool hidden = row >= 2 && row < 4 && column >= 2 && column < 4;
                    same = same && fabs((double)z[n][i] - (hidden ? 0 : pixels[i])) < 1e-6;
                    ck_assert_float_eq(x[n * CASE_ELEMENTS + i], hidden ? generated[n * CASE_ELEMENTS + i] : z[n][i]);
                }
                found += same;
            }
            ck_assert_int_eq(found, 1);
        }
    }
    ck_assert_double_gt(metrics[training_case_metric(&c, "generator_gradient_norm")], 0);
    training_case_destroy(&c);
}
END_TEST

/* A roll-back's factor reaches the rates of theta and filters, of the generator and of the latents alike. */
START_TEST(the_rate_factor_reaches_all_rates) {
    static const char *const paths[] = {"parameters/theta", "parameters/conv1.weight",
                                        "parameters/generator/deconv1.weight", "chains/latent"};
    double change[2][4], metrics[CASE_METRICS];
    float before[256], after[256];
    for (int halved = 0; halved < 2; halved++)
        for (int p = 0; p < 4; p++) {
            training_case c =
                training_case_create_with(plain_network, plain_generator, 1, "model=ggcn generator.every=2");
            const ggcn_array array = training_case_array(&c, paths[p]);
            const size_t count = ggcn_array_local(&array);
            ck_assert_uint_le(count, 256);
            ck_assert_double_eq(ggcn_trainer_rate_factor(c.trainer), 1);
            if (p == 3) /* drawn in the first iteration, moved in the second */
                training_case_step(&c, metrics);
            ggcn_trainer_set_rate_factor(c.trainer, p == 2 || p == 3 ? 1 : halved ? 0.5 : 1);
            if (p == 2)
                training_case_step(&c, metrics);
            ggcn_trainer_set_rate_factor(c.trainer, halved ? 0.5 : 1);
            memcpy(before, array.data, count * sizeof *before);
            training_case_step(&c, metrics);
            memcpy(after, array.data, count * sizeof *after);
            ck_assert_double_eq(metrics[GGCN_METRIC_RATE], halved ? 0.5 : 1);
            double square = 0;
            for (size_t i = 0; i < count; i++)
                square += ((double)after[i] - (double)before[i]) * ((double)after[i] - (double)before[i]);
            change[halved][p] = sqrt(square);
            training_case_destroy(&c);
        }
    for (int p = 0; p < 4; p++) {
        ck_assert_double_gt(change[0][p], 1e-3);
        ck_assert_msg(fabs(change[1][p] / change[0][p] - 0.5) < 1e-4, "%s: %g of %g", paths[p], change[1][p],
                      change[0][p]);
    }
}
END_TEST

/* --- the guard ---------------------------------------------------------------------------------------------------- */

/* What the generator's step spoils is an error too, before it reaches a checkpoint. */
START_TEST(a_generator_that_is_not_finite_is_an_error) {
    static const struct {
        const char *settings, *path, *says;
    } spoilt[] = {
        {"model=ggcn generator.optimizer.momentum=0.5", "optimizer/generator/first", "the generator's parameters"},
        {"model=ggcn-ams generator.optimizer.momentum=0.5", "optimizer/generator/first", "the generator's parameters"},
        {"model=dcgan generator.optimizer.momentum=0.5", "optimizer/generator/first", "the generator's parameters"},
        {"model=ggcn generator.optimizer.momentum=0.5 guard.mode=off", "optimizer/generator/first", NULL},
    };
    training_case c = training_case_create_with(plain_network, plain_generator, 1, spoilt[_i].settings);
    double metrics[CASE_METRICS];
    *(float *)training_case_array(&c, spoilt[_i].path).data = INFINITY;
    const ggcn_status status = ggcn_trainer_step(c.trainer, metrics);
    ck_assert_int_eq(status, spoilt[_i].says ? GGCN_ERROR_NUMERIC : GGCN_SUCCESS);
    if (spoilt[_i].says) {
        ck_assert_msg(strstr(ggcn_last_error()->message, spoilt[_i].says) != NULL, "%s", ggcn_last_error()->message);
        ck_assert_uint_eq(ggcn_trainer_iteration(c.trainer), 0);
    }
    training_case_destroy(&c);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("generator");
    TCase *iterations = tcase_create("an iteration"), *starts = tcase_create("starts"), *guard = tcase_create("guard");
    tcase_add_loop_test(iterations, an_iteration_follows_its_gradients, 0, CASES);
    tcase_add_loop_test(starts, chains_start_at_the_generators_images, 0, 2);
    tcase_add_loop_test(starts, latents_stay_only_where_they_are_learned, 0, 4);
    tcase_add_loop_test(starts, an_auto_encoder_completes_observed_images, 0, 2);
    tcase_add_test(guard, the_rate_factor_reaches_all_rates);
    tcase_add_loop_test(guard, a_generator_that_is_not_finite_is_an_error, 0, 4);
    tcase_set_timeout(iterations, 120); /* generous: for builds with sanitizers */
    suite_add_tcase(suite, iterations);
    suite_add_tcase(suite, starts);
    suite_add_tcase(suite, guard);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
