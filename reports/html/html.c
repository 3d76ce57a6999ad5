/* html.c - the report as a page: one file that needs no network, no other files and, for reading, no scripts. */
#include "../formats.h"
#include "page.h"
#include "parts.h"

#include <string.h>

/* "sha256-..." as content security policies want it, in base 64. */
static void write_hash(FILE *stream, const char *hexadecimal)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0, count = 0;
    fputs("'sha256-", stream);
    for (const char *at = hexadecimal; *at; at++) {
        bits = bits << 4 | (uint32_t)(*at <= '9' ? *at - '0' : *at - 'a' + 10);
        count += 4;
        if (count >= 6) {
            count -= 6;
            fputc(digits[bits >> count & 63], stream);
        }
    }
    fputc(digits[bits << (6 - count) & 63], stream); /* 256 bits leave four over */
    fputs("='", stream);
}

static void write_policy(FILE *stream)
{
    fputs("default-src 'none'; style-src ", stream);
    write_hash(stream, page_style_sha256);
    fputs("; script-src ", stream);
    write_hash(stream, page_script_sha256);
    fputs("; base-uri 'none'; form-action 'none'", stream);
}

static const char *title_of(const cJSON *document)
{
    const char *title = text_in(document, "title");
    return title[0] ? title : "Report";
}

static void write_content(FILE *stream, const cJSON *document)
{
    const cJSON *previous = NULL, *finding;
    write_overview(stream, document);
    cJSON_ArrayForEach(finding, item_in(document, "findings"))
    {
        write_finding(stream, document, finding, previous, finding->next);
        previous = finding;
    }
}

static void write_footer(FILE *stream, const cJSON *document)
{
    put(stream, "<p>Made by remlock %", text_in(document, "remlock"));
    if (text_in(document, "created")[0]) {
        put(stream, ", <time datetime=\"%\">%</time>", text_in(document, "created"), text_in(document, "created"));
    }
    fputs(".", stream);
    if (text_in(document, "invocation")[0]) {
        put(stream, " <code>%</code>", text_in(document, "invocation"));
    }
    fputs("</p>", stream);
}

/* What scripts need of the document: the sources, and each finding by itself, to be read when it is looked at. */
static void write_data(FILE *stream, const cJSON *document)
{
    const cJSON *sources = item_in(document, "sources"), *finding;
    fputs("<script type=\"application/json\" id=\"sources\">", stream);
    if (sources) {
        put_json(stream, sources);
    } else {
        fputs("{}", stream);
    }
    fputs("</script>\n", stream);
    cJSON_ArrayForEach(finding, item_in(document, "findings"))
    {
        char anchor[64];
        put(stream, "<script type=\"application/json\" class=\"data\" data-of=\"%\">", anchor_of(finding, anchor));
        put_json(stream, finding);
        fputs("</script>\n", stream);
    }
}

static void write_part(FILE *stream, const char *name, size_t length, const cJSON *document)
{
    static const struct {
        const char *name;
        void (*write)(FILE *stream, const cJSON *document);
    } parts[] = {{"content", write_content}, {"footer", write_footer}, {"data", write_data}};
    for (size_t index = 0; index < sizeof(parts) / sizeof(parts[0]); index++) {
        if (strlen(parts[index].name) == length && memcmp(parts[index].name, name, length) == 0) {
            parts[index].write(stream, document);
            return;
        }
    }
    if (strncmp(name, "title", length) == 0) {
        put_text(stream, title_of(document));
    } else if (strncmp(name, "policy", length) == 0) {
        write_policy(stream);
    } else if (strncmp(name, "style", length) == 0) {
        fwrite(page_style, 1, page_style_size, stream);
    } else if (strncmp(name, "script", length) == 0) {
        fwrite(page_script, 1, page_script_size, stream);
    }
}

bool report_html(FILE *stream, const cJSON *document)
{
    for (const char *at = page_skeleton; *at;) {
        const char *open = strstr(at, "{{"), *close = open ? strstr(open, "}}") : NULL;
        if (!close) {
            fputs(at, stream);
            break;
        }
        fwrite(at, 1, (size_t)(open - at), stream);
        write_part(stream, open + 2, (size_t)(close - open) - 2, document);
        at = close + 2;
    }
    return !ferror(stream);
}
