/* write.h - text into a page, whatever is in it, and values out of a document, whatever is missing. */
#ifndef REPORTS_HTML_WRITE_H
#define REPORTS_HTML_WRITE_H

#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdio.h>

/*
 * Writes `markup` with each '%' replaced by the next argument, a string that is escaped: it can neither end an element nor an
 * attribute in quotation marks, and what is no UTF-8, or a control character, is replaced.
 */
void put(FILE *stream, const char *markup, ...);

/* Escapes a text alone. */
void put_text(FILE *stream, const char *text);

/* JSON for an element of the page: nothing in it can end that. */
void put_json(FILE *stream, const cJSON *json);

/* "1,234,567" */
const char *number_text(double value, char text[32]);

/* "8 h 02 min", "12 s", "0.4 s" */
const char *time_text(double seconds, char text[32]);

/* The string under a key, "" when there is none; the number, 0 when there is none. */
const char *text_in(const cJSON *json, const char *key);
double number_in(const cJSON *json, const char *key);
int whole_in(const cJSON *json, const char *key); /* 0 when it is too large to count anything */
const cJSON *item_in(const cJSON *json, const char *key);
int items_in(const cJSON *json, const char *key);

/* "s" unless there is one. */
const char *plural(double count);

#endif
