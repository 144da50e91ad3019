#include "data_import_plan.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/random.h"

static const uint32_t left_out = UINT32_MAX;

/* --- classes ------------------------------------------------------------------------------------------------------ */

/* A class by name, or else by number. */
static ggcn_status find_class(const ggcn_image_source *source, const char *name, size_t length, uint32_t *number) {
    for (uint32_t i = 0; i < source->n_classes; i++)
        if (strlen(source->classes[i]) == length && strncmp(source->classes[i], name, length) == 0) {
            *number = i;
            return GGCN_SUCCESS;
        }
    char *end;
    const unsigned long parsed = strtoul(name, &end, 10);
    if (length == 0 || name[0] < '0' || name[0] > '9' || end != name + length || parsed >= source->n_classes) {
        char names[512] = "the classes are ";
        for (uint32_t i = 0; i < source->n_classes && strlen(names) + 1 < sizeof names; i++) {
            const size_t used = strlen(names);
            snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", source->classes[i]);
        }
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, names, "--classes: unknown class \"%.*s\"", (int)length, name);
    }
    *number = (uint32_t)parsed;
    return GGCN_SUCCESS;
}

/* Which classes are kept, under which new number. @param[out] renumbered [source classes] new label, or left_out */
static ggcn_status choose_classes(const ggcn_image_source *source, const char *wanted, uint32_t *renumbered,
                                  import_plan *plan) {
    plan->classes = malloc(source->n_classes * sizeof *plan->classes);
    if (!plan->classes)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %" PRIu32 " classes", source->n_classes);
    for (uint32_t i = 0; i < source->n_classes; i++) {
        renumbered[i] = wanted ? left_out : i;
        plan->classes[i] = source->classes[i];
    }
    plan->n_classes = wanted ? 0 : source->n_classes;
    while (wanted) {
        const size_t length = strcspn(wanted, ",");
        uint32_t number = 0;
        GGCN_TRY(find_class(source, wanted, length, &number));
        if (renumbered[number] != left_out)
            GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "--classes: class %s is named twice", source->classes[number]);
        renumbered[number] = plan->n_classes;
        plan->classes[plan->n_classes++] = source->classes[number];
        wanted = wanted[length] ? wanted + length + 1 : NULL;
    }
    return GGCN_SUCCESS;
}

/* --- images ------------------------------------------------------------------------------------------------------- */

static ggcn_status allocate(import_part *part, int64_t most) {
    part->numbers = malloc((size_t)(most + 1) * sizeof *part->numbers);
    part->labels = malloc((size_t)(most + 1) * sizeof *part->labels);
    if (!part->numbers || !part->labels)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for the numbers of %" PRId64 " images", most);
    return GGCN_SUCCESS;
}

/* The images first .. last-1 of the source whose class is kept. */
static ggcn_status choose_images(ggcn_image_source *source, int64_t first, int64_t last, const uint32_t *renumbered,
                                 import_skipped *skipped, import_part *part) {
    GGCN_TRY(allocate(part, last - first));
    for (int64_t i = first; i < last; i++) {
        uint32_t label = 0;
        const ggcn_status status = source->read(source, i, NULL, &label);
        if (skipped && import_is_bad_image(status)) {
            GGCN_TRY(import_skipped_add(skipped, ggcn_last_error()->message));
            continue;
        }
        GGCN_TRY(status);
        if (label >= source->n_classes)
            GGCN_FAIL(GGCN_ERROR_FORMAT, NULL, "image %" PRId64 " has label %" PRIu32 " of %" PRIu32 " classes", i,
                      label, source->n_classes);
        if (renumbered[label] == left_out)
            continue;
        part->numbers[part->count] = (uint32_t)i;
        part->labels[part->count++] = renumbered[label];
    }
    return GGCN_SUCCESS;
}

