/* replays.c - see replays.h. */
#include "replays.h"

#include <cjson/cJSON.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

static void note_other(struct replays *replays, const struct keeper *keeper, const cJSON *verdict)
{
    const char *finding = cJSON_GetStringValue(cJSON_GetObjectItem(verdict, "finding"));
    const char *routine = cJSON_GetStringValue(cJSON_GetObjectItem(verdict, "routine"));
    if (keeper->result.ending != KEEPER_ENDED) {
        snprintf(replays->other, sizeof(replays->other), "a process that did not end");
    } else if (WIFSIGNALED(keeper->result.status)) {
        snprintf(replays->other, sizeof(replays->other), "a crash (%s)", strsignal(WTERMSIG(keeper->result.status)));
    } else if (!verdict) {
        snprintf(replays->other, sizeof(replays->other), "%.150s", keeper->words[0] ? keeper->words : "nothing");
    } else if (finding) {
        snprintf(replays->other, sizeof(replays->other), "%.64s in %.64s", finding, routine ? routine : "-");
    } else {
        snprintf(replays->other, sizeof(replays->other), "nothing wrong");
    }
}

/* The trace has to be the same as well, to the last value. */
void replays_count(struct replays *replays, struct campaign_finding *finding, const struct keeper *keeper)
{
    cJSON *json = cJSON_Parse(keeper->text ? keeper->text : "");
    const cJSON *verdict = cJSON_GetArrayItem(cJSON_GetObjectItem(json, "replays"), 0);
    const char *identifier = cJSON_GetStringValue(cJSON_GetObjectItem(verdict, "finding"));
    const char *routine = cJSON_GetStringValue(cJSON_GetObjectItem(verdict, "routine"));
    const char *hash = cJSON_GetStringValue(cJSON_GetObjectItem(verdict, "hash"));
    const char *sentence = cJSON_GetStringValue(cJSON_GetObjectItem(verdict, "sentence"));
    bool same =
        identifier && routine && hash && strcmp(identifier, finding->identifier) == 0 && strcmp(routine, finding->routine) == 0;
    if (same && replays->hash[0] && strcmp(replays->hash, hash) != 0) {
        snprintf(replays->other, sizeof(replays->other), "the same with another trace");
        same = false;
    } else if (same) {
        snprintf(replays->hash, sizeof(replays->hash), "%s", hash);
        snprintf(finding->message, sizeof(finding->message), "%s", sentence ? sentence : "");
    } else {
        note_other(replays, keeper, verdict);
    }
    replays->ended++;
    replays->same += same;
    cJSON_Delete(json);
}
