/* test_merge.c - merging: the same contents in every order, nothing twice, nothing lost. */
#include "support.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char top[FOLDER_SIZE];
static uint32_t folders;

static int set_up(void **state)
{
    (void)state;
    folder_make(top);
    folders = 0;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(top);
    return 0;
}

struct place {
    char folder[FOLDER_SIZE];
};

static struct place new_place(void)
{
    struct place place;
    char name[16];
    snprintf(name, sizeof(name), "%u", folders++);
    folder_below(top, name, place.folder);
    return place;
}

/* ------------------------------------------------------------------------------------------------ random campaigns -- */

struct dice {
    uint64_t state;
};

static uint32_t throw(struct dice * dice, uint32_t sides)
{
    dice->state = dice->state * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(dice->state >> 33) % sides;
}

/* Few different values, so that different campaigns say the same of the same. */
static void random_slice(struct campaign *campaign, struct dice *dice, const char *subject, double now)
{
    static const char *const builds[] = {"aaaa", "bbbb"}, *const engines[] = {"search", "afl++"};
    int64_t id = enter_subject(campaign, subject, builds[throw(dice, 2)]);
    struct campaign_slice slice = begin_slice(campaign, id, engines[throw(dice, 2)], now);
    if (throw(dice, 5) == 0) {
        return; /* still running when the campaign is looked at */
    }
    end_slice(campaign, &slice, throw(dice, 1000), throw(dice, 50));
}

static void random_finding(struct campaign *campaign, struct dice *dice, const char *subject, double now)
{
    static const char *const identifiers[] = {"deadlock", "use-after-free"};
    static char texts[][16] = {"remlock 1\na\n", "remlock 1\nbb\n", "remlock 1\n"};
    struct campaign_finding finding = seen(subject, identifiers[throw(dice, 2)], throw(dice, 2) ? "Release" : "-", now);
    finding.found = texts[throw(dice, 3)];
    finding.executions = throw(dice, 3);
    finding.id = enter_finding(campaign, &finding, throw(dice, 10), NULL);
    if (throw(dice, 2)) {
        finding.state = (enum campaign_state) throw(dice, 3);
        finding.attempts = 10;
        finding.reproduced = finding.state == CAMPAIGN_CONFIRMED ? 10 : throw(dice, 10);
        finding.announced = throw(dice, 2);
        finding.operations = throw(dice, 4);
        finding.preemptions = throw(dice, 4);
        finding.minimised = finding.state == CAMPAIGN_CONFIRMED ? texts[throw(dice, 3)] : NULL;
        assert_true(campaign_finding_update(campaign, &finding));
    }
}

/* One more session of a campaign, which is made when there is none. */
static void run_session(const struct place *place, struct dice *dice, const char *host)
{
    static const char *const subjects[] = {"lock", "driver:a"};
    char file[FOLDER_SIZE + 32];
    snprintf(file, sizeof(file), "%s/" CAMPAIGN_DATABASE, place->folder);
    struct campaign *campaign = open_campaign(place->folder, access(file, F_OK) == 0 ? CAMPAIGN_RESUME : CAMPAIGN_CREATE);
    assert_true(campaign_slices_abandon(campaign));
    struct campaign_session session = {.started = 100 * throw(dice, 5)};
    session.id = begin_session(campaign, host, session.started);
    for (uint32_t turn = throw(dice, 12); turn > 0; turn--) {
        double now = campaign_elapsed(campaign) + throw(dice, 4);
        const char *subject = subjects[throw(dice, 2)];
        if (throw(dice, 2)) {
            random_slice(campaign, dice, subject, now);
        } else {
            random_finding(campaign, dice, subject, now);
        }
    }
    session.ended = session.started + 50;
    session.elapsed = throw(dice, 20);
    assert_true(campaign_session_beat(campaign, &session));
    campaign_close(campaign);
}

static struct place copy_of(const struct place *place)
{
    struct place copy = new_place();
    char from[FOLDER_SIZE + 32], to[FOLDER_SIZE + 32], buffer[65536];
    snprintf(from, sizeof(from), "%s/" CAMPAIGN_DATABASE, place->folder);
    snprintf(to, sizeof(to), "%s/" CAMPAIGN_DATABASE, copy.folder);
    int input = open(from, O_RDONLY), output = open(to, O_WRONLY | O_CREAT, 0666);
    assert_true(input >= 0 && output >= 0);
    for (ssize_t got = read(input, buffer, sizeof(buffer)); got > 0; got = read(input, buffer, sizeof(buffer))) {
        assert_int_equal(write(output, buffer, (size_t)got), got);
    }
    close(input);
    close(output);
    return copy;
}