static ggcn_status shuffle(import_part *part, int64_t seed, uint32_t which) {
    import_part mixed = {.count = part->count, .most = part->most};
    uint32_t *order = malloc((size_t)(part->count + 1) * sizeof *order);
    ggcn_status status = GGCN_SUCCESS;
    if (!order)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory to shuffle %" PRId64 " images",
                            part->count);
    else
        status = allocate(&mixed, part->count);
    if (status == GGCN_SUCCESS) {
        const ggcn_random_key key = {.seed = (uint64_t)seed, .purpose = GGCN_RANDOM_IMPORT, .chain = which};
        ggcn_random_permutation(key, (uint32_t)part->count, order);
        for (int64_t i = 0; i < part->count; i++) {
            mixed.numbers[i] = part->numbers[order[i]];
            mixed.labels[i] = part->labels[order[i]];
        }
    }
    free(order);
    import_part *unused = status == GGCN_SUCCESS ? part : &mixed;
    free(unused->numbers);
    free(unused->labels);
    if (status == GGCN_SUCCESS)
        *part = mixed;
    return status;
}

/* The limit is for both parts together; the held-out part gets its share, rounded down. */
static void limit(import_part *parts, int64_t most) {
    const int64_t training = parts[IMPORT_TRAINING].count, held_out = parts[IMPORT_HELD_OUT].count;
    parts[IMPORT_TRAINING].most = training;
    parts[IMPORT_HELD_OUT].most = held_out;
    if (most == 0 || most >= training + held_out)
        return;
    parts[IMPORT_HELD_OUT].most = most * held_out / (training + held_out); /* counts are below 2^31 */
    parts[IMPORT_TRAINING].most = most - parts[IMPORT_HELD_OUT].most;
}

static ggcn_status choose(const char *path, ggcn_image_source *source, const import_selection *s, uint32_t *renumbered,
                          import_skipped *skipped, import_plan *plan) {
    const int64_t training = source->count - source->held_out;
    GGCN_TRY(choose_classes(source, s->classes, renumbered, plan));
    GGCN_TRY(choose_images(source, 0, training, renumbered, skipped, &plan->parts[IMPORT_TRAINING]));
    GGCN_TRY(choose_images(source, training, source->count, renumbered, skipped, &plan->parts[IMPORT_HELD_OUT]));
    if (plan->parts[IMPORT_TRAINING].count == 0)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, NULL, "%s: none of its %" PRId64 " images %s%s", path, training,
                  s->classes ? "is of the classes " : "has a readable label", s->classes ? s->classes : "");
    for (uint32_t p = 0; s->shuffle && p < IMPORT_PARTS; p++)
        GGCN_TRY(shuffle(&plan->parts[p], s->seed, p));
    limit(plan->parts, s->limit);
    return GGCN_SUCCESS;
}

ggcn_status import_plan_create(const char *path, ggcn_image_source *source, const import_selection *selection,
                               import_skipped *skipped, import_plan *plan) {
    *plan = (import_plan){0};
    if (source->count > INT32_MAX)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "import parts of it and join them with ggcn_data merge",
                  "%s: %" PRId64 " images, at most %d can be imported at once", path, source->count, INT32_MAX);
    if (selection->split > 0 && source->held_out > 0)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "leave --split away",
                  "%s: --split does not go with a source that has a held-out part of its own (%" PRId64 " images)",
                  path, source->held_out);
    uint32_t *renumbered = malloc(source->n_classes * sizeof *renumbered);
    if (!renumbered)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %" PRIu32 " classes", source->n_classes);
    const ggcn_status status = choose(path, source, selection, renumbered, skipped, plan);
    free(renumbered);
    if (status != GGCN_SUCCESS)
        import_plan_clear(plan);
    return status;
}

void import_plan_clear(import_plan *plan) {
    for (int p = 0; p < IMPORT_PARTS; p++) {
        free(plan->parts[p].numbers);
        free(plan->parts[p].labels);
    }
    free(plan->classes);
    *plan = (import_plan){0};
}

/* --- split -------------------------------------------------------------------------------------------------------- */

/* Marks the chosen images of one class. @param members [count] their places in the training part */
static void choose_held_out(const import_selection *s, uint32_t class, const uint32_t *members, uint32_t count,
                            uint32_t *order, bool *held_out) {
    const ggcn_random_key key = {.seed = (uint64_t)s->seed, .purpose = GGCN_RANDOM_IMPORT, .step = 1, .chain = class};
    uint32_t wanted = (uint32_t)(s->split * count + 0.5);
    if (wanted >= count) /* one image of each class is always left to learn from */
        wanted = count > 0 ? count - 1 : 0;
    ggcn_random_permutation(key, count, order);
    for (uint32_t i = 0; i < wanted; i++)
        held_out[members[order[i]]] = true;
}

