/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/bytes.h"
#include "base/cleanup.h"
#include "example_files.h"
#include "findings.h"
#include "model/module.h"
#include "model/system.h"
#include "report/report.h"
#include "rule/load.h"

#define CURRENT_VERSION "Microsoft\\Windows NT\\CurrentVersion"
#define CALAIS          "Microsoft\\Cryptography\\Calais"
#define ODD_NAME        "a\xc0\x80\xed\xa0\x80\xed\xbf\xbfz"

/* Something of all that the model knows, and much that rules object to. */
#define BROKEN                                                                                     \
    SUPPORT_WINDOWS_10                                                                             \
    "[" CURRENT_VERSION "]\n\"UBR\"=dword:ed\n\"DisplayVersion\"=\"22H2\"\n"                       \
    "[" CARDS "Outside]\n\"ATR\"=hex:3b,04,51,ff\n\"ATRMask\"=hex:ff,ff,0f,ff\n"                   \
    "\"Crypto Provider\"=\"" BASE_CSP "\"\n"                                                       \
    "\"Smart Card Key Storage Provider\"=\"" BASE_KSP "\"\n\"80000001\"=\"D:\\\\x\\\\y.dll\"\n"    \
    "[" CARDS "Zero]\n\"ATR\"=hex:3b,00\n\"ATRMask\"=hex:00,00\n\"Crypto Provider\"=\"None\"\n"    \
    "[" CARDS "Types]\n\"ATR\"=\"3b00\"\n\"ATRMask\"=dword:1\n\"Crypto Provider\"=hex:41\n"        \
    "\"80000001\"=hex(1):61,00,00,00,62,00,00,00\n\"Vendor\"=dword:7\n@=\"\"\n"                    \
    "\"Smart Card Key Storage Provider\"=hex(1):00,d8,41,00,00\n\"odd\"=hex(ffff0001):\n"          \
    "[" CARDS "Empty]\n[" CARDS PIV "]\n\"80000001\"=\"C:\\\\evil.dll\"\n"                         \
    "[" WOW CARDS                                                                                  \
    "Outside]\n\"ATR\"=hex:3b,04,51,fe\n\"Long value name\"=hex:01,02,03,04,05,06,07,08\n"         \
    "[" CALAIS "\\Smart_Cards]\n[" READERS "\\RetryDeviceInitialize]\n[" READERS "]\n"             \
    "\"RetryDeviceInitialize\"=dword:2\n[" WOW READERS "]\n\"RetryDeviceInitialize\"=dword:1\n"    \
    "[" PROVIDERS BASE_CSP "]\n[" PROVIDERS "Other]\n\"Image Path\"=hex(2):25,00,00,00\n"          \
    "[Policies\\Microsoft\\Windows\\ScPnP]\n\"EnableScPnP\"=dword:0\n"                             \
    "[" CALAIS "\\PIV Device ATR Cache]\n\"3b00\"=hex:00\n"

/* A SYSTEM hive with much that the model knows. */
#define KSPS "ControlSet001\\Control\\Cryptography\\Providers\\"
#define SYSTEM                                                                                     \
    SUPPORT_SYSTEM                                                                                 \
    "[" KSPS BASE_KSP "]\n\"Aliases\"=hex(7):61,00,00,00,62,00,00,00,00,00\n\"x\"=dword:1\n"       \
    "[" KSPS BASE_KSP "\\UM]\n\"Image\"=\"scksp.dll\"\n[" KSPS "Contoso KSP]\n"                    \
    "[ControlSet001\\Services\\SCardSvr]\n\"Start\"=dword:4\n"                                     \
    "[ControlSet001\\Services\\CertPropSvc]\n\"Start\"=\"4\"\n"

/* The shipped rules, and what they ask for. */
struct fixture {
    struct arena *arena;
    struct ruleset ruleset;
    struct key_request *requests;
    size_t nrequests;
};

static int start(void **state)
{
    struct arena *arena = arena_new();
    struct fixture *fixture = arena_alloc(arena, 1, sizeof *fixture);
    struct rule_errors errors = {.arena = arena};
    struct rule_files files = {0};
    fixture->arena = arena;
    rule_files_add_shipped(&errors, &files);
    fixture->ruleset = ruleset_load(&errors, &files);
    fixture->requests = ruleset_collect_requests(arena, &fixture->ruleset, &fixture->nrequests);
    *state = fixture;
    return errors.count != 0;
}

static int stop(void **state)
{
    arena_free(((struct fixture *)*state)->arena);
    return 0;
}

#define WIRE_TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)

static struct wire_item *read_both(struct fixture *fixture, const struct memory_hive *hive,
                                   const struct source *system)
{
    struct read_plan plan = {
        .requests = fixture->requests, .nrequests = fixture->nrequests, .system = system};
    struct wire_item *item = arena_alloc(fixture->arena, 1, sizeof *item);
    item->diags.arena = fixture->arena;
    item->size = hive->source.size;
    item->read = snapshot_read(fixture->arena, &item->diags, &hive->source, &plan, &item->snapshot);
    return item;
}

static struct wire_item *read_hive(struct fixture *fixture, const struct memory_hive *hive)
{
    return read_both(fixture, hive, NULL);
}

static struct wire_item *read_texts(struct fixture *fixture, const char *software,
                                    const char *system)
{
    return read_both(fixture, support_build(fixture->arena, software),
                     &support_build(fixture->arena, system)->source);
}

static struct wire_item *read_text(struct fixture *fixture, const char *reg_text)
{
    return read_hive(fixture, support_build(fixture->arena, reg_text));
}

static struct slice encode(struct fixture *fixture, const struct wire_item *item)
{
    struct slice made = wire_encode(item), kept = arena_dup(fixture->arena, made);
    free((void *)made.ptr);
    return kept;
}

/* From memory of just these bytes, which is gone afterwards. */
static const char *decode(const struct fixture *fixture, struct arena *arena, struct slice bytes,
                          struct wire_item *item)
{
    uint8_t *copy = malloc(bytes.len + !bytes.len);
    assert_non_null(copy);
    if (bytes.len)
        memcpy(copy, bytes.ptr, bytes.len);
    const char *fault = wire_decode(arena, (struct slice){copy, bytes.len}, fixture->requests,
                                    fixture->nrequests, item);
    free(copy);
    return fault;
}

static struct wire_item *decode_well(struct fixture *fixture, struct slice bytes)
{
    struct wire_item *item = arena_alloc(fixture->arena, 1, sizeof *item);
    const char *fault = decode(fixture, fixture->arena, bytes, item);
    if (fault)
        fail_msg("%s", fault);
    return item;
}

