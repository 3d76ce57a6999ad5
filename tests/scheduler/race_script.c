/* race_script.c - see race_script.h. */
#include "race_script.h"

#include "support.h"

#include <stdlib.h>
#include <string.h>

/* ------------------------------------------------------------------------------------------------------------ parsing -- */

static const struct {
    char letter;
    uint8_t kind;
    bool ordered;
} letters[] = {
    {'r', DO_READ, false},
    {'w', DO_WRITE, false},
    {'v', DO_VOLATILE_READ, false},
    {'V', DO_VOLATILE_WRITE, false},
    {'l', DO_LOAD, true},
    {'s', DO_STORE, true},
    {'x', DO_ADD, true},
    {'c', DO_FAILING_EXCHANGE, true},
    {'f', DO_FENCE, true},
    {'R', DO_COPY_FROM, false},
    {'W', DO_CLEAR, false},
    {'k', DO_CALL, false},
    {'F', DO_FREE, false},
    {'n', DO_SPAWN, false},
};

static int order_of(char letter)
{
    switch (letter) {
    case '-':
        return __ATOMIC_RELAXED;
    case 'a':
        return __ATOMIC_ACQUIRE;
    case 'r':
        return __ATOMIC_RELEASE;
    case 'b':
        return __ATOMIC_ACQ_REL;
    case 's':
        return __ATOMIC_SEQ_CST;
    default:
        fail_msg("'%c' is no order", letter);
        return 0;
    }
}

static const char *parse_step(const char *text, struct script_step *step)
{
    uint32_t index = 0;
    step->task = (uint8_t)(*text - 'A');
    assert_true(step->task < SCRIPT_TASKS && text[1] == ':');
    while (index < COUNT_OF(letters) && letters[index].letter != text[2]) {
        index++;
    }
    if (index == COUNT_OF(letters)) {
        fail_msg("'%s' begins with nothing known", text);
        return "";
    }
    char *end;
    step->kind = letters[index].kind;
    step->where = (uint8_t)strtoul(text + 3, &end, 10);
    step->order = letters[index].ordered ? order_of(*end++) : 0;
    step->size = *end == '/' ? (uint8_t)strtoul(end + 1, &end, 10) : 4;
    return end + strspn(end, " ");
}

struct script script_parse(const char *text)
{
    struct script script = {.count = 0};
    while (*text != '\0') {
        assert_true(script.count < SCRIPT_LIMIT);
        text = parse_step(text, &script.steps[script.count++]);
    }
    return script;
}

/* ------------------------------------------------------------------------------------------------------------ running -- */

static const struct script *running;
static uint32_t next_step;
static char *block;
static char global_block[SCRIPT_BLOCK] __attribute__((aligned(16)));
static char objects[16];
static uint8_t task_of[SCRIPT_TASKS];   /* the scheduler's number; SCHEDULER_NO_TASK: not spawned yet */
static uint8_t letter_of[SCRIPT_TASKS]; /* the other way round */

static const struct scheduler_call pause_call = {"pause", 20, EFFECT_NONE};
static const struct scheduler_call object_call = {"object", 21, EFFECT_UPDATE};

static void run_letter(void *argument);

static void spawn_letter(uint32_t letter)
{
    static const char *const names[SCRIPT_TASKS] = {"A", "B", "C", "D", "E"};
    task_of[letter] = (uint8_t)scheduler_spawn(names[letter], run_letter, (void *)(uintptr_t)letter);
    letter_of[task_of[letter]] = (uint8_t)letter;
}

static void do_step(const struct script_step *step)
{
    switch (step->kind) {
    case DO_CALL:
        scheduler_call(&object_call, &objects[step->where]);
        return;
    case DO_FREE:
        scheduler_retire_at(block, (uintptr_t)&do_step);
        scheduler_free(block, "block");
        return;
    case DO_SPAWN:
        spawn_letter(step->where);
        return;
    default:
        do_access(step->kind, block + step->where, step->size, step->order);
    }
}

static bool has_more(uint32_t letter)
{
    for (uint32_t index = next_step; index < running->count; index++) {
        if (running->steps[index].task == letter) {
            return true;
        }
    }
    return false;
}

/* Nothing orders tasks but what the script says: between two steps there is a point, within one there is none. */
static void run_letter(void *argument)
{
    uint32_t letter = (uint32_t)(uintptr_t)argument;
    char own[SCRIPT_BLOCK] __attribute__((aligned(16)));
    if (block == NULL && letter == 0) {
        block = own;
    }
    while (has_more(letter)) {
        scheduler_call(&pause_call, NULL);
        if (running->steps[next_step].task != letter) {
            continue;
        }
        scheduler_disable_preemption();
        do_step(&running->steps[next_step]);
        next_step++;
        scheduler_enable_preemption();
    }
}

static void begin(struct strategy *strategy, uint32_t task_count)
{
    (void)strategy;
    (void)task_count;
}

static uint32_t choose(struct strategy *strategy, const struct choice *choice)
{
    (void)strategy;
    for (uint32_t index = 0; choice->kind == CHOICE_TASK && index < choice->alternatives; index++) {
        if (next_step < running->count && letter_of[choice->tasks[index]] == running->steps[next_step].task) {
            return index;
        }
    }
    return 0;
}

static bool end(struct strategy *strategy)
{
    (void)strategy;
    return false;
}

static bool is_spawned_by_script(const struct script *script, uint32_t letter)
{
    for (uint32_t index = 0; index < script->count; index++) {
        if (script->steps[index].kind == DO_SPAWN && script->steps[index].where == letter) {
            return true;
        }
    }
    return false;
}

int script_run(const struct script *script, enum scheduler_races policy, enum script_memory memory, bool record)
{
    static struct strategy strategy = {.name = "script", .begin = begin, .choose = choose, .end = end};
    scheduler_reset(&(struct scheduler_options){.races = (uint8_t)policy, .record = record});
    running = script;
    next_step = 0;
    block = memory == SCRIPT_ON_STACK    ? NULL
            : memory == SCRIPT_IN_GLOBAL ? global_block
                                         : scheduler_allocate(SCRIPT_BLOCK, "block");
    if (block != NULL) {
        memset(block, 0, SCRIPT_BLOCK);
    }
    for (uint32_t letter = 0; letter < SCRIPT_TASKS; letter++) {
        if (!is_spawned_by_script(script, letter)) {
            spawn_letter(letter);
        }
    }
    if (scheduler_run(&strategy) == SCHEDULER_FINISHED) {
        assert_int_equal(next_step, script->count);
        return -1;
    }
    assert_violation(VIOLATION_DATA_RACE);
    return (int)next_step;
}
