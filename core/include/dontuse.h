/* dontuse.h - asks for routines that check the sizes of buffers. Nothing is forbidden here. */
#ifndef _DONTUSE_H_INCLUDED_
#define _DONTUSE_H_INCLUDED_

#endif
