/* Lists of findings. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "folder.h"
#include "schema_check.h"

static ggcn_status append(ggcn_findings *findings, const char *message, const char *hint) {
    if (findings->count == findings->capacity) {
        const size_t capacity = 2 * findings->capacity + 8;
        ggcn_finding *grown = realloc(findings->list, capacity * sizeof *grown);
        if (!grown)
            GGCN_FAIL(GGCN_ERROR_MEMORY, NULL, "no memory for %zu findings", capacity);
        findings->list = grown;
        findings->capacity = capacity;
    }
    ggcn_finding *added = &findings->list[findings->count];
    GGCN_TRY(ggcn_format(&added->message, "%s", message));
    const ggcn_status status = ggcn_format(&added->hint, "%s", hint ? hint : "");
    if (status == GGCN_SUCCESS)
        findings->count++;
    else
        free(added->message);
    return status;
}

static void add(ggcn_findings *findings, const char *message, const char *hint) {
    const ggcn_status status = append(findings, message, hint);
    if (findings->status == GGCN_SUCCESS)
        findings->status = status;
}

void ggcn_findings_add(ggcn_findings *findings, const char *hint, const char *format, ...) {
    char message[sizeof ggcn_last_error()->message];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    add(findings, message, hint);
}

void ggcn_findings_add_error(ggcn_findings *findings) {
    const ggcn_error error = *ggcn_last_error();
    add(findings, error.message, error.hint);
}

void ggcn_findings_clear(ggcn_findings *findings) {
    for (size_t i = 0; i < findings->count; i++) {
        free(findings->list[i].message);
        free(findings->list[i].hint);
    }
    free(findings->list);
    *findings = (ggcn_findings){0};
}
