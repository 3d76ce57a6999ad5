/* nothing.c - a shared object that is no driver */
int Nothing;
