/* inputs.c - the C files of a driver: those named, or those of a folder, by its project file when it has one. */
#include "build.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>

static bool is_folder(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0 && S_ISDIR(status.st_mode);
}

static bool exists(const char *path)
{
    struct stat status;
    return stat(path, &status) == 0;
}

/* Project files separate folders by backslashes. */
static char *in_folder(const char *folder, const char *name)
{
    char *path = string_format("%s/%s", folder, name);
    for (char *at = path; *at != 0; at++) {
        *at = *at == '\\' ? '/' : *at;
    }
    return path;
}

static int add_source(struct driver_build *build, const char *path)
{
    static const char *const others[] = {".rc", ".mof", ".mc", ".inf", ".inx", ".h", ".def", ".man", ".ico", NULL};
    for (uint32_t index = 0; others[index] != NULL; index++) {
        if (string_ends_with(path, others[index])) {
            build_note(build, "%s is not compiled: a driver here needs no %s files", path, others[index]);
            return EXIT_CLEAN;
        }
    }
    if (string_ends_with(path, ".cpp") || string_ends_with(path, ".cxx") || string_ends_with(path, ".cc")) {
        complain("%s: C++ is not supported; remlock compiles drivers in C", path);
        return EXIT_FINDING;
    }
    if (!string_ends_with(path, ".c") && !string_ends_with(path, ".i")) {
        complain("%s: is no C file and no folder", path);
        return EXIT_USAGE;
    }
    if (!exists(path)) {
        complain("%s: %s", path, strerror(errno));
        return EXIT_USAGE;
    }
    words_add_once(&build->sources, path);
    return EXIT_CLEAN;
}

/* ----------------------------------------------------------------------------------------------------- project files -- */

/* Names with variables of the build system mean nothing here. */
static bool is_variable(const char *word)
{
    return strstr(word, "$(") != NULL || strstr(word, "%(") != NULL;
}

/* Project files also have flags among their definitions. */
static bool is_definition(const char *word)
{
    size_t length = string_word_length(word);
    return length > 0 && (word[length] == 0 || word[length] == '=');
}

/* "a;b;c": folders below `folder`, or, without one, definitions. */
static void add_list(struct words *words, const char *folder, const char *text, size_t length)
{
    char *list = string_copy(text, length), *rest;
    for (char *item = strtok_r(list, "; \t\r\n", &rest); item != NULL; item = strtok_r(NULL, "; \t\r\n", &rest)) {
        if (!is_variable(item) && (folder != NULL || is_definition(item))) {
            words_add_once(words, folder == NULL ? item : in_folder(folder, item));
        }
    }
}

/* <ClCompile Include="a.c" />, <AdditionalIncludeDirectories>..</..>, <PreprocessorDefinitions>..</..> */
static int read_project(struct driver_build *build, const char *folder, const char *text)
{
    static const char files[] = "<ClCompile Include=\"", folders[] = "<AdditionalIncludeDirectories>",
                      definitions[] = "<PreprocessorDefinitions>";
    int code = EXIT_CLEAN;
    for (; code == EXIT_CLEAN && (text = strchr(text, '<')) != NULL; text++) {
        if (strncmp(text, files, sizeof files - 1) == 0) {
            text += sizeof files - 1;
            code = add_source(build, in_folder(folder, string_copy(text, strcspn(text, "\""))));
        } else if (strncmp(text, folders, sizeof folders - 1) == 0) {
            text += sizeof folders - 1;
            add_list(&build->folders, folder, text, strcspn(text, "<"));
        } else if (strncmp(text, definitions, sizeof definitions - 1) == 0) {
            text += sizeof definitions - 1;
            add_list(&build->definitions, NULL, text, strcspn(text, "<"));
        }
    }
    return code;
}

/* The value of NAME=, to the end of a line that no backslash continues; NULL when there is none. */
static char *variable(const char *text, const char *name)
{
    size_t length = strlen(name);
    for (; text != NULL; text = strchr(text, '\n'), text += text != NULL) {
        const char *at = text + strspn(text, " \t");
        if (strncmp(at, name, length) != 0 || at[length + strspn(at + length, " \t")] != '=') {
            continue;
        }
        char *value = string_format("%s", strchr(at, '=') + 1);
        for (char *end = value; *end != 0; end++) {
            if (*end == '\\' && (end[1] == '\n' || (end[1] == '\r' && end[2] == '\n'))) {
                *end = ' ';
                end += end[1] == '\r' ? 2 : 1;
                *end = ' ';
            } else if (*end == '\n') {
                *end = 0;
                break;
            }
        }
        return value;
    }
    return NULL;
}

