/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "help.h"

#include <stdio.h>

#include "versions.h"

void help_print(void)
{
    fputs("Usage: hiveaudit [OPTION]... EVIDENCE...\n"
          "Audit the smart-card configuration of Windows, offline, in SOFTWARE hives.\n"
          "EVIDENCE is a hive, disk image (raw, E01, qcow2, VMDK, VHD, VHDX, VDI), WIM, ISO\n"
          "or archive (tar, zip, 7z), a driver's INF, a .reg, a folder of these, a mounted\n"
          "drive, or - for standard input. It is only ever read.\n"
          "Evidence:\n"
          "      --files0-from=FILE      take evidence from a list of NUL-ended names\n"
          "      --all-copies, --image=N|NAME  also old hives; one image of a WIM, not all\n"
          "      --shadow-copies=WHICH   none (default), all, or numbers: 1,3\n"
          "      --recovery-key=KEY      open BitLocker volumes by these 48 digits, or by\n"
          "      --bitlocker-password-file=FILE, or by --bek=FILE, a startup key\n"
          "      --system=FILE, --hash   another SYSTEM hive; SHA-256 of inputs and DLLs\n"
          "      --log=FILE, --logs=POLICY  log to replay; auto (default), require, ignore\n"
          "      --save-recovered=FILE   write the hive, logs replayed, to a new file\n"
          "      --allow-dirty           accept a dirty hive that no log recovers\n"
          "  -j, --jobs=N, --timeout=SECONDS  read N side by side; give one up (60; 0: no)\n"
          "      --sandbox=MODE          confine readers: auto (default), require, off\n"
          "Cards:\n"
          "      --card=ATR, --cards-from=FILE  only say which entry takes these cards\n"
          "      --decode=ATR, --atr-names=FILE  explain an ATR; names of cards, or none\n"
          "Report:\n"
          "  -o, --output=NAME[=FILE]  text json jsonl sarif csv junit sqlite html bodyfile\n"
          "      --inventory             list all entries, too, and the cards they take\n"
          "      --min-severity=LEVEL    show findings from note (default), warning, error\n"
          "      --color=WHEN, -q, --quiet  auto (default), always, never; no text\n"
          "      --case=TEXT, --examiner=TEXT, --exhibit=TEXT, --note=TEXT  said in reports\n"
          "      --manifest=FILE, --verify=FILE  record a run; audit again and compare\n"
          "Judgement:\n"
          "      --fail-on=LEVEL         status 1 at note, warning (default), error; never\n"
          "      --waivers=FILE, --now=DATE  accept findings until a day; today is DATE\n"
          "      --baseline=FILE, --fail-on-new  hold against a JSON report; fail on new\n"
          "      --golden=HIVE           report what differs from a golden hive\n"
          "      --fix=FILE, --undo=FILE  write a .reg that repairs; one that takes it back\n"
          "Rules:\n"
          "      --rules=FILE|DIR, --no-default-rules  add rule files; leave out ours\n"
          "      --expect=FILE, --rules-from=FILE  demand what an INF, .reg or hive holds\n"
          "      --enable=ID, --disable=ID, --severity=ID=LEVEL  change a rule, or all\n"
          "      --inf-profile=NAME      what INFs must do: legacy (default), windows10\n"
          "      --list-rules, --explain=ID  list the rules; explain one, with an example\n"
          "      --check-rules [FILE]... check rule files and run their examples\n"
          "  -h, --help, -V, --version   show this help, or the versions of all parts\n"
          "Exit status: 0  all was audited, no finding at or above --fail-on\n"
          "             1  there are such findings, or a --card pairs with no entry\n"
          "             2  usage, rule or output error: nothing can be relied on\n"
          "             3  the audit is incomplete, or there was nothing to audit\n",
          stdout);
}

void help_print_version(struct arena *arena, const struct sandbox *sandbox)
{
    size_t count;
    const struct component *libraries = versions_list(arena, true, &count);
    printf("hiveaudit %s\n", PACKAGE_VERSION);
    for (size_t i = 0; i < count; i++)
        printf("%s%s %s", i ? ", " : "Libraries: ", libraries[i].name, libraries[i].version);
    printf("\nSandbox: %s\n", sandbox_name(sandbox));
    fputs("Licence GPL-3.0-or-later: https://www.gnu.org/licenses/gpl.html\n"
          "There is NO WARRANTY, to the extent permitted by law.\n",
          stdout);
}
