/**
 * @file
 * Text files read line by line: lists of names, annotations.
 */
#ifndef GGCN_IMAGE_TEXT_LINES_H
#define GGCN_IMAGE_TEXT_LINES_H

#include <stdint.h>
#include <stdio.h>

#include "ggcn/status.h"

#define GGCN_LONGEST_LINE 8191

typedef struct {
    const char *path; /**< for messages; the caller's */
    FILE *stream;
    int64_t number; /**< of the line last read, from 1 */
    char text[GGCN_LONGEST_LINE + 1];
} ggcn_text_lines;

/** @return GGCN_ERROR_IO (message holds the path and the system's reason) */
ggcn_status ggcn_text_lines_open(const char *path, ggcn_text_lines *lines);
/** The next line that is not empty, without its end (Unix or DOS). @param[out] line valid until the next call; NULL
 * after the last one @return GGCN_ERROR_IO, GGCN_ERROR_FORMAT (longer than GGCN_LONGEST_LINE, zero byte; names file and
 * line) */
ggcn_status ggcn_text_lines_next(ggcn_text_lines *lines, char **line);
void ggcn_text_lines_close(ggcn_text_lines *lines);

#endif