static void assert_refused(struct fixture *fixture, const struct wire_item *item, const char *words)
{
    struct wire_item got;
    const char *fault = decode(fixture, fixture->arena, encode(fixture, item), &got);
    if (!fault || !strstr(fault, words))
        fail_msg("got \"%s\", want \"%s\"", fault ? fault : "no fault", words);
}

static void assert_same_text(const char *a, const char *b)
{
    assert_int_equal(!a, !b);
    if (a)
        assert_string_equal(a, b);
}

static void assert_same_value(const struct regval *a, const struct regval *b)
{
    assert_same_text(a->name, b->name);
    assert_int_equal(a->state, b->state);
    assert_int_equal(a->type, b->type);
    assert_int_equal(a->raw.len, b->raw.len);
    assert_int_equal(!a->raw.ptr, !b->raw.ptr);
    if (a->raw.len)
        assert_memory_equal(a->raw.ptr, b->raw.ptr, a->raw.len);
    assert_same_text(a->text, b->text);
    assert_same_text(a->seen, b->seen);
    assert_int_equal(a->flaws, b->flaws);
}

static void assert_same_origin(const struct origin *a, const struct origin *b)
{
    assert_same_text(a->key, b->key);
    assert_same_text(a->name, b->name);
    assert_int_equal(a->view, b->view);
    assert_int_equal(a->last_write, b->last_write);
    assert_int_equal(a->offset, b->offset);
}

static void assert_same_key(const struct regkey *a, const struct regkey *b)
{
    assert_same_origin(&a->origin, &b->origin);
    assert_int_equal(a->state, b->state);
    assert_int_equal(a->nvalues, b->nvalues);
    for (size_t i = 0; i < a->nvalues; i++)
        assert_same_value(&a->values[i], &b->values[i]);
    assert_int_equal(a->nsubkeys, b->nsubkeys);
    for (size_t i = 0; i < a->nsubkeys; i++) {
        assert_same_origin(&a->subkeys[i], &b->subkeys[i]);
        assert_int_equal(a->by_name[i], b->by_name[i]);
    }
}

static void assert_same_view(const struct view_config *a, const struct view_config *b)
{
    assert_int_equal(a->exists, b->exists);
    assert_same_key(&a->calais, &b->calais);
    assert_same_key(&a->smart_cards, &b->smart_cards);
    assert_same_key(&a->readers, &b->readers);
    assert_same_key(&a->providers, &b->providers);
    assert_int_equal(a->ncards, b->ncards);
    for (size_t i = 0; i < a->ncards; i++) {
        assert_same_key(&a->cards[i].key, &b->cards[i].key);
        for (int field = 0; field < NCARD_FIELDS; field++)
            assert_same_value(a->cards[i].field[field], b->cards[i].field[field]);
    }
    assert_int_equal(a->ncsps, b->ncsps);
    for (size_t i = 0; i < a->ncsps; i++)
        assert_same_key(&a->csps[i], &b->csps[i]);
    assert_int_equal(a->nlisted, b->nlisted);
    assert_int_equal(a->nlost, b->nlost);
    for (size_t i = 0; i < a->nlost; i++) {
        assert_same_text(a->lost[i].key, b->lost[i].key);
        assert_same_text(a->lost[i].reason, b->lost[i].reason);
        assert_int_equal(a->lost[i].offset, b->lost[i].offset);
    }
}

static void assert_same_facts(const struct hive_facts *a, const struct hive_facts *b)
{
    assert_same_text(a->file_name, b->file_name);
    assert_int_equal(a->primary_sequence, b->primary_sequence);
    assert_int_equal(a->secondary_sequence, b->secondary_sequence);
    assert_int_equal(a->last_written, b->last_written);
    assert_int_equal(a->known, b->known);
    assert_int_equal(a->state, b->state);
    assert_int_equal(a->repairs, b->repairs);
    assert_int_equal(a->nlogs, b->nlogs);
    for (size_t i = 0; i < a->nlogs; i++) {
        const struct log_use *x = &a->logs[i], *y = &b->logs[i];
        assert_same_text(x->name, y->name);
        assert_same_text(x->reason, y->reason);
        assert_true(x->format == y->format && x->first == y->first && x->last == y->last &&
                    x->applied == y->applied);
    }
}

static void assert_same_os(const struct os_build *a, const struct os_build *b)
{
    assert_same_text(a->product, b->product);
    assert_same_text(a->display_version, b->display_version);
    assert_same_text(a->system_root, b->system_root);
    assert_true(a->build == b->build && a->ubr == b->ubr && a->has_ubr == b->has_ubr &&
                a->arch == b->arch && a->is_64bit == b->is_64bit);
}

static void assert_same_ksps(const struct system_config *a, const struct system_config *b)
{
    assert_int_equal(a->nksps, b->nksps);
    for (size_t i = 0; i < a->nksps; i++) {
        assert_same_key(&a->ksps[i].key, &b->ksps[i].key);
        assert_same_key(&a->ksps[i].user_mode, &b->ksps[i].user_mode);
    }
    assert_int_equal(a->knows_ksps, b->knows_ksps);
    assert_int_equal(a->nksp_names, b->nksp_names);
    for (size_t i = 0; i < a->nksp_names; i++) {
        assert_same_text(a->ksp_names[i].name, b->ksp_names[i].name);
        assert_int_equal(a->ksp_names[i].ksp, b->ksp_names[i].ksp);
    }
}

static void assert_same_system(const struct system_config *a, const struct system_config *b)
{
    assert_int_equal(a->state, b->state);
    assert_same_text(a->name, b->name);
    assert_int_equal(a->hive.kind, b->hive.kind);
    if (a->hive.known)
        assert_same_facts(&a->hive, &b->hive);
    assert_int_equal(a->control_set, b->control_set);
    if (a->state != SYSTEM_READ)
        return;
    assert_same_key(&a->providers, &b->providers);
    assert_same_ksps(a, b);
    for (int i = 0; i < NSERVICES; i++)
        assert_same_key(&a->services[i], &b->services[i]);
}

static void assert_same_files(const struct snapshot *a, const struct snapshot *b)
{
    assert_int_equal(a->has_files, b->has_files);
    assert_memory_equal(a->has_system_folder, b->has_system_folder, sizeof a->has_system_folder);
    assert_int_equal(a->nfiles, b->nfiles);
    for (size_t i = 0; i < a->nfiles; i++) {
        const struct module_file *x = &a->files[i], *y = &b->files[i];
        assert_same_text(x->asked, y->asked);
        assert_same_text(x->path, y->path);
        assert_same_text(x->found, y->found);
        assert_true(x->view == y->view && x->is_bare == y->is_bare && x->state == y->state &&
                    x->size == y->size && x->machine == y->machine &&
                    x->has_digest == y->has_digest);
        assert_memory_equal(x->digest, y->digest, sizeof x->digest);
    }
}

