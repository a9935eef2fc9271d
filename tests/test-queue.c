/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "queue.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/digest.h"
#include "dirty.h"
#include "hive/hive.h"
#include "message.h"
#include "scratch.h"

#define CARDS "Microsoft\\Cryptography\\Calais\\SmartCards\\"

/* What was handed over, and when to stop. */
struct run {
    struct scratch *scratch;
    struct queue_settings settings;
    struct candidates candidates;
    const char *text;   /* a line for each */
    const char *starts; /* the same, each cut to its first ten characters */
    uint64_t ids[64];   /* of what was read */
    size_t taken, stop; /* stop: how many are wanted; 0: all */
    void (*at_first)(void);
    const size_t *parts; /* which candidate each part is of; NULL: one part of each */
};

static struct progress no_progress;

static struct run make_run(void **state, unsigned jobs)
{
    struct scratch *scratch = *state;
    return (struct run){
        .scratch = scratch,
        .settings = {.job = {.recovered_fd = -1}, .jobs = jobs, .progress = &no_progress},
        .candidates = {.arena = scratch->arena},
        .text = "",
        .starts = "",
    };
}

/* The names of entries of the native view: "A B". */
static const char *show_cards(struct arena *arena, const struct snapshot *snapshot)
{
    const char *text = "";
    const struct view_config *config = &snapshot->views[VIEW_NATIVE];
    for (size_t i = 0; i < config->ncards; i++)
        text = arena_printf(arena, "%s%s%s", text, i ? " " : "", config->cards[i].key.origin.name);
    return text;
}

static const char *show_result(struct arena *arena, struct slice result)
{
    struct wire_item *item = arena_alloc(arena, 1, sizeof *item);
    struct message message;
    assert_null(message_decode(arena, result, &message));
    const char *fault = wire_decode(arena, message.facts, NULL, 0, item);
    assert_null(fault);
    if (!item->read)
        return item->diags.items[0].message;
    return arena_printf(arena, "%s, %s, %zu logs", show_cards(arena, &item->snapshot),
                        hive_state_names[item->snapshot.hive.state], item->snapshot.hive.nlogs);
}

static bool take(void *context, const struct candidate *candidate, const struct outcome *outcome)
{
    struct run *run = context;
    struct arena *arena = run->scratch->arena;
    const char *name = strrchr(candidate->path, '/');
    const char *what = outcome->fault                        ? outcome->fault
                       : candidate->kind == CANDIDATE_FAULT  ? candidate->fault
                       : candidate->kind == CANDIDATE_FOLDER ? "end of the folder"
                                                             : show_result(arena, outcome->result);
    if (run->at_first && run->taken == 0)
        run->at_first();
    size_t index = run->parts ? run->parts[run->taken] : run->taken;
    assert_ptr_equal(candidate, &run->candidates.items[index]);
    assert_in_range(run->taken, 0, 63);
    run->ids[run->taken++] = outcome->id;
    const char *line = arena_printf(arena, "%s: %s", name ? name + 1 : candidate->path, what);
    run->text = arena_printf(arena, "%s%s\n", run->text, line);
    run->starts = arena_printf(arena, "%s%.10s", run->starts, line);
    return run->taken != run->stop;
}

