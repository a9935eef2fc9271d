/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/reg_file.h"

#include "fixes.h"
#include "random.h"

#include "base/text.h"
#include "hive/reg_text.h"

#define EOL    "\r\n"
#define HEADER "Windows Registry Editor Version 5.00" EOL EOL
#define OF_64  "; For the registry editor of the same Windows, of 64 bits where that has them." EOL
#define ROOT   "HKEY_LOCAL_MACHINE\\SOFTWARE\\"

static const struct labels no_labels;

static const struct rule rule = {.id = "some-rule", .severity = SEVERITY_ERROR};

/* A plan of one change, to a key with a value or none. */
struct one {
    struct regkey key;
    struct regval old;
    struct finding finding;
    const struct finding *findings[1];
    struct fix_change change;
    struct fix_refusal refusal;
    struct fix fix;
};

static struct one *make_one(struct arena *arena, const char *key, const char *name,
                            uint32_t old_type, struct slice old)
{
    struct one *one = arena_alloc(arena, 1, sizeof *one);
    static const uint8_t data[] = {1, 0, 0, 0};
    one->key = (struct regkey){.origin = {.key = key, .name = key}, .state = KEY_PRESENT};
    one->old = (struct regval){.name = name, .state = VALUE_OK, .type = old_type, .raw = old};
    one->finding = (struct finding){.rule = &rule,
                                    .severity = SEVERITY_ERROR,
                                    .origin = &one->key.origin,
                                    .message = "a message"};
    one->findings[0] = &one->finding;
    one->change = (struct fix_change){.key = &one->key,
                                      .name = name,
                                      .old = &one->old,
                                      .type = REG_DWORD,
                                      .data = {data, sizeof data},
                                      .findings = one->findings,
                                      .nfindings = 1};
    one->refusal = (struct fix_refusal){&one->finding, "nobody knows"};
    one->fix = (struct fix){.changes = &one->change, .nchanges = 1};
    return one;
}

static struct one *make_usual(struct arena *arena)
{
    static const uint8_t old[] = {0x3b, 0x01};
    return make_one(arena, "Key", "Value", REG_BINARY, (struct slice){old, sizeof old});
}

/* The bytes as a text again; they have to be UTF-16LE with a mark. */
static const char *decode(struct arena *arena, struct slice bytes)
{
    enum encoding encoding;
    unsigned flaws;
    char *text = encoding_decode(arena, bytes, &encoding, &flaws);
    assert_int_equal(encoding, ENCODING_UTF16LE);
    assert_memory_equal(bytes.ptr, "\xff\xfe", 2);
    return text;
}

static const char *show(struct arena *arena, const struct fix *fix,
                        struct slice (*make)(struct arena *arena, const struct reg_file *file))
{
    struct reg_file file = {fix, "SOFTWARE", "1.2", &no_labels};
    return decode(arena, make(arena, &file));
}

static void a_change_stands_below_its_findings_and_the_old_value(void **state)
{
    assert_string_equal(show(*state, &make_usual(*state)->fix, reg_file_fix),
                        HEADER "; hiveaudit 1.2: a repair of what needs no guess" EOL
                               "; Evidence: SOFTWARE" EOL OF_64 EOL
                               "; error some-rule (native): a message" EOL "; Old value: 3b 01" EOL
                               "[" ROOT "Key]" EOL "\"Value\"=dword:00000001" EOL);
}

static void the_inverse_writes_the_old_value(void **state)
{
    assert_string_equal(show(*state, &make_usual(*state)->fix, reg_file_undo),
                        HEADER "; hiveaudit 1.2: takes a repair back" EOL
                               "; Evidence: SOFTWARE" EOL OF_64 EOL
                               "; Takes back what was done for some-rule" EOL "[" ROOT "Key]" EOL
                               "\"Value\"=hex:3b,01" EOL);
}

/* The part of a text behind its last key. */
static const char *last_lines(const char *text)
{
    return strrchr(text, '[');
}

static void what_was_not_there_is_removed_again(void **state)
{
    struct one *one = make_usual(*state);
    one->old = (struct regval){.name = "", .state = VALUE_ABSENT};
    assert_string_equal(last_lines(show(*state, &one->fix, reg_file_undo)),
                        "[" ROOT "Key]" EOL "\"Value\"=-" EOL);
    one->key.state = KEY_ABSENT;
    assert_string_equal(last_lines(show(*state, &one->fix, reg_file_undo)), "[-" ROOT "Key]" EOL);
}

