/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/report.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "rendering.h"

#define BYTES(literal)                                                                             \
    (struct slice)                                                                                 \
    {                                                                                              \
        (const uint8_t *)(literal), sizeof(literal) - 1                                            \
    }

/* What a report is made of; tests change what they are about. */
struct fixture {
    struct arena *arena;
    struct run run;
    struct rule rule;
    struct origin origin;
    struct finding findings[4];
    struct snapshot snapshot;
    struct diags diags;
    struct audited audited;
    bool use_color;
};

static int start(void **state)
{
    struct arena *arena = arena_new();
    struct fixture *fixture = arena_alloc(arena, 1, sizeof *fixture);
    fixture->arena = fixture->diags.arena = arena;
    fixture->run = (struct run){.version = "1", .sandbox = "none"};
    fixture->rule = (struct rule){.id = "some-rule", .severity = SEVERITY_ERROR};
    fixture->origin = (struct origin){
        .key = "A\\B", .name = "B", .last_write = 129783058347342920, .offset = 0x8c8200};
    for (size_t i = 0; i < 4; i++)
        fixture->findings[i] = (struct finding){.rule = &fixture->rule,
                                                .severity = SEVERITY_ERROR,
                                                .origin = &fixture->origin,
                                                .message = "what is wrong"};
    fixture->snapshot.hive = (struct hive_facts){
        .known = true, .primary_sequence = 7, .secondary_sequence = 7, .last_written = 0};
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
    arena_free(fixture->arena);
    return 0;
}

/* The report as it would be written. */
static char *render(struct fixture *fixture, const struct totals *totals)
{
    char *text = NULL;
    size_t len = 0;
    struct output output = {.format = &text_format,
                            .run = &fixture->run,
                            .use_color = fixture->use_color,
                            .stream = open_memstream(&text, &len),
                            .arena = fixture->arena};
    assert_non_null(output.stream);
    text_format.begin(&output);
    report_add(&output, &fixture->audited);
    text_format.end(&output, totals);
    fclose(output.stream);
    char *copy = arena_strndup(fixture->arena, text, len);
    assert_int_equal(strlen(copy), len);
    free(text);
    return copy;
}

static const struct totals one_piece = {.evidence = {1, 0, 0}};

static char *render_one(struct fixture *fixture)
{
    return render(fixture, &one_piece);
}

/* The first line that starts with a label behind its indent; NULL where there is none. */
static char *find_line(struct fixture *fixture, const char *text, const char *label)
{
    while (*text) {
        size_t len = strcspn(text, "\n"), indent = strspn(text, " ");
        size_t label_len = strlen(label);
        if (indent < len && strncmp(text + indent, label, label_len) == 0 &&
            text[indent + label_len] == ' ')
            return arena_strndup(fixture->arena, text, len);
        text += len + (text[len] == '\n');
    }
    return NULL;
}

/* The line behind a line. */
static char *line_after(struct fixture *fixture, const char *text, const char *line)
{
    const char *at = strstr(text, line);
    assert_non_null(at);
    at += strlen(line) + 1;
    return arena_strndup(fixture->arena, at, strcspn(at, "\n"));
}

static void set_pair(struct fixture *fixture, struct pair_detail pair)
{
    struct pair_detail *copy = arena_alloc(fixture->arena, 1, sizeof *copy);
    *copy = pair;
    fixture->findings[0].pair = copy;
}

static void offending_bytes_are_marked_beneath(void **state)
{
    struct fixture *fixture = *state;
    set_pair(fixture, (struct pair_detail){
                          .atr = BYTES("\x3b\xac\x00\x40\x2a"),
                          .mask = BYTES("\xff\x00\x0f\xff\x00"),
                          .marked = (const uint8_t *)"\0\1\0\0\1",
                          .repaired = BYTES("\x3b\x00\x00\x40\x00"),
                      });
    const char *text = render_one(fixture);
    const char *atr = find_line(fixture, text, "ATR"), *mask = find_line(fixture, text, "ATRMask");
    const char *repaired = find_line(fixture, text, "repaired");
    assert_non_null(atr);
    assert_non_null(mask);
    assert_non_null(repaired);
    const char *marks = line_after(fixture, text, mask);
    size_t column = (size_t)(strstr(atr, "3b ac 00 40 2a") - atr);
    assert_int_equal(strstr(mask, "ff 00 0f ff 00") - mask, column);
    assert_int_equal(strstr(repaired, "3b 00 00 40 00") - repaired, column);
    assert_string_equal(marks + column, "   ^^       ^^");
    assert_int_equal(strspn(marks, " "), column + 3);
}

