/* image.c - loads a driver or a program and puts its global variables back. */
#define _GNU_SOURCE 1
#include "image.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
    IMAGE_LIMIT = 256,      /* in one process */
    REGION_LIMIT = 4,       /* writable segments of one image */
    CODE_LIMIT = 4,         /* executable ones */
    COPY_LIMIT = 64 * 1024, /* bytes that are copied whole; what is larger is put back page by page */
};

struct range {
    uintptr_t start;
    size_t size;
};

/* Variables, and what they were after loading. */
struct region {
    struct range range;
    void *copy; /* NULL: the pages themselves are private copies of the snapshot, which the system makes anew on demand */
};

struct subject_image {
    char *path; /* without links */
    char *name;
    void *handle;
    const void *entry;
    bool is_program;
    struct subject_image_variables thread_variables;
    const char *about;
    const uint32_t *codes;
    uint32_t code_count;
    struct range whole;
    struct range code[CODE_LIMIT];
    uint32_t code_range_count;
    struct region regions[REGION_LIMIT];
    uint32_t region_count;
};

static struct subject_image *images[IMAGE_LIMIT];
static uint32_t image_count;

/* -------------------------------------------------------------------------------------------------------- segments -- */

static uintptr_t page_floor(uintptr_t address)
{
    return address & ~((uintptr_t)sysconf(_SC_PAGESIZE) - 1);
}

static uintptr_t page_ceiling(uintptr_t address)
{
    return page_floor(address + (uintptr_t)sysconf(_SC_PAGESIZE) - 1);
}

static void add_region(struct subject_image *image, uintptr_t start, uintptr_t end)
{
    if (start >= end) {
        return;
    }
    if (image->region_count < REGION_LIMIT) {
        image->regions[image->region_count].range = (struct range){start, end - start};
    }
    image->region_count++; /* too many are noticed by who asked for them */
}

/* What the loader made read-only after relocation lies within a writable segment: only what is around it can change. */
static void add_variables(struct subject_image *image, struct range segment, struct range read_only)
{
    uintptr_t end = segment.start + segment.size, read_only_end = read_only.start + read_only.size;
    if (read_only.size == 0 || read_only.start >= end || read_only_end <= segment.start) {
        add_region(image, segment.start, end);
        return;
    }
    add_region(image, segment.start, read_only.start);
    add_region(image, read_only_end, end);
}

struct search {
    struct subject_image *image;
    uintptr_t base;
};

static struct range range_of(const struct search *search, const ElfW(Phdr) * header)
{
    return (struct range){search->base + header->p_vaddr, header->p_memsz};
}

static struct range read_only_range(const struct search *search, const struct dl_phdr_info *info)
{
    for (unsigned index = 0; index < info->dlpi_phnum; index++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[index];
        if (header->p_type != PT_GNU_RELRO) {
            continue;
        }
        struct range range = range_of(search, header);
        uintptr_t start = page_floor(range.start), end = page_floor(range.start + range.size);
        return (struct range){start, end - start};
    }
    return (struct range){0, 0};
}

static void add_segment(struct subject_image *image, struct range range, unsigned flags, struct range read_only)
{
    uintptr_t end = range.start + range.size;
    if (image->whole.size == 0) {
        image->whole.start = range.start;
    }
    image->whole.size = end - image->whole.start; /* segments come in ascending order */
    if (flags & PF_X && image->code_range_count < CODE_LIMIT) {
        image->code[image->code_range_count++] = range;
    }
    if (flags & PF_W) {
        add_variables(image, range, read_only);
    }
}

static int visit_object(struct dl_phdr_info *info, size_t size, void *context)
{
    const struct search *search = context;
    (void)size;
    if (info->dlpi_addr != search->base) {
        return 0;
    }
    struct range read_only = read_only_range(search, info);
    for (unsigned index = 0; index < info->dlpi_phnum; index++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[index];
        if (header->p_type == PT_TLS) {
            const void *start = (const void *)range_of(search, header).start;
            search->image->thread_variables = (struct subject_image_variables){start, header->p_filesz, header->p_memsz};
        }
        if (header->p_type == PT_LOAD && header->p_memsz != 0) {
            add_segment(search->image, range_of(search, header), header->p_flags, read_only);
        }
    }
    return 1;
}

