/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/report.h"

#include "rendering.h"

/* One cell of a row as RFC 4180 reads it; *at is left at what stands behind it. */
static const char *read_cell(struct arena *arena, const char **at)
{
    const char *p = *at;
    char *cell = arena_alloc(arena, strlen(p) + 1, 1), *out = cell;
    bool is_quoted = *p == '"';
    for (p += is_quoted; *p; p++) {
        if (is_quoted && *p == '"' && p[1] != '"')
            break;
        if (!is_quoted && (*p == ',' || *p == '\r'))
            break;
        p += is_quoted && *p == '"';
        *out++ = *p;
    }
    *at = p + is_quoted;
    return cell;
}

/* Where a row starts: the header is row 0. NULL: there are fewer. */
static const char *find_row(const char *csv, int row)
{
    for (; row && csv; row--) {
        const char *end = strstr(csv, "\r\n");
        csv = end && end[2] ? end + 2 : NULL;
    }
    return csv;
}

/* The cell of a column in a row; the first one behind the header is row 1. */
static const char *cell_of(struct rendering *rendering, const char *csv, int row,
                           const char *column)
{
    const char *name = csv, *at = find_row(csv, row);
    assert_non_null(at);
    for (;;) {
        const char *got = read_cell(rendering->arena, &name);
        const char *cell = read_cell(rendering->arena, &at);
        if (strcmp(got, column) == 0)
            return cell;
        if (*name != ',' || *at != ',')
            fail_msg("there is no column %s", column);
        name++;
        at++;
    }
}

static const char *first_cell(struct rendering *rendering, const char *column)
{
    return cell_of(rendering, rendering_of(rendering, &csv_format), 1, column);
}

static void lines_end_as_the_rfc_wants_and_have_as_many_cells(void **state)
{
    const char *csv = rendering_of(*state, &csv_format);
    size_t commas = 0;
    for (const char *p = csv; *p != '\r'; p++)
        commas += *p == ',';
    const char *row = find_row(csv, 1);
    for (const char *p = row; *p != '\r'; p++)
        commas -= *p == ',';
    assert_int_equal(commas, 0);
    assert_null(find_row(csv, 2));
    assert_string_equal(csv + strlen(csv) - 2, "\r\n");
}

static void formulas_are_kept_from_being_some(void **state)
{
    static const struct {
        const char *name, *cell;
    } cases[] = {
        {"=1+1", "'=1+1"},
        {"+1", "'+1"},
        {"-1", "'-1"},
        {"@SUM(A1)", "'@SUM(A1)"},
        {"'quoted'", "''quoted'"},
        {"\xef\xbc\x9d"
         "1",
         "'\xef\xbc\x9d"
         "1"}, /* U+FF1D */
        {"\xef\xbc\xa0"
         "1",
         "'\xef\xbc\xa0"
         "1"}, /* U+FF20 */
        {"\xef\xbc\x8b"
         "1",
         "'\xef\xbc\x8b"
         "1"}, /* U+FF0B */
        {"\xef\xbc\x8d"
         "1",
         "'\xef\xbc\x8d"
         "1"}, /* U+FF0D */
        {"a;=1", "a;'=1"},
        {"a;\"=1\"", "a;'\"=1\""},
        {"a;'b", "a;''b"},
        {"a=b-c;d; =1", "a=b-c;d; =1"},
        {"\"=1\"", "\"=1\""},
        {"\t=1", "\\x09=1"},
        {"\r=1", "\\x0d=1"},
    };
    struct rendering *rendering = *state;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct regval value = {.name = cases[i].name, .state = VALUE_ABSENT};
        rendering->findings[0].value = &value;
        assert_string_equal(first_cell(rendering, "value"), cases[i].cell);
    }
}

static void hostile_characters_are_escaped(void **state)
{
    struct rendering *rendering = *state;
    rendering->origin.key = "a\xc0\x80\x1b\xed\xa0\x80\xe2\x80\xae\xef\xbf\xbe\n\"b\",c";
    assert_string_equal(first_cell(rendering, "key"),
                        "a\\x00\\x1b\\ud800\\u202e\\ufffe\\x0a\"b\",c");
}