static void marks_reach_as_far_as_the_longer_of_both(void **state)
{
    struct fixture *fixture = *state;
    set_pair(fixture, (struct pair_detail){.atr = BYTES("\x3b\x00"),
                                           .mask = BYTES("\xff\xff\xff\xff"),
                                           .marked = (const uint8_t *)"\0\0\1\1"});
    const char *text = render_one(fixture), *mask = find_line(fixture, text, "ATRMask");
    size_t column = (size_t)(strstr(mask, "ff ff ff ff") - mask);
    assert_string_equal(line_after(fixture, text, mask) + column, "      ^^ ^^");
}

/* A terminal has 80 columns. */
static void a_long_pair_goes_on_below(void **state)
{
    struct fixture *fixture = *state;
    uint8_t bytes[33] = {0x3b}, marked[33] = {[1] = 1, [32] = 1};
    set_pair(fixture,
             (struct pair_detail){.atr = {bytes, 33}, .mask = {bytes, 33}, .marked = marked});
    assert_says(render_one(fixture),
                "    ATR         3b 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n"
                "    ATRMask     3b 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00 00\n"
                "                   ^^\n"
                "    ATR         00 00 00 00 00 00 00 00 00 00 00 00 00\n"
                "    ATRMask     00 00 00 00 00 00 00 00 00 00 00 00 00\n"
                "                                                    ^^\n");
}

static void what_there_is_not_of_a_pair_is_not_shown(void **state)
{
    struct fixture *fixture = *state;
    set_pair(fixture, (struct pair_detail){.atr = BYTES("\x3b\x00")});
    const char *text = render_one(fixture);
    assert_non_null(find_line(fixture, text, "ATR"));
    assert_null(find_line(fixture, text, "ATRMask"));
    assert_null(find_line(fixture, text, "repaired"));
    assert_null(find_line(fixture, text, "decoded"));
    assert_silent(text, "^");
}

static void a_decoded_atr_is_shown(void **state)
{
    struct fixture *fixture = *state;
    set_pair(fixture,
             (struct pair_detail){.atr = BYTES("\x3b\x00"), .decoded = "direct convention, T=0"});
    assert_says(find_line(fixture, render_one(fixture), "decoded"), "direct convention, T=0");
}

static void a_finding_says_rule_view_key_and_where_it_was_found(void **state)
{
    struct fixture *fixture = *state;
    fixture->origin.view = VIEW_WOW6432NODE;
    fixture->rule.effect = "the entry never matches";
    fixture->rule.remedy = "store it masked";
    const char *text = render_one(fixture);
    assert_says(text, "error some-rule: what is wrong\n");
    assert_says(find_line(fixture, text, "wow6432node"), " A\\B");
    assert_says(find_line(fixture, text, "effect"), " the entry never matches");
    assert_says(find_line(fixture, text, "remedy"), " store it masked");
    assert_says(text, "2012-04-07T20:57:14.7342920Z");
    assert_says(text, "0x8c8200");
}

static void a_key_that_is_not_there_was_never_written(void **state)
{
    struct fixture *fixture = *state;
    fixture->origin.offset = 0;
    fixture->origin.last_write = 0;
    const char *text = render_one(fixture);
    assert_silent(text, "cell");
    assert_null(find_line(fixture, text, "written"));
}

static void a_value_is_shown_with_its_name(void **state)
{
    struct fixture *fixture = *state;
    struct regval value = {
        .name = "80000001", .state = VALUE_OK, .type = REG_SZ, .text = "C:\\x.dll"};
    fixture->findings[0].value = &value;
    assert_says(find_line(fixture, render_one(fixture), "value"), "80000001 = \"C:\\x.dll\"");
    value.name = "";
    assert_says(find_line(fixture, render_one(fixture), "value"), "(default) = ");
}

