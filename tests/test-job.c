/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "job.h"

#include <errno.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "base/bytes.h"
#include "evidence.h"
#include "message.h"
#include "scratch.h"

#define CARDS    "Microsoft\\Cryptography\\Calais\\SmartCards\\"
#define ARCHIVES (LIBRARY_BIT(LIBRARY_ARCHIVE) | LIBRARY_BIT(LIBRARY_ZLIB))

/* A job that runs in this process: what it sends goes into memory. */
struct fixture {
    struct scratch *scratch;
    struct job_settings settings;
    struct job job;
    int out;
    const char *said; /* a line for each message */
};

static struct fixture make(void **state)
{
    struct fixture fixture = {.scratch = *state, .settings = {.recovered_fd = -1}, .said = ""};
    fixture.out = memfd_create("test", MFD_CLOEXEC);
    assert_true(fixture.out >= 0);
    return fixture;
}

static void write_hive(const struct scratch *scratch, const char *name, const char *card)
{
    const char *text = arena_printf(scratch->arena, SUPPORT_WINDOWS_10 "[" CARDS "%s]\n", card);
    const struct memory_hive *hive = support_build(scratch->arena, text);
    scratch_write(scratch, name, hive->bytes, hive->source.size);
}

/* Runs a command in the folder. */
static void run(const struct scratch *scratch, const char *command)
{
    if (system(arena_printf(scratch->arena, "cd '%s' && { %s; } >log 2>&1", scratch->folder,
                            command)) != 0)
        skip();
}

/* "one: A (certain), origin x" or what was said of it: "one! (2: is damaged)". */
static const char *show_item(struct arena *arena, const struct message *message)
{
    struct wire_item *item = arena_alloc(arena, 1, sizeof *item);
    assert_null(wire_decode(arena, message->facts, NULL, 0, item));
    const struct view_config *native = &item->snapshot.views[VIEW_NATIVE];
    const char *text = arena_printf(arena, "'%s'", message->member);
    if (item->read)
        text = arena_printf(arena, "%s %s%s%s", text, native->cards[0].key.origin.name,
                            message->is_certain ? " certain" : "",
                            item->snapshot.system.state == SYSTEM_READ ? " with SYSTEM" : "");
    if (item->snapshot.hive.kind == HIVE_KIND_NONE)
        text = arena_printf(arena, "%s none", text);
    for (size_t i = 0; i < item->diags.count; i++)
        if (item->diags.items[i].level != DIAG_NOTE)
            text = arena_printf(arena, "%s (%s)", text, item->diags.items[i].message);
    return text;
}

static const char *show_message(struct arena *arena, struct slice bytes)
{
    struct message message;
    assert_null(message_decode(arena, bytes, &message));
    if (message.kind == MESSAGE_NEED)
        return arena_printf(arena, "need %x", message.libraries);
    return message.kind == MESSAGE_END ? "end" : show_item(arena, &message);
}

/* Takes apart what was sent, frame by frame: a magic number, a length, and as many bytes. */
static void take_messages(struct fixture *fixture)
{
    struct arena *arena = fixture->scratch->arena;
    size_t size = (size_t)lseek(fixture->out, 0, SEEK_END);
    uint8_t *sent = arena_alloc(arena, size + 1, 1);
    assert_int_equal(pread(fixture->out, sent, size, 0), size);
    for (size_t at = 0; at < size;) {
        assert_true(size - at >= 12 && memcmp(sent + at, "hawf", 4) == 0);
        size_t len = (size_t)get_u64(sent + at + 4);
        assert_true(len <= size - at - 12);
        fixture->said =
            arena_printf(arena, "%s%s\n", fixture->said,
                         show_message(arena, (struct slice){.ptr = sent + at + 12, .len = len}));
        at += 12 + len;
    }
}

/* All that a worker with these libraries sends about a file of the folder. */
static const char *send_all(struct fixture *fixture, const char *name, unsigned libraries)
{
    const struct scratch *scratch = fixture->scratch;
    struct diags diags = {.arena = scratch->arena};
    struct log_finder finder = {0};
    fixture->job.settings = &fixture->settings;
    fixture->job.libraries = libraries;
    assert_true(evidence_open(scratch->arena, &diags, &finder, &(struct beside){0},
                              scratch_path(scratch, name), &fixture->job));
    if (job_prepare(&fixture->job, fixture->out))
        job_run(&fixture->job, fixture->out);
    evidence_close(&fixture->job);
    log_finder_end(&finder);
    take_messages(fixture);
    close(fixture->out);
    return fixture->said;
}

static void a_hive_is_one_item_without_a_way(void **state)
{
    struct fixture fixture = make(state);
    write_hive(fixture.scratch, "hive", "A");
    assert_string_equal(send_all(&fixture, "hive", 0), "'' A\nend\n");
}

static void what_is_no_hive_is_said_to_be_none(void **state)
{
    struct fixture fixture = make(state);
    scratch_write_text(fixture.scratch, "text", "CREG");
    assert_string_equal(send_all(&fixture, "text", 0),
                        "'' none (is not a registry hive: it looks like a registry file of "
                        "Windows 95/98/ME)\nend\n");
}

/* It has read nothing then: all of it comes from the next one. */
static void an_image_needs_libraries_and_says_no_more(void **state)
{
    struct fixture fixture = make(state);
    write_hive(fixture.scratch, "one", "A");
    run(fixture.scratch, "tar -cf x.tar one");
    const char *want =
        arena_printf(fixture.scratch->arena, "need %x\n", LIBRARY_BIT(LIBRARY_ARCHIVE));
    assert_string_equal(send_all(&fixture, "x.tar", 0), want);
}

