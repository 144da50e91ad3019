/* Checking of a file of any kind. Rank 0 looks at the structure and tells the others; all share the numbers. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "folder.h"
#include "ggcn/hpc.h"
#include "h5_file.h"
#include "schema_values.h"

static const char known_kinds[] = "the kinds of file are those that `ggcn_data formats` explains";

static ggcn_status open_known(const char *path, hid_t *id, const ggcn_schema **schema, int64_t *version) {
    char *format = NULL;
    GGCN_TRY(ggcn_h5_open_alone(path, "file of ggcn", known_kinds, id));
    if (H5Aexists(*id, "format") <= 0)
        GGCN_FAIL(GGCN_ERROR_FORMAT, known_kinds, "%s: attribute \"format\" is missing: expected a file of ggcn", path);
    GGCN_TRY(ggcn_h5_get_text(*id, path, "format", &format));
    const ggcn_status status = ggcn_schema_find(format, schema);
    free(format);
    if (status == GGCN_ERROR_FORMAT)
        GGCN_FAIL(status, ggcn_last_error()->hint, "%s: attribute \"format\": %s", path, ggcn_last_error()->message);
    GGCN_TRY(status);
    const ggcn_h5_kind kind = {(*schema)->format, (int)(*schema)->version, (*schema)->name, (*schema)->mend,
                               GGCN_ERROR_FORMAT};
    return ggcn_h5_check_kind(*id, path, &kind, version);
}

/* Opens a file and compares its structure. `*known` is false if it does not come to that, which is a finding. */
static ggcn_status examine(const char *path, ggcn_examined *examined, ggcn_findings *findings, bool *known) {
    hid_t id = -1;
    const ggcn_schema *schema;
    int64_t version = 0;
    *examined = (ggcn_examined){.id = -1};
    ggcn_status status = open_known(path, &id, &schema, &version);
    if (status == GGCN_SUCCESS)
        status = ggcn_examine(id, path, schema, version, examined);
    examined->id = id; /* to be closed in any case */
    *known = status == GGCN_SUCCESS;
    if (*known)
        ggcn_check_structure(examined, true, findings);
    else if (status == GGCN_ERROR_FORMAT || status == GGCN_ERROR_IO)
        ggcn_findings_add_error(findings);
    else
        return status;
    return findings->status;
}

static void close_examined(ggcn_examined *examined) {
    if (examined->id >= 0)
        H5Fclose(examined->id);
    ggcn_examined_clear(examined);
}

/* The size of a dimension or an integer attribute. */
static int64_t value_of(const ggcn_examined *examined, const char *name) {
    const int dimension = ggcn_schema_dimension_of(examined->schema, name);
    int64_t value = 0;
    if (dimension >= 0)
        value = (int64_t)examined->sizes[dimension];
    else
        ggcn_h5_get_integer(examined->id, examined->path, name, &value);
    return value;
}

/* "data set, version 2, 60000 images of 1x28x28, 10 classes" */
static ggcn_status summarize(const ggcn_examined *examined, char **summary) {
    char text[512];
    size_t used =
        (size_t)snprintf(text, sizeof text, "%s, version %" PRId64 ", ", examined->schema->name, examined->version);
    for (const char *from = examined->schema->summary; *from && used < sizeof text - 1; from++) {
        char name[64];
        int length = 0;
        if (sscanf(from, "{%63[a-z_]}%n", name, &length) == 1 && length > 0) {
            used += (size_t)snprintf(text + used, sizeof text - used, "%" PRId64, value_of(examined, name));
            from += length - 1;
        } else {
            text[used++] = *from;
            text[used] = '\0';
        }
    }
    return ggcn_format(summary, "%s", text);
}

/* Gives all ranks rank 0's findings. Collective. */
static ggcn_status share(ggcn_findings *findings) {
    uint64_t count = findings->count;
    GGCN_TRY(ggcn_broadcast(&count, sizeof count, 0));
    for (uint64_t i = 0; i < count; i++) {
        const bool root = ggcn_rank() == 0;
        char *message = root ? findings->list[i].message : NULL, *hint = root ? findings->list[i].hint : NULL;
        ggcn_status status = ggcn_broadcast_text(&message);
        if (status == GGCN_SUCCESS)
            status = ggcn_broadcast_text(&hint);
        if (!root) {
            if (status == GGCN_SUCCESS)
                ggcn_findings_add(findings, hint, "%s", message);
            free(message);
            free(hint);
        }
        GGCN_TRY(status);
    }
    return ggcn_agree(findings->status);
}

/* Every rank opens the file for itself: a damaged chunk inside a collective read would leave the others waiting. */
static ggcn_status check_numbers(const char *path, ggcn_findings *findings) {
    ggcn_examined examined = {.id = -1};
    ggcn_findings again = {0}; /* rank 0 told everyone already */
    bool known = false;
    ggcn_status status = examine(path, &examined, &again, &known);
    if (status == GGCN_SUCCESS && !known)
        status = ggcn_raise(GGCN_ERROR_IO, __FILE__, __LINE__, "is the file on a file system that all nodes share?",
                            "%s", again.list[0].message);
    status = ggcn_agree(status);
    if (status == GGCN_SUCCESS)
        status = ggcn_check_values(&examined, findings);
    if (status == GGCN_SUCCESS)
        status = ggcn_check_digests(&examined, findings);
    ggcn_findings_clear(&again);
    close_examined(&examined);
    return status == GGCN_SUCCESS ? ggcn_agree(findings->status) : status;
}

static ggcn_status check(const char *path, bool full, ggcn_findings *findings, char **summary) {
    ggcn_examined examined = {.id = -1};
    bool known = false;
    ggcn_status status = GGCN_SUCCESS;
    if (ggcn_rank() == 0) {
        status = examine(path, &examined, findings, &known);
        if (status == GGCN_SUCCESS && known)
            status = summarize(&examined, summary);
        close_examined(&examined);
    }
    GGCN_TRY(ggcn_agree(status));
    GGCN_TRY(ggcn_broadcast(&known, sizeof known, 0));
    GGCN_TRY(share(findings));
    if (known)
        GGCN_TRY(ggcn_broadcast_text(summary));
    return known && full ? check_numbers(path, findings) : GGCN_SUCCESS;
}

ggcn_status ggcn_file_check(const char *path, bool full, ggcn_file_report *report) {
    ggcn_findings findings = {0};
    *report = (ggcn_file_report){0};
    const ggcn_status status = check(path, full, &findings, &report->summary);
    report->findings = findings.list;
    report->count = findings.count;
    if (report->count > 0) {
        free(report->summary);
        report->summary = NULL;
    }
    if (status != GGCN_SUCCESS)
        ggcn_file_report_clear(report);
    return status;
}

void ggcn_file_report_clear(ggcn_file_report *report) {
    ggcn_findings findings = {.list = report->findings, .count = report->count};
    ggcn_findings_clear(&findings);
    free(report->summary);
    *report = (ggcn_file_report){0};
}