/* Nothing of this may reach a terminal as it is, nor start a line of its own. */
#define HOSTILE         "x\033[2J\n  error\xc2\x9b\xe2\x80\xae\xed\xa0\x80\xc0\x80y"
#define HOSTILE_ESCAPED "x\\x1b[2J\\x0a  error\\x9b\\u202e\\ud800\\x00y"

static void assert_harmless(const char *text)
{
    for (const char *p = text; *p; p++)
        if (*p != '\n' && iscntrl((unsigned char)*p))
            fail_msg("control character %02x in:\n%s", (unsigned char)*p, text);
    assert_silent(text, "\xc2\x9b");
    assert_silent(text, "\xe2\x80\xae");
    assert_silent(text, "\xed\xa0\x80");
    assert_silent(text, "\xc0\x80");
}

static void hostile_text_is_escaped_wherever_it_stands(void **state)
{
    struct fixture *fixture = *state;
    struct regval value = {.name = HOSTILE, .state = VALUE_OK, .type = REG_SZ, .text = HOSTILE};
    const char **places[] = {
        &fixture->audited.name,
        &fixture->origin.key,
        &fixture->findings[0].message,
        &fixture->snapshot.os.product,
        &value.name,
        &value.text,
        &fixture->snapshot.os.display_version,
    };
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const char *saved = *places[i];
        value.name = value.text = "v";
        fixture->findings[0].value = &value;
        *places[i] = HOSTILE;
        const char *text = render_one(fixture);
        assert_harmless(text);
        assert_says(text, HOSTILE_ESCAPED);
        *places[i] = saved;
    }
}

static void hostile_diagnostics_are_escaped(void **state)
{
    struct fixture *fixture = *state;
    diag_add(&fixture->diags, DIAG_INCOMPLETE, HOSTILE, "value \"%s\" cannot be read", HOSTILE);
    const char *text = render_one(fixture);
    assert_harmless(text);
    assert_says(text, "incomplete: " HOSTILE_ESCAPED ": value \"" HOSTILE_ESCAPED "\"");
}

static void hostile_prose_is_escaped(void **state)
{
    struct fixture *fixture = *state;
    fixture->rule.effect = fixture->rule.remedy = "a\033[2Jb\xe2\x80\xae";
    const char *text = render_one(fixture);
    assert_harmless(text);
    assert_says(text, "a\\x1b[2Jb\\u202e");
}

/* As YAML's block scalars have them. */
static void line_breaks_of_a_rule_part_words(void **state)
{
    struct fixture *fixture = *state;
    fixture->rule.effect = "one\ntwo three\n";
    const char *text = render_one(fixture);
    assert_says(find_line(fixture, text, "effect"), " one two three");
    assert_silent(text, "\\x0a");
}

static char *without_colors(struct fixture *fixture, const char *text)
{
    char *plain = arena_alloc(fixture->arena, strlen(text) + 1, 1), *out = plain;
    for (const char *p = text; *p; p++) {
        if (*p != '\033') {
            *out++ = *p;
            continue;
        }
        assert_int_equal(p[1], '[');
        p += 2 + strspn(p + 2, "0123456789;");
        assert_int_equal(*p, 'm');
    }
    return plain;
}

static void colors_are_there_when_asked_for_and_change_nothing_else(void **state)
{
    struct fixture *fixture = *state;
    diag_add(&fixture->diags, DIAG_INCOMPLETE, "K", "cannot be read");
    fixture->snapshot.hive.state = HIVE_UNRECOVERED;
    set_pair(fixture, (struct pair_detail){.atr = BYTES("\x3b\x00"),
                                           .mask = BYTES("\xff\xff"),
                                           .marked = (const uint8_t *)"\0\1"});
    const char *plain = render_one(fixture);
    assert_silent(plain, "\033");
    fixture->use_color = true;
    const char *colored = render_one(fixture);
    assert_says(colored, "\033[");
    assert_string_equal(without_colors(fixture, colored), plain);
    const char *last = strrchr(colored, '\033');
    assert_int_equal(strncmp(last, "\033[0m", 4), 0);
}

/* One finding of each severity, the worst first. */
static void make_severities(struct fixture *fixture)
{
    static const char *const messages[] = {"a fault", "a warning", "another", "a remark"};
    static const enum severity severities[] = {SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_WARNING,
                                               SEVERITY_NOTE};
    for (size_t i = 0; i < 4; i++) {
        fixture->findings[i].message = messages[i];
        fixture->findings[i].severity = severities[i];
    }
    fixture->audited.findings.count = 4;
}

