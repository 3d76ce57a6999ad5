/* read.c - a text becomes a replay: which line may follow which. */
#include "reader.h"

#include <string.h>

#define BYTE_ORDER_MARK "\xef\xbb\xbf"
#define VERSION_WORD "remlock"

static const char *const expected_in[] = {
    [SECTION_VERSION] = "'subject NAME'",
    [SECTION_SUBJECT] = "'config' or 'program'",
    [SECTION_PROGRAM] = "a task ('NAME: OPERATION; ...'), 'schedule' or 'expect'",
    [SECTION_SCHEDULE] = "a deviation ('TASK@POINT -> TASK') or 'expect'",
    [SECTION_EXPECT] = "the end of the file",
};

/* ------------------------------------------------------------------------------------------------------- keywords -- */

static bool start_program(struct reader *reader)
{
    return expect_line_end(reader, "'program'");
}

static bool start_schedule(struct reader *reader)
{
    return expect_line_end(reader, "'schedule'");
}

/* The first word of a line: in which sections it may stand, which one it begins. */
static const struct keyword {
    const char *word;
    enum section earliest, latest, next;
    bool (*read)(struct reader *reader);
} keywords[] = {
    {"subject", SECTION_VERSION, SECTION_VERSION, SECTION_SUBJECT, read_subject},
    {"config", SECTION_SUBJECT, SECTION_SUBJECT, SECTION_SUBJECT, read_configuration},
    {"program", SECTION_SUBJECT, SECTION_SUBJECT, SECTION_PROGRAM, start_program},
    {"schedule", SECTION_PROGRAM, SECTION_PROGRAM, SECTION_SCHEDULE, start_schedule},
    {"expect", SECTION_PROGRAM, SECTION_SCHEDULE, SECTION_EXPECT, read_expectation},
};

enum { KEYWORD_COUNT = sizeof keywords / sizeof keywords[0] };

static const char *keyword_at(const void *context, uint32_t index)
{
    (void)context;
    return index < KEYWORD_COUNT ? keywords[index].word : NULL;
}

static bool refuse_keyword(struct reader *reader, struct word word)
{
    const char *expected = expected_in[reader->section];
    if (word.length == 0) {
        return refuse_rest(reader, expected);
    }
    char misspelt[80];
    word_copy(word, misspelt, sizeof misspelt);
    const char *nearest = nearest_name(misspelt, keyword_at, NULL);
    if (nearest == NULL || word_is(word, nearest)) {
        return refuse(reader, word.start, "unexpected %s, expected %s", quote(word).text, expected);
    }
    return refuse(reader, word.start, "unexpected %s, expected %s (did you mean '%s'?)", quote(word).text, expected, nearest);
}

static bool read_keyword(struct reader *reader)
{
    struct word word = take_name(reader);
    for (uint32_t index = 0; index < KEYWORD_COUNT; index++) {
        const struct keyword *keyword = &keywords[index];
        if (word_is(word, keyword->word) && reader->section >= keyword->earliest && reader->section <= keyword->latest) {
            reader->section = keyword->next;
            return keyword->read(reader);
        }
    }
    return refuse_keyword(reader, word);
}

static bool read_line(struct reader *reader)
{
    if (reader->section == SECTION_PROGRAM && at_task(reader)) {
        return read_task(reader);
    }
    if (reader->section == SECTION_SCHEDULE && at_deviation(reader)) {
        return read_deviation(reader);
    }
    return read_keyword(reader);
}

/* ----------------------------------------------------------------------------------------------------- whole texts -- */

static bool read_version(struct reader *reader)
{
    if (!next_line(reader) && reader->failed) {
        return false;
    }
    if (reader->number != 1 || !word_is(take_name(reader), VERSION_WORD)) {
        reader->number = 1;
        reader->line = reader->cursor;
        return refuse(reader, reader->line, "not a replay, expected '%s %d' in the first line", VERSION_WORD, REPLAY_VERSION);
    }
    struct word word = take_word(reader, "");
    uint32_t version;
    if (!word_number(word, UINT32_MAX, &version) || version == 0) {
        return refuse(reader, word.start, "no version number, expected '%s %d'", VERSION_WORD, REPLAY_VERSION);
    }
    if (version > REPLAY_VERSION) {
        return refuse(reader, word.start, "version %u of the format, expected version %d, the newest that this build reads",
                      version, REPLAY_VERSION);
    }
    return expect_line_end(reader, "the version");
}

static bool check_complete(struct reader *reader)
{
    if (reader->section < SECTION_PROGRAM) {
        return refuse(reader, reader->line, "the file ends here, expected %s", expected_in[reader->section]);
    }
    return true;
}

static bool read_text(struct reader *reader)
{
    if (reader->end - reader->rest > REPLAY_FILE_LIMIT) {
        reader->number = 1;
        return refuse(reader, reader->line, "the file is too large, expected at most %d bytes", REPLAY_FILE_LIMIT);
    }
    if (!read_version(reader)) {
        return false;
    }
    while (next_line(reader)) {
        if (!read_line(reader)) {
            return false;
        }
    }
    return !reader->failed && check_complete(reader);
}

static size_t byte_order_mark(const char *text, size_t size)
{
    size_t length = strlen(BYTE_ORDER_MARK);
    return size >= length && memcmp(text, BYTE_ORDER_MARK, length) == 0 ? length : 0;
}

bool replay_parse(struct replay *replay, const char *text, size_t size, const char *name, struct replay_error *error)
{
    return replay_parse_for(replay, NULL, text, size, name, error);
}

bool replay_parse_for(struct replay *replay, const struct subject *subject, const char *text, size_t size, const char *name,
                      struct replay_error *error)
{
    struct reader reader = {
        .name = name,
        .rest = text + byte_order_mark(text, size),
        .line = text,
        .end = text + size,
        .subject = subject,
        .replay = replay,
        .error = error,
    };
    replay_free(replay);
    if (!read_text(&reader)) {
        replay_free(replay);
        return false;
    }
    return true;
}

bool replay_recognise(const void *bytes, size_t size)
{
    const char *text = bytes;
    size_t mark = byte_order_mark(text, size);
    size_t length = strlen(VERSION_WORD);
    return size - mark > length && memcmp(text + mark, VERSION_WORD, length) == 0 &&
           (text[mark + length] == ' ' || text[mark + length] == '\t');
}
