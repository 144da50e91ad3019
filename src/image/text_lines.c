#include "image/text_lines.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>

ggcn_status ggcn_text_lines_open(const char *path, ggcn_text_lines *lines) {
    lines->path = path;
    lines->number = 0;
    lines->stream = fopen(path, "r");
    if (!lines->stream)
        GGCN_FAIL(GGCN_ERROR_IO, NULL, "cannot open %s: %s", path, strerror(errno));
    return GGCN_SUCCESS;
}

/* Reads a line, perhaps an empty one. @param[out] end there was none left */
static ggcn_status read_line(ggcn_text_lines *lines, bool *end) {
    size_t count = 0;
    int byte;
    lines->number++;
    while ((byte = getc(lines->stream)) != EOF && byte != '\n') {
        if (byte == '\0')
            GGCN_FAIL(GGCN_ERROR_FORMAT, NULL, "%s: line %" PRId64 ": a zero byte: this is no text file", lines->path,
                      lines->number);
        if (count == GGCN_LONGEST_LINE)
            GGCN_FAIL(GGCN_ERROR_FORMAT, NULL, "%s: line %" PRId64 " is longer than %d bytes", lines->path,
                      lines->number, GGCN_LONGEST_LINE);
        lines->text[count++] = (char)byte;
    }
    if (byte == EOF && ferror(lines->stream))
        GGCN_FAIL(GGCN_ERROR_IO, NULL, "cannot read %s: %s", lines->path, strerror(errno));
    *end = byte == EOF && count == 0;
    if (count > 0 && lines->text[count - 1] == '\r')
        count--;
    lines->text[count] = '\0';
    return GGCN_SUCCESS;
}

ggcn_status ggcn_text_lines_next(ggcn_text_lines *lines, char **line) {
    bool end;
    do
        GGCN_TRY(read_line(lines, &end));
    while (!end && lines->text[0] == '\0');
    *line = end ? NULL : lines->text;
    return GGCN_SUCCESS;
}

void ggcn_text_lines_close(ggcn_text_lines *lines) {
    if (lines->stream)
        (void)fclose(lines->stream); /* only read from */
    lines->stream = NULL;
}
