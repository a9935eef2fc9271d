/* SPDX-License-Identifier: GPL-3.0-or-later */
#ifndef HIVEAUDIT_MODEL_SNAPSHOT_H
#define HIVEAUDIT_MODEL_SNAPSHOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/diag.h"
#include "base/slice.h"
#include "base/source.h"
#include "hive/log.h"
#include "model/field.h"
#include "package/package.h"

/* The copies of a redirected key that Windows shows to programs of different bitness. */
enum view {
    VIEW_NATIVE,
    VIEW_WOW6432NODE, /* 32-bit x86 programs on 64-bit Windows */
    VIEW_WOWAA32NODE, /* 32-bit ARM programs on ARM64 */
    NVIEWS,
    VIEW_NONE = NVIEWS, /* a fact that belongs to no view */
};

enum value_state {
    VALUE_ABSENT,
    VALUE_OK,
    VALUE_WRONG_TYPE, /* present, but not of the type that its field wants */
    VALUE_UNREADABLE,
};

struct regval {
    const char *name; /* as spelled in the hive; "" is the default value */
    enum value_state state;
    uint32_t type;         /* REG_... */
    struct slice raw;      /* the data as stored */
    const char *text;      /* of REG_SZ and REG_EXPAND_SZ (base/text.h); NULL for other types */
    const char *seen;      /* of text, what a program sees that stops at a NUL, as Windows does */
    unsigned flaws;        /* enum utf16_flaw bits of text */
    uint32_t line, column; /* where a text says so, from 1; 0: in a hive */
};

/* Where a fact was found. */
struct origin {
    const char *key;  /* path inside the hive: "Wow6432Node\Microsoft\..." */
    const char *name; /* last component of key */
    enum view view;
    int64_t last_write;    /* FILETIME of the key; 0 where it is unknown */
    uint64_t offset;       /* of the key's cell in the hive, in bytes; 0: no such key, or no hive */
    uint32_t line, column; /* where a text first names the key, from 1; 0: in a hive */
};

enum key_state {
    KEY_ABSENT,
    KEY_PRESENT,
    KEY_UNREADABLE, /* some of the key, its values or subkeys' names; a diagnostic says which */
};

struct regkey {
    struct origin origin; /* key and view are set even where the key is absent */
    enum key_state state;
    struct regval *values;
    size_t nvalues;
    struct origin *subkeys; /* in the order of the hive */
    size_t nsubkeys;
    size_t *by_name; /* indices of subkeys, sorted by name */
};

/* An entry of Calais\SmartCards. */
struct card {
    struct regkey key;
    const struct regval *field[NCARD_FIELDS]; /* never NULL; VALUE_ABSENT where it is not there */
};

enum arch { ARCH_UNKNOWN, ARCH_X86, ARCH_AMD64, ARCH_ARM, ARCH_ARM64, NARCHS };

struct os_build {
    const char *product;         /* ProductName; NULL where unknown, as all text here */
    const char *display_version; /* 22H2, or the older ReleaseId */
    const char *system_root;
    uint32_t build, ubr; /* build 0: unknown */
    bool has_ubr;
    enum arch arch;
    bool is_64bit;
};

enum hive_state {
    HIVE_CLEAN,
    HIVE_RECOVERED,   /* dirty, and its logs were replayed */
    HIVE_UNRECOVERED, /* dirty: its last changes may be missing */
    NHIVE_STATES,
};
/* "clean", "dirty-recovered", "dirty-unrecovered". */
extern const char *const hive_state_names[NHIVE_STATES];

/* What kind of hive it is, as far as that goes. */
enum hive_kind {
    HIVE_KIND_UNKNOWN, /* too damaged to tell */
    HIVE_KIND_NONE,    /* certainly no hive */
    HIVE_KIND_OTHER,   /* a hive, but not the one wanted */
    HIVE_KIND_SOFTWARE,
    HIVE_KIND_SYSTEM,
    NHIVE_KINDS,
};

#define FILE_DIGEST_SIZE 32 /* bytes, SHA-256 */

