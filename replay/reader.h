/* reader.h - walks through a text line by line and word by word, and says precisely what it does not understand. */
#ifndef REPLAY_READER_H
#define REPLAY_READER_H

#include "text.h"

/* What has been read so far; it decides what may follow. */
enum section {
    SECTION_VERSION,  /* 'remlock 1' */
    SECTION_SUBJECT,  /* 'subject', maybe 'config' */
    SECTION_PROGRAM,  /* in the program */
    SECTION_SCHEDULE, /* in the schedule */
    SECTION_EXPECT,   /* everything */
};

struct reader {
    const char *name;       /* of the file, for messages */
    const char *rest, *end; /* what follows the current line */
    const char *line;       /* the current one */
    const char *cursor;     /* in it */
    const char *stop;       /* its end, without comment and trailing blanks */
    uint32_t number;        /* of the line, from 1 */
    enum section section;
    bool failed;
    bool is_set[CONFIGURATION_LIMIT];
    uint32_t deviation_capacity;
    const struct subject *subject; /* to take in place of the one that the text names, or NULL */
    struct replay *replay;
    struct replay_error *error;
};

/* A piece of the current line. */
struct word {
    const char *start;
    size_t length;
};

/* ---------------------------------------------------------------------------------------------------------- lines -- */

/* Goes to the next line that says something. False at the end of the text, or when the line is refused (reader->failed). */
bool next_line(struct reader *reader);

/* Whether nothing is left of the line but blanks, which it skips. */
bool line_is_done(struct reader *reader);

/* The same, as a demand. */
bool expect_line_end(struct reader *reader, const char *after);

/* ---------------------------------------------------------------------------------------------------------- words -- */

/* Letters, digits, '_' and '-', as names are made of; maybe empty. Skips blanks before it. */
struct word take_name(struct reader *reader);

/* Everything up to a blank or one of `stops`; maybe empty. Skips blanks before it. */
struct word take_word(struct reader *reader, const char *stops);

/* Whether `symbol` stands next, behind blanks; if so goes past it. */
bool take_symbol(struct reader *reader, const char *symbol);

bool word_is(struct word word, const char *text);

/* A number without sign, in decimal digits, at most `limit`. */
bool word_number(struct word word, uint32_t limit, uint32_t *number);

/* A number in base 16 behind "0x", of at most 32 bits. */
bool word_hex(struct word word, uint32_t *number);

/* The word as a C string, shortened to what fits. */
void word_copy(struct word word, char *text, size_t size);

/* ------------------------------------------------------------------------------------------------------- messages -- */

/* Refuses the text because of what stands at `place`: "NAME:LINE:COLUMN: ...". Always false. */
bool refuse(struct reader *reader, const char *place, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Refuses the rest of the line: "unexpected 'x', expected ...", or "the line ends here, expected ...". */
bool refuse_rest(struct reader *reader, const char *expected);

/* Refuses a word that is none of the names: "unknown WHAT 'x', expected one of a, b (did you mean 'a'?)". */
bool refuse_name(struct reader *reader, struct word word, const char *what,
                 const char *(*name_at)(const void *context, uint32_t index), const void *context);

/* A word between quotes for a message: shortened, and harmless on a terminal. */
struct quotation {
    char text[48];
};
struct quotation quote(struct word word);

/* Joins names to "a, b, c", with "..." when there are too many. */
void join_names(const char *(*name_at)(const void *context, uint32_t index), const void *context, char *text, size_t size);

/* ------------------------------------------------------------------------------------------------------- sections -- */

/* read_scenario.c: each reads the rest of a line behind its first word, or a whole one. */
bool read_subject(struct reader *reader);
bool read_configuration(struct reader *reader);
bool at_task(const struct reader *reader);
bool read_task(struct reader *reader);

/* read_schedule.c: likewise. */
bool at_deviation(const struct reader *reader);
bool read_deviation(struct reader *reader);
bool read_expectation(struct reader *reader);

#endif
