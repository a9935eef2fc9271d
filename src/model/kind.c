/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/kind.h"

#include <stdbool.h>

#include "base/text.h"

static bool has_key(struct hive *hive, const char *path)
{
    hive_key key;
    return hive_find(hive, hive_root(hive), path, &key) == HIVE_OK;
}

/* Whether Microsoft\Windows NT\CurrentVersion describes an installed Windows. The key exists in a
 * user's Software as well, but there it has none of these values. */
static bool describes_windows(struct hive *hive)
{
    static const char *const names[] = {"ProductName", "CurrentVersion",     "SystemRoot",
                                        "BuildLabEx",  "CurrentBuildNumber", "CurrentBuild"};
    hive_key key;
    struct hive_value *values;
    size_t count;
    if (hive_find(hive, hive_root(hive), "Microsoft\\Windows NT\\CurrentVersion", &key) !=
            HIVE_OK ||
        hive_values(hive, key, &values, &count) != HIVE_OK)
        return false;
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < sizeof names / sizeof *names; j++)
            if (values[i].name && text_equal(values[i].name, names[j]))
                return true;
    return false;
}

/* Keys that Windows keeps in HKEY_CURRENT_USER\Software and not in HKEY_LOCAL_MACHINE\SOFTWARE. */
static bool looks_like_user_software(struct hive *hive)
{
    static const char *const tells[] = {
        "AppDataLow",
        "Microsoft\\Windows\\CurrentVersion\\Explorer\\RunMRU",
        "Microsoft\\Windows\\CurrentVersion\\Explorer\\RecentDocs",
        "Microsoft\\Windows\\CurrentVersion\\Explorer\\UserAssist",
        "Microsoft\\Windows NT\\CurrentVersion\\PrinterPorts",
    };
    for (size_t i = 0; i < sizeof tells / sizeof *tells; i++)
        if (has_key(hive, tells[i]))
            return true;
    return false;
}

static const char a_system_hive[] = "a SYSTEM hive";

/* Words for a hive that is neither SOFTWARE nor unknown; else NULL. */
static const char *name_kind(struct hive *hive)
{
    /* The first row whose keys are both there decides. */
    static const struct {
        const char *key, *other_key, *name;
    } kinds[] = {
        {"ControlSet001", "ControlSet001", a_system_hive},
        {"Select", "Setup", a_system_hive}, /* its control sets may have other numbers */
        {"Software", "Control Panel", "a user's hive (NTUSER.DAT)"},
        {"Software", "Environment", "a user's hive (NTUSER.DAT)"},
        {"Local Settings", "Local Settings", "a user's classes hive (UsrClass.dat)"},
        {"SAM", "SAM", "a SAM hive"},
        {"Policy", "RXACT", "a SECURITY hive"},
        {"Objects", "Description", "a boot configuration (BCD) hive"},
        {"DriverDatabase", "DriverDatabase", "a DRIVERS hive"},
        {"CanonicalData", "DerivedData", "a COMPONENTS hive"},
        {"Root\\InventoryApplication", "Root", "an Amcache hive"},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (has_key(hive, kinds[i].key) && has_key(hive, kinds[i].other_key))
            return kinds[i].name;
    return NULL;
}

const char *kind_other_than_software(struct hive *hive)
{
    if (describes_windows(hive))
        return NULL;
    const char *name = name_kind(hive);
    if (name)
        return name;
    hive_key key;
    if (hive_find(hive, hive_root(hive), "Microsoft", &key) == HIVE_ABSENT &&
        hive_find(hive, hive_root(hive), "Wow6432Node", &key) == HIVE_ABSENT)
        return "no hive that is known here (it has no Microsoft key)";
    return looks_like_user_software(hive) ? "a user's Software (HKEY_CURRENT_USER)" : NULL;
}

const char *kind_other_than_system(struct hive *hive)
{
    const char *name = name_kind(hive);
    if (name == a_system_hive)
        return NULL;
    if (describes_windows(hive))
        return "a SOFTWARE hive";
    return name ? name : "no hive that is known here (it has no control set)";
}
