/* account.c - what somebody who competes for time has had and brought. */
#include "account.h"

#include <math.h>

static const double dry_half = 3;          /* seconds without news after which the weight is a half */
static const double rate_part = 8;         /* so much more has the best than one that brings nothing, were it not dry */
static const double finding_news = 5;      /* as much as a coverage of 31 counters */
static const double least_window = 4;      /* seconds until half of what was brought is forgotten, for a young account */
static const double window_part = 0.5;     /* and for an old one, as a part of its age */
static const double most_window = 300;     /* but not longer */
static const double reference_rate = 0.05; /* below this nobody is good, even when the others are worse */
static const uint32_t most_failures = 12;

double account_rate(const struct account *account)
{
    /* The second that is added keeps a lucky first moment from counting as a high rate. */
    return account->brought / (account->window + 1);
}

double account_trust(uint32_t failures)
{
    return ldexp(1, -(int)(failures < most_failures ? failures : most_failures));
}

double account_weight(const struct account *account, double best)
{
    double hope = dry_half / (dry_half + account->dry);
    /* Who has not been tried may be as good as the best. */
    double merit = 1 + rate_part * (account->payments ? account_rate(account) / fmax(best, reference_rate) : 1);
    return account_trust(account->failures) * account->prior * hope * merit;
}

double account_tag(const struct account *account, double seconds, double best)
{
    /* Who has had nothing yet waits where the queue once began, so that its turn comes however low its weight. */
    return (account->payments ? account->place : 0) + (account->pending + seconds) / account_weight(account, best);
}

void account_pay(struct account *account, double seconds, const struct campaign_payment *payment)
{
    double news = log2(1 + (double)payment->new_coverage) + finding_news * payment->new_findings;
    double half = fmin(fmax(least_window, window_part * account->seconds), most_window);
    double kept = exp2(-seconds / half);
    account->brought = account->brought * kept + news;
    account->window = account->window * kept + seconds;
    account->seconds += seconds;
    if (news > 0) {
        account->dry = 0;
    } else if (!payment->failed) {
        account->dry += seconds;
    }
    account->failures = payment->failed ? account->failures + 1 : 0;
}

void account_move(struct account *account, double seconds, double best, double front)
{
    /* It is not to catch up with what the others have had before it came. */
    account->place = (account->payments ? account->place : front) + seconds / account_weight(account, best);
    account->payments++;
}
