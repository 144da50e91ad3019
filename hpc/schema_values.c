/* Numbers of a file beside its schema. Ranks share the pieces of each data set and bring together what they found. */
#include "schema_values.h"

#include <inttypes.h>
#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "ggcn/hpc.h"
#include "ranks.h"
#include "schema_pieces.h"

typedef enum { NOT_FINITE, TOO_SMALL, TOO_LARGE, NOT_INCREASING, RULES } broken_rule;

/* What a rank found in a data set. */
typedef struct {
    int64_t count[RULES], first[RULES];   /* how many elements, and the first one in C order */
    double value[RULES];                  /* of the first one */
    int64_t unreadable, first_unreadable; /* pieces */
    char reason[256];                     /* why it could not be read */
    ggcn_name_tally names;
} tally;

/* A data set, its entry and this rank's tally. */
typedef struct {
    const ggcn_examined *file;
    const char *path;
    const ggcn_schema_dataset *rule; /* NULL: unknown, or not of the entry's type and shape */
    hid_t id, type;                  /* type in memory */
    double size;                     /* of the dimension that bounds the numbers; 0: none does */
    ggcn_pieces pieces;
    tally found;
} inspection;

static void count_broken(inspection *v, broken_rule rule, int64_t element, double value) {
    if (v->found.count[rule]++ == 0 || element < v->found.first[rule]) {
        v->found.first[rule] = element;
        v->found.value[rule] = value;
    }
}

/* Number in the whole array, C order, of an element of a piece. */
static int64_t element_of(const inspection *v, const hsize_t *start, const hsize_t *size, size_t index) {
    int64_t element = 0, stride = 1;
    for (int i = v->pieces.rank - 1; i >= 0; i--) {
        element += (int64_t)(start[i] + index % size[i]) * stride;
        stride *= (int64_t)v->pieces.dims[i];
        index /= size[i];
    }
    return element;
}

static void look_at_reals(inspection *v, const double *values, size_t count, const hsize_t *start,
                          const hsize_t *size) {
    for (size_t i = 0; i < count; i++) {
        if (v->rule->finite && !isfinite(values[i]))
            count_broken(v, NOT_FINITE, element_of(v, start, size, i), values[i]);
        if (v->rule->min && values[i] < *v->rule->min)
            count_broken(v, TOO_SMALL, element_of(v, start, size, i), values[i]);
    }
}

/* `before`: the first value is that before the piece, there only to be compared with. */
static void look_at_integers(inspection *v, const uint64_t *values, size_t count, const hsize_t *start,
                             const hsize_t *size, bool before) {
    for (size_t i = before; i < count; i++) {
        const double value = (double)values[i];
        if (v->rule->min && value < *v->rule->min)
            count_broken(v, TOO_SMALL, element_of(v, start, size, i), value);
        if (v->size > 0 && (v->rule->below ? value >= v->size : value > v->size))
            count_broken(v, TOO_LARGE, element_of(v, start, size, i), value);
        if (v->rule->increasing && i > 0 && values[i] <= values[i - 1])
            count_broken(v, NOT_INCREASING, element_of(v, start, size, i), value);
    }
}

static void note_unreadable(inspection *v, int64_t piece) {
    if (v->found.unreadable++ > 0)
        return;
    v->found.first_unreadable = piece;
    const char *reason = strstr(ggcn_last_error()->message, "HDF5: ");
    snprintf(v->found.reason, sizeof v->found.reason, "%.*s", (int)sizeof v->found.reason - 1,
             reason ? reason : ggcn_last_error()->message);
}

static void look_at_piece(inspection *v, int64_t piece, void *buffer) {
    hsize_t start[GGCN_H5_RANKS], size[GGCN_H5_RANKS];
    ggcn_pieces_place(&v->pieces, piece, start, size);
    const bool before = v->rule && v->rule->increasing && start[0] > 0;
    start[0] -= before;
    size[0] += before;
    if (ggcn_h5_read(v->file->path, v->id, v->type, start, size, buffer) != GGCN_SUCCESS) {
        note_unreadable(v, piece);
        return;
    }
    size_t count = 1;
    for (int i = 0; i < v->pieces.rank; i++)
        count *= (size_t)size[i];
    if (!v->rule)
        return;
    if (H5Tequal(v->type, H5T_NATIVE_DOUBLE) > 0)
        look_at_reals(v, buffer, count, start, size);
    else if (H5Tequal(v->type, H5T_NATIVE_UINT64) > 0)
        look_at_integers(v, buffer, count, start, size, before);
}

