/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/system.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "dirty.h"
#include "findings.h"
#include "hive/base_block.h"

/* Offsets from the start of a cell (Windows registry file format specification). */
enum { NK_SUBKEYS = 4 + 28, NK_VALUES = 4 + 40 };

#define OUTSIDE UINT32_C(0x7ffffff0)

#define SET       "ControlSet001\\"
#define KSPS      SET "Control\\Cryptography\\Providers\\"
#define SERVICES  SET "Services\\"
#define SOFTWARE  SUPPORT_WINDOWS_10
#define SELECT(n) "[Select]\n\"Current\"=dword:" n "\n[Setup]\n"

/* "a" and "B" as a REG_MULTI_SZ. */
#define ALIASES "\"Aliases\"=hex(7):61,00,00,00,42,00,00,00,00,00\n"

static struct memory_hive *software(void **state)
{
    return support_build(*state, SOFTWARE);
}

static const struct reading *read_bytes(void **state, const struct memory_hive *system)
{
    const struct reading *reading = support_read_both(*state, software(state), system);
    assert_true(reading->read);
    return reading;
}

static const struct reading *read_text(void **state, const char *reg_text)
{
    return read_bytes(state, support_build(*state, reg_text));
}

/* A hive all of which can be read. */
static const struct system_config *read_clean(void **state, const char *reg_text)
{
    const struct reading *reading = read_text(state, reg_text);
    if (reading->diags.count)
        fail_msg("%s", reading->diags.items[0].message);
    assert_int_equal(reading->snapshot.system.state, SYSTEM_READ);
    return &reading->snapshot.system;
}

static bool says(const struct diags *diags, enum diag_level level, const char *key,
                 const char *words)
{
    for (size_t i = 0; i < diags->count; i++) {
        const struct diag *diag = &diags->items[i];
        bool same_key = key ? diag->key && strcmp(diag->key, key) == 0 : !diag->key;
        if (diag->level == level && same_key && strstr(diag->message, words) &&
            strncmp(diag->message, "the SYSTEM hive (test hive): ", 29) == 0)
            return true;
    }
    return false;
}

static void assert_says(const struct reading *reading, enum diag_level level, const char *key,
                        const char *words)
{
    if (!says(&reading->diags, level, key, words))
        fail_msg("not said: \"%s\", but: \"%s\"", words,
                 reading->diags.count ? reading->diags.items[0].message : "nothing");
}

/* SOFTWARE was read, SYSTEM not: the audit is incomplete, and says why. */
static void assert_fails(const struct reading *reading, const char *words)
{
    assert_true(reading->read);
    assert_int_equal(reading->diags.worst, DIAG_INCOMPLETE);
    assert_int_equal(reading->snapshot.system.state, SYSTEM_FAILED);
    assert_int_equal(reading->snapshot.system.control_set, 0);
    assert_int_equal(reading->snapshot.system.nksps, 0);
    assert_false(reading->snapshot.system.knows_ksps);
    assert_says(reading, DIAG_INCOMPLETE, NULL, words);
}

static void without_a_system_hive_nothing_is_said_of_it(void **state)
{
    const struct reading *reading = support_read(*state, software(state));
    assert_int_equal(reading->snapshot.system.state, SYSTEM_NONE);
    assert_null(reading->snapshot.system.name);
    assert_int_equal(reading->diags.count, 0);
}

static void ksps_are_read_with_aliases_and_image(void **state)
{
    const struct system_config *system =
        read_clean(state, SUPPORT_SYSTEM "[" KSPS "Contoso KSP]\n" ALIASES "[" KSPS
                                         "Contoso KSP\\um]\n\"Image\"=\"contosoksp.dll\"\n"
                                         "[" KSPS "Bare]\n");
    assert_string_equal(system->name, "test hive");
    assert_int_equal(system->control_set, 1);
    assert_int_equal(system->hive.state, HIVE_CLEAN);
    assert_int_equal(system->hive.kind, HIVE_KIND_SYSTEM);
    assert_int_equal(system->nksps, 2);
    const struct ksp *bare = &system->ksps[0], *contoso = &system->ksps[1];
    assert_string_equal(contoso->key.origin.key, KSPS "Contoso KSP");
    assert_int_equal(contoso->key.origin.view, VIEW_NONE);
    assert_int_equal(regkey_value(&contoso->key, "aliases")->type, REG_MULTI_SZ);
    assert_string_equal(contoso->user_mode.origin.key, KSPS "Contoso KSP\\UM");
    assert_int_equal(contoso->user_mode.origin.view, VIEW_NONE);
    assert_true(contoso->user_mode.origin.offset != 0);
    assert_string_equal(regkey_value(&contoso->user_mode, "Image")->text, "contosoksp.dll");
    assert_int_equal(bare->user_mode.state, KEY_ABSENT);
    assert_string_equal(bare->user_mode.origin.name, "UM");
}

