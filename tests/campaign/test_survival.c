/*
 * test_survival.c - the database outlives its process and a full disk: what was reported as written is there, whole, and
 * nothing else is but what was being written at that moment.
 */
#include "support.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { KILLS = 100, TEXT_SIZE = 3000 };

static char folder[FOLDER_SIZE];

static int set_up(void **state)
{
    (void)state;
    folder_make(folder);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    folder_remove(folder);
    return 0;
}

/* ---------------------------------------------------------------------------------------------------------- findings -- */

/* A text that tells whether it is whole. */
static void fill_text(char text[TEXT_SIZE + 1], uint32_t number)
{
    memset(text, 'a' + (int)(number % 26), TEXT_SIZE);
    text[TEXT_SIZE] = 0;
}

static bool write_finding(struct campaign *campaign, uint32_t number, int64_t slice)
{
    char text[TEXT_SIZE + 1], routine[32];
    bool is_new;
    fill_text(text, number);
    snprintf(routine, sizeof(routine), "Routine%u", number);
    struct campaign_finding finding = seen("lock", "deadlock", routine, number);
    finding.found = text;
    if (!campaign_finding_enter(campaign, &finding, slice, &finding.id, &is_new)) {
        return false;
    }
    finding.state = CAMPAIGN_CONFIRMED;
    finding.attempts = finding.reproduced = 10;
    finding.minimised = text + TEXT_SIZE / 2;
    return campaign_finding_update(campaign, &finding);
}

struct tally {
    uint32_t count;
    uint32_t confirmed; /* the highest number of a confirmed one, plus one */
};

static bool count_whole(const struct campaign_finding *finding, void *context)
{
    struct tally *tally = context;
    char text[TEXT_SIZE + 1];
    uint32_t number = (uint32_t)atoi(finding->routine + strlen("Routine"));
    fill_text(text, number);
    assert_string_equal(finding->found, text);
    assert_int_equal(number, tally->count);
    assert_true(finding->sightings > 0);
    if (finding->state == CAMPAIGN_CONFIRMED) {
        assert_string_equal(finding->minimised, text + TEXT_SIZE / 2);
        assert_int_equal(finding->reproduced, 10);
        tally->confirmed = number + 1;
    } else {
        assert_null(finding->minimised);
        assert_int_equal(finding->attempts, 0);
    }
    tally->count++;
    return true;
}

static struct tally tally_of(struct campaign *campaign)
{
    struct tally tally = {0};
    if (!campaign_each_finding(campaign, count_whole, &tally)) {
        fail_msg("%s", campaign_error(campaign));
    }
    return tally;
}

/* ------------------------------------------------------------------------------------------------------------ kills -- */

static struct campaign *open_or_exit(const char *where, enum campaign_mode mode)
{
    char message[MESSAGE_SIZE];
    struct campaign *campaign = campaign_open(where, mode, message, sizeof(message));
    if (!campaign) {
        fprintf(stderr, "%s\n", message);
        _exit(3);
    }
    return campaign;
}

/* Writes findings, and says of each that it is written, until it is killed. It closes the database every now and then. */
static void write_until_killed(int report, uint32_t number)
{
    for (;;) {
        struct campaign *campaign = open_or_exit(folder, CAMPAIGN_RESUME);
        struct campaign_session session = {.host = "here", .started = number};
        bool written = campaign_slices_abandon(campaign) && campaign_session_begin(campaign, &session);
        struct campaign_subject subject = {.name = "lock"};
        written = written && campaign_subject_enter(campaign, &subject);
        struct campaign_slice slice = {.subject = subject.id};
        written = written && campaign_slice_begin(campaign, &slice);
        for (int turn = 0; written && turn < 20; turn++, number++) {
            written =
                write_finding(campaign, number, slice.id) && write(report, &number, sizeof(number)) == (ssize_t)sizeof(number);
        }
        slice.outcome = CAMPAIGN_DONE;
        if (!written || !campaign_slice_end(campaign, &slice)) {
            fprintf(stderr, "%s\n", campaign_error(campaign));
            _exit(2);
        }
        campaign_close(campaign);
    }
}