static void what_is_removed_comes_back(void **state)
{
    struct one *one = make_usual(*state);
    one->change.removes = true;
    assert_string_equal(last_lines(show(*state, &one->fix, reg_file_fix)),
                        "[" ROOT "Key]" EOL "\"Value\"=-" EOL);
    assert_string_equal(last_lines(show(*state, &one->fix, reg_file_undo)),
                        "[" ROOT "Key]" EOL "\"Value\"=hex:3b,01" EOL);
}

static void the_inverse_goes_backwards(void **state)
{
    struct arena *arena = *state;
    struct one *one = make_usual(arena);
    struct fix_change changes[] = {one->change, one->change};
    changes[1].name = "Another";
    struct fix fix = {.changes = changes, .nchanges = 2};
    const char *forth = show(arena, &fix, reg_file_fix), *back = show(arena, &fix, reg_file_undo);
    assert_true(strstr(forth, "\"Value\"") < strstr(forth, "\"Another\""));
    assert_true(strstr(back, "\"Another\"") < strstr(back, "\"Value\""));
}

static void findings_without_a_change_are_comments(void **state)
{
    struct one *one = make_usual(*state);
    one->fix = (struct fix){
        .settled = one->findings, .nsettled = 1, .refusals = &one->refusal, .nrefusals = 1};
    const char *text = show(*state, &one->fix, reg_file_fix);
    assert_non_null(strstr(text,
                           EOL EOL "; Settled by these changes as well:" EOL
                                   "; error some-rule (native): a message" EOL ";   in Key" EOL EOL
                                   "; Not repaired:" EOL "; error some-rule (native): a message" EOL
                                   ";   in Key" EOL ";   why: nobody knows" EOL));
}

static void more_findings_than_anyone_reads_are_counted(void **state)
{
    struct one *one = make_usual(*state);
    struct fix_refusal *refusals = arena_alloc(*state, 1002, sizeof *refusals);
    for (size_t i = 0; i < 1002; i++)
        refusals[i] = one->refusal;
    one->fix = (struct fix){.refusals = refusals, .nrefusals = 1002};
    const char *text = show(*state, &one->fix, reg_file_fix);
    assert_string_equal(strstr(text, "; and "), "; and 2 more" EOL);
}

static void labels_stand_in_the_header(void **state)
{
    const struct labels labels = {"case 1", "Ada", "E2", "on paper"};
    struct reg_file file = {&make_usual(*state)->fix, "SOFTWARE", "1.2", &labels};
    const char *want =
        "; Case: case 1" EOL "; Examiner: Ada" EOL "; Exhibit: E2" EOL "; Note: on paper" EOL;
    assert_non_null(strstr(decode(*state, reg_file_fix(*state, &file)), want));
    assert_non_null(strstr(decode(*state, reg_file_undo(*state, &file)), want));
}

/* Reads a text back, all of which must be in order. */
static struct reg_text parse(struct arena *arena, struct slice bytes)
{
    struct reg_text text = reg_text_parse(arena, bytes);
    if (text.nproblems)
        fail_msg("line %u: %s", text.problems[0].line, text.problems[0].message);
    assert_true(text.has_header);
    assert_int_equal(text.header_line, 1);
    return text;
}

static void data_of_every_type_comes_back(void **state)
{
    struct arena *arena = *state;
    static const uint8_t bytes[] = {0x61, 0, 0x0a, 0, 0x22, 0, 0, 0xd8, 0x5c};
    static const struct {
        uint32_t type;
        size_t len;
    } cases[] = {{REG_NONE, 3},  {REG_SZ, 4},     {REG_SZ, 9},     {REG_EXPAND_SZ, 8},
                 {REG_DWORD, 4}, {REG_DWORD, 3},  {REG_BINARY, 9}, {REG_BINARY, 0},
                 {REG_QWORD, 8}, {0xfffffffe, 5}, {REG_SZ, 0}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct one *one =
            make_one(arena, "Key", "Value", cases[i].type, (struct slice){bytes, cases[i].len});
        struct reg_file file = {&one->fix, "SOFTWARE", "1", &no_labels};
        struct reg_text text = parse(arena, reg_file_undo(arena, &file));
        assert_int_equal(text.nkeys, 1);
        assert_int_equal(text.keys[0].nvalues, 1);
        assert_int_equal(text.keys[0].values[0].type, cases[i].type);
        assert_int_equal(text.keys[0].values[0].data.len, cases[i].len);
        assert_memory_equal(text.keys[0].values[0].data.ptr, bytes, cases[i].len);
    }
}

