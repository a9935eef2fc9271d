/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "options_take.h"

#include <ctype.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/day.h"
#include "base/text.h"
#include "input/fve.h"
#include "model/atr_parse.h"

#define REDACTED    "(redacted)" /* in place of a key */
#define SHADOWS_MAX 512          /* of one volume, in Windows Server */
#define TIMEOUT_MAX 86400

/* In the order of enum color_choice, log_policy, sandbox_mode and inf_profile. */
static const char *const color_words[] = {"auto", "always", "never", NULL};
static const char *const logs_words[] = {"auto", "require", "ignore", NULL};
static const char *const sandbox_words[] = {"auto", "require", "off", NULL};
static const char *const profile_words[] = {"legacy", "windows10", NULL};

static bool refuse(const char *option, const char *got, const char *want)
{
    fprintf(stderr, "hiveaudit: --%s: got \"%s\", want %s\n", option, got, want);
    return false;
}

/* "text, json or csv, or one of them with =FILE". */
static const char *output_words(struct arena *arena)
{
    const char *words = "", *separator = "";
    for (size_t i = 0; report_format_at(i); i++) {
        words = arena_printf(arena, "%s%s%s", words, separator, report_format_at(i)->name);
        separator = report_format_at(i + 2) ? ", " : " or ";
    }
    return arena_printf(arena, "%s, or one of them with =FILE", words);
}

void options_append_output(struct arena *arena, struct options *options,
                           const struct format *format, const char *path)
{
    options->outputs =
        arena_grow(arena, options->outputs, options->noutputs, sizeof *options->outputs);
    options->outputs[options->noutputs++] =
        (struct output_request){.format = format, .path = strcmp(path, "-") == 0 ? NULL : path};
}

bool options_add_output(struct arena *arena, struct options *options, const char *text)
{
    const char *equals = strchr(text, '=');
    const char *name = arena_strndup(arena, text, equals ? (size_t)(equals - text) : strlen(text));
    const struct format *format = report_find_format(name);
    if (!format)
        return refuse("output", text, output_words(arena));
    if (equals && !equals[1])
        return refuse("output", text, "a file name behind \"=\"");
    const char *path = equals ? equals + 1 : "-";
    if (format->needs_file && strcmp(path, "-") == 0)
        return refuse("output", text, arena_printf(arena, "%s=FILE", name));
    options_append_output(arena, options, format, path);
    return true;
}

static bool parse_level(const char *option, const char *text, enum severity *severity)
{
    return severity_parse(text, severity) || refuse(option, text, "note, warning or error");
}

static bool parse_fail_on(struct options *options, const char *text)
{
    options->fail.never = strcmp(text, "never") == 0;
    return options->fail.never || severity_parse(text, &options->fail.least) ||
           refuse("fail-on", text, "note, warning, error or never");
}

/* One of up to three words, by its number; the list ends with NULL. */
static bool parse_word(const char *option, const char *text, const char *const words[],
                       unsigned *choice)
{
    for (*choice = 0; words[*choice]; ++*choice)
        if (strcmp(text, words[*choice]) == 0)
            return true;
    fprintf(stderr, "hiveaudit: --%s: got \"%s\", want %s%s%s or %s\n", option, text, words[0],
            words[2] ? ", " : "", words[2] ? words[1] : "", words[2] ? words[2] : words[1]);
    return false;
}

static void add_adjustment(struct arena *arena, struct options *options, struct adjustment added)
{
    options->adjustments = arena_grow(arena, options->adjustments, options->nadjustments,
                                      sizeof *options->adjustments);
    options->adjustments[options->nadjustments++] = added;
}

static bool parse_severity(struct arena *arena, struct options *options, const char *text)
{
    const char *equals = strchr(text, '=');
    struct adjustment added = {.kind = ADJUST_SEVERITY};
    if (!equals || !severity_parse(equals + 1, &added.severity))
        return refuse("severity", text, "ID=note, ID=warning or ID=error");
    added.id = arena_strndup(arena, text, (size_t)(equals - text));
    add_adjustment(arena, options, added);
    return true;
}

/* A decimal number up to max. */
static bool parse_count(const char *option, const char *text, unsigned min, unsigned max,
                        unsigned *count)
{
    uint64_t number = 0;
    for (const char *p = text; *p; p++) {
        number = isdigit((unsigned char)*p) && number <= max ? number * 10 + (unsigned)(*p - '0')
                                                             : UINT64_C(1) << 32;
    }
    *count = (unsigned)number;
    if (*text && number >= min && number <= max)
        return true;
    fprintf(stderr, "hiveaudit: --%s: got \"%s\", want a number from %u to %u\n", option, text, min,
            max);
    return false;
}