static void assert_same_snapshot(const struct snapshot *a, const struct snapshot *b)
{
    assert_same_files(a, b);
    assert_same_facts(&a->hive, &b->hive);
    assert_same_system(&a->system, &b->system);
    assert_same_os(&a->os, &b->os);
    for (enum view view = 0; view < NVIEWS; view++)
        assert_same_view(&a->views[view], &b->views[view]);
    for (int i = 0; i < NPOLICIES; i++)
        assert_same_key(&a->policies[i], &b->policies[i]);
    for (int i = 0; i < NATR_CACHES; i++)
        assert_same_key(&a->atr_caches[i], &b->atr_caches[i]);
    assert_ptr_equal(a->requests, b->requests);
    assert_int_equal(a->nrequests, b->nrequests);
    assert_int_equal(!a->requested, !b->requested);
    for (size_t i = 0; a->requested && i < a->nrequests; i++)
        assert_same_key(&a->requested[i], &b->requested[i]);
    assert_int_equal(a->has_calais, b->has_calais);
    assert_int_equal(!a->before, !b->before);
    if (a->before)
        assert_same_snapshot(a->before, b->before);
}

static void assert_same_diags(const struct diags *a, const struct diags *b)
{
    assert_int_equal(a->count, b->count);
    assert_int_equal(a->worst, b->worst);
    for (size_t i = 0; i < a->count; i++) {
        assert_int_equal(a->items[i].level, b->items[i].level);
        assert_same_text(a->items[i].key, b->items[i].key);
        assert_same_text(a->items[i].message, b->items[i].message);
    }
}

/* Sends an item, and finds all of it again: the same facts, findings and bytes. */
static const struct wire_item *check_round_trip(struct fixture *fixture,
                                                const struct wire_item *item)
{
    struct slice bytes = encode(fixture, item);
    const struct wire_item *back = decode_well(fixture, bytes);
    assert_int_equal(back->size, item->size);
    assert_int_equal(back->read, item->read);
    assert_same_diags(&item->diags, &back->diags);
    assert_same_snapshot(&item->snapshot, &back->snapshot);
    struct slice again = encode(fixture, back);
    assert_int_equal(again.len, bytes.len);
    assert_memory_equal(again.ptr, bytes.ptr, bytes.len);
    struct arena *arena = fixture->arena;
    if (item->read)
        assert_string_equal(
            findings_show(arena, ruleset_judge(arena, &fixture->ruleset, &back->snapshot)),
            findings_show(arena, ruleset_judge(arena, &fixture->ruleset, &item->snapshot)));
    return back;
}

static void a_snapshot_comes_back(void **state)
{
    struct fixture *fixture = *state;
    struct wire_item *item = read_text(fixture, BROKEN);
    assert_true(item->read);
    check_round_trip(fixture, item);
    struct findings findings = ruleset_judge(fixture->arena, &fixture->ruleset, &item->snapshot);
    assert_true(findings.count > 15); /* so that the same findings mean something */
    const struct card *card = support_find_card(&item->snapshot, VIEW_NATIVE, "Types");
    assert_int_equal(card->field[CARD_ATR]->state, VALUE_WRONG_TYPE);
    assert_int_equal(card->field[CARD_INSTALLED_BY]->state, VALUE_ABSENT);
}

static void the_system_hive_comes_back(void **state)
{
    struct fixture *fixture = *state;
    struct wire_item *item = read_texts(fixture, BROKEN, SYSTEM);
    const struct system_config *system = &check_round_trip(fixture, item)->snapshot.system;
    assert_int_equal(system->state, SYSTEM_READ);
    assert_int_equal(system->nksps, 2);
    assert_true(system->knows_ksps);
    assert_ptr_equal(system_find_ksp(system, "B"), system_find_ksp(system, BASE_KSP));
    assert_string_equal(system->ksps[1].user_mode.origin.key, KSPS BASE_KSP "\\UM");
}

static void a_system_hive_that_failed_comes_back_with_its_reason(void **state)
{
    struct fixture *fixture = *state;
    struct wire_item *item = read_texts(fixture, BROKEN, "[x]\n");
    const struct wire_item *back = check_round_trip(fixture, item);
    assert_int_equal(back->snapshot.system.state, SYSTEM_FAILED);
    assert_int_equal(back->diags.worst, DIAG_INCOMPLETE);
    uint8_t zeros[16] = {0};
    item = read_both(fixture, support_build(fixture->arena, BROKEN),
                     &support_wrap(fixture->arena, zeros, sizeof zeros)->source);
    assert_int_equal(check_round_trip(fixture, item)->snapshot.system.state, SYSTEM_FAILED);
}

static void what_cannot_be_read_of_system_comes_back_as_that(void **state)
{
    enum { NK_VALUES = 4 + 40 };
    struct fixture *fixture = *state;
    struct memory_hive *system = support_build(fixture->arena, SYSTEM);
    size_t cell = support_locate_key(fixture->arena, system, KSPS BASE_KSP "\\UM");
    findings_damage_value(system, "Aliases");
    support_put_u32(system, cell + NK_VALUES, 0x7ffffff0);
    struct wire_item *item =
        read_both(fixture, support_build(fixture->arena, BROKEN), &system->source);
    const struct wire_item *back = check_round_trip(fixture, item);
    assert_int_equal(back->diags.worst, DIAG_INCOMPLETE);
    assert_false(back->snapshot.system.knows_ksps);
    assert_int_equal(back->snapshot.system.ksps[1].user_mode.state, KEY_UNREADABLE);
}

static struct example_file files_there[] = {{"Windows\\System32\\ntdll.dll", ARCH_AMD64},
                                            {"Windows\\System32\\a.dll", ARCH_AMD64},
                                            {"Windows\\System32\\b.dll", ARCH_X86},
                                            {"Windows\\SysWOW64\\ntdll.dll", ARCH_X86}};
static const struct example example = {.files = files_there, .nfiles = 4};

/* Names four DLLs of the native view and one of the other. */
#define WITH_FILES                                                                                 \
    SUPPORT_WINDOWS_10                                                                             \
    "[" CARDS "A]\n\"80000001\"=\"a.dll\"\n[" CARDS "B]\n\"80000001\"=\"b.dll\"\n"                 \
    "[" CARDS "C]\n\"80000001\"=\"D:\\\\c.dll\"\n[" CARDS "D]\n\"80000001\"=\"d.dll\"\n"           \
    "[" WOW CARDS "A]\n\"80000001\"=\"C:\\\\Windows\\\\System32\\\\a.dll\"\n"

