/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "package/inf_install.h"

#include <string.h>

#include "infs.h"

/* Sections R1 to R4 that write keys 1 to 4. */
#define WRITES "[R1]\nHKLM,1,v\n[R2]\nHKLM,2,v\n[R3]\nHKLM,3,v\n[R4]\nHKLM,4,v\n"

/* The keys that are written on a target, as "1,2"; "-" where there is no such target. */
static const char *keys_on(void **state, const char *text, enum package_target target)
{
    struct package package = infs_read(*state, arena_printf(*state, "%s" WRITES, text));
    for (size_t i = 0; i < package.ninstallations; i++) {
        const struct installation *installation = &package.installations[i];
        const char *keys = "";
        for (size_t j = 0; j < installation->nkeys; j++)
            keys = arena_printf(*state, "%s%s%s", keys, j ? "," : "",
                                installation->keys[j].path + strlen(MACHINE));
        if (installation->target == target)
            return keys;
    }
    return "-";
}

static void assert_keys(void **state, const char *text, const char *x86, const char *amd64,
                        const char *arm64)
{
    assert_string_equal(keys_on(state, text, TARGET_X86), x86);
    assert_string_equal(keys_on(state, text, TARGET_AMD64), amd64);
    assert_string_equal(keys_on(state, text, TARGET_ARM64), arm64);
}

static void models_are_those_of_their_processor(void **state)
{
    assert_keys(state,
                "[Manufacturer]\n%m%=M,NTx86,NTamd64\n[M.NTx86]\nd=I,a\n[M.NTamd64]\nd=J,a\n"
                "[I]\nAddReg=R1\n[J]\nAddReg=R2\n",
                "1", "2", "-");
    assert_keys(state, "[Manufacturer]\nm=M\n[M]\nd=I,a\n[I]\nAddReg=R1\n", "1", "-", "-");
    assert_keys(state, "[Manufacturer]\nm=M,NT\n[M.NT]\nd=I,a\n[I]\nAddReg=R1\n", "1", "-", "-");
    assert_keys(state, "[Manufacturer]\nM\n[M]\nd=I,a\n[I]\nAddReg=R1\n", "1", "-", "-");
}

static void a_processor_that_is_named_without_models_writes_nothing(void **state)
{
    assert_keys(state, "[Manufacturer]\nm=M,NTamd64\n", "-", "", "-");
    assert_keys(state, "[Manufacturer]\nm=M,NTarm,NTia64\n[M.NTarm]\nd=I,a\n[I]\nAddReg=R1\n", "-",
                "-", "-");
}

static void the_highest_version_that_has_a_section_is_taken(void **state)
{
    static const char rest[] = "[M]\nd=I1,a\n[M.NTx86]\nd=I2,a\n[M.NTx86.6.1]\nd=I3,a\n"
                               "[M.NTx86.11]\nd=I4,a\n[I1]\nAddReg=R1\n[I2]\nAddReg=R2\n"
                               "[I3]\nAddReg=R3\n[I4]\nAddReg=R4\n";
    const char *lists[][2] = {
        {"M,NTx86,NTx86.6.1", "3"},  {"M,NTx86.6.1,NTx86", "3"}, {"M,NTx86.11,NTx86", "2"},
        {"M,NTx86.10.0,NTx86", "2"}, {"M,NTx86", "2"},           {"M", "1"},
        {"M,NTamd64", "1"},          {"M,NTx86.11", "1"},
    };
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        const char *text = arena_printf(*state, "[Manufacturer]\nm=%s\n%s", lists[i][0], rest);
        if (strcmp(keys_on(state, text, TARGET_X86), lists[i][1]) != 0)
            fail_msg("%s: got %s", lists[i][0], keys_on(state, text, TARGET_X86));
    }
}

static void an_empty_models_section_leaves_a_windows_out(void **state)
{
    assert_keys(state,
                "[Manufacturer]\nm=M,NTx86,NTx86.10.0\n[M.NTx86]\nd=I,a\n[M.NTx86.10.0]\n"
                "[I]\nAddReg=R1\n",
                "", "-", "-");
}

static void install_sections_are_those_of_their_processor(void **state)
{
    assert_keys(state,
                "[Manufacturer]\nm=M,NTx86,NTamd64,NTarm64\n[M.NTx86]\nd=I,a\n[M.NTamd64]\nd=I,a\n"
                "[M.NTarm64]\nd=J,a\n[I]\nAddReg=R1\n[I.NT]\nAddReg=R2\n[I.ntAMD64]\nAddReg=R3\n"
                "[J]\nAddReg=R4\n",
                "2", "3", "4");
}

static void directives_add_up_and_sections_are_written_once(void **state)
{
    assert_keys(state, "[DefaultInstall.ntx86]\nAddReg=R2,R1\naddreg=R3 , R2\nCopyFiles=R4\n",
                "2,1,3", "-", "-");
}

static void default_install_comes_first_and_then_the_models(void **state)
{
    assert_keys(state,
                "[Manufacturer]\nm=M,NTx86\n[M.NTx86]\nd=I,a\n[I]\nAddReg=R2,R3\n"
                "[DefaultInstall.NTx86]\nAddReg=R3,R1\n",
                "3,1,2", "-", "-");
}

