/*
 * fuzz_parser.c - the fuzz target for the reader: any bytes are either refused or are a replay that can be written, read back
 * and executed.
 */
#include "check.h"

#include <stdlib.h>
#include <string.h>

bool fuzz_parser_accepted;

static void run(const struct replay *replay)
{
    struct replay_result result;
    replay_run(replay, HARNESS_PLAIN, &result);
    if (result.outcome == REPLAY_DIVERGED) {
        char text[REPLAY_MESSAGE_SIZE];
        replay_explain_divergence(replay, &result, text, sizeof text);
        if (text[0] == '\0') {
            abort();
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct replay replay = {0};
    struct replay_error error = {0};
    fuzz_parser_accepted = replay_parse(&replay, (const char *)data, size, "input", &error);
    if (!fuzz_parser_accepted) {
        if (strncmp(error.message, "input:", 6) != 0 || error.line == 0 || error.column == 0) {
            fprintf(stderr, "an error without a place: %s\n", error.message);
            abort();
        }
        return 0;
    }
    if (!round_trips(&replay)) {
        abort();
    }
    run(&replay);
    replay_free(&replay);
    return 0;
}