/* Findings that were reported: the last number, plus one. It is killed some time after it has reported so many. */
static uint32_t run_and_kill(uint32_t first, uint32_t least, useconds_t after)
{
    int ends[2], status;
    uint32_t number, reported = first;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        write_until_killed(ends[1], first);
    }
    close(ends[1]);
    for (uint32_t index = 0; index < least; index++) {
        assert_int_equal(read(ends[0], &number, sizeof(number)), sizeof(number));
        reported = number + 1;
    }
    usleep(after);
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    while (read(ends[0], &number, sizeof(number)) == (ssize_t)sizeof(number)) {
        reported = number + 1;
    }
    close(ends[0]);
    return reported;
}

static void check_after_kill(uint32_t reported, enum campaign_mode mode, uint32_t *first)
{
    struct campaign *campaign = open_campaign(folder, mode);
    struct tally tally = tally_of(campaign);
    assert_true(tally.count >= reported && tally.count <= reported + 1);
    assert_true(reported == *first || tally.confirmed >= reported);
    *first = tally.count;
    campaign_close(campaign);
}

static void test_kills(void **state)
{
    (void)state;
    uint32_t first = 0, with_reports = 0;
    campaign_close(open_campaign(folder, CAMPAIGN_CREATE));
    for (uint32_t turn = 0; turn < KILLS; turn++) {
        uint32_t before = first;
        uint32_t least = turn % 2 ? turn % 30 : 0;
        uint32_t reported = run_and_kill(first, least, turn * 7919 % (least ? 3000 : 20000));
        with_reports += reported > before;
        check_after_kill(reported, turn % 3 ? CAMPAIGN_READ : CAMPAIGN_RESUME, &first);
    }
    assert_true(with_reports >= KILLS / 2);
}

/* Killed while it is made, a campaign is there or it is not. */
static void test_kills_at_the_beginning(void **state)
{
    (void)state;
    char message[MESSAGE_SIZE], name[16], place[FOLDER_SIZE];
    for (uint32_t turn = 0; turn < 40; turn++) {
        snprintf(name, sizeof(name), "%u", turn);
        folder_below(folder, name, place);
        pid_t child = fork();
        if (child == 0) {
            campaign_close(open_or_exit(place, CAMPAIGN_CREATE));
            pause();
        }
        usleep(turn * 150);
        kill(child, SIGKILL);
        assert_int_equal(waitpid(child, NULL, 0), child);
        struct campaign *campaign = campaign_open(place, CAMPAIGN_RESUME, message, sizeof(message));
        if (!campaign) {
            assert_non_null(strstr(message, "there is no campaign in this folder"));
            campaign = open_campaign(place, CAMPAIGN_CREATE);
        }
        begin_session(campaign, "here", 1);
        campaign_close(campaign);
    }
}

/* -------------------------------------------------------------------------------------------------------- full disk -- */

/* Writes until the disk is full; how many. */
static uint32_t write_until_full(struct campaign *campaign, uint32_t number)
{
    for (uint32_t more = 0; more < 3000; more++, number++) {
        if (!write_finding(campaign, number, 0)) {
            if (!strstr(campaign_error(campaign), "disk is full")) {
                fail_msg("%s", campaign_error(campaign));
            }
            return number;
        }
    }
    fail_msg("it never got full");
    return number;
}

static void limit_files(rlim_t size)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = size;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

/* Full in the middle, time and again; each time what was reported is there, and it goes on when there is room. */
static void test_limited_files(void **state)
{
    (void)state;
    struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
    sigaction(SIGXFSZ, &ignore, &before);
    struct campaign *campaign = open_campaign(folder, CAMPAIGN_CREATE);
    begin_session(campaign, "here", 1);
    uint32_t written = 0;
    for (rlim_t size = 60000; size < 1500000; size += 37000) {
        limit_files(size);
        written = write_until_full(campaign, written);
        struct tally tally = tally_of(campaign);
        assert_true(tally.count >= written && tally.count <= written + 1 && tally.confirmed >= written);
        /* The finding may have been entered, and not updated; it can still be. */
        limit_files(RLIM_INFINITY);
        assert_true(write_finding(campaign, written, 0));
        written++;
        if (size % 2) {
            limit_files(size);
            struct campaign *reader = open_campaign(folder, CAMPAIGN_READ);
            assert_int_equal(tally_of(reader).count, written);
            campaign_close(reader);
            campaign_close(campaign);
            limit_files(RLIM_INFINITY);
            campaign = open_campaign(folder, CAMPAIGN_RESUME);
            begin_session(campaign, "here", 1);
        }
    }
    limit_files(RLIM_INFINITY);
    sigaction(SIGXFSZ, &before, NULL);
    assert_int_equal(tally_of(campaign).count, written);
    campaign_close(campaign);
}