/* "1,3" as numbers. */
static bool parse_numbers(struct arena *arena, const char *text, struct shadow_choice *choice)
{
    unsigned *numbers = arena_alloc(arena, strlen(text) + 1, sizeof *numbers);
    size_t count = 0;
    for (const char *p = text; *p || p == text; p++) {
        size_t len = strcspn(p, ",");
        if (!parse_count("shadow-copies", arena_strndup(arena, p, len), 1, SHADOWS_MAX,
                         &numbers[count++]))
            return false;
        p += len;
        if (!*p)
            break;
    }
    *choice = (struct shadow_choice){.any = true, .numbers = numbers, .count = count};
    return true;
}

static bool parse_shadows(struct arena *arena, const char *text, struct shadow_choice *choice)
{
    *choice = (struct shadow_choice){.any = strcmp(text, "none") != 0};
    if (!choice->any || strcmp(text, "all") == 0)
        return true;
    if (!*text || strspn(text, "0123456789,") < strlen(text))
        return refuse("shadow-copies", text, "none, all, or numbers such as 1,3");
    return parse_numbers(arena, text, choice);
}

/* Takes a key off the command line, where reports and other users of the machine could see it. */
static void take_away(char *text)
{
    size_t len = strlen(text);
    memset(text, 0, len);
    memcpy(text, REDACTED, len < strlen(REDACTED) ? len : strlen(REDACTED));
}

/* What is wrong in a key is not repeated. */
static bool parse_recovery_key(struct arena *arena, struct options *options, char *text)
{
    uint8_t bytes[FVE_RECOVERY_SIZE];
    bool is_redacted = options->given_key && strcmp(text, REDACTED) == 0;
    options->recovery_key = is_redacted ? options->given_key : arena_strdup(arena, text);
    take_away(text);
    if (fve_parse_recovery_key(options->recovery_key, bytes) == 0)
        return true;
    const char *fault = strcmp(options->recovery_key, REDACTED) == 0
                            ? "it was redacted, and has to be given again"
                            : "this is none; want 8 groups of 6 digits with \"-\" between, each a "
                              "multiple of 11";
    fprintf(stderr, "hiveaudit: --recovery-key: %s\n", fault);
    return false;
}

static void choose_mode(struct options *options, enum mode mode)
{
    options->mode = mode;
    options->modes |= 1u << mode;
}

/* What is no ATR by its length is one to be decoded all the same. */
static bool parse_atr(struct arena *arena, struct options *options, const char *text)
{
    struct slice atr;
    const char *fault = atr_parse_bytes(arena, text_from_utf8(arena, text, strlen(text)), &atr);
    choose_mode(options, MODE_DECODE);
    if (fault) {
        fprintf(stderr, "hiveaudit: --decode: %s\n", text_escape(arena, fault));
        return false;
    }
    options->atrs = arena_grow(arena, options->atrs, options->natrs, sizeof *options->atrs);
    options->atrs[options->natrs++] = atr;
    return true;
}

/* Those about images, what lies beside a hive, and cards. */
static bool take_image_option(struct arena *arena, struct options *options, int option)
{
    switch (option) {
    case OPT_IMAGE:
        options->choice.image = optarg;
        return true;
    case OPT_ALL_COPIES:
        options->choice.all_copies = true;
        return true;
    case OPT_SHADOW_COPIES:
        return parse_shadows(arena, optarg, &options->choice.shadows);
    case OPT_RECOVERY_KEY:
        return parse_recovery_key(arena, options, optarg);
    case OPT_PASSWORD_FILE:
        options->password_file = optarg;
        return true;
    case OPT_BEK:
        options->bek = optarg;
        return true;
    case OPT_SYSTEM:
        options->system = optarg;
        return true;
    case OPT_HASH:
        options->hash = true;
        return true;
    case OPT_CARD:
        strings_add(arena, &options->cards, optarg);
        return true;
    case OPT_CARDS_FROM:
        strings_add(arena, &options->card_files, optarg);
        return true;
    case OPT_DECODE:
        return parse_atr(arena, options, optarg);
    case OPT_ATR_NAMES:
        options->atr_names = optarg;
        return true;
    default:
        return false;
    }
}

