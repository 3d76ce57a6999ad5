/* twostage.c - see twostage.h. */
#include "twostage.h"

static void write_both(void *argument)
{
    struct twostage *data = argument;
    mutex_lock(&data->first_lock);
    data->first = 1;
    mutex_unlock(&data->first_lock);
    mutex_lock(&data->second_lock);
    data->second = data->first + 1;
    mutex_unlock(&data->second_lock);
}

static void read_both(void *argument)
{
    struct twostage *data = argument;
    mutex_lock(&data->first_lock);
    int first = data->first;
    mutex_unlock(&data->first_lock);
    if (first == 0) {
        return;
    }
    mutex_lock(&data->second_lock);
    int second = data->second;
    mutex_unlock(&data->second_lock);
    if (second != first + 1) {
        program_failed();
    }
}

void twostage_main(void *argument)
{
    struct twostage *data = argument;
    for (unsigned count = 0; count < data->writers; count++) {
        task_create("write", write_both, data);
    }
    task_create("read", read_both, data);
}
