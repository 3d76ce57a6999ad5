/* codes.c */
#include "build.h"
int build_find_codes(struct driver_build *build)
{
    build_read_about(build);
    return EXIT_CLEAN;
}