/* Those about evidence and how it is read. */
static bool take_evidence_option(struct arena *arena, struct options *options, int option)
{
    switch (option) {
    case OPT_FILES0_FROM:
        options->files0_from = optarg;
        return true;
    case OPT_LOG:
        strings_add(arena, &options->logs, optarg);
        return true;
    case OPT_LOGS:
        return parse_word("logs", optarg, logs_words, &options->log_policy);
    case OPT_SAVE_RECOVERED:
        options->save_recovered = optarg;
        return true;
    case 'j':
        return parse_count("jobs", optarg, 1, JOBS_MAX, &options->jobs);
    case OPT_TIMEOUT:
        return parse_count("timeout", optarg, 0, TIMEOUT_MAX, &options->timeout);
    case OPT_SANDBOX:
        return parse_word("sandbox", optarg, sandbox_words, &options->sandbox_mode);
    case OPT_INF_PROFILE:
        return parse_word("inf-profile", optarg, profile_words, &options->inf_profile);
    default:
        return take_image_option(arena, options, option);
    }
}

/* A day as "2026-11-21". */
static bool parse_day(const char *option, const char *text, const char **day)
{
    *day = text;
    return day_is_valid(text) || refuse(option, text, "a day, such as 2026-11-21");
}

/* Those about what is done with findings. */
static bool take_action_option(struct arena *arena, struct options *options, int option)
{
    switch (option) {
    case OPT_WAIVERS:
        strings_add(arena, &options->waiver_paths, optarg);
        return true;
    case OPT_NOW:
        return parse_day("now", optarg, &options->now);
    case OPT_BASELINE:
        options->baseline = optarg;
        return true;
    case OPT_FAIL_ON_NEW:
        options->fail.only_new = true;
        return true;
    case OPT_GOLDEN:
        options->golden = optarg;
        return true;
    case OPT_FIX:
        options->fix = optarg;
        return true;
    case OPT_UNDO:
        options->undo = optarg;
        return true;
    case OPT_MANIFEST:
        options->manifest = optarg;
        options->hash = options->is_recorded = true;
        return true;
    case OPT_VERIFY:
        choose_mode(options, MODE_VERIFY);
        options->verify = optarg;
        return true;
    default:
        return take_evidence_option(arena, options, option);
    }
}

/* What is repeated in reports. */
static bool take_label(struct arena *arena, struct labels *labels, int option)
{
    const char *text = text_from_utf8(arena, optarg, strlen(optarg));
    switch (option) {
    case OPT_CASE:
        labels->case_name = text;
        return true;
    case OPT_EXAMINER:
        labels->examiner = text;
        return true;
    case OPT_EXHIBIT:
        labels->exhibit = text;
        return true;
    default:
        labels->note = text;
        return true;
    }
}

/* Those about rules. */
static bool take_rule_option(struct arena *arena, struct options *options, int option)
{
    switch (option) {
    case OPT_RULES:
        strings_add(arena, &options->rule_paths, optarg);
        return true;
    case OPT_EXPECT:
        strings_add(arena, &options->expected, optarg);
        return true;
    case OPT_RULES_FROM:
        if (options->rules_from)
            return refuse("rules-from", text_escape(arena, optarg), "one file, not two");
        choose_mode(options, MODE_RULES_FROM);
        options->rules_from = optarg;
        return true;
    case OPT_NO_DEFAULT_RULES:
        options->no_default_rules = true;
        return true;
    case OPT_ENABLE:
    case OPT_DISABLE:
        add_adjustment(
            arena, options,
            (struct adjustment){.kind = option == OPT_ENABLE ? ADJUST_ENABLE : ADJUST_DISABLE,
                                .id = optarg});
        return true;
    case OPT_SEVERITY:
        return parse_severity(arena, options, optarg);
    case OPT_LIST_RULES:
        choose_mode(options, MODE_LIST_RULES);
        return true;
    case OPT_EXPLAIN:
        choose_mode(options, MODE_EXPLAIN);
        options->explain_id = optarg;
        return true;
    case OPT_CHECK_RULES:
        choose_mode(options, MODE_CHECK_RULES);
        return true;
    default:
        return take_action_option(arena, options, option);
    }
}

bool options_take(struct arena *arena, struct options *options, int option)
{
    switch (option) {
    case 'o':
        return options_add_output(arena, options, optarg);
    case 'q':
        options->quiet = true;
        return true;
    case OPT_FAIL_ON:
        return parse_fail_on(options, optarg);
    case OPT_MIN_SEVERITY:
        return parse_level("min-severity", optarg, &options->min_severity);
    case OPT_INVENTORY:
        options->inventory = true;
        return true;
    case OPT_COLOR:
        return parse_word("color", optarg, color_words, &options->color);
    case OPT_CASE:
    case OPT_EXAMINER:
    case OPT_EXHIBIT:
    case OPT_NOTE:
        return take_label(arena, &options->labels, option);
    case OPT_ALLOW_DIRTY:
        options->allow_dirty = true;
        return true;
    default:
        return take_rule_option(arena, options, option);
    }
}
