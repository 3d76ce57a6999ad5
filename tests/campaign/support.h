/* support.h - campaigns for tests: a folder, rows with little typing, and the contents of a database as text. */
#ifndef TESTS_CAMPAIGN_SUPPORT_H
#define TESTS_CAMPAIGN_SUPPORT_H

#include <remlock/campaign.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

enum { FOLDER_SIZE = 256, MESSAGE_SIZE = 8192 };

/* A new empty folder; removed with all that is in it, one level deep. */
void folder_make(char folder[FOLDER_SIZE]);
void folder_remove(const char *folder);

/* A folder below another one, made. */
void folder_below(const char *above, const char *name, char folder[FOLDER_SIZE]);

/* As campaign_open(), and must succeed. */
struct campaign *open_campaign(const char *folder, enum campaign_mode mode);

/* Must fail, with a message that holds `words`. */
void refuse_campaign(const char *folder, enum campaign_mode mode, const char *words);

/* Rows that must be written; their numbers. */
int64_t begin_session(struct campaign *campaign, const char *host, double started);
int64_t enter_subject(struct campaign *campaign, const char *name, const char *build);
struct campaign_slice begin_slice(struct campaign *campaign, int64_t subject, const char *engine, double at);
void end_slice(struct campaign *campaign, struct campaign_slice *slice, uint64_t executions, uint32_t coverage);

/* A finding as a slice saw it. */
struct campaign_finding seen(const char *subject, const char *identifier, const char *routine, double at);
int64_t enter_finding(struct campaign *campaign, const struct campaign_finding *finding, int64_t slice, bool *is_new);

/* The finding of that number, as far as it has a fixed size. */
struct campaign_finding read_finding(struct campaign *campaign, int64_t id);
struct campaign_subject read_subject(struct campaign *campaign, const char *name);
struct campaign_slice read_slice(struct campaign *campaign, int64_t id);

/* All that campaign_each_*() tell, without row numbers, to be freed. */
char *contents(struct campaign *campaign);
char *contents_of(const char *folder);

#endif
