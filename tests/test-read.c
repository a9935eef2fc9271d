/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "model/snapshot.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/utf16.h"
#include "dirty.h"
#include "support.h"

/* Offsets from the start of a cell (Windows registry file format specification). */
enum {
    NK_LAST_WRITTEN = 4 + 4,
    NK_SUBKEYS = 4 + 28,
    NK_VALUES = 4 + 40,
    VK_NAME_LENGTH = 6,
    VK_SIZE = 8,
    VK_DATA = 12
};

#define OUTSIDE UINT32_C(0x7ffffff0)

#define CURRENT_VERSION "Microsoft\\Windows NT\\CurrentVersion"
#define CALAIS          "Microsoft\\Cryptography\\Calais"
#define CARDS           CALAIS "\\SmartCards"
#define PROVIDER        "Microsoft\\Cryptography\\Defaults\\Provider"

/* Registry text of a Windows of an architecture, as BuildLabEx spells it. */
#define WINDOWS(arch)                                                                              \
    "[" CURRENT_VERSION "]\n\"CurrentBuildNumber\"=\"19045\"\n"                                    \
    "\"BuildLabEx\"=\"19041.1." arch "fre.vb_release.191206-1406\"\n"

static const struct reading *read_text(void **state, const char *reg_text)
{
    return support_read(*state, support_build(*state, reg_text));
}

/* A hive all of which can be read. */
static const struct snapshot *read_clean(void **state, const char *reg_text)
{
    const struct reading *reading = read_text(state, reg_text);
    if (!reading->read || reading->diags.count)
        fail_msg("%s", reading->diags.items[0].message);
    return &reading->snapshot;
}

static bool says(const struct diags *diags, enum diag_level level, const char *key,
                 const char *words)
{
    for (size_t i = 0; i < diags->count; i++) {
        const struct diag *diag = &diags->items[i];
        bool same_key = key ? diag->key && strcmp(diag->key, key) == 0 : !diag->key;
        if (diag->level == level && same_key && strstr(diag->message, words))
            return true;
    }
    return false;
}

/* The hive cannot be audited, which the last diagnostic says. */
static void assert_fails(const struct reading *reading, const char *words)
{
    assert_false(reading->read);
    assert_int_equal(reading->diags.worst, DIAG_FAILED);
    if (!says(&reading->diags, DIAG_FAILED, NULL, words))
        fail_msg("\"%s\" does not say \"%s\"", reading->diags.items[0].message, words);
}

static void assert_text(const struct regval *value, enum value_state wanted, const char *text)
{
    assert_int_equal(value->state, wanted);
    assert_non_null(value->text);
    assert_string_equal(value->text, text);
}

static void assert_bytes(const struct regval *value, const char *bytes, size_t len)
{
    assert_int_equal(value->state, VALUE_OK);
    assert_int_equal(value->type, REG_BINARY);
    assert_int_equal(value->raw.len, len);
    assert_memory_equal(value->raw.ptr, bytes, len);
}

static void the_known_values_of_an_entry_are_typed(void **state)
{
    const struct snapshot *snapshot = read_clean(
        state, SUPPORT_WINDOWS_10
        "[" CARDS "\\Fabrikam]\n\"ATR\"=hex:3b,04,51,ff,08,00\n\"ATRMask\"=hex:ff,ff,ff,ff,ff,ff\n"
        "\"Crypto Provider\"=\"Microsoft Base Smart Card Crypto Provider\"\n"
        "\"Smart Card Key Storage Provider\"=\"Microsoft Smart Card Key Storage Provider\"\n"
        "\"80000001\"=\"Fabrikamcm.dll\"\n"
        "\"Primary Provider\"=hex:00,01,02,03,04,05,06,07,08,09,0a,0b,0c,0d,0e,0f\n"
        "\"Supported Interfaces\"=hex:ff,fe\n\"InstalledBy\"=\"OpenSC\"\n");
    assert_int_equal(snapshot->views[VIEW_NATIVE].ncards, 1);
    const struct card *card = support_find_card(snapshot, VIEW_NATIVE, "Fabrikam");
    assert_bytes(card->field[CARD_ATR], "\x3b\x04\x51\xff\x08\0", 6);
    assert_bytes(card->field[CARD_ATR_MASK], "\xff\xff\xff\xff\xff\xff", 6);
    assert_text(card->field[CARD_CSP], VALUE_OK, "Microsoft Base Smart Card Crypto Provider");
    assert_text(card->field[CARD_KSP], VALUE_OK, "Microsoft Smart Card Key Storage Provider");
    assert_text(card->field[CARD_MODULE], VALUE_OK, "Fabrikamcm.dll");
    assert_bytes(card->field[CARD_PRIMARY_PROVIDER],
                 "\0\1\2\3\4\5\6\7\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f", 16);
    assert_bytes(card->field[CARD_SUPPORTED_INTERFACES], "\xff\xfe", 2);
    assert_text(card->field[CARD_INSTALLED_BY], VALUE_OK, "OpenSC");
    assert_int_equal(card->key.nvalues, 8);
}

static void other_values_of_an_entry_are_kept(void **state)
{
    const struct snapshot *snapshot = read_clean(
        state, SUPPORT_WINDOWS_10 "[" CARDS "\\x]\n@=\"default\"\n\"80000100\"=\"en-US,PIN\"\n"
                                  "\"Vendor\"=dword:7\n\"odd\"=hex(ffff0001):01\n");
    const struct regkey *key = &support_find_card(snapshot, VIEW_NATIVE, "x")->key;
    assert_int_equal(key->nvalues, 4);
    assert_text(regkey_value(key, ""), VALUE_OK, "default");
    assert_text(regkey_value(key, "80000100"), VALUE_OK, "en-US,PIN");
    uint32_t number;
    assert_true(regval_dword(regkey_value(key, "vendor"), &number));
    assert_int_equal(number, 7);
    assert_int_equal(regkey_value(key, "odd")->state, VALUE_OK);
    assert_int_equal(regkey_value(key, "odd")->type, 0xffff0001);
}

static void a_value_that_is_not_there_is_absent(void **state)
{
    const struct snapshot *snapshot =
        read_clean(state, SUPPORT_WINDOWS_10 "[" CARDS "\\x]\n\"ATR\"=hex:3b,00\n");
    const struct card *card = support_find_card(snapshot, VIEW_NATIVE, "x");
    assert_int_equal(card->field[CARD_ATR]->state, VALUE_OK);
    for (int i = CARD_ATR_MASK; i < NCARD_FIELDS; i++)
        assert_int_equal(card->field[i]->state, VALUE_ABSENT);
}

static void a_value_of_the_wrong_type_is_kept_and_said(void **state)
{
    const struct snapshot *snapshot =
        read_clean(state, SUPPORT_WINDOWS_10
                   "[" CARDS "\\x]\n\"atr\"=\"3B 04\"\n\"ATRMASK\"=dword:ffffffff\n"
                   "\"80000001\"=hex:41,00\n\"Crypto Provider\"=hex(7):41,00,00,00\n");
    const struct card *card = support_find_card(snapshot, VIEW_NATIVE, "x");
    assert_text(card->field[CARD_ATR], VALUE_WRONG_TYPE, "3B 04");
    assert_int_equal(card->field[CARD_ATR]->type, REG_SZ);
    assert_int_equal(card->field[CARD_ATR]->raw.len, 12);
    assert_string_equal(card->field[CARD_ATR]->name, "atr");
    assert_int_equal(card->field[CARD_ATR_MASK]->state, VALUE_WRONG_TYPE);
    assert_int_equal(card->field[CARD_ATR_MASK]->type, REG_DWORD);
    assert_int_equal(card->field[CARD_MODULE]->state, VALUE_WRONG_TYPE);
    assert_memory_equal(card->field[CARD_MODULE]->raw.ptr, "A\0", 2);
    assert_null(card->field[CARD_MODULE]->text);
    assert_int_equal(card->field[CARD_CSP]->state, VALUE_WRONG_TYPE);
}

static void a_module_may_be_expandable_text(void **state)
{
    const struct snapshot *snapshot =
        read_clean(state, SUPPORT_WINDOWS_10 "[" CARDS "\\x]\n"
                                             "\"80000001\"=hex(2):25,00,78,00,25,00,00,00\n");
    assert_text(support_find_card(snapshot, VIEW_NATIVE, "x")->field[CARD_MODULE], VALUE_OK, "%x%");
}