/* No worker is left, not even a zombie. */
static void run_queue(struct run *run)
{
    if (candidates_find_twins(&run->candidates))
        assert_true(digest_prepare());
    run->settings.null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    run->settings.stop_fd = -1;
    assert_true(queue_run(&run->settings, &run->candidates, take, run));
    close(run->settings.null_fd);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static const char *text_of_hive(struct arena *arena, const char *card)
{
    return arena_printf(arena, SUPPORT_WINDOWS_10 "[" CARDS "%s]\n", card);
}

/* A hive with one entry. */
static const char *write_hive(const struct scratch *scratch, const char *name, const char *card)
{
    const struct memory_hive *hive =
        support_build(scratch->arena, text_of_hive(scratch->arena, card));
    return scratch_write(scratch, name, hive->bytes, hive->source.size);
}

static void add_hive(struct run *run, const char *name, const char *card)
{
    candidates_add(&run->candidates, write_hive(run->scratch, name, card));
}

/* A pipe that is open and in which nothing ever comes: what reads it waits. */
static int add_silent_pipe(struct run *run, const char *name)
{
    const char *path = scratch_make_fifo(run->scratch, name);
    candidates_add(&run->candidates, path);
    int fd = open(path, O_RDWR | O_CLOEXEC);
    assert_true(fd >= 0);
    return fd;
}

/* A hive with an entry of its number; every fifth takes longer to read than the others. */
static void write_slow_hive(const struct scratch *scratch, int number)
{
    struct arena *arena = scratch->arena;
    const char *text = text_of_hive(arena, arena_printf(arena, "card%02d", number));
    for (int i = 0; i < 300 && number % 5 == 0; i++)
        text = arena_printf(arena, "%s[" CARDS "x%d]\n", text, i);
    const struct memory_hive *hive = support_build(arena, text);
    scratch_write(scratch, arena_printf(arena, "%02d", number), hive->bytes, hive->source.size);
}

static void results_come_in_the_order_of_the_candidates(void **state)
{
    static const unsigned jobs[] = {1, 2, 7};
    enum { COUNT = 24 };
    for (int i = 0; i < COUNT; i++)
        write_slow_hive(*state, i);
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
        struct run run = make_run(state, jobs[i]);
        const char *want = "";
        for (int j = 0; j < COUNT; j++) {
            const char *name = arena_printf(run.scratch->arena, "%02d", j);
            candidates_add(&run.candidates, scratch_path(run.scratch, name));
            want = arena_printf(run.scratch->arena, "%s%s: card%s", want, name, name);
        }
        run_queue(&run);
        assert_string_equal(run.starts, want);
    }
}

static void nothing_to_do_is_done(void **state)
{
    struct run run = make_run(state, 2);
    run_queue(&run);
    assert_string_equal(run.text, "");
}

static void what_is_no_file_is_handed_over_in_its_place(void **state)
{
    struct run run = make_run(state, 2);
    scratch_make_folder(run.scratch, "folder");
    write_hive(run.scratch, "folder/a", "A");
    candidates_add(&run.candidates, scratch_path(run.scratch, "folder"));
    run.candidates.items = arena_grow(run.scratch->arena, run.candidates.items,
                                      run.candidates.count, sizeof *run.candidates.items);
    run.candidates.items[run.candidates.count++] =
        (struct candidate){.kind = CANDIDATE_FAULT, .path = "x", .fault = "is a fault"};
    add_hive(&run, "b", "B");
    run_queue(&run);
    assert_string_equal(run.text, "a: A, clean, 0 logs\nfolder: end of the folder\n"
                                  "x: is a fault\nb: B, clean, 0 logs\n");
}

static void a_workers_sandbox_changes_no_result(void **state)
{
    struct hive_converters converters;
    struct run run = make_run(state, 2);
    assert_true(sandbox_choose(SANDBOX_AUTO, &run.settings.sandbox));
    run.settings.timeout = 30;
    assert_true(hive_load_converters(&converters));
    add_hive(&run, "a", "A");
    add_hive(&run, "twin", "A");
    add_hive(&run, "c", "C");
    run_queue(&run);
    hive_unload_converters(&converters);
    assert_string_equal(run.text, "a: A, clean, 0 logs\ntwin: A, clean, 0 logs\n"
                                  "c: C, clean, 0 logs\n");
}

/* One id stands for one reading. */
static void identical_evidence_is_read_once(void **state)
{
    static const unsigned jobs[] = {1, 2, 7};
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
        struct run run = make_run(state, jobs[i]);
        static const char *const cards[] = {"A", "B", "A", "A", "B", "C", "A"};
        for (size_t j = 0; j < 7; j++)
            add_hive(&run, arena_printf(run.scratch->arena, "%zu", j), cards[j]);
        run_queue(&run);
        assert_string_equal(run.text, "0: A, clean, 0 logs\n1: B, clean, 0 logs\n"
                                      "2: A, clean, 0 logs\n3: A, clean, 0 logs\n"
                                      "4: B, clean, 0 logs\n5: C, clean, 0 logs\n"
                                      "6: A, clean, 0 logs\n");
        for (size_t j = 0; j < 7; j++)
            for (size_t k = 0; k < j; k++)
                assert_int_equal(run.ids[j] == run.ids[k], strcmp(cards[j], cards[k]) == 0);
    }
}