static void what_is_not_shown_is_counted(void **state)
{
    struct fixture *fixture = *state;
    make_severities(fixture);
    const char *text = render_one(fixture);
    assert_says(text, "a remark");
    assert_silent(text, "not shown");
    assert_says(text, "SOFTWARE: 1 error, 2 warnings, 1 note;");

    fixture->run.min_severity = SEVERITY_WARNING;
    text = render_one(fixture);
    assert_silent(text, "a remark");
    assert_says(text, "a warning");
    assert_says(text, "1 error, 2 warnings, 1 note (1 not shown)");

    fixture->run.min_severity = SEVERITY_ERROR;
    text = render_one(fixture);
    assert_silent(text, "a warning");
    assert_says(text, "a fault");
    assert_says(text, "1 error, 2 warnings, 1 note (3 not shown)");
}

static void the_severity_is_the_findings_own(void **state)
{
    struct fixture *fixture = *state;
    fixture->findings[0].severity = SEVERITY_NOTE; /* the rule could not be decided */
    assert_says(render_one(fixture), "note some-rule: ");
}

static void windows_and_hive_come_first_and_the_summary_last(void **state)
{
    struct fixture *fixture = *state;
    fixture->snapshot.os = (struct os_build){
        .product = "Windows 8.1 Enterprise", .build = 9600, .arch = ARCH_AMD64, .is_64bit = true};
    const char *text = render_one(fixture);
    const char *order[] = {"SOFTWARE\n", "Windows 8.1 Enterprise", "hive of 24576 bytes",
                           "what is wrong", "\nSOFTWARE: "};
    for (size_t i = 1; i < sizeof order / sizeof *order; i++)
        assert_true(strstr(text, order[i - 1]) < strstr(text, order[i]));
    assert_int_equal(strncmp(text, order[0], strlen(order[0])), 0);
    assert_string_equal(strstr(text, "\nSOFTWARE: "),
                        "\nSOFTWARE: 1 error, 0 warnings, 0 notes; audit complete\n"
                        "hiveaudit 1, sandbox: none\n");
}

static void the_windows_is_described(void **state)
{
    struct fixture *fixture = *state;
    struct os_build *os = &fixture->snapshot.os;
    *os = (struct os_build){.product = "Windows 10 Pro",
                            .display_version = "22H2",
                            .build = 19045,
                            .ubr = 3803,
                            .has_ubr = true,
                            .arch = ARCH_AMD64};
    const char *text = render_one(fixture);
    assert_says(text, "Windows 10 Pro 22H2");
    assert_says(text, "build 19045.3803");
    assert_says(text, "amd64");
    *os = (struct os_build){.ubr = 3803, .has_ubr = true};
    text = render_one(fixture);
    assert_says(text, "build unknown");
    assert_silent(text, "3803");
    assert_says(text, "architecture unknown");
}

/* Its ProductName still says Windows 10. */
static void windows_11_is_told_by_its_build(void **state)
{
    struct fixture *fixture = *state;
    fixture->snapshot.os = (struct os_build){.product = "Windows 10 Pro", .build = 22000};
    assert_says(render_one(fixture), "Windows 11");
    fixture->snapshot.os.build = 19045;
    assert_silent(render_one(fixture), "Windows 11");
    fixture->snapshot.os = (struct os_build){.product = "Windows Server 2025", .build = 26100};
    assert_silent(render_one(fixture), "Windows 11");
}

static void a_dirty_hive_is_said_with_its_numbers(void **state)
{
    struct fixture *fixture = *state;
    assert_says(render_one(fixture), "clean");
    assert_silent(render_one(fixture), "dirty");
    fixture->snapshot.hive = (struct hive_facts){.known = true,
                                                 .state = HIVE_UNRECOVERED,
                                                 .primary_sequence = 43469,
                                                 .secondary_sequence = 43468,
                                                 .last_written = 130216580842042425};
    const char *text = render_one(fixture);
    assert_says(text, "dirty");
    assert_says(text, "43469/43468");
    assert_says(text, "2013-08-22T15:14:44.2042425Z");
    assert_silent(text, "clean");
}

