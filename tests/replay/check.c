/* check.c - what every replay must hold, whoever made it. */
#include "check.h"

#include <stdlib.h>
#include <string.h>

static bool reads_back(const struct replay *replay, const char *text, size_t size)
{
    struct replay again = {0};
    struct replay_error error;
    if (!replay_parse_for(&again, replay->scenario.subject, text, size, "written", &error)) {
        fprintf(stderr, "what was written is refused: %s\n%s", error.message, text);
        return false;
    }
    size_t second_size = 0;
    char *second = replay_text(&again, NULL, &second_size);
    bool equal = replay_equal(replay, &again);
    bool same_text = second != NULL && second_size == size && memcmp(second, text, size) == 0;
    if (!equal || !same_text) {
        fprintf(stderr, "%s:\n%s--\n%s", equal ? "the text is not canonical" : "what is read back differs", text,
                second == NULL ? "" : second);
    }
    free(second);
    replay_free(&again);
    return equal && same_text;
}

bool round_trips(const struct replay *replay)
{
    size_t size = 0;
    char *text = replay_text(replay, NULL, &size);
    bool fine = text != NULL && reads_back(replay, text, size);
    free(text);
    return fine;
}
