/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/report.h"

#include "rendering.h"

static const char *render(struct rendering *rendering)
{
    return rendering_of(rendering, &bodyfile_format);
}

static struct regkey make_key(const char *path, uint64_t offset, int64_t last_write)
{
    return (struct regkey){.state = KEY_PRESENT,
                           .origin = {.key = path, .offset = offset, .last_write = last_write}};
}

static void a_key_is_a_row_with_its_last_write(void **state)
{
    struct rendering *rendering = *state;
    rendering->snapshot.policies[0] = make_key("A\\B", 4096, 129783058347342920);
    assert_string_equal(
        render(rendering),
        "0|SOFTWARE: HKLM\\SOFTWARE\\A\\B|4096|-/----------|0|0|0|0|1333832234|0|0\n");
}

static void a_key_that_was_read_twice_is_one_row(void **state)
{
    struct rendering *rendering = *state;
    struct origin subkey = {.key = "C\\Readers", .offset = 5000, .last_write = 129783058347342920};
    struct view_config *view = &rendering->snapshot.views[VIEW_NATIVE];
    view->calais = make_key("C", 4096, 129783058347342920);
    view->calais.subkeys = &subkey;
    view->calais.nsubkeys = 1;
    view->readers = make_key("C\\Readers", 5000, 129783058347342920);
    const char *body = render(rendering), *readers = strstr(body, "C\\Readers|5000|");
    assert_non_null(readers);
    assert_null(strstr(readers + 1, "C\\Readers|"));
    assert_says(body, "SOFTWARE\\C|4096|");
}

static void keys_of_every_kind_are_rows(void **state)
{
    struct rendering *rendering = *state;
    struct snapshot *snapshot = &rendering->snapshot;
    struct ksp ksp = {.user_mode = make_key("K", 1, 129783058347342920)};
    struct regkey requested[2];
    uint64_t count = 1;
    snapshot->system = (struct system_config){
        .state = SYSTEM_READ, .name = "S|1", .hive.known = true, .ksps = &ksp, .nksps = 1};
    snapshot->requested = requested;
    snapshot->nrequests = 2;
    struct {
        struct regkey *keys;
        size_t n;
    } const kinds[] = {{snapshot->policies, NPOLICIES},
                       {snapshot->atr_caches, NATR_CACHES},
                       {snapshot->system.services, NSERVICES},
                       {requested, 2},
                       {&snapshot->views[VIEW_NATIVE].providers, 1},
                       {&snapshot->views[VIEW_WOW6432NODE].smart_cards, 1}};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        for (size_t j = 0; j < kinds[i].n; j++)
            kinds[i].keys[j] = make_key("K", ++count, 129783058347342920);
    const char *body = render(rendering);
    assert_int_equal(count_of(body, "\\K|"), count);
    assert_says(body, "# SOFTWARE: SYSTEM hive S\\x7c1 last written: no time");
}

static void a_key_that_is_not_there_is_no_row(void **state)
{
    struct rendering *rendering = *state;
    rendering->snapshot.policies[0] = (struct regkey){.origin.key = "A"};
    assert_string_equal(render(rendering), "");
}

static void what_is_no_time_is_a_comment(void **state)
{
    struct rendering *rendering = *state;
    rendering->snapshot.policies[0] = make_key("A", 4096, 0);
    rendering->snapshot.policies[1] = make_key("B", 4097, 116444736000000000); /* 1970 */
    assert_string_equal(
        render(rendering),
        "# SOFTWARE: HKLM\\SOFTWARE\\A: no time: its FILETIME is 0\n"
        "# SOFTWARE: HKLM\\SOFTWARE\\B: no time: its FILETIME is 116444736000000000\n");
}

static void hostile_names_stay_in_their_field(void **state)
{
    struct rendering *rendering = *state;
    rendering->audited.name = "a|b\nc";
    rendering->snapshot.policies[0] =
        make_key("A|B\xc0\x80\xed\xa0\x80\xe2\x80\xae", 4096, 129783058347342920);
    assert_string_equal(render(rendering),
                        "0|a\\x7cb\\x0ac: HKLM\\SOFTWARE\\A\\x7cB\\x00\\ud800\\u202e|4096|"
                        "-/----------|0|0|0|0|1333832234|0|0\n");
}

static void a_hive_is_a_row_of_its_own(void **state)
{
    struct rendering *rendering = *state;
    rendering->snapshot.hive =
        (struct hive_facts){.known = true, .last_written = 130216580842042425};
    assert_string_equal(
        render(rendering),
        "0|SOFTWARE: hive last written|0|-/----------|0|0|24576|0|1377184484|0|0\n");
}

static void the_system_hive_has_rows_as_well(void **state)
{
    struct rendering *rendering = *state;
    struct system_config *system = &rendering->snapshot.system;
    system->state = SYSTEM_READ;
    system->name = "config/SYSTEM";
    system->hive = (struct hive_facts){.known = true, .last_written = 130216580842042425};
    system->services[SERVICE_SCARDSVR] = make_key("S\\SCardSvr", 4096, 129783058347342920);
    const char *body = render(rendering);
    assert_says(body, "0|SOFTWARE: SYSTEM hive config/SYSTEM last written|0|");
    assert_says(body, "0|SOFTWARE: HKLM\\SYSTEM\\S\\SCardSvr|4096|");
}

static void what_is_missing_is_a_comment(void **state)
{
    struct rendering *rendering = *state;
    diag_add(&rendering->diags, DIAG_NOTE, NULL, "worth saying");
    diag_add(&rendering->diags, DIAG_INCOMPLETE, "K\n", "cannot be read|\n");
    diag_add(&rendering->diags, DIAG_FAILED, NULL, "no hive");
    assert_string_equal(render(rendering),
                        "# SOFTWARE: incomplete: K\\x0a: cannot be read\\x7c\\x0a\n"
                        "# SOFTWARE: failed: no hive\n");
}

static void a_file_that_changed_meanwhile_is_a_comment(void **state)
{
    const struct input_record inputs[] = {
        {.name = "sound", .has_before = true, .has_after = true},
        {.name = "a|b", .has_before = true, .has_after = true, .before = {1}},
    };
    const struct totals totals = {.inputs = inputs, .ninputs = 2};
    const char *text = rendering_with(*state, &bodyfile_format, &totals);
    assert_says(text, "# a\\x7cb: changed while it was audited\n");
    assert_silent(text, "sound");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RENDERING_TEST(a_key_is_a_row_with_its_last_write),
        RENDERING_TEST(a_key_that_was_read_twice_is_one_row),
        RENDERING_TEST(keys_of_every_kind_are_rows),
        RENDERING_TEST(a_key_that_is_not_there_is_no_row),
        RENDERING_TEST(what_is_no_time_is_a_comment),
        RENDERING_TEST(hostile_names_stay_in_their_field),
        RENDERING_TEST(a_hive_is_a_row_of_its_own),
        RENDERING_TEST(the_system_hive_has_rows_as_well),
        RENDERING_TEST(what_is_missing_is_a_comment),
        RENDERING_TEST(a_file_that_changed_meanwhile_is_a_comment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
