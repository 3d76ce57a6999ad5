/* test_book.c - every function that writes into the book, and what is read of it afterwards. */
#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static char folder[FOLDER_SIZE];
static struct campaign *campaign;

static int set_up(void **state)
{
    (void)state;
    folder_make(folder);
    campaign = open_campaign(folder, CAMPAIGN_CREATE);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    campaign_close(campaign);
    folder_remove(folder);
    return 0;
}

/* What was written is there for whoever opens the campaign next. */
static void reopen(void)
{
    char *before = contents(campaign);
    campaign_close(campaign);
    campaign = open_campaign(folder, CAMPAIGN_RESUME);
    char *after = contents(campaign);
    assert_string_equal(before, after);
    free(before);
    free(after);
}

static bool last_session(const struct campaign_session *session, void *context)
{
    *(struct campaign_session *)context = *session;
    return true;
}

static void test_sessions(void **state)
{
    (void)state;
    struct campaign_session session = {.id = begin_session(campaign, "here", 1000), .ended = 1010, .elapsed = 10};
    assert_true(campaign_session_beat(campaign, &session));
    assert_true(campaign_elapsed(campaign) == 10);
    reopen();
    session = (struct campaign_session){.id = begin_session(campaign, "here", 2000), .ended = 2005, .elapsed = 5};
    assert_true(campaign_session_beat(campaign, &session));
    assert_true(campaign_elapsed(campaign) == 15);
    reopen();
    assert_true(campaign_each_session(campaign, last_session, &session));
    assert_string_equal(session.host, "here");
    assert_string_equal(session.version, "0.1.0");
    assert_string_equal(session.build, "gcc 12");
    assert_string_equal(session.invocation, "remlock campaign --out here");
    assert_int_equal(session.jobs, 2);
    assert_true(session.limit == 100 && session.started == 2000 && session.ended == 2005 && session.elapsed == 5);
}

/* A clock that stands still, or was set back, is no reason to refuse. */
static void test_clock_stands_still(void **state)
{
    (void)state;
    int64_t first = begin_session(campaign, "here", 1000);
    int64_t second = begin_session(campaign, "here", 1000);
    int64_t third = begin_session(campaign, "here", 1000);
    int64_t fourth = begin_session(campaign, "here", 10);
    assert_true(first < second && second < third && third < fourth);
}

static void test_subjects(void **state)
{
    (void)state;
    begin_session(campaign, "here", 1000);
    int64_t lock = enter_subject(campaign, "lock", "aaaa");
    int64_t canary = enter_subject(campaign, "canary", "bbbb");
    assert_int_not_equal(lock, canary);
    reopen();
    begin_session(campaign, "here", 2000);
    assert_int_equal(enter_subject(campaign, "lock", "cccc"), lock);
    struct campaign_subject subject = read_subject(campaign, "lock");
    assert_string_equal(subject.build, "cccc");
    assert_string_equal(subject.summary, "what lock is");
    assert_false(subject.canary);
    assert_true(read_subject(campaign, "canary").canary);
    /* Back to the build before: that one counts again. */
    enter_subject(campaign, "lock", "aaaa");
    assert_string_equal(read_subject(campaign, "lock").build, "aaaa");
}

static void test_slices(void **state)
{
    (void)state;
    begin_session(campaign, "here", 1000);
    int64_t lock = enter_subject(campaign, "lock", "aaaa"), other = enter_subject(campaign, "other", "");
    struct campaign_slice one = begin_slice(campaign, lock, "search", 0), two = begin_slice(campaign, lock, "afl++", 1);
    end_slice(campaign, &one, 5000, 70);
    two.outcome = CAMPAIGN_FAILED;
    two.executions = 10;
    two.coverage = 40;
    snprintf(two.message, sizeof(two.message), "no such program");
    assert_true(campaign_slice_end(campaign, &two));
    reopen();
    struct campaign_slice read = read_slice(campaign, one.id);
    assert_int_equal(read.outcome, CAMPAIGN_DONE);
    assert_true(read.seed == UINT64_MAX - 1);
    assert_string_equal(read.engine, "search");
    assert_string_equal(read.configuration, "lock=checked");
    assert_true(read.started == 1000 && read.at == 0 && read.seconds == 2);
    assert_int_equal(read.inputs, 35);
    assert_string_equal(read_slice(campaign, two.id).message, "no such program");
    struct campaign_subject subject = read_subject(campaign, "lock");
    assert_int_equal(subject.executions, 5010);
    assert_int_equal(subject.slices, 2);
    assert_int_equal(subject.coverage, 70);
    assert_true(subject.seconds == 2);
    assert_int_equal(read_subject(campaign, "other").slices, 0);
    assert_true(other > 0);
}