/* A text of characters that mean something in a .reg, to terminals or to programs. */
static const char *random_text(struct arena *arena, bool is_name)
{
    static const uint32_t codes[] = {'a',  '"',  '\\', ']',    '[',      ';',    ' ',     '=',
                                     '-',  '@',  '#',  0xe9,   0x202e,   0x2028, 0x1f600, 0x20,
                                     0x0a, 0x0d, '\t', 0xd800, TEXT_NUL, 0x85,   0x1b,    0xfeff};
    unsigned count = is_name ? 16 : sizeof codes / sizeof *codes;
    size_t len = random_below(9);
    char *text = arena_alloc(arena, 4 * len + 2, 1), *out = text;
    *out++ = 'x';
    for (size_t i = 0; i < len; i++)
        out += text_put(out, codes[random_below(count)]);
    return text;
}

/* Names that fix_plan lets through. */
static const char *random_key(struct arena *arena)
{
    char *key = (char *)random_text(arena, true);
    for (char *p = key; *p; p++)
        *p = *p == '\\' || *p == ';' ? '_' : *p;
    return key;
}

/* Each line is empty, a comment, or one of the two of the change. */
static void check_lines(struct arena *arena, const char *text)
{
    size_t others = 0;
    for (const char *line = text; *line;) {
        const char *end = strstr(line, EOL);
        assert_non_null(end);
        others += end > line && *line != ';';
        assert_int_equal(strcspn(line, EOL), end - line);
        const char *last = end;
        while (last > line && last[-1] == ' ')
            last--;
        if (*line == ';' && last[-1] == '\\')
            fail_msg("a comment would go on: %s", arena_strndup(arena, line, (size_t)(end - line)));
        line = end + 2;
    }
    assert_int_equal(others, 3);
}

static void nothing_hostile_leaves_its_place(void **state)
{
    uint64_t seed = random_take_seed(9);
    (void)state;
    print_message("seed %ju\n", (uintmax_t)seed);
    for (int i = 0; i < 2000; i++) {
        struct arena *arena = arena_new();
        const char *key = random_key(arena), *name = random_text(arena, true);
        struct one *one =
            make_one(arena, key, name, REG_SZ, (struct slice){(const uint8_t *)"a", 1});
        struct labels labels = {random_text(arena, false), random_text(arena, false), NULL,
                                random_text(arena, false)};
        struct reg_file file = {&one->fix, random_text(arena, false), "1", &labels};
        one->old.text = random_text(arena, false);
        one->finding.message = random_text(arena, false);
        one->refusal.why = random_text(arena, false);
        one->fix.refusals = &one->refusal;
        one->fix.nrefusals = 1;
        struct slice bytes = reg_file_fix(arena, &file);
        struct reg_text text = parse(arena, bytes);
        check_lines(arena, decode(arena, bytes));
        assert_int_equal(text.nkeys, 1);
        assert_string_equal(reg_path_in_hive(text.keys[0].path), key);
        assert_int_equal(text.keys[0].nvalues, 1);
        assert_string_equal(text.keys[0].values[0].name, name);
        arena_free(arena);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_change_stands_below_its_findings_and_the_old_value),
        SUPPORT_TEST(the_inverse_writes_the_old_value),
        SUPPORT_TEST(what_was_not_there_is_removed_again),
        SUPPORT_TEST(what_is_removed_comes_back),
        SUPPORT_TEST(the_inverse_goes_backwards),
        SUPPORT_TEST(findings_without_a_change_are_comments),
        SUPPORT_TEST(more_findings_than_anyone_reads_are_counted),
        SUPPORT_TEST(labels_stand_in_the_header),
        SUPPORT_TEST(data_of_every_type_comes_back),
        SUPPORT_TEST(nothing_hostile_leaves_its_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
