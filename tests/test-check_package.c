/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <string.h>

#include "rule/finding.h"
#include "support.h"

#define CARDS "SOFTWARE\\Microsoft\\Cryptography\\Calais\\SmartCards\\"

static struct findings judge(void **state, const char *check, enum package_kind kind,
                             const char *text)
{
    struct arena *arena = *state;
    struct ruleset ruleset = support_load_rules(
        arena,
        arena_printf(arena, "rules:\n- {id: rule, title: Title, severity: error, check: %s}\n",
                     check));
    return support_judge_package(arena, &ruleset, kind, text);
}

/* An INF for two processors with one fault of each kind, in lines that the tests name. */
static const char faulty[] = "[Manufacturer]\n"
                             "V=M,NTamd64,NTx86\n"
                             "[M.NTamd64]\nD=I,X\n[M.NTx86]\nD=I,X\n"
                             "[I]\nAddReg=A,None\nInclude=umpass.inf\n"
                             "[A]\nHKR," CARDS "A,ATR,1,zz\n"
                             "HKLM," CARDS "A,ATRMask,0,ff,ff\n"
                             "HKLM," CARDS "A,80000001,,%Module%\n"
                             "HKLM," CARDS "A,80000100,,\xc3\xa9\n"
                             "[DefaultInstall.NTx86]\nAddReg=A\n"
                             "\"open\n";

static void each_fault_of_a_text_has_its_check_and_place(void **state)
{
    static const struct {
        const char *check, *where;
        unsigned line;
    } rows[] = {
        {"text_malformed", "[DefaultInstall.NTx86]", 17},
        {"data_malformed", "[A]", 11},
        {"inf_encoding", "[A]", 14},
        {"inf_flags", "[A]", 12},
        {"inf_string_undefined", "[A]", 13},
        {"inf_section_missing", "[I]", 8},
        {"inf_device_key", "HKR\\" CARDS "A", 11},
        {"inf_null_driver", "[I]", 7},
        {"inf_default_install_forbidden", "[DefaultInstall.NTx86]", 15},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct findings findings = judge(state, rows[i].check, PACKAGE_INF, faulty);
        assert_int_equal(findings.count, 1);
        const struct finding *finding = &findings.items[0];
        assert_string_equal(finding->origin->key, rows[i].where);
        assert_int_equal(finding->origin->view, VIEW_NONE);
        assert_int_equal(finding->archs, 0); /* of the text, whatever is installed of it */
        assert_null(finding->value);
        assert_int_equal(finding_place(finding).line, rows[i].line);
        assert_true(finding_place(finding).column > 0);
    }
}

static void default_install_that_is_missing_has_no_place(void **state)
{
    static const char text[] = "[Manufacturer]\nV=M,NTamd64\n[M.NTamd64]\nD=I,X\n[I]\nAddReg=A\n"
                               "[A]\nHKLM," CARDS "A,ATR,1,3b,00\n";
    struct findings findings = judge(state, "inf_default_install_missing", PACKAGE_INF, text);
    assert_int_equal(findings.count, 1);
    assert_string_equal(findings.items[0].origin->key, "");
    assert_int_equal(finding_place(&findings.items[0]).line, 0);
    assert_int_equal(judge(state, "inf_default_install_missing", PACKAGE_INF, faulty).count, 0);
}

static void faults_of_registry_text_are_found_by_the_same_checks(void **state)
{
    static const char text[] =
        "\n[HKEY_LOCAL_MACHINE\\" CARDS "A]\n\"ATR\"=hex,3b\nATRMask=hex:ff\n";
    assert_int_equal(judge(state, "reg_header_missing", PACKAGE_REG, text).count, 1);
    assert_int_equal(judge(state, "data_malformed", PACKAGE_REG, text).items[0].origin->line, 3);
    assert_int_equal(judge(state, "text_malformed", PACKAGE_REG, text).items[0].origin->line, 4);
}

