/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "package/package.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/cleanup.h"
#include "base/text.h"
#include "base/utf16.h"
#include "infs.h"

#define DATA(literal) (literal), sizeof(literal) - 1
#define FILE_MAX      100000 /* bytes of a file of the corpus */

static struct slice read_corpus(void **state, const char *path)
{
    const char *corpus = getenv("HIVEAUDIT_CORPUS");
    if (!corpus || !*corpus) {
        print_message("HIVEAUDIT_CORPUS is not set\n");
        skip();
    }
    CLEANUP(file) FILE *file = fopen(arena_printf(*state, "%s/%s", corpus, path), "rb");
    assert_non_null(file);
    uint8_t *bytes = arena_alloc(*state, FILE_MAX, 1);
    size_t len = fread(bytes, 1, FILE_MAX, file);
    assert_true(len < FILE_MAX);
    return (struct slice){.ptr = bytes, .len = len};
}

static struct package read_inf(void **state, const char *name)
{
    struct slice bytes = read_corpus(state, arena_printf(*state, "inf/%s", name));
    return infs_read_bytes(*state, bytes.ptr, bytes.len);
}

static void check_text(const struct reg_key *key, const char *name, const char *text)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    const struct reg_value *value = infs_value(key, name);
    unsigned flaws;
    assert_int_equal(value->type, 1);
    assert_string_equal(utf16_decode(arena, value->data, &flaws), text);
    assert_int_equal(flaws, 0);
}

/* Domain: E, the expansion of Microsoft's sample. */
static void check_fabrikam(const struct reg_key *key)
{
    assert_int_equal(key->nvalues, 5);
    infs_check_data(infs_value(key, "ATR"), 3, DATA("\x3b\x04\x51\xff\x08\0"));
    infs_check_data(infs_value(key, "ATRMask"), 3, DATA("\xff\xff\xff\xff\xff\xff"));
    check_text(key, "Crypto Provider", "Microsoft Base Smart Card Crypto Provider");
    check_text(key, "Smart Card Key Storage Provider", "Microsoft Smart Card Key Storage Provider");
    check_text(key, "80000001", "Fabrikamcm.dll");
}

static void the_sample_writes_two_keys_on_amd64_and_one_on_x86(void **state)
{
    struct package package = read_inf(state, "fabrikam-sample.inf");
    assert_int_equal(package.ninstallations, 2);
    const struct installation *amd64 = infs_on(&package, TARGET_AMD64);
    assert_int_equal(amd64->nkeys, 2);
    check_fabrikam(infs_key(amd64, MACHINE CALAIS "Fabrikam"));
    check_fabrikam(infs_key(amd64, MACHINE CALAIS_WOW "Fabrikam"));
    const struct installation *x86 = infs_on(&package, TARGET_X86);
    assert_int_equal(x86->nkeys, 1);
    check_fabrikam(infs_key(x86, MACHINE CALAIS "Fabrikam"));
    assert_int_equal(amd64->nids, 1);
    assert_string_equal(amd64->ids[0].id, "SCFILTER\\CID_51FF0800");
}

/* What each file of the corpus writes, counted in its text, and what is wrong with it: how often
 * each fault is there. */
static const struct expected {
    const char *name;
    enum encoding encoding;
    size_t keys[NTARGETS], values[NTARGETS], ids[NTARGETS]; /* all 0: no such target */
    size_t faults[NTEXT_FAULTS];
} corpus[] = {
    {"beidmdrv.inf",
     ENCODING_UTF8,
     {2, 2, 2},
     {14, 14, 14},
     {3, 3, 3},
     {[TEXT_HKR] = 6, [TEXT_NO_DEFAULT] = 1}},
    /* Five cards with seven values each; those of this file come with a line for the key alone. The
     * sixth is the filter of readers. */
    {"esteidcm-2018-utf16.inf",
     ENCODING_UTF16LE,
     {6, 11},
     {36, 71},
     {2, 2},
     {[TEXT_NEEDS] = 2, [TEXT_DEFAULT] = 1}},
    {"esteidcm.inf",
     ENCODING_UTF8,
     {6, 11},
     {36, 71},
     {2, 2},
     {[TEXT_NEEDS] = 2, [TEXT_DEFAULT] = 1, [TEXT_SECTION] = 3, [TEXT_ENCODING] = 1}},
    {"fabrikam-sample.inf", ENCODING_UTF8, {1, 2}, {5, 10}, {1, 1}, {[TEXT_DEFAULT] = 1}},
    {"fabrikam_inbox_rebrand.inf", ENCODING_UTF8, {1, 2}, {5, 10}, {1, 1}, {[TEXT_DEFAULT] = 1}},
    {"opensc-minidriver.inf.in",
     ENCODING_UTF8,
     {1, 2},
     {5, 10},
     {1, 1},
     {[TEXT_DEFAULT] = 1, [TEXT_STRING] = 1}},
    {"pteidmdrv.inf",
     ENCODING_CP1252,
     {7, 14},
     {35, 70},
     {6, 6},
     {[TEXT_DEFAULT] = 1, [TEXT_NEEDS] = 3, [TEXT_ENCODING] = 1}},
};

