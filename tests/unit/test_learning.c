/* One iteration of learning against its definition: the change of the parameters against central differences, in double
 * precision on the naive reference, of
 *
 *   J(p) = E_observed Phi - E_after Phi - beta/2 [ (1-gamma) E_before |grad_x Phi|^2 + gamma E_after |grad_x Phi|^2 ]
 *
 * where before and after are the chains before and after their Langevin steps; and every metric against the reference.
 */
#include <check.h>
#include <float.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/random.h"
#include "reference.h"
#include "training_case.h"

static const double TOLERANCE = 1e-4; /* float32 against double */

static void *allocate(size_t count, size_t size) {
    void *memory = calloc(count ? count : 1, size);
    ck_assert_ptr_nonnull(memory);
    return memory;
}

/* --- the potential in double precision ---------------------------------------------------------------------------- */

/* Images, their classes, and what a potential makes of them. */
typedef struct {
    int64_t count;
    double *x; /* [count][CASE_ELEMENTS] */
    uint32_t *labels;
    double phi, norm, square, x_square; /* means of Phi, |grad_x Phi|, |grad_x Phi|^2, |x|^2 */
} image_set;

typedef struct {
    reference *network; /* of one image */
    ggcn_potential shape;
    double *parameters; /* [theta | filters] */
    double *seed;       /* theta at every position */
    uint64_t piece;     /* which side of every kink the evaluations since took; set to 0 at will */
} model;

static model model_create(const training_case *c) {
    const ggcn_config_potential *p = &c->config->potential;
    model m = {.network = reference_create(c->graph, 1)};
    m.shape = ggcn_potential_on(c->graph, p->theta, p->conditional ? c->observed->n_classes : 1);
    m.parameters = allocate(m.shape.n_parameters, sizeof *m.parameters);
    m.seed = allocate(reference_count(m.network, reference_last(m.network)), sizeof *m.seed);
    return m;
}

static void model_destroy(model *m) {
    reference_destroy(m->network);
    free(m->parameters);
    free(m->seed);
}

/* Takes over the trainer's parameters. */
static void model_read(model *m, const training_case *c) {
    size_t bytes;
    unsigned char *saved = training_case_save(c, "parameters/", &bytes);
    ck_assert_uint_eq(bytes, m->shape.n_parameters * sizeof(float));
    for (size_t i = 0; i < m->shape.n_parameters; i++) {
        float value;
        memcpy(&value, saved + i * sizeof value, sizeof value);
        m->parameters[i] = (double)value;
    }
    free(saved);
}

/* Phi(x), all passes but the tangent done. */
static double evaluate(model *m, const double *x, uint32_t label) {
    const ggcn_potential *p = &m->shape;
    const size_t outputs = reference_count(m->network, reference_last(m->network));
    const double *theta = m->parameters + label * p->features;
    for (size_t i = 0; i < outputs; i++)
        m->seed[i] = theta[p->theta == GGCN_THETA_POSITIONAL ? i : i / p->positions];
    memcpy(reference_parameters(m->network), m->parameters + p->n_theta, p->n_filters * sizeof(double));
    reference_forward(m->network, x);
    reference_backward(m->network, m->seed);
    m->piece = (m->piece ^ reference_piece(m->network)) * UINT64_C(0x100000001b3);
    double phi = 0;
    for (size_t i = 0; i < outputs; i++)
        phi += m->seed[i] * reference_value(m->network, reference_last(m->network))[i];
    return phi;
}

static double square_of(const double *values, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i] * values[i];
    return sum;
}

static void evaluate_set(model *m, image_set *s) {
    s->phi = s->norm = s->square = s->x_square = 0;
    for (int64_t i = 0; i < s->count; i++) {
        const double *x = s->x + i * CASE_ELEMENTS;
        s->phi += evaluate(m, x, s->labels[i]) / (double)s->count;
        const double square = square_of(reference_signal(m->network, 0), CASE_ELEMENTS);
        s->norm += sqrt(square) / (double)s->count;
        s->square += square / (double)s->count;
        s->x_square += square_of(x, CASE_ELEMENTS) / (double)s->count;
    }
}

static image_set set_create(int64_t count) {
    return (image_set){.count = count,
                       .x = allocate((size_t)count * CASE_ELEMENTS, sizeof(double)),
                       .labels = allocate((size_t)count, sizeof(uint32_t))};
}

static void set_destroy(image_set *s) {
    free(s->x);
    free(s->labels);
}

