/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/report.h"

#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json_at.h"
#include "rule/atr_names.h"
#include "support.h"

#define BYTES(literal)                                                                             \
    (struct slice)                                                                                 \
    {                                                                                              \
        (const uint8_t *)(literal), sizeof(literal) - 1                                            \
    }

/* What a report is made of; tests change what they are about. */
struct fixture {
    struct arena *arena;
    struct run run;
    struct rule rules[2];
    struct origin origin;
    struct finding findings[4];
    struct snapshot snapshot;
    struct diags diags;
    struct audited audited;
    char *text;   /* of the last report */
    json_t *root; /* the same, parsed */
};

static int start(void **state)
{
    struct arena *arena = arena_new();
    struct fixture *fixture = arena_alloc(arena, 1, sizeof *fixture);
    fixture->arena = fixture->diags.arena = arena;
    fixture->run = (struct run){.version = "1.2", .sandbox = "none"};
    fixture->rules[0] = (struct rule){.id = "rule-a", .title = "A", .severity = SEVERITY_ERROR};
    fixture->rules[1] = (struct rule){.id = "rule-b", .title = "B", .severity = SEVERITY_NOTE};
    fixture->origin = (struct origin){
        .key = "A\\B", .name = "B", .last_write = 129783058347342920, .offset = 0x8c8200};
    for (size_t i = 0; i < 4; i++)
        fixture->findings[i] = (struct finding){.rule = &fixture->rules[0],
                                                .severity = SEVERITY_ERROR,
                                                .origin = &fixture->origin,
                                                .message = "what is wrong"};
    fixture->snapshot.hive = (struct hive_facts){
        .known = true, .file_name = "", .primary_sequence = 7, .secondary_sequence = 7};
    fixture->snapshot.views[VIEW_NATIVE].exists = true;
    fixture->audited = (struct audited){.name = "SOFTWARE",
                                        .size = 24576,
                                        .snapshot = &fixture->snapshot,
                                        .findings = {fixture->findings, 1},
                                        .diags = &fixture->diags};
    *state = fixture;
    return 0;
}

static int stop(void **state)
{
    struct fixture *fixture = *state;
    json_decref(fixture->root);
    arena_free(fixture->arena);
    return 0;
}

/* Writes a report of the evidence, so many times, and parses it. */
static json_t *render(struct fixture *fixture, size_t pieces, int exit_status)
{
    char *text = NULL;
    size_t len = 0;
    struct totals totals = {.exit_status = exit_status};
    struct output output = {.format = &json_format,
                            .run = &fixture->run,
                            .stream = open_memstream(&text, &len),
                            .arena = fixture->arena};
    assert_non_null(output.stream);
    json_format.begin(&output);
    for (size_t i = 0; i < pieces; i++)
        report_add(&output, &fixture->audited);
    json_format.end(&output, &totals);
    fclose(output.stream);
    fixture->text = arena_strndup(fixture->arena, text, len);
    free(text);
    json_error_t error;
    json_decref(fixture->root);
    fixture->root = json_loadb(fixture->text, len, JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &error);
    if (!fixture->root)
        fail_msg("line %d: %s", error.line, error.text);
    return fixture->root;
}

/* The member of the only finding of the only evidence. */
static json_t *finding_member(struct fixture *fixture, const char *path)
{
    json_t *root = render(fixture, 1, 1);
    return json_at(root, arena_printf(fixture->arena, "evidence.0.findings.0.%s", path));
}

static void assert_null_json(json_t *json)
{
    assert_non_null(json);
    assert_true(json_is_null(json));
}

static void a_report_is_one_document_about_one_run(void **state)
{
    struct fixture *fixture = *state;
    static const struct component libraries[] = {{"hivex", "1.3.23"}, {"jansson", "2.14"}};
    fixture->run.libraries = libraries;
    fixture->run.nlibraries = 2;
    json_t *root = render(fixture, 1, 3);
    assert_string(json_at(root, "schema_version"), "1");
    assert_integer(json_at(root, "exit_status"), 3);
    assert_string(json_at(root, "tool.name"), "hiveaudit");
    assert_string(json_at(root, "tool.version"), "1.2");
    assert_string(json_at(root, "tool.sandbox"), "none");
    assert_true(json_is_null(json_at(root, "tool.atr_names")));
    assert_string(json_object_get(json_at(root, "tool.libraries"), "hivex"), "1.3.23");
    assert_string(json_object_get(json_at(root, "tool.libraries"), "jansson"), "2.14");
    assert_int_equal(fixture->text[strlen(fixture->text) - 1], '\n');
}