static size_t count_values(const struct installation *installation)
{
    size_t count = 0;
    for (size_t i = 0; i < installation->nkeys; i++)
        count += installation->keys[i].nvalues;
    return count;
}

static void check_package(const struct expected *expected, const struct package *package)
{
    size_t ntargets = 0;
    print_message("# %s\n", expected->name);
    assert_int_equal(package->encoding, expected->encoding);
    for (enum package_target target = 0; target < NTARGETS; target++) {
        if (!expected->keys[target])
            continue;
        const struct installation *installation = infs_on(package, target);
        assert_int_equal(installation->nkeys, expected->keys[target]);
        assert_int_equal(count_values(installation), expected->values[target]);
        assert_int_equal(installation->nids, expected->ids[target]);
        ntargets++;
    }
    assert_int_equal(package->ninstallations, ntargets);
    for (enum text_fault fault = 0; fault < NTEXT_FAULTS; fault++)
        assert_int_equal(infs_count(package, fault), expected->faults[fault]);
}

static void all_files_of_the_corpus_are_read(void **state)
{
    for (size_t i = 0; i < sizeof corpus / sizeof *corpus; i++) {
        struct package package = read_inf(state, corpus[i].name);
        check_package(&corpus[i], &package);
    }
}

static const struct reg_value *find_value(const struct reg_key *key, const char *name)
{
    for (size_t i = 0; i < key->nvalues; i++)
        if (strcmp(key->values[i].name, name) == 0)
            return &key->values[i];
    return NULL;
}

/* Whether some key of a view has a pair of ATR and mask, in hexadecimal. */
static bool writes_pair(void **state, const struct installation *installation, bool in_wow,
                        const char *atr, const char *mask)
{
    for (size_t i = 0; i < installation->nkeys; i++) {
        const struct reg_key *key = &installation->keys[i];
        const struct reg_value *own = find_value(key, "ATR"), *masks = find_value(key, "ATRMask");
        if (own && masks && (strcasestr(key->path, "Wow6432Node") != NULL) == in_wow &&
            strcmp(text_hex(*state, own->data, ""), atr) == 0 &&
            strcmp(text_hex(*state, masks->data, ""), mask) == 0)
            return true;
    }
    return false;
}

/* Facts that were taken from the vendors' files by hand: a row has vendor, name, ATR and mask. */
static void entries_are_those_of_the_list_of_sound_ones(void **state)
{
    static const struct {
        const char *vendor, *inf;
        bool has_wow;
    } vendors[] = {
        {"autenticacao.gov", "pteidmdrv.inf", true},
        {"eid-mw", "beidmdrv.inf", false},
        {"minidriver", "esteidcm.inf", true},
        {"minidriver", "esteidcm-2018-utf16.inf", true},
    };
    struct slice list = read_corpus(state, "cards/clean-vendors.tsv");
    size_t checked = 0;
    for (size_t i = 0; i < sizeof vendors / sizeof *vendors; i++) {
        struct package package = read_inf(state, vendors[i].inf);
        const struct installation *amd64 = infs_on(&package, TARGET_AMD64);
        char *save, *text = arena_strndup(*state, (const char *)list.ptr, list.len);
        for (char *row = strtok_r(text, "\n", &save); row; row = strtok_r(NULL, "\n", &save)) {
            char vendor[64], name[128], atr[128], mask[128];
            if (sscanf(row, "%63[^\t]\t%127[^\t]\t%127[^\t]\t%127[^\t]", vendor, name, atr, mask) !=
                    4 ||
                strcmp(vendor, vendors[i].vendor) != 0)
                continue;
            assert_true(writes_pair(state, amd64, false, atr, mask));
            assert_int_equal(writes_pair(state, amd64, true, atr, mask), vendors[i].has_wow);
            checked++;
        }
    }
    assert_int_equal(checked, 7 + 2 + 5 + 5);
}