struct hive_facts {
    const char *file_name; /* the tail of the hive's path, from its base block; "" where empty */
    uint32_t primary_sequence, secondary_sequence; /* as found, before any replay */
    int64_t last_written;                          /* FILETIME */
    bool known;                                    /* there is a base block that can be read */
    enum hive_kind kind;
    enum hive_state state;
    const char *lost;     /* NULL, or which changes its logs hold that could not be replayed */
    struct log_use *logs; /* what became of each log; none where the hive is clean */
    size_t nlogs;
    uint64_t repairs; /* places that were repaired in memory to read what can be read */
    bool has_digest;  /* of the file as it is in the evidence; set by whom that is known to */
    uint8_t digest[FILE_DIGEST_SIZE];
};

/* An entry that is there but could not be read. */
struct loss {
    const char *key;    /* path, or that of the parent where the name is lost */
    uint64_t offset;    /* of its cell in the hive, in bytes; 0: unknown */
    const char *reason; /* why */
};

/* What one view holds. */
struct view_config {
    bool exists;               /* Windows has this view: its cards and CSPs were read */
    struct regkey calais;      /* subkeys only */
    struct regkey smart_cards; /* subkeys only */
    struct regkey
        readers;        /* values and subkeys; of Wow6432Node also where the view is not in use */
    struct card *cards; /* in the order of the hive */
    size_t ncards;
    struct loss *lost; /* entries of SmartCards that are lost, in part or as a whole */
    size_t nlost;
    uint64_t nlisted;        /* entries that SmartCards has, readable or not */
    uint64_t nread;          /* of these, read as a whole */
    struct regkey providers; /* Defaults\Provider: subkeys only */
    struct regkey *csps;     /* likewise of providers */
    size_t ncsps;
};

/* A key that a rule asks for by its path below the view's root. */
struct key_request {
    const char *path;
    enum view view;
};

/* Whether a file that the registry names is there. */
enum file_state {
    FILE_UNKNOWN, /* no files were given with the hive, or the path cannot be looked up there */
    FILE_ABSENT,
    FILE_PRESENT,
    FILE_UNREADABLE, /* it is there, or may be, and a diagnostic says what went wrong */
    NFILE_STATES,
};

/* A DLL that the registry names, as the Windows of a view looks it up. */
struct module_file {
    enum view view;
    const char *asked; /* the text of the value that names it */
    const char *path;  /* where it was looked for: "C:\Windows\SysWOW64\x.dll"; NULL: nowhere */
    bool is_bare;      /* asked is a name without a folder */
    enum file_state state;
    const char *found; /* where it is in the evidence, as spelled there: "Windows/SysWOW64/X.dll" */
    uint64_t size;     /* bytes */
    uint32_t machine;  /* IMAGE_FILE_MACHINE_... of its PE header; 0: it has none */
    bool has_digest;
    uint8_t digest[FILE_DIGEST_SIZE];
};

/* Services and drivers that smart cards need. */
enum service {
    SERVICE_SCARDSVR,     /* Smart Card */
    SERVICE_SCFILTER,     /* Smart card PnP class filter driver */
    SERVICE_SCDEVICEENUM, /* Smart Card Device Enumeration, Windows 8 and later */
    SERVICE_CERTPROPSVC,  /* Certificate Propagation */
    SERVICE_SCPOLICYSVC,  /* Smart Card Removal Policy */
    NSERVICES,
};
extern const char *const service_names[NSERVICES]; /* keys below Services */

enum system_state {
    SYSTEM_NONE,   /* no SYSTEM hive was given */
    SYSTEM_READ,   /* it was read, in parts perhaps: diagnostics say so */
    SYSTEM_FAILED, /* it was given and could not be read: diagnostics say why */
    NSYSTEM_STATES,
};

/* A KSP of the SYSTEM hive: the key, whose value Aliases lists its other names, and its subkey UM,
 * whose value Image names its DLL (domain: B.2). */
struct ksp {
    struct regkey key;       /* values only */
    struct regkey user_mode; /* likewise */
};
#define KSP_USER_MODE "UM"

