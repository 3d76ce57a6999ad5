/* parts.h - the files of the page, as embed.cmake has put them into the program; each ends with a 0 that does not count. */
#ifndef REPORTS_HTML_PARTS_H
#define REPORTS_HTML_PARTS_H

#include <stddef.h>

extern const char page_skeleton[], page_style[], page_script[];
extern const size_t page_skeleton_size, page_style_size, page_script_size;

/* In hexadecimal. */
extern const char page_skeleton_sha256[], page_style_sha256[], page_script_sha256[];

#endif