/* OpenSC writes such strings. */
static void text_without_its_nul_is_whole(void **state)
{
    const struct snapshot *snapshot =
        read_clean(state, SUPPORT_WINDOWS_10 "[" CARDS "\\x]\n\"80000001\"=hex(1):61,00,62,00\n");
    const struct regval *module = support_find_card(snapshot, VIEW_NATIVE, "x")->field[CARD_MODULE];
    assert_text(module, VALUE_OK, "ab");
    assert_int_equal(module->flaws, UTF16_UNTERMINATED);
}

static void an_entry_says_where_and_when_it_was_written(void **state)
{
    struct memory_hive *bytes = support_build(
        *state, SUPPORT_WINDOWS_10 "[Wow6432Node\\" CARDS "\\a [b] (c/d)+]\n\"ATR\"=hex:3b,00\n");
    size_t cell = support_locate_key(*state, bytes, "Wow6432Node\\" CARDS "\\a [b] (c/d)+");
    support_put_u32(bytes, cell + NK_LAST_WRITTEN, 0x89abcdef);
    support_put_u32(bytes, cell + NK_LAST_WRITTEN + 4, 0x01cd1234);
    const struct reading *reading = support_read(*state, bytes);
    assert_true(reading->read);
    const struct card *card =
        support_find_card(&reading->snapshot, VIEW_WOW6432NODE, "a [b] (c/d)+");
    assert_int_equal(card->key.origin.offset, cell);
    assert_int_equal(card->key.origin.last_write, INT64_C(0x01cd123489abcdef));
    assert_string_equal(card->key.origin.key, "Wow6432Node\\" CARDS "\\a [b] (c/d)+");
    assert_int_equal(card->key.origin.view, VIEW_WOW6432NODE);
}

static void entries_come_in_the_order_of_the_hive(void **state)
{
    const struct snapshot *snapshot =
        read_clean(state, SUPPORT_WINDOWS_10 "[" CARDS "\\b]\n[" CARDS "\\C]\n[" CARDS "\\a]\n");
    const struct view_config *view = &snapshot->views[VIEW_NATIVE];
    assert_int_equal(view->ncards, 3);
    assert_string_equal(view->cards[0].key.origin.name, "a");
    assert_string_equal(view->cards[1].key.origin.name, "b");
    assert_string_equal(view->cards[2].key.origin.name, "C");
}

static void the_32_bit_view_is_found_in_any_letter_case(void **state)
{
    const struct snapshot *snapshot =
        read_clean(state, WINDOWS("amd64") "[" CARDS "]\n[WOW6432node\\" CARDS "\\x]\n");
    assert_true(snapshot->views[VIEW_WOW6432NODE].exists);
    assert_int_equal(snapshot->views[VIEW_WOW6432NODE].ncards, 1);
    assert_string_equal(snapshot->views[VIEW_WOW6432NODE].cards[0].key.origin.key,
                        "WOW6432node\\" CARDS "\\x");
}

static void the_32_bit_view_lies_at_the_root_only(void **state)
{
    const struct snapshot *snapshot =
        read_clean(state, WINDOWS("amd64") "[" CARDS "]\n[Microsoft\\Wow6432Node\\" CARDS "\\x]\n");
    assert_int_equal(snapshot->views[VIEW_WOW6432NODE].calais.state, KEY_ABSENT);
    assert_int_equal(snapshot->views[VIEW_WOW6432NODE].ncards, 0);
}

static void a_64_bit_windows_has_the_view_without_its_key(void **state)
{
    const struct snapshot *snapshot = read_clean(state, WINDOWS("amd64") "[" CARDS "\\x]\n");
    assert_true(snapshot->views[VIEW_WOW6432NODE].exists);
    assert_int_equal(snapshot->views[VIEW_WOW6432NODE].smart_cards.state, KEY_ABSENT);
    assert_int_equal(snapshot->views[VIEW_WOW6432NODE].ncards, 0);
    assert_false(snapshot->views[VIEW_WOWAA32NODE].exists);
}

static void arm64_has_a_view_for_32_bit_arm(void **state)
{
    const struct snapshot *snapshot =
        read_clean(state, WINDOWS("arm64") "[" CARDS "]\n[Wow6432Node\\" CARDS "\\x]\n"
                                           "[WOWAA32node\\" CARDS "\\y]\n");
    assert_int_equal(snapshot->os.arch, ARCH_ARM64);
    assert_true(snapshot->views[VIEW_WOW6432NODE].exists);
    assert_true(snapshot->views[VIEW_WOWAA32NODE].exists);
    support_find_card(snapshot, VIEW_WOW6432NODE, "x");
    support_find_card(snapshot, VIEW_WOWAA32NODE, "y");
}

static void amd64_has_no_view_for_32_bit_arm(void **state)
{
    const struct reading *reading =
        read_text(state, WINDOWS("amd64") "[" CARDS "]\n[WowAA32Node\\" CARDS "\\y]\n");
    assert_true(reading->read);
    assert_false(reading->snapshot.views[VIEW_WOWAA32NODE].exists);
    assert_int_equal(reading->snapshot.views[VIEW_WOWAA32NODE].ncards, 0);
    assert_int_equal(reading->diags.worst, DIAG_NOTE);
}

static void a_view_without_effect_is_said_with_the_right_reason(void **state)
{
    const struct reading *reading =
        read_text(state, WINDOWS("amd64") "[" CARDS "]\n[WowAA32Node\\" CARDS "\\y]\n");
    assert_true(says(&reading->diags, DIAG_NOTE, "WowAA32Node\\" CALAIS, "without effect"));
    assert_false(says(&reading->diags, DIAG_NOTE, "WowAA32Node\\" CALAIS, "32-bit Windows"));
}

/* 64-bit installers and hand edits leave one there. */
static void a_32_bit_windows_has_one_view(void **state)
{
    const struct reading *reading =
        read_text(state, WINDOWS("x86") "[" CARDS "\\x]\n[Wow6432Node\\" CARDS "\\y]\n"
                                        "[Wow6432Node\\" CALAIS "\\Readers]\n"
                                        "\"RetryDeviceInitialize\"=dword:1\n");
    const struct snapshot *snapshot = &reading->snapshot;
    assert_true(reading->read);
    assert_int_equal(snapshot->os.arch, ARCH_X86);
    assert_false(snapshot->os.is_64bit);
    assert_false(snapshot->views[VIEW_WOW6432NODE].exists);
    assert_int_equal(snapshot->views[VIEW_WOW6432NODE].ncards, 0);
    assert_int_equal(snapshot->views[VIEW_NATIVE].ncards, 1);
    assert_int_equal(reading->diags.count, 1);
    assert_true(says(&reading->diags, DIAG_NOTE, "Wow6432Node\\" CALAIS, "without effect"));
    assert_int_equal(snapshot->views[VIEW_WOW6432NODE].readers.nvalues, 1);
}