/* A name of a KSP: that of its key, or an alias. */
struct ksp_name {
    const char *name;
    size_t ksp; /* its index */
};

/* More than these are not looked at: knows_ksps is then false. */
#define KSP_NAMES_MAX 10000

/* What the SYSTEM hive of the same Windows says. Keys are paths in that hive, of VIEW_NONE. */
struct system_config {
    enum system_state state;
    const char *name; /* as reports name it */
    struct hive_facts hive;
    uint32_t control_set;    /* the current one: Select\Current; 0: unknown, nothing was read */
    struct regkey providers; /* Control\Cryptography\Providers: subkeys only */
    struct ksp *ksps;        /* likewise of providers */
    size_t nksps;
    struct ksp_name *ksp_names; /* of all KSPs, sorted */
    size_t nksp_names;
    bool knows_ksps;                   /* these are all: a KSP of another name is not registered */
    struct regkey services[NSERVICES]; /* values only */
};

enum policy { POLICY_SCPNP, POLICY_CERTPROP, POLICY_CREDENTIAL_PROVIDER, NPOLICIES };
enum atr_cache { ATR_CACHE_PIV, ATR_CACHE_IDMP, NATR_CACHES };

/* The text that a configuration was read from in place of a hive: a driver's INF, or a .reg. It is
 * a part of what a SOFTWARE hive holds: what it does not name is unknown, and not absent. */
struct package_facts {
    enum package_kind kind;
    enum encoding encoding;
    struct text_problem *problems; /* of the whole text, with its first snapshot only */
    size_t nproblems;
    struct hardware_id *ids; /* of this architecture */
    size_t nids;
};

/* The smart-card configuration of one SOFTWARE hive. */
struct snapshot {
    struct hive_facts hive;
    struct os_build os;
    struct view_config views[NVIEWS];
    struct regkey policies[NPOLICIES];
    struct regkey atr_caches[NATR_CACHES];
    const struct key_request *requests; /* as given to snapshot_read */
    struct regkey *requested;           /* the answers, in the same order */
    size_t nrequests;
    bool has_calais; /* some view has a Calais key */
    struct system_config system;
    struct module_file *files; /* one for each view and text; none where no files were given */
    size_t nfiles;
    bool has_files;                 /* files were given with the hive */
    bool has_system_folder[NVIEWS]; /* they hold the view's system folder, with its ntdll.dll */
    /* Where logs were replayed: the hive as it was before, without its logs. NULL else, or where
     * nothing could be read before. */
    struct snapshot *before;
    struct package_facts *package; /* NULL: it was read from a hive */
    /* Of an INF: what it writes on the next architecture, the configuration only. NULL: no more. */
    struct snapshot *variant;
};

enum log_policy {
    LOGS_AUTO,    /* a dirty hive is recovered where its logs can do that */
    LOGS_REQUIRE, /* a dirty hive that they do not recover fails */
    LOGS_IGNORE,  /* the hive as it is */
};

/* A file of the Windows that a hive belongs to. */
struct found_file {
    const char *path;     /* as spelled in the evidence; NULL where it was not found */
    struct source source; /* its bytes */
};

/* Finds files of the Windows that a hive belongs to. */
struct file_finder {
    /* path is that from the root of the system drive: "Windows\System32\x.dll", in any letter case.
     * What is behind a link is FILE_UNKNOWN; FILE_UNREADABLE comes with a diagnostic, and with a
     * path where the file itself is there. */
    enum file_state (*find)(void *context, struct arena *arena, const char *path,
                            struct found_file *file);
    /* Says which paths will be looked for, so that all can be fetched at once. NULL:
     * that does not help. */
    void (*expect)(void *context, struct arena *arena, const char *const *paths, size_t count);
    /* SHA-256 of a file; false with errno set. NULL: digests are not wanted. */
    bool (*digest)(const struct source *source, uint8_t *digest);
    void *context;
};

