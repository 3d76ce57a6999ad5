/* pshpack1.h - structures from here to poppack.h are aligned to at most 1 byte. */
#pragma pack(push, 1)