/* ----------------------------------------------------------------------------------------------------------- laws -- */

static struct place merge(const struct place *one, const struct place *other)
{
    struct place merged = new_place();
    char message[MESSAGE_SIZE];
    const char *sources[] = {one->folder, other ? other->folder : NULL};
    if (!campaign_merge(sources, other ? 2 : 1, merged.folder, message, sizeof(message))) {
        fail_msg("%s", message);
    }
    return merged;
}

static void same(const struct place *one, const struct place *other)
{
    char *left = contents_of(one->folder), *right = contents_of(other->folder);
    assert_string_equal(left, right);
    free(left);
    free(right);
}

static int compare_lines(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

static char *sorted(char *text)
{
    char *lines[512], *result = calloc(1, strlen(text) + 2);
    size_t count = 0;
    for (char *line = strtok(text, "\n"); line; line = strtok(NULL, "\n")) {
        assert_true(count < 512);
        lines[count++] = line;
    }
    qsort(lines, count, sizeof(lines[0]), compare_lines);
    for (size_t index = 0; index < count; index++) {
        strcat(strcat(result, lines[index]), "\n");
    }
    return result;
}

/* But for the order of rows. */
static void same_rows(const struct place *one, const struct place *other)
{
    char *left = contents_of(one->folder), *right = contents_of(other->folder);
    char *left_lines = sorted(left), *right_lines = sorted(right);
    assert_string_equal(left_lines, right_lines);
    free(left);
    free(right);
    free(left_lines);
    free(right_lines);
}

static void check_laws(const struct place *a, const struct place *b, const struct place *c)
{
    struct place ab = merge(a, b), ba = merge(b, a), bc = merge(b, c), aa = merge(a, a), alone = merge(a, NULL);
    same(&ab, &ba);
    same(&aa, &alone);
    same_rows(&alone, a);
    struct place left = merge(&ab, c), right = merge(a, &bc), again = merge(&ab, a);
    same(&left, &right);
    same(&again, &ab);
}

static void test_laws(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 15; seed++) {
        struct dice dice = {seed * 7919};
        struct place a = new_place(), b = new_place();
        run_session(&a, &dice, "one");
        run_session(&b, &dice, "two");
        /* The third is what the first was some time ago, and has gone on elsewhere since. */
        struct place c = copy_of(&a);
        run_session(&a, &dice, "one");
        run_session(&c, &dice, throw(&dice, 2) ? "one" : "three");
        check_laws(&a, &b, &c);
        check_laws(&c, &a, &b);
    }
}

/* -------------------------------------------------------------------------------------------------------- by hand -- */

static void write_one(struct place *place, const char *host, double started, uint32_t operations, enum campaign_state state)
{
    static char text[] = "remlock 1\nsmaller\n";
    struct campaign *campaign = open_campaign(place->folder, CAMPAIGN_CREATE);
    begin_session(campaign, host, started);
    struct campaign_slice slice = begin_slice(campaign, enter_subject(campaign, "lock", host), host, 5);
    struct campaign_finding finding = seen("lock", "deadlock", "Wait", 7);
    finding.last_seen = started + 7;
    finding.id = enter_finding(campaign, &finding, slice.id, NULL);
    enter_finding(campaign, &finding, slice.id, NULL);
    end_slice(campaign, &slice, 100, 10 * operations);
    finding.state = state;
    finding.operations = operations;
    finding.minimised = state == CAMPAIGN_CONFIRMED ? text : NULL;
    finding.attempts = finding.reproduced = 10;
    finding.announced = started == 1000;
    snprintf(finding.message, sizeof(finding.message), "seen by %s", host);
    assert_true(campaign_finding_update(campaign, &finding));
    campaign_close(campaign);
}

static void test_one_finding_of_two_machines(void **state)
{
    (void)state;
    struct place a = new_place(), b = new_place(), c = new_place();
    write_one(&a, "early", 1000, 5, CAMPAIGN_CONFIRMED);
    write_one(&b, "late", 2000, 3, CAMPAIGN_CONFIRMED);
    write_one(&c, "unlucky", 3000, 1, CAMPAIGN_UNREPRODUCIBLE);
    struct place ab = merge(&a, &b), abc = merge(&ab, &c);
    struct campaign *campaign = open_campaign(abc.folder, CAMPAIGN_READ);
    struct campaign_finding finding = read_finding(campaign, 1);
    assert_int_equal(finding.sightings, 6);
    assert_true(finding.first_seen == 1007 && finding.last_seen == 3007);
    assert_string_equal(finding.engine, "early");
    assert_int_equal(finding.state, CAMPAIGN_CONFIRMED);
    assert_int_equal(finding.operations, 3);
    assert_true(finding.announced);
    assert_string_equal(finding.message, "seen by late");
    struct campaign_subject subject = read_subject(campaign, "lock");
    assert_int_equal(subject.slices, 3);
    assert_int_equal(subject.executions, 300);
    assert_int_equal(subject.coverage, 50);
    assert_int_equal(subject.findings, 1);
    assert_string_equal(subject.build, "unlucky");
    campaign_close(campaign);
}

