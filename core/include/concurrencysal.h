/* concurrencysal.h - annotations of locks. */
#ifndef CONCURRENCYSAL_H
#define CONCURRENCYSAL_H

#include "sal.h"

#endif
