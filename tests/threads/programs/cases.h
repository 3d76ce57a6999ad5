/*
 * cases.h - a program of several cases: its first argument says which. What is expected of each stands before it, in a comment
 * that check.sh reads: the word CASE, its number, and `clean` or the finding with its routine.
 */
#ifndef CASES_H
#define CASES_H

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Runs case_1() or the one that the first argument names. */
#define MAIN(...)                                                                                                              \
    int main(int argc, char **argv)                                                                                            \
    {                                                                                                                          \
        static void (*const cases[])(void) = {__VA_ARGS__};                                                                    \
        int number = argc > 1 ? atoi(argv[1]) : 1;                                                                             \
        assert(number >= 1 && (unsigned)number <= COUNT(cases));                                                               \
        cases[number - 1]();                                                                                                   \
        return 0;                                                                                                              \
    }

/* Two threads, and their end. */
static inline void run_two(void *(*one)(void *), void *(*other)(void *), void *argument)
{
    pthread_t first, second;
    assert(pthread_create(&first, NULL, one, argument) == 0);
    assert(pthread_create(&second, NULL, other, argument) == 0);
    pthread_join(first, NULL);
    pthread_join(second, NULL);
}

#endif
