/*
 * test_findings.c - every finding of the catalogue: a scenario in which it fires, and one nearby in which nothing does.
 *
 * Both are searched over all schedules with a few preemptions, so that "fires" means that some schedule shows it and "silent"
 * that none shows anything at all.
 */
#include "support.h"

enum { PREEMPTIONS = 2, EXECUTION_LIMIT = 200000 };

struct row {
    const char *identifier;
    const char *routine; /* in which it fires */
    const char *subject, *config, *program;
    const char *nearby_subject, *nearby_config, *nearby_program; /* silent; NULL: as above */
};

#define REQUEST_AND_REMOVAL "io: acquire A; release A\npnp: remove"
#define NESTED_AND_REMOVAL "io: acquire A; hold 2; release A\npnp: remove"

static const struct row rows[] = {
    {"use-after-free", "IoReleaseRemoveLockEx", "lock:m07", "", REQUEST_AND_REMOVAL, "lock", NULL, NULL},
    {"use-after-free", "IoReleaseRemoveLockEx", "lock:m15", "", REQUEST_AND_REMOVAL, NULL, NULL, "io: acquire A; release A"},
    {"out-of-bounds", "IoReleaseRemoveLockEx", "lock:m14", "", "io: acquire A; release A", NULL, "lock=checked", NULL},
    {"out-of-bounds", "IoAcquireRemoveLockEx", "lock", "", "io: acquire-sized A checked", NULL, "", "io: acquire-sized A odd"},
    {"double-free", "IoReleaseRemoveLockEx", "test:free-twice", "", "io: acquire A; release A", "test:free-once", NULL, NULL},
    {"acquire-after-remove", "IoAcquireRemoveLockEx", "lock:p10", "", REQUEST_AND_REMOVAL, "lock", NULL, NULL},
    {"acquire-after-remove", "IoAcquireRemoveLockEx", "lock:m09b", "", REQUEST_AND_REMOVAL, NULL, NULL,
     "pnp: acquire A; release A; remove"},
    {"early-return", "IoReleaseRemoveLockAndWaitEx", "lock:p02", "", NESTED_AND_REMOVAL, "lock", NULL, NULL},
    {"early-return", "IoReleaseRemoveLockAndWaitEx", "lock:m07", "", NESTED_AND_REMOVAL, NULL, NULL, "pnp: remove"},
    {"lost-wakeup", "IoReleaseRemoveLockAndWaitEx", "lock:m06", "", REQUEST_AND_REMOVAL, "lock", NULL, NULL},
    {"lost-wakeup", "IoReleaseRemoveLockAndWaitEx", "lock:m04", "", REQUEST_AND_REMOVAL, NULL, NULL, "pnp: remove"},
    {"deadlock", "IoReleaseRemoveLockAndWaitEx", "lock", "", "io: acquire A\npnp: remove", NULL, NULL, REQUEST_AND_REMOVAL},
    {"deadlock", "IoReleaseRemoveLockAndWaitEx", "lock", "", "pnp: acquire A; remove", NULL, NULL,
     "pnp: acquire A; release A; remove"},
    {"deadlock", "IoReleaseRemoveLockAndWaitEx", "lock", "", "io: acquire A\npnp: remove", NULL, NULL,
     "io: acquire A\npnp: surprise-remove; remove"},
    {"livelock", "IoReleaseRemoveLockAndWaitEx", "test:polls-for-ever", "steps=100", "pnp: remove", "test:polls", NULL, NULL},
    {"count-mismatch", "IoAcquireRemoveLockEx", "lock:m05", "", "pnp: remove; late-acquire A", "lock", NULL, NULL},
    {"count-mismatch", "IoReleaseRemoveLockEx", "lock:m12", "lock=checked", "io: fail-alloc 1; acquire A; release A", NULL,
     NULL, "io: acquire A; release A"},
    {"count-mismatch", "IoReleaseRemoveLockEx", "lock", "", "io: release-unheld A", NULL, NULL, "io: release A"},
    {"negative-count", "IoReleaseRemoveLockAndWaitEx", "lock", "", "pnp: release-and-wait-unheld A", NULL, NULL,
     "pnp: acquire A; release-and-wait A"},
    {"double-release", "IoReleaseRemoveLockEx", "lock", "lock=checked", "io: release-unheld A", NULL, NULL,
     "io: acquire A; release A"},
    {"double-release", "IoReleaseRemoveLockEx", "lock", "lock=verifier", "io: acquire A; release A; release-unheld A", NULL,
     NULL, "io: acquire A; release A; release A"},
    {"tag-mismatch", "IoReleaseRemoveLockEx", "lock", "lock=checked", "io: acquire A; release-unheld B; release A", NULL, NULL,
     "io: acquire A; acquire B; release B; release A"},
    {"tag-mismatch", "IoReleaseRemoveLockAndWaitEx", "lock", "lock=verifier", "pnp: acquire A; release-and-wait-unheld B", NULL,
     NULL, "pnp: acquire B; release-and-wait B"},
    {"watermark", "IoAcquireRemoveLockEx", "lock", "lock=checked watermark=1", "io: hold 2", NULL, "lock=checked watermark=2",
     NULL},
    {"watermark", "IoAcquireRemoveLockEx", "lock", "lock=checked watermark=2 watermark-reading=reached", "io: hold 2", NULL,
     "lock=checked watermark=2", NULL},
    {"held-too-long", "IoReleaseRemoveLockEx", "lock", "lock=checked minutes=2", "io: acquire A; advance 3; release A", NULL,
     NULL, "io: acquire A; advance 2; release A"},
    {"held-too-long", "IoReleaseRemoveLockEx", "lock", "lock=verifier minutes=2", "io: acquire A; advance 3; release A", NULL,
     "lock=free minutes=2", NULL},
    {"reinitialised", "IoInitializeRemoveLockEx", "lock", "lock=checked", "pnp: reinit", NULL, NULL, "pnp: remove; init"},
    {"reinitialised", "IoInitializeRemoveLockEx", "lock", "lock=verifier", "pnp: reinit", NULL, NULL, "pnp: remove; init"},
    {"irql", "IoAcquireRemoveLockEx", "lock", "", "dpc: raise high; acquire A", NULL, NULL,
     "dpc: raise dispatch; acquire A; release A"},
    {"irql", "IoReleaseRemoveLockAndWaitEx", "lock", "", "pnp: acquire A; raise dispatch; release-and-wait A", NULL, NULL,
     "pnp: acquire A; raise passive; release-and-wait A"},
    {"signal-after-free", "IoReleaseRemoveLockEx", "lock", "refused=drop",
     "io: acquire A; release A\nlate: acquire B; release B\npnp: remove", NULL, "refused=keep", NULL},
    {"signal-after-free", "IoReleaseRemoveLockEx", "lock:p02", "", REQUEST_AND_REMOVAL, "lock", NULL, NULL},
    {"leak", "-", "lock", "", "io: acquire A", NULL, NULL, "io: acquire A; release A"},
    {"leak", "-", "test:forgets-memory", "lock=checked", "pnp: remove; late-acquire A", NULL, NULL, "io: acquire A; release A"},
    {"not-linearisable", "IoAcquireRemoveLockEx", "lock:p11a", "", "io: acquire A", "lock", NULL, "io: acquire A; release A"},
    {"assertion", "IoInitializeRemoveLockEx", "lock:p08", "lock=checked", "io: hold 1", NULL, "lock=checked minutes=1", NULL},
    {"assertion", "IoAcquireRemoveLockEx", "lock:p03", "lock=checked", "io: acquire A; release A", NULL, "lock=free", NULL},
    {"false-diagnostic", "IoReleaseRemoveLockEx", "lock:p06b", "lock=checked", "io: acquire A; advance 1; release A", NULL,
     NULL, "io: acquire A; release A"},
    {"false-diagnostic", "IoReleaseRemoveLockEx", "lock:p07", "lock=checked", "io: fail-alloc 1; acquire A; release A", NULL,
     NULL, "io: acquire A; release A"},
    {"false-diagnostic", "IoReleaseRemoveLockEx", "test:names-wrong-place", "lock=checked minutes=2",
     "io: acquire A; advance 3; release A", NULL, NULL, "io: acquire A; advance 2; release A"},
    {"missed-diagnostic", "IoReleaseRemoveLockEx", "lock:p09a", "lock=checked minutes=2", "io: acquire A; advance 3; release A",
     NULL, NULL, "io: acquire A; advance 2; release A"},
    {"missed-diagnostic", "IoInitializeRemoveLockEx", "lock:m13", "lock=checked", "pnp: reinit", NULL, NULL,
     "pnp: remove; init"},
    {"missed-diagnostic", "IoReleaseRemoveLockAndWaitEx", "lock:p09b", "lock=checked",
     "pnp: acquire A; release-and-wait-unheld B", NULL, NULL, "pnp: acquire A; release-and-wait A"},
    {"bug-check", "IoAcquireRemoveLockEx", "test:stops-the-system", "", "pnp: remove; late-acquire A", NULL, NULL,
     "io: acquire A; release A"},
    {"canary", "CanarySing", "canary", "", "a: sing\nb: sing", NULL, "alive=no", NULL},
    {"canary", "CanarySing", "canary", "", "a: sing\nb: sing", NULL, NULL, "a: sing; sing"},
};

