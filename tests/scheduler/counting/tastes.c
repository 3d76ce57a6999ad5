/* tastes.c - the kinds of random programs that searches are judged on. */
#include "tastes.h"

#define BIT(operation) (UINT64_C(1) << MACHINE_##operation)
#define VARIABLES (BIT(READ) | BIT(WRITE) | BIT(ADD) | BIT(EXCHANGE) | BIT(COMPARE))
#define HALVES (BIT(READ_HALF) | BIT(WRITE_HALF))
#define MUTEXES (BIT(LOCK) | BIT(UNLOCK) | BIT(TRY))
#define EVENTS (BIT(SET) | BIT(CLEAR) | BIT(AWAIT) | BIT(TAKE))
#define SEMAPHORES (BIT(UP) | BIT(DOWN))
#define QUEUES (BIT(WAKE) | BIT(SLEEP) | BIT(OPEN) | BIT(PASS))
#define CALLS (BIT(PAUSE) | BIT(ENVIRONMENT))
#define BIRTHS (BIT(SPAWN) | BIT(JOIN))
#define CONTROL (BIT(CHOOSE) | BIT(SKIP))
#define ALL (VARIABLES | HALVES | MUTEXES | EVENTS | SEMAPHORES | QUEUES | CALLS | BIRTHS | CONTROL | BIT(COUNT))

const struct machine_taste machine_tastes[] = {
    {.name = "one variable", .tasks = 4, .length = 2, .variables = 1, .operations = VARIABLES},
    {.name = "variables", .tasks = 4, .length = 4, .variables = 3, .operations = VARIABLES},
    {.name = "reads and writes", .tasks = 4, .length = 4, .variables = 2, .operations = BIT(READ) | BIT(WRITE)},
    {.name = "halves", .tasks = 3, .length = 3, .variables = 2, .operations = VARIABLES | HALVES},
    {.name = "counters", .tasks = 4, .length = 4, .variables = 2, .operations = BIT(COUNT) | BIT(READ) | BIT(ADD) | BIT(WRITE)},
    {.name = "branches", .tasks = 3, .length = 5, .variables = 2, .operations = VARIABLES | BIT(SKIP)},
    {.name = "choices", .tasks = 3, .length = 4, .variables = 2, .operations = VARIABLES | CONTROL},
    {.name = "mutexes", .tasks = 4, .length = 5, .variables = 1, .operations = MUTEXES | BIT(ADD)},
    {.name = "events", .tasks = 4, .length = 4, .variables = 1, .operations = EVENTS | BIT(WRITE) | BIT(READ)},
    {.name = "semaphores", .tasks = 4, .length = 4, .variables = 1, .operations = SEMAPHORES | BIT(WRITE) | BIT(READ)},
    {.name = "queues", .tasks = 4, .length = 4, .variables = 1, .operations = QUEUES | BIT(WRITE) | BIT(READ)},
    {.name = "calls", .tasks = 4, .length = 4, .variables = 2, .operations = CALLS | BIT(WRITE) | BIT(READ)},
    {.name = "births", .tasks = 4, .length = 4, .variables = 2, .operations = BIRTHS | BIT(WRITE) | BIT(READ) | BIT(CHOOSE)},
    {.name = "sections", .tasks = 4, .length = 5, .variables = 2, .operations = VARIABLES | BIT(TRY) | BIT(SET), .together = 2},
    {.name = "deadlines", .tasks = 3, .length = 4, .variables = 1, .operations = EVENTS | MUTEXES | BIT(WRITE), .patience = 2},
    {.name = "deadlines and queues", .tasks = 3, .length = 4, .variables = 1, .operations = QUEUES | BIT(WRITE), .patience = 2},
    {.name = "locks and events",
     .tasks = 4,
     .length = 5,
     .variables = 2,
     .operations = MUTEXES | EVENTS | SEMAPHORES | BIT(ADD)},
    {.name = "failures", .tasks = 4, .length = 4, .variables = 2, .operations = VARIABLES | BIT(FAIL)},
    {.name = "failures and waits", .tasks = 4, .length = 5, .variables = 2, .operations = ALL | BIT(FAIL), .together = 6},
    {.name = "everything but deadlines", .tasks = 4, .length = 5, .variables = 2, .operations = ALL, .together = 6},
    {.name = "everything", .tasks = 4, .length = 5, .variables = 2, .operations = ALL, .patience = 4, .together = 6},
};

const size_t machine_taste_count = sizeof machine_tastes / sizeof machine_tastes[0];