static void a_ksp_is_found_by_name_and_alias_in_any_letter_case(void **state)
{
    const struct system_config *system =
        read_clean(state, SUPPORT_SYSTEM "[" KSPS "Contoso KSP]\n" ALIASES "[" KSPS "Other]\n"
                                         "\"Aliases\"=\"One alias\"\n");
    assert_true(system->knows_ksps);
    assert_ptr_equal(system_find_ksp(system, "CONTOSO ksp"), &system->ksps[0]);
    assert_ptr_equal(system_find_ksp(system, "A"), &system->ksps[0]);
    assert_ptr_equal(system_find_ksp(system, "b"), &system->ksps[0]);
    assert_ptr_equal(system_find_ksp(system, "other"), &system->ksps[1]);
    assert_ptr_equal(system_find_ksp(system, "one ALIAS"), &system->ksps[1]);
    assert_null(system_find_ksp(system, "Contoso"));
    assert_null(system_find_ksp(system, "ab"));
    assert_null(system_find_ksp(system, ""));
}

static void aliases_end_at_an_empty_text(void **state)
{
    static const struct {
        const char *aliases;
        bool has_x, has_y;
    } cases[] = {
        {"hex(7):78,00,00,00,79,00,00,00,00,00", true, true},
        {"hex(7):78,00,00,00,79,00", true, true},
        {"hex(7):78,00,00,00,00,00,79,00,00,00,00,00", true, false},
        {"hex(7):00,00,78,00,00,00", false, false},
        {"hex(7):78,00,00,00,79", true, false},
        {"hex(7):", false, false},
        {"hex(2):78,00,00,00", true, false},
        {"hex:78,00,00,00", false, false},
        {"dword:78", false, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct system_config *system =
            read_clean(state, arena_printf(*state, SUPPORT_SYSTEM "[" KSPS "KSP]\n\"Aliases\"=%s\n",
                                           cases[i].aliases));
        assert_true(system->knows_ksps);
        assert_int_equal(system_find_ksp(system, "x") != NULL, cases[i].has_x);
        assert_int_equal(system_find_ksp(system, "y") != NULL, cases[i].has_y);
    }
}

/* Not the key of another KSP whose path reads the same. */
static void a_backslash_in_the_name_of_a_ksp_leads_nowhere_else(void **state)
{
    struct memory_hive *bytes = support_build(
        *state, SUPPORT_SYSTEM "[" KSPS "a]\n[" KSPS "a\\b\\UM]\n\"Image\"=\"wrong.dll\"\n"
                               "[" KSPS "a?b\\UM]\n\"Image\"=\"right.dll\"\n");
    bytes->bytes[support_locate(bytes, 0, "a?b", 3) + 1] = '\\';
    const struct system_config *system = &read_bytes(state, bytes)->snapshot.system;
    assert_int_equal(system->nksps, 2);
    const struct ksp *odd = system_find_ksp(system, "a\\b");
    assert_non_null(odd);
    assert_string_equal(regkey_value(&odd->user_mode, "Image")->text, "right.dll");
}

static void services_are_read_of_the_current_control_set(void **state)
{
    const struct system_config *system =
        read_clean(state, SELECT("2") "[ControlSet001\\Services\\SCardSvr]\n\"Start\"=dword:2\n"
                                      "[ControlSet002\\Services\\scardSVR]\n\"Start\"=dword:4\n"
                                      "[ControlSet002\\Services\\scfilter]\n"
                                      "[ControlSet002\\Services\\ScDeviceEnum]\n"
                                      "[ControlSet002\\Services\\CertPropSvc]\n"
                                      "[ControlSet002\\Services\\SCPolicySvc\\Parameters]\n");
    uint32_t start;
    assert_int_equal(system->control_set, 2);
    const struct regkey *scardsvr = &system->services[SERVICE_SCARDSVR];
    assert_true(regval_dword(regkey_value(scardsvr, "start"), &start));
    assert_int_equal(start, 4);
    assert_string_equal(scardsvr->origin.key, "ControlSet002\\Services\\SCardSvr");
    assert_int_equal(scardsvr->origin.view, VIEW_NONE);
    for (int i = 0; i < NSERVICES; i++)
        assert_int_equal(system->services[i].state, KEY_PRESENT);
    assert_int_equal(system->services[SERVICE_SCPOLICYSVC].nsubkeys, 0);
    assert_int_equal(system->providers.state, KEY_ABSENT);
    assert_true(system->knows_ksps); /* that there are none */
}

static void select_tells_the_control_set(void **state)
{
    static const struct {
        const char *text;
        uint32_t set;
        const char *words; /* NULL: nothing is said */
    } cases[] = {
        {SELECT("1") "[ControlSet001]\n[ControlSet002]\n", 1, NULL},
        {SELECT("2") "[ControlSet001]\n[ControlSet002]\n", 2, NULL},
        {SELECT("3e7") "[ControlSet999]\n", 999, NULL},
        {SELECT("3") "[ControlSet001]\n", 1, "(got REG_DWORD 3): ControlSet001 is taken"},
        {SELECT("0") "[ControlSet000]\n[ControlSet001]\n", 1, "(got REG_DWORD 0)"},
        {SELECT("ffffffff") "[ControlSet001]\n", 1, "4294967295"},
        {SELECT("3") "\"Default\"=dword:2\n[ControlSet001]\n[ControlSet002]\n", 1, "first of all"},
        {"[Select]\n\"Default\"=dword:2\n[ControlSet001]\n[ControlSet002]\n", 2, "Select\\Default"},
        {"[Select]\n\"Default\"=dword:7\n\"LastKnownGood\"=dword:2\n[ControlSet001]\n"
         "[ControlSet002]\n",
         2, "Select\\LastKnownGood"},
        {"[Select]\n\"Current\"=\"2\"\n[ControlSet001]\n[ControlSet002]\n", 1, "(got \"2\")"},
        {"[Select]\n\"Current\"=hex(4):02,00\n[ControlSet001]\n[ControlSet002]\n", 1, "got"},
        {"[Select]\n\"Current\"=hex(5):00,00,00,02\n[ControlSet001]\n[ControlSet002]\n", 1, "got"},
        {"[ControlSet001]\n", 1, "(got absent)"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct reading *reading = read_text(state, cases[i].text);
        assert_int_equal(reading->snapshot.system.state, SYSTEM_READ);
        assert_int_equal(reading->snapshot.system.control_set, cases[i].set);
        assert_int_equal(reading->diags.worst, DIAG_NOTE);
        assert_int_equal(reading->diags.count, cases[i].words ? 1 : 0);
        if (cases[i].words)
            assert_says(reading, DIAG_NOTE, NULL, cases[i].words);
    }
}

static void without_a_control_set_nothing_is_read(void **state)
{
    const struct reading *reading = read_text(state, SELECT("2") "[ControlSet003]\n");
    assert_fails(reading, "has no control set that can be read");
    assert_int_equal(reading->snapshot.system.hive.kind, HIVE_KIND_SYSTEM);
}

static void another_hive_in_its_place_is_named(void **state)
{
    const struct reading *reading = read_text(state, SOFTWARE);
    assert_fails(reading, "this is a SOFTWARE hive, want a SYSTEM hive");
    assert_int_equal(reading->snapshot.system.hive.kind, HIVE_KIND_OTHER);
    assert_true(reading->snapshot.system.hive.known);
    assert_fails(read_text(state, "[x]\n"), "no hive that is known here");
}

static void what_is_no_hive_fails(void **state)
{
    uint8_t zeros[8192] = {0};
    assert_fails(read_bytes(state, support_wrap(*state, zeros, 0)), "is no whole hive");
    assert_fails(read_bytes(state, support_wrap(*state, zeros, 100)), "is no whole hive");
    assert_fails(read_bytes(state, support_wrap(*state, zeros, sizeof zeros)), "is no sound hive");
}

static ssize_t read_nothing(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    (void)source, (void)offset, (void)buf, (void)len;
    errno = EIO;
    return -1;
}

static void a_source_that_cannot_be_read_fails(void **state)
{
    struct memory_hive *system = support_build(*state, SUPPORT_SYSTEM);
    system->source.read_at = read_nothing;
    const struct reading *reading = read_bytes(state, system);
    assert_fails(reading, "cannot be read into memory: Input/output error");
    assert_false(reading->snapshot.system.hive.known);
}

static void a_hostile_name_is_kept_as_text(void **state)
{
    struct memory_hive *system = support_build(*state, SUPPORT_SYSTEM);
    system->source.name = "a\xff\x1b[0m/SYSTEM";
    const struct reading *reading = read_bytes(state, system);
    assert_string_equal(reading->snapshot.system.name, "a\xef\xbf\xbd\x1b[0m/SYSTEM");
}

/* Where SOFTWARE cannot be audited, SYSTEM says nothing more. */
static void without_software_it_is_not_read(void **state)
{
    const struct reading *reading = support_read_both(*state, support_build(*state, "[x]\n"),
                                                      support_build(*state, SUPPORT_SYSTEM));
    assert_false(reading->read);
    assert_int_equal(reading->snapshot.system.state, SYSTEM_NONE);
    assert_int_equal(reading->diags.count, 1);
}

static struct reading *read_plan(void **state, const struct memory_hive *hive,
                                 const struct read_plan *plan)
{
    struct reading *reading = arena_alloc(*state, 1, sizeof *reading);
    reading->diags.arena = *state;
    reading->read = snapshot_read(*state, &reading->diags, &hive->source, plan, &reading->snapshot);
    return reading;
}

static void its_logs_are_replayed(void **state)
{
    struct dirty dirty =
        dirty_make(*state, SUPPORT_SYSTEM "[" KSPS "Old]\n", SUPPORT_SYSTEM "[" KSPS "New]\n");
    dirty.log->source.name = "SYSTEM.LOG1";
    struct read_plan plan = {
        .system = &dirty.hive->source, .system_logs = &dirty.log->source, .nsystem_logs = 1};
    const struct system_config *system = &read_plan(state, software(state), &plan)->snapshot.system;
    assert_int_equal(system->state, SYSTEM_READ);
    assert_int_equal(system->hive.state, HIVE_RECOVERED);
    assert_int_equal(system->hive.nlogs, 1);
    assert_string_equal(system->hive.logs[0].name, "SYSTEM.LOG1");
    assert_int_equal(system->hive.logs[0].applied, 1);
    assert_non_null(system_find_ksp(system, "New"));
    assert_null(system_find_ksp(system, "Old"));
}

static void the_log_policy_holds_for_it_as_well(void **state)
{
    struct dirty dirty =
        dirty_make(*state, SUPPORT_SYSTEM "[" KSPS "Old]\n", SUPPORT_SYSTEM "[" KSPS "New]\n");
    struct read_plan plan = {.system = &dirty.hive->source,
                             .system_logs = &dirty.log->source,
                             .nsystem_logs = 1,
                             .policy = LOGS_IGNORE};
    const struct reading *reading = read_plan(state, software(state), &plan);
    assert_int_equal(reading->snapshot.system.hive.state, HIVE_UNRECOVERED);
    assert_non_null(system_find_ksp(&reading->snapshot.system, "Old"));
    plan.policy = LOGS_REQUIRE;
    reading = read_plan(state, software(state), &plan);
    assert_int_equal(reading->snapshot.system.hive.state, HIVE_RECOVERED);
    plan.nsystem_logs = 0;
    assert_fails(read_plan(state, software(state), &plan), "as --logs=require demands");
}

static void both_states_of_software_share_it(void **state)
{
    struct dirty dirty = dirty_make(*state, SOFTWARE, SOFTWARE "[" CARDS "New]\n");
    struct memory_hive *system = support_build(*state, SUPPORT_SYSTEM "[" KSPS "KSP]\n");
    struct read_plan plan = {.logs = &dirty.log->source, .nlogs = 1, .system = &system->source};
    const struct reading *reading = read_plan(state, dirty.hive, &plan);
    assert_int_equal(reading->snapshot.hive.state, HIVE_RECOVERED);
    assert_non_null(reading->snapshot.before);
    assert_int_equal(reading->snapshot.before->system.state, SYSTEM_READ);
    assert_non_null(system_find_ksp(&reading->snapshot.before->system, "KSP"));
}

static void it_is_not_what_is_handed_over_as_recovered(void **state)
{
    struct memory_hive *hive = software(state);
    struct memory_hive *system = support_build(*state, SUPPORT_SYSTEM "[" KSPS "KSP]\n");
    struct hive_image recovered = {.fd = -1};
    struct read_plan plan = {.system = &system->source, .recovered = &recovered};
    assert_true(read_plan(state, hive, &plan)->read);
    assert_true(recovered.fd >= 0);
    uint8_t *bytes = arena_alloc(*state, hive->source.size, 1);
    struct source source = hive_image_source(&recovered);
    assert_true(source_read(&source, 0, bytes, hive->source.size));
    assert_memory_equal(bytes, hive->bytes, hive->source.size);
    hive_image_close(&recovered);
}

static void what_cannot_be_read_of_it_is_neither_there_nor_absent(void **state)
{
    static const char text[] =
        SUPPORT_SYSTEM "[" KSPS "KSP]\n" ALIASES "[" KSPS "KSP\\UM]\n[" SERVICES "SCardSvr]\n"
                       "\"Start\"=dword:4\n";
    struct memory_hive *bytes = support_build(*state, text);
    size_t cell = support_locate_key(*state, bytes, SERVICES "SCardSvr");
    support_put_u32(bytes, cell + NK_VALUES, OUTSIDE);
    const struct reading *reading = read_bytes(state, bytes);
    assert_int_equal(reading->snapshot.system.state, SYSTEM_READ);
    assert_int_equal(reading->diags.worst, DIAG_INCOMPLETE);
    assert_int_equal(reading->snapshot.system.services[SERVICE_SCARDSVR].state, KEY_UNREADABLE);
    assert_true(reading->snapshot.system.knows_ksps);

    bytes = support_build(*state, text);
    findings_damage_value(bytes, "Aliases");
    reading = read_bytes(state, bytes);
    assert_int_equal(reading->diags.worst, DIAG_INCOMPLETE);
    assert_false(reading->snapshot.system.knows_ksps);
    assert_non_null(system_find_ksp(&reading->snapshot.system, "KSP"));
}

static void a_lost_list_of_ksps_is_not_an_empty_one(void **state)
{
    struct memory_hive *bytes = support_build(*state, SUPPORT_SYSTEM "[" KSPS "KSP]\n");
    size_t cell = support_locate_key(*state, bytes, SET "Control\\Cryptography\\Providers");
    support_put_u32(bytes, cell + NK_SUBKEYS, OUTSIDE);
    const struct reading *reading = read_bytes(state, bytes);
    assert_int_equal(reading->snapshot.system.state, SYSTEM_READ);
    assert_int_equal(reading->diags.worst, DIAG_INCOMPLETE);
    assert_int_equal(reading->snapshot.system.providers.state, KEY_UNREADABLE);
    assert_false(reading->snapshot.system.knows_ksps);
}

static void damage_is_repaired_as_in_software(void **state)
{
    struct memory_hive *bytes =
        support_build(*state, SUPPORT_SYSTEM "[" KSPS "KSP]\n[" KSPS "Lost]\n");
    size_t cell = support_locate_key(*state, bytes, KSPS "Lost");
    memcpy(bytes->bytes + cell + 4, "xx", 2);
    const struct reading *reading = read_bytes(state, bytes);
    const struct system_config *system = &reading->snapshot.system;
    assert_int_equal(system->state, SYSTEM_READ);
    assert_true(system->hive.repairs > 0);
    assert_int_equal(reading->snapshot.hive.repairs, 0);
    assert_int_equal(reading->diags.worst, DIAG_INCOMPLETE);
    assert_int_equal(system->nksps, 1);
    assert_false(system->knows_ksps);
    for (size_t i = 0; i < reading->diags.count; i++)
        assert_int_equal(
            strncmp(reading->diags.items[i].message, "the SYSTEM hive (test hive): ", 29), 0);
}

static const char *many_ksps(struct arena *arena, size_t count)
{
    enum { LINE_MAX_LEN = sizeof "[" KSPS "0000]\n" };
    char *text = arena_alloc(arena, count * LINE_MAX_LEN + sizeof SUPPORT_SYSTEM, 1), *end = text;
    end += sprintf(end, "%s", SUPPORT_SYSTEM);
    for (size_t i = 0; i < count; i++)
        end += sprintf(end, "[" KSPS "%04zu]\n", i);
    return text;
}

static void too_many_ksps_are_cut_and_said(void **state)
{
    const struct reading *reading = read_text(state, many_ksps(*state, KSPS_MAX));
    assert_int_equal(reading->diags.count, 0);
    assert_true(reading->snapshot.system.knows_ksps);
    reading = read_text(state, many_ksps(*state, KSPS_MAX + 1));
    const struct system_config *system = &reading->snapshot.system;
    assert_int_equal(system->state, SYSTEM_READ);
    assert_int_equal(system->nksps, KSPS_MAX);
    assert_false(system->knows_ksps);
    assert_says(reading, DIAG_INCOMPLETE, SET "Control\\Cryptography\\Providers",
                "there are 1001 KSPs, of which 1000 are read");
    assert_non_null(system_find_ksp(system, "0999"));
}

static const char *many_aliases(struct arena *arena, size_t count)
{
    static const char alias[] = "61,00,00,00,";
    char *text = arena_alloc(arena, count * (sizeof alias - 1) + 1, 1);
    for (size_t i = 0; i < count; i++)
        memcpy(text + i * (sizeof alias - 1), alias, sizeof alias - 1);
    return arena_printf(arena, SUPPORT_SYSTEM "[" KSPS "KSP]\n\"Aliases\"=hex(7):%s00,00\n", text);
}

static void too_many_aliases_are_cut_and_said(void **state)
{
    const struct reading *reading = read_text(state, many_aliases(*state, KSP_NAMES_MAX - 1));
    assert_int_equal(reading->diags.count, 0);
    assert_int_equal(reading->snapshot.system.nksp_names, KSP_NAMES_MAX);
    assert_true(reading->snapshot.system.knows_ksps);
    reading = read_text(state, many_aliases(*state, KSP_NAMES_MAX));
    assert_false(reading->snapshot.system.knows_ksps);
    assert_int_equal(reading->snapshot.system.nksp_names, KSP_NAMES_MAX);
    assert_says(reading, DIAG_INCOMPLETE, SET "Control\\Cryptography\\Providers", "10000");
}

static void no_changed_byte_crashes_the_reader(void **state)
{
    struct memory_hive *hive = software(state);
    struct memory_hive *bytes =
        support_build(*state, SUPPORT_SYSTEM "[" KSPS "KSP]\n" ALIASES "[" KSPS
                                             "KSP\\UM]\n\"Image\"=\"x.dll\"\n[" SERVICES
                                             "SCardSvr]\n\"Start\"=dword:4\n");
    for (size_t i = 0; i < bytes->source.size; i++) {
        if (!bytes->bytes[i])
            continue;
        struct arena *arena = arena_new();
        bytes->bytes[i] ^= 0xff;
        const struct reading *reading = support_read_both(arena, hive, bytes);
        assert_true(reading->read);
        assert_int_not_equal(reading->diags.worst, DIAG_FAILED);
        if (reading->snapshot.system.state == SYSTEM_FAILED)
            assert_int_equal(reading->diags.worst, DIAG_INCOMPLETE);
        bytes->bytes[i] ^= 0xff;
        arena_free(arena);
    }
}

/* As hivexsh shows it. */
static void windows_7_is_read(void **state)
{
    const struct reading *reading =
        read_bytes(state, support_corpus(*state, "hives/win7-x86/SYSTEM"));
    const struct system_config *system = &reading->snapshot.system;
    assert_int_equal(reading->diags.count, 0);
    assert_int_equal(system->hive.state, HIVE_CLEAN);
    assert_int_equal(system->control_set, 1);
    assert_int_equal(system->nksps, 4);
    const struct ksp *ksp = system_find_ksp(system, BASE_CSP);
    assert_non_null(ksp);
    assert_string_equal(ksp->key.origin.name, BASE_KSP);
    assert_string_equal(regkey_value(&ksp->user_mode, "Image")->text, "scksp.dll");
    assert_int_equal(system->services[SERVICE_SCDEVICEENUM].state, KEY_ABSENT);
    uint32_t start;
    assert_true(regval_dword(regkey_value(&system->services[SERVICE_SCARDSVR], "Start"), &start));
    assert_int_equal(start, 3);
}

static void windows_8_1_is_read(void **state)
{
    const struct reading *reading =
        read_bytes(state, support_corpus(*state, "hives/win81-x64/SYSTEM"));
    const struct system_config *system = &reading->snapshot.system;
    assert_int_equal(reading->diags.count, 0);
    assert_int_equal(system->hive.state, HIVE_UNRECOVERED);
    assert_int_equal(system->nksps, 7);
    assert_non_null(system_find_ksp(system, "Microsoft Platform Crypto Provider"));
    uint32_t start;
    assert_true(regval_dword(regkey_value(&system->services[SERVICE_SCARDSVR], "Start"), &start));
    assert_int_equal(start, 4);
}

static void a_corrupted_real_hive_is_never_complete(void **state)
{
    const struct reading *reading =
        read_bytes(state, support_corpus(*state, "hives/traps/corrupted_system_hive"));
    assert_int_equal(reading->diags.worst, DIAG_INCOMPLETE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(without_a_system_hive_nothing_is_said_of_it),
        SUPPORT_TEST(ksps_are_read_with_aliases_and_image),
        SUPPORT_TEST(a_ksp_is_found_by_name_and_alias_in_any_letter_case),
        SUPPORT_TEST(aliases_end_at_an_empty_text),
        SUPPORT_TEST(a_backslash_in_the_name_of_a_ksp_leads_nowhere_else),
        SUPPORT_TEST(services_are_read_of_the_current_control_set),
        SUPPORT_TEST(select_tells_the_control_set),
        SUPPORT_TEST(without_a_control_set_nothing_is_read),
        SUPPORT_TEST(another_hive_in_its_place_is_named),
        SUPPORT_TEST(what_is_no_hive_fails),
        SUPPORT_TEST(a_source_that_cannot_be_read_fails),
        SUPPORT_TEST(a_hostile_name_is_kept_as_text),
        SUPPORT_TEST(without_software_it_is_not_read),
        SUPPORT_TEST(its_logs_are_replayed),
        SUPPORT_TEST(the_log_policy_holds_for_it_as_well),
        SUPPORT_TEST(both_states_of_software_share_it),
        SUPPORT_TEST(it_is_not_what_is_handed_over_as_recovered),
        SUPPORT_TEST(what_cannot_be_read_of_it_is_neither_there_nor_absent),
        SUPPORT_TEST(a_lost_list_of_ksps_is_not_an_empty_one),
        SUPPORT_TEST(damage_is_repaired_as_in_software),
        SUPPORT_TEST(too_many_ksps_are_cut_and_said),
        SUPPORT_TEST(too_many_aliases_are_cut_and_said),
        SUPPORT_TEST(no_changed_byte_crashes_the_reader),
        SUPPORT_TEST(windows_7_is_read),
        SUPPORT_TEST(windows_8_1_is_read),
        SUPPORT_TEST(a_corrupted_real_hive_is_never_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