static void the_list_of_card_names_is_named(void **state)
{
    struct fixture *fixture = *state;
    const struct atr_names names = {.file = "/a/list.txt", .count = 7};
    fixture->run.names = &names;
    json_t *root = render(fixture, 1, 0);
    assert_string(json_at(root, "tool.atr_names.file"), "/a/list.txt");
    assert_integer(json_at(root, "tool.atr_names.atrs"), 7);
}

static void a_report_without_evidence_is_a_document_too(void **state)
{
    json_t *root = render(*state, 0, 0);
    assert_true(json_is_array(json_at(root, "evidence")));
    assert_int_equal(json_array_size(json_at(root, "evidence")), 0);
}

static void evidence_keeps_its_order(void **state)
{
    struct fixture *fixture = *state;
    json_t *root = render(fixture, 3, 0);
    assert_int_equal(json_array_size(json_at(root, "evidence")), 3);
    assert_string(json_at(root, "evidence.2.name"), "SOFTWARE");
    assert_string(json_at(root, "evidence.0.status"), "complete");
    assert_integer(json_at(root, "evidence.0.size"), 24576);
}

static void a_finding_has_its_members(void **state)
{
    struct fixture *fixture = *state;
    struct regval value = {
        .name = "ATR", .state = VALUE_OK, .type = REG_BINARY, .raw = BYTES("\x3b\x04\xff")};
    fixture->findings[0].value = &value;
    fixture->origin.view = VIEW_WOW6432NODE;
    fixture->origin.key = "Wow6432Node\\Microsoft\\x";
    json_t *root = render(fixture, 1, 1), *finding = json_at(root, "evidence.0.findings.0");
    assert_string(json_at(finding, "rule"), "rule-a");
    assert_string(json_at(finding, "severity"), "error");
    assert_string(json_at(finding, "view"), "wow6432node");
    assert_string(json_at(finding, "key"), "Wow6432Node\\Microsoft\\x");
    assert_string(json_at(finding, "value"), "ATR");
    assert_string(json_at(finding, "message"), "what is wrong");
    assert_string(json_at(finding, "last_write"), "2012-04-07T20:57:14.7342920Z");
    assert_integer(json_at(finding, "offset"), 0x8c8200);
    assert_string(json_at(finding, "data"), "3b04ff");
    assert_null(json_at(finding, "pair"));
    assert_null(json_at(finding, "key_utf16le"));
    assert_null(json_at(finding, "value_utf16le"));
}

static void a_finding_on_a_key_has_no_value(void **state)
{
    struct fixture *fixture = *state;
    assert_null_json(finding_member(fixture, "value"));
    assert_null_json(finding_member(fixture, "data"));
}

static void the_default_value_has_an_empty_name(void **state)
{
    struct fixture *fixture = *state;
    struct regval value = {.name = "", .state = VALUE_OK, .type = REG_BINARY};
    fixture->findings[0].value = &value;
    assert_string(finding_member(fixture, "value"), "");
    assert_string(finding_member(fixture, "data"), "");
}

static void a_key_that_is_not_there_has_no_time_and_no_offset(void **state)
{
    struct fixture *fixture = *state;
    fixture->origin.offset = 0;
    assert_null_json(finding_member(fixture, "last_write"));
    assert_null_json(finding_member(fixture, "offset"));
}

static void an_absurd_time_is_raw(void **state)
{
    struct fixture *fixture = *state;
    fixture->origin.last_write = 0;
    assert_string(finding_member(fixture, "last_write"), "0");
    fixture->origin.last_write = 1234567;
    assert_string(finding_member(fixture, "last_write"), "1234567");
}

static void the_severity_is_the_findings_own(void **state)
{
    struct fixture *fixture = *state;
    fixture->findings[0].severity = SEVERITY_NOTE; /* the rule could not be decided */
    assert_string(finding_member(fixture, "severity"), "note");
    assert_string(json_at(fixture->root, "rules.rule-a.severity"), "error");
}

