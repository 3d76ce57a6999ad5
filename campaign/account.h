/*
 * account.h - what somebody who competes for time has had and brought: a subject among subjects, an arm among those of a
 * subject.
 *
 * Time is shared out as a fair queue does. Each account has a place in the queue; what it is given moves it back, by the
 * seconds divided by its weight; the first in the queue is served. So shares are as weights, and nobody waits for ever, because
 * no weight is zero.
 *
 * The weight is a product of hope and merit. Hope falls with the seconds since the account brought anything: what has been dry
 * for long is still looked at, ever more rarely. Merit is what it brought lately for each second, compared with the best of
 * its siblings.
 */
#ifndef CAMPAIGN_ACCOUNT_H
#define CAMPAIGN_ACCOUNT_H

#include <remlock/campaign.h>

struct account {
    double prior;
    double place;   /* in the queue */
    double seconds; /* had in all */
    double dry;     /* of them, since something came of it */
    double brought; /* news, and the seconds for it; both forgotten by and by */
    double window;
    double pending; /* seconds that are being spent now */
    uint32_t running;
    uint32_t payments;
    uint32_t failures; /* in a row */
};

/* What it lately brought for each second. */
double account_rate(const struct account *account);

/* `best` is the highest rate of it and its siblings. */
double account_weight(const struct account *account, double best);

/* Where it would stand after these seconds. */
double account_tag(const struct account *account, double seconds, double best);

/*
 * Enters what it had and brought; the place in the queue is moved by account_move(), when the siblings' rates are known.
 * `front` is the place of the first sibling: one that had nothing before goes on from there.
 */
void account_pay(struct account *account, double seconds, const struct campaign_payment *payment);
void account_move(struct account *account, double seconds, double best, double front);

/* 1, and less the more failures came in a row. */
double account_trust(uint32_t failures);

#endif
