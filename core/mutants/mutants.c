/* mutants.c - the table of mutants, in the order of the catalogue. */
#include "mutants.h"

const struct remove_lock_mutant *const remove_lock_mutants[] = {
    &p02_signal_on_every_release,
    NULL,
};