static void a_pair_tells_which_bytes_offend(void **state)
{
    struct fixture *fixture = *state;
    struct pair_detail pair = {
        .atr = BYTES("\x3b\xac\x00"),
        .mask = BYTES("\xff\x00\x0f\xff"),
        .marked = (const uint8_t *)"\0\1\0\1",
        .repaired = BYTES("\x3b\x00\x00"),
        .decoded = "direct convention",
    };
    fixture->findings[0].pair = &pair;
    json_t *json = finding_member(fixture, "pair");
    assert_string(json_at(json, "atr"), "3bac00");
    assert_string(json_at(json, "mask"), "ff000fff");
    assert_string(json_at(json, "repaired_atr"), "3b0000");
    assert_string(json_at(json, "decoded"), "direct convention");
    assert_int_equal(json_array_size(json_at(json, "offending_bytes")), 2);
    assert_integer(json_at(json, "offending_bytes.0"), 1);
    assert_integer(json_at(json, "offending_bytes.1"), 3);
    pair = (struct pair_detail){.atr = BYTES("\x3b\x00")};
    json = finding_member(fixture, "pair");
    assert_null_json(json_at(json, "mask"));
    assert_null_json(json_at(json, "repaired_atr"));
    assert_null_json(json_at(json, "decoded"));
    assert_int_equal(json_array_size(json_at(json, "offending_bytes")), 0);
}

static void a_nul_in_a_name_is_lossless(void **state)
{
    struct fixture *fixture = *state;
    fixture->origin.key = "a\xc0\x80"
                          "b";
    json_t *key = finding_member(fixture, "key");
    assert_int_equal(json_string_length(key), 3);
    assert_memory_equal(json_string_value(key), "a\0b", 3);
    assert_non_null(strstr(fixture->text, "\"a\\u0000b\""));
    assert_null(json_at(fixture->root, "evidence.0.findings.0.key_utf16le"));
}

/* JSON has no lone surrogates: what it cannot say is said in hex. */
static void a_lone_surrogate_in_a_name_is_lossless(void **state)
{
    struct fixture *fixture = *state;
    struct regval value = {.name = "v\xed\xb0\x80", .state = VALUE_OK};
    fixture->origin.key = "a\xed\xa0\x80\\\xc3\xa9";
    fixture->findings[0].value = &value;
    assert_string(finding_member(fixture, "key"), "a\xef\xbf\xbd\\\xc3\xa9");
    assert_string(finding_member(fixture, "key_utf16le"), "610000d85c00e900");
    assert_string(finding_member(fixture, "value"), "v\xef\xbf\xbd");
    assert_string(finding_member(fixture, "value_utf16le"), "760000dc");
}

static void names_outside_ascii_are_lossless(void **state)
{
    struct fixture *fixture = *state;
    const char *name = "caf\xc3\xa9 \xe5\x8d\xa1 \xf0\x9f\x92\xb3 \"\\\x01\x1b\x7f\xc2\x85";
    fixture->origin.key = name;
    assert_string(finding_member(fixture, "key"), name);
    assert_non_null(strstr(fixture->text, "caf\\u00E9 \\u5361 \\uD83D\\uDCB3"));
}

static void a_report_is_ascii_without_controls(void **state)
{
    static const char hostile[] =
        "x\033[2J\r\t\x7f\xc2\x9b\xe2\x80\xae\xe2\x80\xa8\xed\xa0\x80\xc0\x80\xf0\x9f\x92\xb3\xff";
    struct fixture *fixture = *state;
    struct regval value = {.name = hostile, .state = VALUE_OK, .type = REG_SZ, .text = hostile};
    fixture->findings[0].value = &value;
    fixture->findings[0].message = hostile;
    fixture->origin.key = hostile;
    fixture->audited.name = hostile;
    fixture->rules[0].title = fixture->rules[0].effect = fixture->rules[0].remedy = hostile;
    fixture->snapshot.os =
        (struct os_build){.product = hostile, .display_version = hostile, .system_root = hostile};
    fixture->snapshot.hive.file_name = hostile;
    fixture->snapshot.views[VIEW_NATIVE].readers =
        (struct regkey){.origin = {.key = hostile}, .values = &value, .nvalues = 1};
    diag_add(&fixture->diags, DIAG_NOTE, hostile, "%s", hostile);
    render(fixture, 1, 1);
    for (const char *p = fixture->text; *p; p++) {
        unsigned char c = (unsigned char)*p;
        if (c != '\n' && (c < 0x20 || c > 0x7e))
            fail_msg("byte %02x at \"%.20s\"", c, p);
    }
}

