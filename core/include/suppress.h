/* suppress.h - numbers of an analyser's warnings. */
#ifndef SUPPRESS_H
#define SUPPRESS_H

#endif
