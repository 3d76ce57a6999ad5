/* basetsd.h - integers by size. */
#ifndef _BASETSD_H_
#define _BASETSD_H_

#include "wdm/types.h"

#endif