static void the_state_of_the_hive_is_told(void **state)
{
    struct fixture *fixture = *state;
    fixture->snapshot.hive = (struct hive_facts){.known = true,
                                                 .state = HIVE_UNRECOVERED,
                                                 .file_name = "SOFTWARE",
                                                 .primary_sequence = 4294967295,
                                                 .secondary_sequence = 43468,
                                                 .last_written = 130216580842042425};
    json_t *hive = json_at(render(fixture, 1, 3), "evidence.0.hive");
    assert_string(json_at(hive, "state"), "dirty-unrecovered");
    assert_string(json_at(hive, "file_name"), "SOFTWARE");
    assert_integer(json_at(hive, "primary_sequence"), 4294967295);
    assert_integer(json_at(hive, "secondary_sequence"), 43468);
    assert_string(json_at(hive, "last_written"), "2013-08-22T15:14:44.2042425Z");
    fixture->snapshot.hive.state = HIVE_CLEAN;
    assert_string(json_at(render(fixture, 1, 0), "evidence.0.hive.state"), "clean");
    fixture->snapshot.hive.known = false;
    assert_null_json(json_at(render(fixture, 1, 3), "evidence.0.hive"));
}

static void the_system_hive_is_told_where_there_is_one(void **state)
{
    struct fixture *fixture = *state;
    static struct log_use log = {"SYSTEM.LOG1", LOG_HVLE, 2, 3, 2, NULL};
    assert_null_json(json_at(render(fixture, 1, 0), "evidence.0.system"));
    fixture->snapshot.system = (struct system_config){
        .state = SYSTEM_READ,
        .name = "config/SYSTEM\xc0\x80",
        .hive = {.known = true, .state = HIVE_RECOVERED, .file_name = "", .logs = &log, .nlogs = 1},
        .control_set = 2,
        .nksps = 7,
    };
    json_t *system = json_at(render(fixture, 1, 0), "evidence.0.system");
    assert_int_equal(json_string_length(json_at(system, "name")), 14);
    assert_string(json_at(system, "state"), "read");
    assert_string(json_at(system, "hive.state"), "dirty-recovered");
    assert_integer(json_at(system, "hive.logs.0.applied"), 2);
    assert_integer(json_at(system, "control_set"), 2);
    assert_integer(json_at(system, "providers"), 7);
    fixture->snapshot.system = (struct system_config){.state = SYSTEM_FAILED, .name = "SYSTEM"};
    system = json_at(render(fixture, 1, 3), "evidence.0.system");
    assert_string(json_at(system, "state"), "failed");
    assert_null_json(json_at(system, "hive"));
    assert_null_json(json_at(system, "control_set"));
    assert_null_json(json_at(system, "providers"));
}

static void a_finding_in_the_system_hive_says_so(void **state)
{
    struct fixture *fixture = *state;
    assert_null(finding_member(fixture, "hive"));
    fixture->findings[0].in_system = true;
    assert_string(finding_member(fixture, "hive"), "system");
}

static void files_are_told_where_some_came_with_the_hive(void **state)
{
    struct fixture *fixture = *state;
    static struct module_file files[] = {{.view = VIEW_NATIVE, .asked = "D:\\a.dll"},
                                         {.view = VIEW_WOW6432NODE,
                                          .asked = "%windir%\\b.dll",
                                          .path = "C:\\Windows\\b.dll",
                                          .state = FILE_PRESENT,
                                          .found = "WINDOWS/b\xc0\x80.dll",
                                          .size = INT64_MAX,
                                          .machine = 0x8664,
                                          .has_digest = true,
                                          .digest = {0xab, [31] = 0x01}}};
    assert_null_json(json_at(render(fixture, 1, 0), "evidence.0.files"));
    fixture->snapshot.has_files = true;
    assert_int_equal(json_array_size(json_at(render(fixture, 1, 0), "evidence.0.files")), 0);
    fixture->snapshot.files = files;
    fixture->snapshot.nfiles = 2;
    json_t *list = json_at(render(fixture, 1, 0), "evidence.0.files");
    assert_int_equal(json_array_size(list), 2);
    json_t *file = json_array_get(list, 0);
    assert_string(json_at(file, "view"), "native");
    assert_string(json_at(file, "name"), "D:\\a.dll");
    assert_string(json_at(file, "state"), "unknown");
    static const char *const nothing[] = {"path", "found", "size", "machine", "sha256"};
    for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++)
        assert_null_json(json_at(file, nothing[i]));
    file = json_array_get(list, 1);
    assert_string(json_at(file, "path"), "C:\\Windows\\b.dll");
    assert_string(json_at(file, "state"), "present");
    assert_int_equal(json_string_length(json_at(file, "found")), 14);
    assert_true(json_integer_value(json_at(file, "size")) == INT64_MAX);
    assert_string(json_at(file, "machine"), "amd64");
    assert_string(json_at(file, "sha256"),
                  "ab00000000000000000000000000000000000000000000000000000000000001");
}