static void pairs_have_their_bytes(void **state)
{
    struct rendering *rendering = *state;
    const struct pair_detail pair = {
        .atr = BYTES("\x3b\xac\x00"),
        .mask = BYTES("\xff\x00\x0f\xff"),
        .marked = (const uint8_t *)"\0\1\0\1",
        .repaired = BYTES("\x3b\x00\x00"),
    };
    rendering->findings[0].pair = &pair;
    assert_string_equal(first_cell(rendering, "atr"), "3b ac 00");
    assert_string_equal(first_cell(rendering, "mask"), "ff 00 0f ff");
    assert_string_equal(first_cell(rendering, "offending_bytes"), "1 3");
    assert_string_equal(first_cell(rendering, "repaired_atr"), "3b 00 00");
}

static void what_there_is_not_of_a_pair_is_empty(void **state)
{
    struct rendering *rendering = *state;
    const struct pair_detail pair = {.atr = BYTES("\x3b\x00")};
    rendering->findings[0].pair = &pair;
    assert_string_equal(first_cell(rendering, "mask"), "");
    assert_string_equal(first_cell(rendering, "offending_bytes"), "");
    assert_string_equal(first_cell(rendering, "repaired_atr"), "");
}

static void a_key_has_time_and_place_where_there_is_a_cell(void **state)
{
    struct rendering *rendering = *state;
    assert_string_equal(first_cell(rendering, "last_write"), "2012-04-07T20:57:14.7342920Z");
    assert_string_equal(first_cell(rendering, "offset"), "9208320");
    assert_string_equal(first_cell(rendering, "line"), "");
    assert_string_equal(first_cell(rendering, "view"), "native");
    rendering->findings[0].in_system = true;
    assert_string_equal(first_cell(rendering, "view"), "system");
    rendering->origin.offset = 0;
    rendering->origin.line = 7;
    rendering->origin.column = 3;
    assert_string_equal(first_cell(rendering, "last_write"), "");
    assert_string_equal(first_cell(rendering, "offset"), "");
    assert_string_equal(first_cell(rendering, "line"), "7");
    assert_string_equal(first_cell(rendering, "column"), "3");
}

static void values_are_shown_with_what_the_golden_hive_has(void **state)
{
    struct rendering *rendering = *state;
    const struct regval value = {
        .name = "", .state = VALUE_OK, .type = 4, .raw = BYTES("\x01\x00\x00\x00")};
    const struct regval golden = {
        .name = "", .state = VALUE_OK, .type = 4, .raw = BYTES("\x02\x00\x00\x00")};
    rendering->findings[0].value = &value;
    rendering->findings[0].golden = &golden;
    assert_string_equal(first_cell(rendering, "value"), "(default)");
    assert_string_equal(first_cell(rendering, "data"), "REG_DWORD 1");
    assert_string_equal(first_cell(rendering, "golden"), "REG_DWORD 2");
}

static void waived_findings_stay_and_say_who_answers(void **state)
{
    struct rendering *rendering = *state;
    assert_string_equal(first_cell(rendering, "waiver"), "");
    rendering->findings[0].waiver = &rendering->waiver;
    assert_string_equal(first_cell(rendering, "waiver"), "waived");
    assert_string_equal(first_cell(rendering, "waiver_owner"), "A. Owner");
    assert_string_equal(first_cell(rendering, "waiver_expires"), "2027-01-31");
    assert_string_equal(first_cell(rendering, "waiver_reason"), "known");
    rendering->waiver.is_expired = true;
    assert_string_equal(first_cell(rendering, "waiver"), "expired");
}

static void a_baseline_shows_what_is_new_and_what_is_gone(void **state)
{
    struct rendering *rendering = *state;
    const struct old_finding gone = {.fingerprint = "f00d",
                                     .rule = "old-rule",
                                     .severity = "error",
                                     .view = "native",
                                     .key = "K",
                                     .value = "V",
                                     .message = "was wrong"};
    rendering->audited.findings.count = 2;
    rendering->findings[0].baseline = BASELINE_NEW;
    rendering->findings[1].baseline = BASELINE_UNCHANGED;
    rendering->audited.gone = &gone;
    rendering->audited.ngone = 1;
    const char *csv = rendering_of(rendering, &csv_format);
    assert_string_equal(cell_of(rendering, csv, 1, "baseline"), "new");
    assert_string_equal(cell_of(rendering, csv, 2, "baseline"), "unchanged");
    assert_string_equal(cell_of(rendering, csv, 3, "baseline"), "gone");
    assert_string_equal(cell_of(rendering, csv, 3, "rule"), "old-rule");
    assert_string_equal(cell_of(rendering, csv, 3, "view"), "native");
    assert_string_equal(cell_of(rendering, csv, 3, "value"), "V");
    assert_string_equal(cell_of(rendering, csv, 3, "fingerprint"), "f00d");
    assert_null(find_row(csv, 4));
}

