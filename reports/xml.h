/* xml.h - text as XML 1.0 has it. */
#ifndef REPORTS_XML_H
#define REPORTS_XML_H

#include <stdio.h>

/*
 * Writes text between tags, or as the value of an attribute in double quotes, where ends of lines and tabs are kept as well.
 * Characters that no XML file can hold, control characters above all, become U+FFFD.
 */
void xml_text(FILE *stream, const char *text);
void xml_attribute(FILE *stream, const char *name, const char *value);

#endif
