/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/kind.h"

#include <string.h>

#include "support.h"

static const char *find_kind(void **state, const struct memory_hive *bytes,
                             const char *(*find)(struct hive *hive))
{
    struct open_hive *open = support_open(*state, bytes);
    assert_non_null(open->hive);
    const char *kind = find(open->hive);
    support_close(open);
    return kind;
}

/* What a hive is called; NULL for a SOFTWARE hive. */
static const char *kind_of(void **state, const struct memory_hive *bytes)
{
    return find_kind(state, bytes, kind_other_than_software);
}

/* Whether it is called so where a SYSTEM hive is wanted; words NULL: it is one. */
static void assert_instead_of_system(void **state, const char *reg_text, const char *words)
{
    const char *kind = find_kind(state, support_build(*state, reg_text), kind_other_than_system);
    if (!kind != !words || (kind && !strstr(kind, words)))
        fail_msg("\"%s\" is not \"%s\"", kind ? kind : "a SYSTEM hive",
                 words ? words : "a SYSTEM hive");
}

static void assert_kind(void **state, const char *reg_text, const char *words)
{
    const char *kind = kind_of(state, support_build(*state, reg_text));
    if (!kind || !strstr(kind, words))
        fail_msg("\"%s\" is not \"%s\"", kind ? kind : "a SOFTWARE hive", words);
}

static void assert_software(void **state, const char *reg_text)
{
    const char *kind = kind_of(state, support_build(*state, reg_text));
    if (kind)
        fail_msg("\"%s\" is not a SOFTWARE hive", kind);
}

static void a_software_hive_is_one_with_or_without_calais(void **state)
{
    assert_software(state, SUPPORT_WINDOWS_10);
    assert_software(state, "[Classes\\.txt]\n[Microsoft\\Windows NT\\CurrentVersion]\n"
                           "\"CurrentVersion\"=\"6.1\"\n[Policies]\n[RegisteredApplications]\n");
    assert_software(state, "[MICROSOFT\\Windows]\n");
    assert_software(state, "[WOW6432node\\Microsoft]\n");
    /* One key of some vendor, or of an attacker, does not hide it. */
    assert_software(state, SUPPORT_WINDOWS_10 "[SAM]\n[ControlSet001]\n[Local Settings]\n"
                                              "[DriverDatabase]\n[Software]\n[Environment]\n");
}

static void other_hives_of_windows_are_named(void **state)
{
    assert_kind(state,
                "[ControlSet001\\Control]\n[MountedDevices]\n[Select]\n\"Current\"=dword:1\n",
                "SYSTEM");
    assert_kind(state, "[SAM\\Domains\\Account\\Users]\n", "SAM");
    assert_kind(state, "[SAM\\Domains\\Account\\Users]\n[Microsoft]\n", "SAM");
    assert_kind(state, "[Cache]\n[Policy\\Accounts]\n[RXACT]\n", "SECURITY");
    assert_kind(state,
                "[Description]\n\"KeyName\"=\"BCD00000000\"\n"
                "[Objects\\{9dea862c-5cdd-4e70-acc1-f32b344d4795}\\Elements]\n",
                "BCD");
    assert_kind(state, "[DriverDatabase\\DeviceIds]\n", "DRIVERS");
    assert_kind(state, "[CanonicalData\\Catalogs]\n[DerivedData\\Components]\n[Installers]\n",
                "COMPONENTS");
    assert_kind(state, "[Root\\InventoryApplication]\n[Root\\InventoryDevicePnp]\n", "Amcache");
}

static void the_hives_of_a_user_are_named(void **state)
{
    assert_kind(state,
                "[AppEvents]\n[Console]\n[Control Panel\\Desktop]\n[Environment]\n"
                "[Keyboard Layout]\n[Software\\Microsoft\\Cryptography\\Calais\\SmartCards]\n",
                "NTUSER.DAT");
    assert_kind(state, "[CLSID]\n[Local Settings\\Software\\Microsoft\\Windows\\Shell]\n",
                "UsrClass.dat");
}

/* It has a key Microsoft, and may have a Calais key, as SOFTWARE has. */
static void a_users_software_is_not_taken_for_the_machines(void **state)
{
    assert_kind(state,
                "[AppDataLow\\Software]\n[Microsoft\\Windows\\CurrentVersion\\Explorer\\RunMRU]\n"
                "[Microsoft\\Windows NT\\CurrentVersion\\PrinterPorts]\n"
                "[Microsoft\\Cryptography\\Calais\\SmartCards]\n",
                "user's Software");
    assert_kind(state,
                "[Microsoft\\Windows\\CurrentVersion\\Explorer\\UserAssist]\n"
                "[Microsoft\\Windows NT\\CurrentVersion\\Windows]\n\"Device\"=\"\"\n",
                "user's Software");
}