static image_set set_of_observed(const training_case *c) {
    image_set s = set_create(c->observed->total);
    for (int64_t i = 0; i < s.count; i++) {
        training_case_pixels(c, i, s.x + i * CASE_ELEMENTS);
        s.labels[i] = c->config->potential.conditional ? c->observed->labels[i] : 0;
    }
    return s;
}

static image_set set_of_chains(const training_case *c) {
    const ggcn_chains *chains = ggcn_trainer_chains(c->trainer);
    image_set s = set_create(chains->count);
    for (int64_t i = 0; i < s.count * CASE_ELEMENTS; i++)
        s.x[i] = (double)chains->x[i];
    for (int64_t i = 0; i < s.count; i++)
        s.labels[i] = chains->labels[i];
    return s;
}

/* --- normalisation ------------------------------------------------------------------------------------------------ */

/* Moves the statistics of the norm layers by `momentum` towards those of the observed images, all layers at once. */
static void move_statistics(model *m, const training_case *c, image_set *observed, double momentum) {
    const ggcn_tensor_info *tensors;
    size_t count;
    const size_t floats = ggcn_graph_statistics(c->graph, &tensors, &count);
    double *sums = allocate(floats, sizeof *sums), *statistics = reference_statistics(m->network);
    for (int64_t i = 0; i < observed->count; i++) {
        evaluate(m, observed->x + i * CASE_ELEMENTS, observed->labels[i]);
        reference_norm_sums(m->network, 1, sums);
    }
    for (size_t t = 0; t < count; t++) {
        const ggcn_shape shape = ggcn_graph_shape(c->graph, tensors[t].node);
        const double n = (double)(observed->count * shape.height * shape.width);
        for (size_t k = 0; k < (size_t)shape.channels; k++) {
            const size_t first = tensors[t].offset + k, second = first + (size_t)shape.channels;
            const double mean = sums[first] / n, variance = sums[second] / n - mean * mean;
            statistics[first] += momentum * (mean - statistics[first]);
            statistics[second] += momentum * (variance - statistics[second]);
        }
    }
    free(sums);
}

/* What the trainer does before its first iteration: the statistics of the observed images under the first parameters.
 */
static void calibrate(model *m, const training_case *c, image_set *observed) {
    const ggcn_tensor_info *tensors;
    size_t count;
    ggcn_graph_statistics(c->graph, &tensors, &count);
    for (size_t t = 0; t < count; t++)
        for (size_t k = tensors[t].count / 2; k < tensors[t].count; k++)
            reference_statistics(m->network)[tensors[t].offset + k] = 1;
    for (size_t t = 0; t < count; t++)
        move_statistics(m, c, observed, 1);
}

static void check_statistics(model *m, const training_case *c) {
    size_t bytes;
    unsigned char *saved = training_case_save(c, "normalisation/", &bytes);
    ck_assert_uint_eq(bytes, ggcn_graph_statistics(c->graph, NULL, NULL) * sizeof(float));
    for (size_t i = 0; i < bytes / sizeof(float); i++) {
        float value;
        memcpy(&value, saved + i * sizeof value, sizeof value);
        const double expected = reference_statistics(m->network)[i];
        ck_assert_double_eq_tol((double)value, expected, 1e-5 * (1 + fabs(expected)));
    }
    free(saved);
}

/* --- the gradient ------------------------------------------------------------------------------------------------- */

/* The likelihood and the JKO term of J. */
typedef struct {
    double likelihood, flow;
} objective;

static objective objective_of(model *m, const training_case *c, image_set sets[3], double gamma) {
    m->piece = 0;
    for (int i = 0; i < 3; i++)
        evaluate_set(m, &sets[i]);
    const double beta = c->config->model == GGCN_MODEL_WGCN ? c->config->jko.beta : 0;
    return (objective){sets[0].phi - sets[2].phi,
                       -0.5 * beta * ((1 - gamma) * sets[1].square + gamma * sets[2].square)};
}

/* Central difference by parameter i. The step shrinks until no kink lies inside it. */
static objective difference(model *m, const training_case *c, image_set sets[3], double gamma, size_t i) {
    const double at = m->parameters[i];
    for (double step = 1e-4; step > 5e-8; step *= 0.1) {
        m->parameters[i] = at + step;
        const objective up = objective_of(m, c, sets, gamma);
        const uint64_t piece = m->piece;
        m->parameters[i] = at - step;
        const objective down = objective_of(m, c, sets, gamma);
        m->parameters[i] = at;
        if (m->piece == piece)
            return (objective){(up.likelihood - down.likelihood) / (2 * step), (up.flow - down.flow) / (2 * step)};
    }
    ck_abort_msg("parameter %zu: a kink within 1e-7", i);
}

