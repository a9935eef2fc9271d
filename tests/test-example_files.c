/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "example_files.h"

#include "model/pe.h"
#include "support.h"

static struct example_file files[] = {{"Windows\\System32\\a.dll", ARCH_AMD64},
                                      {"b.dll", ARCH_X86},
                                      {"c.dll", ARCH_ARM},
                                      {"d.dll", ARCH_ARM64},
                                      {"e.txt", ARCH_UNKNOWN}};
static const struct example example = {.files = files, .nfiles = 5};

static void each_file_has_the_header_of_its_processor(void **state)
{
    struct file_finder finder = example_files_finder(&example);
    for (size_t i = 0; i < example.nfiles; i++) {
        struct found_file found;
        uint32_t machine;
        assert_int_equal(finder.find(finder.context, *state, files[i].path, &found), FILE_PRESENT);
        assert_string_equal(found.path, files[i].path);
        assert_true(pe_read_machine(&found.source, &machine));
        assert_int_equal(pe_machine_arch(machine), files[i].arch);
        assert_int_equal(!machine, files[i].arch == ARCH_UNKNOWN);
    }
}

static void files_are_found_in_any_letter_case_and_no_others(void **state)
{
    struct file_finder finder = example_files_finder(&example);
    struct found_file found;
    assert_int_equal(finder.find(finder.context, *state, "WINDOWS\\system32\\A.DLL", &found),
                     FILE_PRESENT);
    assert_int_equal(finder.find(finder.context, *state, "a.dll", &found), FILE_ABSENT);
    assert_null(finder.digest);
}

static void a_file_ends_where_it_says(void **state)
{
    struct file_finder finder = example_files_finder(&example);
    struct found_file found;
    uint8_t bytes[256];
    finder.find(finder.context, *state, "b.dll", &found);
    const struct source *source = &found.source;
    assert_int_equal(source->read_at(source, 0, bytes, sizeof bytes), source->size);
    assert_int_equal(source->read_at(source, source->size - 1, bytes, sizeof bytes), 1);
    assert_int_equal(source->read_at(source, source->size, bytes, sizeof bytes), 0);
    assert_int_equal(source->read_at(source, UINT64_MAX, bytes, sizeof bytes), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(each_file_has_the_header_of_its_processor),
        SUPPORT_TEST(files_are_found_in_any_letter_case_and_no_others),
        SUPPORT_TEST(a_file_ends_where_it_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
