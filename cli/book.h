/*
 * book.h - the distinct findings of one run: each is verified, saved, minimised, saved again and told once.
 */
#ifndef CLI_BOOK_H
#define CLI_BOOK_H

#include "command.h"
#include "progress.h"

#include <remlock/replay.h>

enum { BOOK_LIMIT = 256 };

struct book {
    const struct common_options *common;
    struct progress *progress;
    const char *folder;
    bool minimise;
    struct cJSON *json; /* an array: a document for each finding */
    bool trouble;       /* something could not be written */
    uint32_t count;
    struct {
        char identifier[REPLAY_IDENTIFIER_SIZE];
        char routine[REPLAY_ROUTINE_SIZE];
    } known[BOOK_LIMIT];
};

/* How a finding was come by, for the line below it. */
struct book_circumstances {
    uint64_t executions;
    double seconds;
    bool truncated;      /* the schedule is only the beginning of the one that was seen */
    const char *command; /* NULL: test */
    const char *engine;  /* of remlock fuzz, or NULL */
};

/*
 * Enters a finding: `replay` expects it, `verdict` is what was seen. Known ones are passed over. The schedule runs once more;
 * when something else comes of it, that is a finding of its own, "nondeterminism".
 */
void book_enter(struct book *book, const struct replay *replay, const struct verdict *verdict,
                const struct book_circumstances *circumstances);

#endif
