/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "package/inf_lint.h"

#include <string.h>

#include "infs.h"

/* A sound INF for x86 of 12 lines, to which a test adds. */
#define SOUND                                                                                      \
    "[Manufacturer]\nm=M,NTx86\n[M.NTx86]\nd=I,SCFILTER\\CID_00\n[I]\nAddReg=R\nCopyFiles=F\n"     \
    "[R]\nHKLM,k,v,,x\n[F]\nx.dll\n[Version]\n"

/* Texts with no problem but those about DefaultInstall. */
static void assert_sound(void **state, const char *text)
{
    struct package package = infs_read(*state, text);
    for (size_t i = 0; i < package.nproblems; i++)
        if (package.problems[i].fault != TEXT_NO_DEFAULT &&
            package.problems[i].fault != TEXT_DEFAULT)
            fail_msg("%s\nin:\n%s", package.problems[i].message, text);
}

/* The only problem of a kind stands at a place and starts so. */
static void assert_problem(void **state, const char *text, enum text_fault fault, unsigned line,
                           unsigned column, const char *message)
{
    struct package package = infs_read(*state, text);
    infs_check_problem(infs_find_problem(&package, fault), fault, line, column, message);
}

static void what_is_named_and_there_is_sound(void **state)
{
    assert_sound(state, SOUND);
    assert_sound(state, SOUND "[I.Services]\nAddService=,2\n");
    assert_sound(state, SOUND "[I.Services]\nAddService=s,0x2,S,E\n[S]\n[E]\n");
    assert_sound(state, SOUND "[J]\nCopyFiles=@x.dll\nAddReg=\nDelReg=r\n");
    assert_sound(state, SOUND "[Strings]\nAddReg=none\n");
}

static void sections_that_are_missing_are_problems(void **state)
{
    assert_problem(state, SOUND "[J]\nAddReg=R,S\n", TEXT_SECTION, 14, 10, "AddReg: got \"S\"");
    assert_problem(state, SOUND "[J]\nCopyFiles = S\n", TEXT_SECTION, 14, 13, "CopyFiles: got");
    assert_problem(state, SOUND "[J]\ndelreg=S\n", TEXT_SECTION, 14, 8, "delreg: got \"S\"");
    assert_problem(state, SOUND "[J]\nAddService=s,2,S\n", TEXT_SECTION, 14, 16, "AddService: got");
    assert_problem(state, "[Manufacturer]\nm=M\n", TEXT_SECTION, 2, 3,
                   "models: want a section \"M\"");
    assert_problem(state, "[Manufacturer]\nm=M,NTx86\n", TEXT_SECTION, 2, 5,
                   "models: want a section \"M.NTx86\"");
    assert_problem(state, "[Manufacturer]\nm=M,NTarm\n[M.NTarm]\nd=I,a\n", TEXT_SECTION, 4, 3,
                   "device: got \"I\"");
    assert_problem(state, "[Manufacturer]\nm=M,NTx86\n[M.NTx86]\nd=I,a\n[I.NTamd64]\n",
                   TEXT_SECTION, 4, 3, "device: got \"I\"");
}

static void what_another_inf_brings_is_not_missing(void **state)
{
    assert_sound(state, SOUND "[J]\nInclude=umpass.inf\nNeeds=UmPass\n");
    assert_sound(state, SOUND "[J]\nInclude=umpass.inf\nAddReg=UmPass.AddReg\n");
    assert_sound(state, SOUND "[J]\nAddReg=S\nInclude=other.inf\n");
    assert_problem(state, SOUND "[J]\nInclude=umpass.inf\nAddReg=S\n", TEXT_SECTION, 15, 8,
                   "AddReg: got \"S\"");
}

static void lines_of_sections_for_older_windows_are_checked_too(void **state)
{
    assert_problem(state,
                   "[Manufacturer]\nm=M,NTx86,NTx86.6.1\n[M.NTx86]\nd=I,a\n[M.NTx86.6.1]\n"
                   "[I]\nAddReg=R\n[R]\nHKLM,k,v,1,x\n",
                   TEXT_HEX, 9, 12, "data: got \"x\"");
}

static void problems_of_several_targets_are_listed_once(void **state)
{
    struct package package =
        infs_read(*state, "[Manufacturer]\nm=M,NTx86,NTamd64,NTarm64\n[M.NTx86]\nd=I,a\n"
                          "[M.NTamd64]\nd=I,a\n[M.NTarm64]\nd=I,a\n[I]\nAddReg=R,S,R\n[R]\n"
                          "HKLM,k,v,1,x\n[DefaultInstall]\nAddReg=R\n");
    assert_int_equal(package.ninstallations, 3);
    assert_int_equal(infs_count(&package, TEXT_HEX), 1);
    assert_int_equal(infs_count(&package, TEXT_SECTION), 1);
}

