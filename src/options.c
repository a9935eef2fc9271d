/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "options.h"

#include <getopt.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "help.h"
#include "options_check.h"
#include "options_take.h"
#include "report/manifest.h"
#include "rule/suggest.h"

#define TIMEOUT_DEFAULT 60

const char *const inf_profile_tags[NINF_PROFILES] = {"inf-legacy", "inf-windows10"};

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'},
    {"rules", required_argument, NULL, OPT_RULES},
    {"expect", required_argument, NULL, OPT_EXPECT},
    {"rules-from", required_argument, NULL, OPT_RULES_FROM},
    {"inventory", no_argument, NULL, OPT_INVENTORY},
    {"no-default-rules", no_argument, NULL, OPT_NO_DEFAULT_RULES},
    {"enable", required_argument, NULL, OPT_ENABLE},
    {"disable", required_argument, NULL, OPT_DISABLE},
    {"severity", required_argument, NULL, OPT_SEVERITY},
    {"list-rules", no_argument, NULL, OPT_LIST_RULES},
    {"explain", required_argument, NULL, OPT_EXPLAIN},
    {"check-rules", no_argument, NULL, OPT_CHECK_RULES},
    {"fail-on", required_argument, NULL, OPT_FAIL_ON},
    {"min-severity", required_argument, NULL, OPT_MIN_SEVERITY},
    {"quiet", no_argument, NULL, 'q'},
    {"color", required_argument, NULL, OPT_COLOR},
    {"allow-dirty", no_argument, NULL, OPT_ALLOW_DIRTY},
    {"files0-from", required_argument, NULL, OPT_FILES0_FROM},
    {"log", required_argument, NULL, OPT_LOG},
    {"logs", required_argument, NULL, OPT_LOGS},
    {"save-recovered", required_argument, NULL, OPT_SAVE_RECOVERED},
    {"system", required_argument, NULL, OPT_SYSTEM},
    {"hash", no_argument, NULL, OPT_HASH},
    {"inf-profile", required_argument, NULL, OPT_INF_PROFILE},
    {"image", required_argument, NULL, OPT_IMAGE},
    {"all-copies", no_argument, NULL, OPT_ALL_COPIES},
    {"shadow-copies", required_argument, NULL, OPT_SHADOW_COPIES},
    {"recovery-key", required_argument, NULL, OPT_RECOVERY_KEY},
    {"bitlocker-password-file", required_argument, NULL, OPT_PASSWORD_FILE},
    {"bek", required_argument, NULL, OPT_BEK},
    {"card", required_argument, NULL, OPT_CARD},
    {"cards-from", required_argument, NULL, OPT_CARDS_FROM},
    {"decode", required_argument, NULL, OPT_DECODE},
    {"atr-names", required_argument, NULL, OPT_ATR_NAMES},
    {"waivers", required_argument, NULL, OPT_WAIVERS},
    {"now", required_argument, NULL, OPT_NOW},
    {"baseline", required_argument, NULL, OPT_BASELINE},
    {"fail-on-new", no_argument, NULL, OPT_FAIL_ON_NEW},
    {"golden", required_argument, NULL, OPT_GOLDEN},
    {"fix", required_argument, NULL, OPT_FIX},
    {"undo", required_argument, NULL, OPT_UNDO},
    {"manifest", required_argument, NULL, OPT_MANIFEST},
    {"verify", required_argument, NULL, OPT_VERIFY},
    {"case", required_argument, NULL, OPT_CASE},
    {"examiner", required_argument, NULL, OPT_EXAMINER},
    {"exhibit", required_argument, NULL, OPT_EXHIBIT},
    {"note", required_argument, NULL, OPT_NOTE},
    {"jobs", required_argument, NULL, 'j'},
    {"timeout", required_argument, NULL, OPT_TIMEOUT},
    {"sandbox", required_argument, NULL, OPT_SANDBOX},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {0},
};

/* Whether a word, "--name=argument", is the option with a value. */
static bool is_option(const char *word, int value)
{
    for (size_t i = 0; long_options[i].name; i++) {
        size_t len = strlen(long_options[i].name);
        if (long_options[i].val == value && strncmp(word, "--", 2) == 0 &&
            strncmp(word + 2, long_options[i].name, len) == 0 && word[2 + len] == '=')
            return true;
    }
    return false;
}

/* getopt's own message for an unknown option is kept off: this one also says what was meant, and
 * not what follows "=": behind a misspelt --recovery-key that is a key. */
static bool refuse_option(char **argv, int option)
{
    const char *got = argv[optind - 1];
    int len = (int)strcspn(got, "=");
    if (option == ':') {
        fprintf(stderr, "hiveaudit: option \"%s\" needs an argument (see --help)\n", got);
        return false;
    }
    if (optopt && is_option(got, optopt)) {
        fprintf(stderr, "hiveaudit: option \"%.*s\" takes no argument (see --help)\n", len, got);
        return false;
    }
    if (optopt) {
        fprintf(stderr, "hiveaudit: unknown option \"-%c\" (see --help)\n", optopt);
        return false;
    }
    struct suggestion best = {0};
    char name[64];
    snprintf(name, sizeof name, "%.*s", len - 2, got + 2);
    for (size_t i = 0; long_options[i].name; i++)
        suggest_consider(&best, name, long_options[i].name);
    fprintf(stderr, "hiveaudit: unknown option \"%.*s\"", len, got);
    if (best.word)
        fprintf(stderr, " (did you mean \"--%s\"?)", best.word);
    fputs(" (see --help)\n", stderr);
    return false;
}