/* Compares `count` numbers, relative to the largest of them. */
static void compare(const char *what, const double *found, const double *expected, size_t count, double *largest) {
    double worst = 0;
    *largest = 0;
    for (size_t i = 0; i < count; i++) {
        worst = fmax(worst, fabs(found[i] - expected[i]));
        *largest = fmax(*largest, fabs(expected[i]));
    }
    ck_assert_msg(worst <= TOLERANCE * *largest, "%s: off by %g, largest element %g", what, worst, *largest);
}

/* The change an iteration must make, from differences of J under the parameters before it. */
static void expect_change(model *m, const training_case *c, image_set sets[3], double gamma, double *change) {
    const ggcn_config *config = c->config;
    const double rate = config->learning.optimizer.rate;
    for (size_t i = 0; i < m->shape.n_parameters; i++) {
        const objective d = difference(m, c, sets, gamma, i);
        const bool reached = i < m->shape.n_theta || config->jko.parameters == GGCN_JKO_ALL;
        change[i] = rate * d.likelihood + (reached ? (config->jko.scaled_by_rate ? rate : 1) * d.flow : 0);
    }
}

static void check_change(const training_case *c, const model *m, const double *change, const double *expected) {
    double largest;
    compare("theta", change, expected, m->shape.n_theta, &largest);
    ck_assert_double_gt(largest, 1e-3);
    const ggcn_tensor_info *tensors;
    size_t count;
    ggcn_graph_parameters(c->graph, &tensors, &count);
    for (size_t t = 0; t < count; t++) {
        const size_t first = m->shape.n_theta + tensors[t].offset;
        compare(tensors[t].name, change + first, expected + first, tensors[t].count, &largest);
        ck_assert_double_gt(largest, 1e-3);
    }
}

/* --- sampling and metrics ----------------------------------------------------------------------------------------- */

/* Steps a copy of the chains by the formula and compares it with the chains the trainer has now. */
static void check_sampling(model *m, const training_case *c, const image_set *before, const image_set *after,
                           uint32_t iteration) {
    const double d = c->config->sampler.step_size, s = c->config->potential.reference_sigma;
    for (int64_t n = 0; n < before->count; n++) {
        double x[CASE_ELEMENTS];
        memcpy(x, before->x + n * CASE_ELEMENTS, sizeof x);
        for (uint32_t step = 0; step < c->config->sampler.steps; step++) {
            float noise[CASE_ELEMENTS];
            ggcn_random_normal((ggcn_random_key){.seed = c->config->run.seed,
                                                 .purpose = GGCN_RANDOM_LANGEVIN,
                                                 .iteration = iteration,
                                                 .step = step,
                                                 .chain = (uint32_t)n},
                               CASE_ELEMENTS, noise);
            evaluate(m, x, before->labels[n]);
            for (int i = 0; i < CASE_ELEMENTS; i++)
                x[i] += 0.5 * d * d * (reference_signal(m->network, 0)[i] - x[i] / (s * s)) +
                        d * c->config->sampler.noise_sigma * (double)noise[i];
        }
        for (int i = 0; i < CASE_ELEMENTS; i++)
            ck_assert_double_eq_tol(x[i], after->x[n * CASE_ELEMENTS + i], 1e-4);
    }
}

/* Adds the features of a set's mean image with a sign: one number per feature of theta, over all classes. */
static void add_features(model *m, const image_set *s, double sign, double *features) {
    const size_t outputs = reference_count(m->network, reference_last(m->network));
    for (int64_t n = 0; n < s->count; n++) {
        evaluate(m, s->x + n * CASE_ELEMENTS, s->labels[n]);
        const double *top = reference_value(m->network, reference_last(m->network));
        for (size_t i = 0; i < outputs; i++)
            features[m->shape.theta == GGCN_THETA_POSITIONAL ? i : i / m->shape.positions] +=
                sign * top[i] / (double)s->count;
    }
}

/* R is in the unit of one filter response: a stationary feature sums over positions, so it is divided by their number.
 */
