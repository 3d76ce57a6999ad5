/* shadow.c - see shadow.h. Of all memory that is reserved here the system provides what is used. */
#include "shadow.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { ACCESS_LIMIT = 1 << 22, PAGE_LIMIT = 1 << 15, PAGE_SIZE = 4096, GRANULES_PER_PAGE = PAGE_SIZE / GRANULE_SIZE };

struct access *shadow_accesses;
uint32_t shadow_generation;
uint64_t shadow_of_arena[ARENA_SIZE / GRANULE_SIZE];

static uint32_t accesses_used;
static uint32_t given_back; /* the first in their list; 0: none */

/* Memory outside the arena: stacks, and what the program was loaded with. The same in every execution. */
static struct {
    uintptr_t page; /* 0: none */
    uint64_t *granules;
} pages[PAGE_LIMIT];
static uint64_t *page_memory;
static uint32_t pages_used;

static void *reserve(size_t size)
{
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (memory == MAP_FAILED) {
        perror("remlock: cannot get memory for the race detector");
        abort();
    }
    return memory;
}

void shadow_reset(void)
{
    if (shadow_accesses == NULL) {
        shadow_accesses = reserve(ACCESS_LIMIT * sizeof *shadow_accesses);
        page_memory = reserve((size_t)PAGE_LIMIT * GRANULES_PER_PAGE * sizeof *page_memory);
    }
    shadow_accesses[0].clock = 0; /* of nobody: the end of every list */
    accesses_used = 1;
    given_back = 0;
    if (++shadow_generation == 0) {
        memset(shadow_of_arena, 0, sizeof shadow_of_arena);
        memset(page_memory, 0, (size_t)pages_used * GRANULES_PER_PAGE * sizeof *page_memory);
        shadow_generation = 1;
    }
}

/* Where the page stands, or where it is to stand. */
static uintptr_t place_of(uintptr_t page)
{
    uintptr_t place = (page ^ page >> 15) % PAGE_LIMIT;
    while (pages[place].page != page && pages[place].page != 0) {
        place = (place + 1) % PAGE_LIMIT;
    }
    return place;
}

uint64_t *shadow_slow(uintptr_t address)
{
    uintptr_t page = address / PAGE_SIZE;
    uintptr_t place = place_of(page);
    if (pages[place].page == 0) {
        if (pages_used > PAGE_LIMIT / 2) {
            return NULL;
        }
        pages[place].page = page;
        pages[place].granules = page_memory + (size_t)pages_used++ * GRANULES_PER_PAGE;
    }
    return &pages[place].granules[address % PAGE_SIZE / GRANULE_SIZE];
}

uint32_t shadow_take(void)
{
    uint32_t number = given_back;
    if (number != 0) {
        given_back = shadow_accesses[number].next;
        return number;
    }
    return accesses_used == ACCESS_LIMIT ? 0 : accesses_used++;
}

void shadow_give_back(uint32_t number)
{
    shadow_accesses[number].next = given_back;
    given_back = number;
}
