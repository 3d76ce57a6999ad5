/*
 * keeper.h - runs a command of this program so that nothing of it is left, whatever happens to whom.
 *
 * Between this process and the command stands a keeper, a process of its own that adopts whatever the command and its children
 * leave behind. It ends the whole tree when the command has ended, when its time or memory is used up, when it is asked to, and
 * when this process is gone, however that came about.
 *
 *     struct keeper keeper;
 *     keeper_start(&keeper, &job, message, sizeof message);
 *     while (!keeper_poll(&keeper)) { poll() on keeper.output, keeper.errors and keeper.report }
 *     ...                                  keeper.result, keeper.text
 *     keeper_free(&keeper);
 */
#ifndef CLI_KEEPER_H
#define CLI_KEEPER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum { KEEPER_TEXT_LIMIT = 8 << 20, KEEPER_WORDS_SIZE = 2048 };

struct keeper_job {
    char *const *words;    /* the command, ended by NULL: "remlock", "test", ... */
    const char *temporary; /* the folder for its temporary files, or NULL */
    const char *lock;      /* a file that is kept locked, shared, for as long as a process of the command may live; or NULL */
    double seconds;        /* after so many it is asked to end (SIGTERM); 0: never */
    double grace;          /* after so many more everything is killed */
    uint64_t memory;       /* bytes that all its processes together may occupy; 0: any number */
};

enum keeper_ending {
    KEEPER_ENDED,         /* by itself: `status` as of waitpid() */
    KEEPER_OUT_OF_TIME,   /* killed: it did not end when it was asked to */
    KEEPER_OUT_OF_MEMORY, /* killed */
    KEEPER_LOST,          /* the keeper itself was killed, or could not start the command */
};

struct keeper_result {
    enum keeper_ending ending;
    int status;      /* also when it was asked to end, and did */
    uint64_t memory; /* the most that was seen */
    double seconds;
};

struct keeper {
    pid_t process;
    int lifeline;               /* what is written there asks the command to end; its end kills it */
    int output, errors, report; /* to be polled; -1 once at their end */
    char *text;                 /* what the command wrote to its output, at most KEEPER_TEXT_LIMIT bytes */
    size_t text_size, text_capacity;
    bool text_cut;
    char words[KEEPER_WORDS_SIZE]; /* the end of what it wrote to its error output */
    size_t words_size;
    struct keeper_result result;
    bool reported, ended;
};

/* False with a message when no process can be made. */
bool keeper_start(struct keeper *keeper, const struct keeper_job *job, char *message, size_t size);

/* Reads what there is, without waiting. True when all is over. */
bool keeper_poll(struct keeper *keeper);

/* Asks the command to end, and kills it when it has not within its grace. */
void keeper_stop(struct keeper *keeper);

/* Kills it if it runs; releases everything. */
void keeper_free(struct keeper *keeper);

#endif