static double response_distance(model *m, const image_set *observed, const image_set *chains) {
    double *features = allocate(m->shape.features, sizeof *features), sum = 0;
    add_features(m, observed, -1, features);
    add_features(m, chains, 1, features);
    for (size_t i = 0; i < m->shape.features; i++)
        sum += fabs(features[i]);
    free(features);
    return sum / (double)m->shape.features / (m->shape.theta == GGCN_THETA_POSITIONAL ? 1 : (double)m->shape.positions);
}

static void check_metric(const double *metrics, ggcn_metric metric, double expected) {
    ck_assert_msg(fabs(metrics[metric] - expected) <= TOLERANCE * fmax(1, fabs(expected)), "%s is %.9g, expected %.9g",
                  ggcn_metric_infos[metric].name, metrics[metric], expected);
}

static void check_metrics(model *m, const training_case *c, image_set sets[3], uint32_t iteration,
                          const double *metrics) {
    const double s = c->config->potential.reference_sigma, gamma = metrics[GGCN_METRIC_GAMMA];
    image_set *observed = &sets[0], *before = &sets[1], *after = &sets[2];
    const bool flow = c->config->model == GGCN_MODEL_WGCN && c->config->jko.beta > 0;
    objective_of(m, c, sets, gamma);
    ck_assert_double_eq(
        gamma,
        ggcn_random_uniform(
            (ggcn_random_key){.seed = c->config->run.seed, .purpose = GGCN_RANDOM_JKO, .iteration = iteration}, 0));
    check_metric(metrics, GGCN_METRIC_RESPONSE, response_distance(m, observed, after));
    check_metric(metrics, GGCN_METRIC_POTENTIAL_DATA, observed->phi);
    check_metric(metrics, GGCN_METRIC_POTENTIAL_CHAINS, after->phi);
    check_metric(metrics, GGCN_METRIC_ENERGY_GAP,
                 (after->x_square / (2 * s * s) - after->phi) - (observed->x_square / (2 * s * s) - observed->phi));
    check_metric(metrics, GGCN_METRIC_GRADIENT_X, after->norm);
    check_metric(metrics, GGCN_METRIC_FLOW, flow ? (1 - gamma) * before->square + gamma * after->square : 0);
    check_metric(metrics, GGCN_METRIC_RATE, c->config->learning.optimizer.rate);
    ck_assert_double_gt(metrics[GGCN_METRIC_SECONDS_SAMPLING], 0);
    ck_assert_double_gt(metrics[GGCN_METRIC_SECONDS_LEARNING], 0);
    ck_assert_double_ge(metrics[GGCN_METRIC_SECONDS_REDUCTION], 0);
    ck_assert_double_ge(metrics[GGCN_METRIC_SECONDS], metrics[GGCN_METRIC_SECONDS_SAMPLING] * 0.999);
    ck_assert_double_eq_tol(metrics[GGCN_METRIC_IMAGE_STEPS] * metrics[GGCN_METRIC_SECONDS_SAMPLING], 12, 1e-6);
}

/* What is recorded of each chain. */
static void check_scalars(model *m, const training_case *c, const image_set *after) {
    const ggcn_chain_scalars scalars = ggcn_trainer_chain_scalars(c->trainer);
    const double s = c->config->potential.reference_sigma;
    for (int64_t n = 0; n < after->count; n++) {
        const double *x = after->x + n * CASE_ELEMENTS, phi = evaluate(m, x, after->labels[n]);
        const double norm = sqrt(square_of(reference_signal(m->network, 0), CASE_ELEMENTS));
        ck_assert_double_eq_tol(scalars.potential[n], phi, TOLERANCE * (1 + fabs(phi)));
        ck_assert_double_eq_tol(scalars.gradient[n], norm, TOLERANCE * norm);
        ck_assert_double_eq_tol(scalars.lp[n], phi - square_of(x, CASE_ELEMENTS) / (2 * s * s),
                                TOLERANCE * (1 + fabs(phi)));
    }
}

/* --- the cases ---------------------------------------------------------------------------------------------------- */