/* Moves the marked images to the held-out part; both keep their order. */
static void move(const bool *held_out, import_part *training, import_part *other) {
    int64_t kept = 0;
    for (int64_t i = 0; i < training->count; i++) {
        import_part *to = held_out[i] ? other : training;
        int64_t *place = held_out[i] ? &other->count : &kept;
        to->numbers[*place] = training->numbers[i];
        to->labels[(*place)++] = training->labels[i];
    }
    training->count = kept;
}

/* The places of each class's images are brought together first: those of class c are members[start[c]] .. */
static void split_classes(const import_selection *s, const import_plan *plan, uint32_t *start, uint32_t *members,
                          uint32_t *order, bool *held_out) {
    const import_part *training = &plan->parts[IMPORT_TRAINING];
    for (int64_t i = 0; i < training->count; i++)
        start[training->labels[i] + 1]++;
    for (uint32_t c = 0; c < plan->n_classes; c++)
        start[c + 1] += start[c];
    for (int64_t i = 0; i < training->count; i++)
        members[start[training->labels[i]]++] = (uint32_t)i;
    for (uint32_t c = 0, first = 0; c < plan->n_classes; first = start[c++]) /* start[c] is now the end of class c */
        choose_held_out(s, c, members + first, start[c] - first, order, held_out);
}

static ggcn_status split(const import_selection *s, import_plan *plan) {
    import_part *training = &plan->parts[IMPORT_TRAINING], *other = &plan->parts[IMPORT_HELD_OUT];
    const size_t count = (size_t)training->count;
    free(other->numbers);
    free(other->labels);
    *other = (import_part){0};
    uint32_t *start = calloc((size_t)plan->n_classes + 1, sizeof *start), *members = malloc(count * sizeof *members),
             *order = malloc(count * sizeof *order);
    bool *held_out = calloc(count, sizeof *held_out);
    ggcn_status status = GGCN_SUCCESS;
    if (!start || !members || !order || !held_out)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory to split %zu images", count);
    else
        status = allocate(other, training->count);
    if (status == GGCN_SUCCESS) {
        split_classes(s, plan, start, members, order, held_out);
        move(held_out, training, other);
    }
    free(start);
    free(members);
    free(order);
    free(held_out);
    return status;
}

ggcn_status import_plan_finish(const char *path, const import_selection *selection, import_plan *plan) {
    for (int p = 0; p < IMPORT_PARTS; p++)
        if (plan->parts[p].count > plan->parts[p].most)
            plan->parts[p].count = plan->parts[p].most;
    const int64_t count = plan->parts[IMPORT_TRAINING].count;
    if (count == 0)
        GGCN_FAIL(GGCN_ERROR_FORMAT, NULL, "%s: no image is left to learn from", path);
    if (selection->split == 0)
        return GGCN_SUCCESS;
    GGCN_TRY(split(selection, plan));
    if (plan->parts[IMPORT_HELD_OUT].count == 0)
        GGCN_FAIL(GGCN_ERROR_ARGUMENT, "take a larger share, or more images",
                  "%s: --split %g of %" PRId64 " images in %" PRIu32 " classes holds out none", path, selection->split,
                  count, plan->n_classes);
    return GGCN_SUCCESS;
}

/* --- the data set's images ---------------------------------------------------------------------------------------- */

int64_t import_plan_count(const import_plan *plan) {
    return plan->parts[IMPORT_TRAINING].count + plan->parts[IMPORT_HELD_OUT].count;
}

int64_t import_plan_number(const import_plan *plan, int64_t i) {
    const int64_t training = plan->parts[IMPORT_TRAINING].count;
    return i < training ? plan->parts[IMPORT_TRAINING].numbers[i] : plan->parts[IMPORT_HELD_OUT].numbers[i - training];
}

uint32_t import_plan_label(const import_plan *plan, int64_t i) {
    const int64_t training = plan->parts[IMPORT_TRAINING].count;
    return i < training ? plan->parts[IMPORT_TRAINING].labels[i] : plan->parts[IMPORT_HELD_OUT].labels[i - training];
}
