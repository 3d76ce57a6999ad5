/* source.h - the one line of the code under test that says most about a finding. */
#ifndef REPORTS_SOURCE_H
#define REPORTS_SOURCE_H

#include <remlock/reports.h>

/* Writes the line, and returns true, or false when there is no debug information or nothing of the code under test was on. */
bool source_of(const struct report_execution *execution, struct report_frame *source);

#endif