static struct wire_item *read_files(struct fixture *fixture)
{
    struct wire_item *item = read_text(fixture, WITH_FILES);
    struct file_finder finder = example_files_finder(&example);
    module_find_files(fixture->arena, &item->diags, &finder, &item->snapshot);
    struct module_file *file = item->snapshot.files;
    assert_int_equal(item->snapshot.nfiles, 5);
    assert_string_equal(file[0].asked, "D:\\c.dll");
    assert_string_equal(file[2].asked, "b.dll");
    assert_string_equal(file[3].asked, "d.dll");
    file[1].has_digest = true;
    memset(file[1].digest, 0xa5, sizeof file[1].digest);
    file[1].found = ODD_NAME;
    file[1].size = INT64_MAX;
    file[1].machine = 0xffff;
    return item;
}

static void files_come_back(void **state)
{
    struct fixture *fixture = *state;
    struct wire_item *item = read_files(fixture);
    struct snapshot *snapshot = &item->snapshot;
    const struct snapshot *back = &check_round_trip(fixture, item)->snapshot;
    assert_string_equal(snapshot_find_file(back, VIEW_NATIVE, "d.dll")->path,
                        "C:\\Windows\\System32\\d.dll");
    /* One that cannot be read, with and without a name; and one of a state before. */
    snapshot->files[2] = (struct module_file){.view = VIEW_NATIVE,
                                              .asked = "b.dll",
                                              .path = "C:\\Windows\\System32\\b.dll",
                                              .is_bare = true,
                                              .state = FILE_UNREADABLE};
    check_round_trip(fixture, item);
    snapshot->files[2].found = "B.DLL";
    snapshot->before = &read_text(fixture, SUPPORT_WINDOWS_10)->snapshot;
    module_share_files(snapshot, snapshot->before);
    back = &check_round_trip(fixture, item)->snapshot;
    assert_ptr_equal(back->before->files, back->files);
    /* No files, and none of any view. */
    snapshot->nfiles = 0;
    module_share_files(snapshot, snapshot->before);
    check_round_trip(fixture, item);
}

static void what_is_said_of_files_has_to_fit(void **state)
{
    struct fixture *fixture = *state;
    struct wire_item *item = read_files(fixture);
    struct snapshot *snapshot = &item->snapshot;
    struct module_file *files = snapshot->files, kept[5];
    memcpy(kept, files, sizeof kept);
#define CHECK_FILE(change, words)                                                                  \
    do {                                                                                           \
        change;                                                                                    \
        assert_refused(fixture, item, words);                                                      \
        memcpy(files, kept, sizeof kept);                                                          \
    } while (0)
    CHECK_FILE(files[0].view = NVIEWS, "choice");
    CHECK_FILE(files[4].view = VIEW_WOWAA32NODE, "view that is not there");
    CHECK_FILE(files[0].state = NFILE_STATES, "choice");
    CHECK_FILE(files[0].state = FILE_ABSENT, "none was looked for"); /* on another drive */
    CHECK_FILE(files[1].found = NULL, "found nowhere");
    CHECK_FILE(files[2].asked = "\"b.dll\"", "found nowhere");
    CHECK_FILE(files[1].size = UINT64_MAX, "absurd");
    CHECK_FILE(files[3].asked = "b.dll", "not in order");
    CHECK_FILE(files[3].asked = "a", "not in order");
    CHECK_FILE(files[4].view = VIEW_NATIVE, "not in order");
    snapshot->has_system_folder[VIEW_WOW6432NODE] = false;
    assert_refused(fixture, item, "none was looked for");
    files[4].state = FILE_UNKNOWN;
    check_round_trip(fixture, item);
}

static void too_many_files_are_refused(void **state)
{
    struct fixture *fixture = *state;
    struct wire_item *item = read_files(fixture);
    struct snapshot *snapshot = &item->snapshot;
    snapshot->nfiles = MODULE_FILES_MAX;
    snapshot->files = arena_alloc(fixture->arena, MODULE_FILES_MAX + 1, sizeof *snapshot->files);
    for (size_t i = 0; i <= MODULE_FILES_MAX; i++)
        snapshot->files[i].asked = arena_printf(fixture->arena, "%06zu.dll", i);
    decode_well(fixture, encode(fixture, item));
    snapshot->nfiles++;
    assert_refused(fixture, item, "too many files");
}

static void every_view_comes_back(void **state)
{
    struct fixture *fixture = *state;
    static const char hive[] =
        "[" CURRENT_VERSION "]\n\"BuildLabEx\"=\"22000.1.arm64fre.x\"\n"
        "[" CARDS "A]\n[WOW6432node\\" CARDS "B]\n[wowaa32NODE\\" CARDS "C]\n";
    const struct wire_item *back = check_round_trip(fixture, read_text(fixture, hive));
    assert_string_equal(back->snapshot.views[VIEW_WOW6432NODE].cards[0].key.origin.key,
                        "WOW6432node\\" CARDS "B");
    assert_int_equal(back->snapshot.views[VIEW_WOWAA32NODE].cards[0].key.origin.view,
                     VIEW_WOWAA32NODE);
    /* The view of 32-bit programs is there, but this Windows has none. */
    check_round_trip(fixture, read_text(fixture, "[" CARDS "A]\n[" WOW CARDS "B]\n"
                                                 "[" CURRENT_VERSION "]\n"
                                                 "\"BuildLabEx\"=\"1.1.x86fre.x\"\n"));
}

static void what_cannot_be_read_comes_back_as_that(void **state)
{
    enum { NK_SUBKEYS = 4 + 28, NK_VALUES = 4 + 40 }; /* from the start of a key's cell */
    struct fixture *fixture = *state;
    struct memory_hive *hive = support_build(fixture->arena, BROKEN);
    static const struct {
        const char *path;
        size_t field;
    } damage[] = {{CARDS "Zero", NK_VALUES}, {READERS, NK_SUBKEYS}, {PROVIDERS "Other", NK_VALUES}};
    findings_damage_value(hive, "Long value name");
    for (size_t i = 0; i < sizeof damage / sizeof *damage; i++)
        support_put_u32(hive,
                        support_locate_key(fixture->arena, hive, damage[i].path) + damage[i].field,
                        0x7ffffff0);
    struct wire_item *item = read_hive(fixture, hive);
    const struct wire_item *back = check_round_trip(fixture, item);
    assert_true(back->read);
    assert_int_equal(back->diags.worst, DIAG_INCOMPLETE);
    const struct card *zero = support_find_card(&back->snapshot, VIEW_NATIVE, "Zero");
    assert_int_equal(zero->key.state, KEY_UNREADABLE);
    assert_int_equal(zero->field[CARD_ATR]->state, VALUE_UNREADABLE);
    assert_int_equal(back->snapshot.views[VIEW_NATIVE].readers.state, KEY_UNREADABLE);
    const struct card *outside = support_find_card(&back->snapshot, VIEW_WOW6432NODE, "Outside");
    const struct regval *value = regkey_value(&outside->key, "long VALUE name");
    assert_int_equal(value->state, VALUE_UNREADABLE);
    assert_int_equal(value->type, REG_BINARY);
}