static void windows_1252_and_utf_16_are_read_alike(void **state)
{
    static const char text[] = "[DefaultInstall.ntx86]\r\nAddReg=R\r\n[R]\r\nHKLM,\xe9,v,,x\r\n";
    struct package ansi = infs_read(*state, text);
    assert_int_equal(ansi.encoding, ENCODING_CP1252);
    uint8_t wide[2 * sizeof text] = {0xff, 0xfe};
    for (size_t i = 0; i + 1 < sizeof text; i++)
        wide[2 * i + 2] = (uint8_t)text[i];
    struct package utf16 = infs_read_bytes(*state, wide, 2 * sizeof text);
    assert_int_equal(utf16.encoding, ENCODING_UTF16LE);
    assert_int_equal(ansi.nproblems, 1);
    assert_int_equal(ansi.problems[0].fault, TEXT_ENCODING);
    assert_int_equal(utf16.nproblems, 0);
    assert_string_equal(ansi.installations[0].keys[0].path, MACHINE "\xc3\xa9");
    assert_string_equal(utf16.installations[0].keys[0].path, MACHINE "\xc3\xa9");
}

static void characters_that_are_none_are_problems(void **state)
{
    struct package package = infs_read_bytes(*state, DATA("[DefaultInstall.ntx86]\nx\0y\0\n"));
    assert_int_equal(package.nproblems, 1);
    infs_check_problem(&package.problems[0], TEXT_CHARACTERS, 2, 2, "text: got a NUL");
    package = infs_read_bytes(*state, DATA("\xff\xfe[\0A\0]\0\0\0"));
    assert_int_equal(infs_find_problem(&package, TEXT_CHARACTERS)->line, 0);
    package = infs_read_bytes(*state, DATA("\xff\xfe[\0A\0]\0\n"));
    infs_check_problem(infs_find_problem(&package, TEXT_CHARACTERS), TEXT_CHARACTERS, 0, 0,
                       "text: got half");
}

static void nothing_is_no_installation(void **state)
{
    struct package package = infs_read(*state, "");
    assert_int_equal(package.ninstallations, 0);
    assert_int_equal(package.nproblems, 1);
    assert_int_equal(package.problems[0].fault, TEXT_NO_DEFAULT);
}

static void problems_are_in_the_order_of_lines_and_the_rest_is_counted(void **state)
{
    struct package package = infs_read(*state, "[Z]\nAddReg=None\n[A]\nx=\"\n[B]\nAddReg=No\n");
    assert_int_equal(package.nproblems, 4);
    for (size_t i = 1; i < package.nproblems; i++)
        assert_true(package.problems[i - 1].line <= package.problems[i].line);
    char *lines = arena_alloc(*state, 2 * 1500 + 1, 1);
    for (size_t i = 0; i < 1500; i++)
        memcpy(lines + 2 * i, "\"\n", 2);
    package = infs_read(*state, arena_printf(*state, "[DefaultInstall.ntx86]\n%s", lines));
    assert_int_equal(package.nproblems, TEXT_PROBLEMS_MAX);
    assert_string_equal(package.problems[TEXT_PROBLEMS_MAX - 1].message,
                        "text: got 501 more problems, which are not listed");
}

/* General Unicode requirement: where an entry has a character that is not ASCII. */
static void what_depends_on_a_code_page_is_a_problem_at_its_first_character(void **state)
{
    static const char utf8[] =
        "; \xc3\xa9\n[A]\n\tk = \"ab\xc3\xa9\xc3\xa9\" ; \xc3\xa9\nl=\xc3\xa9\n";
    struct package package = infs_read(*state, utf8);
    assert_int_equal(infs_count(&package, TEXT_ENCODING), 1);
    const struct text_problem *problem = infs_find_problem(&package, TEXT_ENCODING);
    infs_check_problem(problem, TEXT_ENCODING, 3, 9, "text: got UTF-8 with characters");
    assert_string_equal(problem->where, "[A]");
    package = infs_read(*state, "[B\xe9]\n");
    infs_check_problem(infs_find_problem(&package, TEXT_ENCODING), TEXT_ENCODING, 1, 3,
                       "text: got Windows-1252 with");
    package = infs_read(*state, "\xef\xbb\xbf; \xc3\xa9\n[A]\nk=l;\xc3\xa9\n");
    assert_int_equal(infs_count(&package, TEXT_ENCODING), 0);
    static const char utf16[] = "\xff\xfe[\0A\0]\0\n\0\xe9";
    package = infs_read_bytes(*state, utf16, sizeof utf16);
    assert_int_equal(infs_count(&package, TEXT_ENCODING), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(the_sample_writes_two_keys_on_amd64_and_one_on_x86),
        SUPPORT_TEST(all_files_of_the_corpus_are_read),
        SUPPORT_TEST(entries_are_those_of_the_list_of_sound_ones),
        SUPPORT_TEST(windows_1252_and_utf_16_are_read_alike),
        SUPPORT_TEST(characters_that_are_none_are_problems),
        SUPPORT_TEST(nothing_is_no_installation),
        SUPPORT_TEST(problems_are_in_the_order_of_lines_and_the_rest_is_counted),
        SUPPORT_TEST(what_depends_on_a_code_page_is_a_problem_at_its_first_character),
    };
    return cmocka_run_group_tests_name("inf", tests, NULL, NULL);
}