static void test_abandoned_slices(void **state)
{
    (void)state;
    begin_session(campaign, "here", 1000);
    int64_t lock = enter_subject(campaign, "lock", "");
    struct campaign_slice done = begin_slice(campaign, lock, "search", 0), running = begin_slice(campaign, lock, "search", 1);
    end_slice(campaign, &done, 1, 1);
    reopen();
    assert_true(campaign_slices_abandon(campaign));
    assert_int_equal(read_slice(campaign, done.id).outcome, CAMPAIGN_DONE);
    assert_int_equal(read_slice(campaign, running.id).outcome, CAMPAIGN_KILLED);
    /* What this session has begun goes on. */
    begin_session(campaign, "here", 2000);
    running = begin_slice(campaign, lock, "search", 2);
    assert_true(campaign_slices_abandon(campaign));
    assert_int_equal(read_slice(campaign, running.id).outcome, CAMPAIGN_RUNNING);
}

static void test_findings(void **state)
{
    (void)state;
    bool is_new = false;
    begin_session(campaign, "here", 1000);
    int64_t lock = enter_subject(campaign, "lock", "");
    struct campaign_slice one = begin_slice(campaign, lock, "builtin", 0);
    end_slice(campaign, &one, 5000, 70);
    struct campaign_slice two = begin_slice(campaign, lock, "search", 3);
    struct campaign_finding deadlock = seen("lock", "deadlock", "Wait", 4), race = seen("lock", "data-race", "Wait", 5);
    deadlock.executions = 100;
    int64_t first = enter_finding(campaign, &deadlock, two.id, &is_new);
    assert_true(is_new);
    deadlock.last_seen = 1009;
    deadlock.at = 9;
    assert_int_equal(enter_finding(campaign, &deadlock, two.id, &is_new), first);
    assert_false(is_new);
    assert_int_not_equal(enter_finding(campaign, &race, 0, &is_new), first);
    assert_true(is_new);
    assert_int_equal(enter_finding(campaign, &deadlock, 0, &is_new), first);
    reopen();
    struct campaign_finding read = read_finding(campaign, first);
    assert_string_equal(read.subject, "lock");
    assert_string_equal(read.identifier, "deadlock");
    assert_string_equal(read.routine, "Wait");
    assert_string_equal(read.engine, "search");
    assert_string_equal(read.configuration, "lock=checked");
    assert_int_equal(read.state, CAMPAIGN_FOUND);
    assert_int_equal(read.sightings, 3);
    assert_int_equal(read.executions, 5100);
    assert_true(read.first_seen == 1004 && read.last_seen == 1009 && read.at == 4);
    assert_int_equal(read_subject(campaign, "lock").findings, 0);
}

static bool has_texts(const struct campaign_finding *finding, void *context)
{
    (void)context;
    assert_string_equal(finding->found, "remlock 1\nsubject lock\n");
    assert_string_equal(finding->minimised, "remlock 1\n");
    return true;
}

static void test_confirmation(void **state)
{
    (void)state;
    static char smaller[] = "remlock 1\n";
    begin_session(campaign, "here", 1000);
    enter_subject(campaign, "canary", "");
    struct campaign_finding finding = seen("canary", "deadlock", "-", 4);
    finding.id = enter_finding(campaign, &finding, 0, NULL);
    assert_true(read_finding(campaign, finding.id).canary);
    finding.state = CAMPAIGN_CONFIRMED;
    finding.attempts = 10;
    finding.reproduced = 10;
    finding.announced = true;
    finding.tasks = 2;
    finding.operations = 3;
    finding.preemptions = 4;
    finding.minimised = smaller;
    snprintf(finding.message, sizeof(finding.message), "task io waits for ever");
    assert_true(campaign_finding_update(campaign, &finding));
    reopen();
    struct campaign_finding read = read_finding(campaign, finding.id);
    assert_int_equal(read.state, CAMPAIGN_CONFIRMED);
    assert_int_equal(read.attempts, 10);
    assert_int_equal(read.reproduced, 10);
    assert_true(read.announced);
    assert_int_equal(read.tasks, 2);
    assert_int_equal(read.operations, 3);
    assert_int_equal(read.preemptions, 4);
    assert_string_equal(read.message, "task io waits for ever");
    assert_true(campaign_each_finding(campaign, has_texts, NULL));
    assert_int_equal(read_subject(campaign, "canary").findings, 1);
}

