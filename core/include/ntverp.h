/* ntverp.h - the version of the kit. */
#ifndef NTVERP_H
#define NTVERP_H

#define VER_PRODUCTBUILD 19041
#define VER_PRODUCTVERSION 10, 0, 19041, 1

#endif
