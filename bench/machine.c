/* machine.c - what the numbers were measured on. */
#include "measure.h"

#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

static void read_processor(char *text, size_t size)
{
    snprintf(text, size, "unknown processor");
    FILE *file = fopen("/proc/cpuinfo", "r");
    if (file == NULL) {
        return;
    }
    char line[256];
    while (fgets(line, sizeof line, file) != NULL) {
        const char *name = strchr(line, ':');
        if (strncmp(line, "model name", 10) == 0 && name != NULL) {
            snprintf(text, size, "%s", name + 2);
            text[strcspn(text, "\n")] = '\0';
            break;
        }
    }
    fclose(file);
}

const char *describe_machine(void)
{
    static char text[768];
    char processor[200];
    struct utsname system;
    read_processor(processor, sizeof processor);
    uname(&system);
    snprintf(text, sizeof text, "%s, %ld processors, %s %s, %s %s", processor, sysconf(_SC_NPROCESSORS_ONLN), system.sysname,
             system.release, COMPILER, BUILD_TYPE);
    return text;
}