/* Evidence that failed: not opened, no hive, another hive, and a hive with nothing to audit. */
static void what_was_not_read_comes_back_with_its_reason(void **state)
{
    struct fixture *fixture = *state;
    struct wire_item item = {.diags = {.arena = fixture->arena}};
    diag_add(&item.diags, DIAG_FAILED, NULL, "cannot be opened");
    struct slice bytes = encode(fixture, &item);
    assert_string_equal(decode_well(fixture, bytes)->diags.items[0].message, "cannot be opened");
    uint8_t zeros[4096] = {0};
    struct memory_hive *no_hive = support_wrap(fixture->arena, zeros, sizeof zeros);
    assert_false(check_round_trip(fixture, read_hive(fixture, no_hive))->read);
    const struct wire_item *back = check_round_trip(fixture, read_text(fixture, "[x]\n"));
    assert_false(back->read);
    assert_true(back->snapshot.hive.known);
    back = check_round_trip(fixture, read_text(fixture, "[ControlSet001]\n[Select]\n"));
    assert_null(back->snapshot.requested);
}

/* What no hive of the tests has; names that hives cannot be built with. */
static struct wire_item *make_rare(struct fixture *fixture)
{
    static struct log_use logs[] = {
        {"SOFTWARE.LOG1", LOG_HVLE, 0, UINT32_MAX, 3, NULL},
        {"", LOG_NONE, 0, 0, 0, ""},
        {ODD_NAME, LOG_DIRT, 1, 1, UINT32_MAX, "wrong hash"},
    };
    static struct loss losses[] = {{CARDS "Lost", INT64_MAX, "why"}, {"", 0, ""}};
    struct wire_item *item = read_texts(fixture, BROKEN, SYSTEM);
    struct snapshot *snapshot = &item->snapshot;
    struct view_config *config = &snapshot->views[VIEW_NATIVE];
    struct origin *origin = &config->smart_cards.subkeys[1];
    item->size = INT64_MAX;
    snapshot->hive.state = HIVE_RECOVERED;
    snapshot->hive.primary_sequence = UINT32_MAX;
    snapshot->hive.last_written = INT64_MIN;
    snapshot->hive.repairs = INT64_MAX;
    snapshot->hive.logs = logs;
    snapshot->hive.nlogs = 3;
    snapshot->os.product = "";
    snapshot->os.display_version = NULL;
    snapshot->os.build = snapshot->os.ubr = UINT32_MAX;
    config->lost = losses;
    config->nlost = 2;
    config->nlisted = 7;
    origin->name = ODD_NAME;
    origin->key = arena_printf(fixture->arena, "%s\\%s", config->smart_cards.origin.key, ODD_NAME);
    origin->last_write = INT64_MIN;
    origin->offset = INT64_MAX;
    config->cards[1].key.origin = *origin;
    config->cards[1].key.values[0].name = ODD_NAME;
    for (int field = 0; field < NCARD_FIELDS; field++)
        config->cards[1].field[field] =
            regkey_value(&config->cards[1].key, card_fields[field].value);
    regkey_index_subkeys(fixture->arena, &config->smart_cards);
    snapshot->system.name = ODD_NAME;
    snapshot->system.hive.state = HIVE_RECOVERED;
    snapshot->system.hive.logs = logs;
    snapshot->system.hive.nlogs = 3;
    snapshot->system.control_set = UINT32_MAX;
    snapshot->system.services[SERVICE_SCFILTER].state = KEY_UNREADABLE;
    snapshot->before = &read_text(fixture, SUPPORT_WINDOWS_10 "[" CARDS "Old]\n")->snapshot;
    snapshot->before->system = snapshot->system;
    diag_add(&item->diags, DIAG_NOTE, ODD_NAME, "%s", "");
    diag_add(&item->diags, DIAG_INCOMPLETE, "", "some of it");
    return item;
}

static void rare_facts_come_back(void **state)
{
    const struct wire_item *back = check_round_trip(*state, make_rare(*state));
    assert_int_equal(back->snapshot.before->views[VIEW_NATIVE].ncards, 1);
    assert_string_equal(back->snapshot.before->views[VIEW_NATIVE].cards[0].key.origin.name, "Old");
    assert_string_equal(back->snapshot.os.product, "");
    assert_null(back->snapshot.os.display_version);
}

static void diagnostics_can_be_added_to_what_came(void **state)
{
    struct fixture *fixture = *state;
    struct wire_item *item = make_rare(fixture);
    for (size_t i = item->diags.count; i < 5; i++)
        diag_add(&item->diags, DIAG_NOTE, "key", "number %zu", i);
    struct wire_item *back = decode_well(fixture, encode(fixture, item));
    for (size_t i = back->diags.count; i < 20; i++)
        diag_add(&back->diags, DIAG_NOTE, "key", "number %zu", i);
    for (size_t i = item->diags.count; i < 20; i++)
        diag_add(&item->diags, DIAG_NOTE, "key", "number %zu", i);
    assert_same_diags(&item->diags, &back->diags);
    assert_same_snapshot(&item->snapshot, &back->snapshot);
    while (item->diags.count < DIAGS_MAX)
        diag_add(&item->diags, DIAG_NOTE, NULL, "more");
    check_round_trip(fixture, item);
}

/* A limit that asks for more bytes than the smallest items have would refuse many of them. */
static void many_of_the_smallest_come_back(void **state)
{
    enum { COUNT = 3000 };
    struct fixture *fixture = *state;
    struct arena *arena = fixture->arena;
    struct wire_item failed = {.diags = {.arena = arena}};
    for (int i = 0; i < DIAGS_MAX; i++)
        diag_add(&failed.diags, DIAG_FAILED, NULL, "%s", "");
    decode_well(fixture, encode(fixture, &failed));
    failed.snapshot.hive = (struct hive_facts){.known = true, .file_name = "", .nlogs = COUNT};
    failed.snapshot.hive.logs = arena_alloc(arena, COUNT, sizeof *failed.snapshot.hive.logs);
    struct wire_item *item = read_text(fixture, SUPPORT_WINDOWS_10);
    struct view_config *config = &item->snapshot.views[VIEW_NATIVE];
    struct regkey *list = &config->smart_cards, *readers = &config->readers;
    list->subkeys = arena_alloc(arena, COUNT, sizeof *list->subkeys);
    config->cards = arena_alloc(arena, COUNT, sizeof *config->cards);
    config->lost = arena_alloc(arena, COUNT, sizeof *config->lost);
    readers->values = arena_alloc(arena, COUNT, sizeof *readers->values);
    readers->state = KEY_PRESENT;
    list->nsubkeys = config->ncards = config->nlost = readers->nvalues = COUNT;
    for (size_t i = 0; i < COUNT; i++) {
        failed.snapshot.hive.logs[i].name = list->subkeys[i].name = "";
        config->cards[i].key = (struct regkey){.state = KEY_PRESENT};
        config->lost[i] = (struct loss){.key = "", .reason = ""};
        readers->values[i] = (struct regval){.name = "", .state = VALUE_UNREADABLE};
    }
    decode_well(fixture, encode(fixture, &failed));
    decode_well(fixture, encode(fixture, item));
    config->nlost = 0; /* no bytes of others behind them */
    decode_well(fixture, encode(fixture, item));
    list->nsubkeys = config->ncards = 0;
    decode_well(fixture, encode(fixture, item));
}

