/* The baseline dcgan: changes of discriminator and generator against central differences, in double precision on the
 * naive reference with batch statistics, of
 *
 *   theta, w   mean_observed log s(D(y)) + mean_z log(1 - s(D(G(z))))
 *   xi         mean_z log s(D(G(z)))                                      under the new theta and w
 *
 * with D = Phi and s the sigmoid. The observed and the generated images are two batches with statistics of their own.
 */
#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/random.h"
#include "learning_check.h"

/* A batch of images in front of the discriminator. */
typedef struct {
    reference *network;
    size_t count;
    const double *x;        /* [count][CASE_ELEMENTS] */
    const uint32_t *labels; /* all 0 if the potential has no classes */
    double *logits;         /* [count] */
} judged;

typedef struct {
    const training_case *c;
    ggcn_potential shape;
    double *parameters; /* [theta | filters] */
    judged observed, generated;
    reference *generator;
    size_t inputs, latent, n_network, n_xi;
    double *xi, *z; /* [network | embedding], [chains][latent] */
    double *images; /* [chains][CASE_ELEMENTS] */
    uint64_t piece;
} model;

static double softplus(double x) {
    return x > 0 ? x + log1p(exp(-x)) : log1p(exp(x));
}

/* Logits of a batch. */
static void judge(model *m, judged *j) {
    const ggcn_potential *p = &m->shape;
    const int last = reference_last(j->network);
    const size_t map = reference_count(j->network, last) / j->count;
    memcpy(reference_parameters(j->network), m->parameters + p->n_theta, p->n_filters * sizeof(double));
    reference_forward(j->network, j->x);
    m->piece = (m->piece ^ reference_piece(j->network)) * UINT64_C(0x100000001b3);
    for (size_t n = 0; n < j->count; n++) {
        const double *theta = m->parameters + j->labels[n] * p->features;
        j->logits[n] = 0;
        for (size_t i = 0; i < map; i++)
            j->logits[n] += theta[p->theta == GGCN_THETA_POSITIONAL ? i : i / p->positions] *
                            reference_value(j->network, last)[n * map + i];
    }
}

/* mean log s(D), or mean log(1 - s(D)) = mean log s(-D). */
static double mean_log(const judged *j, bool real) {
    double sum = 0;
    for (size_t n = 0; n < j->count; n++)
        sum -= softplus(real ? -j->logits[n] : j->logits[n]) / (double)j->count;
    return sum;
}

static double discriminator_objective(model *m) {
    m->piece = 0;
    judge(m, &m->observed);
    judge(m, &m->generated);
    return mean_log(&m->observed, true) + mean_log(&m->generated, false);
}

static void generate(model *m) {
    const size_t embedding = m->inputs - m->latent;
    double *input = check_allocate(m->generated.count * m->inputs, sizeof *input);
    for (size_t n = 0; n < m->generated.count; n++) {
        memcpy(input + n * m->inputs, m->z + n * m->latent, m->latent * sizeof *input);
        memcpy(input + n * m->inputs + m->latent, m->xi + m->n_network + m->generated.labels[n] * embedding,
               embedding * sizeof *input);
    }
    memcpy(reference_parameters(m->generator), m->xi, m->n_network * sizeof *m->xi);
    reference_forward(m->generator, input);
    m->piece = (m->piece ^ reference_piece(m->generator)) * UINT64_C(0x100000001b3);
    memcpy(m->images, reference_value(m->generator, reference_last(m->generator)),
           m->generated.count * CASE_ELEMENTS * sizeof *m->images);
    free(input);
}

static double generator_objective(model *m) {
    m->piece = 0;
    generate(m);
    judge(m, &m->generated);
    return mean_log(&m->generated, true);
}

/* Central difference by one number. The step shrinks until no kink lies inside it. */
static double difference(model *m, double (*objective)(model *), double *number) {
    const double at = *number;
    for (double step = 1e-4; step > 5e-8; step *= 0.1) {
        *number = at + step;
        const double up = objective(m);
        const uint64_t piece = m->piece;
        *number = at - step;
        const double down = objective(m);
        *number = at;
        if (m->piece == piece)
            return (up - down) / (2 * step);
    }
    ck_abort_msg("a kink within 1e-7");
}

/* --- the trainer's numbers ---------------------------------------------------------------------------------------- */

static size_t read_array(const model *m, const char *folder, const char *name, double *values) {
    char path[160] = "";
    strcat(strcat(path, folder), name);
    const ggcn_array array = training_case_array(m->c, path);
    const size_t count = ggcn_array_local(&array);
    for (size_t i = 0; i < count; i++)
        values[i] = (double)((const float *)array.data)[i];
    return count;
}

