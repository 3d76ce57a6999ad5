/*
 * footprints.h - what steps touched, each different set once, and which of them depend on each other.
 *
 * A program has few different footprints, and the search asks millions of times whether two of them can change places: both
 * are numbered, and the answers are kept.
 */
#ifndef DPOR_FOOTPRINTS_H
#define DPOR_FOOTPRINTS_H

#include "../../steps.h"

/* The number of the footprint with these accesses; 0 is the empty one. With `commute`, unused increments do. */
uint32_t footprint_of(const struct step_access *accesses, uint32_t count);

/* The same for accesses of which `increment` tells already that the result is unused. */
uint32_t footprint_known(const struct step_access *accesses, uint32_t count);

/* Whether two steps of different tasks with these footprints depend on each other. */
bool footprints_dependent(uint32_t one, uint32_t other);

/* Those that touch nothing in common have no bit in common; not the other way round. */
uint64_t footprint_mask(uint32_t footprint);

/* For files: what it is made of. */
const struct step_access *footprint_accesses(uint32_t footprint, uint32_t *count);

/* Forgets all of them. */
void footprints_reset(bool commute);

/* The data choices of a step, numbered likewise; 0: none. */
uint32_t choices_of(const struct step_choice *choices, uint32_t count);
const struct step_choice *choices_at(uint32_t number, uint32_t *count);

#endif