static void a_finding_about_a_file_has_it(void **state)
{
    struct fixture *fixture = *state;
    static const struct module_file file = {
        .asked = "a.dll", .path = "C:\\Windows\\System32\\a.dll", .state = FILE_ABSENT};
    assert_null(finding_member(fixture, "file"));
    fixture->findings[0].file = &file;
    assert_string(finding_member(fixture, "file.path"), file.path);
    assert_string(finding_member(fixture, "file.state"), "absent");
}

static void the_windows_is_told_as_far_as_it_is_known(void **state)
{
    struct fixture *fixture = *state;
    fixture->snapshot.os = (struct os_build){.product = "Windows 10 Pro",
                                             .display_version = "22H2",
                                             .system_root = "C:\\Windows",
                                             .build = 19045,
                                             .ubr = 0,
                                             .has_ubr = true,
                                             .arch = ARCH_ARM64};
    json_t *os = json_at(render(fixture, 1, 0), "evidence.0.os");
    assert_string(json_at(os, "product"), "Windows 10 Pro");
    assert_string(json_at(os, "display_version"), "22H2");
    assert_string(json_at(os, "system_root"), "C:\\Windows");
    assert_integer(json_at(os, "build"), 19045);
    assert_integer(json_at(os, "ubr"), 0);
    assert_string(json_at(os, "arch"), "arm64");
    fixture->snapshot.os = (struct os_build){0};
    os = json_at(render(fixture, 1, 0), "evidence.0.os");
    assert_null_json(json_at(os, "product"));
    assert_null_json(json_at(os, "build"));
    assert_null_json(json_at(os, "ubr"));
    assert_string(json_at(os, "arch"), "unknown");
}

static void evidence_that_failed_has_no_windows(void **state)
{
    struct fixture *fixture = *state;
    fixture->audited.status = EVIDENCE_FAILED;
    fixture->audited.findings.count = 0;
    diag_add(&fixture->diags, DIAG_FAILED, NULL, "nothing to audit");
    json_t *evidence = json_at(render(fixture, 1, 3), "evidence.0");
    assert_string(json_at(evidence, "status"), "failed");
    assert_null_json(json_at(evidence, "os"));
    assert_int_equal(json_array_size(json_at(evidence, "findings")), 0);
}

static void diagnostics_say_their_level_and_key(void **state)
{
    struct fixture *fixture = *state;
    diag_add(&fixture->diags, DIAG_NOTE, NULL, "a remark");
    diag_add(&fixture->diags, DIAG_INCOMPLETE, "A\\B", "cannot be read");
    diag_add(&fixture->diags, DIAG_FAILED, NULL, "is empty");
    json_t *diags = json_at(render(fixture, 1, 3), "evidence.0.diagnostics");
    assert_int_equal(json_array_size(diags), 3);
    assert_string(json_at(diags, "0.level"), "note");
    assert_null_json(json_at(diags, "0.key"));
    assert_string(json_at(diags, "0.message"), "a remark");
    assert_string(json_at(diags, "1.level"), "incomplete");
    assert_string(json_at(diags, "1.key"), "A\\B");
    assert_string(json_at(diags, "2.level"), "failed");
}

static void what_is_not_shown_is_counted(void **state)
{
    struct fixture *fixture = *state;
    fixture->findings[1].severity = SEVERITY_WARNING;
    fixture->findings[2].severity = fixture->findings[3].severity = SEVERITY_NOTE;
    fixture->findings[2].rule = fixture->findings[3].rule = &fixture->rules[1];
    fixture->audited.findings.count = 4;
    json_t *root = render(fixture, 1, 1);
    assert_int_equal(json_array_size(json_at(root, "evidence.0.findings")), 4);
    assert_int_equal(json_object_size(json_at(root, "rules")), 2);
    fixture->run.min_severity = SEVERITY_WARNING;
    root = render(fixture, 1, 1);
    assert_int_equal(json_array_size(json_at(root, "evidence.0.findings")), 2);
    assert_integer(json_at(root, "evidence.0.counts.error"), 1);
    assert_integer(json_at(root, "evidence.0.counts.warning"), 1);
    assert_integer(json_at(root, "evidence.0.counts.note"), 2);
    assert_int_equal(json_object_size(json_at(root, "rules")), 1);
    assert_non_null(json_at(root, "rules.rule-a"));
}

