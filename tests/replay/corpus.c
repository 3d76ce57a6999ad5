/* corpus.c - the files of a folder, in the order of their names. */
#include "corpus.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static bool read_bytes(FILE *stream, struct corpus_file *file, size_t size)
{
    file->bytes = malloc(size + 1);
    file->size = size;
    return file->bytes != NULL && fread(file->bytes, 1, size, stream) == size;
}

static bool add_file(struct corpus *corpus, const char *path, size_t size)
{
    struct corpus_file *larger = realloc(corpus->files, (corpus->count + 1) * sizeof *larger);
    FILE *stream = fopen(path, "rb");
    if (larger == NULL || stream == NULL) {
        perror(path);
        exit(EXIT_FAILURE);
    }
    corpus->files = larger;
    struct corpus_file *file = &corpus->files[corpus->count++];
    *file = (struct corpus_file){.path = strdup(path)};
    const char *slash = strrchr(file->path, '/');
    file->name = slash == NULL ? file->path : slash + 1;
    bool complete = read_bytes(stream, file, size);
    fclose(stream);
    return complete;
}

static bool add_folder(struct corpus *corpus, const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, NULL, alphasort);
    bool fine = count >= 0;
    for (int index = 0; index < count; index++) {
        if (entries[index]->d_name[0] != '.') {
            char path[4096];
            snprintf(path, sizeof path, "%s/%s", folder, entries[index]->d_name);
            fine = corpus_add(corpus, path) && fine;
        }
        free(entries[index]);
    }
    free(count >= 0 ? entries : NULL);
    return fine;
}

bool corpus_add(struct corpus *corpus, const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0) {
        perror(path);
        return false;
    }
    return S_ISDIR(status.st_mode) ? add_folder(corpus, path) : add_file(corpus, path, (size_t)status.st_size);
}

void corpus_free(struct corpus *corpus)
{
    for (size_t index = 0; index < corpus->count; index++) {
        free(corpus->files[index].path);
        free(corpus->files[index].bytes);
    }
    free(corpus->files);
    *corpus = (struct corpus){0};
}

bool corpus_expects_acceptance(const struct corpus_file *file)
{
    return strncmp(file->name, "good-", 5) == 0;
}

bool corpus_expects_refusal(const struct corpus_file *file)
{
    return strncmp(file->name, "bad-", 4) == 0;
}