/* More lie between them than are on their way at once. */
static void evidence_that_was_handed_over_still_has_twins(void **state)
{
    struct run run = make_run(state, 1);
    for (int i = 0; i < 20; i++)
        add_hive(&run, arena_printf(run.scratch->arena, "%d", i),
                 i % 19 ? arena_printf(run.scratch->arena, "B%02d", i) : "Axx");
    run_queue(&run);
    assert_int_equal(run.taken, 20);
    assert_int_equal(run.ids[0], run.ids[19]);
    for (size_t i = 1; i < 19; i++)
        assert_int_not_equal(run.ids[i], run.ids[0]);
}

/* Same bytes, but not the same logs. */
static void logs_tell_hives_apart(void **state)
{
    struct run run = make_run(state, 2);
    struct arena *arena = run.scratch->arena;
    struct dirty one = dirty_make(arena, text_of_hive(arena, "A"), text_of_hive(arena, "B"));
    struct dirty two = dirty_make(arena, text_of_hive(arena, "A"), text_of_hive(arena, "C"));
    static const char *const folders[] = {"1", "2", "3", "4"};
    for (size_t i = 0; i < 4; i++) {
        scratch_make_folder(run.scratch, folders[i]);
        const char *name = arena_printf(arena, "%s/SOFTWARE", folders[i]);
        candidates_add(&run.candidates,
                       scratch_write(run.scratch, name, one.hive->bytes, one.hive->source.size));
        const struct memory_hive *log = i == 1 ? two.log : one.log;
        if (i < 3)
            scratch_write(run.scratch, arena_printf(arena, "%s.LOG1", name), log->bytes,
                          log->source.size);
    }
    run_queue(&run);
    assert_string_equal(run.text, "SOFTWARE: B, dirty-recovered, 1 logs\n"
                                  "SOFTWARE: C, dirty-recovered, 1 logs\n"
                                  "SOFTWARE: B, dirty-recovered, 1 logs\n"
                                  "SOFTWARE: A, dirty-unrecovered, 0 logs\n");
    assert_int_equal(run.ids[0], run.ids[2]);
    assert_int_not_equal(run.ids[0], run.ids[1]);
    assert_int_not_equal(run.ids[0], run.ids[3]);
}

static void named_logs_take_the_place_of_those_beside_the_hive(void **state)
{
    struct run run = make_run(state, 1);
    struct arena *arena = run.scratch->arena;
    struct dirty beside = dirty_make(arena, text_of_hive(arena, "A"), text_of_hive(arena, "B"));
    struct dirty named = dirty_make(arena, text_of_hive(arena, "A"), text_of_hive(arena, "C"));
    candidates_add(&run.candidates, scratch_write(run.scratch, "SOFTWARE", beside.hive->bytes,
                                                  beside.hive->source.size));
    scratch_write(run.scratch, "SOFTWARE.LOG1", beside.log->bytes, beside.log->source.size);
    const char *logs[] = {
        scratch_path(run.scratch, "missing"),
        scratch_write(run.scratch, "other", named.log->bytes, named.log->source.size)};
    run.settings.beside = (struct beside){.logs = logs, .nlogs = 2};
    run_queue(&run);
    assert_string_equal(run.text, "SOFTWARE: C, dirty-recovered, 2 logs\n");
}

