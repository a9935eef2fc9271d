/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "model/wire.h"
#include "support.h"

#define CARDS "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\Cryptography\\Calais\\SmartCards\\"
#define WOW                                                                                        \
    "HKEY_LOCAL_MACHINE\\SOFTWARE\\WOW6432NODE\\Microsoft\\Cryptography\\Calais\\SmartCards\\"

static const struct reading *read_source(struct arena *arena, const struct source *source,
                                         enum package_kind kind)
{
    struct reading *reading = arena_alloc(arena, 1, sizeof *reading);
    static const struct read_plan plan;
    reading->diags.arena = arena;
    reading->read =
        snapshot_read_package(arena, &reading->diags, source, kind, &plan, &reading->snapshot);
    return reading;
}

static const struct reading *read_text(struct arena *arena, enum package_kind kind,
                                       const char *text)
{
    uint8_t *bytes = (uint8_t *)arena_strdup(arena, text);
    return read_source(arena, &support_wrap(arena, bytes, strlen(text))->source, kind);
}

static void entries_have_the_views_and_places_of_their_lines(void **state)
{
    const struct reading *reading = read_text(*state, PACKAGE_REG,
                                              "REGEDIT4\n\n[" CARDS "A]\n\"ATR\"=hex:3b,00\n"
                                              "  \"Crypto Provider\"=\"X\"\n"
                                              "[" WOW "a]\n\"ATR\"=\"text\"\n");
    const struct snapshot *snapshot = &reading->snapshot;
    assert_true(reading->read);
    assert_int_equal(reading->diags.count, 0);
    assert_non_null(snapshot->package);
    assert_null(snapshot->variant);
    assert_false(snapshot->hive.known);
    assert_true(snapshot->os.is_64bit);

    const struct card *native = support_find_card(snapshot, VIEW_NATIVE, "A");
    assert_string_equal(native->key.origin.key, "Microsoft\\Cryptography\\Calais\\SmartCards\\A");
    assert_int_equal(native->key.origin.line, 3);
    assert_int_equal(native->key.origin.offset, 0);
    assert_int_equal(native->field[CARD_ATR]->state, VALUE_OK);
    assert_int_equal(native->field[CARD_ATR]->line, 4);
    assert_string_equal(native->field[CARD_CSP]->text, "X");
    assert_int_equal(native->field[CARD_CSP]->line, 5);

    const struct card *wow = support_find_card(snapshot, VIEW_WOW6432NODE, "a");
    assert_string_equal(wow->key.origin.key,
                        "WOW6432NODE\\Microsoft\\Cryptography\\Calais\\SmartCards\\a");
    assert_int_equal(wow->field[CARD_ATR]->state, VALUE_WRONG_TYPE);
}

static void a_text_without_the_other_view_is_of_no_64_bit_windows(void **state)
{
    const struct reading *reading = read_text(*state, PACKAGE_REG, "REGEDIT4\n[" CARDS "A]\n");
    assert_true(reading->read);
    assert_false(reading->snapshot.os.is_64bit);
    assert_int_equal(reading->snapshot.os.arch, ARCH_UNKNOWN);
}

static void a_text_without_a_calais_key_is_nothing_to_audit(void **state)
{
    static const char *const texts[] = {
        "REGEDIT4\n[HKEY_LOCAL_MACHINE\\SOFTWARE\\Vendor]\n",
        "REGEDIT4\n[HKEY_CURRENT_USER\\Software\\Microsoft\\Cryptography\\Calais\\SmartCards\\A]\n",
        "REGEDIT4\n",
        "",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        const struct reading *reading = read_text(*state, PACKAGE_REG, texts[i]);
        assert_false(reading->read);
        assert_int_equal(reading->diags.worst, DIAG_FAILED);
        assert_non_null(strstr(reading->diags.items[0].message, "nothing to audit: this .reg"));
        assert_int_equal(reading->snapshot.hive.kind, HIVE_KIND_OTHER);
        assert_false(snapshot_is_configured(&reading->snapshot));
    }
}