static void read_network(const model *m, const ggcn_graph *graph, const char *folder, double *values) {
    const ggcn_tensor_info *tensors;
    size_t count;
    ggcn_graph_parameters(graph, &tensors, &count);
    for (size_t t = 0; t < count; t++)
        ck_assert_uint_eq(read_array(m, folder, tensors[t].name, values + tensors[t].offset), tensors[t].count);
}

static void read_discriminator(const model *m, double *parameters) {
    ck_assert_uint_eq(read_array(m, "parameters/", "theta", parameters), m->shape.n_theta);
    read_network(m, m->c->networks.potentials[0].graph, "parameters/", parameters + m->shape.n_theta);
}

static void read_xi(const model *m, double *xi) {
    read_network(m, m->c->networks.generator, "parameters/generator/", xi);
    if (m->inputs > m->latent)
        ck_assert_uint_eq(read_array(m, "parameters/generator/", "embedding", xi + m->n_network),
                          m->n_xi - m->n_network);
}

static judged judged_create(const model *m, size_t count) {
    judged j = {.count = count,
                .network = reference_create(m->c->networks.potentials[0].graph, (int64_t)count),
                .logits = check_allocate(count, sizeof *j.logits)};
    reference_use_batch_statistics(j.network);
    return j;
}

static model model_create(const training_case *c, const image_set *observed) {
    const bool classes = c->config->potential.conditional;
    model m = {.c = c,
               .shape = ggcn_potential_on(c->networks.potentials[0].graph, c->config->potential.theta,
                                          classes ? c->observed->n_classes : 1)};
    const ggcn_chains *chains = ggcn_trainer_chains(c->trainer);
    m.parameters = check_allocate(m.shape.n_parameters, sizeof *m.parameters);
    m.observed = judged_create(&m, (size_t)observed->count);
    m.observed.x = observed->x;
    m.observed.labels = observed->labels;
    m.generated = judged_create(&m, (size_t)chains->count);
    m.generated.x = m.images = check_allocate((size_t)chains->count * CASE_ELEMENTS, sizeof *m.images);
    m.generated.labels = chains->labels;
    m.generator = reference_create(c->networks.generator, chains->count);
    reference_use_batch_statistics(m.generator);
    m.latent = c->config->generator.latent;
    m.inputs = m.latent + (classes ? c->config->generator.embedding : 0);
    m.n_network = ggcn_graph_parameters(c->networks.generator, NULL, NULL);
    m.n_xi = m.n_network + c->observed->n_classes * (m.inputs - m.latent);
    m.xi = check_allocate(m.n_xi, sizeof *m.xi);
    m.z = check_allocate(m.generated.count * m.latent, sizeof *m.z);
    return m;
}

static void model_destroy(model *m) {
    reference_destroy(m->observed.network);
    reference_destroy(m->generated.network);
    reference_destroy(m->generator);
    free(m->observed.logits);
    free(m->generated.logits);
    free(m->parameters);
    free(m->images);
    free(m->xi);
    free(m->z);
}

/* New latents every iteration. */
static void draw_latents(model *m, uint32_t iteration) {
    for (size_t n = 0; n < m->generated.count; n++) {
        float z[64];
        ck_assert_uint_le(m->latent, 64);
        ggcn_random_normal((ggcn_random_key){.seed = m->c->config->run.seed,
                                             .purpose = GGCN_RANDOM_LATENT,
                                             .iteration = iteration,
                                             .chain = (uint32_t)n},
                           m->latent, z);
        for (size_t i = 0; i < m->latent; i++)
            m->z[n * m->latent + i] = (double)z[i];
    }
}

/* --- an iteration ------------------------------------------------------------------------------------------------- */

static void check_tensors(const ggcn_graph *graph, const double *found, const double *expected, double least) {
    const ggcn_tensor_info *tensors;
    size_t count;
    ggcn_graph_parameters(graph, &tensors, &count);
    for (size_t t = 0; t < count; t++)
        ck_assert_double_ge(
            check_compare(tensors[t].name, found + tensors[t].offset, expected + tensors[t].offset, tensors[t].count),
            least);
}

static double length(const double *values, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i] * values[i];
    return sqrt(sum);
}