static void what_was_not_read_is_a_row_without_a_rule(void **state)
{
    struct rendering *rendering = *state;
    diag_add(&rendering->diags, DIAG_NOTE, NULL, "worth saying");
    diag_add(&rendering->diags, DIAG_INCOMPLETE, "K", "cannot be read");
    rendering->audited.status = EVIDENCE_INCOMPLETE;
    rendering->audited.findings.count = 0;
    const char *csv = rendering_of(rendering, &csv_format);
    assert_string_equal(cell_of(rendering, csv, 1, "status"), "incomplete");
    assert_string_equal(cell_of(rendering, csv, 1, "rule"), "");
    assert_string_equal(cell_of(rendering, csv, 1, "severity"), "incomplete");
    assert_string_equal(cell_of(rendering, csv, 1, "key"), "K");
    assert_string_equal(cell_of(rendering, csv, 1, "message"), "cannot be read");
    assert_null(find_row(csv, 2));
}

static void findings_below_what_is_shown_are_left_out(void **state)
{
    struct rendering *rendering = *state;
    rendering->run.min_severity = SEVERITY_ERROR;
    rendering->findings[0].severity = SEVERITY_WARNING;
    assert_null(find_row(rendering_of(rendering, &csv_format), 1));
}

static void evidence_without_a_windows_has_none(void **state)
{
    struct rendering *rendering = *state;
    assert_string_equal(first_cell(rendering, "build"), "");
    assert_string_equal(first_cell(rendering, "ubr"), "");
    assert_string_equal(first_cell(rendering, "arch"), "unknown");
    rendering->snapshot.os =
        (struct os_build){.product = "Windows 10 Pro", .build = 19045, .ubr = 10, .has_ubr = true};
    assert_string_equal(first_cell(rendering, "product"), "Windows 10 Pro");
    assert_string_equal(first_cell(rendering, "build"), "19045");
    assert_string_equal(first_cell(rendering, "ubr"), "10");
    struct package_facts package = {.kind = PACKAGE_INF};
    rendering->snapshot.package = &package;
    assert_string_equal(first_cell(rendering, "arch"), "");
    rendering->snapshot.package = NULL;
    rendering->audited.status = EVIDENCE_FAILED;
    assert_string_equal(first_cell(rendering, "product"), "");
    assert_string_equal(first_cell(rendering, "arch"), "");
}

static void a_file_that_changed_meanwhile_is_a_row_without_a_rule(void **state)
{
    struct rendering *rendering = *state;
    const struct input_record inputs[] = {
        {.name = "sound", .has_before = true, .has_after = true},
        {.name = "a,b", .has_before = true, .has_after = true, .before = {1}},
    };
    const struct totals totals = {.inputs = inputs, .ninputs = 2};
    rendering->run.labels.case_name = "17";
    const char *csv = rendering_with(rendering, &csv_format, &totals);
    assert_string_equal(cell_of(rendering, csv, 2, "evidence"), "a,b");
    assert_string_equal(cell_of(rendering, csv, 2, "status"), "incomplete");
    assert_string_equal(cell_of(rendering, csv, 2, "rule"), "");
    assert_string_equal(cell_of(rendering, csv, 2, "severity"), "incomplete");
    assert_string_equal(cell_of(rendering, csv, 2, "message"), "changed while it was audited");
    assert_string_equal(cell_of(rendering, csv, 2, "case"), "17");
    assert_silent(csv, "sound");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RENDERING_TEST(lines_end_as_the_rfc_wants_and_have_as_many_cells),
        RENDERING_TEST(formulas_are_kept_from_being_some),
        RENDERING_TEST(hostile_characters_are_escaped),
        RENDERING_TEST(pairs_have_their_bytes),
        RENDERING_TEST(what_there_is_not_of_a_pair_is_empty),
        RENDERING_TEST(a_key_has_time_and_place_where_there_is_a_cell),
        RENDERING_TEST(values_are_shown_with_what_the_golden_hive_has),
        RENDERING_TEST(waived_findings_stay_and_say_who_answers),
        RENDERING_TEST(a_baseline_shows_what_is_new_and_what_is_gone),
        RENDERING_TEST(what_was_not_read_is_a_row_without_a_rule),
        RENDERING_TEST(findings_below_what_is_shown_are_left_out),
        RENDERING_TEST(evidence_without_a_windows_has_none),
        RENDERING_TEST(a_file_that_changed_meanwhile_is_a_row_without_a_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