/* Nor do they tell hives apart. */
static void logs_that_are_to_be_ignored_are_not_looked_for(void **state)
{
    struct run run = make_run(state, 1);
    struct arena *arena = run.scratch->arena;
    struct dirty dirty = dirty_make(arena, text_of_hive(arena, "A"), text_of_hive(arena, "B"));
    static const char *const names[] = {"1", "2"};
    for (size_t i = 0; i < 2; i++)
        candidates_add(&run.candidates, scratch_write(run.scratch, names[i], dirty.hive->bytes,
                                                      dirty.hive->source.size));
    scratch_write(run.scratch, "1.LOG1", dirty.log->bytes, dirty.log->source.size);
    run.settings.job.policy = LOGS_IGNORE;
    run_queue(&run);
    assert_string_equal(run.text, "1: A, dirty-unrecovered, 0 logs\n"
                                  "2: A, dirty-unrecovered, 0 logs\n");
    assert_int_equal(run.ids[0], run.ids[1]);
}

static void what_cannot_be_opened_is_a_fault_of_its_own(void **state)
{
    struct run run = make_run(state, 2);
    add_hive(&run, "a", "A");
    candidates_add(&run.candidates, scratch_path(run.scratch, "missing"));
    add_hive(&run, "b", "B");
    run_queue(&run);
    assert_string_equal(run.text,
                        arena_printf(run.scratch->arena,
                                     "a: A, clean, 0 logs\nmissing: cannot be opened: %s\n"
                                     "b: B, clean, 0 logs\n",
                                     strerror(ENOENT)));
}

/* A file that changes its place with nothing between the walk and the reading. */
static void a_twin_that_is_gone_is_a_fault_of_its_own(void **state)
{
    struct run run = make_run(state, 1);
    add_hive(&run, "a", "A");
    add_hive(&run, "b", "A");
    add_hive(&run, "c", "A");
    assert_int_equal(unlink(scratch_path(run.scratch, "b")), 0);
    run_queue(&run);
    assert_string_equal(run.text, arena_printf(run.scratch->arena,
                                               "a: A, clean, 0 logs\nb: cannot be opened: %s\n"
                                               "c: A, clean, 0 logs\n",
                                               strerror(ENOENT)));
    assert_int_equal(run.ids[0], run.ids[2]);
}

static void what_is_no_hive_says_what_it_is(void **state)
{
    struct run run = make_run(state, 2);
    candidates_add(&run.candidates, scratch_write_text(run.scratch, "exe", "MZ"));
    candidates_add(&run.candidates, scratch_write_text(run.scratch, "copy", "MZ"));
    candidates_add(&run.candidates, scratch_write_text(run.scratch, "empty", ""));
    run_queue(&run);
    assert_string_equal(run.text, "exe: is not a registry hive: it looks like a Windows program\n"
                                  "copy: is not a registry hive: it looks like a Windows program\n"
                                  "empty: is empty: nothing to audit\n");
}

#define TIMED_OUT "took longer than 1 s to read (--timeout)\n"

static void evidence_that_never_ends_is_stopped_and_touches_no_other(void **state)
{
    static const unsigned jobs[] = {1, 2};
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
        struct run run = make_run(state, jobs[i]);
        run.settings.timeout = 1;
        add_hive(&run, "a", "A");
        int pipe_fd = add_silent_pipe(&run, "pipe");
        add_hive(&run, "b", "B");
        add_hive(&run, "c", "C");
        run_queue(&run);
        close(pipe_fd);
        assert_int_equal(unlink(scratch_path(run.scratch, "pipe")), 0);
        assert_string_equal(run.text, "a: A, clean, 0 logs\npipe: " TIMED_OUT
                                      "b: B, clean, 0 logs\nc: C, clean, 0 logs\n");
    }
}

/* What comes to a pipe only after the first outcome was taken, which takes longer than a worker may
 * take: the time is not the worker's, which reads a hive then. */
static struct {
    const struct memory_hive *hive;
    int fd;
} late;

static void take_slowly(void)
{
    sleep(2);
    assert_int_equal(write(late.fd, late.hive->bytes, late.hive->source.size),
                     late.hive->source.size);
    close(late.fd);
}

