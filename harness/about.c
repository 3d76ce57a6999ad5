/* about.c - what the comment at the head of a subject's first file says, as a summary and a story. */
#include "about.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Paragraphs become lines of their own: where the source breaks its lines is no matter. Indented lines stay. */
static void take_paragraphs(const char *text, char *story, size_t size)
{
    size_t length = 0;
    for (; *text != '\0' && length + 1 < size; text++) {
        bool joins =
            *text == '\n' && text[1] != '\n' && text[1] != ' ' && text[1] != '\0' && length > 0 && story[length - 1] != '\n';
        story[length++] = joins ? ' ' : *text;
    }
    story[length] = '\0';
}

/* Of a paragraph that is too long only whole sentences. */
static void end_with_sentence(char *text, size_t size)
{
    if (strlen(text) + 1 < size) {
        return;
    }
    for (size_t end = size - 2; end > 0; end--) {
        if (text[end - 1] == '.' && text[end] == ' ') {
            text[end] = '\0';
            return;
        }
    }
    memcpy(text + size - 4, "...", 4);
}

void about_read(const char *about, char *summary, size_t summary_size, char *story, size_t story_size)
{
    const char *line = strchr(about, '\n');
    const char *dash = strstr(about, " - ");
    const char *start = dash != NULL && (line == NULL || dash < line) ? dash + 3 : about;
    const char *end = strstr(start, "\n\n");
    size_t length = end == NULL ? strlen(start) : (size_t)(end - start);
    char first[ABOUT_SUMMARY_SIZE];
    snprintf(first, sizeof first, "%.*s", (int)length, start);
    take_paragraphs(first, summary, summary_size);
    end_with_sentence(summary, summary_size);
    while (end != NULL && (*end == '\n' || *end == ' ')) {
        end++;
    }
    take_paragraphs(end == NULL ? "" : end, story, story_size);
}
