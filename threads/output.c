/*
 * output.c - printf() and its relatives.
 *
 * A program prints the same thing in each of a million executions, so it is not heard unless that is asked for; a trace has it
 * as a remark. There is no input: every read finds its end. Files are left to the system, except the three that are always
 * open.
 */
#include "memory.h"
#include "routines.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* A program may set them to something else, as it may its other variables. */
FILE *program_stdin, *program_stdout, *program_stderr;

void output_reset(void)
{
    program_stdin = stdin;
    program_stdout = stdout;
    program_stderr = stderr;
}

static void say(const char *text, size_t length)
{
    if (threads_world.options.print) {
        fwrite(text, 1, length, stdout);
        fflush(stdout);
    }
    while (length > 0 && text[length - 1] == '\n') {
        length--;
    }
    if (scheduler_recording() && length > 0) {
        scheduler_note(NULL, "prints %.*s", (int)length, text);
    }
}

static int say_format(const char *format, va_list arguments)
{
    char text[1024];
    if (!threads_world.options.print && !scheduler_recording()) {
        return vsnprintf(NULL, 0, format, arguments);
    }
    int length = vsnprintf(text, sizeof text, format, arguments);
    say(text, length < (int)sizeof text ? (size_t)length : sizeof text - 1);
    return length;
}

static bool is_ours(const FILE *file)
{
    return file == stdout || file == stderr || file == stdin;
}

/* ------------------------------------------------------------------------------------------------------- to nowhere -- */

int program_printf(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = say_format(format, arguments);
    va_end(arguments);
    return length;
}

int program_vprintf(const char *format, va_list arguments)
{
    return say_format(format, arguments);
}

int program_vfprintf(FILE *file, const char *format, va_list arguments)
{
    return is_ours(file) ? say_format(format, arguments) : vfprintf(file, format, arguments);
}

int program_fprintf(FILE *file, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = program_vfprintf(file, format, arguments);
    va_end(arguments);
    return length;
}

int program_dprintf(int file, const char *format, ...)
{
    (void)file;
    va_list arguments;
    va_start(arguments, format);
    int length = say_format(format, arguments);
    va_end(arguments);
    return length;
}

int program_puts(const char *text)
{
    scheduler_plain_access_at(text, strlen(text) + 1, false, SITE);
    say(text, strlen(text));
    if (threads_world.options.print) {
        say("\n", 1);
    }
    return 1;
}

int program_fputs(const char *text, FILE *file)
{
    scheduler_plain_access_at(text, strlen(text) + 1, false, SITE);
    if (!is_ours(file)) {
        return fputs(text, file);
    }
    say(text, strlen(text));
    return 1;
}

int program_putchar(int letter)
{
    char text = (char)letter;
    say(&text, 1);
    return (unsigned char)letter;
}

int program_fputc(int letter, FILE *file)
{
    return is_ours(file) ? program_putchar(letter) : fputc(letter, file);
}

int program_putc(int letter, FILE *file)
{
    return program_fputc(letter, file);
}

size_t program_fwrite(const void *data, size_t size, size_t count, FILE *file)
{
    scheduler_plain_access_at(data, size * count, false, SITE);
    if (!is_ours(file)) {
        return fwrite(data, size, count, file);
    }
    say(data, size * count);
    return count;
}

void program_perror(const char *text)
{
    if (text != NULL) {
        say(text, strlen(text));
    }
}

long program_write(int file, const void *data, size_t size)
{
    (void)file;
    scheduler_plain_access_at(data, size, false, SITE);
    say(data, size);
    return (long)size;
}

int program_fflush(FILE *file)
{
    return file == NULL || is_ours(file) ? 0 : fflush(file);
}

int program_setvbuf(FILE *file, char *buffer, int mode, size_t size)
{
    (void)file, (void)buffer, (void)mode, (void)size;
    return 0;
}

void program_setbuf(FILE *file, char *buffer)
{
    (void)file, (void)buffer;
}

void program_flockfile(FILE *file)
{
    (void)file;
}

void program_funlockfile(FILE *file)
{
    (void)file;
}

/* --------------------------------------------------------------------------------------------------- from nowhere -- */

int program_getchar(void)
{
    return EOF;
}

int program_getc(FILE *file)
{
    return is_ours(file) ? EOF : fgetc(file);
}

int program_fgetc(FILE *file)
{
    return program_getc(file);
}

char *program_fgets(char *text, int size, FILE *file)
{
    scheduler_plain_access_at(text, (size_t)size, true, SITE);
    return is_ours(file) ? NULL : fgets(text, size, file);
}

int program_scanf(const char *format, ...)
{
    (void)format;
    return EOF;
}

int program___isoc99_scanf(const char *format, ...)
{
    (void)format;
    return EOF;
}

int program___isoc23_scanf(const char *format, ...)
{
    (void)format;
    return EOF;
}

/* ---------------------------------------------------------------------------------------------------------- to memory -- */

int program_vsnprintf(char *text, size_t size, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length >= 0 && size > 0) {
        size_t used = (size_t)length < size ? (size_t)length + 1 : size;
        scheduler_plain_access_at(text, used, true, SITE);
    }
    return vsnprintf(text, size, format, arguments);
}

int program_vasprintf(char **text, const char *format, va_list arguments)
{
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    *text = length < 0 ? NULL : memory_allocate((size_t)length + 1);
    return *text == NULL ? -1 : vsnprintf(*text, (size_t)length + 1, format, arguments);
}

int program_asprintf(char **text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = program_vasprintf(text, format, arguments);
    va_end(arguments);
    return length;
}

int program_snprintf(char *text, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = program_vsnprintf(text, size, format, arguments);
    va_end(arguments);
    return length;
}

int program_vsprintf(char *text, const char *format, va_list arguments)
{
    return program_vsnprintf(text, INT32_MAX, format, arguments);
}

int program_sprintf(char *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    int length = program_vsnprintf(text, INT32_MAX, format, arguments);
    va_end(arguments);
    return length;
}
