/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "input/volume.h"

#include <openssl/evp.h>

#include "base/text.h"
#include "images.h"

/* The samples of cryptsetup: its images.conf says for each volume what opens it, and the SHA-256 of
 * all its plain bytes, which Windows made. */

#define HEX_SIZE 65

static struct source sample(const struct scratch *scratch, struct access *access, const char *name)
{
    const char *corpus = getenv("HIVEAUDIT_CORPUS");
    if (!corpus) {
        print_message("# skipped: HIVEAUDIT_CORPUS is not set\n");
        skip();
    }
    images_run(scratch, arena_printf(scratch->arena,
                                     "tar -xJf '%s/images/bitlk-images.tar.xz' "
                                     "bitlk-images/images.conf bitlk-images/%s.img",
                                     corpus, name));
    return *images_file(scratch, access, arena_printf(scratch->arena, "bitlk-images/%s.img", name));
}

/* What images.conf says of a volume; "" where it says nothing. */
static const char *fact(const struct scratch *scratch, const char *name, const char *key)
{
    FILE *file = fopen(scratch_path(scratch, "bitlk-images/images.conf"), "r");
    assert_non_null(file);
    char line[256], section[256] = "";
    const char *found = NULL;
    size_t len = strlen(key);
    while (!found && fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = 0;
        if (*line == '[')
            strcpy(section, line + 1), section[strcspn(section, "]")] = 0;
        else if (strcmp(section, name) == 0 && strncmp(line, key, len) == 0 && line[len] == '=')
            found = arena_strdup(scratch->arena, line + len + 1);
    }
    fclose(file);
    return found ? found : "";
}

