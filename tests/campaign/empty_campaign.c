/* empty_campaign.c - makes an empty campaign in a folder: empty_campaign FOLDER. */
#include <remlock/campaign.h>

#include <stdio.h>

int main(int argument_count, char **arguments)
{
    char message[4096];
    struct campaign *campaign =
        argument_count == 2 ? campaign_open(arguments[1], CAMPAIGN_CREATE, message, sizeof(message)) : NULL;
    if (!campaign) {
        fprintf(stderr, "%s\n", argument_count == 2 ? message : "usage: empty_campaign FOLDER");
        return 2;
    }
    campaign_close(campaign);
    return 0;
}
