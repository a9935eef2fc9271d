/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "rule/suggest.h"
#include "rule/yaml.h"

enum {
    OPT_RULES = 256,
    OPT_NO_DEFAULT_RULES,
    OPT_ENABLE,
    OPT_DISABLE,
    OPT_SEVERITY,
    OPT_LIST_RULES,
    OPT_EXPLAIN,
    OPT_CHECK_RULES,
    OPT_FAIL_ON,
    OPT_MIN_SEVERITY,
    OPT_COLOR,
    OPT_ALLOW_DIRTY,
};

static const struct option long_options[] = {
    {"output", required_argument, NULL, 'o'},
    {"rules", required_argument, NULL, OPT_RULES},
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
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, 'V'},
    {0},
};

static void print_help(void)
{
    fputs("Usage: hiveaudit [OPTION]... EVIDENCE...\n"
          "Audit the smart-card configuration of Windows, offline, in SOFTWARE hives.\n"
          "EVIDENCE is a hive file, or - for standard input. It is only ever read.\n"
          "\n"
          "Report:\n"
          "  -o, --output=FORMAT[=FILE]  text (default) or json, to FILE or standard output\n"
          "                              (-); may be given more than once\n"
          "      --min-severity=LEVEL    show findings from this severity on: note\n"
          "                              (default), warning, error\n"
          "      --color=WHEN            auto (default), always, never\n"
          "  -q, --quiet                 no report but those that -o asks for\n"
          "Judgement:\n"
          "      --fail-on=LEVEL         status 1 from this severity on: note, warning\n"
          "                              (default), error, never\n"
          "      --allow-dirty           accept a hive whose last write did not finish\n"
          "Rules:\n"
          "      --rules=FILE|DIR        add rule files; may be given more than once\n"
          "      --no-default-rules      leave out the rules that hiveaudit ships\n"
          "      --enable=ID             switch a rule on, or all; the last option wins\n"
          "      --disable=ID            switch a rule off, or all\n"
          "      --severity=ID=LEVEL     change the severity of a rule, or of all\n"
          "      --list-rules            list the rules\n"
          "      --explain=ID            explain a rule, with an example\n"
          "      --check-rules [FILE]... check rule files and run their examples\n"
          "  -h, --help                  show this help\n"
          "  -V, --version               show the version, and those of the libraries\n"
          "\n"
          "Exit status: 0  all was audited, no finding at or above --fail-on\n"
          "             1  there are such findings\n"
          "             2  usage, rule or output error: nothing can be relied on\n"
          "             3  the audit is incomplete, or there was nothing to audit\n",
          stdout);
}

const struct library *libraries_list(struct arena *arena, size_t *count)
{
    const struct library all[] = {
        {"hivex", HIVEX_VERSION},
        {"libfyaml", yaml_library_version()},
        report_json_library(),
    };
    *count = sizeof all / sizeof *all;
    struct library *list = arena_alloc(arena, *count, sizeof *list);
    memcpy(list, all, sizeof all);
    return list;
}

static void print_version(struct arena *arena)
{
    size_t count;
    const struct library *libraries = libraries_list(arena, &count);
    printf("hiveaudit %s\n", PACKAGE_VERSION);
    for (size_t i = 0; i < count; i++)
        printf("%s%s %s", i ? ", " : "Libraries: ", libraries[i].name, libraries[i].version);
    fputs("\nSandbox: none\n"
          "Licence GPL-3.0-or-later: https://www.gnu.org/licenses/gpl.html\n"
          "There is NO WARRANTY, to the extent permitted by law.\n",
          stdout);
}

static bool refuse(const char *option, const char *got, const char *want)
{
    fprintf(stderr, "hiveaudit: --%s: got \"%s\", want %s\n", option, got, want);
    return false;
}

static bool parse_output(struct arena *arena, struct options *options, const char *text)
{
    const char *equals = strchr(text, '=');
    const char *name = arena_strndup(arena, text, equals ? (size_t)(equals - text) : strlen(text));
    struct output_request request = {.format = report_find_format(name)};
    if (!request.format)
        return refuse("output", text, "text or json, or one of them with =FILE");
    if (equals && !equals[1])
        return refuse("output", text, "a file name behind \"=\"");
    request.path = equals && strcmp(equals + 1, "-") != 0 ? equals + 1 : NULL;
    options->outputs =
        arena_grow(arena, options->outputs, options->noutputs, sizeof *options->outputs);
    options->outputs[options->noutputs++] = request;
    return true;
}

static bool parse_level(const char *option, const char *text, enum severity *severity)
{
    return severity_parse(text, severity) || refuse(option, text, "note, warning or error");
}

static bool parse_fail_on(struct options *options, const char *text)
{
    options->never_fail = strcmp(text, "never") == 0;
    return options->never_fail || severity_parse(text, &options->fail_on) ||
           refuse("fail-on", text, "note, warning, error or never");
}

