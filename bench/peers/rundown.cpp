// rundown.cpp - the program of rundown.c for Relacy.
//
//   rundown random EXECUTIONS | bound K | full
//
// Prints the number of executions and "found", or "clean". Relacy counts what it did up to the first mistake.
#include <relacy/relacy.hpp>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ostream>

#ifndef ACQUIRERS
#define ACQUIRERS 3
#endif
#ifndef MUTANT
#define MUTANT 0
#endif

enum { CORRECT, HASTY, SILENT, EAGER, TRUSTING, IMPATIENT };

struct rundown : rl::test_suite<rundown, ACQUIRERS + 1> {
    rl::atomic<int> references, going_away, gone;
    HANDLE last_dropped;

    void before()
    {
        references($) = 1;
        going_away($) = 0;
        gone($) = 0;
        last_dropped = CreateEvent(0, 1, 0, 0);
    }

    void after()
    {
        CloseHandle(last_dropped);
    }

    void drop()
    {
        int before = references($).fetch_sub(1);
        if (MUTANT != SILENT && (before == 1 || MUTANT == EAGER)) {
            SetEvent(last_dropped);
        }
    }

    void touch()
    {
        RL_ASSERT(gone($).load() == 0);
    }

    void acquire()
    {
        if (MUTANT == HASTY) {
            if (going_away($).load() == 0) {
                references($).fetch_add(1);
                touch();
                drop();
            }
            return;
        }
        references($).fetch_add(1);
        if (going_away($).load() == 0) {
            touch();
        }
        drop();
    }

    void take_away()
    {
        going_away($).store(1);
        int others = references($).fetch_sub(1) - 1;
        if (MUTANT != IMPATIENT && (others > 0 || MUTANT == TRUSTING)) {
            WaitForSingleObject(last_dropped, INFINITE);
        }
        gone($).store(1);
    }

    void thread(unsigned number)
    {
        number < ACQUIRERS ? acquire() : take_away();
    }
};

int main(int count, char **arguments)
{
    const char *search = count > 1 ? arguments[1] : "";
    unsigned number = count > 2 ? static_cast<unsigned>(std::strtoul(arguments[2], nullptr, 10)) : 0;
    std::ostream report(nullptr);
    rl::test_params parameters;
    parameters.output_stream = &report;
    parameters.progress_stream = &report;
    if (std::strcmp(search, "random") == 0) {
        parameters.search_type = rl::sched_random;
        parameters.iteration_count = number;
    } else if (std::strcmp(search, "bound") == 0) {
        parameters.search_type = rl::sched_bound;
        parameters.context_bound = number;
    } else if (std::strcmp(search, "full") == 0) {
        parameters.search_type = rl::sched_full;
    } else {
        std::fprintf(stderr, "usage: rundown random EXECUTIONS | bound K | full\n");
        return 2;
    }
    bool clean = rl::simulate<rundown>(parameters);
    std::printf("%llu executions: %s\n", static_cast<unsigned long long>(parameters.stop_iteration),
                clean ? "clean" : rl::test_result_str(parameters.test_result));
    return clean ? 0 : 1;
}
