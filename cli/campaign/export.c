/* export.c - see export.h. */
#include "export.h"

#include "files.h"
#include "subjects.h"

#include <stdio.h>
#include <string.h>

/* "mydriver" for "./build/mydriver.so". */
static void own_name(const char *subject, char *name, size_t size)
{
    const char *slash = strrchr(subject, '/');
    snprintf(name, size, "%s", slash ? slash + 1 : subject);
    size_t length = strlen(name);
    if (subject_is_path(subject) && length > 3 && strcmp(name + length - 3, ".so") == 0) {
        name[length - 3] = 0;
    }
}

void export_path(const char *folder, const struct campaign_finding *finding, char *path, size_t size)
{
    char subject[CAMPAIGN_NAME_SIZE], words[CAMPAIGN_NAME_SIZE * 2 + 64], name[sizeof(words)], fingerprint[17];
    bool is_path = subject_is_path(finding->subject);
    bool has_routine = strcmp(finding->routine, "-") != 0;
    campaign_fingerprint(finding->subject, finding->identifier, finding->routine, fingerprint);
    own_name(finding->subject, subject, sizeof(subject));
    snprintf(words, sizeof(words), "%s%s%.8s.%s%s%s", subject, is_path ? "-" : "", is_path ? fingerprint : "",
             finding->identifier, has_routine ? "." : "", has_routine ? finding->routine : "");
    subject_file_name(words, name, sizeof(name));
    snprintf(path, size, "%s/findings/%s.replay", folder, name);
}

bool export_finding(const char *folder, const struct campaign_finding *finding, char *message, size_t size)
{
    char path[PATH_MAX];
    struct replay_error error;
    const char *text = finding->minimised ? finding->minimised : finding->found;
    export_path(folder, finding, path, sizeof(path));
    if (replay_replace_file(path, text, strlen(text), &error)) {
        return true;
    }
    snprintf(message, size, "%s", error.message);
    return false;
}