static ggcn_status look_at_pieces(inspection *v) {
    GGCN_TRY(ggcn_pieces_plan(v->file->path, v->id, H5Tget_size(v->type), &v->pieces));
    if (v->pieces.count == 0)
        return GGCN_SUCCESS;
    void *buffer = malloc((ggcn_pieces_elements(&v->pieces) + 1) * H5Tget_size(v->type));
    if (!buffer)
        GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "%s: no memory for a piece of data set \"%s\"", v->file->path, v->path);
    for (int64_t p = ggcn_rank(); p < v->pieces.count; p += ggcn_ranks())
        look_at_piece(v, p, buffer);
    free(buffer);
    ggcn_status status = GGCN_SUCCESS;
    if (v->rule && v->rule->type == GGCN_SCHEMA_TEXT && ggcn_rank() == 0)
        status = ggcn_tally_names(v->file->path, v->id, &v->found.names);
    return status == GGCN_ERROR_FORMAT ? GGCN_SUCCESS : status; /* what cannot be read was counted */
}

/* Numbers with rules are read as double or uint64; the others, and texts, as they are. */
static hid_t memory_type(const ggcn_schema_dataset *rule, hid_t file_type) {
    if (rule && (rule->type == GGCN_SCHEMA_F32 || rule->type == GGCN_SCHEMA_F64) && (rule->finite || rule->min))
        return H5Tcopy(H5T_NATIVE_DOUBLE);
    if (rule && (rule->type == GGCN_SCHEMA_U8 || rule->type == GGCN_SCHEMA_U32 || rule->type == GGCN_SCHEMA_U64) &&
        (ggcn_schema_bound_of(rule) || rule->min || rule->increasing))
        return H5Tcopy(H5T_NATIVE_UINT64);
    return H5Tcopy(file_type);
}

/* Whether the type and number of dimensions are the entry's, so that its other rules make sense. */
static bool follows(hid_t dataset, hid_t type, const ggcn_schema_dataset *rule) {
    const hid_t space = H5Dget_space(dataset);
    const int rank = H5Sget_simple_extent_ndims(space);
    H5Sclose(space);
    const bool fitting = rule->type == GGCN_SCHEMA_TEXT ? H5Tget_class(type) == H5T_STRING
                                                        : H5Tequal(type, ggcn_schema_file_type(rule->type)) > 0;
    return fitting && (ggcn_shape_of(rule, rank) || (rank == 0 && rule->shape_count == 0));
}

static bool readable(hid_t dataset, hid_t type) {
    const hid_t space = H5Dget_space(dataset);
    const int rank = H5Sget_simple_extent_ndims(space);
    H5Sclose(space);
    return rank <= GGCN_H5_RANKS && ggcn_h5_is_whole(dataset) && H5Tdetect_class(type, H5T_VLEN) == 0 &&
           H5Tdetect_class(type, H5T_REFERENCE) == 0 && H5Tis_variable_str(type) == 0;
}

static ggcn_status inspect(inspection *v, const ggcn_schema_dataset *rule) {
    const hid_t type = H5Dget_type(v->id);
    ggcn_status status = GGCN_SUCCESS;
    if (readable(v->id, type)) {
        v->rule = rule && follows(v->id, type, rule) ? rule : NULL;
        v->type = memory_type(v->rule, type);
        const char *bound = v->rule ? ggcn_schema_bound_of(v->rule) : NULL;
        if (bound)
            v->size = (double)v->file->sizes[ggcn_schema_dimension_of(v->file->schema, bound)];
        status = look_at_pieces(v);
        H5Tclose(v->type);
    }
    H5Tclose(type);
    return status;
}

static void add_tally(tally *sum, const tally *more) {
    for (int r = 0; r < RULES; r++) {
        if (more->count[r] > 0 && (sum->count[r] == 0 || more->first[r] < sum->first[r])) {
            sum->first[r] = more->first[r];
            sum->value[r] = more->value[r];
        }
        sum->count[r] += more->count[r];
    }
    if (more->unreadable > 0 && (sum->unreadable == 0 || more->first_unreadable < sum->first_unreadable)) {
        sum->first_unreadable = more->first_unreadable;
        memcpy(sum->reason, more->reason, sizeof sum->reason);
    }
    sum->unreadable += more->unreadable;
}

