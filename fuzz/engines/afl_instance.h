/* afl_instance.h - one instance of AFL++, alone or among several that share a folder. */
#ifndef FUZZ_AFL_INSTANCE_H
#define FUZZ_AFL_INSTANCE_H

#include "../folder.h"
#include "engines.h"

/* How instances differ. */
struct afl_setting {
    uint32_t schedules;    /* per input, unless the run says more */
    const char *power;     /* which inputs are preferred: afl-fuzz -p */
    bool only_our_mutator; /* otherwise afl-fuzz changes bytes as well */
};

struct afl_instance {
    bool shared, main;
    bool resumes; /* it has been there before */
    const struct afl_setting *setting;
    char name[64];
    char folder[ENGINE_PATH_SIZE + 16]; /* what afl-fuzz calls the output folder, with a folder for each instance */
    char feed[ENGINE_PATH_SIZE + 32];   /* where the shared corpus is handed over; empty: nowhere */
    struct folder_seen fed;
    uint32_t next; /* number in there */
};

/* `alone` is the folder of the run. False with a message when the instance is running, or folders cannot be made. */
bool afl_instance_open(struct afl_instance *instance, const struct fuzz_campaign *campaign, const char *alone, char *message,
                       size_t message_size);
void afl_instance_close(struct afl_instance *instance);

/* Forgets what the instance did before. */
void afl_instance_discard(struct afl_instance *instance);

/* Hands over what is new in the shared corpus. */
void afl_instance_feed(struct afl_instance *instance, const struct fuzz_campaign *campaign);

#endif
