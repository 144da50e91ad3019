/*
 * Schemas: what each kind of file holds, read from the YAML files in hdf5_schemas, which are built into the library.
 *
 * A schema file has the keys of ggcn_schema below; `include` names a file whose attributes every file of the kind has
 * as well. `shape` names a dimension for each dimension of the array, [] for a single number. In the path of a data set
 * or group, * stands for any characters but a slash; an exact path goes before a pattern, an earlier pattern before a
 * later one. What is not `optional` must be there, at least once if its path is a pattern.
 */
#ifndef GGCN_HPC_SCHEMA_H
#define GGCN_HPC_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ggcn/status.h"

typedef enum {
    GGCN_SCHEMA_TEXT, /* UTF-8; in data sets of fixed length */
    GGCN_SCHEMA_U8,
    GGCN_SCHEMA_U32,
    GGCN_SCHEMA_U64,
    GGCN_SCHEMA_I64,
    GGCN_SCHEMA_F32,
    GGCN_SCHEMA_F64
} ggcn_schema_type;

typedef enum {
    GGCN_FORM_ANY,
    GGCN_FORM_DIGEST, /* 16 lower-case hexadecimal digits */
    GGCN_FORM_TIME    /* UTC, as in 2024-01-31T23:59:59Z */
} ggcn_schema_form;

typedef enum {
    GGCN_SUM_NONE,
    GGCN_SUM_IMAGES,  /* of the root: ggcn_dataset_verify compares it */
    GGCN_SUM_NETWORK, /* of the root: ggcn_network_file_read compares it, and the numbers with the layers */
    GGCN_SUM_NUMBERS, /* of a data set: of its bytes, or of its chunks if `by_chunk` */
    GGCN_SUM_GROUP    /* of the root: of the sums of the data sets in the group `of` and the groups in it, in order */
} ggcn_schema_sum;

typedef struct {
    char *name, *description;
    uint64_t largest; /* 0: any size; the smallest is 1 */
    bool local;       /* may differ from data set to data set; otherwise all data sets agree */
    char *scale;      /* name of its scales where that is not its own; NULL: it is */
} ggcn_schema_dimension;

typedef struct {
    char *name, *description;
    ggcn_schema_type type; /* text, i64 or f64; one value */
    uint32_t since;        /* version of the format; 0: the first */
    bool optional;
    bool may_be_empty;     /* text */
    ggcn_schema_form form; /* text */
    char **values;         /* text: one of these */
    uint32_t values_count;
    double *min;         /* numbers; NULL: no bound */
    char *below;         /* integers: less than the size of this dimension */
    ggcn_schema_sum sum; /* digests */
    char *of;
} ggcn_schema_attribute;

typedef struct {
    char *path, *description;
    uint32_t since;
    bool optional;
    uint32_t ordered_since; /* version since which it remembers in which order its members were made; 0: it does not */
} ggcn_schema_group;

typedef struct {
    char *path, *description;
    ggcn_schema_type type;
    char **shape; /* names of dimensions */
    uint32_t shape_count;
    char **or_shape; /* another shape it may have */
    uint32_t or_shape_count;
    char *units; /* NULL: any */
    uint32_t since;
    bool optional;
    bool checksum;      /* chunked, with Fletcher-32 */
    bool allow_virtual; /* may be virtual instead ("virtual" in the file) */
    bool scale;         /* is the dimension scale of its only dimension */
    bool scaled;        /* the scales of its dimensions, in the same group, are attached */
    bool finite;        /* f32, f64 */
    bool increasing;    /* u64 of one dimension: each number above the one before */
    bool unique;        /* text: all different; none is empty in any case */
    double *min;        /* numbers */
    char *below;        /* integers: less than the size of this dimension */
    char *up_to;        /* integers: at most the size of this dimension; not beside `below` */
    bool by_chunk;      /* its digest is made of those of its chunks */
} ggcn_schema_dataset;

typedef struct ggcn_schema ggcn_schema;
struct ggcn_schema {
    char *format;     /* root attribute; NULL in a file that others include */
    uint32_t version; /* the newest */
    char *name, *description;
    char *mend;    /* what to do with a file that is not as it should be */
    char *summary; /* what is said of a good file; {NAME} is the size of a dimension or an integer attribute */
    bool closed;   /* nothing else may be in the file */
    char *include;
    ggcn_schema_dimension *dimensions;
    uint32_t dimensions_count;
    ggcn_schema_attribute *attributes; /* of the root */
    uint32_t attributes_count;
    ggcn_schema_attribute *dataset_attributes; /* of every data set */
    uint32_t dataset_attributes_count;
    ggcn_schema_group *groups;
    uint32_t groups_count;
    ggcn_schema_dataset *datasets;
    uint32_t datasets_count;
    ggcn_schema *included; /* NULL: none */
};

/* Parses one schema and checks that it makes sense. @param name for messages
 * @return GGCN_ERROR_CONFIG, naming the line or the entry, GGCN_ERROR_MEMORY */
ggcn_status ggcn_schema_parse(const char *name, const char *text, size_t length, ggcn_schema **schema);
void ggcn_schema_destroy(ggcn_schema **schema);

/* The schema of a kind of file by its root attribute "format", e.g. "ggcn-chains"; it stays the library's.
 * @return GGCN_ERROR_FORMAT if there is none, with the kinds there are as the hint */
ggcn_status ggcn_schema_find(const char *format, const ggcn_schema **schema);

/* The entry that a path falls under; NULL: none. */
const ggcn_schema_dataset *ggcn_schema_dataset_of(const ggcn_schema *schema, const char *path);
const ggcn_schema_group *ggcn_schema_group_of(const ggcn_schema *schema, const char *path);
/* Number of a dimension, -1 if there is none of that name. */
int ggcn_schema_dimension_of(const ggcn_schema *schema, const char *name);
/* The name that the scales of a dimension have, by its own. */
const char *ggcn_schema_scale_of(const ggcn_schema *schema, const char *name);
/* Whether a path is a pattern. */
bool ggcn_schema_is_pattern(const char *path);
/* The dimension whose size bounds the numbers, that of `below` or `up_to`; NULL: none. */
const char *ggcn_schema_bound_of(const ggcn_schema_dataset *dataset);
/* As written in the YAML files, e.g. "u32". */
const char *ggcn_schema_type_name(ggcn_schema_type type);

#endif