/* The change of theta and w; the model then has the new ones. */
static void check_discriminator(model *m, const double *metrics) {
    const ggcn_potential *p = &m->shape;
    const double rate = m->c->config->learning.optimizer.rate;
    double *expected = check_allocate(p->n_parameters, sizeof *expected),
           *now = check_allocate(p->n_parameters, sizeof *now);
    for (size_t i = 0; i < p->n_parameters; i++)
        expected[i] = rate * difference(m, discriminator_objective, &m->parameters[i]);
    check_metric(m->c, metrics, "gradient_norm", length(expected, p->n_parameters) / rate);
    read_discriminator(m, now);
    check_metric(m->c, metrics, "parameter_norm", length(now, p->n_parameters));
    for (size_t i = 0; i < p->n_parameters; i++) {
        const double before = m->parameters[i];
        m->parameters[i] = now[i];
        now[i] -= before;
    }
    ck_assert_double_gt(check_compare("theta", now, expected, p->n_theta), 1e-3 * rate);
    check_tensors(m->c->networks.potentials[0].graph, now + p->n_theta, expected + p->n_theta, 1e-3 * rate);
    free(expected);
    free(now);
}

/* The change of xi, under the new discriminator; none between the generator's iterations. */
static void check_generator(model *m, bool learns, const double *metrics) {
    const double rate = m->c->config->generator.optimizer.rate;
    double *expected = check_allocate(m->n_xi, sizeof *expected), *found = check_allocate(m->n_xi, sizeof *found);
    read_xi(m, found);
    for (size_t i = 0; i < m->n_xi; i++) {
        expected[i] = learns ? rate * difference(m, generator_objective, &m->xi[i]) : 0;
        found[i] -= m->xi[i];
    }
    check_tensors(m->c->networks.generator, found, expected, learns ? 1e-5 * rate : 0);
    check_compare("embedding", found + m->n_network, expected + m->n_network, m->n_xi - m->n_network);
    check_metric(m->c, metrics, "generator_gradient_norm", length(expected, m->n_xi) / rate);
    free(expected);
    free(found);
}

/* Adds the features of a batch's mean image: one number per feature of theta, over all classes. */
static void add_features(const model *m, const judged *j, double sign, double *features) {
    const int last = reference_last(j->network);
    const size_t map = reference_count(j->network, last) / j->count;
    for (size_t i = 0; i < j->count * map; i++)
        features[m->shape.theta == GGCN_THETA_POSITIONAL ? i % map : i % map / m->shape.positions] +=
            sign * reference_value(j->network, last)[i] / (double)j->count;
}

static double mean(const double *values, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i] / (double)count;
    return sum;
}

static void check_metrics(model *m, const double *metrics) {
    const double s = m->c->config->potential.reference_sigma;
    const size_t n = m->observed.count, chains = m->generated.count;
    discriminator_objective(m);
    double *features = check_allocate(m->shape.features, sizeof *features), response = 0;
    add_features(m, &m->observed, -1, features);
    add_features(m, &m->generated, 1, features);
    for (size_t i = 0; i < m->shape.features; i++)
        response += fabs(features[i]) / (double)m->shape.features;
    free(features);
    if (m->shape.theta == GGCN_THETA_STATIONARY)
        response /= (double)m->shape.positions;
    const double real = mean(m->observed.logits, n), fake = mean(m->generated.logits, chains);
    const double real_square = length(m->observed.x, n * CASE_ELEMENTS),
                 fake_square = length(m->images, chains * CASE_ELEMENTS);
    check_metric(m->c, metrics, "response_distance", response);
    check_metric(m->c, metrics, "potential_data", real);
    check_metric(m->c, metrics, "potential_chains", fake);
    check_metric(m->c, metrics, "energy_gap",
                 (fake_square * fake_square / (double)chains / (2 * s * s) - fake) -
                     (real_square * real_square / (double)n / (2 * s * s) - real));
    check_metric(m->c, metrics, "flow", 0);
    check_metric(m->c, metrics, "rate", m->c->config->learning.optimizer.rate);
    check_metric(m->c, metrics, "generator_distance", 0);
    check_metric(m->c, metrics, "seconds_sampling", 0);
    const ggcn_chain_scalars scalars = ggcn_trainer_chain_scalars(m->c->trainer);
    for (size_t i = 0; i < chains; i++) {
        const double x = length(m->images + i * CASE_ELEMENTS, CASE_ELEMENTS);
        ck_assert_double_eq_tol(scalars.potential[i], m->generated.logits[i],
                                1e-4 * (1 + fabs(m->generated.logits[i])));
        ck_assert_double_eq_tol(scalars.lp[i], m->generated.logits[i] - x * x / (2 * s * s),
                                1e-4 * (1 + fabs(m->generated.logits[i])));
    }
}