static void characters_that_are_none_are_malformed(void **state)
{
    struct arena *arena = *state;
    char *text = arena_strdup(arena, "[DefaultInstall]\nAddReg=A\n[A]\nHKLM," CARDS "A,,x\n");
    struct ruleset ruleset = support_load_rules(
        arena, "rules:\n- {id: rule, title: Title, severity: error, check: text_malformed}\n");
    struct diags diags = {.arena = arena};
    struct read_plan plan = {0};
    struct snapshot snapshot;
    size_t len = strlen(text);
    text[len - 1] = 0;
    struct memory_hive *wrapped = support_wrap(arena, (uint8_t *)text, len);
    assert_true(
        snapshot_read_package(arena, &diags, &wrapped->source, PACKAGE_INF, &plan, &snapshot));
    assert_int_equal(ruleset_judge(arena, &ruleset, &snapshot).count, 1);
}

/* An INF with one entry of an ATR and a mask, in the form of AddReg (NULL: none), for a hardware
 * ID. Whether the ID is reported. */
static bool is_unmatched(void **state, const char *id, const char *atr, const char *mask)
{
    char *line = mask ? arena_printf(*state, "HKLM," CARDS "A,ATRMask,1,%s\n", mask) : (char *)"";
    char *text = arena_printf(*state,
                              "[Manufacturer]\nV=M,NTamd64\n[M.NTamd64]\nD=I,%s\n[I]\nAddReg=A\n"
                              "[A]\nHKLM," CARDS "A,ATR,1,%s\n%s",
                              id, atr, line);
    struct findings findings = judge(state, "hardware_id_unmatched", PACKAGE_INF, text);
    if (findings.count == 0)
        return false;
    assert_int_equal(findings.count, 1);
    assert_string_equal(findings.items[0].origin->key, id);
    assert_int_equal(findings.items[0].origin->line, 4);
    assert_int_equal(findings.items[0].origin->column, 5);
    assert_int_equal(findings.items[0].archs, 1u << ARCH_AMD64);
    return true;
}

#define SAMPLE "3b,04,51,ff,08,00"
#define PTEID  "3b,95,95,40,ff,d0,00,54,01,30"
#define BEID   "3b,98,00,40,00,a5,03,01,01,01,ad,13,00"

/* ATRs and IDs are those of domain: D.3 and of vendors' INFs. */
static void an_id_of_the_historical_bytes_is_matched(void **state)
{
    assert_false(is_unmatched(state, "SCFILTER\\CID_51ff0800", SAMPLE, NULL));
    assert_false(is_unmatched(state, "scfilter\\cid_51FF0800", SAMPLE, "ff,ff,ff,ff,ff,ff"));
    assert_false(
        is_unmatched(state, "SCFILTER\\CID_d000540132", PTEID, "ff,ff,ff,ff,ff,ff,ff,ff,ff,fc"));
    /* stored with a bit outside its mask */
    assert_false(
        is_unmatched(state, "SCFILTER\\CID_51ff0800", "3b,04,51,ff,08,01", "ff,ff,ff,ff,ff,fe"));
    assert_false(is_unmatched(state, "SCFILTER\\CID_a503010101ad1311", BEID,
                              "ff,ff,00,ff,00,ff,ff,ff,ff,ff,ff,ff,00"));
}

static void an_id_of_other_bytes_is_unmatched(void **state)
{
    assert_true(is_unmatched(state, "SCFILTER\\CID_51ff0801", SAMPLE, NULL));
    assert_true(is_unmatched(state, "SCFILTER\\CID_51ff08", SAMPLE, NULL));
    assert_true(is_unmatched(state, "SCFILTER\\CID_51ff080000", SAMPLE, NULL));
    assert_true(is_unmatched(state, "SCFILTER\\CID_3b0451ff0800", SAMPLE, NULL));
    assert_true(
        is_unmatched(state, "SCFILTER\\CID_d000540134", PTEID, "ff,ff,ff,ff,ff,ff,ff,ff,ff,fc"));
    assert_true(is_unmatched(state, "SCFILTER\\CID_51ff0800", SAMPLE, "ff,ff")); /* no pair */
}

