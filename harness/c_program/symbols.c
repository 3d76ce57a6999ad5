/* symbols.c - see symbols.h. */
#include "symbols.h"

#include <elf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

struct symbol {
    uintptr_t start;
    size_t size;
    const char *name;
};

struct symbols {
    uintptr_t base;
    struct symbol *rows; /* by address */
    size_t count;
};

struct file {
    const uint8_t *data;
    size_t size;
};

static bool map_file(const char *path, struct file *file)
{
    struct stat about;
    int descriptor = open(path, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        return false;
    }
    bool done = fstat(descriptor, &about) == 0 && about.st_size > 0;
    void *data = done ? mmap(NULL, (size_t)about.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0) : MAP_FAILED;
    close(descriptor);
    *file = (struct file){data, done ? (size_t)about.st_size : 0};
    return data != MAP_FAILED;
}

/* `count` things of `size` bytes at an offset of the file, or NULL when it ends before. */
static const void *part(const struct file *file, uint64_t offset, uint64_t count, uint64_t size)
{
    return offset > file->size || count > (file->size - offset) / size ? NULL : file->data + offset;
}

static const Elf64_Shdr *find_table(const struct file *file, const Elf64_Shdr **strings)
{
    const Elf64_Ehdr *header = part(file, 0, 1, sizeof *header);
    if (header == NULL || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_ident[EI_CLASS] != ELFCLASS64) {
        return NULL;
    }
    const Elf64_Shdr *sections = part(file, header->e_shoff, header->e_shnum, sizeof *sections);
    for (unsigned index = 0; sections != NULL && index < header->e_shnum; index++) {
        if (sections[index].sh_type == SHT_SYMTAB && sections[index].sh_link < header->e_shnum) {
            *strings = &sections[sections[index].sh_link];
            return &sections[index];
        }
    }
    return NULL;
}

/* What `remlock build` has renamed has its own name again. */
static char *name_of(const char *strings, uint64_t size, uint32_t offset)
{
    static const char prefix[] = "program_";
    if (offset >= size) {
        return NULL;
    }
    const char *name = strings + offset;
    size_t length = strnlen(name, size - offset);
    if (length > sizeof prefix - 1 && strncmp(name, prefix, sizeof prefix - 1) == 0) {
        name += sizeof prefix - 1;
        length -= sizeof prefix - 1;
    }
    return strndup(name, length);
}

static void read_table(struct symbols *symbols, const struct file *file)
{
    const Elf64_Shdr *strings_section = NULL, *table = find_table(file, &strings_section);
    if (table == NULL) {
        return;
    }
    size_t count = table->sh_size / sizeof(Elf64_Sym);
    const Elf64_Sym *rows = part(file, table->sh_offset, count, sizeof *rows);
    const char *strings = part(file, strings_section->sh_offset, strings_section->sh_size, 1);
    symbols->rows = rows == NULL || strings == NULL ? NULL : calloc(count, sizeof *symbols->rows);
    for (size_t index = 0; symbols->rows != NULL && index < count; index++) {
        unsigned kind = ELF64_ST_TYPE(rows[index].st_info);
        if ((kind != STT_FUNC && kind != STT_OBJECT) || rows[index].st_shndx == SHN_UNDEF || rows[index].st_size == 0) {
            continue;
        }
        char *name = name_of(strings, strings_section->sh_size, rows[index].st_name);
        if (name != NULL) {
            symbols->rows[symbols->count++] = (struct symbol){rows[index].st_value, rows[index].st_size, name};
        }
    }
}

static int by_address(const void *one, const void *other)
{
    const struct symbol *left = one, *right = other;
    return left->start < right->start ? -1 : left->start > right->start;
}

struct symbols *symbols_read(const char *path, const void *base)
{
    struct symbols *symbols = calloc(1, sizeof *symbols);
    struct file file;
    if (symbols == NULL) {
        return NULL;
    }
    symbols->base = (uintptr_t)base;
    if (map_file(path, &file)) {
        read_table(symbols, &file);
        munmap((void *)file.data, file.size);
    }
    if (symbols->count > 0) {
        qsort(symbols->rows, symbols->count, sizeof symbols->rows[0], by_address);
    }
    return symbols;
}

const char *symbols_find(const struct symbols *symbols, const void *address, size_t *offset)
{
    uintptr_t at = (uintptr_t)address - symbols->base;
    size_t low = 0, high = symbols->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (symbols->rows[middle].start <= at) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0 || at - symbols->rows[low - 1].start >= symbols->rows[low - 1].size) {
        return NULL;
    }
    *offset = at - symbols->rows[low - 1].start;
    return symbols->rows[low - 1].name;
}
