#include "learning_check.h"

#include <check.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/random.h"

const double CHECK_TOLERANCE = 1e-4;

void *check_allocate(size_t count, size_t size) {
    void *memory = calloc(count ? count : 1, size);
    ck_assert_ptr_nonnull(memory);
    return memory;
}

/* --- the potential in double precision ---------------------------------------------------------------------------- */

static size_t floats_of(ggcn_shape s) {
    return (size_t)(s.channels * s.height * s.width);
}

potential_model potential_model_create(const training_case *c, int grid) {
    const ggcn_config_potential *p = &c->config->potential;
    const ggcn_graph *graph = c->networks.potentials[grid].graph;
    potential_model m = {.c = c,
                         .traits = ggcn_model_traits_of(c->config->model),
                         .grid = grid,
                         .graph = graph,
                         .network = reference_create(graph, 1)};
    const int finer = c->networks.grids - 1 - grid;
    if (finer > 0)
        snprintf(m.prefix, sizeof m.prefix, "grid-%d/", (int)ggcn_graph_shape(graph, 0).height);
    m.seed = c->config->run.seed + UINT64_C(0x9E3779B97F4A7C15) * (uint64_t)finer; /* no two grids share a number */
    m.shape = ggcn_potential_on(graph, p->theta, p->conditional ? c->observed->n_classes : 1);
    m.n_learned = m.traits->learns_filters ? m.shape.n_parameters : m.shape.n_theta;
    m.parameters = check_allocate(m.shape.n_parameters, sizeof *m.parameters);
    m.map = check_allocate(reference_count(m.network, reference_last(m.network)), sizeof *m.map);
    return m;
}

void potential_model_destroy(potential_model *m) {
    reference_destroy(m->network);
    free(m->parameters);
    free(m->map);
}

/* Reads an array of the model's grid, "FOLDER/GRID/NAME", and returns how many numbers it has. */
static size_t read_array(const potential_model *m, const char *folder, const char *name, double *values) {
    char path[160];
    snprintf(path, sizeof path, "%s/%s%s", folder, m->prefix, name);
    const ggcn_array array = training_case_array(m->c, path);
    const size_t count = ggcn_array_local(&array);
    for (size_t i = 0; i < count; i++)
        values[i] = (double)((const float *)array.data)[i];
    return count;
}

void potential_model_read(potential_model *m) {
    const ggcn_tensor_info *tensors;
    size_t count;
    ggcn_graph_parameters(m->graph, &tensors, &count);
    ck_assert_uint_eq(read_array(m, "parameters", "theta", m->parameters), m->shape.n_theta);
    for (size_t t = 0; t < count; t++)
        ck_assert_uint_eq(
            read_array(m, "parameters", tensors[t].name, m->parameters + m->shape.n_theta + tensors[t].offset),
            tensors[t].count);
}

void potential_model_read_statistics(potential_model *m) {
    if (m->shape.n_statistics > 0)
        ck_assert_uint_eq(read_array(m, "normalisation", "statistics", reference_statistics(m->network)),
                          m->shape.n_statistics);
}

double potential_model_evaluate(potential_model *m, const double *x, uint32_t label) {
    const ggcn_potential *p = &m->shape;
    const size_t outputs = reference_count(m->network, reference_last(m->network));
    const double *theta = m->parameters + label * p->features;
    for (size_t i = 0; i < outputs; i++)
        m->map[i] = theta[p->theta == GGCN_THETA_POSITIONAL ? i : i / p->positions];
    memcpy(reference_parameters(m->network), m->parameters + p->n_theta, p->n_filters * sizeof(double));
    reference_forward(m->network, x);
    reference_backward(m->network, m->map);
    m->piece = (m->piece ^ reference_piece(m->network)) * UINT64_C(0x100000001b3);
    double phi = 0;
    for (size_t i = 0; i < outputs; i++)
        phi += m->map[i] * reference_value(m->network, reference_last(m->network))[i];
    return phi;
}

