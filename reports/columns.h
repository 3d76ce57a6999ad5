/* columns.h - rows of a timeline laid out for a terminal. */
#ifndef REPORTS_COLUMNS_H
#define REPORTS_COLUMNS_H

#include "timeline.h"

/* One column per task when the width allows it, otherwise one column for all. */
void columns_print(FILE *stream, const struct report_style *style, const struct timeline *timeline);

#endif