static void build_lab_ex_decides_the_architecture(void **state)
{
    static const struct {
        const char *lab;
        enum arch arch;
        bool is_64bit;
    } cases[] = {
        {"7601.17727.x86fre.win7sp1_gdr.111118-2330", ARCH_X86, false},
        {"9600.18505.amd64fre.winblue_ltsb.160930-0600", ARCH_AMD64, true},
        {"9600.1.amd64chk.winblue", ARCH_AMD64, true},
        {"22621.1.arm64fre.ni_release.220506-1250", ARCH_ARM64, true},
        {"9200.16384.armfre.win8_rtm.120725-1247", ARCH_ARM, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct reading *reading = read_text(
            state, arena_printf(*state,
                                "[" CURRENT_VERSION "]\n\"BuildLabEx\"=\"%s\"\n[" CARDS "]\n"
                                "[Wow6432Node\\Microsoft]\n",
                                cases[i].lab));
        assert_true(reading->read);
        assert_int_equal(reading->snapshot.os.arch, cases[i].arch);
        assert_int_equal(reading->snapshot.os.is_64bit, cases[i].is_64bit);
        assert_int_equal(reading->snapshot.views[VIEW_WOW6432NODE].exists, cases[i].is_64bit);
    }
}

/* Only where BuildLabEx says nothing does Wow6432Node decide. */
static void wow6432node_tells_a_64_bit_windows_without_build_lab_ex(void **state)
{
    static const char *const labs[] = {
        "",
        "\"BuildLabEx\"=\"\"\n",
        "\"BuildLabEx\"=\"19041\"\n",
        "\"BuildLabEx\"=\"1.2.\"\n",
        "\"BuildLabEx\"=\"1.2.mips\"\n",
        "\"BuildLabEx\"=dword:1\n",
    };
    for (size_t i = 0; i < sizeof labs / sizeof *labs; i++) {
        char *text = arena_printf(*state, "[" CURRENT_VERSION "]\n%s[" CARDS "]\n", labs[i]);
        const struct snapshot *snapshot = read_clean(state, text);
        assert_int_equal(snapshot->os.arch, ARCH_UNKNOWN);
        assert_false(snapshot->os.is_64bit);
        assert_false(snapshot->views[VIEW_WOW6432NODE].exists);
        snapshot = read_clean(state, arena_printf(*state, "%s[wow6432NODE\\" CARDS "\\x]\n", text));
        assert_true(snapshot->os.is_64bit);
        assert_true(snapshot->views[VIEW_WOW6432NODE].exists);
        assert_int_equal(snapshot->views[VIEW_WOW6432NODE].ncards, 1);
    }
}

static void the_build_is_a_number_that_is_text(void **state)
{
    static const struct {
        const char *values;
        uint32_t build;
    } cases[] = {
        {"\"CurrentBuildNumber\"=\"19045\"\n\"CurrentBuild\"=\"1\"\n", 19045},
        {"\"CurrentBuild\"=\"9600\"\n\"CurrentVersion\"=\"6.3\"\n", 9600},
        {"\"CurrentBuildNumber\"=\"\"\n\"CurrentBuild\"=\"7601\"\n", 7601},
        {"\"CurrentBuildNumber\"=\"19045x\"\n\"CurrentBuild\"=\"7601\"\n", 7601},
        {"\"CurrentBuildNumber\"=dword:00004a65\n\"CurrentBuild\"=\"7601\"\n", 7601},
        {"\"CurrentBuildNumber\"=hex(1):37,00,36,00,30,00,31,00\n", 7601},
        {"\"CurrentVersion\"=\"10.0\"\n", 0},
        {"\"CurrentBuildNumber\"=\"-1\"\n", 0},
        {"\"CurrentBuildNumber\"=\"99999999999999999999\"\n", 0},
        {"\"CurrentBuildNumber\"=\" 19045\"\n", 0},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct snapshot *snapshot = read_clean(
            state, arena_printf(*state, "[" CURRENT_VERSION "]\n%s[" CARDS "]\n", cases[i].values));
        assert_int_equal(snapshot->os.build, cases[i].build);
    }
}

static void the_os_is_described(void **state)
{
    const struct snapshot *snapshot = read_clean(
        state, "[" CURRENT_VERSION "]\n\"ProductName\"=\"Windows 10 Pro\"\n"
               "\"DisplayVersion\"=\"22H2\"\n\"ReleaseId\"=\"2009\"\n"
               "\"SystemRoot\"=\"C:\\\\Windows\"\n\"UBR\"=dword:00000edb\n[" CARDS "]\n");
    assert_string_equal(snapshot->os.product, "Windows 10 Pro");
    assert_string_equal(snapshot->os.display_version, "22H2");
    assert_string_equal(snapshot->os.system_root, "C:\\Windows");
    assert_true(snapshot->os.has_ubr);
    assert_int_equal(snapshot->os.ubr, 3803);
    snapshot = read_clean(state, "[" CURRENT_VERSION "]\n\"ReleaseId\"=\"1809\"\n[" CARDS "]\n");
    assert_string_equal(snapshot->os.display_version, "1809");
}

static void what_is_not_known_of_the_os_is_not_made_up(void **state)
{
    const struct snapshot *snapshot = read_clean(
        state, "[" CURRENT_VERSION "]\n\"ProductName\"=dword:1\n\"UBR\"=\"3803\"\n[" CARDS "]\n");
    assert_null(snapshot->os.product);
    assert_null(snapshot->os.display_version);
    assert_null(snapshot->os.system_root);
    assert_false(snapshot->os.has_ubr);
    assert_int_equal(snapshot->os.build, 0);
    assert_int_equal(read_clean(state, "[" CARDS "]\n")->os.build, 0);
}

static void csps_are_read_in_both_views(void **state)
{
    const struct snapshot *snapshot = read_clean(
        state, SUPPORT_WINDOWS_10 "[" PROVIDER "\\B]\n\"Image Path\"=\"b.dll\"\n\"Type\"=dword:1\n"
                                  "[" PROVIDER "\\A]\n[Wow6432Node\\" PROVIDER "\\C]\n"
                                  "\"Image Path\"=\"c.dll\"\n");
    const struct view_config *native = &snapshot->views[VIEW_NATIVE];
    const struct view_config *wow = &snapshot->views[VIEW_WOW6432NODE];
    assert_int_equal(native->ncsps, 2);
    assert_string_equal(native->csps[0].origin.name, "A");
    assert_int_equal(native->csps[0].nvalues, 0);
    assert_string_equal(native->csps[1].origin.key, PROVIDER "\\B");
    assert_text(regkey_value(&native->csps[1], "Image Path"), VALUE_OK, "b.dll");
    assert_int_equal(regkey_value(&native->csps[1], "Type")->type, REG_DWORD);
    assert_int_equal(wow->ncsps, 1);
    assert_string_equal(wow->csps[0].origin.key, "Wow6432Node\\" PROVIDER "\\C");
    assert_text(regkey_value(&wow->csps[0], "Image Path"), VALUE_OK, "c.dll");
}

static void readers_are_read_with_values_and_subkeys(void **state)
{
    const struct snapshot *snapshot = read_clean(
        state, SUPPORT_WINDOWS_10 "[" CALAIS "\\Readers]\n\"RetryDeviceInitialize\"=dword:1\n"
                                  "[" CALAIS "\\Readers\\ACS 0]\n\"Device\"=\"x\"\n"
                                  "[Wow6432Node\\" CALAIS "\\Readers]\n"
                                  "\"RetryDeviceInitialize\"=\"1\"\n");
    const struct regkey *readers = &snapshot->views[VIEW_NATIVE].readers;
    uint32_t number;
    assert_int_equal(readers->state, KEY_PRESENT);
    assert_true(regval_dword(regkey_value(readers, "RetryDeviceInitialize"), &number));
    assert_int_equal(number, 1);
    assert_int_equal(readers->nsubkeys, 1);
    assert_string_equal(readers->subkeys[0].name, "ACS 0");
    assert_text(regkey_value(&snapshot->views[VIEW_WOW6432NODE].readers, "RetryDeviceInitialize"),
                VALUE_OK, "1");
}

static void policies_are_read(void **state)
{
    const struct snapshot *snapshot = read_clean(
        state, SUPPORT_WINDOWS_10
        "[Policies\\Microsoft\\Windows\\ScPnP]\n\"EnableScPnP\"=dword:0\n"
        "[Policies\\Microsoft\\Windows\\SmartCardCredentialProvider]\n"
        "\"AllowCertificatesWithNoEKU\"=dword:1\n"
        "[Wow6432Node\\Policies\\Microsoft\\Windows\\CertProp]\n\"CertPropEnabled\"=dword:0\n");
    uint32_t number = 7;
    assert_true(
        regval_dword(regkey_value(&snapshot->policies[POLICY_SCPNP], "EnableScPnP"), &number));
    assert_int_equal(number, 0);
    assert_true(regval_dword(
        regkey_value(&snapshot->policies[POLICY_CREDENTIAL_PROVIDER], "AllowCertificatesWithNoEKU"),
        &number));
    assert_int_equal(number, 1);
    assert_int_equal(snapshot->policies[POLICY_CERTPROP].state, KEY_ABSENT);
    assert_string_equal(snapshot->policies[POLICY_CERTPROP].origin.key,
                        "Policies\\Microsoft\\Windows\\CertProp");
}

static void atr_caches_are_read(void **state)
{
    const struct snapshot *snapshot = read_clean(
        state, SUPPORT_WINDOWS_10 "[" CALAIS "\\PIV Device ATR Cache]\n\"0\"=hex:3b,00\n"
                                  "\"1\"=hex:3b,80,80,01,01\n[" CALAIS "\\IDMP ATR Cache]\n");
    assert_int_equal(snapshot->atr_caches[ATR_CACHE_PIV].nvalues, 2);
    assert_bytes(&snapshot->atr_caches[ATR_CACHE_PIV].values[1], "\x3b\x80\x80\x01\x01", 5);
    assert_int_equal(snapshot->atr_caches[ATR_CACHE_IDMP].state, KEY_PRESENT);
    assert_int_equal(snapshot->atr_caches[ATR_CACHE_IDMP].nvalues, 0);
    assert_int_equal(read_clean(state, SUPPORT_WINDOWS_10)->atr_caches[ATR_CACHE_PIV].state,
                     KEY_ABSENT);
}

static void requests_are_answered_in_their_order(void **state)
{
    static const struct key_request requests[] = {
        {CALAIS "\\!SmartCards", VIEW_NATIVE},
        {"contoso\\APP [1]", VIEW_WOW6432NODE},
        {"Contoso\\App [1]", VIEW_NATIVE},
        {CALAIS, VIEW_NATIVE},
    };
    struct memory_hive *bytes =
        support_build(*state, SUPPORT_WINDOWS_10 "[Wow6432Node\\Contoso\\App [1]]\n\"v\"=\"wow\"\n"
                                                 "[Contoso\\App [1]]\n\"v\"=\"native\"\n");
    struct diags diags = {.arena = *state};
    struct snapshot snapshot;
    struct read_plan plan = {.requests = requests, .nrequests = 4};
    assert_true(snapshot_read(*state, &diags, &bytes->source, &plan, &snapshot));
    assert_int_equal(snapshot.nrequests, 4);
    assert_ptr_equal(snapshot.requests, requests);
    assert_int_equal(snapshot.requested[0].state, KEY_ABSENT);
    assert_text(regkey_value(&snapshot.requested[1], "v"), VALUE_OK, "wow");
    assert_int_equal(snapshot.requested[1].origin.view, VIEW_WOW6432NODE);
    assert_text(regkey_value(&snapshot.requested[2], "v"), VALUE_OK, "native");
    assert_int_equal(snapshot.requested[3].state, KEY_PRESENT);
}

static void a_hive_without_calais_is_nothing_to_audit(void **state)
{
    const struct reading *reading =
        read_text(state, WINDOWS("amd64") "[Microsoft\\Cryptography\\Defaults\\Provider\\x]\n");
    assert_fails(reading, "nothing to audit");
    assert_false(reading->snapshot.has_calais);
    assert_true(reading->snapshot.hive.known);
    assert_int_equal(reading->snapshot.os.build, 19045);
}

static void calais_in_one_view_is_enough(void **state)
{
    const struct snapshot *snapshot =
        read_clean(state, WINDOWS("amd64") "[Wow6432Node\\" CARDS "\\x]\n");
    assert_true(snapshot->has_calais);
    assert_int_equal(snapshot->views[VIEW_NATIVE].calais.state, KEY_ABSENT);
    assert_int_equal(snapshot->views[VIEW_WOW6432NODE].ncards, 1);
}

static void calais_where_it_has_no_effect_is_nothing_to_audit(void **state)
{
    assert_fails(read_text(state, WINDOWS("x86") "[Wow6432Node\\" CARDS "\\x]\n"),
                 "nothing to audit");
}

static void calais_without_smart_cards_can_be_audited(void **state)
{
    const struct snapshot *snapshot = read_clean(state, WINDOWS("amd64") "[" CALAIS "\\Cache]\n");
    assert_int_equal(snapshot->views[VIEW_NATIVE].calais.nsubkeys, 1);
    assert_int_equal(snapshot->views[VIEW_NATIVE].smart_cards.state, KEY_ABSENT);
    assert_int_equal(snapshot->views[VIEW_NATIVE].ncards, 0);
}

static void another_kind_of_hive_is_named(void **state)
{
    assert_fails(read_text(state, "[Select]\n[ControlSet001]\n[" CARDS "]\n"), "SYSTEM");
    assert_fails(read_text(state, "[Software\\" CARDS "]\n[Environment]\n"), "NTUSER.DAT");
}

static void entries_that_cannot_be_listed_make_the_audit_incomplete(void **state)
{
    struct memory_hive *bytes = support_build(
        *state, SUPPORT_WINDOWS_10 "[" CARDS "\\x]\n[Wow6432Node\\" CARDS "\\y]\n"
                                   "[" PROVIDER "\\p]\n[" CALAIS "\\Readers]\n\"v\"=\"1\"\n");
    support_put_u32(bytes, support_locate_key(*state, bytes, CARDS) + NK_SUBKEYS, OUTSIDE);
    const struct reading *reading = support_read(*state, bytes);
    assert_true(reading->read);
    assert_int_equal(reading->diags.count, 2);
    assert_true(says(&reading->diags, DIAG_INCOMPLETE, CARDS, "list of 1 subkeys"));
    assert_true(says(&reading->diags, DIAG_INCOMPLETE, CARDS, "0 of 1 entries read as a whole"));
    const struct snapshot *snapshot = &reading->snapshot;
    assert_int_equal(snapshot->views[VIEW_NATIVE].smart_cards.state, KEY_UNREADABLE);
    assert_int_equal(snapshot->views[VIEW_NATIVE].ncards, 0);
    assert_int_equal(snapshot->views[VIEW_NATIVE].nlost, 1);
    assert_int_equal(snapshot->views[VIEW_NATIVE].ncsps, 1);
    assert_int_equal(snapshot->views[VIEW_NATIVE].readers.nvalues, 1);
    assert_int_equal(snapshot->views[VIEW_WOW6432NODE].ncards, 1);
}

/* The cell of the list is cut down to its head; the rest of it is free. */
static void entries_of_a_list_that_is_cut_are_lost(void **state)
{
    struct memory_hive *bytes = support_build(*state, SUPPORT_WINDOWS_10 "[" CARDS "\\x]\n[" CARDS
                                                                         "\\y]\n[" CARDS "\\z]\n");
    size_t list = support_follow(bytes, support_locate_key(*state, bytes, CARDS) + NK_SUBKEYS);
    uint32_t size = -support_get_u32(bytes, list);
    support_put_u32(bytes, list, -(uint32_t)8);
    support_put_u32(bytes, list + 8, size - 8);
    const struct view_config *native = &support_read(*state, bytes)->snapshot.views[VIEW_NATIVE];
    assert_int_equal(native->smart_cards.state, KEY_UNREADABLE);
    assert_int_equal(native->nlisted, 3);
    assert_int_equal(native->nread, 0);
}

static void an_entry_whose_values_cannot_be_read_is_kept(void **state)
{
    struct memory_hive *bytes =
        support_build(*state, SUPPORT_WINDOWS_10 "[" CARDS "\\bad]\n\"ATR\"=hex:3b,00\n"
                                                 "[" CARDS "\\good]\n\"ATR\"=hex:3b,00\n");
    support_put_u32(bytes, support_locate_key(*state, bytes, CARDS "\\bad") + NK_VALUES, OUTSIDE);
    const struct reading *reading = support_read(*state, bytes);
    assert_true(reading->read);
    assert_int_equal(reading->diags.count, 2);
    assert_true(says(&reading->diags, DIAG_INCOMPLETE, CARDS "\\bad", "list of 1 values"));
    assert_true(says(&reading->diags, DIAG_INCOMPLETE, CARDS, "1 of 2 entries read as a whole"));
    const struct card *bad = support_find_card(&reading->snapshot, VIEW_NATIVE, "bad");
    for (int i = 0; i < NCARD_FIELDS; i++)
        assert_int_equal(bad->field[i]->state, VALUE_UNREADABLE);
    const struct card *good = support_find_card(&reading->snapshot, VIEW_NATIVE, "good");
    assert_int_equal(good->field[CARD_ATR]->state, VALUE_OK);
    assert_int_equal(good->field[CARD_ATR_MASK]->state, VALUE_ABSENT);
}

/* The first value of the entry x, an ATR of six bytes, is damaged; others are not. */
static const struct reading *read_damaged_atr(void **state, size_t offset, uint32_t number)
{
    struct memory_hive *bytes =
        support_build(*state, SUPPORT_WINDOWS_10 "[" CARDS "\\x]\n\"ATR\"=hex:3b,04,51,ff,08,00\n"
                                                 "\"80000001\"=\"x.dll\"\n");
    size_t list = support_follow(bytes, support_locate_key(*state, bytes, CARDS "\\x") + NK_VALUES);
    support_put_u32(bytes, support_follow(bytes, list + 4) + offset, number);
    return support_read(*state, bytes);
}

static void assert_atr_unreadable(const struct reading *reading)
{
    assert_true(reading->read);
    assert_int_equal(reading->diags.count, 2);
    assert_true(says(&reading->diags, DIAG_INCOMPLETE, CARDS "\\x", "\"ATR\""));
    assert_true(says(&reading->diags, DIAG_INCOMPLETE, CARDS, "0 of 1 entries read as a whole"));
    assert_int_equal(reading->snapshot.views[VIEW_NATIVE].nlost, 1);
    const struct card *card = support_find_card(&reading->snapshot, VIEW_NATIVE, "x");
    assert_int_equal(card->field[CARD_ATR]->state, VALUE_UNREADABLE);
    assert_int_equal(card->field[CARD_ATR_MASK]->state, VALUE_ABSENT);
    assert_text(card->field[CARD_MODULE], VALUE_OK, "x.dll");
}

static void a_value_that_cannot_be_read_is_neither_absent_nor_wrong(void **state)
{
    assert_atr_unreadable(read_damaged_atr(state, VK_DATA, OUTSIDE));
}

/* It may be the ATR, so that nobody can say that there is none. */
static void a_value_whose_name_cannot_be_read_may_be_any(void **state)
{
    const struct reading *reading = read_damaged_atr(state, VK_NAME_LENGTH, 0xffff);
    const struct card *card = support_find_card(&reading->snapshot, VIEW_NATIVE, "x");
    assert_int_equal(card->field[CARD_ATR]->state, VALUE_UNREADABLE);
    assert_int_equal(card->field[CARD_CSP]->state, VALUE_UNREADABLE);
    assert_text(card->field[CARD_MODULE], VALUE_OK, "x.dll");
    assert_int_equal(reading->diags.worst, DIAG_INCOMPLETE);
}

static void a_value_that_is_too_large_is_not_read(void **state)
{
    const struct reading *reading = read_damaged_atr(state, VK_SIZE, 2 << 20);
    assert_atr_unreadable(reading);
    assert_non_null(strstr(reading->diags.items[0].message, "2097152 bytes"));
}

static void put_sequences(struct memory_hive *bytes, uint32_t primary, uint32_t secondary)
{
    support_put_u32(bytes, 4, primary);
    support_put_u32(bytes, 8, secondary);
    support_fix_checksum(bytes);
}

static void a_dirty_hive_is_read_and_known_to_be_dirty(void **state)
{
    struct memory_hive *bytes = support_build(*state, SUPPORT_WINDOWS_10 "[" CARDS "\\x]\n");
    assert_int_equal(support_read(*state, bytes)->snapshot.hive.state, HIVE_CLEAN);
    put_sequences(bytes, 43469, 43468);
    const struct reading *reading = support_read(*state, bytes);
    assert_true(reading->read);
    assert_true(reading->snapshot.hive.known);
    assert_int_equal(reading->snapshot.hive.state, HIVE_UNRECOVERED);
    assert_int_equal(reading->snapshot.hive.primary_sequence, 43469);
    assert_int_equal(reading->snapshot.hive.secondary_sequence, 43468);
    assert_int_equal(reading->snapshot.views[VIEW_NATIVE].ncards, 1);
}

static void facts_of_the_base_block_are_kept_where_nothing_can_be_audited(void **state)
{
    struct memory_hive *bytes = support_build(*state, "[SAM]\n");
    put_sequences(bytes, 9, 8);
    const struct reading *reading = support_read(*state, bytes);
    assert_fails(reading, "SAM");
    assert_true(reading->snapshot.hive.known);
    assert_int_equal(reading->snapshot.hive.state, HIVE_UNRECOVERED);
    assert_int_equal(reading->snapshot.hive.last_written, 133485408000000000); /* 2024-01-01 */
}

/* Nobody can tell that the last write was finished, so that it counts as dirty. */
static void a_wrong_checksum_is_repaired_and_leaves_the_hive_dirty(void **state)
{
    struct memory_hive *bytes = support_build(*state, SUPPORT_WINDOWS_10 "[" CARDS "\\x]\n");
    bytes->bytes[200] ^= 1;
    const struct reading *reading = support_read(*state, bytes);
    assert_true(reading->read);
    assert_int_equal(reading->diags.count, 1);
    assert_true(says(&reading->diags, DIAG_INCOMPLETE, NULL, "checksum"));
    assert_int_equal(reading->snapshot.hive.repairs, 1);
    assert_int_equal(reading->snapshot.hive.state, HIVE_UNRECOVERED);
    assert_int_equal(reading->snapshot.hive.kind, HIVE_KIND_SOFTWARE);
    assert_int_equal(reading->snapshot.views[VIEW_NATIVE].ncards, 1);
}

static void a_hive_without_its_base_block_fails(void **state)
{
    struct memory_hive *bytes = support_build(*state, SUPPORT_WINDOWS_10);
    static const size_t sizes[] = {0, 1, 511, 512, 4095};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const struct reading *reading =
            support_read(*state, support_wrap(*state, bytes->bytes, sizes[i]));
        assert_fails(reading, arena_printf(*state, "got %zu bytes", sizes[i]));
        assert_false(reading->snapshot.hive.known);
    }
}

