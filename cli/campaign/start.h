/* start.h - `remlock campaign run`. */
#ifndef CLI_CAMPAIGN_START_H
#define CLI_CAMPAIGN_START_H

int campaign_command_run(int argument_count, char **arguments);

#endif
