/* pshpack8.h - structures from here to poppack.h are aligned to at most 8 bytes. */
#pragma pack(push, 8)