/* SOURCES=a.c b.c, INCLUDES=..\inc;..., C_DEFINES=-DNAME */
static int read_sources(struct driver_build *build, const char *folder, const char *text)
{
    char *sources = variable(text, "SOURCES"), *includes = variable(text, "INCLUDES"), *defines = variable(text, "C_DEFINES");
    struct words files = {0}, options = {0};
    int code = EXIT_CLEAN;
    words_split(&files, sources == NULL ? "" : sources);
    for (uint32_t index = 0; index < files.count && code == EXIT_CLEAN; index++) {
        code = add_source(build, in_folder(folder, files.items[index]));
    }
    if (includes != NULL) {
        add_list(&build->folders, folder, includes, strlen(includes));
    }
    words_split(&options, defines == NULL ? "" : defines);
    for (uint32_t index = 0; index < options.count; index++) {
        const char *option = options.items[index];
        if ((strncmp(option, "-D", 2) == 0 || strncmp(option, "/D", 2) == 0) && is_definition(option + 2)) {
            words_add_once(&build->definitions, option + 2);
        }
    }
    return code;
}

/* ----------------------------------------------------------------------------------------------------------- folders -- */

static int by_text(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

/* The names in a folder that end so, in the order of the alphabet. */
static struct words names_in(const char *folder, const char *end)
{
    struct words names = {0};
    DIR *directory = opendir(folder);
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        if (string_ends_with(entry->d_name, end)) {
            words_add(&names, entry->d_name);
        }
    }
    if (directory != NULL) {
        closedir(directory);
    }
    if (names.count > 0) {
        qsort(names.items, names.count, sizeof *names.items, by_text);
    }
    return names;
}

static int add_folder(struct driver_build *build, const char *folder)
{
    struct words projects = names_in(folder, ".vcxproj"), files = names_in(folder, ".c");
    char *sources = string_format("%s/sources", folder);
    size_t size;
    int code = EXIT_CLEAN;
    if (projects.count > 1) {
        complain("%s: has several .vcxproj files; name the C files", folder);
        return EXIT_USAGE;
    }
    if (projects.count == 1) {
        const char *text = string_read(string_format("%s/%s", folder, projects.items[0]), &size);
        build->project = projects.items[0];
        return read_project(build, folder, text == NULL ? "" : text);
    }
    if (exists(sources) && !is_folder(sources)) {
        const char *text = string_read(sources, &size);
        return read_sources(build, folder, text == NULL ? "" : text);
    }
    for (uint32_t index = 0; index < files.count && code == EXIT_CLEAN; index++) {
        code = add_source(build, string_format("%s/%s", folder, files.items[index]));
    }
    return code;
}

/* The driver is called as its project file, its folder or its first file, in the folder where we are. */
static const char *default_out(const struct driver_build *build)
{
    if (build->project != NULL) {
        return string_format("%.*s.so", (int)(strrchr(build->project, '.') - build->project), build->project);
    }
    char *resolved = realpath(build->inputs.items[0], NULL);
    const char *name = string_name_of(resolved == NULL ? build->inputs.items[0] : resolved);
    const char *dot = string_ends_with(name, ".c") || string_ends_with(name, ".i") ? strrchr(name, '.') : NULL;
    size_t length = dot == NULL ? strlen(name) : (size_t)(dot - name);
    char *out = string_format("%.*s.so", (int)length, name);
    free(resolved);
    return out;
}

int build_find_sources(struct driver_build *build)
{
    int code = EXIT_CLEAN;
    for (uint32_t index = 0; index < build->inputs.count && code == EXIT_CLEAN; index++) {
        const char *input = build->inputs.items[index];
        code = is_folder(input) ? add_folder(build, input) : add_source(build, input);
    }
    if (code == EXIT_CLEAN && build->sources.count == 0) {
        complain("%s: there are no C files", build->inputs.items[0]);
        return EXIT_USAGE;
    }
    if (build->out == NULL && code == EXIT_CLEAN) {
        build->out = default_out(build);
    }
    return code;
}