static void a_truncated_hive_is_never_complete(void **state)
{
    struct memory_hive *bytes = support_build(*state, SUPPORT_WINDOWS_10);
    for (size_t size = 4096; size < bytes->source.size; size += 512) {
        const struct reading *reading =
            support_read(*state, support_wrap(*state, bytes->bytes, size));
        assert_int_not_equal(reading->diags.worst, DIAG_NOTE);
        assert_true(says(&reading->diags, DIAG_INCOMPLETE, NULL, "truncated"));
    }
}

/* Windows makes hives larger than their bins. */
static void bytes_behind_the_last_bin_are_normal(void **state)
{
    struct memory_hive *bytes = support_build(*state, SUPPORT_WINDOWS_10);
    size_t size = bytes->source.size;
    uint8_t *longer = arena_alloc(*state, size + 300000, 1);
    memcpy(longer, bytes->bytes, size);
    memset(longer + size, 0xee, 300000);
    const struct reading *reading =
        support_read(*state, support_wrap(*state, longer, size + 300000));
    assert_true(reading->read);
    assert_int_equal(reading->diags.count, 0);
}

static ssize_t read_nothing(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    (void)source, (void)offset, (void)buf, (void)len;
    errno = EIO;
    return -1;
}

static void a_source_that_cannot_be_read_fails(void **state)
{
    struct memory_hive *bytes = support_build(*state, SUPPORT_WINDOWS_10);
    bytes->source.read_at = read_nothing;
    const struct reading *reading = support_read(*state, bytes);
    assert_fails(reading, "cannot be read");
    assert_false(reading->snapshot.hive.known);
}