static void the_system_hive_is_one_line_and_its_logs(void **state)
{
    struct fixture *fixture = *state;
    static struct log_use log = {"SYSTEM.LOG1", LOG_HVLE, 2, 3, 2, NULL};
    assert_silent(render_one(fixture), "SYSTEM");
    fixture->snapshot.system = (struct system_config){.state = SYSTEM_READ,
                                                      .name = "config/\x1b[1mSYSTEM",
                                                      .hive = {.known = true},
                                                      .control_set = 1,
                                                      .nksps = 1};
    assert_says(render_one(fixture),
                "\n  SYSTEM hive config/\\x1b[1mSYSTEM: clean, ControlSet001, 1 CNG provider\n");
    fixture->snapshot.system.name = "SYSTEM";
    fixture->snapshot.system.nksps = 7;
    fixture->snapshot.system.control_set = 1000;
    fixture->snapshot.system.hive = (struct hive_facts){.known = true,
                                                        .state = HIVE_RECOVERED,
                                                        .primary_sequence = 4,
                                                        .secondary_sequence = 3,
                                                        .logs = &log,
                                                        .nlogs = 1};
    assert_says(render_one(fixture),
                "\n  SYSTEM hive SYSTEM: dirty-recovered (sequence numbers 4/3), "
                "ControlSet1000, 7 CNG providers\n"
                "  log SYSTEM.LOG1 (HvLE): entries 2..3 replayed\n");
    fixture->snapshot.system.state = SYSTEM_FAILED;
    assert_says(render_one(fixture), "\n  SYSTEM hive SYSTEM: not read\n");
    assert_silent(render_one(fixture), "ControlSet");
}

static void a_finding_in_the_system_hive_says_so(void **state)
{
    struct fixture *fixture = *state;
    assert_silent(render_one(fixture), "\n    system ");
    fixture->findings[0].in_system = true;
    assert_says(render_one(fixture), "\n    system      A\\B\n");
}

static void a_file_that_was_found_is_told_with_its_digest_where_there_is_one(void **state)
{
    struct fixture *fixture = *state;
    struct module_file file = {.asked = "a.dll",
                               .path = "C:\\Windows\\System32\\a.dll",
                               .state = FILE_PRESENT,
                               .found = "Windows/\033[1m.dll",
                               .size = 77,
                               .machine = 0x14c,
                               .digest = {0xab, [31] = 0x01}};
    assert_silent(render_one(fixture), "\n    file ");
    fixture->findings[0].file = &file;
    assert_says(render_one(fixture), "\n    file        Windows/\\x1b[1m.dll, 77 bytes, x86\n");
    assert_silent(render_one(fixture), "SHA-256");
    file.has_digest = true;
    assert_says(render_one(fixture),
                "\n    SHA-256     "
                "ab00000000000000000000000000000000000000000000000000000000000001\n");
    file.machine = 0;
    assert_says(render_one(fixture), ", 77 bytes, no PE header\n");
    file.state = FILE_ABSENT; /* the message says it */
    assert_silent(render_one(fixture), "\n    file ");
}

static void entries_are_counted_in_the_views_that_exist(void **state)
{
    struct fixture *fixture = *state;
    fixture->snapshot.views[VIEW_NATIVE].ncards = 12;
    fixture->snapshot.views[VIEW_WOW6432NODE].ncards = 5;
    assert_says(render_one(fixture), "12 native");
    assert_silent(render_one(fixture), "wow6432node");
    fixture->snapshot.views[VIEW_WOW6432NODE].exists = true;
    assert_says(render_one(fixture), "12 native, 5 wow6432node");
}

static void evidence_that_failed_is_not_said_to_hold_anything(void **state)
{
    struct fixture *fixture = *state;
    fixture->audited.status = EVIDENCE_FAILED;
    fixture->audited.findings.count = 0;
    diag_add(&fixture->diags, DIAG_FAILED, NULL, "nothing to audit");
    const char *text = render_one(fixture);
    assert_says(text, "failed: nothing to audit\n");
    assert_says(text, "SOFTWARE: audit failed\n");
    assert_silent(text, "0 errors");
    assert_silent(text, "Windows");
    assert_says(text, "hive of 24576 bytes");
    fixture->snapshot.hive = (struct hive_facts){0};
    assert_silent(render_one(fixture), "hive of");
}