/* How to read a hive. */
struct read_plan {
    const struct source *logs;
    size_t nlogs;
    enum log_policy policy;
    const struct key_request *requests; /* must outlive the snapshot */
    size_t nrequests;
    const struct source *system; /* the SYSTEM hive of the same Windows; NULL: there is none */
    const struct source *system_logs;
    size_t nsystem_logs;
    const struct file_finder *files; /* NULL: there are none */
    struct hive_image *recovered; /* NULL, or takes the recovered hive: any hive, then, will do */
};

/* Reads a hive into a snapshot. Everything lives in the arena. Returns false after a DIAG_FAILED
 * diagnostic: no hive, no SOFTWARE hive, or one without a Calais key ("nothing to audit"). Where
 * only parts could not be read, there is a DIAG_INCOMPLETE for each. hive facts are set as far as
 * the base block goes, even on failure. */
bool snapshot_read(struct arena *arena, struct diags *diags, const struct source *source,
                   const struct read_plan *plan, struct snapshot *snapshot);

/* Likewise of a text: an INF gives a snapshot for each architecture that it installs on, in the
 * order of enum arch and chained by variant. DIAG_FAILED where it names no Calais key at all. */
bool snapshot_read_package(struct arena *arena, struct diags *diags, const struct source *source,
                           enum package_kind kind, const struct read_plan *plan,
                           struct snapshot *snapshot);

/* Whether the configuration was read: every key of it was looked for. */
bool snapshot_is_configured(const struct snapshot *snapshot);

/* Whether it or a variant has a Calais key. */
bool snapshot_has_calais(const struct snapshot *snapshot);

/* Whether it was read from an INF, so that architectures tell its variants apart. */
bool snapshot_is_inf(const struct snapshot *snapshot);

/* "INF", ".reg"; "inf", "reg" for programs. */
extern const char *const package_kind_names[NPACKAGE_KINDS];
extern const char *const package_kind_ids[NPACKAGE_KINDS];

/* "native", "wow6432node", "wowaa32node", "none". */
extern const char *const view_names[NVIEWS + 1];
const char *view_name(enum view view);

/* "unknown", "x86", "amd64", "arm", "arm64". */
extern const char *const arch_names[NARCHS];
const char *arch_name(enum arch arch);

/* For each request, the index of the first one for the same key: they have one answer. */
size_t *key_requests_first(struct arena *arena, const struct key_request *requests, size_t count);

/* The value of a key by name, in any letter case. Never NULL: absent where it is not there,
 * unreadable where the key's values are. */
const struct regval *regkey_value(const struct regkey *key, const char *name);

/* Sorts by_name. */
void regkey_index_subkeys(struct arena *arena, struct regkey *key);

/* The index of the subkey with a name, in any letter case (of several, the first in the hive), or
 * SIZE_MAX. */
size_t regkey_find_subkey(const struct regkey *key, const char *name);

/* The entry of a view with a name, in any letter case, or NULL. */
const struct card *view_find_card(const struct view_config *config, const char *name);

/* Sets ksp_names and knows_ksps. */
void system_index_ksps(struct arena *arena, struct system_config *system);

/* The KSP with a name or alias, in any letter case, or NULL. */
const struct ksp *system_find_ksp(const struct system_config *system, const char *name);

/* Sets text, seen and flaws of a REG_SZ or REG_EXPAND_SZ from its raw data; leaves other types
 * alone. */
void regval_decode_text(struct arena *arena, struct regval *value);

/* A REG_DWORD of 4 bytes; false for anything else. */
bool regval_dword(const struct regval *value, uint32_t *number);

/* A REG_DWORD, REG_DWORD_BIG_ENDIAN or REG_QWORD of its right length; false for anything else. */
bool regval_number(const struct regval *value, uint64_t *number);

/* A value for people: "text" in quotes, a number, or the first bytes in hex; with its type where
 * that does not show. "absent" and "unreadable" for those. The text is not yet escaped. */
const char *regval_show(struct arena *arena, const struct regval *value);

/* "REG_SZ", or "type 0x1234" in the arena. */
const char *regtype_name(struct arena *arena, uint32_t type);

#endif