static void hash_source(const struct source *source, char *hex)
{
    static uint8_t chunk[1000003]; /* so that pieces start and end within sectors */
    uint8_t digest[32];
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(EVP_DigestInit_ex(context, EVP_sha256(), NULL), 1);
    for (uint64_t at = 0; at < source->size; at += sizeof chunk) {
        size_t len = source->size - at < sizeof chunk ? (size_t)(source->size - at) : sizeof chunk;
        assert_true(source_read(source, at, chunk, len));
        EVP_DigestUpdate(context, chunk, len);
    }
    EVP_DigestFinal_ex(context, digest, NULL);
    EVP_MD_CTX_free(context);
    for (size_t i = 0; i < 32; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
}

static void check_open(struct scratch *scratch, const char *name, const struct unlock *unlock)
{
    struct access *access = images_access(scratch, LIBRARY_BIT(LIBRARY_BDE));
    struct source volume = sample(scratch, access, name), plain;
    char hex[HEX_SIZE];
    access->unlock = unlock;
    assert_true(bitlocker_is_volume(&volume));
    bool opened = bitlocker_open(access, &volume, &plain);
    if (!opened)
        print_message("%s: %s\n", name, access->diags->items[0].message);
    assert_true(opened);
    hash_source(&plain, hex);
    assert_string_equal(hex, fact(scratch, name, "SHA256SUM"));
    assert_int_equal(access->diags->count, 0);
    assert_false(bitlocker_is_volume(&plain));
    images_close(access);
}

/* Opens a sample by its password, then by its recovery key. */
static void check_both(struct scratch *scratch, const char *name)
{
    struct access *access = images_access(scratch, 0);
    sample(scratch, access, name);
    images_close(access);
    check_open(scratch, name, &(struct unlock){.password = fact(scratch, name, "PW")});
    check_open(scratch, name, &(struct unlock){.recovery_key = fact(scratch, name, "RP")});
}

static void aes_cbc_is_decrypted(void **state)
{
    check_both(*state, "bitlk-aes-cbc-128");
    check_both(*state, "bitlk-aes-cbc-256");
}

static void the_diffuser_of_windows_7_is_undone(void **state)
{
    check_both(*state, "bitlk-aes-cbc-elephant-128");
    check_both(*state, "bitlk-aes-cbc-elephant-256");
}

static void aes_xts_is_decrypted(void **state)
{
    check_both(*state, "bitlk-aes-xts-128");
    check_both(*state, "bitlk-aes-xts-256");
}

static void sectors_may_have_4096_bytes(void **state)
{
    check_both(*state, "bitlk-aes-cbc-128-4k");
    check_both(*state, "bitlk-aes-xts-128-4k");
}

static void volumes_to_go_show_what_is_behind_their_decoy(void **state)
{
    check_both(*state, "bitlk-togo-aes-cbc-128");
    check_both(*state, "bitlk-togo-aes-xts-128");
}

static void metadata_of_any_order_and_kind_is_understood(void **state)
{
    check_both(*state, "bitlk-aes-xts-128-new-entry");
    check_both(*state, "bitlk-aes-xts-128-first-recovery");
}

static void a_damaged_copy_of_the_metadata_is_passed_over(void **state)
{
    check_both(*state, "bitlk-aes-xts-128-crc");
}

static void a_password_may_have_any_letters(void **state)
{
    check_both(*state, "bitlk-aes-xts-128-unicode");
}

static void each_of_several_recovery_keys_opens(void **state)
{
    static const char name[] = "bitlk-aes-xts-128-two-recovery";
    check_both(*state, name);
    check_open(*state, name, &(struct unlock){.recovery_key = fact(*state, name, "RP2")});
}

static void a_suspended_volume_needs_no_key(void **state)
{
    check_open(*state, "bitlk-aes-xts-128-clearkey-only", NULL);
}

static struct slice read_bek(const struct scratch *scratch, const char *guid)
{
    images_run(scratch, arena_printf(scratch->arena,
                                     "tar -xJf '%s/images/bitlk-images.tar.xz' "
                                     "--wildcards '*.BEK'",
                                     getenv("HIVEAUDIT_CORPUS")));
    uint8_t *bytes = arena_alloc(scratch->arena, 1024, 1);
    FILE *file = fopen(
        scratch_path(scratch, arena_printf(scratch->arena, "bitlk-images/%s.BEK", guid)), "rb");
    assert_non_null(file);
    size_t len = fread(bytes, 1, 1024, file);
    fclose(file);
    return (struct slice){.ptr = bytes, .len = len};
}

static void a_startup_key_opens(void **state)
{
    static const char name[] = "bitlk-aes-xts-128-startup-key";
    struct access *access = images_access(*state, 0);
    sample(*state, access, name);
    images_close(access);
    check_open(*state, name,
               &(struct unlock){.bek = read_bek(*state, "4381F759-C4F8-4DE0-BB61-FC33A831BDA5")});
    check_open(*state, "bitlk-aes-xts-128-startup-key-win11",
               &(struct unlock){.bek = read_bek(*state, "AA80A52B-9B66-47AE-B097-33F536FFBB07")});
}

/* Opening fails with a diagnostic that holds a text. */
static void check_refused(struct scratch *scratch, const char *name, const struct unlock *unlock,
                          const char *text)
{
    struct access *access = images_access(scratch, LIBRARY_BIT(LIBRARY_BDE));
    struct source volume = sample(scratch, access, name), plain;
    access->unlock = unlock;
    assert_true(bitlocker_is_volume(&volume));
    assert_false(bitlocker_open(access, &volume, &plain));
    assert_int_equal(access->diags->count, 1);
    assert_true(images_says(access, DIAG_FAILED, text));
    images_close(access);
}

static void without_a_key_the_ways_to_open_it_are_named(void **state)
{
    static const char name[] = "bitlk-aes-xts-128";
    check_refused(*state, name, NULL,
                  "encrypted by BitLocker, and no key was given. It takes: a password "
                  "(--bitlocker-password-file); a recovery key with the ID "
                  "64311DEA-4587-4029-924A-BA299647998E (--recovery-key)");
    check_refused(*state, name, &(struct unlock){0}, "no key was given");
    check_refused(*state, "bitlk-aes-xts-128-smart-card", NULL, "It takes: a certificate; ");
    check_refused(*state, "bitlk-aes-xts-128-startup-key", NULL,
                  "a startup key 4381F759-C4F8-4DE0-BB61-FC33A831BDA5.BEK (--bek)");
}

static void a_wrong_key_is_said_and_not_shown(void **state)
{
    static const char name[] = "bitlk-aes-xts-128";
    check_refused(*state, name, &(struct unlock){.password = "anacondas"},
                  "what was given does not open it. It takes: a password");
    check_refused(
        *state, name,
        &(struct unlock){.recovery_key = "042647-302313-590458-071500-554323-116567-412181-516978"},
        "what was given does not open it");
    check_refused(*state, name,
                  &(struct unlock){.bek = read_bek(*state, "AA80A52B-9B66-47AE-B097-33F536FFBB07")},
                  "what was given does not open it");
}

static void a_mistyped_key_is_told_from_a_wrong_one(void **state)
{
    static const struct {
        const char *key, *message;
    } keys[] = {
        {"", "group 1 of the key is mistyped"},
        {"235818", "group 1 of the key is mistyped"},
        {"235818-357951-253979-013366-241120-245575-342914-591910", "group 4"},
        {"235818-357951-253979-013365-241120-245575-720896-591910", "group 7"},
        {"235818-357951-253979-013365-241120-245575-342914-59191", "group 8"},
        {"235818-357951-253979-013365-241120-245575-342914-591910-", "group 8"},
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        check_refused(*state, "bitlk-aes-xts-128", &(struct unlock){.recovery_key = keys[i].key},
                      keys[i].message);
    check_refused(*state, "bitlk-aes-xts-128",
                  &(struct unlock){.bek = {.ptr = (const uint8_t *)"x", .len = 1}},
                  "no BitLocker startup key file");
}

static void a_volume_that_is_encrypted_in_part_is_refused(void **state)
{
    check_refused(*state, "bitlk-aes-xts-128-eow", &(struct unlock){.password = "anaconda"},
                  "encrypted in part only");
    check_refused(*state, "bitlk-partially-encrypted-aes-cbc-128",
                  &(struct unlock){.password = "anaconda"}, "encrypted in part only");
}

/* One bit at a time over all that is read of the metadata: it fails, or another copy serves. */
static void damaged_metadata_never_gives_other_bytes(void **state)
{
    static const char name[] = "bitlk-aes-xts-128-clearkey-only";
    static const long block = 0x2195000, others[] = {0x2c1d000, 0x373a000};
    struct access *access = images_access(*state, 0);
    sample(*state, access, name);
    images_close(access);
    FILE *file = fopen(scratch_path(*state, arena_printf(((struct scratch *)*state)->arena,
                                                         "bitlk-images/%s.img", name)),
                       "r+b");
    assert_non_null(file);
    for (size_t i = 0; i < 2; i++) {
        fseek(file, others[i], SEEK_SET);
        fwrite("x", 1, 1, file);
    }
    for (long at = 0; at < 512 + 8; at += 7) {
        fseek(file, block + at, SEEK_SET);
        int byte = fgetc(file);
        fseek(file, block + at, SEEK_SET);
        fputc(byte ^ 1 << at % 8, file);
        fflush(file);
        struct access *again = images_access(*state, LIBRARY_BIT(LIBRARY_BDE));
        struct source plain;
        const struct source *volume =
            images_file(*state, again, arena_printf(again->arena, "bitlk-images/%s.img", name));
        bool opened = bitlocker_open(again, volume, &plain);
        assert_true(opened == (at == 512 || at == 513 || at == 514 || at == 515));
        images_close(again);
        fseek(file, block + at, SEEK_SET);
        fputc(byte, file);
    }
    fclose(file);
}

static void other_volumes_are_none_of_bitlocker(void **state)
{
    static uint8_t sector[512];
    struct access *access = images_access(*state, 0);
    memcpy(sector, "\xeb\x58\x90MSWIN4.1", 11);
    scratch_write(*state, "fat", sector, sizeof sector);
    memcpy(sector, "\xeb\x52\x90NTFS    ", 11);
    scratch_write(*state, "ntfs", sector, sizeof sector);
    scratch_write_text(*state, "short", "\xeb\x58\x90-FVE-FS-");
    assert_false(bitlocker_is_volume(images_file(*state, access, "fat")));
    assert_false(bitlocker_is_volume(images_file(*state, access, "ntfs")));
    assert_false(bitlocker_is_volume(images_file(*state, access, "short")));
    images_close(access);
}

static void a_library_that_is_not_loaded_is_wanted(void **state)
{
    static uint8_t sector[512];
    struct access *access = images_access(*state, 0);
    struct source plain;
    memcpy(sector + 3, "-FVE-FS-", 8);
    scratch_write(*state, "raw.img", sector, sizeof sector);
    assert_false(bitlocker_open(access, images_file(*state, access, "raw.img"), &plain));
    assert_int_equal(access->wanted, LIBRARY_BIT(LIBRARY_BDE));
    assert_int_equal(access->diags->count, 0);
    images_close(access);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SCRATCH_TEST(aes_cbc_is_decrypted),
        SCRATCH_TEST(the_diffuser_of_windows_7_is_undone),
        SCRATCH_TEST(aes_xts_is_decrypted),
        SCRATCH_TEST(sectors_may_have_4096_bytes),
        SCRATCH_TEST(volumes_to_go_show_what_is_behind_their_decoy),
        SCRATCH_TEST(metadata_of_any_order_and_kind_is_understood),
        SCRATCH_TEST(a_damaged_copy_of_the_metadata_is_passed_over),
        SCRATCH_TEST(a_password_may_have_any_letters),
        SCRATCH_TEST(each_of_several_recovery_keys_opens),
        SCRATCH_TEST(a_suspended_volume_needs_no_key),
        SCRATCH_TEST(a_startup_key_opens),
        SCRATCH_TEST(without_a_key_the_ways_to_open_it_are_named),
        SCRATCH_TEST(a_wrong_key_is_said_and_not_shown),
        SCRATCH_TEST(a_mistyped_key_is_told_from_a_wrong_one),
        SCRATCH_TEST(a_volume_that_is_encrypted_in_part_is_refused),
        SCRATCH_TEST(damaged_metadata_never_gives_other_bytes),
        SCRATCH_TEST(other_volumes_are_none_of_bitlocker),
        SCRATCH_TEST(a_library_that_is_not_loaded_is_wanted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