static void decorations_that_are_none_are_problems(void **state)
{
    assert_problem(state, "[Manufacturer]\nm=M, NTamd46\n[M]\n[M.NTamd46]\n", TEXT_SYNTAX, 2, 6,
                   "decoration: got \"NTamd46\"");
    assert_sound(state, "[Manufacturer]\nm=M,NTx86,\n[M.NTx86]\n");
}

static void a_device_without_an_install_section_is_a_problem(void **state)
{
    assert_problem(state, "[Manufacturer]\nm=M\n[M]\nI,SCFILTER\\CID_00\n", TEXT_SYNTAX, 4, 1,
                   "device: got \"I\"");
}

#define PART(suffix) "[I" suffix "]\nInclude=umpass.inf\nNeeds=UmPass" suffix "\n"
#define MODELS       "[Manufacturer]\nm=M\n[M]\nd=I,a\nd=I,b\n"

static void the_null_driver_comes_as_a_whole_or_not_at_all(void **state)
{
    assert_sound(state, MODELS PART("") PART(".Services") PART(".HW") PART(".CoInstallers")
                            PART(".Interfaces"));
    assert_sound(state, MODELS "[I]\n[I.Services]\n");
    assert_problem(state, MODELS PART("") PART(".Services") PART(".HW") PART(".CoInstallers"),
                   TEXT_NEEDS, 6, 1,
                   "umpass.inf: got its Include and Needs in 4 of the 5 sections of this device, "
                   "want them in [I.Interfaces], too");
    assert_problem(state, MODELS "[I]\n" PART(".Services"), TEXT_NEEDS, 6, 1, "umpass.inf: got");
    /* Include without Needs does nothing, and neither does that of another part. */
    assert_problem(state, MODELS "[I]\nInclude=umpass.inf\n", TEXT_NEEDS, 6, 1,
                   "umpass.inf: got its Include and Needs in 0 of the 5");
    assert_problem(state,
                   MODELS PART("") PART(".Services") "[I.HW]\nInclude=umpass.inf\n"
                                                     "Needs=UmPass.Services\n" PART(".CoInstallers")
                                                         PART(".Interfaces"),
                   TEXT_NEEDS, 6, 1, "umpass.inf: got its Include and Needs in 4 of the 5");
    assert_sound(state, MODELS "[I]\nInclude=x.inf,UMPASS.INF\nNeeds=X,umpass\n" PART(".Services")
                            PART(".HW") PART(".CoInstallers") PART(".Interfaces"));
    /* No device: DefaultInstall alone. */
    assert_sound(state, "[DefaultInstall]\nInclude=umpass.inf\nNeeds=UmPass\n");
}

/* Domain: E.4: what the sample page demands, newer Windows forbids. */
static void default_install_is_demanded_and_forbidden(void **state)
{
    struct package package = infs_read(*state, SOUND);
    infs_check_problem(infs_find_problem(&package, TEXT_NO_DEFAULT), TEXT_NO_DEFAULT, 0, 0,
                       "DefaultInstall: got no such section");
    assert_int_equal(infs_count(&package, TEXT_DEFAULT), 0);
    package = infs_read(*state, "[DefaultInstall.ntamd64]\n");
    assert_int_equal(package.nproblems, 0);
    package = infs_read(*state, "\n[DefaultInstall]\n[DefaultInstall.ntamd64]\n");
    infs_check_problem(infs_find_problem(&package, TEXT_DEFAULT), TEXT_DEFAULT, 2, 1,
                       "DefaultInstall: got one for any processor");
    assert_int_equal(infs_count(&package, TEXT_NO_DEFAULT), 0);
    package = infs_read(*state, SOUND "[DefaultInstall.ntx86]\n");
    infs_check_problem(infs_find_problem(&package, TEXT_DEFAULT), TEXT_DEFAULT, 13, 1,
                       "DefaultInstall: got one beside [Manufacturer]");
    package = infs_read(*state, SOUND "[DefaultInstall]\n");
    infs_check_problem(infs_find_problem(&package, TEXT_DEFAULT), TEXT_DEFAULT, 13, 1,
                       "DefaultInstall: got one beside [Manufacturer]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(what_is_named_and_there_is_sound),
        SUPPORT_TEST(sections_that_are_missing_are_problems),
        SUPPORT_TEST(what_another_inf_brings_is_not_missing),
        SUPPORT_TEST(lines_of_sections_for_older_windows_are_checked_too),
        SUPPORT_TEST(problems_of_several_targets_are_listed_once),
        SUPPORT_TEST(decorations_that_are_none_are_problems),
        SUPPORT_TEST(a_device_without_an_install_section_is_a_problem),
        SUPPORT_TEST(the_null_driver_comes_as_a_whole_or_not_at_all),
        SUPPORT_TEST(default_install_is_demanded_and_forbidden),
    };
    return cmocka_run_group_tests_name("inf_lint", tests, NULL, NULL);
}