/* What is required must be there before any evidence is opened. */
static bool choose_sandbox(struct options *options)
{
    if (sandbox_choose(options->sandbox_mode, &options->sandbox))
        return true;
    fprintf(stderr,
            "hiveaudit: --sandbox=require: not all of it is to be had here (got %s, want "
            "seccomp+landlock)\n",
            sandbox_name(&options->sandbox));
    return false;
}

/* The processors that this process may use. */
static unsigned count_processors(void)
{
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return count > JOBS_MAX ? JOBS_MAX : (unsigned)count;
}

static bool answer(struct arena *arena, struct options *options)
{
    if (options->asks == 'V' && !choose_sandbox(options))
        return false;
    options->asks == 'h' ? help_print() : help_print_version(arena, &options->sandbox);
    return true;
}

/* A run is made again as it was: only what it wrote, and how it was read, may be another. */
static bool goes_with_verify(int option)
{
    switch (option) {
    case OPT_VERIFY:
    case OPT_COLOR:
    case OPT_RECOVERY_KEY:
    case OPT_SANDBOX:
    case 'o':
    case 'q':
    case 'j':
        return true;
    default:
        return false;
    }
}

/* The command line in the order in which it was given, which getopt changes. */
static const char **copy_words(struct arena *arena, int argc, char **argv)
{
    const char **words = arena_alloc(arena, (size_t)argc + 1, sizeof *words);
    for (int i = 0; i < argc; i++)
        words[i] = argv[i];
    return words;
}

/* Keys are off it by now. */
static void keep_command_line(struct arena *arena, int argc, const char **words,
                              struct options *options)
{
    for (int i = 1; i < argc; i++) {
        size_t len = strlen(words[i]);
        strings_add(arena, &options->command_line, text_from_utf8(arena, words[i], len));
        if (options->manifest && !text_is_valid(words[i], len))
            fprintf(stderr,
                    "hiveaudit: --manifest: argument %d is not UTF-8, as JSON has it: --verify "
                    "will not find what it names\n",
                    i);
    }
}

/* Reads the words of a command line up to --help or --version. False after a message. */
static bool parse_words(struct arena *arena, int argc, char **argv, struct options *options)
{
    int index = -1;
    opterr = 0;
    optind = 0; /* it may have read another command line before */
    for (int option; (option = getopt_long(argc, argv, ":o:j:qhV", long_options, &index)) != -1;) {
        if (option == '?' || option == ':')
            return refuse_option(argv, option);
        if (option == 'h' || option == 'V') {
            options->mode = MODE_DONE;
            options->asks = option;
            return true;
        }
        if (!options_take(arena, options, option))
            return false;
        if (!goes_with_verify(option))
            options->alien = long_options[index].name;
    }
    options->arguments = (const char **)argv + optind;
    options->narguments = (size_t)(argc - optind);
    return options_check(options);
}

static struct options default_options(void)
{
    return (struct options){
        .min_severity = SEVERITY_NOTE,
        .fail.least = SEVERITY_WARNING,
        .jobs = count_processors(),
        .timeout = TIMEOUT_DEFAULT,
    };
}

/* Where nothing else is said, people want to read something. */
static bool add_outputs(struct arena *arena, struct options *options)
{
    bool wants_text = !options->noutputs && !options->quiet && options->mode != MODE_VERIFY;
    if (wants_text && !options_add_output(arena, options, "text"))
        return false;
    if (options->manifest)
        options_append_output(arena, options, &manifest_format, options->manifest);
    if (options->mode == MODE_VERIFY)
        options_append_output(arena, options, &verdict_format, "-");
    return options_check_outputs(options);
}

bool options_parse(struct arena *arena, int argc, char **argv, struct options *options)
{
    const char **words = copy_words(arena, argc, argv);
    *options = default_options();
    if (!parse_words(arena, argc, argv, options))
        return false;
    if (options->mode == MODE_DONE)
        return answer(arena, options);
    keep_command_line(arena, argc, words, options);
    return choose_sandbox(options) && add_outputs(arena, options);
}

bool options_parse_again(struct arena *arena, const struct options *verifying,
                         const struct strings *words, struct options *options)
{
    char **argv = arena_alloc(arena, words->count + 2, sizeof *argv);
    argv[0] = arena_strdup(arena, "hiveaudit");
    for (size_t i = 0; i < words->count; i++)
        argv[i + 1] = arena_strdup(arena, words->items[i]);
    *options = default_options();
    options->given_key = verifying->recovery_key;
    return parse_words(arena, (int)words->count + 1, argv, options) && options->mode == MODE_AUDIT;
}