static bool find_segments(struct subject_image *image)
{
    struct link_map *map;
    if (dlinfo(image->handle, RTLD_DI_LINKMAP, &map) != 0) {
        return false;
    }
    struct search search = {image, map->l_addr};
    return dl_iterate_phdr(visit_object, &search) == 1 && image->region_count <= REGION_LIMIT;
}

/* -------------------------------------------------------------------------------------------------------- snapshot -- */

static bool write_whole(int file, const void *data, size_t size)
{
    const uint8_t *at = data;
    while (size > 0) {
        ssize_t written = write(file, at, size);
        if (written <= 0) {
            return false;
        }
        at += written;
        size -= (size_t)written;
    }
    return true;
}

/* The region becomes a private mapping of its own contents: a page that is dropped is the snapshot again. */
static bool map_snapshot(struct region *region)
{
    uintptr_t start = page_floor(region->range.start);
    size_t size = page_ceiling(region->range.start + region->range.size) - start;
    int file = memfd_create("driver", MFD_CLOEXEC);
    if (file < 0) {
        return false;
    }
    bool done = write_whole(file, (const void *)start, size) &&
                mmap((void *)start, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, file, 0) != MAP_FAILED;
    close(file);
    region->range = (struct range){start, size};
    return done;
}

static bool copy_snapshot(struct region *region)
{
    region->copy = malloc(region->range.size);
    if (region->copy == NULL) {
        return false;
    }
    memcpy(region->copy, (const void *)region->range.start, region->range.size);
    return true;
}

static bool take_snapshot(struct subject_image *image)
{
    for (uint32_t index = 0; index < image->region_count; index++) {
        struct region *region = &image->regions[index];
        bool taken = region->range.size > COPY_LIMIT ? map_snapshot(region) : copy_snapshot(region);
        if (!taken) {
            return false;
        }
    }
    return true;
}

void subject_image_restore(struct subject_image *image)
{
    for (uint32_t index = 0; index < image->region_count; index++) {
        const struct region *region = &image->regions[index];
        if (region->copy != NULL) {
            memcpy((void *)region->range.start, region->copy, region->range.size);
        } else {
            madvise((void *)region->range.start, region->range.size, MADV_DONTNEED);
        }
    }
}

/* --------------------------------------------------------------------------------------------------------- loading -- */

static char *name_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    const char *start = slash == NULL ? path : slash + 1;
    const char *dot = strrchr(start, '.');
    return dot == NULL || dot == start ? strdup(start) : strndup(start, (size_t)(dot - start));
}

/* "FILE: undefined symbol: IoFoo" */
static void explain_loading(const char *path, const char *reason, char *problem, size_t size)
{
    static const char undefined[] = "undefined symbol: ";
    const char *symbol = strstr(reason, undefined);
    if (symbol == NULL) {
        snprintf(problem, size, "%s: cannot be loaded: %s; 'remlock build' makes drivers and programs of C files", path,
                 reason);
        return;
    }
    symbol += sizeof undefined - 1;
    snprintf(problem, size, "%s: calls %.*s, which this remlock does not have; build it again with 'remlock build'", path,
             (int)strcspn(symbol, " ("), symbol);
}

static bool find_symbols(struct subject_image *image, char *problem, size_t size)
{
    image->entry = dlsym(image->handle, "DriverEntry");
    image->is_program = image->entry == NULL;
    if (image->is_program) {
        image->entry = dlsym(image->handle, "main");
    }
    if (image->entry == NULL) {
        snprintf(problem, size, "%s: has neither DriverEntry nor main; 'remlock build' makes subjects of C files", image->path);
        return false;
    }
    const char *version = dlsym(image->handle, "remlock_driver_version");
    if (version != NULL && strcmp(version, REMLOCK_VERSION) != 0) {
        snprintf(problem, size, "%s: was built by remlock %s, and this is %s; build it again with 'remlock build'", image->path,
                 version, REMLOCK_VERSION);
        return false;
    }
    const char *about = dlsym(image->handle, "remlock_driver_about");
    const uint32_t *count = dlsym(image->handle, "remlock_driver_code_count");
    image->about = about == NULL ? "" : about;
    image->codes = dlsym(image->handle, "remlock_driver_codes");
    image->code_count = image->codes == NULL || count == NULL ? 0 : *count;
    return true;
}

