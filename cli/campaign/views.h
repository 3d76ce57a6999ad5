/* views.h - what is told of campaigns, and made of them, without running one. */
#ifndef CLI_CAMPAIGN_VIEWS_H
#define CLI_CAMPAIGN_VIEWS_H

#include "command.h"

#include <limits.h>
#include <stdio.h>

struct campaign;
struct cJSON;

/* The arguments of an action that is about one campaign: its folder, and what all commands take. */
struct campaign_folder_options {
    struct common_options common;
    const char *folder;
};

extern const struct argp_child campaign_folder_children[];

int campaign_command_status(int argument_count, char **arguments);
int campaign_command_summary(int argument_count, char **arguments);
int campaign_command_merge(int argument_count, char **arguments);

/* The page that a CI job can post: of a document of campaign_overview(), as plain text or as Markdown. */
void campaign_summary_print(FILE *stream, const struct cJSON *overview, bool markdown);

/* Writes it as FOLDER/summary.md, of a campaign that may be open for writing. False with a message. */
bool campaign_summary_save(struct campaign *campaign, const char *folder, char *message, size_t size);

#endif