static double square_of(const double *values, size_t count) {
    double sum = 0;
    for (size_t i = 0; i < count; i++)
        sum += values[i] * values[i];
    return sum;
}

/* --- images ------------------------------------------------------------------------------------------------------- */

image_set image_set_create(int64_t count, size_t elements) {
    return (image_set){.count = count,
                       .elements = elements,
                       .x = check_allocate((size_t)count * elements, sizeof(double)),
                       .labels = check_allocate((size_t)count, sizeof(uint32_t))};
}

void image_set_destroy(image_set *s) {
    free(s->x);
    free(s->labels);
}

/* Means over squares of pixels. */
static void reduce(const double *in, int64_t factor, ggcn_shape small, double *out) {
    const int64_t side = small.height * factor;
    memset(out, 0, floats_of(small) * sizeof *out);
    for (int64_t c = 0; c < small.channels; c++)
        for (int64_t y = 0; y < side; y++)
            for (int64_t x = 0; x < side; x++)
                out[(c * small.height + y / factor) * small.width + x / factor] +=
                    in[(c * side + y) * side + x] / (double)(factor * factor);
}

image_set image_set_observed(const potential_model *m) {
    const training_case *c = m->c;
    const ggcn_shape shape = ggcn_graph_shape(m->graph, 0);
    image_set s = image_set_create(c->observed->total, floats_of(shape));
    for (int64_t i = 0; i < s.count; i++) {
        double pixels[CASE_ELEMENTS];
        training_case_pixels(c, i, pixels);
        reduce(pixels, CASE_SIDE / shape.height, shape, s.x + (size_t)i * s.elements);
        s.labels[i] = c->config->potential.conditional ? c->observed->labels[i] : 0;
    }
    return s;
}

image_set image_set_of(const potential_model *m, const float *x) {
    const ggcn_chains *chains = ggcn_trainer_grid_chains(m->c->trainer, m->grid);
    image_set s = image_set_create(chains->count, chains->elements);
    for (size_t i = 0; i < (size_t)s.count * s.elements; i++)
        s.x[i] = (double)x[i];
    for (int64_t i = 0; i < s.count; i++)
        s.labels[i] = chains->labels[i];
    return s;
}

image_set image_set_chains(const potential_model *m) {
    return image_set_of(m, ggcn_trainer_grid_chains(m->c->trainer, m->grid)->x);
}

static void evaluate_set(potential_model *m, image_set *s) {
    s->phi = s->norm = s->square = s->x_square = 0;
    for (int64_t i = 0; i < s->count; i++) {
        const double *x = s->x + (size_t)i * s->elements;
        s->phi += potential_model_evaluate(m, x, s->labels[i]) / (double)s->count;
        const double square = square_of(reference_signal(m->network, 0), s->elements);
        s->norm += sqrt(square) / (double)s->count;
        s->square += square / (double)s->count;
        s->x_square += square_of(x, s->elements) / (double)s->count;
    }
}

/* --- normalisation ------------------------------------------------------------------------------------------------ */

