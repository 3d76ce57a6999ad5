/* engines.c - the table of engines. */
#include "engines.h"

#include <string.h>

static bool builtin_available(const struct subject *subject, char *message, size_t message_size)
{
    (void)subject, (void)message, (void)message_size;
    return true;
}

static const struct {
    const char *name;
    bool (*available)(const struct subject *subject, char *message, size_t message_size);
    bool (*run)(const struct fuzz_campaign *campaign, struct fuzz_progress *result, char *message, size_t message_size);
} engines[FUZZ_ENGINES] = {
    [FUZZ_ENGINE_BUILTIN] = {"builtin", builtin_available, fuzz_builtin},
    [FUZZ_ENGINE_LIBFUZZER] = {"libfuzzer", libfuzzer_available, libfuzzer_run},
    [FUZZ_ENGINE_AFL] = {"afl++", afl_available, afl_run},
};

const char *fuzz_engine_name(enum fuzz_engine engine)
{
    return engines[engine].name;
}

int fuzz_engine_find(const char *name)
{
    for (int engine = 0; engine < FUZZ_ENGINES; engine++) {
        if (strcmp(engines[engine].name, name) == 0) {
            return engine;
        }
    }
    return -1;
}

bool fuzz_engine_available(enum fuzz_engine engine, const struct subject *subject, char *message, size_t message_size)
{
    return engines[engine].available(subject, message, message_size);
}

bool fuzz_engine_run(enum fuzz_engine engine, const struct fuzz_campaign *campaign, struct fuzz_progress *result, char *message,
                     size_t message_size)
{
    memset(result, 0, sizeof *result);
    return engines[engine].run(campaign, result, message, message_size);
}