/* Silence must not look like a clean audit. */
static void what_an_item_says_of_itself_has_to_fit(void **state)
{
    struct fixture *fixture = *state;
    struct wire_item none = {.diags = {.arena = fixture->arena}};
    assert_refused(fixture, &none, "nothing says why");
    none.read = true;
    assert_refused(fixture, &none, "said to be");
    struct wire_item *item = read_text(fixture, BROKEN);
    struct wire_item changed = *item;
    changed.read = false;
    assert_refused(fixture, &changed, "nothing says why");
    changed = *item;
    changed.snapshot.hive.known = false;
    assert_refused(fixture, &changed, "said to be");
    changed = *item;
    for (enum view view = 0; view < NVIEWS; view++)
        changed.snapshot.views[view].calais.state = KEY_ABSENT;
    assert_refused(fixture, &changed, "said to be");
    changed = *item;
    changed.snapshot.views[VIEW_NATIVE].exists = false;
    assert_refused(fixture, &changed, "native view");
    changed = *item;
    changed.snapshot.before = &none.snapshot;
    assert_refused(fixture, &changed, "before");
    changed = *item;
    changed.snapshot.nrequests--;
    assert_refused(fixture, &changed, "others");
}

static void what_is_said_of_system_has_to_fit(void **state)
{
    struct fixture *fixture = *state;
    struct wire_item *item = read_texts(fixture, SUPPORT_WINDOWS_10, SYSTEM);
    struct system_config *system = &item->snapshot.system, kept = *system;
    assert_int_equal(item->diags.worst, DIAG_NOTE);
    system->state = SYSTEM_FAILED;
    assert_refused(fixture, item, "nothing says why");
    *system = kept, system->state = NSYSTEM_STATES;
    assert_refused(fixture, item, "choice");
    *system = kept, system->hive.known = false;
    assert_refused(fixture, item, "the SYSTEM hive is none");
    *system = kept, system->hive.kind = HIVE_KIND_SOFTWARE;
    assert_refused(fixture, item, "the SYSTEM hive is none");
    *system = kept, system->control_set = 0;
    assert_refused(fixture, item, "the control set is missing");
    *system = kept, system->providers.origin.view = VIEW_NATIVE;
    assert_refused(fixture, item, "another view");
    *system = kept, system->services[0].origin.view = VIEW_WOW6432NODE;
    assert_refused(fixture, item, "another view");
    *system = kept;
    check_round_trip(fixture, item);
}

static void set_ksps(struct fixture *fixture, struct system_config *system, size_t count)
{
    struct regkey *list = &system->providers;
    list->nsubkeys = system->nksps = count;
    list->subkeys = arena_alloc(fixture->arena, count, sizeof *list->subkeys);
    system->ksps = arena_alloc(fixture->arena, count, sizeof *system->ksps);
    for (size_t i = 0; i < count; i++) {
        list->subkeys[i] = (struct origin){.name = "", .key = "", .view = VIEW_NONE};
        system->ksps[i].key.state = KEY_PRESENT;
    }
}

static void too_many_ksps_are_refused(void **state)
{
    struct fixture *fixture = *state;
    struct wire_item *item = read_texts(fixture, SUPPORT_WINDOWS_10, SYSTEM);
    struct system_config *system = &item->snapshot.system;
    for (int i = 0; i < NSERVICES; i++) /* the least that there can be behind them */
        system->services[i] = (struct regkey){.origin = {.key = "", .name = "", .view = VIEW_NONE}};
    set_ksps(fixture, system, KSPS_MAX);
    decode_well(fixture, encode(fixture, item));
    set_ksps(fixture, system, KSPS_MAX + 1);
    assert_refused(fixture, item, "too many KSPs");
}

/* Names are made again of what was sent: as many as the worker takes, and no more. */
static void too_many_aliases_are_not_looked_at(void **state)
{
    enum { COUNT = KSP_NAMES_MAX + 1 };
    struct fixture *fixture = *state;
    struct wire_item *item = read_texts(fixture, SUPPORT_WINDOWS_10, SYSTEM);
    uint8_t *aliases = arena_alloc(fixture->arena, COUNT, 4);
    for (size_t i = 0; i < COUNT; i++)
        aliases[4 * i] = 'x';
    struct regkey *key = &item->snapshot.system.ksps[1].key;
    assert_string_equal(key->values[0].name, "Aliases");
    key->values[0].raw = (struct slice){aliases, COUNT * (size_t)4};
    const struct wire_item *back = decode_well(fixture, encode(fixture, item));
    assert_int_equal(back->snapshot.system.nksp_names, KSP_NAMES_MAX);
    assert_false(back->snapshot.system.knows_ksps);
}

static void choices_have_to_be_in_range(void **state)
{
    struct fixture *fixture = *state;
    struct wire_item *item = make_rare(fixture);
    struct snapshot *snapshot = &item->snapshot;
    struct view_config *config = &snapshot->views[VIEW_NATIVE];
    struct card *card = &config->cards[2];
    struct regval *value = &card->key.values[0];
    assert_string_equal(card->key.origin.name, "Outside");
#define CHECK_REFUSED(member, wrong, words)                                                        \
    do {                                                                                           \
        __typeof__(member) kept = member;                                                          \
        member = wrong;                                                                            \
        assert_refused(fixture, item, words);                                                      \
        member = kept;                                                                             \
    } while (0)
    CHECK_REFUSED(item->diags.items[0].level, DIAG_FAILED + 1, "choice");
    CHECK_REFUSED(snapshot->hive.state, NHIVE_STATES, "choice");
    CHECK_REFUSED(snapshot->hive.logs[0].format, NLOG_FORMATS, "choice");
    CHECK_REFUSED(snapshot->os.arch, NARCHS, "choice");
    CHECK_REFUSED(value->state, VALUE_UNREADABLE + 1, "choice");
    CHECK_REFUSED(value->state, VALUE_ABSENT, "choice");
    CHECK_REFUSED(card->key.state, KEY_ABSENT, "choice");
    CHECK_REFUSED(card->key.state, KEY_UNREADABLE + 1, "choice");
    CHECK_REFUSED(snapshot->policies[0].state, KEY_UNREADABLE + 1, "choice");
    CHECK_REFUSED(snapshot->policies[0].origin.view, VIEW_NONE + 1, "choice");
    CHECK_REFUSED(config->smart_cards.origin.view, VIEW_WOW6432NODE, "another view");
    CHECK_REFUSED(config->smart_cards.origin.view, VIEW_NONE, "another view");
    CHECK_REFUSED(config->smart_cards.subkeys[0].offset, UINT64_C(1) << 63, "absurd");
    CHECK_REFUSED(item->size, UINT64_MAX, "absurd");
    check_round_trip(fixture, item);
}