/* Brings together the tallies of all ranks, on every rank. */
static ggcn_status share(tally *found) {
    if (ggcn_ranks() == 1)
        return GGCN_SUCCESS;
    tally *all = malloc((size_t)ggcn_ranks() * sizeof *all);
    ggcn_status status = GGCN_SUCCESS;
    if (!all)
        status = ggcn_raise(GGCN_ERROR_MEMORY, __FILE__, __LINE__, NULL, "no memory for the findings of %d ranks",
                            ggcn_ranks());
    status = ggcn_agree(status);
    if (status == GGCN_SUCCESS &&
        MPI_Allgather(found, sizeof *found, MPI_BYTE, all, sizeof *found, MPI_BYTE, MPI_COMM_WORLD) != MPI_SUCCESS)
        status = ggcn_raise(GGCN_ERROR_LIBRARY, __FILE__, __LINE__, NULL, "MPI: gather failed");
    if (status == GGCN_SUCCESS) {
        *found = all[0]; /* rank 0 alone looks at names */
        for (int r = 1; r < ggcn_ranks(); r++)
            add_tally(found, &all[r]);
    }
    free(all);
    return status;
}

/* "[3][0][1]" */
static void print_place(const inspection *v, int64_t element, char text[128]) {
    hsize_t index[GGCN_H5_RANKS];
    for (int i = v->pieces.rank - 1; i >= 0; i--) {
        index[i] = (hsize_t)element % v->pieces.dims[i];
        element /= (int64_t)v->pieces.dims[i];
    }
    size_t used = (size_t)snprintf(text, 128, v->pieces.rank ? "" : "the single number");
    for (int i = 0; i < v->pieces.rank && used < 128; i++)
        used += (size_t)snprintf(text + used, 128 - used, "[%" PRIu64 "]", (uint64_t)index[i]);
}

#define FOUND(v, format, ...)                                                                                          \
    ggcn_findings_add(findings, (v)->file->schema->mend, "%s: data set \"%s\": " format, (v)->file->path, (v)->path,   \
                      __VA_ARGS__)

static void report_names(const inspection *v, ggcn_findings *findings) {
    const ggcn_name_tally *names = &v->found.names;
    if (names->empty > 0)
        FOUND(v, "expected texts that are not empty, found %" PRId64 " empty ones, the first at [%" PRId64 "]",
              names->empty, names->first_empty);
    if (names->repeated > 0 && v->rule->unique)
        FOUND(v, "expected texts that are all different, found \"%s\" at [%" PRId64 "] and [%" PRId64 "]", names->name,
              names->first, names->again);
}

static void report(const inspection *v, ggcn_findings *findings) {
    for (int r = 0; r < RULES; r++) {
        char expected[128], place[128];
        if (v->found.count[r] == 0)
            continue;
        switch ((broken_rule)r) {
        case NOT_FINITE:
            snprintf(expected, sizeof expected, "finite numbers");
            break;
        case TOO_SMALL:
            snprintf(expected, sizeof expected, "numbers of at least %g", *v->rule->min);
            break;
        case TOO_LARGE:
            snprintf(expected, sizeof expected, "numbers %s %.0f, the size of dimension \"%s\"",
                     v->rule->below ? "below" : "of at most", v->size, ggcn_schema_bound_of(v->rule));
            break;
        default:
            snprintf(expected, sizeof expected, "numbers that increase");
        }
        print_place(v, v->found.first[r], place);
        FOUND(v, "expected %s, found %" PRId64 " others, the first, %.17g, at %s", expected, v->found.count[r],
              v->found.value[r], place);
    }
    if (v->found.unreadable > 0)
        FOUND(v, "expected numbers that can be read, found damage: %s", v->found.reason);
    report_names(v, findings);
}

ggcn_status ggcn_check_values(const ggcn_examined *examined, ggcn_findings *findings) {
    for (size_t i = 0; i < examined->objects_count; i++) {
        const ggcn_h5_object *object = &examined->objects[i];
        if (object->type != H5O_TYPE_DATASET)
            continue;
        inspection v = {.file = examined, .path = object->path};
        v.id = H5Dopen2(examined->id, object->path, H5P_DEFAULT);
        ggcn_status status = v.id < 0 ? GGCN_SUCCESS : inspect(&v, object->dataset); /* reported with the structure */
        if (v.id >= 0)
            H5Dclose(v.id);
        status = ggcn_agree(status);
        if (status == GGCN_SUCCESS)
            status = share(&v.found);
        GGCN_TRY(status);
        report(&v, findings);
    }
    return GGCN_SUCCESS;
}