static void every_hive_of_an_image_is_an_item(void **state)
{
    struct fixture fixture = make(state);
    run(fixture.scratch, "mkdir -p C/Windows/System32/config old");
    write_hive(fixture.scratch, "C/Windows/System32/config/SOFTWARE", "A");
    write_hive(fixture.scratch, "old/x", "B");
    run(fixture.scratch, "tar -cf x.tar C old");
    assert_string_equal(send_all(&fixture, "x.tar", ARCHIVES),
                        "'C/Windows/System32/config/SOFTWARE' A certain\n'old/x' B\nend\n");
}

static void an_image_without_a_hive_is_none(void **state)
{
    struct fixture fixture = make(state);
    scratch_write_text(fixture.scratch, "text", "x");
    run(fixture.scratch, "tar -cf x.tar text");
    assert_string_equal(send_all(&fixture, "x.tar", ARCHIVES),
                        "'' none (nothing to audit: no SOFTWARE hive in this image)\nend\n");
}

/* What lies in the place of a live one is wanted, whatever it is. */
static void a_hive_that_is_none_is_nothing_unless_it_is_live(void **state)
{
    struct fixture fixture = make(state);
    run(fixture.scratch, "mkdir -p C/Windows/System32/config");
    scratch_write_text(fixture.scratch, "C/Windows/System32/config/SOFTWARE", "MZ");
    run(fixture.scratch, "tar -cf x.tar C");
    const char *said = send_all(&fixture, "x.tar", ARCHIVES);
    assert_non_null(strstr(said, "'C/Windows/System32/config/SOFTWARE'"));
    assert_null(strstr(said, "nothing to audit: no SOFTWARE hive"));
    assert_non_null(strstr(said, "\nend\n"));
}

/* What is whole is read; who reads of it has to know that more may have been there. */
static void damage_of_an_image_is_said_of_every_hive_in_it(void **state)
{
    struct fixture fixture = make(state);
    write_hive(fixture.scratch, "one", "A");
    write_hive(fixture.scratch, "two", "B");
    run(fixture.scratch, "tar -cf x.tar one two && truncate -s 14000 x.tar");
    char *said = arena_strdup(fixture.scratch->arena, send_all(&fixture, "x.tar", ARCHIVES));
    const char *one = strtok(said, "\n"), *two = strtok(NULL, "\n"), *end = strtok(NULL, "");
    assert_non_null(strstr(one, "'one' A (the archive is damaged"));
    assert_non_null(strstr(two, "'two' (the archive is damaged"));
    assert_non_null(strstr(two, "cannot be read"));
    assert_string_equal(end, "end\n");
}

static void options_for_a_hive_refuse_an_image(void **state)
{
    struct fixture fixture = make(state);
    write_hive(fixture.scratch, "one", "A");
    run(fixture.scratch, "tar -cf x.tar one");
    fixture.settings.is_for_hive = true;
    assert_string_equal(
        send_all(&fixture, "x.tar", ARCHIVES),
        "'' (is a tar archive: --log and --save-recovered are for a hive file)\nend\n");
}

static void a_system_hive_beside_is_read_with_its_hive(void **state)
{
    struct fixture fixture = make(state);
    const struct memory_hive *system = support_build(fixture.scratch->arena, SUPPORT_SYSTEM);
    run(fixture.scratch, "mkdir a b");
    write_hive(fixture.scratch, "a/SOFTWARE", "A");
    write_hive(fixture.scratch, "b/other", "B");
    scratch_write(fixture.scratch, "a/System", system->bytes, system->source.size);
    scratch_write(fixture.scratch, "b/System", system->bytes, system->source.size);
    run(fixture.scratch, "tar -cf x.tar a b");
    const char *said = send_all(&fixture, "x.tar", ARCHIVES);
    assert_non_null(strstr(said, "'a/SOFTWARE' A with SYSTEM\n"));
    assert_non_null(strstr(said, "'b/other' B\n"));
}

/* Out of descriptors, none can be loaded. */
static int prepare_without_descriptors(struct scratch *scratch)
{
    void *state = scratch;
    struct fixture fixture = make(&state);
    fixture.job =
        (struct job){.settings = &fixture.settings, .libraries = LIBRARY_BIT(LIBRARY_EWF)};
    struct rlimit limit, none = {.rlim_cur = 0};
    getrlimit(RLIMIT_NOFILE, &limit);
    none.rlim_max = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &none);
    bool prepared = job_prepare(&fixture.job, fixture.out);
    setrlimit(RLIMIT_NOFILE, &limit);
    take_messages(&fixture);
    return prepared || strcmp(fixture.said, "'' (cannot be read: the library libewf.so.2 is not to "
                                            "be had (Debian package libewf2))\nend\n") != 0;
}

static void a_library_that_is_missing_is_all_that_is_said(void **state)
{
    assert_int_equal(scratch_run_as_nobody(*state, prepare_without_descriptors), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(a_hive_is_one_item_without_a_way),
        SCRATCH_TEST(what_is_no_hive_is_said_to_be_none),
        SCRATCH_TEST(an_image_needs_libraries_and_says_no_more),
        SCRATCH_TEST(every_hive_of_an_image_is_an_item),
        SCRATCH_TEST(an_image_without_a_hive_is_none),
        SCRATCH_TEST(a_hive_that_is_none_is_nothing_unless_it_is_live),
        SCRATCH_TEST(damage_of_an_image_is_said_of_every_hive_in_it),
        SCRATCH_TEST(options_for_a_hive_refuse_an_image),
        SCRATCH_TEST(a_system_hive_beside_is_read_with_its_hive),
        SCRATCH_TEST(a_library_that_is_missing_is_all_that_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