/* A small file system, seen by this process alone. 77 where that is not allowed. */
static void mount_small(const char *where)
{
    if (unshare(CLONE_NEWNS) != 0 || mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", where, "tmpfs", 0, "size=1500k") != 0) {
        _exit(77);
    }
}

static void leave_room(const char *filler, size_t room)
{
    static char bytes[4096];
    int descriptor = open(filler, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    while (write(descriptor, bytes, sizeof(bytes)) > 0) {
    }
    struct stat status;
    fstat(descriptor, &status);
    if (ftruncate(descriptor, status.st_size > (off_t)room ? status.st_size - (off_t)room : 0) != 0) {
        _exit(4);
    }
    close(descriptor);
}

static void fill_small_disk(void)
{
    char filler[FOLDER_SIZE + 16];
    uint32_t written = 0;
    mount_small(folder);
    snprintf(filler, sizeof(filler), "%s/filler", folder);
    struct campaign *campaign = open_campaign(folder, CAMPAIGN_CREATE);
    begin_session(campaign, "here", 1);
    for (size_t room = 0; room < 100000; room += 9000) {
        leave_room(filler, room);
        written = write_until_full(campaign, written);
        struct tally tally = tally_of(campaign);
        assert_true(tally.count >= written && tally.confirmed >= written);
        unlink(filler);
        assert_true(write_finding(campaign, written++, 0));
    }
    /* Nor can it be opened, made or merged without any room, and says so. */
    campaign_close(campaign);
    leave_room(filler, 0);
    refuse_campaign(folder, CAMPAIGN_RESUME, "full");
    unlink(filler);
    campaign = open_campaign(folder, CAMPAIGN_RESUME);
    assert_int_equal(tally_of(campaign).count, written);
    campaign_close(campaign);
}

static void test_small_disk(void **state)
{
    (void)state;
    int status;
    pid_t child = fork();
    if (child == 0) {
        fill_small_disk();
        _exit(0);
    }
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    if (WEXITSTATUS(status) == 77) {
        print_message("mounting is not allowed here\n");
        skip();
    }
    assert_int_equal(WEXITSTATUS(status), 0);
}

/* ---------------------------------------------------------------------------------------------------------- readers -- */

/* Looks again and again until the writer has ended: what is seen never becomes less, and is always whole. */
static void read_until(int end, int ready)
{
    uint32_t before = 0, looks = 0;
    char byte;
    fcntl(end, F_SETFL, O_NONBLOCK);
    while (read(end, &byte, 1) < 0) {
        struct campaign *campaign = open_or_exit(folder, CAMPAIGN_READ);
        struct tally tally = tally_of(campaign);
        campaign_close(campaign);
        if (tally.count < before) {
            _exit(4);
        }
        before = tally.count;
        if (++looks == 3 && write(ready, "r", 1) != 1) {
            _exit(5);
        }
    }
    _exit(0);
}

static void test_reader_while_writing(void **state)
{
    (void)state;
    int ends[2], ready[2], status;
    char byte;
    struct campaign *campaign = open_campaign(folder, CAMPAIGN_CREATE);
    begin_session(campaign, "here", 1);
    campaign_close(campaign);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(pipe(ready), 0);
    pid_t child = fork();
    if (child == 0) {
        close(ends[1]);
        read_until(ends[0], ready[1]);
    }
    close(ends[0]);
    campaign = open_campaign(folder, CAMPAIGN_RESUME);
    begin_session(campaign, "here", 2);
    for (uint32_t number = 0; number < 200; number++) {
        if (!write_finding(campaign, number, 0)) {
            fail_msg("%s", campaign_error(campaign));
        }
        if (number == 20) {
            assert_int_equal(read(ready[0], &byte, 1), 1);
        }
    }
    campaign_close(campaign);
    close(ends[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_kills, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_kills_at_the_beginning, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_limited_files, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_small_disk, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_reader_while_writing, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
