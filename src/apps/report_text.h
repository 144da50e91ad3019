/* Pieces of text as a page holds them. Errors of the stream are the caller's to look for, at the end. */
#ifndef GGCN_APPS_REPORT_TEXT_H
#define GGCN_APPS_REPORT_TEXT_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Text in HTML, in an element or between quotes: & < > " ' are escaped, what is no UTF-8 or a control character becomes
 * U+FFFD, except line feed and tab. */
void report_put_html(FILE *page, const char *text);
/* A JSON string with its quotes, which cannot end the script it stands in; the same characters become U+FFFD. */
void report_put_json(FILE *page, const char *text);
/* The shortest decimal that reads back as this number; null where it is not finite. */
void report_put_number(FILE *page, double value);
/* Bytes as base64, RFC 4648. */
void report_put_base64(FILE *page, const uint8_t *bytes, size_t size);

#endif
