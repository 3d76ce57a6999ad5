/* schema.h - the tables, their version, and how older ones become those of today. */
#ifndef CAMPAIGN_SCHEMA_H
#define CAMPAIGN_SCHEMA_H

#include "database.h"

/* "RMLK" in the header of the file: what tells a campaign's database from others. */
enum { SCHEMA_APPLICATION = 0x524d4c4b };

/* Step N makes the tables of version N out of those of version N - 1; step 1 makes them of nothing. Never changed, only added.
 */
extern const char *const schema_steps[];
extern const uint32_t schema_version;

/* Whether the file is a campaign's, and of which version. False with the reason in campaign_error(). */
bool schema_recognise(struct campaign *campaign, uint32_t newest, uint32_t *version);

/* Brings the tables up to that version, in one transaction. */
bool schema_migrate(struct campaign *campaign, const char *const *steps, uint32_t newest);

#endif
