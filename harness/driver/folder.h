/* folder.h - where the built-in drivers are. */
#ifndef HARNESS_DRIVER_FOLDER_H
#define HARNESS_DRIVER_FOLDER_H

/*
 * The folder that holds reference/ and zoo/: REMLOCK_DRIVERS, or beside the program in a build tree, or where it was installed.
 * "" when there is none. Found once.
 */
const char *driver_folder(void);

#endif