static void diagnostics_say_their_level_and_key(void **state)
{
    struct fixture *fixture = *state;
    fixture->audited.status = EVIDENCE_INCOMPLETE;
    diag_add(&fixture->diags, DIAG_NOTE, NULL, "a remark");
    diag_add(&fixture->diags, DIAG_INCOMPLETE, "A\\B", "cannot be read");
    const char *text = render_one(fixture);
    assert_says(text, "note: a remark\n");
    assert_says(text, "incomplete: A\\B: cannot be read\n");
    assert_says(text, "audit incomplete\n");
}

static void several_pieces_of_evidence_are_summed_up_last(void **state)
{
    struct fixture *fixture = *state;
    struct totals totals = {.evidence = {3, 2, 1}, .findings = {5, 1, 7}};
    assert_silent(render_one(fixture), "pieces");
    const char *text = render(fixture, &totals), *last = strstr(text, "6 pieces of evidence");
    assert_non_null(last);
    assert_says(last, "3 complete, 2 incomplete, 1 failed");
    assert_says(last, "7 errors, 1 warning, 5 notes\n");
    assert_silent(last, "\n\n");
}

static void long_prose_is_broken_between_words(void **state)
{
    struct fixture *fixture = *state;
    char *prose = arena_alloc(fixture->arena, 4000, 1), *out = prose;
    for (int i = 0; i < 200; i++)
        out += sprintf(out, "%sword%d", i ? " " : "", i);
    sprintf(out, " %0*d end", 150, 0); /* a word longer than any line */
    fixture->rule.effect = prose;
    const char *text = render_one(fixture), *p = strstr(text, "word0");
    size_t indent = (size_t)(p - strstr(text, "    effect"));
    char *joined = arena_alloc(fixture->arena, strlen(text) + 1, 1), *to = joined;
    for (;; p += strspn(p, " ")) {
        size_t len = strcspn(p, "\n");
        assert_true(indent + len <= 80 || !memchr(p, ' ', len));
        to += sprintf(to, "%s%.*s", to > joined ? " " : "", (int)len, p);
        p += len + 1;
        if (strspn(p, " ") != indent)
            break;
    }
    assert_string_equal(joined, prose);
}

static void labels_are_at_the_head(void **state)
{
    struct fixture *fixture = *state;
    fixture->run.labels =
        (struct labels){.case_name = "C\033[31m", .exhibit = "E\nF", .note = "\342\200\256"};
    const char *text = render_one(fixture);
    const char *head = "case: C\\x1b[31m\nexhibit: E\\x0aF\nnote: \\u202e\n\nSOFTWARE\n";
    assert_memory_equal(text, head, strlen(head));
}

static void what_is_waived_says_by_whom_until_when_and_why(void **state)
{
    struct fixture *fixture = *state;
    struct waiver items[] = {
        {.rule = "some-rule",
         .key = "A\\B",
         .owner = "J. Doe\033",
         .reason = "ticket\n4711",
         .expires = "2027-01-31",
         .place = {"w\033.yaml", 3, 5},
         .nfindings = 1},
        {.rule = "some-rule",
         .evidence = "h*",
         .owner = "O",
         .reason = "R",
         .expires = "2026-11-20",
         .place = {"w.yaml", 9, 5},
         .nfindings = 2,
         .is_expired = true},
        {.rule = "other", .key = "\033", .expires = "2027-01-31", .place = {"w.yaml", 12, 5}},
    };
    const struct waivers waivers = {.items = items, .count = 3};
    fixture->run.now = "2026-11-21";
    fixture->findings[0].waiver = &items[0];
    fixture->findings[1].waiver = &items[1];
    fixture->audited.findings.count = 2;
    const char *text = render(fixture, &(struct totals){.evidence = {1}, .waivers = &waivers});
    assert_says(text, "\n  error some-rule, waived: what is wrong\n"
                      "    waiver      until 2027-01-31, J. Doe\\x1b: ticket\\x0a4711\n");
    assert_says(text, "\n  error some-rule: what is wrong\n"
                      "    waiver      expired on 2026-11-20, O: R\n");
    assert_says(text, "SOFTWARE: 2 errors, 0 warnings, 0 notes (1 waived); audit complete\n");
    assert_says(text, "\nwaivers, as of 2026-11-21: 1 used, 1 unused, 1 expired\n"
                      "  w.yaml:9:5: this waiver expired on 2026-11-20: 2 findings of some-rule of "
                      "evidence \"h*\" count again\n"
                      "  w.yaml:12:5: this waiver has waived nothing: no finding of other in the "
                      "key \"\\x1b\" ");
}