/* Nothing that was found is refused, not even of a subject that nobody has entered. */
static void test_finding_of_unknown_subject(void **state)
{
    (void)state;
    begin_session(campaign, "here", 1000);
    struct campaign_finding finding = seen("driver:never-heard-of", "deadlock", "-", 4);
    int64_t id = enter_finding(campaign, &finding, 77, NULL);
    assert_string_equal(read_finding(campaign, id).subject, "driver:never-heard-of");
    assert_string_equal(read_finding(campaign, id).engine, "");
    enter_subject(campaign, "driver:never-heard-of", "abcd");
    assert_string_equal(read_subject(campaign, "driver:never-heard-of").summary, "what driver:never-heard-of is");
}

static bool stop_at_first(const struct campaign_finding *finding, void *context)
{
    (void)finding;
    ++*(int *)context;
    return false;
}

static void test_reading_stops(void **state)
{
    (void)state;
    int rows = 0;
    begin_session(campaign, "here", 1000);
    struct campaign_finding one = seen("lock", "deadlock", "-", 1), two = seen("lock", "livelock", "-", 2);
    enter_finding(campaign, &one, 0, NULL);
    enter_finding(campaign, &two, 0, NULL);
    assert_true(campaign_each_finding(campaign, stop_at_first, &rows));
    assert_int_equal(rows, 1);
}

/* Who looks at findings may change them on the way. */
static bool confirm(const struct campaign_finding *finding, void *context)
{
    struct campaign_finding changed = *finding;
    (void)context;
    changed.state = CAMPAIGN_CONFIRMED;
    assert_true(campaign_finding_update(campaign, &changed));
    return true;
}

static void test_change_while_reading(void **state)
{
    (void)state;
    begin_session(campaign, "here", 1000);
    struct campaign_finding one = seen("lock", "deadlock", "-", 1), two = seen("lock", "livelock", "-", 2);
    enter_finding(campaign, &one, 0, NULL);
    enter_finding(campaign, &two, 0, NULL);
    assert_true(campaign_each_finding(campaign, confirm, NULL));
    assert_int_equal(read_subject(campaign, "lock").findings, 2);
}

static void complains(const char *words)
{
    if (!strstr(campaign_error(campaign), words)) {
        fail_msg("'%s' should hold '%s'", campaign_error(campaign), words);
    }
}

static void test_mistakes(void **state)
{
    (void)state;
    int64_t id;
    bool is_new;
    struct campaign_slice slice = {.subject = 1};
    struct campaign_finding finding = seen("lock", "deadlock", "-", 1);
    assert_false(campaign_slice_begin(campaign, &slice));
    complains("without a session");
    assert_false(campaign_finding_enter(campaign, &finding, 0, &id, &is_new));
    complains("without a session");
    begin_session(campaign, "here", 1000);
    slice.subject = 99;
    assert_false(campaign_slice_begin(campaign, &slice));
    complains("FOREIGN KEY");
    slice.id = finding.id = 99;
    assert_false(campaign_slice_end(campaign, &slice));
    complains("there is no slice 99");
    assert_false(campaign_finding_update(campaign, &finding));
    complains("there is no finding 99");
    assert_false(campaign_session_beat(campaign, &(struct campaign_session){.id = 99}));
    complains("there is no session 99");
}

static void test_fingerprints(void **state)
{
    (void)state;
    char one[17], other[17];
    campaign_fingerprint("lock", "deadlock", "-", one);
    assert_int_equal(strlen(one), 16);
    /* Fixed for ever: other systems keep them. */
    assert_string_equal(one, "f7edd83d4fc06261");
    campaign_fingerprint("loc", "kdeadlock", "-", other);
    assert_string_not_equal(one, other);
    campaign_fingerprint("lock", "deadlock", "", other);
    assert_string_not_equal(one, other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_sessions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_clock_stands_still, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_subjects, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_slices, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_abandoned_slices, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_findings, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_confirmation, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_finding_of_unknown_subject, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reading_stops, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_change_while_reading, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_mistakes, set_up, tear_down),
        cmocka_unit_test(test_fingerprints),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