static void what_is_broken_is_said_where_nothing_can_be_audited(void **state)
{
    const struct reading *reading = read_text(*state, PACKAGE_REG, "REGEDIT4\n\n[" CARDS "A\n");
    assert_false(reading->read);
    assert_non_null(
        strstr(reading->diags.items[0].message, "(its text has 1 problem; the first, 3:"));
    /* That it has no DefaultInstall has no place, and is not why. */
    reading = read_text(*state, PACKAGE_INF, "[Version]\nSignature=\"$Windows NT$\"\n");
    assert_false(reading->read);
    assert_null(strstr(reading->diags.items[0].message, "problem"));
}

static void a_text_that_is_too_large_is_refused(void **state)
{
    const struct source source = {.name = "x", .size = PACKAGE_SIZE_MAX + 1};
    const struct reading *reading = read_source(*state, &source, PACKAGE_INF);
    assert_false(reading->read);
    assert_non_null(strstr(reading->diags.items[0].message, "want at most 16777216)"));
}

static ssize_t refuse_to_read(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    (void)source, (void)offset, (void)buf, (void)len;
    errno = EIO;
    return -1;
}

static void a_text_that_cannot_be_read_fails(void **state)
{
    const struct source source = {.name = "x", .size = 10, .read_at = refuse_to_read};
    const struct reading *reading = read_source(*state, &source, PACKAGE_REG);
    assert_false(reading->read);
    assert_int_equal(reading->diags.worst, DIAG_FAILED);
}

/* An INF whose entry has two views on amd64 and one on x86. */
static const char inf[] =
    "[Version]\nSignature=\"$Windows NT$\"\n"
    "[Manufacturer]\nV=M,NTamd64,NTx86\n"
    "[M.NTamd64]\nD=I64,SCFILTER\\CID_0011\n"
    "[M.NTx86]\nD=I32,SCFILTER\\CID_0022\n"
    "[I64]\nAddReg=N,W\n[I32]\nAddReg=N\n"
    "[N]\nHKLM,SOFTWARE\\Microsoft\\Cryptography\\Calais\\SmartCards\\A,ATR,1,3b,00\n"
    "[W]\nHKLM,SOFTWARE\\Wow6432Node\\Microsoft\\Cryptography\\Calais\\SmartCards\\A,ATR,1,3b,00\n";

static void an_inf_gives_a_snapshot_for_each_architecture(void **state)
{
    const struct reading *reading = read_text(*state, PACKAGE_INF, inf);
    assert_true(reading->read);
    const struct snapshot *x86 = &reading->snapshot, *amd64 = x86->variant;
    assert_int_equal(x86->os.arch, ARCH_X86);
    assert_false(x86->os.is_64bit);
    assert_int_equal(x86->views[VIEW_NATIVE].ncards, 1);
    assert_false(x86->views[VIEW_WOW6432NODE].exists);
    assert_int_equal(amd64->os.arch, ARCH_AMD64);
    assert_true(amd64->os.is_64bit);
    assert_int_equal(amd64->views[VIEW_WOW6432NODE].ncards, 1);
    assert_null(amd64->variant);
    assert_int_equal(amd64->package->nids, 1);
    assert_string_equal(amd64->package->ids[0].id, "SCFILTER\\CID_0011");
    assert_string_equal(x86->package->ids[0].id, "SCFILTER\\CID_0022");
}

/* ---- What a worker sends of it ---- */

static struct slice encode(const struct reading *reading)
{
    const struct wire_item item = {
        .diags = reading->diags, .snapshot = reading->snapshot, .size = 10, .read = reading->read};
    return wire_encode(&item);
}

static void check_snapshot(const struct snapshot *got, const struct snapshot *want)
{
    assert_int_equal(got->package->kind, want->package->kind);
    assert_int_equal(got->package->encoding, want->package->encoding);
    assert_int_equal(got->package->nproblems, want->package->nproblems);
    for (size_t i = 0; i < want->package->nproblems; i++) {
        assert_int_equal(got->package->problems[i].fault, want->package->problems[i].fault);
        assert_int_equal(got->package->problems[i].line, want->package->problems[i].line);
        assert_string_equal(got->package->problems[i].message, want->package->problems[i].message);
    }
    assert_int_equal(got->package->nids, want->package->nids);
    for (size_t i = 0; i < want->package->nids; i++) {
        assert_string_equal(got->package->ids[i].id, want->package->ids[i].id);
        assert_int_equal(got->package->ids[i].line, want->package->ids[i].line);
    }
    assert_int_equal(got->os.arch, want->os.arch);
    const struct view_config *a = &got->views[VIEW_NATIVE], *b = &want->views[VIEW_NATIVE];
    assert_int_equal(a->ncards, b->ncards);
    for (size_t i = 0; i < b->ncards; i++) {
        assert_int_equal(a->cards[i].key.origin.line, b->cards[i].key.origin.line);
        assert_int_equal(a->cards[i].key.origin.column, b->cards[i].key.origin.column);
        assert_int_equal(a->cards[i].field[CARD_ATR]->line, b->cards[i].field[CARD_ATR]->line);
        assert_int_equal(a->cards[i].field[CARD_ATR]->column, b->cards[i].field[CARD_ATR]->column);
    }
}