static void rules_are_told_once(void **state)
{
    struct fixture *fixture = *state;
    fixture->rules[0].effect = "it never matches";
    fixture->audited.findings.count = 4;
    json_t *rules = json_at(render(fixture, 2, 1), "rules");
    assert_int_equal(json_object_size(rules), 1);
    assert_string(json_at(rules, "rule-a.title"), "A");
    assert_string(json_at(rules, "rule-a.effect"), "it never matches");
    assert_null_json(json_at(rules, "rule-a.remedy"));
}

static void entries_are_counted_in_the_views_that_exist(void **state)
{
    struct fixture *fixture = *state;
    fixture->snapshot.views[VIEW_NATIVE].ncards = 12;
    fixture->snapshot.views[VIEW_WOW6432NODE].ncards = 5;
    json_t *entries = json_at(render(fixture, 1, 0), "evidence.0.counts.entries");
    assert_integer(json_at(entries, "native"), 12);
    assert_int_equal(json_object_size(entries), 1);
    fixture->snapshot.views[VIEW_WOW6432NODE].exists = true;
    entries = json_at(render(fixture, 1, 0), "evidence.0.counts.entries");
    assert_integer(json_at(entries, "wow6432node"), 5);
}

static void settings_are_told_as_they_are(void **state)
{
    struct fixture *fixture = *state;
    struct regval retry = {.name = "RetryDeviceInitialize",
                           .state = VALUE_OK,
                           .type = REG_DWORD,
                           .raw = BYTES("\1\0\0\0")};
    struct regval cached = {
        .name = "0", .state = VALUE_OK, .type = REG_BINARY, .raw = BYTES("\x3b\x00")};
    fixture->snapshot.views[VIEW_NATIVE].readers =
        (struct regkey){.origin = {.key = "Readers", .last_write = 129783058347342920},
                        .state = KEY_PRESENT,
                        .values = &retry,
                        .nvalues = 1};
    fixture->snapshot.atr_caches[ATR_CACHE_PIV] = (struct regkey){
        .origin = {.key = "PIV"}, .state = KEY_PRESENT, .values = &cached, .nvalues = 1};
    json_t *settings = json_at(render(fixture, 1, 0), "evidence.0.settings");
    assert_int_equal(json_array_size(settings), 2);
    assert_string(json_at(settings, "0.view"), "native");
    assert_string(json_at(settings, "0.key"), "Readers");
    assert_string(json_at(settings, "0.value"), "RetryDeviceInitialize");
    assert_string(json_at(settings, "0.type"), "REG_DWORD");
    assert_string(json_at(settings, "0.data"), "01000000");
    assert_string(json_at(settings, "0.last_write"), "2012-04-07T20:57:14.7342920Z");
    assert_string(json_at(settings, "1.key"), "PIV");
    assert_string(json_at(settings, "1.data"), "3b00");
}

/* Unreadable and empty are different facts. */
static void a_setting_that_cannot_be_read_does_not_look_empty(void **state)
{
    struct fixture *fixture = *state;
    struct regval value = {.name = "EnableScPnP", .state = VALUE_OK, .type = REG_DWORD};
    fixture->snapshot.policies[POLICY_SCPNP] = (struct regkey){
        .origin = {.key = "ScPnP"}, .state = KEY_PRESENT, .values = &value, .nvalues = 1};
    render(fixture, 1, 0);
    const char *empty = fixture->text;
    value.state = VALUE_UNREADABLE;
    render(fixture, 1, 0);
    assert_string_not_equal(fixture->text, empty);
}

static void the_same_makes_the_same_bytes(void **state)
{
    struct fixture *fixture = *state;
    fixture->audited.findings.count = 4;
    render(fixture, 2, 1);
    const char *first = fixture->text;
    render(fixture, 2, 1);
    assert_string_equal(fixture->text, first);
}

/* An output that was begun on a stream of its own. */
static struct output begin_on(struct fixture *fixture, const char *device)
{
    struct output output = {.format = &json_format,
                            .run = &fixture->run,
                            .stream = fopen(device, "w"),
                            .arena = fixture->arena};
    if (!output.stream)
        skip();
    json_format.begin(&output);
    report_add(&output, &fixture->audited);
    return output;
}

