/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "package/inf_addreg.h"

#include <string.h>
#include <strings.h>

#include "base/bytes.h"
#include "base/number.h"
#include "base/text.h"
#include "base/utf16.h"

#define SOFTWARE "HKEY_LOCAL_MACHINE\\SOFTWARE\\"
#define WOW      "Wow6432Node"
#define CALAIS   "Microsoft\\Cryptography\\Calais"

/* Flags of a line (INF AddReg directive). */
enum {
    FLAG_BINARY = 0x1,
    FLAG_NOCLOBBER = 0x2,
    FLAG_DELVAL = 0x4,
    FLAG_APPEND = 0x8,
    FLAG_KEYONLY = 0x10,
    FLAG_OVERWRITEONLY = 0x20,
    FLAG_64BITKEY = 0x1000,
    FLAG_KEYONLY_COMMON = 0x2000,
    FLAG_32BITKEY = 0x4000,
    FLAGS_OF_TYPE = 0xffff0001,
    FLAGS_KNOWN = FLAGS_OF_TYPE | FLAG_NOCLOBBER | FLAG_DELVAL | FLAG_APPEND | FLAG_KEYONLY |
                  FLAG_OVERWRITEONLY | FLAG_64BITKEY | FLAG_KEYONLY_COMMON | FLAG_32BITKEY,
};

/* Registry value types (winnt.h). */
enum { TYPE_NONE, TYPE_SZ, TYPE_EXPAND_SZ, TYPE_BINARY, TYPE_DWORD, TYPE_MULTI_SZ = 7 };

/* Fields of a line. */
enum { FIELD_ROOT, FIELD_KEY, FIELD_NAME, FIELD_FLAGS, FIELD_DATA };

/* One line being read. */
struct entry {
    struct inf *inf;
    const struct inf_section *section;
    const struct inf_line *line;
    uint32_t flags;
    struct inf_write write;
    const char *calais; /* the key below HKR that the last problem was about; NULL: none yet */
    const char *gap;    /* likewise the key with backslashes too many */
};

static const struct inf_field *field_of(const struct entry *entry, size_t index)
{
    static const struct inf_field none = {.text = ""};
    return index < entry->line->nfields ? &entry->line->fields[index] : &none;
}

/* Adds a problem with a field, or where it is not there, with the line. Returns false. */
static bool __attribute__((format(printf, 4, 5)))
fail(struct entry *entry, enum text_fault fault, size_t index, const char *format, ...)
{
    const struct inf_field *field = field_of(entry, index);
    unsigned line = field->line ? field->line : entry->line->line;
    unsigned column = field->line ? field->column : entry->line->column;
    va_list args;
    va_start(args, format);
    const char *message = arena_vprintf(entry->inf->arena, format, args);
    va_end(args);
    inf_fail(entry->inf, fault, entry->section, line, column, "%s", message);
    return false;
}

static const char *quote(struct entry *entry, size_t index)
{
    return inf_quote(entry->inf, field_of(entry, index)->text);
}

/* Whether one of the flags that exclude each other stands beside the other. */
static bool check_flags(struct entry *entry)
{
    static const struct {
        uint32_t first, second;
        const char *names;
    } pairs[] = {
        {FLAG_NOCLOBBER, FLAG_OVERWRITEONLY, "NOCLOBBER (0x2) and OVERWRITEONLY (0x20)"},
        {FLAG_64BITKEY, FLAG_32BITKEY, "64BITKEY (0x1000) and 32BITKEY (0x4000)"},
        {FLAG_DELVAL, FLAG_KEYONLY, "DELVAL (0x4) and KEYONLY (0x10)"},
    };
    uint32_t flags = entry->flags, type = flags & FLAGS_OF_TYPE;
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
        if ((flags & pairs[i].first) && (flags & pairs[i].second))
            fail(entry, TEXT_FLAGS, FIELD_FLAGS, "flags: got %s, want one of them", pairs[i].names);
    if ((flags & FLAG_APPEND) && type != 0x10000)
        fail(entry, TEXT_FLAGS, FIELD_FLAGS,
             "flags: got APPEND (0x8) in %s, want it with REG_MULTI_SZ (0x00010008)",
             quote(entry, FIELD_FLAGS));
    if (flags & ~(uint32_t)FLAGS_KNOWN)
        fail(entry, TEXT_FLAGS, FIELD_FLAGS, "flags: got 0x%08x, of which 0x%x has no meaning here",
             flags, flags & ~(uint32_t)FLAGS_KNOWN);
    if ((type & FLAG_BINARY) || type == 0 || type == 0x10000 || type == 0x20000)
        return true;
    return fail(entry, TEXT_FLAGS, FIELD_FLAGS, "flags: got 0x%08x, which is no type", flags);
}

static bool read_flags(struct entry *entry)
{
    const char *text = field_of(entry, FIELD_FLAGS)->text;
    uint64_t number = 0;
    if (*text && (!number_parse(text, &number) || number > UINT32_MAX))
        return fail(entry, TEXT_FLAGS, FIELD_FLAGS, "flags: got %s, want a number as 0x00000001",
                    quote(entry, FIELD_FLAGS));
    entry->flags = (uint32_t)number;
    return check_flags(entry);
}