static void an_id_that_is_no_cards_is_unmatched(void **state)
{
    assert_true(is_unmatched(state, "SCFILTR\\CID_51ff0800", SAMPLE, NULL));
    assert_true(is_unmatched(state, "USB\\VID_0000&PID_0000", SAMPLE, NULL));
    assert_true(is_unmatched(state, "SCFILTER\\CID_", SAMPLE, NULL));
    assert_true(is_unmatched(state, "SCFILTER\\CID_51ff080", SAMPLE, NULL));
    assert_true(is_unmatched(state, "SCFILTER\\CID_51-ff-08-00", SAMPLE, NULL));
}

static void a_guid_is_matched_by_the_card_itself(void **state)
{
    assert_false(
        is_unmatched(state, "SCFILTER\\CID_2777BE07-6993-4513-BD80-C184FCB0AB2D", SAMPLE, NULL));
    assert_false(
        is_unmatched(state, "SCFILTER\\CID_2777be0769934513bd80c184fcb0ab2d", SAMPLE, NULL));
    assert_true(
        is_unmatched(state, "SCFILTER\\CID_2777BE07-6993-4513-BD80-C184FCB0AB2", SAMPLE, NULL));
}

/* With T0 masked nobody knows where the historical bytes start. */
static void masked_structure_lets_an_id_be_anywhere(void **state)
{
    assert_false(
        is_unmatched(state, "SCFILTER\\CID_51ff0800", "3b,00,51,ff,08,00", "ff,00,ff,ff,ff,ff"));
    assert_true(
        is_unmatched(state, "SCFILTER\\CID_51ff0801", "3b,00,51,ff,08,00", "ff,00,ff,ff,ff,ff"));
}

static void an_entry_without_an_atr_matches_no_id(void **state)
{
    static const char text[] = "[Manufacturer]\nV=M,NTamd64\n[M.NTamd64]\nD=I,SCFILTER\\CID_00\n"
                               "[I]\nAddReg=A\n[A]\nHKLM," CARDS "A,80000001,,x.dll\n";
    assert_int_equal(judge(state, "hardware_id_unmatched", PACKAGE_INF, text).count, 1);
}

static void hives_are_no_texts(void **state)
{
    struct ruleset ruleset = support_load_rules(
        *state, "rules:\n- {id: a, title: T, severity: note, check: text_malformed}\n"
                "- {id: b, title: T, severity: note, check: inf_default_install_missing}\n"
                "- {id: c, title: T, severity: note, check: hardware_id_unmatched}\n");
    const struct memory_hive *hive = support_build(*state, SUPPORT_WINDOWS_10);
    assert_int_equal(support_judge(*state, &ruleset, hive).count, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(each_fault_of_a_text_has_its_check_and_place),
        SUPPORT_TEST(default_install_that_is_missing_has_no_place),
        SUPPORT_TEST(faults_of_registry_text_are_found_by_the_same_checks),
        SUPPORT_TEST(characters_that_are_none_are_malformed),
        SUPPORT_TEST(an_id_of_the_historical_bytes_is_matched),
        SUPPORT_TEST(an_id_of_other_bytes_is_unmatched),
        SUPPORT_TEST(an_id_that_is_no_cards_is_unmatched),
        SUPPORT_TEST(a_guid_is_matched_by_the_card_itself),
        SUPPORT_TEST(masked_structure_lets_an_id_be_anywhere),
        SUPPORT_TEST(an_entry_without_an_atr_matches_no_id),
        SUPPORT_TEST(hives_are_no_texts),
    };
    return cmocka_run_group_tests_name("check_package", tests, NULL, NULL);
}
