/* print_difference.c - two files as cli/text_difference.c shows them: print_difference OLD NEW [colour] */
#include "text_difference.h"

#include <stdlib.h>

enum { FILE_LIMIT = 1 << 20 };

static const char *read_file(const char *path)
{
    char *text = calloc(FILE_LIMIT, 1);
    FILE *file = fopen(path, "r");
    if (!text || !file) {
        exit(2);
    }
    size_t size = fread(text, 1, FILE_LIMIT - 1, file);
    text[size] = 0;
    fclose(file);
    return text;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        return 2;
    }
    text_difference(stdout, argv[1], read_file(argv[1]), argv[2], read_file(argv[2]), argc > 3);
    return 0;
}