/* Logs. */

#define STALE "[" CARDS "\\stale]\n"
#define FRESH "[" CARDS "\\fresh]\n"

/* Reads a hive with one log, or none where log is NULL. */
static struct reading *read_with_log(struct arena *arena, const struct memory_hive *hive,
                                     const struct memory_hive *log, enum log_policy policy,
                                     struct hive_image *recovered)
{
    struct read_plan plan = {.logs = log ? &log->source : NULL,
                             .nlogs = log ? 1 : 0,
                             .policy = policy,
                             .recovered = recovered};
    struct reading *reading = arena_alloc(arena, 1, sizeof *reading);
    reading->diags.arena = arena;
    reading->read = snapshot_read(arena, &reading->diags, &hive->source, &plan, &reading->snapshot);
    return reading;
}

static struct dirty make_dirty(void **state)
{
    return dirty_make(*state, SUPPORT_WINDOWS_10 STALE, SUPPORT_WINDOWS_10 FRESH);
}

/* The native view has this one entry. */
static void assert_entry(const struct snapshot *snapshot, const char *name)
{
    assert_int_equal(snapshot->views[VIEW_NATIVE].ncards, 1);
    assert_string_equal(snapshot->views[VIEW_NATIVE].cards[0].key.origin.name, name);
}

static void logs_bring_a_dirty_hive_up_to_date(void **state)
{
    struct dirty dirty = make_dirty(state);
    const struct reading *reading = read_with_log(*state, dirty.hive, dirty.log, LOGS_AUTO, NULL);
    assert_true(reading->read);
    assert_int_equal(reading->diags.count, 0);
    assert_entry(&reading->snapshot, "fresh");
    const struct hive_facts *facts = &reading->snapshot.hive;
    assert_int_equal(facts->state, HIVE_RECOVERED);
    assert_int_equal(facts->kind, HIVE_KIND_SOFTWARE);
    assert_true(facts->known);
    assert_null(facts->lost);
    assert_int_equal(facts->primary_sequence, DIRTY_NUMBER);
    assert_int_equal(facts->secondary_sequence, DIRTY_NUMBER - 1);
    assert_int_equal(facts->nlogs, 1);
    assert_string_equal(facts->logs[0].name, "SOFTWARE.LOG1");
    assert_int_equal(facts->logs[0].applied, 1);
    assert_null(facts->logs[0].reason);
}

