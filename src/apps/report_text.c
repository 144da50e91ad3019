#include "report_text.h"

#include <math.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const char replacement[] = "\xEF\xBF\xBD";

/* Bytes of the character at `text`, RFC 3629; 0: not UTF-8. */
static size_t character_length(const unsigned char *text) {
    static const struct {
        unsigned char first, last, low, high; /* of the first byte, and of the second */
        size_t length;
    } rows[] = {{0x01, 0x7F, 0, 0, 1},       {0xC2, 0xDF, 0x80, 0xBF, 2}, {0xE0, 0xE0, 0xA0, 0xBF, 3},
                {0xE1, 0xEC, 0x80, 0xBF, 3}, {0xED, 0xED, 0x80, 0x9F, 3}, {0xEE, 0xEF, 0x80, 0xBF, 3},
                {0xF0, 0xF0, 0x90, 0xBF, 4}, {0xF1, 0xF3, 0x80, 0xBF, 4}, {0xF4, 0xF4, 0x80, 0x8F, 4}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (*text < rows[i].first || *text > rows[i].last)
            continue;
        for (size_t at = 1; at < rows[i].length; at++)
            if (text[at] < (at == 1 ? rows[i].low : 0x80) || text[at] > (at == 1 ? rows[i].high : 0xBF))
                return 0;
        return rows[i].length;
    }
    return 0;
}

static bool is_control(unsigned char byte) {
    return (byte < 0x20 && byte != '\n' && byte != '\t') || byte == 0x7F;
}

/* Writes text with `escape` in place of characters it knows. */
static void put(FILE *page, const char *text, const char *(*escape)(char byte)) {
    while (*text) {
        const size_t length = character_length((const unsigned char *)text);
        const char *escaped = length == 1 ? escape(*text) : NULL;
        if (escaped)
            fputs(escaped, page);
        else if (length == 0 || is_control((unsigned char)*text))
            fputs(replacement, page);
        else
            fwrite(text, 1, length, page);
        text += length ? length : 1;
    }
}

static const char *escape_html(char byte) {
    switch (byte) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return NULL;
    }
}

void report_put_html(FILE *page, const char *text) {
    put(page, text, escape_html);
}

static const char *escape_json(char byte) {
    switch (byte) {
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\n':
        return "\\n";
    case '\t':
        return "\\t";
    case '<':
        return "\\u003c";
    default:
        return NULL;
    }
}

void report_put_json(FILE *page, const char *text) {
    fputc('"', page);
    put(page, text, escape_json);
    fputc('"', page);
}

void report_put_number(FILE *page, double value) {
    char text[32] = "null";
    if (isfinite(value))
        for (int digits = 6; digits <= 17; digits++) {
            snprintf(text, sizeof text, "%.*g", digits, value);
            if (strtod(text, NULL) == value)
                break;
        }
    fputs(text, page);
}

void report_put_base64(FILE *page, const uint8_t *bytes, size_t size) {
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < size; i += 3) {
        const size_t n = size - i < 3 ? size - i : 3;
        const uint32_t three =
            (uint32_t)bytes[i] << 16 | (uint32_t)(n > 1 ? bytes[i + 1] : 0) << 8 | (n > 2 ? bytes[i + 2] : 0);
        const char four[4] = {digits[three >> 18], digits[three >> 12 & 63], n > 1 ? digits[three >> 6 & 63] : '=',
                              n > 2 ? digits[three & 63] : '='};
        fwrite(four, 1, sizeof four, page);
    }
}