/* The number of data fields; an empty one at the end is the comma that may be left out. */
static size_t count_data(const struct entry *entry)
{
    size_t count = entry->line->nfields;
    const struct inf_field *last = &entry->line->fields[count - 1];
    count -= count > FIELD_DATA && !*last->text && !last->is_quoted;
    return count > FIELD_DATA ? count - FIELD_DATA : 0;
}

/* A byte in hexadecimal: one or two digits and nothing else (INF AddReg directive). */
static bool parse_byte(const char *text, uint8_t *byte)
{
    int high = text_hex_digit(text[0]);
    int low = high < 0 || !text[1] ? 0 : text_hex_digit(text[1]);
    if (high < 0 || low < 0 || (text[1] && text[2]))
        return false;
    *byte = (uint8_t)(text[1] ? high << 4 | low : high);
    return true;
}

/* Only the first bad one is said: who writes one byte as 0x3b writes all so. */
static bool read_bytes(struct entry *entry, struct slice *data)
{
    size_t count = count_data(entry);
    uint8_t *bytes = arena_alloc(entry->inf->arena, count, 1);
    for (size_t i = 0; i < count; i++)
        if (!parse_byte(field_of(entry, FIELD_DATA + i)->text, &bytes[i]))
            return fail(entry, TEXT_HEX, FIELD_DATA + i,
                        "data: got %s, want a byte as two hexadecimal digits",
                        quote(entry, FIELD_DATA + i));
    *data = (struct slice){.ptr = bytes, .len = count};
    return true;
}

/* One number, or four bytes, the lowest first. */
static bool read_dword(struct entry *entry, struct slice *data)
{
    size_t count = count_data(entry);
    uint64_t number = 0;
    if (count == 4)
        return read_bytes(entry, data);
    if (count > 1)
        return fail(entry, TEXT_HEX, FIELD_DATA, "data: got %zu values, want a number or 4 bytes",
                    count);
    if (count && !number_parse(field_of(entry, FIELD_DATA)->text, &number))
        return fail(entry, TEXT_HEX, FIELD_DATA, "data: got %s, want a number",
                    quote(entry, FIELD_DATA));
    if (number > UINT32_MAX)
        return fail(entry, TEXT_HEX, FIELD_DATA, "data: got %s, want a number of 32 bits",
                    quote(entry, FIELD_DATA));
    uint8_t *bytes = arena_alloc(entry->inf->arena, 4, 1);
    put_u32(bytes, (uint32_t)number);
    *data = (struct slice){.ptr = bytes, .len = 4};
    return true;
}

/* Texts as UTF-16LE, each with its NUL, and so many more NULs. */
static struct slice encode_texts(struct entry *entry, size_t count, size_t more)
{
    struct arena *arena = entry->inf->arena;
    size_t size = 2 * (count + more);
    for (size_t i = 0; i < count; i++)
        size += 2 * strlen(field_of(entry, FIELD_DATA + i)->text); /* a unit has a byte at least */
    uint8_t *bytes = arena_alloc(arena, size, 1);
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        struct slice text = utf16_encode(arena, field_of(entry, FIELD_DATA + i)->text);
        if (text.len)
            memcpy(bytes + len, text.ptr, text.len);
        len += text.len + 2;
    }
    return (struct slice){.ptr = bytes, .len = len + 2 * more};
}

/* Of several values, as of bytes whose type was forgotten, Windows takes the first. */
static bool read_text(struct entry *entry, struct slice *data)
{
    size_t count = count_data(entry);
    if (count > 1)
        fail(entry, TEXT_FLAGS, FIELD_FLAGS,
             "flags: got %s and %zu values, want 0x00000001 for bytes, or one text in quotes",
             *field_of(entry, FIELD_FLAGS)->text ? quote(entry, FIELD_FLAGS) : "none", count);
    *data = encode_texts(entry, 1, 0);
    return true;
}

static bool read_data(struct entry *entry)
{
    struct reg_value *value = &entry->write.value;
    switch (entry->flags & FLAGS_OF_TYPE) {
    case 0:
        value->type = TYPE_SZ;
        return read_text(entry, &value->data);
    case 0x20000:
        value->type = TYPE_EXPAND_SZ;
        return read_text(entry, &value->data);
    case 0x10000:
        value->type = TYPE_MULTI_SZ;
        value->data = encode_texts(entry, count_data(entry), 1);
        return true;
    case 0x10001:
        value->type = TYPE_DWORD;
        return read_dword(entry, &value->data);
    case 0x1:
        value->type = TYPE_BINARY;
        return read_bytes(entry, &value->data);
    case 0x20001:
        value->type = TYPE_NONE;
        return read_bytes(entry, &value->data);
    default: /* any other type, by its number */
        value->type = entry->flags >> 16;
        return read_bytes(entry, &value->data);
    }
}

/* Whether a line is about a key alone: no name, and no data. */
static bool is_key_alone(const struct entry *entry)
{
    const struct inf_field *name = field_of(entry, FIELD_NAME);
    return !*name->text && !name->is_quoted && count_data(entry) == 0;
}