/* Moves the statistics of the norm layers by `momentum` towards those of the observed images, all layers at once. */
static void move_statistics(potential_model *m, image_set *observed, double momentum) {
    const ggcn_tensor_info *tensors;
    size_t count;
    const size_t floats = ggcn_graph_statistics(m->graph, &tensors, &count);
    double *sums = check_allocate(floats, sizeof *sums), *statistics = reference_statistics(m->network);
    for (int64_t i = 0; i < observed->count; i++) {
        potential_model_evaluate(m, observed->x + (size_t)i * observed->elements, observed->labels[i]);
        reference_norm_sums(m->network, 1, sums);
    }
    for (size_t t = 0; t < count; t++) {
        const ggcn_shape shape = ggcn_graph_shape(m->graph, tensors[t].node);
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
static void calibrate(potential_model *m, image_set *observed) {
    const ggcn_tensor_info *tensors;
    size_t count;
    ggcn_graph_statistics(m->graph, &tensors, &count);
    for (size_t t = 0; t < count; t++)
        for (size_t k = tensors[t].count / 2; k < tensors[t].count; k++)
            reference_statistics(m->network)[tensors[t].offset + k] = 1;
    for (size_t t = 0; t < count; t++)
        move_statistics(m, observed, 1);
}

static void check_statistics(potential_model *m) {
    double *found = check_allocate(m->shape.n_statistics, sizeof *found);
    if (m->shape.n_statistics > 0)
        ck_assert_uint_eq(read_array(m, "normalisation", "statistics", found), m->shape.n_statistics);
    for (size_t i = 0; i < m->shape.n_statistics; i++) {
        const double expected = reference_statistics(m->network)[i];
        ck_assert_double_eq_tol(found[i], expected, 1e-5 * (1 + fabs(expected)));
    }
    free(found);
}

/* --- the gradient ------------------------------------------------------------------------------------------------- */

static double beta_of(const potential_model *m) {
    return m->traits->jko ? m->c->config->jko.beta : 0;
}

/* The likelihood and the JKO term of J. */
typedef struct {
    double likelihood, flow;
} objective;

static objective objective_of(potential_model *m, image_set *sets[3], double gamma) {
    m->piece = 0;
    for (int i = 0; i < 3; i++)
        evaluate_set(m, sets[i]);
    return (objective){sets[0]->phi - sets[2]->phi,
                       -0.5 * beta_of(m) * ((1 - gamma) * sets[1]->square + gamma * sets[2]->square)};
}

/* Central difference by parameter i. The step shrinks until no kink lies inside it. */
static objective difference(potential_model *m, image_set *sets[3], double gamma, size_t i) {
    const double at = m->parameters[i];
    for (double step = 1e-4; step > 5e-8; step *= 0.1) {
        m->parameters[i] = at + step;
        const objective up = objective_of(m, sets, gamma);
        const uint64_t piece = m->piece;
        m->parameters[i] = at - step;
        const objective down = objective_of(m, sets, gamma);
        m->parameters[i] = at;
        if (m->piece == piece)
            return (objective){(up.likelihood - down.likelihood) / (2 * step), (up.flow - down.flow) / (2 * step)};
    }
    ck_abort_msg("parameter %zu: a kink within 1e-7", i);
}

double check_compare(const char *what, const double *found, const double *expected, size_t count) {
    double worst = 0, largest = 0;
    for (size_t i = 0; i < count; i++) {
        worst = fmax(worst, fabs(found[i] - expected[i]));
        largest = fmax(largest, fabs(expected[i]));
    }
    ck_assert_msg(worst <= CHECK_TOLERANCE * largest, "%s: off by %g, largest element %g", what, worst, largest);
    return largest;
}

/* The change an iteration must make, from differences of J under the parameters before it. */
static void expect_change(potential_model *m, image_set *sets[3], double gamma, double *change) {
    const ggcn_config *config = m->c->config;
    const double rate = config->learning.optimizer.rate;
    for (size_t i = 0; i < m->n_learned; i++) {
        const objective d = difference(m, sets, gamma, i);
        const bool reached = i < m->shape.n_theta || config->jko.parameters == GGCN_JKO_ALL;
        change[i] = rate * d.likelihood + (reached ? (config->jko.scaled_by_rate ? rate : 1) * d.flow : 0);
    }
}

static void check_change(const potential_model *m, const double *change, const double *expected) {
    const double least = 1e-3 * m->c->config->learning.optimizer.rate; /* not a comparison of nothing */
    ck_assert_double_gt(check_compare("theta", change, expected, m->shape.n_theta), least);
    const ggcn_tensor_info *tensors;
    size_t count;
    ggcn_graph_parameters(m->graph, &tensors, &count);
    for (size_t t = 0; t < count && m->traits->learns_filters; t++) {
        const size_t first = m->shape.n_theta + tensors[t].offset;
        ck_assert_double_gt(check_compare(tensors[t].name, change + first, expected + first, tensors[t].count), least);
    }
    for (size_t i = m->n_learned; i < m->shape.n_parameters; i++) /* fixed filters, to the bit */
        ck_assert_double_eq(change[i], 0);
}

/* --- sampling and metrics ----------------------------------------------------------------------------------------- */

/* Steps a copy of the chains by the formula and compares it with the chains the trainer has now. */
static void check_sampling(potential_model *m, const image_set *before, const image_set *after, uint32_t iteration) {
    const double d = m->c->config->sampler.step_size, s = m->c->config->potential.reference_sigma;
    for (int64_t n = 0; n < before->count; n++) {
        double x[CASE_ELEMENTS];
        memcpy(x, before->x + (size_t)n * before->elements, before->elements * sizeof *x);
        for (uint32_t step = 0; step < m->c->config->sampler.steps; step++) {
            float noise[CASE_ELEMENTS];
            ggcn_random_normal((ggcn_random_key){.seed = m->seed,
                                                 .purpose = GGCN_RANDOM_LANGEVIN,
                                                 .iteration = iteration,
                                                 .step = step,
                                                 .chain = (uint32_t)n},
                               before->elements, noise);
            potential_model_evaluate(m, x, before->labels[n]);
            for (size_t i = 0; i < before->elements; i++)
                x[i] += 0.5 * d * d * (reference_signal(m->network, 0)[i] - x[i] / (s * s)) +
                        d * m->c->config->sampler.noise_sigma * (double)noise[i];
        }
        for (size_t i = 0; i < before->elements; i++)
            ck_assert_double_eq_tol(x[i], after->x[(size_t)n * before->elements + i], 1e-4);
    }
}

/* Adds the features of a set's mean image with a sign: one number per feature of theta, over all classes. */
static void add_features(potential_model *m, const image_set *s, double sign, double *features) {
    const size_t outputs = reference_count(m->network, reference_last(m->network));
    for (int64_t n = 0; n < s->count; n++) {
        potential_model_evaluate(m, s->x + (size_t)n * s->elements, s->labels[n]);
        const double *top = reference_value(m->network, reference_last(m->network));
        for (size_t i = 0; i < outputs; i++)
            features[m->shape.theta == GGCN_THETA_POSITIONAL ? i : i / m->shape.positions] +=
                sign * top[i] / (double)s->count;
    }
}

/* R is in the unit of one filter response: a stationary feature sums over positions, so it is divided by their number.
 */
static double response_distance(potential_model *m, const image_set *observed, const image_set *chains) {
    double *features = check_allocate(m->shape.features, sizeof *features), sum = 0;
    add_features(m, observed, -1, features);
    add_features(m, chains, 1, features);
    for (size_t i = 0; i < m->shape.features; i++)
        sum += fabs(features[i]);
    free(features);
    return sum / (double)m->shape.features / (m->shape.theta == GGCN_THETA_POSITIONAL ? 1 : (double)m->shape.positions);
}

void check_metric(const training_case *c, const double *metrics, const char *name, double expected) {
    const double found = metrics[training_case_metric(c, name)];
    ck_assert_msg(fabs(found - expected) <= CHECK_TOLERANCE * fmax(1, fabs(expected)), "%s is %.9g, expected %.9g",
                  name, found, expected);
}

static void check_metrics(potential_model *m, image_set *sets[3], double gamma, const double *metrics) {
    const training_case *c = m->c;
    const double s = c->config->potential.reference_sigma;
    const image_set *observed = sets[0], *before = sets[1], *after = sets[2];
    objective_of(m, sets, gamma);
    ck_assert_double_eq(gamma, metrics[GGCN_METRIC_GAMMA]);
    check_metric(c, metrics, "response_distance", response_distance(m, observed, after));
    check_metric(c, metrics, "potential_data", observed->phi);
    check_metric(c, metrics, "potential_chains", after->phi);
    check_metric(c, metrics, "energy_gap",
                 (after->x_square / (2 * s * s) - after->phi) - (observed->x_square / (2 * s * s) - observed->phi));
    check_metric(c, metrics, "gradient_x", after->norm);
    check_metric(c, metrics, "flow", beta_of(m) > 0 ? (1 - gamma) * before->square + gamma * after->square : 0);
    check_metric(c, metrics, "rate", c->config->learning.optimizer.rate);
    ck_assert_double_gt(metrics[GGCN_METRIC_SECONDS_SAMPLING], 0);
    ck_assert_double_gt(metrics[GGCN_METRIC_SECONDS_LEARNING], 0);
    ck_assert_double_ge(metrics[GGCN_METRIC_SECONDS_REDUCTION], 0);
    ck_assert_double_ge(metrics[GGCN_METRIC_SECONDS], metrics[GGCN_METRIC_SECONDS_SAMPLING] * 0.999);
    if (!m->traits->multigrid) /* there the seconds are those of all grids */
        ck_assert_double_eq_tol(metrics[GGCN_METRIC_IMAGE_STEPS] * metrics[GGCN_METRIC_SECONDS_SAMPLING],
                                (double)(c->config->learning.chains * c->config->sampler.steps), 1e-6);
}

/* What is recorded of each chain. */
static void check_scalars(potential_model *m, const image_set *after) {
    const ggcn_chain_scalars scalars = ggcn_trainer_chain_scalars(m->c->trainer);
    const double s = m->c->config->potential.reference_sigma;
    for (int64_t n = 0; n < after->count; n++) {
        const double *x = after->x + (size_t)n * after->elements;
        const double phi = potential_model_evaluate(m, x, after->labels[n]);
        const double norm = sqrt(square_of(reference_signal(m->network, 0), after->elements));
        ck_assert_double_eq_tol(scalars.potential[n], phi, CHECK_TOLERANCE * (1 + fabs(phi)));
        ck_assert_double_eq_tol(scalars.gradient[n], norm, CHECK_TOLERANCE * norm);
        ck_assert_double_eq_tol(scalars.lp[n], phi - square_of(x, after->elements) / (2 * s * s),
                                CHECK_TOLERANCE * (1 + fabs(phi)));
    }
}

/* --- an iteration ------------------------------------------------------------------------------------------------- */

void learning_check_begin(potential_model *m, image_set *observed, uint32_t iteration) {
    potential_model_read(m);
    if (!m->traits->learns_filters)
        potential_model_read_statistics(m);
    else if (iteration == 0)
        calibrate(m, observed);
}

double learning_check_response(potential_model *m, const image_set *observed) {
    image_set chains = image_set_chains(m);
    const double distance = response_distance(m, observed, &chains);
    image_set_destroy(&chains);
    return distance;
}

void learning_check_end(potential_model *m, image_set *observed, image_set *before, uint32_t iteration,
                        const double *metrics) {
    const size_t n = m->shape.n_parameters;
    const ggcn_config *config = m->c->config;
    const double gamma =
        ggcn_random_uniform((ggcn_random_key){.seed = m->seed, .purpose = GGCN_RANDOM_JKO, .iteration = iteration}, 0);
    double *change = check_allocate(n, sizeof *change), *expected = check_allocate(n, sizeof *expected);
    image_set after = image_set_chains(m), *sets[3] = {observed, before, &after};
    check_sampling(m, before, &after, iteration);
    if (metrics) {
        check_metrics(m, sets, gamma, metrics);
        check_scalars(m, &after);
    }
    expect_change(m, sets, gamma, expected);
    if (m->traits->learns_filters)
        move_statistics(m, observed, config->potential.norm_momentum);
    check_statistics(m);
    for (size_t i = 0; i < n; i++)
        change[i] = -m->parameters[i];
    potential_model_read(m);
    for (size_t i = 0; i < n; i++)
        change[i] += m->parameters[i];
    check_change(m, change, expected);
    if (metrics) {
        check_metric(m->c, metrics, "parameter_norm", sqrt(square_of(m->parameters, n)));
        if (beta_of(m) == 0 || config->jko.scaled_by_rate) /* all of it went through the optimiser */
            check_metric(m->c, metrics, "gradient_norm",
                         sqrt(square_of(expected, m->n_learned)) / config->learning.optimizer.rate);
    }
    image_set_destroy(&after);
    free(change);
    free(expected);
}
