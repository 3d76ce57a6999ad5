/* campaign.c - `remlock campaign`: finds what is to be done with a campaign, and hands over to it. */
#include "command.h"

#include "campaign/start.h"
#include "campaign/views.h"

/* The first one is what happens without a word. */
const struct command campaign_actions[] = {
    {"run", "begins a campaign or goes on with one", campaign_command_run},
    {"status", "tells how a campaign stands", campaign_command_status},
    {"summary", "one page about a campaign", campaign_command_summary},
    {"merge", "makes one campaign of several", campaign_command_merge},
    {NULL, NULL, NULL},
};

int command_campaign(int argument_count, char **arguments)
{
    static char name[64];
    const struct command *action = argument_count > 1 ? command_named(campaign_actions, arguments[1]) : NULL;
    if (!action) {
        return campaign_actions[0].run(argument_count, arguments);
    }
    snprintf(name, sizeof(name), "remlock campaign %s", action->name);
    arguments[1] = name;
    complain_as(name);
    return action->run(argument_count - 1, arguments + 1);
}