static bool read_value(struct entry *entry)
{
    struct inf_write *write = &entry->write;
    bool deletes = entry->flags & FLAG_DELVAL, is_key = is_key_alone(entry);
    write->is_32bit = entry->flags & FLAG_32BITKEY;
    write->removes_key = deletes && is_key;
    write->has_value = !is_key && !(entry->flags & (FLAG_KEYONLY | FLAG_KEYONLY_COMMON));
    if (!write->has_value)
        return true;
    write->value = (struct reg_value){
        .name = field_of(entry, FIELD_NAME)->text,
        .remove = deletes,
        .condition = entry->flags & FLAG_NOCLOBBER       ? REG_IF_ABSENT
                     : entry->flags & FLAG_OVERWRITEONLY ? REG_IF_PRESENT
                                                         : REG_ALWAYS,
        .line = entry->line->line,
        .column = entry->line->column,
    };
    return deletes || read_data(entry);
}

/* Below HKR, the key of a device, nobody looks for a card (domain: E.4). Said once for each run of
 * lines about one key, which the problem names in place of the section. */
static bool is_misplaced(struct entry *entry, const char *key)
{
    struct inf *inf = entry->inf;
    size_t before = inf->nproblems;
    if (!strcasestr(key, CALAIS))
        return false;
    if (!entry->calais || !text_equal(entry->calais, key))
        fail(entry, TEXT_HKR, FIELD_ROOT, "root: got HKR, the key of the device, want HKLM");
    if (inf->nproblems > before)
        inf->problems[before].where = arena_printf(inf->arena, "HKR\\%s", key);
    entry->calais = key;
    return true;
}

/* A key without the backslashes at its start and those in a row. In an INF, unlike in a .reg, a
 * backslash is written once; who writes it twice means one. Said once for each run of lines. */
static const char *check_key(struct entry *entry, const char *key)
{
    if (*key != '\\' && !strstr(key, "\\\\"))
        return key;
    if (!entry->gap || !text_equal(entry->gap, key))
        fail(entry, TEXT_SYNTAX, FIELD_KEY, "key: got %s, want one backslash between two names",
             quote(entry, FIELD_KEY));
    entry->gap = key;
    char *path = arena_alloc(entry->inf->arena, strlen(key) + 1, 1), *out = path;
    for (; *key; key++)
        if (*key != '\\' || (out > path && out[-1] != '\\'))
            *out++ = *key;
    return path;
}

/* False where a line writes to no key that is known, with a problem or without. */
static bool read_path(struct entry *entry)
{
    static const struct {
        const char *name, *root;
    } roots[] = {
        {"HKCR", "HKEY_CLASSES_ROOT"},
        {"HKCU", "HKEY_CURRENT_USER"},
        {"HKLM", "HKEY_LOCAL_MACHINE"},
        {"HKU", "HKEY_USERS"},
    };
    const char *name = field_of(entry, FIELD_ROOT)->text;
    const char *key = check_key(entry, field_of(entry, FIELD_KEY)->text);
    const char *root = NULL;
    for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
        if (strcasecmp(name, roots[i].name) == 0)
            root = roots[i].root;
    if (strcasecmp(name, "HKR") == 0) {
        if (!is_misplaced(entry, key))
            return false;
        root = "HKEY_LOCAL_MACHINE";
    }
    if (!root || entry->line->key.text)
        return fail(entry, TEXT_SYNTAX, FIELD_ROOT,
                    "root: got %s, want HKLM, HKCR, HKCU, HKU or HKR", quote(entry, FIELD_ROOT));
    entry->write.path = arena_printf(entry->inf->arena, "%s%s%s", root, *key ? "\\" : "", key);
    return true;
}

void inf_read_writes(struct inf *inf, struct inf_section *section)
{
    if (section->is_read)
        return;
    section->is_read = true;
    section->writes = arena_alloc(inf->arena, section->nlines, sizeof *section->writes);
    struct entry entry = {.inf = inf, .section = section};
    for (size_t i = 0; i < section->nlines; i++) {
        entry.line = &section->lines[i];
        entry.write = (struct inf_write){.line = entry.line->line, .column = entry.line->column};
        if (!read_path(&entry))
            continue;
        if (!read_flags(&entry) || !read_value(&entry))
            entry.write.has_value = false; /* what is left is the key, as in a .reg */
        section->writes[section->nwrites++] = entry.write;
    }
}

const char *inf_write_path(struct inf *inf, const struct inf_write *write, bool is_64bit)
{
    size_t len = sizeof SOFTWARE - 1, wow = sizeof WOW - 1;
    const char *rest = write->path + len;
    if (!is_64bit || !write->is_32bit || strncasecmp(write->path, SOFTWARE, len) != 0)
        return write->path;
    if (strncasecmp(rest, WOW, wow) == 0 && (!rest[wow] || rest[wow] == '\\'))
        return write->path;
    return arena_printf(inf->arena, "%.*s" WOW "\\%s", (int)len, write->path, rest);
}