static void a_recovered_hive_also_shows_what_was_before(void **state)
{
    struct dirty dirty = make_dirty(state);
    const struct reading *reading = read_with_log(*state, dirty.hive, dirty.log, LOGS_AUTO, NULL);
    const struct snapshot *before = reading->snapshot.before;
    assert_non_null(before);
    assert_entry(before, "stale");
    assert_int_equal(before->hive.state, HIVE_UNRECOVERED);
    assert_null(before->before);
}

/* Nor does what is wrong with it count: it is no longer so. */
static void what_cannot_be_read_before_is_left_out(void **state)
{
    struct dirty dirty = dirty_make(*state, SUPPORT_WINDOWS_10 STALE, SUPPORT_WINDOWS_10 FRESH);
    memset(dirty.hive->bytes + 4096, 0, dirty.hive->source.size - 4096);
    const struct reading *reading = read_with_log(*state, dirty.hive, dirty.log, LOGS_AUTO, NULL);
    assert_true(reading->read);
    assert_int_equal(reading->diags.count, 0);
    assert_entry(&reading->snapshot, "fresh");
    assert_null(reading->snapshot.before);
}

static void before_answers_the_same_requests(void **state)
{
    static const struct key_request requests[] = {{"Microsoft\\X", VIEW_NATIVE}};
    struct dirty dirty =
        dirty_make(*state, SUPPORT_WINDOWS_10, SUPPORT_WINDOWS_10 "[Microsoft\\X]\n\"v\"=\"1\"\n");
    struct read_plan plan = {
        .logs = &dirty.log->source, .nlogs = 1, .requests = requests, .nrequests = 1};
    struct snapshot snapshot;
    struct diags diags = {.arena = *state};
    assert_true(snapshot_read(*state, &diags, &dirty.hive->source, &plan, &snapshot));
    assert_int_equal(snapshot.requested[0].state, KEY_PRESENT);
    assert_int_equal(snapshot.before->nrequests, 1);
    assert_int_equal(snapshot.before->requested[0].state, KEY_ABSENT);
}

static void logs_are_no_part_of_a_clean_hive(void **state)
{
    struct dirty dirty = make_dirty(state);
    put_sequences(dirty.hive, DIRTY_NUMBER, DIRTY_NUMBER);
    const struct reading *reading =
        read_with_log(*state, dirty.hive, dirty.log, LOGS_REQUIRE, NULL);
    assert_true(reading->read);
    assert_entry(&reading->snapshot, "stale");
    assert_int_equal(reading->snapshot.hive.state, HIVE_CLEAN);
    assert_int_equal(reading->snapshot.hive.nlogs, 0);
    assert_null(reading->snapshot.before);
}

static void ignored_logs_change_nothing(void **state)
{
    struct dirty dirty = make_dirty(state);
    const struct reading *reading = read_with_log(*state, dirty.hive, dirty.log, LOGS_IGNORE, NULL);
    assert_true(reading->read);
    assert_entry(&reading->snapshot, "stale");
    assert_int_equal(reading->snapshot.hive.state, HIVE_UNRECOVERED);
    assert_int_equal(reading->snapshot.hive.nlogs, 0);
    assert_null(reading->snapshot.before);
}

static void a_log_that_does_not_fit_leaves_the_hive_as_it_is_and_says_why(void **state)
{
    struct dirty dirty = make_dirty(state);
    dirty.log->bytes[600] ^= 1;
    const struct reading *reading = read_with_log(*state, dirty.hive, dirty.log, LOGS_AUTO, NULL);
    assert_true(reading->read);
    assert_entry(&reading->snapshot, "stale");
    assert_int_equal(reading->snapshot.hive.state, HIVE_UNRECOVERED);
    assert_int_equal(reading->snapshot.hive.nlogs, 1);
    assert_int_equal(reading->snapshot.hive.logs[0].applied, 0);
    assert_non_null(reading->snapshot.hive.logs[0].reason);
    assert_null(reading->snapshot.before);
}

static void required_logs_that_recover_nothing_fail(void **state)
{
    struct dirty dirty = make_dirty(state);
    assert_true(read_with_log(*state, dirty.hive, dirty.log, LOGS_REQUIRE, NULL)->read);
    assert_fails(read_with_log(*state, dirty.hive, NULL, LOGS_REQUIRE, NULL), "--logs=require");
    dirty.log->bytes[600] ^= 1;
    const struct reading *reading =
        read_with_log(*state, dirty.hive, dirty.log, LOGS_REQUIRE, NULL);
    assert_fails(reading, "--logs=require");
    assert_int_equal(reading->diags.count, 1);
    assert_int_equal(reading->snapshot.hive.nlogs, 1);
}

/* A lost base block is dirty as well: the log has it. */
static void logs_bring_back_a_base_block(void **state)
{
    struct dirty dirty = make_dirty(state);
    put_sequences(dirty.hive, DIRTY_NUMBER, DIRTY_NUMBER);
    memset(dirty.hive->bytes, 0, 512);
    const struct reading *reading = read_with_log(*state, dirty.hive, dirty.log, LOGS_AUTO, NULL);
    assert_true(reading->read);
    assert_int_equal(reading->diags.count, 0);
    assert_entry(&reading->snapshot, "fresh");
    assert_int_equal(reading->snapshot.hive.state, HIVE_RECOVERED);
}

/* What a plan gets as the recovered hive; NULL where it gets none. */
static const struct memory_hive *take_image(struct arena *arena, struct hive_image *image)
{
    if (image->fd < 0)
        return NULL;
    uint8_t *bytes = arena_alloc(arena, image->size, 1);
    assert_int_equal(pread(image->fd, bytes, image->size, 0), image->size);
    hive_image_close(image);
    return support_wrap(arena, bytes, image->size);
}

static void the_recovered_hive_is_handed_over(void **state)
{
    struct dirty dirty = make_dirty(state);
    struct hive_image image = {.fd = -1};
    read_with_log(*state, dirty.hive, dirty.log, LOGS_AUTO, &image);
    const struct memory_hive *recovered = take_image(*state, &image);
    assert_non_null(recovered);
    const struct reading *again = support_read(*state, recovered);
    assert_true(again->read);
    assert_int_equal(again->diags.count, 0);
    assert_int_equal(again->snapshot.hive.state, HIVE_CLEAN);
    assert_entry(&again->snapshot, "fresh");
}

static void a_clean_hive_is_handed_over_as_it_is(void **state)
{
    struct memory_hive *hives[] = {support_build(*state, SUPPORT_WINDOWS_10 STALE),
                                   support_build(*state, "[SAM]\n")};
    for (size_t i = 0; i < 2; i++) { /* of whatever kind */
        struct hive_image image = {.fd = -1};
        read_with_log(*state, hives[i], NULL, LOGS_AUTO, &image);
        const struct memory_hive *same = take_image(*state, &image);
        assert_non_null(same);
        assert_int_equal(same->source.size, hives[i]->source.size);
        assert_memory_equal(same->bytes, hives[i]->bytes, same->source.size);
    }
}

static void nothing_is_handed_over_where_nothing_is_recovered(void **state)
{
    struct dirty dirty = make_dirty(state);
    const struct memory_hive *cases[] = {
        dirty.hive,
        dirty.log,                                    /* no hive */
        support_wrap(*state, dirty.hive->bytes, 600), /* none that is whole */
        support_wrap(*state, dirty.hive->bytes, 4095),
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct hive_image image = {.fd = -1};
        read_with_log(*state, cases[i], NULL, LOGS_AUTO, &image);
        assert_null(take_image(*state, &image));
    }
}

/* Kinds. */

static enum hive_kind kind_of(void **state, const struct memory_hive *hive)
{
    return support_read(*state, hive)->snapshot.hive.kind;
}