static const struct {
    const char *name, *const *network, *settings;
    uint32_t classes, iterations;
} cases[] = {
    {"gcn", &plain_network, "model=gcn", 1, 2},
    {"gcn ignores jko", &plain_network, "model=gcn jko.beta=5 jko.scaled_by_rate=false", 1, 1},
    {"stationary", &plain_network, "model=gcn potential.theta=stationary", 1, 1},
    {"beta 0", &plain_network, "jko.beta=0", 1, 1},
    {"theta", &plain_network, "jko.parameters=theta jko.beta=0.8", 1, 1},
    {"all", &plain_network, "jko.beta=0.8", 1, 2},
    {"all, stationary", &plain_network, "jko.beta=0.8 potential.theta=stationary learning.optimizer.rate=0.4", 1, 1},
    {"theta, as it is", &plain_network,
     "jko.parameters=theta jko.beta=0.8 jko.scaled_by_rate=false learning.optimizer.rate=0.4", 1, 1},
    {"all, as it is", &plain_network, "jko.beta=0.8 jko.scaled_by_rate=false learning.optimizer.rate=0.4", 1, 2},
    {"conditional gcn", &plain_network, "model=gcn potential.conditional=true", 2, 1},
    {"conditional", &plain_network, "potential.conditional=true jko.beta=0.8", 2, 2},
    {"conditional, stationary", &plain_network, "potential.conditional=true jko.beta=0.8 potential.theta=stationary", 2,
     1},
    {"labels without use", &plain_network, "jko.beta=0.8", 2, 1},
    {"norm, gcn", &norm_network, "model=gcn learning.optimizer.rate=0.05", 1, 1},
    {"norm", &norm_network, "jko.beta=0.8 learning.optimizer.rate=0.05", 1, 2},
    {"norm, as it is", &norm_network, "jko.beta=0.8 jko.scaled_by_rate=false learning.optimizer.rate=0.05", 1, 1},
    {"tanh", &tanh_network, "jko.beta=0.8", 1, 1},
    {"tanh, theta", &tanh_network, "jko.beta=0.8 jko.parameters=theta", 1, 1},
    {"tanh, as it is", &tanh_network, "jko.beta=0.8 jko.scaled_by_rate=false learning.optimizer.rate=0.4", 1, 1},
};
enum { CASES = sizeof cases / sizeof *cases };

/* One iteration, and everything about it. */
static void check_iteration(model *m, training_case *c, image_set *observed, uint32_t iteration) {
    const size_t n = m->shape.n_parameters;
    double metrics[GGCN_METRICS], *change = allocate(n, sizeof *change), *expected = allocate(n, sizeof *expected);
    model_read(m, c);
    if (iteration == 0)
        calibrate(m, c, observed);
    double *start = allocate(n, sizeof *start);
    memcpy(start, m->parameters, n * sizeof *start);
    image_set sets[3] = {*observed, set_of_chains(c)};
    training_case_step(c, metrics);
    sets[2] = set_of_chains(c);

    check_sampling(m, c, &sets[1], &sets[2], iteration);
    check_metrics(m, c, sets, iteration, metrics);
    check_scalars(m, c, &sets[2]);
    expect_change(m, c, sets, metrics[GGCN_METRIC_GAMMA], expected);
    move_statistics(m, c, observed, c->config->potential.norm_momentum);
    check_statistics(m, c);
    model_read(m, c);
    for (size_t i = 0; i < n; i++)
        change[i] = m->parameters[i] - start[i];
    check_change(c, m, change, expected);
    check_metric(metrics, GGCN_METRIC_PARAMETER_NORM, sqrt(square_of(m->parameters, n)));
    if (c->config->model == GGCN_MODEL_GCN || c->config->jko.scaled_by_rate) /* all of it went through the optimiser */
        check_metric(metrics, GGCN_METRIC_GRADIENT_NORM,
                     sqrt(square_of(expected, n)) / c->config->learning.optimizer.rate);
    set_destroy(&sets[1]);
    set_destroy(&sets[2]);
    free(start);
    free(change);
    free(expected);
}

START_TEST(an_iteration_follows_the_gradient) {
    training_case c = training_case_create(*cases[_i].network, cases[_i].classes, cases[_i].settings);
    model m = model_create(&c);
    image_set observed = set_of_observed(&c);
    for (uint32_t iteration = 0; iteration < cases[_i].iterations; iteration++)
        check_iteration(&m, &c, &observed, iteration);
    set_destroy(&observed);
    model_destroy(&m);
    training_case_destroy(&c);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("learning");
    TCase *gradient = tcase_create("an iteration");
    tcase_add_loop_test(gradient, an_iteration_follows_the_gradient, 0, CASES);
    tcase_set_timeout(gradient, 120); /* generous: for builds with sanitizers */
    suite_add_tcase(suite, gradient);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    const int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