static void what_is_new_or_gone_is_said(void **state)
{
    struct fixture *fixture = *state;
    const struct old_finding gone[] = {
        {"f", "old-rule\033", "error", "native\033", "K\033", "V\033", "M\033"},
        {"f", "note-rule", "note", "native", "", NULL, "M"},
        {"f", "bare-rule", "warning", "none", "", "", "M"},
    };
    const char *missing[] = {"lost\033"};
    const struct totals totals = {
        .evidence = {1}, .new = 1, .unchanged = 2, .gone = 3, .missing = missing, .nmissing = 1};
    fixture->run.baseline = "old\033.json";
    fixture->run.min_severity = SEVERITY_WARNING;
    fixture->findings[0].baseline = BASELINE_NEW;
    fixture->findings[1].baseline = BASELINE_UNCHANGED;
    fixture->audited.findings.count = 2;
    fixture->audited.gone = gone;
    fixture->audited.ngone = 3;
    const char *text = render(fixture, &totals);
    assert_says(text, "\n  note: the baseline has no evidence of this name: all of it is new\n");
    assert_says(text, "\n  error some-rule, new: what is wrong\n");
    assert_says(text, "\n  error some-rule: what is wrong\n");
    assert_says(text, "\n  gone: error old-rule\\x1b: M\\x1b\n    native\\x1b  K\\x1b\n"
                      "    value       V\\x1b\n");
    assert_says(text, "\n  gone: warning bare-rule: M\n    value       (default)\n");
    assert_silent(text, "note-rule");
    assert_says(text, "2 errors, 0 warnings, 0 notes (1 new, 3 gone); audit complete\n");
    assert_says(text, "\nbaseline old\\x1b.json: 1 new, 2 unchanged, 3 gone\n"
                      "  not in this run: lost\\x1b\n");
    fixture->audited.in_baseline = true;
    assert_silent(render(fixture, &totals), "of this name");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, stop)
    const struct CMUnitTest tests[] = {
        TEST(offending_bytes_are_marked_beneath),
        TEST(marks_reach_as_far_as_the_longer_of_both),
        TEST(a_long_pair_goes_on_below),
        TEST(what_there_is_not_of_a_pair_is_not_shown),
        TEST(a_decoded_atr_is_shown),
        TEST(a_finding_says_rule_view_key_and_where_it_was_found),
        TEST(a_key_that_is_not_there_was_never_written),
        TEST(a_value_is_shown_with_its_name),
        TEST(hostile_text_is_escaped_wherever_it_stands),
        TEST(hostile_diagnostics_are_escaped),
        TEST(hostile_prose_is_escaped),
        TEST(line_breaks_of_a_rule_part_words),
        TEST(colors_are_there_when_asked_for_and_change_nothing_else),
        TEST(what_is_not_shown_is_counted),
        TEST(the_severity_is_the_findings_own),
        TEST(windows_and_hive_come_first_and_the_summary_last),
        TEST(the_windows_is_described),
        TEST(windows_11_is_told_by_its_build),
        TEST(a_dirty_hive_is_said_with_its_numbers),
        TEST(the_system_hive_is_one_line_and_its_logs),
        TEST(a_finding_in_the_system_hive_says_so),
        TEST(a_file_that_was_found_is_told_with_its_digest_where_there_is_one),
        TEST(entries_are_counted_in_the_views_that_exist),
        TEST(evidence_that_failed_is_not_said_to_hold_anything),
        TEST(diagnostics_say_their_level_and_key),
        TEST(several_pieces_of_evidence_are_summed_up_last),
        TEST(long_prose_is_broken_between_words),
        TEST(labels_are_at_the_head),
        TEST(what_is_waived_says_by_whom_until_when_and_why),
        TEST(what_is_new_or_gone_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