static bool fires(const struct row *row)
{
    struct scenario scenario = scenario_of(row->subject, row->config, row->program);
    struct verdict verdict;
    bool found = find_exhaustively(&scenario, row->identifier, PREEMPTIONS, EXECUTION_LIMIT, &verdict);
    bool fine = found && strcmp(verdict.routine, row->routine) == 0 && verdict.message[0] != '\0' && verdict.hash != 0;
    if (!fine) {
        print_error("%s\nexpected %s in %s, the last verdict is %s in %s: %s\n\n", program_text(&scenario), row->identifier,
                    row->routine, identifier_of(&verdict), verdict.finding == NULL ? "-" : verdict.routine,
                    verdict.finding == NULL ? "" : verdict.message);
    }
    return fine;
}

static bool silent(const struct row *row)
{
    const char *subject = row->nearby_subject == NULL ? row->subject : row->nearby_subject;
    const char *config = row->nearby_config == NULL ? row->config : row->nearby_config;
    const char *program = row->nearby_program == NULL ? row->program : row->nearby_program;
    struct scenario scenario = scenario_of(subject, config, program);
    struct verdict verdict;
    struct search search = run_all_schedules(&scenario, PREEMPTIONS, EXECUTION_LIMIT, &verdict);
    if (!search.complete || search.findings != 0) {
        print_error("%s\nbeside %s: expected silence, but %lu of %lu schedules show findings, the first one %s in %s: %s\n\n",
                    program_text(&scenario), row->identifier, (unsigned long)search.findings, (unsigned long)search.executions,
                    identifier_of(&verdict), verdict.finding == NULL ? "-" : verdict.routine,
                    verdict.finding == NULL ? "" : verdict.message);
    }
    return search.complete && search.findings == 0;
}

