/* pshpack4.h - structures from here to poppack.h are aligned to at most 4 bytes. */
#pragma pack(push, 4)
