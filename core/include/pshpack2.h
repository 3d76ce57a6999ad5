/* pshpack2.h - structures from here to poppack.h are aligned to at most 2 bytes. */
#pragma pack(push, 2)
