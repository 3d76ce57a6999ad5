/* kernelspecs.h - annotations of kernel routines. */
#ifndef KERNELSPECS_H
#define KERNELSPECS_H

#include "driverspecs.h"

#endif
