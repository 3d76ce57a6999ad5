/* page.c - a report document from the standard input as a page on the standard output. */
#include <remlock/reports.h>

#include <cjson/cJSON.h>
#include <stdlib.h>

static char *read_all(FILE *stream)
{
    size_t size = 0, room = 1 << 16;
    char *text = malloc(room + 1);
    while (text != NULL) {
        size += fread(text + size, 1, room - size, stream);
        if (size < room) {
            text[size] = '\0';
            return text;
        }
        room *= 2;
        char *more = realloc(text, room + 1);
        if (more == NULL) {
            free(text);
        }
        text = more;
    }
    return NULL;
}

int main(void)
{
    char *text = read_all(stdin);
    cJSON *document = text == NULL ? NULL : cJSON_Parse(text);
    bool done = document != NULL && report_format_named("html")->write(stdout, document);
    if (!done) {
        fprintf(stderr, "page: the standard input holds no document\n");
    }
    cJSON_Delete(document);
    free(text);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