/* Running statistics move towards those of the observed batch, and of the generator's. */
static void check_statistics(const model *m, const char *path, reference *network, const ggcn_graph *graph,
                             double momentum, const double *before) {
    const size_t count = ggcn_graph_statistics(graph, NULL, NULL);
    double *found = check_allocate(count, sizeof *found);
    if (count > 0)
        ck_assert_uint_eq(read_array(m, path, "statistics", found), count);
    for (size_t i = 0; i < count; i++) {
        const double of_batch = reference_statistics(network)[i];
        ck_assert_double_eq_tol(found[i], (1 - momentum) * before[i] + momentum * of_batch,
                                1e-5 * (1 + fabs(found[i])));
    }
    free(found);
}

static const struct {
    const char *name, *const *network, *const *generator, *settings;
    uint32_t classes, iterations;
} cases[] = {
    {"plain", &plain_network, &plain_generator, "generator.optimizer.rate=0.5", 1, 2},
    {"norm", &norm_network, &norm_generator, "learning.optimizer.rate=0.1", 1, 2},
    {"three blocks on two threads", &norm_network, &norm_generator,
     "learning.optimizer.rate=0.1 learning.chains=6 learning.observed=15 potential.theta=stationary", 1, 1},
    {"every second", &plain_network, &norm_generator, "learning.optimizer.rate=0.1 generator.every=2 jko.beta=5", 1, 2},
    {"conditional", &norm_network, &norm_generator,
     "learning.optimizer.rate=0.1 potential.conditional=true learning.chains=6 learning.observed=15", 3, 1},
    {"labels without use", &norm_network, &plain_generator, "learning.optimizer.rate=0.1", 2, 1},
};
enum { CASES = sizeof cases / sizeof *cases };

static void check_iteration(model *m, training_case *c, uint32_t iteration) {
    const ggcn_graph *discriminator = c->networks.potentials[0].graph, *generator = c->networks.generator;
    double metrics[CASE_METRICS], before[2][64] = {{0}};
    read_discriminator(m, m->parameters);
    read_xi(m, m->xi);
    draw_latents(m, iteration);
    ck_assert_uint_le(ggcn_graph_statistics(discriminator, NULL, NULL), 64);
    if (ggcn_graph_statistics(discriminator, NULL, NULL) > 0)
        read_array(m, "normalisation/", "statistics", before[0]);
    if (ggcn_graph_statistics(generator, NULL, NULL) > 0)
        read_array(m, "normalisation/generator/", "statistics", before[1]);
    training_case_step(c, metrics);

    generate(m);
    for (size_t i = 0; i < m->generated.count * CASE_ELEMENTS; i++)
        ck_assert_double_eq_tol((double)ggcn_trainer_generated(c->trainer)[i], m->images[i], 1e-5);
    ck_assert_mem_eq(ggcn_trainer_chains(c->trainer)->x, ggcn_trainer_generated(c->trainer),
                     m->generated.count * CASE_ELEMENTS * sizeof(float));
    check_metrics(m, metrics);
    check_statistics(m, "normalisation/", m->observed.network, discriminator, c->config->potential.norm_momentum,
                     before[0]);
    check_statistics(m, "normalisation/generator/", m->generator, generator, c->config->generator.norm_momentum,
                     before[1]);
    check_discriminator(m, metrics);
    check_generator(m, (iteration + 1) % c->config->generator.every == 0, metrics);
}

START_TEST(an_iteration_follows_both_gradients) {
    char settings[512] = "model=dcgan ";
    training_case c = training_case_create_with(*cases[_i].network, *cases[_i].generator, cases[_i].classes,
                                                strcat(settings, cases[_i].settings));
    potential_model images = potential_model_create(&c, 0);
    image_set observed = image_set_observed(&images);
    model m = model_create(&c, &observed);
    for (uint32_t iteration = 0; iteration < cases[_i].iterations; iteration++)
        check_iteration(&m, &c, iteration);
    model_destroy(&m);
    image_set_destroy(&observed);
    potential_model_destroy(&images);
    training_case_destroy(&c);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("adversarial");
    TCase *iterations = tcase_create("an iteration");
    tcase_add_loop_test(iterations, an_iteration_follows_both_gradients, 0, CASES);
    tcase_set_timeout(iterations, 120); /* generous: for builds with sanitizers */
    suite_add_tcase(suite, iterations);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