/* Programs that run as a service leave such keys in the machine's hive. */
static void a_machine_with_keys_of_a_user_is_still_software(void **state)
{
    assert_software(state,
                    "[AppDataLow]\n"
                    "[Microsoft\\Windows\\CurrentVersion\\Explorer\\RunMRU]\n"
                    "[Microsoft\\Windows NT\\CurrentVersion]\n\"ProductName\"=\"Windows\"\n");
}

static void names_count_in_any_letter_case(void **state)
{
    assert_kind(state, "[select]\n[CONTROLSET001]\n", "SYSTEM");
    assert_kind(state, "[SOFTWARE\\Microsoft]\n[CONTROL PANEL]\n", "NTUSER.DAT");
}

static void a_hive_without_a_microsoft_key_is_unknown(void **state)
{
    assert_kind(state, "[Something\\Microsoft]\n", "no hive that is known");
    assert_kind(state, "", "no hive that is known");
}

/* The name that cannot be read may be "Microsoft". */
static void a_hive_that_cannot_be_read_is_not_called_unknown(void **state)
{
    struct memory_hive *bytes = support_build(*state, "[Other]\n[Classes]\n");
    size_t name_length = support_locate_key(*state, bytes, "Other") + 4 + 72;
    memset(bytes->bytes + name_length, 0xff, 2);
    assert_null(kind_of(state, bytes));
}

static void a_system_hive_is_known_by_its_control_sets(void **state)
{
    assert_instead_of_system(state, "[controlset001]\n", NULL);
    assert_instead_of_system(state, "[Select]\n[Setup]\n[ControlSet002]\n[ControlSet003]\n", NULL);
    assert_kind(state, "[Select]\n[Setup]\n[ControlSet002]\n", "SYSTEM");
    /* One key of some vendor, or of an attacker, does not hide it. */
    assert_instead_of_system(state, SUPPORT_WINDOWS_10 SUPPORT_SYSTEM "[SAM]\n", NULL);
}

static void what_is_no_system_hive_is_named(void **state)
{
    assert_instead_of_system(state, SUPPORT_WINDOWS_10, "a SOFTWARE hive");
    assert_instead_of_system(state, "[SAM\\Domains]\n", "SAM");
    assert_instead_of_system(state, "[Select]\n", "no hive that is known");
    assert_instead_of_system(state, "", "no hive that is known");
}

static void hives_of_the_corpus_are_told_apart(void **state)
{
    static const struct {
        const char *path, *words; /* NULL: a SOFTWARE hive */
    } hives[] = {
        {"hives/win7-x86/SOFTWARE", NULL},
        {"hives/win81-x64/SOFTWARE", NULL},
        {"hives/win7-x86/SYSTEM", "SYSTEM"},
        {"hives/win81-x64/SYSTEM", "SYSTEM"},
        {"hives/dirty/ntuser/NTUSER.DAT", "NTUSER.DAT"},
        {"hives/dirty/usrclass/UsrClass.dat", "UsrClass.dat"},
        {"hives/traps/ntuser_software_partial", "user's Software"},
        {"hives/traps/libguestfs-windows-software", NULL},
        {"hostile/System_Delta", ""},
        {"hostile/UnicodeHive", "no hive that is known"},
    };
    for (size_t i = 0; i < sizeof hives / sizeof *hives; i++) {
        const char *kind = kind_of(state, support_corpus(*state, hives[i].path));
        if (!kind != !hives[i].words || (kind && !strstr(kind, hives[i].words)))
            fail_msg("%s is %s", hives[i].path, kind ? kind : "a SOFTWARE hive");
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(a_software_hive_is_one_with_or_without_calais),
        SUPPORT_TEST(other_hives_of_windows_are_named),
        SUPPORT_TEST(the_hives_of_a_user_are_named),
        SUPPORT_TEST(a_users_software_is_not_taken_for_the_machines),
        SUPPORT_TEST(a_machine_with_keys_of_a_user_is_still_software),
        SUPPORT_TEST(names_count_in_any_letter_case),
        SUPPORT_TEST(a_hive_without_a_microsoft_key_is_unknown),
        SUPPORT_TEST(a_hive_that_cannot_be_read_is_not_called_unknown),
        SUPPORT_TEST(a_system_hive_is_known_by_its_control_sets),
        SUPPORT_TEST(what_is_no_system_hive_is_named),
        SUPPORT_TEST(hives_of_the_corpus_are_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