static void a_document_that_cannot_be_written_is_an_error(void **state)
{
    struct output output = begin_on(*state, "/dev/full");
    struct totals totals = {0};
    assert_false(report_close(&output, &totals));
    assert_int_equal(errno, ENOSPC);
}

/* A leak checker is the judge. */
static void a_document_that_is_given_up_is_released(void **state)
{
    struct output output = begin_on(*state, "/dev/null");
    report_discard(&output);
}

static void labels_are_those_that_were_given(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(json_object_size(json_at(render(fixture, 1, 0), "labels")), 0);
    fixture->run.labels = (struct labels){.case_name = "C\033", .note = ""};
    json_t *labels = json_at(render(fixture, 1, 0), "labels");
    assert_int_equal(json_object_size(labels), 2);
    assert_string_equal(json_string_value(json_object_get(labels, "case")), "C\033");
    assert_string_equal(json_string_value(json_object_get(labels, "note")), "");
}

static void waivers_and_baselines_are_said_where_there_are_some(void **state)
{
    struct fixture *fixture = *state;
    const struct waiver waiver = {.owner = "O", .reason = "R", .expires = "2026-11-20"};
    assert_null(finding_member(fixture, "waiver"));
    assert_null(finding_member(fixture, "baseline"));
    assert_null(json_at(fixture->root, "evidence.0.gone"));
    assert_null(json_at(fixture->root, "evidence.0.counts.waived"));
    assert_null(json_at(fixture->root, "evidence.0.counts.new"));
    fixture->run.now = "2026-11-20";
    fixture->run.baseline = "old.json";
    fixture->findings[0].waiver = &waiver;
    fixture->findings[0].baseline = BASELINE_NEW;
    assert_string_equal(json_string_value(finding_member(fixture, "waiver.owner")), "O");
    assert_string_equal(json_string_value(finding_member(fixture, "baseline")), "new");
    assert_int_equal(json_integer_value(json_at(fixture->root, "evidence.0.counts.waived")), 1);
    assert_int_equal(json_integer_value(json_at(fixture->root, "evidence.0.counts.new")), 1);
    assert_int_equal(json_array_size(json_at(fixture->root, "evidence.0.gone")), 0);
    assert_true(json_is_false(json_at(fixture->root, "evidence.0.in_baseline")));
    assert_int_equal(json_array_size(json_at(fixture->root, "baseline.missing")), 0);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(a_report_is_one_document_about_one_run),
        TEST(the_list_of_card_names_is_named),
        TEST(a_report_without_evidence_is_a_document_too),
        TEST(evidence_keeps_its_order),
        TEST(a_finding_has_its_members),
        TEST(a_finding_on_a_key_has_no_value),
        TEST(the_default_value_has_an_empty_name),
        TEST(a_key_that_is_not_there_has_no_time_and_no_offset),
        TEST(an_absurd_time_is_raw),
        TEST(the_severity_is_the_findings_own),
        TEST(a_pair_tells_which_bytes_offend),
        TEST(a_nul_in_a_name_is_lossless),
        TEST(a_lone_surrogate_in_a_name_is_lossless),
        TEST(names_outside_ascii_are_lossless),
        TEST(a_report_is_ascii_without_controls),
        TEST(the_state_of_the_hive_is_told),
        TEST(the_system_hive_is_told_where_there_is_one),
        TEST(a_finding_in_the_system_hive_says_so),
        TEST(files_are_told_where_some_came_with_the_hive),
        TEST(a_finding_about_a_file_has_it),
        TEST(the_windows_is_told_as_far_as_it_is_known),
        TEST(evidence_that_failed_has_no_windows),
        TEST(diagnostics_say_their_level_and_key),
        TEST(what_is_not_shown_is_counted),
        TEST(rules_are_told_once),
        TEST(entries_are_counted_in_the_views_that_exist),
        TEST(settings_are_told_as_they_are),
        TEST(a_setting_that_cannot_be_read_does_not_look_empty),
        TEST(labels_are_those_that_were_given),
        TEST(waivers_and_baselines_are_said_where_there_are_some),
        TEST(the_same_makes_the_same_bytes),
        TEST(a_document_that_cannot_be_written_is_an_error),
        TEST(a_document_that_is_given_up_is_released),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
