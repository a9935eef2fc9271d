# SPDX-License-Identifier: GPL-3.0-or-later
# fish completion for hiveaudit

# Ids of the built-in rules with their titles; an argument is appended to each id.
function __hiveaudit_rules
    command hiveaudit --list-rules 2>/dev/null | string replace -r '^(\S+)\s+(\S+)\s+(.*)' "\$1$argv\t\$2: \$3"
end

# What is behind the option's "=", or the word as a whole.
function __hiveaudit_argument
    commandline -ct | string replace -r '^--[^=]*=' ''
end

function __hiveaudit_outputs
    set -l parts (__hiveaudit_argument | string split -m 1 =)
    if set -q parts[2]
        printf '%s\n' "$parts[1]="(__fish_complete_path $parts[2])
    else
        printf '%s\n' text\t'for people' json\t'one document' jsonl\t'a line for each piece of evidence' \
            sarif\t'for code scanning' csv\t'for spreadsheets' junit\t'for CI servers' sqlite\t'a database' \
            html\t'one page' bodyfile\t'for timelines'
    end
end

function __hiveaudit_severities
    set -l parts (__hiveaudit_argument | string split -m 1 =)
    if set -q parts[2]
        printf '%s\n' "$parts[1]="{note,warning,error}
    else
        printf '%s\n' all=\t'every rule'
        __hiveaudit_rules =
    end
end

complete -c hiveaudit -s o -l output -x -a '(__hiveaudit_outputs)' -d 'Write a report as FORMAT[=FILE]'
complete -c hiveaudit -l rules -r -F -d 'Add a rule file, or those of a folder'
complete -c hiveaudit -l expect -r -F -d 'Demand what a driver package or golden hive holds'
complete -c hiveaudit -l rules-from -r -F -d 'Print what --expect demands as rules'
complete -c hiveaudit -l inventory -d 'List all entries, too'
complete -c hiveaudit -l no-default-rules -d 'Leave out the built-in rules'
complete -c hiveaudit -l enable -x -a 'all (__hiveaudit_rules)' -d 'Switch a rule on'
complete -c hiveaudit -l disable -x -a 'all (__hiveaudit_rules)' -d 'Switch a rule off'
complete -c hiveaudit -l severity -x -a '(__hiveaudit_severities)' -d 'Change the severity of a rule'
complete -c hiveaudit -l list-rules -d 'List the rules'
complete -c hiveaudit -l explain -x -a '(__hiveaudit_rules)' -d 'Explain a rule'
complete -c hiveaudit -l check-rules -d 'Check rule files and run their examples'
complete -c hiveaudit -l fail-on -x -a 'note warning error never' -d 'Severity from which on the status is 1'
complete -c hiveaudit -l min-severity -x -a 'note warning error' -d 'Severity from which on findings are shown'
complete -c hiveaudit -s q -l quiet -d 'No report but those that -o asks for'
complete -c hiveaudit -l color -x -a 'auto always never' -d 'Colour the text report'
complete -c hiveaudit -l allow-dirty -d 'Accept a dirty hive that no log recovers'
complete -c hiveaudit -l files0-from -r -F -d 'Take evidence from a list of NUL-ended names'
complete -c hiveaudit -l all-copies -d 'Audit old copies of hives and all others, too'
complete -c hiveaudit -l image -x -d 'Audit one image of a WIM, by number or name'
complete -c hiveaudit -l shadow-copies -x -a 'none all' -d 'Audit volume shadow copies, too'
complete -c hiveaudit -l recovery-key -x -d 'Open BitLocker volumes by a recovery key'
complete -c hiveaudit -l bitlocker-password-file -r -F -d 'Open BitLocker volumes by the password in a file'
complete -c hiveaudit -l bek -r -F -d 'Open BitLocker volumes by a startup key'
complete -c hiveaudit -l system -r -F -d 'Take this SYSTEM hive, not the one beside SOFTWARE'
complete -c hiveaudit -l hash -d 'Compute SHA-256 of evidence before and after, of hives, and of DLLs'
complete -c hiveaudit -l card -x -d 'Say which entry takes a card'
complete -c hiveaudit -l cards-from -r -F -d 'Say which entries take the cards of a list'
complete -c hiveaudit -l decode -x -d 'Say what an ATR says'
complete -c hiveaudit -l atr-names -r -F -a none -d 'Take the names of cards from a list'
complete -c hiveaudit -l waivers -r -F -d 'Accept findings until a day, with a reason and an owner'
complete -c hiveaudit -l now -x -d 'The day that waivers are held against'
complete -c hiveaudit -l baseline -r -F -d 'Say what is new against an earlier JSON report'
complete -c hiveaudit -l fail-on-new -d 'Fail on what is new against the baseline only'
complete -c hiveaudit -l golden -r -F -d 'Report what differs from a golden hive'
complete -c hiveaudit -l fix -r -F -d 'Write a .reg file that repairs what needs no guessing'
complete -c hiveaudit -l undo -r -F -d 'Write a .reg file that takes the repair back'
complete -c hiveaudit -l manifest -r -F -d 'Record what the run was made with and what it read'
complete -c hiveaudit -l verify -r -F -d 'Audit again as a manifest says, and compare'
complete -c hiveaudit -l case -x -d 'Name the case in reports'
complete -c hiveaudit -l examiner -x -d 'Name the examiner in reports'
complete -c hiveaudit -l exhibit -x -d 'Name the exhibit in reports'
complete -c hiveaudit -l note -x -d 'Say this in reports'
complete -c hiveaudit -l log -r -F -d 'Replay this log, in place of those beside the hive'
complete -c hiveaudit -l logs -x -a 'auto require ignore' -d 'What to do where a hive is dirty'
complete -c hiveaudit -l save-recovered -r -F -d 'Write the hive, logs replayed, to a new file'
complete -c hiveaudit -s j -l jobs -x -d 'Files read side by side'
complete -c hiveaudit -l timeout -x -d 'Seconds for each hive'
complete -c hiveaudit -l inf-profile -x -a 'legacy windows10' -d 'What INFs must do'
complete -c hiveaudit -l sandbox -x -a 'auto require off' -d 'How readers are confined'
complete -c hiveaudit -s h -l help -d 'Summarise the options'
complete -c hiveaudit -s V -l version -d 'Print versions'
