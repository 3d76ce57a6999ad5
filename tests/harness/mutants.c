/* mutants.c - subjects that are the lock with one of the mutants made for these tests. */
#include "mutants.h"

#include <string.h>

enum { MUTANT_LIMIT = 16 };

const struct subject *test_subject_find(const char *name)
{
    static struct subject subjects[MUTANT_LIMIT];
    for (uint32_t index = 0; test_mutants[index] != NULL && index < MUTANT_LIMIT; index++) {
        if (strcmp(test_mutants[index]->name, name) == 0) {
            subjects[index] = *subject_find("lock");
            subjects[index].name = test_mutants[index]->name;
            subjects[index].correct = false;
            subjects[index].context = test_mutants[index];
            return &subjects[index];
        }
    }
    return NULL;
}