static void check_comes_back(struct arena *arena, const struct reading *reading)
{
    struct wire_item item;
    struct slice bytes = encode(reading);
    const char *fault = wire_decode(arena, bytes, NULL, 0, &item);
    free((void *)bytes.ptr);
    assert_null(fault);
    assert_int_equal(item.read, reading->read);
    const struct snapshot *got = &item.snapshot, *want = &reading->snapshot;
    for (; want; got = got->variant, want = want->variant) {
        assert_non_null(got);
        check_snapshot(got, want);
    }
    assert_null(got);
}

static void a_text_comes_back(void **state)
{
    check_comes_back(*state, read_text(*state, PACKAGE_INF, inf));
    check_comes_back(*state, read_text(*state, PACKAGE_REG,
                                       "REGEDIT4\n[" CARDS "A]\n\"ATR\"=hex,3b\n\"ATR\"=hex:3b\n"));
}

static void check_refused(struct arena *arena, const struct reading *reading, const char *words)
{
    struct wire_item item;
    struct slice bytes = encode(reading);
    const char *fault = wire_decode(arena, bytes, NULL, 0, &item);
    free((void *)bytes.ptr);
    if (!fault || strncmp(fault, words, strlen(words)) != 0)
        fail_msg("want \"%s\", got \"%s\"", words, fault ? fault : "no fault");
}

/* The architectures of an INF tell its snapshots apart. */
static void what_is_said_of_architectures_has_to_fit(void **state)
{
    struct reading reading = *read_text(*state, PACKAGE_INF, inf);
    struct snapshot *x86 = &reading.snapshot, *amd64 = x86->variant;
    x86->os.arch = ARCH_UNKNOWN;
    check_refused(*state, &reading, "an INF is for no architecture");
    x86->os.arch = ARCH_AMD64;
    check_refused(*state, &reading, "the variants are not in order");
    x86->os.arch = ARCH_X86;
    amd64->package->kind = PACKAGE_REG;
    check_refused(*state, &reading, "a variant is of no INF");
    x86->package->kind = PACKAGE_REG;
    check_refused(*state, &reading, "there are too many variants");
}

static void any_byte_of_a_text_may_be_changed(void **state)
{
    struct slice bytes = encode(read_text(*state, PACKAGE_INF, inf));
    uint8_t *changed = (uint8_t *)bytes.ptr;
    for (size_t i = 0; i < bytes.len; i++) {
        uint8_t byte = changed[i];
        for (int value = 0; value < 256; value += 51) {
            struct arena *arena = arena_new();
            struct wire_item item;
            changed[i] = (uint8_t)(byte ^ value);
            const char *fault = wire_decode(arena, bytes, NULL, 0, &item);
            if (!fault && item.read)
                assert_true(snapshot_has_calais(&item.snapshot));
            arena_free(arena);
        }
        changed[i] = byte;
    }
    free(changed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(entries_have_the_views_and_places_of_their_lines),
        SUPPORT_TEST(a_text_without_the_other_view_is_of_no_64_bit_windows),
        SUPPORT_TEST(a_text_without_a_calais_key_is_nothing_to_audit),
        SUPPORT_TEST(what_is_broken_is_said_where_nothing_can_be_audited),
        SUPPORT_TEST(a_text_that_is_too_large_is_refused),
        SUPPORT_TEST(a_text_that_cannot_be_read_fails),
        SUPPORT_TEST(an_inf_gives_a_snapshot_for_each_architecture),
        SUPPORT_TEST(a_text_comes_back),
        SUPPORT_TEST(what_is_said_of_architectures_has_to_fit),
        SUPPORT_TEST(any_byte_of_a_text_may_be_changed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
