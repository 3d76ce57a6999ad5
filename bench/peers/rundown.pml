/*
 * rundown.pml - the program of rundown.c for SPIN: a model of the protocol, written by hand, and not the code that runs. Each
 * access to a shared variable is one atomic step, with what follows from it locally.
 */
#ifndef ACQUIRERS
#define ACQUIRERS 3
#endif
#ifndef MUTANT
#define MUTANT 0
#endif
#define HASTY     1
#define SILENT    2
#define EAGER     3
#define TRUSTING  4
#define IMPATIENT 5

byte references = 1;
bit going_away, gone, last_dropped;

inline drop()
{
    atomic {
        references--;
        if
        :: MUTANT == SILENT || (references != 0 && MUTANT != EAGER) -> goto done
        :: else
        fi
    }
    last_dropped = 1
}

active [ACQUIRERS] proctype acquirer()
{
#if MUTANT == HASTY
    if
    :: going_away -> goto done
    :: else
    fi;
    references++;
#else
    references++;
    if
    :: going_away -> goto give_back
    :: else
    fi;
#endif
    assert(!gone);
give_back:
    drop();
done:
    skip
}

active proctype remover()
{
    going_away = 1;
    atomic {
        references--;
        if
        :: MUTANT == IMPATIENT || (references == 0 && MUTANT != TRUSTING) -> goto remove
        :: else
        fi
    }
    last_dropped;
remove:
    gone = 1
}
