/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "queue.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "base/cleanup.h"
#include "base/digest.h"
#include "inputs.h"
#include "message.h"
#include "scratch.h"

/* Workers that obey: evidence says what they send. Their job stands in for that of src/job.c, which
 * is not linked. A file is words: "regf" is passed over, "item" sends one with what it has read,
 * "large" one of 8 MiB, "need:7" asks for libraries and ends the job where it has not got them,
 * "end" says that all was said, "junk" a frame of nonsense, "half" a part of one, "nap" sleeps half
 * a second, "sleep" long, "flood" sends items and "parts" parts for ever, "part:b" names one, and
 * "crash" ends by a signal. */

#define LARGE ((size_t)8 << 20)

/* What workers tell past their pipes: memory that they share with the test. */
static struct {
    unsigned begun, larges, libraries[16];
    bool has_folder[16];
    struct rlimit memory[16], time[16], file[16], descriptors[16];
} * seen;

static void send_item(int out, const char *member, size_t size)
{
    uint8_t *facts = calloc(size, 1);
    const struct message message = {
        .kind = MESSAGE_ITEM, .member = member, .facts = {.ptr = facts, .len = size}};
    struct slice bytes = message_encode(&message);
    worker_send(out, bytes);
    free((void *)bytes.ptr);
    free(facts);
}

static void send_kind(int out, enum message_kind kind, unsigned libraries)
{
    struct slice bytes = message_encode(&(struct message){.kind = kind, .libraries = libraries});
    worker_send(out, bytes);
    free((void *)bytes.ptr);
}

static void send_part(int out, const char *name)
{
    struct slice bytes = message_encode(&(struct message){
        .kind = MESSAGE_PART, .name = {.ptr = (const uint8_t *)name, .len = strlen(name)}});
    worker_send(out, bytes);
    free((void *)bytes.ptr);
}

