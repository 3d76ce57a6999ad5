/*
 * nearest.c - finds the name that a misspelt one was meant to be.
 *
 * Edit distance in which swapping two neighbouring letters is one edit (Damerau, "A technique for computer detection and
 * correction of spelling errors", CACM 1964).
 */
#include <remlock/harness.h>

#include <string.h>

enum { NAME_LIMIT = 64 };

static uint32_t smaller(uint32_t one, uint32_t other)
{
    return one < other ? one : other;
}

static uint32_t distance(const char *one, size_t one_length, const char *other, size_t other_length)
{
    uint32_t rows[3][NAME_LIMIT + 1];
    for (size_t column = 0; column <= other_length; column++) {
        rows[0][column] = (uint32_t)column;
    }
    for (size_t row = 1; row <= one_length; row++) {
        uint32_t *current = rows[row % 3];
        const uint32_t *above = rows[(row + 2) % 3];
        const uint32_t *before = rows[(row + 1) % 3];
        current[0] = (uint32_t)row;
        for (size_t column = 1; column <= other_length; column++) {
            bool differs = one[row - 1] != other[column - 1];
            current[column] = smaller(smaller(above[column], current[column - 1]) + 1, above[column - 1] + differs);
            if (row > 1 && column > 1 && one[row - 1] == other[column - 2] && one[row - 2] == other[column - 1]) {
                current[column] = smaller(current[column], before[column - 2] + 1);
            }
        }
    }
    return rows[one_length % 3][other_length];
}

const char *nearest_name(const char *misspelt, const char *(*name_at)(const void *context, uint32_t index), const void *context)
{
    const char *nearest = NULL;
    size_t length = strnlen(misspelt, NAME_LIMIT + 1);
    if (length > NAME_LIMIT) {
        return NULL;
    }
    uint32_t best = (uint32_t)(length + 2) / 3 + 1;
    const char *name;
    for (uint32_t index = 0; (name = name_at(context, index)) != NULL; index++) {
        size_t name_length = strnlen(name, NAME_LIMIT + 1);
        if (name_length > NAME_LIMIT) {
            continue;
        }
        uint32_t edits = distance(misspelt, length, name, name_length);
        if (edits < best) {
            best = edits;
            nearest = name;
        }
    }
    return nearest;
}