static void default_install_of_the_highest_version_is_taken(void **state)
{
    assert_keys(state,
                "[DefaultInstall]\nAddReg=R4\n[DefaultInstall.ntamd64]\nAddReg=R1\n"
                "[DefaultInstall.ntamd64.6.1]\nAddReg=R2\n[DefaultInstall.ntamd64.11]\nAddReg=R3\n",
                "4", "2", "4");
}

static void a_default_install_without_processor_is_for_the_others(void **state)
{
    assert_keys(state, "[DefaultInstall]\nAddReg=R1\n", "1", "1", "1");
    assert_keys(state, "[DefaultInstall.NT]\nAddReg=R1\n", "1", "1", "1");
    assert_keys(state, "[DefaultInstall]\nAddReg=R1\n[DefaultInstall.ntamd64]\nAddReg=R2\n", "1",
                "2", "1");
    /* beside [Manufacturer] for those that it names */
    assert_keys(state,
                "[DefaultInstall]\nAddReg=R1\n[Manufacturer]\nm=M,NTamd64\n[M.NTamd64]\nd=I,a\n"
                "[I]\nAddReg=R2\n",
                "-", "1,2", "-");
    assert_keys(state, "[Other]\nAddReg=R1\n", "-", "-", "-");
}

static void sections_of_the_hardware_write_too(void **state)
{
    assert_keys(state,
                "[DefaultInstall.ntx86]\nAddReg=R1\n[DefaultInstall.ntx86.HW]\nAddReg=R2\n"
                "[DefaultInstall.ntx86.CoInstallers]\nAddReg=R3\n"
                "[DefaultInstall.ntx86.Services]\nAddReg=R4\n",
                "1,2,3", "-", "-");
}

static void lines_in_a_row_about_one_key_are_one_key(void **state)
{
    struct package package =
        infs_read(*state, "[DefaultInstall.ntx86]\nAddReg=R\n[R]\nHKLM,k,a,,1\nHKLM,K,b,,2\n"
                          "HKLM,l,c,,3\nHKLM,k,d,,4\nHKLM,k,,4\nHKLM,k,e,,5\n");
    const struct installation *installation = infs_on(&package, TARGET_X86);
    static const size_t counts[] = {2, 1, 1, 0, 1};
    assert_int_equal(installation->nkeys, 5);
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(installation->keys[i].nvalues, counts[i]);
    assert_true(installation->keys[3].remove);
    assert_int_equal(installation->keys[0].line, 4);
    assert_int_equal(installation->keys[0].values[1].line, 5);
}

static void the_32_bit_view_is_of_64_bit_targets(void **state)
{
    struct package package =
        infs_read(*state, "[DefaultInstall]\nAddReg=R\n[R]\nHKLM," CALAIS "x,v,0x4000,1\n");
    assert_string_equal(infs_on(&package, TARGET_X86)->keys[0].path, MACHINE CALAIS "x");
    assert_string_equal(infs_on(&package, TARGET_AMD64)->keys[0].path, MACHINE CALAIS_WOW "x");
    assert_string_equal(infs_on(&package, TARGET_ARM64)->keys[0].path, MACHINE CALAIS_WOW "x");
}

static void hardware_ids_are_listed_once(void **state)
{
    struct package package =
        infs_read(*state, "[Manufacturer]\nm=M,NTx86,NTamd64\n[M.NTx86]\n"
                          "d=I,SCFILTER\\CID_00,SCFILTER\\CID_01\nd=I,,SCFILTER\\cid_00\n"
                          "d=I,SCFILTER\\CID_02,\n[M.NTamd64]\nd=I,SCFILTER\\CID_03\n[I]\n");
    const struct installation *installation = infs_on(&package, TARGET_X86);
    assert_int_equal(installation->nids, 3);
    assert_string_equal(installation->ids[0].id, "SCFILTER\\CID_00");
    assert_int_equal(installation->ids[0].line, 4);
    assert_int_equal(installation->ids[0].column, 5);
    assert_string_equal(installation->ids[1].id, "SCFILTER\\CID_01");
    assert_int_equal(installation->ids[1].column, 21);
    assert_string_equal(installation->ids[2].id, "SCFILTER\\CID_02");
    assert_int_equal(infs_on(&package, TARGET_AMD64)->nids, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(models_are_those_of_their_processor),
        SUPPORT_TEST(a_processor_that_is_named_without_models_writes_nothing),
        SUPPORT_TEST(the_highest_version_that_has_a_section_is_taken),
        SUPPORT_TEST(an_empty_models_section_leaves_a_windows_out),
        SUPPORT_TEST(install_sections_are_those_of_their_processor),
        SUPPORT_TEST(directives_add_up_and_sections_are_written_once),
        SUPPORT_TEST(default_install_comes_first_and_then_the_models),
        SUPPORT_TEST(default_install_of_the_highest_version_is_taken),
        SUPPORT_TEST(a_default_install_without_processor_is_for_the_others),
        SUPPORT_TEST(sections_of_the_hardware_write_too),
        SUPPORT_TEST(lines_in_a_row_about_one_key_are_one_key),
        SUPPORT_TEST(the_32_bit_view_is_of_64_bit_targets),
        SUPPORT_TEST(hardware_ids_are_listed_once),
    };
    return cmocka_run_group_tests_name("inf_install", tests, NULL, NULL);
}