static void a_key_of_a_request_is_of_its_view_or_of_none(void **state)
{
    struct fixture *fixture = *state;
    static struct key_request request = {"Policies\\x", VIEW_NATIVE};
    fixture->requests = &request;
    fixture->nrequests = 1;
    struct wire_item *item = read_text(fixture, SUPPORT_WINDOWS_10);
    struct wire_item *back = decode_well(fixture, encode(fixture, item));
    assert_int_equal(back->snapshot.requested[0].origin.view, VIEW_NONE);
    item->snapshot.requested[0].origin.view = VIEW_WOW6432NODE;
    assert_refused(fixture, item, "another view");
}

static void one_answer_serves_all_requests_for_a_key(void **state)
{
    struct fixture *fixture = *state;
    static struct key_request requests[] = {{READERS, VIEW_NATIVE},
                                            {READERS, VIEW_WOW6432NODE},
                                            {"x", VIEW_NATIVE},
                                            {READERS, VIEW_NATIVE}};
    fixture->requests = requests;
    fixture->nrequests = 3;
    struct slice one = encode(fixture, read_text(fixture, BROKEN));
    fixture->nrequests = 4;
    struct wire_item *item = read_text(fixture, BROKEN);
    struct slice two = encode(fixture, item);
    assert_int_equal(one.len, two.len);
    assert_same_snapshot(&item->snapshot, &decode_well(fixture, two)->snapshot);
}

static void too_many_diagnostics_are_refused(void **state)
{
    struct fixture *fixture = *state;
    struct wire_item item = {.diags = {.arena = fixture->arena, .count = DIAGS_MAX + 1}};
    item.diags.items = arena_alloc(fixture->arena, item.diags.count, sizeof *item.diags.items);
    for (size_t i = 0; i < item.diags.count; i++)
        item.diags.items[i] = (struct diag){.level = DIAG_FAILED, .message = ""};
    assert_refused(fixture, &item, "too many");
}

/* A path as long as what is sent, for as many subkeys: memory must not grow to the square. */
static void long_paths_of_many_subkeys_are_refused(void **state)
{
    enum { LEN = 100000, COUNT = 10000 };
    struct fixture *fixture = *state;
    struct wire_item *item = read_text(fixture, SUPPORT_WINDOWS_10);
    struct regkey *key = &item->snapshot.views[VIEW_NATIVE].calais;
    char *path = arena_alloc(fixture->arena, LEN + 1, 1);
    memset(path, 'x', LEN);
    key->origin.key = path;
    key->nsubkeys = COUNT;
    key->subkeys = arena_alloc(fixture->arena, COUNT, sizeof *key->subkeys);
    for (size_t i = 0; i < COUNT; i++)
        key->subkeys[i].name = "";
    assert_refused(fixture, item, "too long");
}

static void other_versions_and_other_bytes_are_refused(void **state)
{
    struct fixture *fixture = *state;
    struct slice bytes = encode(fixture, read_text(fixture, BROKEN));
    uint8_t *copy = (uint8_t *)arena_dup(fixture->arena, bytes).ptr;
    struct wire_item item;
    put_u32(copy + 4, get_u32(copy + 4) + 1);
    const char *fault = decode(fixture, fixture->arena, (struct slice){copy, bytes.len}, &item);
    assert_string_equal(fault, "the version is another, at byte 8");
    copy[0]++;
    fault = decode(fixture, fixture->arena, (struct slice){copy, bytes.len}, &item);
    assert_string_equal(fault, "this is no snapshot, at byte 4");
    assert_non_null(wire_decode(fixture->arena, (struct slice){0}, NULL, 0, &item));
}

static void a_piece_of_the_bytes_is_refused(void **state)
{
    struct fixture *fixture = *state;
    struct slice bytes = encode(fixture, make_rare(fixture));
    uint8_t *longer = arena_alloc(fixture->arena, bytes.len + 1, 1);
    memcpy(longer, bytes.ptr, bytes.len);
    for (size_t len = 0; len <= bytes.len + 1; len++) {
        CLEANUP(arena) struct arena *arena = arena_new();
        struct wire_item item;
        const char *fault = decode(fixture, arena, (struct slice){longer, len}, &item);
        if (!fault != (len == bytes.len))
            fail_msg("%zu of %zu bytes: %s", len, bytes.len, fault ? fault : "no fault");
    }
}

static void render(struct arena *arena, const struct format *format, const struct audited *audited)
{
    char *text = NULL;
    size_t len = 0;
    struct run run = {.version = "1", .sandbox = "none"};
    struct totals totals = {0};
    struct output output = {
        .format = format, .run = &run, .stream = open_memstream(&text, &len), .arena = arena};
    assert_non_null(output.stream);
    if (format->begin)
        format->begin(&output);
    report_add(&output, audited);
    format->end(&output, &totals);
    fclose(output.stream);
    assert_true(len > 0);
    free(text);
}

/* Does with an item all that is done with what a worker sent. */
static void use(const struct fixture *fixture, struct arena *arena, struct wire_item *item)
{
    struct findings findings = {0};
    if (item->read)
        findings = ruleset_judge(arena, &fixture->ruleset, &item->snapshot);
    if (item->snapshot.before)
        ruleset_judge(arena, &fixture->ruleset, item->snapshot.before);
    diag_add(&item->diags, DIAG_NOTE, NULL, "added");
    struct audited audited = {
        .name = "SOFTWARE",
        .size = item->size,
        .status = (enum evidence_status)item->diags.worst,
        .snapshot = &item->snapshot,
        .findings = findings,
        .diags = &item->diags,
    };
    render(arena, &text_format, &audited);
    render(arena, &json_format, &audited);
}

