/* poppack.h - ends what pshpack1.h and its relatives began. */
#pragma pack(pop)