/* Of what several know, the one that has come further counts: here the slice had ended when it was looked at again. */
static void test_copy_from_the_past(void **state)
{
    (void)state;
    struct place a = new_place();
    struct campaign *campaign = open_campaign(a.folder, CAMPAIGN_CREATE);
    begin_session(campaign, "here", 1000);
    struct campaign_slice slice = begin_slice(campaign, enter_subject(campaign, "lock", ""), "search", 0);
    struct place past = merge(&a, NULL);
    end_slice(campaign, &slice, 100, 10);
    struct place now = merge(&a, &past);
    same(&a, &now);
    assert_int_equal(read_slice(campaign, 1).outcome, CAMPAIGN_DONE);
    campaign_close(campaign);
}

/* The result is a campaign like any other. */
static void test_merged_goes_on(void **state)
{
    (void)state;
    struct place a = new_place(), b = new_place();
    write_one(&a, "early", 1000, 5, CAMPAIGN_CONFIRMED);
    write_one(&b, "late", 2000, 3, CAMPAIGN_CONFIRMED);
    struct place ab = merge(&a, &b);
    struct campaign *campaign = open_campaign(ab.folder, CAMPAIGN_RESUME);
    begin_session(campaign, "third", 3000);
    struct campaign_finding finding = seen("lock", "deadlock", "Wait", 1);
    assert_int_equal(enter_finding(campaign, &finding, 0, NULL), 1);
    assert_int_equal(read_finding(campaign, 1).sightings, 5);
    campaign_close(campaign);
}

/* ------------------------------------------------------------------------------------------------------- refusals -- */

static void refuse(const char *const *sources, uint32_t count, const struct place *target, const char *words)
{
    char message[MESSAGE_SIZE] = "", file[FOLDER_SIZE + 64];
    assert_false(campaign_merge(sources, count, target->folder, message, sizeof(message)));
    if (!strstr(message, words)) {
        fail_msg("'%s' should hold '%s'", message, words);
    }
    snprintf(file, sizeof(file), "%s/" CAMPAIGN_DATABASE ".new", target->folder);
    assert_int_not_equal(access(file, F_OK), 0);
}

static void test_refusals(void **state)
{
    (void)state;
    struct place a = new_place(), empty = new_place(), target = new_place(), foreign = new_place();
    char file[FOLDER_SIZE + 32];
    write_one(&a, "early", 1000, 5, CAMPAIGN_CONFIRMED);
    refuse((const char *const[]){a.folder, empty.folder}, 2, &target, "there is no campaign in this folder");
    snprintf(file, sizeof(file), "%s/" CAMPAIGN_DATABASE, foreign.folder);
    FILE *stream = fopen(file, "w");
    fputs("this is no database, whatever its name may say; it is long enough to be looked at, though, and that is all", stream);
    fclose(stream);
    refuse((const char *const[]){foreign.folder, a.folder}, 2, &target, "not a database");
    snprintf(file, sizeof(file), "%s/" CAMPAIGN_DATABASE, target.folder);
    assert_int_not_equal(access(file, F_OK), 0);
    refuse((const char *const[]){a.folder}, 1, &a, "there is a campaign already");
    /* The same folder afterwards, with what can be merged. */
    char message[MESSAGE_SIZE];
    assert_true(campaign_merge((const char *const[]){a.folder}, 1, target.folder, message, sizeof(message)));
    same(&a, &target);
}

/* What is being written is merged as far as it is. */
static void test_source_at_work(void **state)
{
    (void)state;
    struct place a = new_place();
    struct campaign *campaign = open_campaign(a.folder, CAMPAIGN_CREATE);
    begin_session(campaign, "here", 1000);
    struct campaign_finding finding = seen("lock", "deadlock", "-", 1);
    enter_finding(campaign, &finding, 0, NULL);
    struct place merged = merge(&a, NULL);
    same(&a, &merged);
    campaign_close(campaign);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_laws, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_finding_of_two_machines, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_copy_from_the_past, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_merged_goes_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_refusals, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_source_at_work, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