static void the_kind_of_hive_is_told(void **state)
{
    struct dirty dirty = make_dirty(state);
    struct memory_hive *scrap = support_build(*state, SUPPORT_WINDOWS_10);
    memset(scrap->bytes + 4096, 0xee, scrap->source.size - 4096);
    assert_int_equal(kind_of(state, dirty.hive), HIVE_KIND_SOFTWARE);
    assert_int_equal(kind_of(state, dirty.log), HIVE_KIND_NONE);
    assert_int_equal(kind_of(state, support_build(*state, "[SAM]\n")), HIVE_KIND_OTHER);
    assert_int_equal(kind_of(state, support_build(*state, "[X]\n")), HIVE_KIND_OTHER);
    assert_int_equal(kind_of(state, scrap), HIVE_KIND_UNKNOWN);
    assert_int_equal(kind_of(state, support_wrap(*state, scrap->bytes, 4000)), HIVE_KIND_UNKNOWN);
}

/* What has lost some of its root's keys may be SOFTWARE: a folder must not pass it over. */
static void a_hive_that_lost_keys_of_its_root_may_be_software(void **state)
{
    struct memory_hive *hive = support_build(*state, SUPPORT_WINDOWS_10);
    support_put_u32(hive, support_locate_key(*state, hive, "") + NK_SUBKEYS, OUTSIDE);
    const struct reading *reading = support_read(*state, hive);
    assert_false(reading->read);
    assert_int_equal(reading->snapshot.hive.kind, HIVE_KIND_UNKNOWN);
}

/* Repairs and losses. */

/* It may have been on the path to what is not there any more. */
static void what_may_be_lost_is_not_absent(void **state)
{
    static const struct key_request requests[] = {{"Microsoft\\Other\\Key", VIEW_NATIVE},
                                                  {"Contoso\\Key", VIEW_NATIVE},
                                                  {"Microsoft\\Cryptography", VIEW_NATIVE},
                                                  {"Microsoft\\Key", VIEW_WOW6432NODE}};
    struct memory_hive *hive =
        support_build(*state, SUPPORT_WINDOWS_10 "[Microsoft\\Other\\Key]\n");
    hive->bytes[support_locate_key(*state, hive, "Microsoft\\Other") + 4] = 'x';
    struct read_plan plan = {.requests = requests, .nrequests = 4};
    struct snapshot snapshot;
    struct diags diags = {.arena = *state};
    assert_true(snapshot_read(*state, &diags, &hive->source, &plan, &snapshot));
    assert_int_equal(snapshot.requested[0].state, KEY_UNREADABLE);
    assert_true(says(&diags, DIAG_INCOMPLETE, "Microsoft\\Other\\Key", "may be one that is lost"));
    assert_int_equal(snapshot.requested[1].state, KEY_ABSENT);
    assert_int_equal(snapshot.requested[2].state, KEY_PRESENT);
    assert_int_equal(snapshot.requested[3].state, KEY_ABSENT);
}

/* A card's CSP may be the one that is lost: nobody can say that it is not registered. */
static void a_list_that_lost_a_key_is_not_readable_as_a_whole(void **state)
{
    struct memory_hive *hive =
        support_build(*state, SUPPORT_WINDOWS_10 "[" PROVIDER "\\p]\n[" PROVIDER "\\q]\n");
    hive->bytes[support_locate_key(*state, hive, PROVIDER "\\q") + 4] = 'x';
    const struct view_config *native = &support_read(*state, hive)->snapshot.views[VIEW_NATIVE];
    assert_int_equal(native->ncsps, 1);
    assert_int_equal(native->providers.state, KEY_UNREADABLE);
    assert_int_equal(native->smart_cards.state, KEY_PRESENT);
}

static void a_sound_hive_needs_no_repairs(void **state)
{
    assert_int_equal(
        support_read(*state, support_build(*state, SUPPORT_WINDOWS_10))->snapshot.hive.repairs, 0);
}

/* An entry whose cell is no key any more: the other two are read, and it is counted. */
static void a_lost_entry_is_counted_and_named_by_its_place(void **state)
{
    struct memory_hive *hive = support_build(*state, SUPPORT_WINDOWS_10 "[" CARDS "\\a]\n[" CARDS
                                                                        "\\b]\n[" CARDS "\\c]\n");
    size_t cell = support_locate_key(*state, hive, CARDS "\\b");
    hive->bytes[cell + 4] = 'x';
    const struct reading *reading = support_read(*state, hive);
    const struct view_config *native = &reading->snapshot.views[VIEW_NATIVE];
    assert_true(reading->read);
    assert_true(reading->snapshot.hive.repairs > 0);
    assert_int_equal(native->ncards, 2);
    assert_int_equal(native->nlisted, 3);
    assert_int_equal(native->nlost, 1);
    assert_string_equal(native->lost[0].key, CARDS);
    assert_int_equal(native->lost[0].offset, cell);
    assert_non_null(native->lost[0].reason);
    assert_true(says(&reading->diags, DIAG_INCOMPLETE, CARDS, "2 of 3 entries read as a whole"));
    assert_int_equal(reading->snapshot.views[VIEW_WOW6432NODE].nlost, 0);
}

static void no_changed_byte_crashes_the_reader(void **state)
{
    struct memory_hive *bytes =
        support_build(*state, SUPPORT_WINDOWS_10 "[" CARDS "\\x]\n\"ATR\"=hex:3b,04,51,ff,08,00\n"
                                                 "\"80000001\"=\"x.dll\"\n");
    for (size_t i = 4096; i < bytes->source.size; i++) {
        if (!bytes->bytes[i])
            continue;
        struct arena *arena = arena_new();
        bytes->bytes[i] ^= 0xff;
        const struct reading *reading = support_read(arena, bytes);
        if (!reading->read)
            assert_int_equal(reading->diags.worst, DIAG_FAILED);
        bytes->bytes[i] ^= 0xff;
        arena_free(arena);
    }
}

/* As reglookup and a hex editor show them. */
static void windows_7_is_read(void **state)
{
    struct memory_hive *bytes = support_corpus(*state, "hives/win7-x86/SOFTWARE");
    const struct reading *reading = support_read(*state, bytes);
    const struct snapshot *snapshot = &reading->snapshot;
    assert_true(reading->read);
    assert_int_equal(reading->diags.count, 0);
    assert_int_equal(snapshot->hive.state, HIVE_CLEAN);
    assert_int_equal(snapshot->hive.last_written, 129783058347342920);
    assert_string_equal(snapshot->os.product, "Windows 7 Ultimate");
    assert_string_equal(snapshot->os.system_root, "C:\\Windows");
    assert_int_equal(snapshot->os.build, 7601);
    assert_false(snapshot->os.has_ubr);
    assert_int_equal(snapshot->os.arch, ARCH_X86);
    assert_false(snapshot->views[VIEW_WOW6432NODE].exists);
    const struct view_config *native = &snapshot->views[VIEW_NATIVE];
    assert_int_equal(native->ncards, 2);
    assert_int_equal(native->ncsps, 10);
    assert_int_equal(native->readers.state, KEY_PRESENT);
    assert_int_equal(native->readers.nvalues + native->readers.nsubkeys, 0);
    const struct card *piv =
        support_find_card(snapshot, VIEW_NATIVE, "Identity Device (NIST SP 800-73 [PIV])");
    assert_int_equal(piv->key.origin.offset, 0x8c8200);
    assert_int_equal(piv->key.origin.last_write, 128920198280879663);
    assert_int_equal(piv->field[CARD_ATR]->state, VALUE_ABSENT);
    assert_int_equal(piv->field[CARD_ATR_MASK]->state, VALUE_ABSENT);
    assert_text(piv->field[CARD_MODULE], VALUE_OK, "msclmd.dll");
    assert_text(piv->field[CARD_CSP], VALUE_OK, "Microsoft Base Smart Card Crypto Provider");
}

static void windows_8_1_is_read(void **state)
{
    struct memory_hive *bytes = support_corpus(*state, "hives/win81-x64/SOFTWARE");
    const struct reading *reading = support_read(*state, bytes);
    const struct snapshot *snapshot = &reading->snapshot;
    assert_true(reading->read);
    assert_int_equal(reading->diags.count, 0);
    assert_int_equal(snapshot->hive.state, HIVE_UNRECOVERED);
    assert_string_equal(snapshot->os.product, "Windows 8.1 Enterprise Evaluation");
    assert_int_equal(snapshot->os.build, 9600);
    assert_int_equal(snapshot->os.arch, ARCH_AMD64);
    static const char *const modules[] = {"C:\\Windows\\System32\\msclmd.dll",
                                          "C:\\Windows\\SysWOW64\\msclmd.dll"};
    for (enum view view = VIEW_NATIVE; view <= VIEW_WOW6432NODE; view++) {
        assert_int_equal(snapshot->views[view].ncards, 2);
        assert_int_equal(snapshot->views[view].ncsps, 10);
        for (size_t i = 0; i < 2; i++)
            assert_text(snapshot->views[view].cards[i].field[CARD_MODULE], VALUE_OK, modules[view]);
    }
    assert_false(snapshot->views[VIEW_WOWAA32NODE].exists);
}