static bool load(struct subject_image *image, char *problem, size_t size)
{
    image->handle = dlopen(image->path, RTLD_NOW | RTLD_LOCAL);
    if (image->handle == NULL) {
        explain_loading(image->path, dlerror(), problem, size);
        return false;
    }
    if (!find_symbols(image, problem, size)) {
        return false;
    }
    if (!find_segments(image)) {
        image->region_count = 0;
        snprintf(problem, size, "%s: its segments are not those of a driver or program; 'remlock build' makes them of C files",
                 image->path);
        return false;
    }
    if (!take_snapshot(image)) {
        snprintf(problem, size, "%s: no memory for a copy of its variables", image->path);
        return false;
    }
    return true;
}

static void discard(struct subject_image *image)
{
    for (uint32_t index = 0; index < image->region_count; index++) {
        free(image->regions[index].copy);
    }
    if (image->handle != NULL) {
        dlclose(image->handle);
    }
    free(image->path);
    free(image->name);
    free(image);
}

static struct subject_image *find_open(const char *path)
{
    for (uint32_t index = 0; index < image_count; index++) {
        if (strcmp(images[index]->path, path) == 0) {
            return images[index];
        }
    }
    return NULL;
}

/* Takes the path over. */
static struct subject_image *create(char *path)
{
    struct subject_image *image = calloc(1, sizeof *image);
    char *name = name_of(path);
    if (image == NULL || name == NULL) {
        free(image);
        free(name);
        free(path);
        return NULL;
    }
    image->path = path;
    image->name = name;
    return image;
}

struct subject_image *subject_image_open(const char *path, char *problem, size_t size)
{
    char *resolved = realpath(path, NULL);
    if (resolved == NULL) {
        snprintf(problem, size, "%s: %s", path, strerror(errno));
        return NULL;
    }
    struct subject_image *image = find_open(resolved);
    if (image != NULL) {
        free(resolved);
        return image;
    }
    if (image_count == IMAGE_LIMIT) {
        snprintf(problem, size, "%s: too many drivers and programs are loaded, at most %d", path, IMAGE_LIMIT);
        free(resolved);
        return NULL;
    }
    image = create(resolved);
    if (image == NULL) {
        snprintf(problem, size, "%s: out of memory", path);
        return NULL;
    }
    if (!load(image, problem, size)) {
        discard(image);
        return NULL;
    }
    images[image_count++] = image;
    return image;
}

/* ------------------------------------------------------------------------------------------------------- accessors -- */

const char *subject_image_path(const struct subject_image *image)
{
    return image->path;
}

const char *subject_image_name(const struct subject_image *image)
{
    return image->name;
}

const void *subject_image_entry(const struct subject_image *image)
{
    return image->entry;
}

bool subject_image_is_program(const struct subject_image *image)
{
    return image->is_program;
}

struct subject_image_variables subject_image_thread_variables(const struct subject_image *image)
{
    return image->thread_variables;
}

const char *subject_image_about(const struct subject_image *image)
{
    return image->about;
}

uint32_t subject_image_codes(const struct subject_image *image, const uint32_t **codes)
{
    *codes = image->codes;
    return image->code_count;
}

const void *subject_image_base(const struct subject_image *image)
{
    return (const void *)image->whole.start;
}

size_t subject_image_size(const struct subject_image *image)
{
    return image->whole.size;
}

bool subject_image_has_code(const struct subject_image *image, uintptr_t address)
{
    for (uint32_t index = 0; index < image->code_range_count; index++) {
        if (address - image->code[index].start < image->code[index].size) {
            return true;
        }
    }
    return false;
}
