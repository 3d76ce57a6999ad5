/* page.h - the parts of the page that are written from the document. Without scripts they are all there is to read. */
#ifndef REPORTS_HTML_PAGE_H
#define REPORTS_HTML_PAGE_H

#include "write.h"

/* What there is: the findings, and, when it has one, the campaign. */
void write_overview(FILE *stream, const cJSON *document);

/* How many findings of which rule each subject has. */
void write_matrix(FILE *stream, const cJSON *document);

/* The campaign: plots, subjects, engines, trouble. */
void write_campaign(FILE *stream, const cJSON *campaign);

/* Coverage, rate and findings over the time of a campaign. */
void write_plots(FILE *stream, const cJSON *campaign);

/* One finding, number `index` of the document. */
void write_finding(FILE *stream, const cJSON *document, const cJSON *finding, const cJSON *previous, const cJSON *next);

/* Its interleaving: a table with a column for each task. */
void write_interleaving(FILE *stream, const cJSON *finding);

/* The lines of a file around one of them, when the document has them. Returns whether it has. */
int write_source(FILE *stream, const cJSON *document, const char *path, int line);

/* Where on the page a finding is. */
const char *anchor_of(const cJSON *finding, char text[64]);

/* The identifier with its routine: "deadlock in IoReleaseRemoveLockAndWaitEx". */
const char *heading_of(const cJSON *finding, char text[256]);

#endif