/* None of them holds a smart-card configuration: each ends in words, and none in a crash. */
static void hostile_hives_end_in_a_diagnostic(void **state)
{
    static const char *const paths[] = {
        "traps/ntuser_software_partial",
        "traps/libguestfs-windows-software",
        "traps/corrupted_system_hive",
    };
    static const char *const hostile[] = {
        "BadListHive",
        "BadSubkeyHive",
        "BigDataHive",
        "BogusKeyNamesHive",
        "DupNameHive",
        "EffectiveSizeHive",
        "EmptyHive",
        "GarbageHive",
        "InvalidParentHive",
        "System_Delta",
        "TruncatedDirtyHive",
        "TruncatedHive",
        "UnicodeHive",
        "UpcaseHive",
        "WrongOrderHive",
        "base-block/BadBaseBlockHive",
        "base-block/BadBaseBlockHive.LOG1",
        "log1/BadLogHive",
        "log1/BadLogHive.LOG1",
        "misc/100_sub_keys.hiv",
        "misc/corrupt_sub_key_list.hiv",
        "misc/empty_file.rf",
        "misc/fake_software.rf",
        "misc/invalid_creg_header.rf",
        "misc/invalid_regf_checksum.rf",
        "misc/invalid_regf_header.rf",
        "misc/minimal",
        "misc/regfio_corrupt_hbin1.dat",
        "misc/regfio_corrupt_lf_subkeys.dat",
        "misc/rlenvalue_test_hive",
        "misc/special",
        "misc/winnt_error_tests.rf",
        "misc/winnt_value_tests.rf",
    };
    size_t npaths = sizeof paths / sizeof *paths, nhostile = sizeof hostile / sizeof *hostile;
    for (size_t i = 0; i < npaths + nhostile; i++) {
        const char *path = i < npaths ? arena_printf(*state, "hives/%s", paths[i])
                                      : arena_printf(*state, "hostile/%s", hostile[i - npaths]);
        const struct reading *reading = support_read(*state, support_corpus(*state, path));
        if (reading->read || reading->diags.worst != DIAG_FAILED)
            fail_msg("%s was read", path);
    }
}

/* Real bins of a real hive, cut off. */
static void a_truncated_real_hive_is_never_complete(void **state)
{
    struct memory_hive *bytes = support_corpus(*state, "hives/win7-x86/SOFTWARE");
    static const size_t sizes[] = {4096 + 100, 1000000, 0x8c8200, 20000000, 35000000};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        const struct reading *reading =
            support_read(*state, support_wrap(*state, bytes->bytes, sizes[i]));
        assert_int_not_equal(reading->diags.worst, DIAG_NOTE);
        assert_true(reading->diags.count > 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        SUPPORT_TEST(the_known_values_of_an_entry_are_typed),
        SUPPORT_TEST(other_values_of_an_entry_are_kept),
        SUPPORT_TEST(a_value_that_is_not_there_is_absent),
        SUPPORT_TEST(a_value_of_the_wrong_type_is_kept_and_said),
        SUPPORT_TEST(a_module_may_be_expandable_text),
        SUPPORT_TEST(text_without_its_nul_is_whole),
        SUPPORT_TEST(an_entry_says_where_and_when_it_was_written),
        SUPPORT_TEST(entries_come_in_the_order_of_the_hive),
        SUPPORT_TEST(the_32_bit_view_is_found_in_any_letter_case),
        SUPPORT_TEST(the_32_bit_view_lies_at_the_root_only),
        SUPPORT_TEST(a_64_bit_windows_has_the_view_without_its_key),
        SUPPORT_TEST(arm64_has_a_view_for_32_bit_arm),
        SUPPORT_TEST(amd64_has_no_view_for_32_bit_arm),
        SUPPORT_TEST(a_view_without_effect_is_said_with_the_right_reason),
        SUPPORT_TEST(a_32_bit_windows_has_one_view),
        SUPPORT_TEST(build_lab_ex_decides_the_architecture),
        SUPPORT_TEST(wow6432node_tells_a_64_bit_windows_without_build_lab_ex),
        SUPPORT_TEST(the_build_is_a_number_that_is_text),
        SUPPORT_TEST(the_os_is_described),
        SUPPORT_TEST(what_is_not_known_of_the_os_is_not_made_up),
        SUPPORT_TEST(csps_are_read_in_both_views),
        SUPPORT_TEST(readers_are_read_with_values_and_subkeys),
        SUPPORT_TEST(policies_are_read),
        SUPPORT_TEST(atr_caches_are_read),
        SUPPORT_TEST(requests_are_answered_in_their_order),
        SUPPORT_TEST(a_hive_without_calais_is_nothing_to_audit),
        SUPPORT_TEST(calais_in_one_view_is_enough),
        SUPPORT_TEST(calais_where_it_has_no_effect_is_nothing_to_audit),
        SUPPORT_TEST(calais_without_smart_cards_can_be_audited),
        SUPPORT_TEST(another_kind_of_hive_is_named),
        SUPPORT_TEST(entries_that_cannot_be_listed_make_the_audit_incomplete),
        SUPPORT_TEST(entries_of_a_list_that_is_cut_are_lost),
        SUPPORT_TEST(an_entry_whose_values_cannot_be_read_is_kept),
        SUPPORT_TEST(a_value_that_cannot_be_read_is_neither_absent_nor_wrong),
        SUPPORT_TEST(a_value_whose_name_cannot_be_read_may_be_any),
        SUPPORT_TEST(a_value_that_is_too_large_is_not_read),
        SUPPORT_TEST(a_dirty_hive_is_read_and_known_to_be_dirty),
        SUPPORT_TEST(facts_of_the_base_block_are_kept_where_nothing_can_be_audited),
        SUPPORT_TEST(a_wrong_checksum_is_repaired_and_leaves_the_hive_dirty),
        SUPPORT_TEST(a_hive_without_its_base_block_fails),
        SUPPORT_TEST(a_truncated_hive_is_never_complete),
        SUPPORT_TEST(bytes_behind_the_last_bin_are_normal),
        SUPPORT_TEST(a_source_that_cannot_be_read_fails),
        SUPPORT_TEST(logs_bring_a_dirty_hive_up_to_date),
        SUPPORT_TEST(a_recovered_hive_also_shows_what_was_before),
        SUPPORT_TEST(what_cannot_be_read_before_is_left_out),
        SUPPORT_TEST(before_answers_the_same_requests),
        SUPPORT_TEST(logs_are_no_part_of_a_clean_hive),
        SUPPORT_TEST(ignored_logs_change_nothing),
        SUPPORT_TEST(a_log_that_does_not_fit_leaves_the_hive_as_it_is_and_says_why),
        SUPPORT_TEST(required_logs_that_recover_nothing_fail),
        SUPPORT_TEST(logs_bring_back_a_base_block),
        SUPPORT_TEST(the_recovered_hive_is_handed_over),
        SUPPORT_TEST(a_clean_hive_is_handed_over_as_it_is),
        SUPPORT_TEST(nothing_is_handed_over_where_nothing_is_recovered),
        SUPPORT_TEST(the_kind_of_hive_is_told),
        SUPPORT_TEST(a_hive_that_lost_keys_of_its_root_may_be_software),
        SUPPORT_TEST(what_may_be_lost_is_not_absent),
        SUPPORT_TEST(a_list_that_lost_a_key_is_not_readable_as_a_whole),
        SUPPORT_TEST(a_sound_hive_needs_no_repairs),
        SUPPORT_TEST(a_lost_entry_is_counted_and_named_by_its_place),
        SUPPORT_TEST(no_changed_byte_crashes_the_reader),
        SUPPORT_TEST(windows_7_is_read),
        SUPPORT_TEST(windows_8_1_is_read),
        SUPPORT_TEST(hostile_hives_end_in_a_diagnostic),
        SUPPORT_TEST(a_truncated_real_hive_is_never_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
