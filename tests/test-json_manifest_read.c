/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/manifest.h"

#include <string.h>

#include "support.h"

/* A manifest as short as it can be, in which a test replaces a part. */
static const char whole[] =
    "{\"kind\":\"hiveaudit-manifest\",\"schema_version\":\"1\",\"working_directory\":\"/case\","
    "\"now\":null,\"arguments\":[\"-q\",\"SOFTWARE\"],"
    "\"tool\":{\"version\":\"1.2\",\"libraries\":{\"hivex\":\"1.3\"}},"
    "\"files\":[{\"option\":\"rules\",\"name\":\"a.yaml\",\"sha256\":\"0a\"}],"
    "\"evidence\":[{\"name\":\"SOFTWARE\",\"status\":\"incomplete\","
    "\"findings\":{\"error\":1,\"warning\":2,\"note\":3},\"sha256\":\"0b\"}],"
    "\"inputs\":[{\"name\":\"SOFTWARE\",\"role\":\"evidence\",\"size\":9,\"state\":\"lost\","
    "\"sha256_before\":\"0c\",\"sha256_after\":null}],"
    "\"exit_status\":3}";

static const char *read_text(struct arena *arena, const char *text, struct manifest *manifest)
{
    return manifest_read(arena, (struct slice){(const uint8_t *)text, strlen(text)}, manifest);
}

/* What is wrong with the manifest where one part of it is another. */
static const char *fault_of(struct arena *arena, const char *part, const char *other)
{
    struct manifest manifest;
    const char *at = strstr(whole, part);
    assert_non_null(at);
    const char *fault = read_text(
        arena, arena_printf(arena, "%.*s%s%s", (int)(at - whole), whole, other, at + strlen(part)),
        &manifest);
    return fault ? fault : "nothing";
}

static void facts_are_read(void **state)
{
    struct manifest manifest;
    const char *text = "";
    assert_null(read_text(*state, whole, &manifest));
    for (size_t i = 0; i < manifest.nfacts; i++) {
        const struct fact *fact = &manifest.facts[i];
        text = arena_printf(*state, "%s%s|%s|%s|%u%s%s\n", text, fact->kind, fact->name,
                            fact->value, fact->rank, fact->is_aside ? " aside" : "",
                            fact->is_of_evidence ? " evidence" : "");
    }
    assert_string_equal(text,
                        "version|hiveaudit|1.2|0 aside\n"
                        "version|hivex|1.3|0 aside\n"
                        "--rules|a.yaml|SHA-256 0a|0\n"
                        "evidence|SOFTWARE|incomplete, errors 1, warnings 2, notes 3, SHA-256 "
                        "0b|1 evidence\n"
                        "file of evidence|SOFTWARE|9 bytes, lost, SHA-256 0c|1 evidence\n"
                        "exit status||3|0\n");
}

static void the_command_line_is_read(void **state)
{
    struct manifest manifest;
    assert_null(read_text(*state, whole, &manifest));
    assert_int_equal(manifest.arguments.count, 2);
    assert_string_equal(manifest.arguments.items[1], "SOFTWARE");
    assert_string_equal(manifest.directory, "/case");
    assert_null(manifest.now);
    assert_string_equal(fault_of(*state, "\"-q\"", "\"\\u0000\""), "nothing");
}

static void faults_say_what_was_got_and_is_wanted(void **state)
{
    static const struct {
        const char *part, *other, *fault;
    } cases[] = {
        {"hiveaudit-manifest", "sarif", "\"kind\": got \"sarif\", want \"hiveaudit-manifest\""},
        {"\"kind\":\"hiveaudit-manifest\",", "", "\"kind\": got nothing, want a text"},
        {"\"1\"", "\"2\"", "\"schema_version\": got \"2\", want \"1\""},
        {"\"1\"", "1", "\"schema_version\": got a number, want a text"},
        {"[\"-q\",", "[7,", "\"arguments\": want texts"},
        {"[\"-q\",\"SOFTWARE\"]", "{}", "\"arguments\": got an object, want an array"},
        {"\"/case\"", "false", "\"working_directory\": got false, want a text"},
        {"\"now\":null", "\"now\":\"today\"", "\"now\": got \"today\", want a day"},
        {"\"libraries\":{\"hivex\":\"1.3\"}", "\"libraries\":{\"hivex\":1}",
         "\"hivex\": got a number, want a text"},
        {"incomplete", "fine",
         "\"status\": got \"fine\", want \"complete\", \"incomplete\" or \"failed\""},
        {"\"error\":1", "\"error\":1.5", "\"error\": got a fraction, want a number"},
        {"\"error\":1,", "", "\"error\": got nothing, want a number"},
        {"\"findings\":{", "\"found\":{", "\"findings\": got nothing, want an object"},
        {"\"size\":9", "\"size\":\"9\"", "\"size\": got a text, want a number"},
        {"\"exit_status\":3", "\"exit_status\":null", "\"exit_status\": got null, want a number"},
        {"[{\"option\"", "[7,{\"option\"", "\"option\": got nothing, want a text"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_string_equal(fault_of(*state, cases[i].part, cases[i].other),
                            arena_printf(*state, "is no manifest of a run: %s", cases[i].fault));
}

static void what_is_no_json_has_a_place(void **state)
{
    struct manifest manifest;
    static const char *const texts[] = {
        "",    "{", "hello", "[1,]", "{\"kind\":1,\"kind\":1}", "{} {}", "{\"a\":\"\\ud800\"}",
        "\xff"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const char *fault = read_text(*state, texts[i], &manifest);
        assert_non_null(fault);
        assert_memory_equal(fault, "is no JSON: 1:", 14);
    }
}

static void what_is_no_object_is_no_manifest(void **state)
{
    struct manifest manifest;
    assert_string_equal(read_text(*state, "[]", &manifest),
                        "is no manifest of a run: \"kind\": got nothing, want a text");
}

static void more_arguments_than_the_budget_are_refused(void **state)
{
    size_t count = MANIFEST_ARGUMENTS_MAX + 1;
    char *many = arena_alloc(*state, count * 3 + 3, 1), *end = many;
    *end++ = '[';
    for (size_t i = 0; i < count; i++)
        end = stpcpy(end, i ? ",\"\"" : "\"\"");
    *end = ']';
    assert_string_equal(fault_of(*state, "[\"-q\",\"SOFTWARE\"]", many),
                        "is no manifest of a run: \"arguments\": more than a command line has");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(facts_are_read),
        SUPPORT_TEST(the_command_line_is_read),
        SUPPORT_TEST(faults_say_what_was_got_and_is_wanted),
        SUPPORT_TEST(what_is_no_json_has_a_place),
        SUPPORT_TEST(what_is_no_object_is_no_manifest),
        SUPPORT_TEST(more_arguments_than_the_budget_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