static void a_slow_taker_costs_no_worker_its_time(void **state)
{
    struct run run = make_run(state, 2);
    run.settings.timeout = 1;
    run.at_first = take_slowly;
    late.hive = support_build(run.scratch->arena, text_of_hive(run.scratch->arena, "late"));
    assert_in_range(late.hive->source.size, 1, 65536); /* what a pipe holds */
    add_hive(&run, "a", "A");
    late.fd = add_silent_pipe(&run, "pipe");
    add_hive(&run, "b", "B");
    run_queue(&run);
    assert_string_equal(run.text, "a: A, clean, 0 logs\npipe: late, clean, 0 logs\n"
                                  "b: B, clean, 0 logs\n");
}

/* They wait side by side, so that two take no longer than one. */
static void workers_run_at_the_same_time(void **state)
{
    struct run run = make_run(state, 4);
    int fds[4];
    run.settings.timeout = 1;
    for (int i = 0; i < 4; i++)
        fds[i] = add_silent_pipe(&run, arena_printf(run.scratch->arena, "%d", i));
    int64_t before = worker_clock();
    run_queue(&run);
    assert_in_range(worker_clock() - before, 1000, 3500);
    for (int i = 0; i < 4; i++)
        close(fds[i]);
    assert_string_equal(run.text, "0: " TIMED_OUT "1: " TIMED_OUT "2: " TIMED_OUT "3: " TIMED_OUT);
}

/* The processes that this one has started; NULL where the kernel does not list them. */
static FILE *open_children(void)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
    return fopen(path, "re");
}

/* Kills every worker that runs. */
static void kill_workers(void)
{
    FILE *children = open_children();
    for (int pid; children && fscanf(children, "%d", &pid) == 1;)
        kill(pid, SIGKILL);
    if (children)
        fclose(children);
}

static void a_crash_touches_no_other(void **state)
{
    struct run run = make_run(state, 2);
    FILE *children = open_children();
    if (!children)
        skip();
    fclose(children);
    run.settings.timeout = 30;
    run.at_first = kill_workers;
    add_hive(&run, "a", "A");
    int pipe_fd = add_silent_pipe(&run, "pipe");
    add_hive(&run, "b", "B");
    run_queue(&run);
    close(pipe_fd);
    assert_string_equal(run.text, "a: A, clean, 0 logs\n"
                                  "pipe: crashed the process that read it (SIGKILL)\n"
                                  "b: B, clean, 0 logs\n");
}

/* What can be read there stays there: it is for the one that has asked. */
static void a_pipe_to_stop_by_ends_the_run(void **state)
{
    static const unsigned jobs[] = {1, 7};
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
        struct run run = make_run(state, jobs[i]);
        int ends[2];
        char byte;
        run.settings.timeout = 30;
        int pipe_fd = add_silent_pipe(&run, "pipe");
        add_hive(&run, "a", "A");
        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        assert_int_equal(write(ends[1], "x", 1), 1);
        run.settings.null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
        run.settings.stop_fd = ends[0];
        assert_false(queue_run(&run.settings, &run.candidates, take, &run));
        assert_int_equal(read(ends[0], &byte, 1), 1);
        assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
        assert_string_equal(run.text, "");
        close(run.settings.null_fd);
        close(ends[0]);
        close(ends[1]);
        close(pipe_fd);
        assert_int_equal(unlink(scratch_path(run.scratch, "pipe")), 0);
    }
}

/* With some on their way, some done and waiting for one before them, and twins among both. */
static void stopping_early_leaves_nothing_behind(void **state)
{
    static const unsigned jobs[] = {1, 2, 7};
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
        struct run run = make_run(state, jobs[i]);
        run.settings.timeout = 30;
        run.stop = 2;
        add_hive(&run, "a", "A");
        add_hive(&run, "b", "B");
        int pipe_fd = add_silent_pipe(&run, "pipe");
        for (int j = 0; j < 10; j++)
            add_hive(&run, arena_printf(run.scratch->arena, "%d", j), j % 2 ? "A" : "C");
        run_queue(&run);
        close(pipe_fd);
        assert_int_equal(unlink(scratch_path(run.scratch, "pipe")), 0);
        assert_string_equal(run.text, "a: A, clean, 0 logs\nb: B, clean, 0 logs\n");
    }
}

