/* identity.c - see identity.h. */
#include "identity.h"

#include "files.h"
#include "list.h"

#include <ctype.h>
#include <ftw.h>
#include <stdlib.h>
#include <string.h>

enum { DESCRIPTOR_LIMIT = 32 };

/* ----------------------------------------------------------------------------------------------------------- naming -- */

static bool misuses(const struct replay *replay)
{
    const struct program *program = &replay->scenario.program;
    for (uint32_t index = 0; index < program->operation_count; index++) {
        if (replay->scenario.subject->operations[program->operations[index].code].misuse) {
            return true;
        }
    }
    return false;
}

const char *regress_folder(const struct replay *replay)
{
    const struct subject *subject = replay->scenario.subject;
    if (subject_is_path(subject->name)) {
        return "";
    }
    if (strncmp(subject->name, "lock", 4) != 0) {
        return "driver";
    }
    return subject->correct && misuses(replay) ? "misuse" : "lock";
}

/* What a subject is called when its kind is known: without "driver:", without folders, without ".so". */
static void short_subject(const char *full, char *text, size_t size)
{
    const char *slash = strrchr(full, '/'), *colon = strchr(full, ':');
    const char *own = slash ? slash + 1 : colon ? colon + 1 : full;
    size_t length = strlen(own);
    if (length > 3 && strcmp(own + length - 3, ".so") == 0) {
        length -= 3;
    }
    snprintf(text, size, "%.*s", (int)length, own);
}

void regress_name(const struct replay *replay, char *name, size_t size)
{
    char subject[SUBJECT_NAME_LIMIT + 1];
    short_subject(replay->scenario.subject->name, subject, sizeof(subject));
    if (replay->expectation == REPLAY_EXPECTS_CLEAN) {
        snprintf(name, size, "%.100s-stays-clean", subject);
    } else {
        bool somewhere = replay->routine[0] && strcmp(replay->routine, "-") != 0;
        snprintf(name, size, "%.100s-%s%s%s", subject, replay->identifier, somewhere ? "-in-" : "",
                 somewhere ? replay->routine : "");
    }
    for (char *at = name; *at; at++) {
        *at = isalnum((unsigned char)*at) || strchr("._-", *at) ? *at : '-';
    }
}

/* ------------------------------------------------------------------------------------------------------- comparing -- */

static struct {
    const struct replay *wanted;
    char subject_line[SUBJECT_NAME_LIMIT + 16], expectation_line[REGRESS_VERDICT_SIZE + 16];
    char *text; /* of the wanted one, without comments */
    char *path;
    size_t size;
} search;

/* The next line that means something, without comment and spaces at its ends; false at the end of the text. */
static bool next_line(const char **text, char *line, size_t size)
{
    while (**text) {
        size_t length = strcspn(*text, "\n"), used = strcspn(*text, "#\n");
        const char *begin = *text;
        *text += length + ((*text)[length] == '\n');
        while (used > 0 && isspace((unsigned char)*begin)) {
            begin++;
            used--;
        }
        while (used > 0 && isspace((unsigned char)begin[used - 1])) {
            used--;
        }
        if (used > 0) {
            snprintf(line, size, "%.*s", (int)used, begin);
            return true;
        }
    }
    return false;
}

static bool shows_same(const char *text)
{
    char line[REPLAY_LINE_LIMIT + 1];
    bool subject = false, expectation = false;
    while (next_line(&text, line, sizeof(line))) {
        subject |= strcmp(line, search.subject_line) == 0;
        expectation |= strcmp(line, search.expectation_line) == 0;
    }
    return subject && expectation;
}

static bool means_same(const char *one, const char *other)
{
    char line[REPLAY_LINE_LIMIT + 1], other_line[REPLAY_LINE_LIMIT + 1];
    bool more, other_more;
    do {
        more = next_line(&one, line, sizeof(line));
        other_more = next_line(&other, other_line, sizeof(other_line));
    } while (more && other_more && strcmp(line, other_line) == 0);
    return !more && !other_more;
}

static int visit(const char *path, const struct stat *status, int type, struct FTW *position)
{
    (void)status, (void)position;
    size_t length = strlen(path), read;
    char message[REPLAY_MESSAGE_SIZE];
    if (type != FTW_F || length < 7 || strcmp(path + length - 7, ".replay") != 0) {
        return 0;
    }
    char *bytes = (char *)file_read(path, &read, message, sizeof(message));
    char *text = bytes ? strndup(bytes, read) : NULL;
    bool finding = search.wanted->expectation == REPLAY_EXPECTS_FINDING;
    bool same = text && (finding ? shows_same(text) : means_same(text, search.text));
    free(bytes);
    free(text);
    if (same) {
        snprintf(search.path, search.size, "%s", path);
    }
    return same;
}

bool regress_find_same(const char *corpus, const struct replay *replay, char *path, size_t size)
{
    char expected[REGRESS_VERDICT_SIZE];
    search.wanted = replay;
    search.path = path;
    search.size = size;
    search.text = replay_text(replay, NULL, NULL);
    regress_expected(replay, expected, sizeof(expected));
    snprintf(search.subject_line, sizeof(search.subject_line), "subject %s", replay->scenario.subject->name);
    snprintf(search.expectation_line, sizeof(search.expectation_line), "expect %s", expected);
    bool found = search.text && nftw(corpus, visit, DESCRIPTOR_LIMIT, 0) == 1;
    free(search.text);
    return found;
}
