/* export.h - findings of a campaign as replay files in its folder. */
#ifndef CLI_CAMPAIGN_EXPORT_H
#define CLI_CAMPAIGN_EXPORT_H

#include <remlock/campaign.h>

/*
 * The path of a finding's replay file: FOLDER/findings/SUBJECT.IDENTIFIER.ROUTINE.replay, with part of the fingerprint when the
 * subject is a path, because several may have the same name.
 */
void export_path(const char *folder, const struct campaign_finding *finding, char *path, size_t size);

/* Writes it: the minimised replay, or the one as found. False with a message. */
bool export_finding(const char *folder, const struct campaign_finding *finding, char *message, size_t size);

#endif