static void wait_for_ms(long ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

/* Whether the job goes on behind a word. */
static bool obey(const struct job *job, const char *word, int out, unsigned number)
{
    unsigned wanted;
    if (strcmp(word, "item") == 0)
        send_item(out, (char[]){(char)('0' + number % 10), '\0'}, 1);
    else if (strcmp(word, "large") == 0)
        send_item(out, "large", LARGE), seen->larges++;
    else if (strcmp(word, "end") == 0)
        send_kind(out, MESSAGE_END, 0);
    else if (strcmp(word, "junk") == 0)
        worker_send(out, (struct slice){.ptr = (const uint8_t *)"\377", .len = 1});
    else if (strcmp(word, "half") == 0)
        return write(out, "haw", 3) != 3;
    else if (strcmp(word, "nap") == 0)
        wait_for_ms(500);
    else if (strcmp(word, "sleep") == 0)
        wait_for_ms(30000);
    else if (strcmp(word, "flood") == 0)
        for (;;)
            send_item(out, "", 1);
    else if (strcmp(word, "parts") == 0)
        for (;;)
            send_part(out, "none");
    else if (strncmp(word, "part:", 5) == 0)
        send_part(out, word + 5);
    else if (strcmp(word, "crash") == 0)
        raise(SIGKILL);
    else if (sscanf(word, "need:%x", &wanted) == 1 && (wanted & ~job->libraries || !wanted))
        return send_kind(out, MESSAGE_NEED, wanted), false;
    return true;
}

void job_run(const void *context, int out)
{
    const struct job *job = context;
    static char text[65536];
    char word[32];
    ssize_t size = pread(job->input.fd, text, sizeof text - 1, 0);
    unsigned number = 0, begun = seen->begun++;
    int len;
    seen->libraries[begun % 16] = job->libraries;
    seen->has_folder[begun % 16] = job->folder >= 0;
    getrlimit(RLIMIT_AS, &seen->memory[begun % 16]);
    getrlimit(RLIMIT_CPU, &seen->time[begun % 16]);
    getrlimit(RLIMIT_FSIZE, &seen->file[begun % 16]);
    getrlimit(RLIMIT_NOFILE, &seen->descriptors[begun % 16]);
    for (const char *rest = text; size > 0 && sscanf(rest, "%31s%n", word, &len) == 1; rest += len)
        if (!obey(job, word, out, number++))
            break;
}

/* One library is not to be had. */
#define MISSING 0x40

bool job_prepare(const void *context, int out)
{
    const struct job *job = context;
    if (!(job->libraries & MISSING))
        return true;
    send_item(out, "unprepared", 1);
    send_kind(out, MESSAGE_END, 0);
    return false;
}

struct queued {
    struct scratch *scratch;
    struct queue_settings settings;
    struct candidates candidates;
    const char *text; /* a line for each part, the last one with a full stop */
    const char *last; /* the last of them */
    uint64_t ids[64];
    size_t taken;
    unsigned larges_at_first; /* that were sent when the first part was taken */
};

static struct progress no_progress;

static struct queued make_run(void **state, unsigned jobs)
{
    struct scratch *scratch = *state;
    *seen = (__typeof__(*seen)){0};
    return (struct queued){
        .scratch = scratch,
        .settings = {.job = {.recovered_fd = -1},
                     .jobs = jobs,
                     .timeout = 20,
                     .stop_fd = -1,
                     .progress = &no_progress},
        .candidates = {.arena = scratch->arena},
        .text = "",
    };
}

static const char *add(struct queued *run, const char *name, const char *words)
{
    const char *path = scratch_write_text(run->scratch, name, words);
    candidates_add(&run->candidates, path);
    return path;
}

static bool take(void *context, const struct candidate *candidate, const struct outcome *outcome)
{
    struct queued *run = context;
    struct arena *arena = run->scratch->arena;
    struct message message = {0};
    const char *what = outcome->fault;
    if (run->taken == 0)
        run->larges_at_first = seen->larges;
    if (!what && outcome->result.ptr) {
        CLEANUP(arena) struct arena *decoded = arena_new();
        assert_null(message_decode(decoded, outcome->result, &message));
        what = arena_strdup(arena, message.member);
    }
    run->ids[run->taken++ % 64] = outcome->id;
    run->last = arena_printf(arena, "%s=%s%s\n", strrchr(candidate->path, '/') + 1, what,
                             outcome->is_last ? "." : "");
    if (run->taken <= 64)
        run->text = arena_printf(arena, "%s%s", run->text, run->last);
    return true;
}

static void run_queue(struct queued *run)
{
    if (candidates_find_twins(&run->candidates))
        assert_true(digest_prepare());
    run->settings.null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    assert_true(queue_run(&run->settings, &run->candidates, take, run));
    close(run->settings.null_fd);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

/* What comes of one file of words. */
static const char *run_words(void **state, const char *words)
{
    struct queued run = make_run(state, 1);
    add(&run, "x", words);
    run_queue(&run);
    return run.text;
}

#define NONSENSE "made the process that read it send nonsense"

static void parts_are_handed_over_in_order_and_the_last_is_marked(void **state)
{
    static const unsigned jobs[] = {1, 3};
    for (size_t i = 0; i < sizeof jobs / sizeof *jobs; i++) {
        struct queued run = make_run(state, jobs[i]);
        add(&run, "a", "item item nap item end");
        add(&run, "b", "item end");
        add(&run, "c", "item item end");
        run_queue(&run);
        assert_string_equal(run.text, "a=0\na=1\na=3.\nb=0.\nc=0\nc=1.\n");
    }
}

/* The worker still works then: a report is written as its image is read. */
static void a_part_is_handed_over_when_the_next_is_there(void **state)
{
    struct queued run = make_run(state, 1);
    add(&run, "x", "item large nap nap large large end");
    run_queue(&run);
    assert_string_equal(run.text, "x=0\nx=large\nx=large\nx=large.\n");
    assert_int_equal(run.larges_at_first, 1);
}

static void a_worker_without_a_word_has_failed(void **state)
{
    assert_string_equal(run_words(state, ""), "x=" NONSENSE ".\n");
    assert_string_equal(run_words(state, "end"), "x=" NONSENSE ".\n");
}

/* It may have been about to say more. */
static void items_without_an_end_are_followed_by_a_fault(void **state)
{
    assert_string_equal(run_words(state, "item item"), "x=0\nx=1\nx=" NONSENSE ".\n");
    assert_string_equal(run_words(state, "item crash"),
                        "x=0\nx=crashed the process that read it (SIGKILL).\n");
    assert_string_equal(run_words(state, "item half"), "x=0\nx=" NONSENSE ".\n");
}

static void nothing_counts_behind_the_end(void **state)
{
    assert_string_equal(run_words(state, "item end item"), "x=0.\n");
    assert_string_equal(run_words(state, "item end junk"), "x=0.\n");
    assert_string_equal(run_words(state, "item end need:1"), "x=0.\n");
    assert_string_equal(run_words(state, "item end sleep"), "x=0.\n");
}

static void a_frame_of_nonsense_ends_it(void **state)
{
    assert_string_equal(run_words(state, "junk item end"),
                        "x=" NONSENSE " (a choice is out of range, at byte 1).\n");
    assert_string_equal(run_words(state, "item junk sleep"),
                        "x=0\nx=" NONSENSE " (a choice is out of range, at byte 1).\n");
}

/* The folder is opened with the libraries: only an image names other files. */
static void a_worker_that_needs_libraries_is_started_again_with_them(void **state)
{
    assert_string_equal(run_words(state, "need:1 need:5 need:20 item end"), "x=3.\n");
    assert_int_equal(seen->begun, 4);
    static const unsigned want[] = {0, 0x1, 0x5, 0x25};
    for (size_t i = 0; i < 4; i++) {
        assert_int_equal(seen->libraries[i], want[i]);
        assert_int_equal(seen->has_folder[i], i > 0);
    }
}

static void what_it_has_already_is_no_need(void **state)
{
    struct queued run = make_run(state, 1);
    add(&run, "x", "need:0 item end");
    run_queue(&run);
    assert_string_equal(run.text, "x=" NONSENSE ".\n");
    assert_int_equal(seen->begun, 1);
}

static void a_library_that_there_is_not_is_no_need(void **state)
{
    char words[32];
    snprintf(words, sizeof words, "need:%x item end", LIBRARIES_ALL + 1);
    assert_string_equal(run_words(state, words), "x=" NONSENSE ".\n");
    assert_string_equal(run_words(state, "need:80000001 item end"), "x=" NONSENSE ".\n");
    assert_int_equal(seen->begun, 1);
}

/* It would read once more what it has reported. */
static void a_need_behind_an_item_is_nonsense(void **state)
{
    assert_string_equal(run_words(state, "item need:1 item end"), "x=0\nx=" NONSENSE ".\n");
    assert_int_equal(seen->begun, 1);
}

/* The worker was started for each library that there is, and has an end. */
static void needs_come_to_an_end(void **state)
{
    assert_string_equal(run_words(state, "need:1 need:2 need:4 need:8 need:10 need:20 need:80 "
                                         "need:100 need:200 need:400 item need:200 need:0"),
                        "x=0\nx=" NONSENSE ".\n");
    assert_int_equal(seen->begun, 11);
}

static void what_cannot_be_prepared_says_so_itself(void **state)
{
    char words[32];
    snprintf(words, sizeof words, "need:%x item", MISSING);
    assert_string_equal(run_words(state, words), "x=unprepared.\n");
    assert_int_equal(seen->begun, 1);
}

/* Each item gives the worker of an image its time once more. */
static void time_is_for_each_item(void **state)
{
    struct queued run = make_run(state, 1);
    run.settings.timeout = 1;
    add(&run, "x", "need:1 nap item nap item nap item nap item nap item end");
    add(&run, "y", "need:1 nap item sleep");
    run_queue(&run);
    assert_string_equal(run.text, "x=2\nx=4\nx=6\nx=8\nx=0.\n"
                                  "y=2\ny=took longer than 1 s to read (--timeout).\n");
}

/* Files beside an image may tell images of the same bytes apart. */
static void only_hives_have_twins(void **state)
{
    struct queued run = make_run(state, 2);
    static const char *const words[] = {"regf item end", "item item end"};
    for (size_t i = 0; i < 6; i++)
        add(&run, arena_printf(run.scratch->arena, "%zu", i), words[i % 2]);
    run_queue(&run);
    assert_string_equal(run.text, "0=1.\n1=0\n1=1.\n2=1.\n3=0\n3=1.\n4=1.\n5=0\n5=1.\n");
    assert_int_equal(seen->begun, 4);
    assert_int_equal(run.ids[0], run.ids[3]); /* 0 and 2 */
    assert_int_equal(run.ids[0], run.ids[6]); /* and 4 */
    assert_int_not_equal(run.ids[1], run.ids[2]);
    assert_int_not_equal(run.ids[1], run.ids[4]);
}

/* A report names it by its path. */
static void hives_with_a_system_beside_are_no_twins(void **state)
{
    struct queued run = make_run(state, 1);
    for (size_t i = 0; i < 4; i++) {
        const char *folder = arena_printf(run.scratch->arena, "%zu", i);
        scratch_make_folder(run.scratch, folder);
        add(&run, arena_printf(run.scratch->arena, "%s/SOFTWARE", folder), "regf item end");
        if (i < 2)
            scratch_write_text(run.scratch, arena_printf(run.scratch->arena, "%s/system", folder),
                               "the same");
    }
    run_queue(&run);
    assert_int_equal(seen->begun, 3);
    assert_int_not_equal(run.ids[0], run.ids[1]);
    assert_int_not_equal(run.ids[0], run.ids[2]);
    assert_int_equal(run.ids[2], run.ids[3]);
}

#define GIB ((rlim_t)1 << 30)

/* What is read of an image is a hive, however small or large the image is, and its time is for each
 * of them. */
static void an_image_has_the_limits_of_any_hive(void **state)
{
    struct queued run = make_run(state, 1);
    struct sandbox sandbox;
    struct rlimit own;
    sandbox_choose(SANDBOX_AUTO, &sandbox);
    if (!sandbox.limits)
        skip(); /* the sanitizer dies under them */
    getrlimit(RLIMIT_NOFILE, &own);
    rlim_t most = own.rlim_cur < 4096 ? own.rlim_cur : 4096;
    run.settings.sandbox = (struct sandbox){.limits = true};
    add(&run, "x", "need:1 need:40 item end");
    run_queue(&run);
    assert_string_equal(run.text, "x=unprepared.\n"); /* that one had no job */
    assert_in_range(seen->memory[0].rlim_cur, GIB, 2 * GIB);
    assert_in_range(seen->memory[1].rlim_cur, 9 * GIB, 10 * GIB);
    assert_int_equal(seen->time[0].rlim_cur, 20);
    assert_int_equal(seen->time[1].rlim_cur, RLIM_INFINITY);
    assert_int_equal(seen->descriptors[0].rlim_cur, 64);
    assert_int_equal(seen->descriptors[1].rlim_cur, most);
    for (size_t i = 0; i < 2; i++)
        assert_int_equal(seen->file[i].rlim_max, 2 * GIB);
}

/* A WIM on a disc is a file of holes in memory, as long as the disc at most. */
static void a_large_disc_may_have_a_window_of_its_size(void **state)
{
    struct queued run = make_run(state, 1);
    struct sandbox sandbox;
    sandbox_choose(SANDBOX_AUTO, &sandbox);
    if (!sandbox.limits)
        skip();
    char words[64];
    unsigned udf = LIBRARY_BIT(LIBRARY_UDFREAD), other = LIBRARY_BIT(LIBRARY_ZLIB);
    snprintf(words, sizeof words, "need:%x need:%x item end", other, udf);
    run.settings.sandbox = (struct sandbox){.limits = true};
    const char *path = add(&run, "x", words);
    if (truncate(path, (off_t)(5 * GIB)) != 0)
        skip();
    run.candidates.items[0].size = 5 * GIB;
    run_queue(&run);
    assert_string_equal(run.text, "x=2.\n");
    assert_int_equal(seen->file[1].rlim_max, 2 * GIB);
    assert_int_equal(seen->file[2].rlim_max, 5 * GIB);
}

/* One that was taken over: a hive gives one item, and none needs a library. */
static void a_hive_that_acts_as_an_image_is_nonsense(void **state)
{
    struct queued run = make_run(state, 1);
    add(&run, "a", "regf item item end");
    add(&run, "b", "regf item item end");
    add(&run, "c", "regf need:1 item end");
    add(&run, "d", "regf need:1 item end");
    run_queue(&run);
    assert_string_equal(run.text, "a=1\na=2\na=" NONSENSE ".\nb=1\nb=2\nb=" NONSENSE ".\n"
                                  "c=" NONSENSE ".\nd=" NONSENSE ".\n");
    assert_int_equal(seen->begun, 2);
}

/* 20 items of 8 MiB behind a slow candidate: 64 MiB are kept, and one more may be on its way. */
static void results_that_wait_take_memory_up_to_a_limit(void **state)
{
    struct queued run = make_run(state, 3);
    const char *words = "", *want = "slow=3.\n";
    for (int i = 0; i < 20; i++)
        words = arena_printf(run.scratch->arena, "%slarge ", words);
    add(&run, "slow", "nap nap nap item end");
    add(&run, "x", arena_printf(run.scratch->arena, "%s end", words));
    add(&run, "y", arena_printf(run.scratch->arena, "%s end ", words));
    run.settings.timeout = 2;
    run_queue(&run);
    assert_in_range(run.larges_at_first, 8, 12);
    for (int i = 0; i < 40; i++)
        want = arena_printf(run.scratch->arena, "%s%s=large%s\n", want, i < 20 ? "x" : "y",
                            i % 20 == 19 ? "." : "");
    assert_string_equal(run.text, want);
}

/* A worker that was taken over: each item is a good one. */
static void items_without_end_are_stopped(void **state)
{
    struct queued run = make_run(state, 1);
    add(&run, "x", "flood");
    run_queue(&run);
    assert_int_equal(run.taken, 100002);
    const char *end = "x=holds more hives than are reported of one image.\n";
    assert_string_equal(run.last, end);
}

/* What comes of one file of words with --hash: the names of its inputs. */
static const char *hash_words(void **state, const char *words, const char **text)
{
    struct queued run = make_run(state, 1);
    struct inputs inputs = {.arena = run.scratch->arena, .stop_fd = -1, .progress = &no_progress};
    const char *names = "";
    size_t count;
    assert_true(digest_prepare());
    run.settings.job.hash = true;
    run.settings.inputs = &inputs;
    add(&run, "x", words);
    run_queue(&run);
    *text = run.text;
    assert_true(inputs_compare(&inputs));
    const struct input_record *records = inputs_list(&inputs, &count);
    for (size_t i = 0; i < count; i++)
        names = arena_printf(run.scratch->arena, "%s%s=%s ", names,
                             strrchr(records[i].name, '/') + 1, records[i].role);
    inputs_end(&inputs);
    return names;
}

static void files_that_an_image_goes_on_in_are_inputs(void **state)
{
    const char *text;
    scratch_write_text(*state, "b", "1");
    scratch_write_text(*state, "a", "2");
    assert_string_equal(hash_words(state, "need:1 part:b item part:a part:b end", &text),
                        "x=evidence b=part a=part ");
    assert_string_equal(text, "x=2.\n");
}

/* Nothing but files in the folder of the image can have been read. */
static void what_cannot_be_a_part_is_passed_over(void **state)
{
    const char *text;
    scratch_make_folder(*state, "folder");
    assert_int_equal(symlink("x", scratch_path(*state, "link")), 0);
    assert_int_equal(mkfifo(scratch_path(*state, "pipe"), 0600), 0);
    assert_string_equal(hash_words(state,
                                   "need:1 part:/etc/passwd part:.. part:folder part:link "
                                   "part:pipe part:none item end",
                                   &text),
                        "x=evidence ");
    assert_string_equal(text, "x=7.\n");
}

static void a_part_that_nobody_asked_for_is_nonsense(void **state)
{
    const char *text;
    assert_string_equal(run_words(state, "need:1 part:b item end"), "x=" NONSENSE ".\n");
    hash_words(state, "part:b item end", &text); /* without the folder */
    assert_string_equal(text, "x=" NONSENSE ".\n");
    hash_words(state, "need:1 parts", &text);
    assert_string_equal(text, "x=" NONSENSE ".\n");
}

static int share(void **state)
{
    (void)state;
    seen = mmap(NULL, sizeof *seen, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return seen == MAP_FAILED;
}

static int unshare_all(void **state)
{
    (void)state;
    return munmap(seen, sizeof *seen);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(parts_are_handed_over_in_order_and_the_last_is_marked),
        SCRATCH_TEST(a_part_is_handed_over_when_the_next_is_there),
        SCRATCH_TEST(a_worker_without_a_word_has_failed),
        SCRATCH_TEST(items_without_an_end_are_followed_by_a_fault),
        SCRATCH_TEST(nothing_counts_behind_the_end),
        SCRATCH_TEST(a_frame_of_nonsense_ends_it),
        SCRATCH_TEST(a_worker_that_needs_libraries_is_started_again_with_them),
        SCRATCH_TEST(what_it_has_already_is_no_need),
        SCRATCH_TEST(a_library_that_there_is_not_is_no_need),
        SCRATCH_TEST(a_need_behind_an_item_is_nonsense),
        SCRATCH_TEST(needs_come_to_an_end),
        SCRATCH_TEST(what_cannot_be_prepared_says_so_itself),
        SCRATCH_TEST(time_is_for_each_item),
        SCRATCH_TEST(only_hives_have_twins),
        SCRATCH_TEST(hives_with_a_system_beside_are_no_twins),
        SCRATCH_TEST(a_hive_that_acts_as_an_image_is_nonsense),
        SCRATCH_TEST(an_image_has_the_limits_of_any_hive),
        SCRATCH_TEST(a_large_disc_may_have_a_window_of_its_size),
        SCRATCH_TEST(results_that_wait_take_memory_up_to_a_limit),
        SCRATCH_TEST(items_without_end_are_stopped),
        SCRATCH_TEST(files_that_an_image_goes_on_in_are_inputs),
        SCRATCH_TEST(what_cannot_be_a_part_is_passed_over),
        SCRATCH_TEST(a_part_that_nobody_asked_for_is_nonsense),
    };
    signal(SIGPIPE, SIG_IGN);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0});
    return cmocka_run_group_tests(tests, share, unshare_all);
}