static bool parse_color(struct options *options, const char *text)
{
    static const char *const names[] = {"auto", "always", "never"};
    for (int i = 0; i < 3; i++)
        if (strcmp(text, names[i]) == 0) {
            options->color = (enum color_choice)i;
            return true;
        }
    return refuse("color", text, "auto, always or never");
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

static void add_rule_path(struct arena *arena, struct options *options, const char *path)
{
    struct strings *paths = &options->rule_paths;
    paths->items = arena_grow(arena, paths->items, paths->count, sizeof *paths->items);
    paths->items[paths->count++] = path;
}

static bool take_option(struct arena *arena, struct options *options, int option)
{
    switch (option) {
    case 'o':
        return parse_output(arena, options, optarg);
    case 'q':
        options->quiet = true;
        return true;
    case OPT_RULES:
        add_rule_path(arena, options, optarg);
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
        options->mode = MODE_LIST_RULES;
        return true;
    case OPT_EXPLAIN:
        options->mode = MODE_EXPLAIN;
        options->explain_id = optarg;
        return true;
    case OPT_CHECK_RULES:
        options->mode = MODE_CHECK_RULES;
        return true;
    case OPT_FAIL_ON:
        return parse_fail_on(options, optarg);
    case OPT_MIN_SEVERITY:
        return parse_level("min-severity", optarg, &options->min_severity);
    case OPT_COLOR:
        return parse_color(options, optarg);
    case OPT_ALLOW_DIRTY:
        options->allow_dirty = true;
        return true;
    default:
        return false;
    }
}

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

/* getopt's own message for an unknown option is kept off: this one also says what was meant. */
static bool refuse_option(int argc, char **argv, int option)
{
    const char *got = optind > 0 && optind <= argc ? argv[optind - 1] : "";
    if (option == ':') {
        fprintf(stderr, "hiveaudit: option \"%s\" needs an argument (see --help)\n", got);
        return false;
    }
    if (optopt && is_option(got, optopt)) {
        fprintf(stderr, "hiveaudit: option \"%s\" takes no argument (see --help)\n", got);
        return false;
    }
    if (optopt) {
        fprintf(stderr, "hiveaudit: unknown option \"-%c\" (see --help)\n", optopt);
        return false;
    }
    struct suggestion best = {0};
    char name[64];
    snprintf(name, sizeof name, "%.*s", (int)strcspn(got + 2, "="), got + 2);
    for (size_t i = 0; long_options[i].name; i++)
        suggest_consider(&best, name, long_options[i].name);
    fprintf(stderr, "hiveaudit: unknown option \"%s\"", got);
    if (best.word)
        fprintf(stderr, " (did you mean \"--%s\"?)", best.word);
    fputs(" (see --help)\n", stderr);
    return false;
}

/* Two reports in one place: the second would replace the first. */
static bool check_outputs(const struct options *options)
{
    for (size_t i = 0; i < options->noutputs; i++)
        for (size_t j = 0; j < i; j++) {
            const char *a = options->outputs[i].path, *b = options->outputs[j].path;
            if ((a && b) ? strcmp(a, b) : a != b)
                continue;
            fprintf(stderr, "hiveaudit: two reports cannot both go to %s: give one another =FILE\n",
                    a ? a : "standard output");
            return false;
        }
    return true;
}

/* What only the whole command line can tell. */
static bool check_whole(struct arena *arena, struct options *options)
{
    if (options->mode == MODE_AUDIT && options->narguments == 0) {
        fputs("hiveaudit: no evidence was named: hiveaudit SOFTWARE (see --help)\n", stderr);
        return false;
    }
    if (options->narguments && options->mode != MODE_AUDIT && options->mode != MODE_CHECK_RULES) {
        fprintf(stderr, "hiveaudit: unexpected argument \"%s\" (see --help)\n",
                options->arguments[0]);
        return false;
    }
    if (!check_outputs(options))
        return false;
    return options->noutputs || options->quiet || parse_output(arena, options, "text");
}

bool options_parse(struct arena *arena, int argc, char **argv, struct options *options)
{
    *options = (struct options){.min_severity = SEVERITY_NOTE, .fail_on = SEVERITY_WARNING};
    opterr = 0;
    for (int option; (option = getopt_long(argc, argv, ":o:qhV", long_options, NULL)) != -1;) {
        if (option == '?' || option == ':')
            return refuse_option(argc, argv, option);
        if (option == 'h' || option == 'V') {
            option == 'h' ? print_help() : print_version(arena);
            options->mode = MODE_DONE;
            return true;
        }
        if (!take_option(arena, options, option))
            return false;
    }
    options->arguments = (const char **)argv + optind;
    options->narguments = (size_t)(argc - optind);
    return check_whole(arena, options);
}