static void standard_input_is_read_and_has_no_logs(void **state)
{
    struct run run = make_run(state, 1);
    struct arena *arena = run.scratch->arena;
    const struct memory_hive *hive = support_build(arena, text_of_hive(arena, "A"));
    int ends[2], saved = dup(STDIN_FILENO);
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_in_range(hive->source.size, 1, 65536); /* what a pipe holds */
    assert_int_equal(write(ends[1], hive->bytes, hive->source.size), hive->source.size);
    close(ends[1]);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    close(ends[0]);
    candidates_add(&run.candidates, "-");
    run_queue(&run);
    assert_int_equal(dup2(saved, STDIN_FILENO), STDIN_FILENO);
    close(saved);
    assert_string_equal(run.text, "-: A, clean, 0 logs\n");
}

/* An archive of two hives and a text; one with the kind of each is read by a worker of its own. */
static void archives_give_all_their_hives_in_their_place(void **state)
{
    static const unsigned jobs[] = {1, 3};
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
        struct run run = make_run(state, jobs[i]);
        struct arena *arena = run.scratch->arena;
        write_hive(run.scratch, "one", "A");
        write_hive(run.scratch, "two", "B");
        scratch_write_text(run.scratch, "text", "no hive");
        if (system(arena_printf(arena,
                                "cd '%s' && tar -cf x.tar one text two && cp x.tar y.tar && "
                                "tar -cf z.tar text",
                                run.scratch->folder)) != 0)
            skip();
        add_hive(&run, "a", "C");
        candidates_add(&run.candidates, scratch_path(run.scratch, "x.tar"));
        candidates_add(&run.candidates, scratch_path(run.scratch, "y.tar"));
        candidates_add(&run.candidates, scratch_path(run.scratch, "z.tar"));
        run.parts = (const size_t[]){0, 1, 1, 2, 2, 3};
        run_queue(&run);
        assert_string_equal(run.text, "a: C, clean, 0 logs\nx.tar: A, clean, 0 logs\n"
                                      "x.tar: B, clean, 0 logs\ny.tar: A, clean, 0 logs\n"
                                      "y.tar: B, clean, 0 logs\n"
                                      "z.tar: nothing to audit: no SOFTWARE hive in this image\n");
        assert_int_not_equal(run.ids[1], run.ids[3]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(results_come_in_the_order_of_the_candidates),
        SCRATCH_TEST(nothing_to_do_is_done),
        SCRATCH_TEST(what_is_no_file_is_handed_over_in_its_place),
        SCRATCH_TEST(a_workers_sandbox_changes_no_result),
        SCRATCH_TEST(identical_evidence_is_read_once),
        SCRATCH_TEST(evidence_that_was_handed_over_still_has_twins),
        SCRATCH_TEST(logs_tell_hives_apart),
        SCRATCH_TEST(named_logs_take_the_place_of_those_beside_the_hive),
        SCRATCH_TEST(logs_that_are_to_be_ignored_are_not_looked_for),
        SCRATCH_TEST(what_cannot_be_opened_is_a_fault_of_its_own),
        SCRATCH_TEST(a_twin_that_is_gone_is_a_fault_of_its_own),
        SCRATCH_TEST(what_is_no_hive_says_what_it_is),
        SCRATCH_TEST(evidence_that_never_ends_is_stopped_and_touches_no_other),
        SCRATCH_TEST(a_slow_taker_costs_no_worker_its_time),
        SCRATCH_TEST(a_pipe_to_stop_by_ends_the_run),
        SCRATCH_TEST(workers_run_at_the_same_time),
        SCRATCH_TEST(a_crash_touches_no_other),
        SCRATCH_TEST(stopping_early_leaves_nothing_behind),
        SCRATCH_TEST(standard_input_is_read_and_has_no_logs),
        SCRATCH_TEST(archives_give_all_their_hives_in_their_place),
    };
    signal(SIGPIPE, SIG_IGN);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0});
    return cmocka_run_group_tests(tests, NULL, NULL);
}
