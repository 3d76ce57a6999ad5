/* reorder.c - see reorder.h. */
#include "reorder.h"

static void set(void *argument)
{
    struct reorder *reorder = argument;
    reorder->a = 1;
    reorder->b = -1;
}

static void check(void *argument)
{
    struct reorder *reorder = argument;
    if (!((reorder->a == 0 && reorder->b == 0) || (reorder->a == 1 && reorder->b == -1))) {
        program_failed();
    }
}

void reorder_main(void *argument)
{
    struct reorder *reorder = argument;
    for (unsigned count = 0; count < reorder->setters; count++) {
        task_create("set", set, reorder);
    }
    task_create("check", check, reorder);
}
