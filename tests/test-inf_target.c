/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "package/inf_target.h"

#include <string.h>

#include "infs.h"

static struct inf_decoration parse(const char *text)
{
    struct inf_decoration decoration;
    if (!inf_parse_decoration(text, &decoration))
        fail_msg("%s is none", text);
    return decoration;
}

static void decorations_have_a_processor_and_numbers(void **state)
{
    (void)state;
    assert_int_equal(parse("NTamd64").arch, INF_AMD64);
    assert_int_equal(parse("ntX86.6.1").arch, INF_X86);
    assert_int_equal(parse("NT").arch, INF_NO_ARCH);
    assert_int_equal(parse("nt.5").major, 5);
    assert_int_equal(parse("ntarm64").arch, INF_ARM64);
    assert_int_equal(parse("ntarm").arch, INF_ARM);
    assert_int_equal(parse("ntia64").arch, INF_IA64);
    struct inf_decoration all = parse("NTamd64.10.0.1.0x80.16299");
    assert_int_equal(all.major, 10);
    assert_int_equal(all.product, 1);
    assert_int_equal(all.suite, 0x80);
    assert_int_equal(all.build, 16299);
    assert_int_equal(parse("NTx86....0x80").suite, 0x80);
    assert_int_equal(parse("NTamd64.10.0...16299").build, 16299);
}

static void other_texts_are_no_decorations(void **state)
{
    static const char *const texts[] = {"",           "amd64",       "NTamd46",
                                        "NT6.1",      "NTx86.x",     "NTx86.1.2.3.4.5.6",
                                        "NTx86.6.1b", "NT.Services", "NTx86.99999999999"};
    struct inf_decoration decoration;
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        assert_false(inf_parse_decoration(texts[i], &decoration));
}

/* In each row, the first is taken before the second. */
static void the_highest_version_is_preferred(void **state)
{
    static const char *const pairs[][2] = {
        {"NTamd64.6.1", "NTamd64"},        {"NTamd64.10.0", "NTamd64.6.3"},
        {"NTamd64.6.3", "NTamd64.6.1"},    {"NTamd64.10.0...16299", "NTamd64.10.0...14393"},
        {"NTx86.6.1", "NT.6.1"},           {"NT.6.1", "NTx86.6.0"},
        {"NTamd64.6.1", "NTamd64.10.0.3"}, {"NTamd64.10.0.1", "NTamd64.6.1"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        struct inf_decoration first = parse(pairs[i][0]), second = parse(pairs[i][1]);
        if (!inf_prefers(&first, &second) || inf_prefers(&second, &first))
            fail_msg("%s and %s", pairs[i][0], pairs[i][1]);
    }
}

static void no_windows_is_newer_than_10_0(void **state)
{
    struct inf_decoration now = parse("NTamd64.10.0...99999"), later = parse("NTamd64.10.1");
    struct inf_decoration far = parse("NTamd64.11");
    (void)state;
    assert_true(inf_is_current(&now));
    assert_false(inf_is_current(&later));
    assert_false(inf_is_current(&far));
}

static void sections_for_the_processor_come_first(void **state)
{
    struct inf inf = inf_read(*state, "[I]\n[I.NT]\n[I.NTamd64]\n[J.NT]\n[J]\n[K]\n");
    assert_string_equal(inf_find_decorated(&inf, "I", INF_AMD64)->name, "I.NTamd64");
    assert_string_equal(inf_find_decorated(&inf, "i", INF_X86)->name, "I.NT");
    assert_string_equal(inf_find_decorated(&inf, "J", INF_ARM64)->name, "J.NT");
    assert_string_equal(inf_find_decorated(&inf, "K", INF_ARM64)->name, "K");
    assert_null(inf_find_decorated(&inf, "L", INF_ARM64));
    assert_null(inf_find_decorated(&inf, arena_printf(*state, "%02000d", 0), INF_X86));
}

static void only_default_install_and_its_decorations_are_defaults(void **state)
{
    struct inf inf = inf_read(*state, "[DefaultInstall]\n[defaultinstall.NT]\n"
                                      "[DefaultInstall.ntamd64.6.1]\n[DefaultInstall.Services]\n"
                                      "[DefaultInstall.ntamd64.Services]\n[DefaultInstalled]\n"
                                      "[DefaultUninstall]\n[DefaultInstall.NTamd64.6.1.NT.HW]\n");
    struct inf_decoration decoration;
    size_t count = 0;
    for (size_t i = 0; i < inf.nsections; i++)
        count += inf_is_default(&inf.sections[i], &decoration);
    assert_int_equal(count, 3);
    assert_true(inf_is_default(inf_find(&inf, "DefaultInstall.ntamd64.6.1"), &decoration));
    assert_int_equal(decoration.arch, INF_AMD64);
    assert_true(inf_is_default(inf_find(&inf, "DefaultInstall"), &decoration));
    assert_int_equal(decoration.arch, INF_NO_ARCH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(decorations_have_a_processor_and_numbers),
        SUPPORT_TEST(other_texts_are_no_decorations),
        SUPPORT_TEST(the_highest_version_is_preferred),
        SUPPORT_TEST(no_windows_is_newer_than_10_0),
        SUPPORT_TEST(sections_for_the_processor_come_first),
        SUPPORT_TEST(only_default_install_and_its_decorations_are_defaults),
    };
    return cmocka_run_group_tests_name("inf_target", tests, NULL, NULL);
}