/* Decodes bytes; where they are taken, all else has to work with what came. */
static bool survive(const struct fixture *fixture, struct slice bytes)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct wire_item item;
    const char *fault = decode(fixture, arena, bytes, &item);
    if (fault)
        return false;
    struct slice again = wire_encode(&item);
    bool same = again.len == bytes.len && memcmp(again.ptr, bytes.ptr, again.len) == 0;
    free((void *)again.ptr);
    assert_true(same); /* there is one way to say it */
    use(fixture, arena, &item);
    return true;
}

static size_t pick(size_t count)
{
    return (size_t)random() % count;
}

/* Changes bytes in one way of those that decoders trip over; there is room for 64 more. */
static size_t mutate(uint8_t *bytes, size_t len)
{
    static const uint64_t counts[] = {0,          1,         UINT8_MAX, UINT16_MAX,   UINT32_MAX,
                                      UINT64_MAX, INT64_MAX, 1 << 20,   SIZE_MAX / 56};
    size_t at = pick(len), n = 1 + pick(64);
    switch (pick(7)) {
    case 0:
        bytes[at] ^= (uint8_t)(1u << pick(8));
        break;
    case 1:
        bytes[at] = (uint8_t)random();
        break;
    case 2:
        bytes[at] += random() % 2 ? 1 : 0xff;
        break;
    case 3:
        if (at + 8 <= len)
            put_u64(bytes + at, counts[pick(sizeof counts / sizeof *counts)]);
        break;
    case 4: /* take out */
        n = n < len - at ? n : len - at;
        memmove(bytes + at, bytes + at + n, len - at - n);
        return len - n;
    case 5: /* put in */
        memmove(bytes + at + n, bytes + at, len - at);
        memmove(bytes + at, bytes + pick(len), n);
        return len + n;
    default: /* copy from elsewhere */
        n = n < len - at ? n : len - at;
        memmove(bytes + at, bytes + pick(len - n + 1), n);
    }
    return len;
}

static void check_mutants(struct fixture *fixture, const struct wire_item *item, int rounds)
{
    enum { CHANGES_MAX = 4 };
    struct slice bytes = encode(fixture, item);
    uint8_t *copy = arena_alloc(fixture->arena, bytes.len + (CHANGES_MAX + 1) * (size_t)64, 1);
    unsigned seed = (unsigned)time(NULL);
    int taken = 0;
    print_message("seed %u, %zu bytes\n", seed, bytes.len);
    srandom(seed);
    assert_true(survive(fixture, bytes));
    for (int round = 0; round < rounds; round++) {
        size_t len = bytes.len;
        memcpy(copy, bytes.ptr, len);
        for (size_t changes = 1 + pick(CHANGES_MAX); changes && len; changes--)
            len = mutate(copy, len);
        taken += survive(fixture, (struct slice){copy, len});
    }
    print_message("%d of %d taken\n", taken, rounds);
    assert_true(taken > rounds / 50);
}

static void what_is_taken_can_be_judged_and_reported(void **state)
{
    struct fixture *fixture = *state;
    check_mutants(fixture, make_rare(fixture), 1500);
    check_mutants(fixture, read_files(fixture), 1500);
    check_mutants(fixture, read_texts(fixture, SUPPORT_WINDOWS_10, SYSTEM), 1500);
    check_mutants(fixture, read_text(fixture, SUPPORT_WINDOWS_10 "[" CARDS "A]\n\"ATR\"=hex:3b\n"),
                  1500);
}

/* Every byte of a small item that is not read, which is nearly all structure, and of one that is.
 */
static void any_byte_may_be_changed(void **state)
{
    struct fixture *fixture = *state;
    fixture->nrequests = 0;
    fixture->ruleset.count = 0;
    struct wire_item *items[] = {
        read_text(fixture, "[x]\n"), read_text(fixture, "[" CARDS "A]\n\"ATR\"=hex:3b\n"),
        read_texts(fixture, "[" CARDS "A]\n", SYSTEM), read_files(fixture)};
    for (size_t i = 0; i < sizeof items / sizeof *items; i++) {
        struct slice bytes = encode(fixture, items[i]);
        uint8_t *copy = (uint8_t *)arena_dup(fixture->arena, bytes).ptr;
        for (size_t at = 0; at < bytes.len; at++) {
            static const uint8_t changes[] = {1, 2, 3, 0x80, 0xff};
            for (size_t change = 0; change < sizeof changes; change++) {
                copy[at] = bytes.ptr[at] ^ changes[change];
                survive(fixture, (struct slice){copy, bytes.len});
            }
            copy[at] = bytes.ptr[at];
        }
    }
}

static void real_hives_come_back(void **state)
{
    static const char *const paths[] = {"hives/win7-x86/SOFTWARE", "hives/win81-x64/SOFTWARE",
                                        "hives/win7-x86/SYSTEM"};
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        struct wire_item *item = read_hive(fixture, support_corpus(fixture->arena, paths[i]));
        check_round_trip(fixture, item);
        if (item->read)
            check_mutants(fixture, item, 300);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        WIRE_TEST(a_snapshot_comes_back),
        WIRE_TEST(the_system_hive_comes_back),
        WIRE_TEST(a_system_hive_that_failed_comes_back_with_its_reason),
        WIRE_TEST(what_cannot_be_read_of_system_comes_back_as_that),
        WIRE_TEST(files_come_back),
        WIRE_TEST(what_is_said_of_files_has_to_fit),
        WIRE_TEST(too_many_files_are_refused),
        WIRE_TEST(every_view_comes_back),
        WIRE_TEST(what_cannot_be_read_comes_back_as_that),
        WIRE_TEST(what_was_not_read_comes_back_with_its_reason),
        WIRE_TEST(rare_facts_come_back),
        WIRE_TEST(diagnostics_can_be_added_to_what_came),
        WIRE_TEST(many_of_the_smallest_come_back),
        WIRE_TEST(what_an_item_says_of_itself_has_to_fit),
        WIRE_TEST(what_is_said_of_system_has_to_fit),
        WIRE_TEST(too_many_ksps_are_refused),
        WIRE_TEST(too_many_aliases_are_not_looked_at),
        WIRE_TEST(choices_have_to_be_in_range),
        WIRE_TEST(a_key_of_a_request_is_of_its_view_or_of_none),
        WIRE_TEST(one_answer_serves_all_requests_for_a_key),
        WIRE_TEST(too_many_diagnostics_are_refused),
        WIRE_TEST(long_paths_of_many_subkeys_are_refused),
        WIRE_TEST(other_versions_and_other_bytes_are_refused),
        WIRE_TEST(a_piece_of_the_bytes_is_refused),
        WIRE_TEST(what_is_taken_can_be_judged_and_reported),
        WIRE_TEST(any_byte_may_be_changed),
        WIRE_TEST(real_hives_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
