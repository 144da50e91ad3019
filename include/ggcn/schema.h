/**
 * @file
 * Checking files against the schema of their kind (hdf5_schemas), and those schemas as a page to read.
 *
 * Every reader of ggcn checks the structure of a file when it opens it. These functions tell all that is wrong with a
 * file, whichever kind it is.
 */
#ifndef GGCN_SCHEMA_H
#define GGCN_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>

#include "ggcn/status.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
    char *message; /**< begins with the path; names the object, what was expected and what was found */
    char *hint;    /**< how to mend it */
} ggcn_finding;

/** What there is to say of a file; the same on every rank. Release with ggcn_file_report_clear. */
typedef struct {
    ggcn_finding *findings; /**< [count]; none: the file is as its schema says */
    size_t count;
    char *summary; /**< kind, version and sizes in words; NULL if there are findings */
} ggcn_file_report;

/**
 * Checks a data set, checkpoint, file of chains, metrics file, file of samples or feature network. Collective.
 * @param full  false: structure only, which reads no numbers. true: reads all numbers as well, in pieces of at most
 *              16 MiB (or a chunk) that the ranks share: finite, in range, unique; checksums of chunks, stored digests
 * @param[out] report  a file that cannot be opened or is of no known kind is a finding as well
 * @return GGCN_ERROR_MEMORY, GGCN_ERROR_LIBRARY: the file could not be examined, and the report is empty
 */
ggcn_status ggcn_file_check(const char *path, bool full, ggcn_file_report *report);
void ggcn_file_report_clear(ggcn_file_report *report);

/** The page on all kinds of file, as Markdown. Not collective. @param[out] text for free() @return GGCN_ERROR_MEMORY */
ggcn_status ggcn_file_formats(char **text);

#ifdef __cplusplus
}
#endif
#endif