static void every_finding_fires_where_it_should(void **state)
{
    bool all = true;
    (void)state;
    for (size_t index = 0; index < COUNT_OF(rows); index++) {
        all = fires(&rows[index]) && all;
    }
    assert_true(all);
}

static void nothing_fires_nearby(void **state)
{
    bool all = true;
    (void)state;
    for (size_t index = 0; index < COUNT_OF(rows); index++) {
        all = silent(&rows[index]) && all;
    }
    assert_true(all);
}

/* Up to "nondeterminism", which harness_check_determinism() finds; what follows is about drivers. */
static void every_finding_of_the_lock_has_a_row(void **state)
{
    (void)state;
    for (const struct finding *finding = findings; strcmp(finding->identifier, "nondeterminism") != 0; finding++) {
        bool found = false;
        for (size_t index = 0; index < COUNT_OF(rows); index++) {
            found = found || strcmp(rows[index].identifier, finding->identifier) == 0;
        }
        if (!found) {
            fail_msg("%s is in the catalogue, but no row shows it", finding->identifier);
        }
    }
}

/* Identifiers of our own are small letters and hyphens, names of DDI compliance rules are what they are. */
static const char identifier_letters[] = "abcdefghijklmnopqrstuvwxyz-ABCDEFGHIJKLMNOPQRSTUVWXYZ2";

static void the_catalogue_is_complete_and_unambiguous(void **state)
{
    (void)state;
    for (const struct finding *finding = findings; finding->identifier != NULL; finding++) {
        assert_ptr_equal(finding_find(finding->identifier), finding);
        assert_true(finding->meaning[0] != '\0' && finding->windows[0] != '\0' && finding->remedy[0] != '\0');
        assert_int_equal(strspn(finding->identifier, identifier_letters), strlen(finding->identifier));
    }
    assert_null(finding_find("no-such-finding"));
    assert_null(finding_find(""));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_finding_fires_where_it_should),
        cmocka_unit_test(nothing_fires_nearby),
        cmocka_unit_test(every_finding_of_the_lock_has_a_row),
        cmocka_unit_test(the_catalogue_is_complete_and_unambiguous),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
