/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "base/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/auxv.h>
#include <time.h>

#define REPLACEMENT         UINT32_C(0xfffd)
#define FILETIME_PER_SECOND INT64_C(10000000)
#define FILETIME_UNIX_EPOCH INT64_C(11644473600) /* seconds from 1601 to 1970 */
#define SECONDS_1980        INT64_C(315532800)   /* since 1970 */
#define SECONDS_2200        INT64_C(7258118400)

/* Length of the sequence that a lead byte starts; 0 for a byte that starts none. */
static size_t sequence_len(unsigned char lead)
{
    if (lead < 0x80)
        return 1;
    if (lead >= 0xc2 && lead <= 0xdf)
        return 2;
    if (lead >= 0xe0 && lead <= 0xef)
        return 3;
    return lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

/* Decodes one sequence of at most len bytes; lone surrogates pass. *step is at least 1. */
static uint32_t decode(const unsigned char *p, size_t len, size_t *step)
{
    static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
    size_t n = sequence_len(p[0]);
    *step = 1;
    if (n == 1)
        return p[0];
    if (n == 0 || n > len)
        return REPLACEMENT;
    uint32_t code = p[0] & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return REPLACEMENT;
        code = code << 6 | (p[i] & 0x3f);
    }
    if (code < smallest[n] || code > 0x10ffff)
        return REPLACEMENT;
    *step = n;
    return code;
}

uint32_t text_next(const char **text)
{
    const unsigned char *p = (const unsigned char *)*text;
    if (*p < 0x80) { /* nearly all there is; the end stays where it is */
        *text += *p != 0;
        return *p;
    }
    if (p[0] == 0xc0 && p[1] == 0x80) {
        *text += 2;
        return TEXT_NUL;
    }
    size_t step;
    uint32_t code = decode(p, strnlen(*text, 4), &step);
    *text += step;
    return code;
}

bool text_is_valid(const char *bytes, size_t len)
{
    for (size_t i = 0, step; i < len; i += step) {
        const unsigned char *p = (const unsigned char *)bytes + i;
        bool is_nul = p[0] == 0xc0 && len - i >= 2 && p[1] == 0x80;
        uint32_t code = decode(p, len - i, &step);
        if (is_nul)
            step = 2;
        else if (code == 0 || (code == REPLACEMENT && step == 1))
            return false;
    }
    return true;
}

size_t text_put(char *out, uint32_t code)
{
    if (code == TEXT_NUL) {
        out[0] = (char)0xc0;
        out[1] = (char)0x80;
        return 2;
    }
    if (code < 0x80) {
        out[0] = (char)code;
        return 1;
    }
    size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char lead[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = n - 1; i > 0; i--, code >>= 6)
        out[i] = (char)(0x80 | (code & 0x3f));
    out[0] = (char)(lead[n] | code);
    return n;
}

char *text_from_utf8(struct arena *arena, const char *bytes, size_t len)
{
    size_t size = 1, step;
    char scratch[4];
    for (size_t i = 0; i < len; i += step) {
        uint32_t code = decode((const unsigned char *)bytes + i, len - i, &step);
        size += text_put(scratch, code ? code : TEXT_NUL);
    }
    char *text = arena_alloc(arena, size, 1), *out = text;
    for (size_t i = 0; i < len; i += step) {
        uint32_t code = decode((const unsigned char *)bytes + i, len - i, &step);
        out += text_put(out, code ? code : TEXT_NUL);
    }
    return text;
}

bool text_is_unicode(const char *text)
{
    for (uint32_t code; (code = text_next(&text));)
        if (text_is_surrogate(code))
            return false;
    return true;
}

/* Characters that a terminal or a reader would not show as themselves: controls, separators of
 * lines, noncharacters, and those of the Unicode property Default_Ignorable_Code_Point, which hide
 * or reorder text. */
static bool is_treacherous(uint32_t code)
{
    static const struct {
        uint32_t first, last;
    } ranges[] = {
        {0x00, 0x1f},       {0x7f, 0x9f},         {0xad, 0xad},       {0x34f, 0x34f},
        {0x61c, 0x61c},     {0x115f, 0x1160},     {0x17b4, 0x17b5},   {0x180b, 0x180f},
        {0x200b, 0x200f},   {0x2028, 0x202e},     {0x2060, 0x206f},   {0x3164, 0x3164},
        {0xd800, 0xdfff},   {0xfe00, 0xfe0f},     {0xfeff, 0xfeff},   {0xffa0, 0xffa0},
        {0xfff0, 0xfffb},   {0xfffe, 0xffff},     {0x1bca0, 0x1bca3}, {0x1d173, 0x1d17a},
        {0xe0000, 0xe0fff}, {TEXT_NUL, TEXT_NUL},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (code >= ranges[i].first && code <= ranges[i].last)
            return true;
    return false;
}

static bool is_plain(const char *text)
{
    for (const char *p = text; *p; p++)
        if (*p < 0x20 || *p > 0x7e) /* char is signed or not: either way this is ASCII */
            return false;
    return true;
}

const char *text_escape(struct arena *arena, const char *text)
{
    if (is_plain(text))
        return text;
    /* The longest escape, \U000e0001, stands for a sequence of 4 bytes; \x01 for one byte. */
    char *escaped = arena_alloc(arena, strlen(text) * 4 + 1, 1), *out = escaped;
    for (uint32_t code; (code = text_next(&text));) {
        if (!is_treacherous(code))
            out += text_put(out, code);
        else if (code == TEXT_NUL)
            out += sprintf(out, "\\x00");
        else
            out += sprintf(out,
                           code < 0x100     ? "\\x%02" PRIx32
                           : code < 0x10000 ? "\\u%04" PRIx32
                                            : "\\U%08" PRIx32,
                           code);
    }
    return escaped;
}

const char *text_cut(struct arena *arena, const char *text, size_t max)
{
    if (strnlen(text, max + 1) <= max)
        return text;
    while (max && ((unsigned char)text[max] & 0xc0) == 0x80)
        max--; /* not within a sequence of UTF-8 */
    return arena_printf(arena, "%.*s...", (int)max, text);
}

const char *text_count_bytes(struct arena *arena, size_t count)
{
    return arena_printf(arena, "%zu byte%s", count, count == 1 ? "" : "s");
}

char *text_wrap(struct arena *arena, const char *prose, size_t indent, size_t width)
{
    /* Each word takes at most a line of its own. */
    size_t words = 1;
    for (const char *p = prose; *p; p++)
        words += *p == ' ' || *p == '\n';
    char *wrapped = arena_alloc(arena, strlen(prose) + words * (indent + 1) + 1, 1), *out = wrapped;
    size_t column = indent;
    for (const char *word = prose + strspn(prose, " \n"); *word; word += strspn(word, " \n")) {
        size_t len = strcspn(word, " \n");
        if (column > indent && column + 1 + len > width) {
            out += sprintf(out, "\n%*s", (int)indent, "");
            column = indent;
        } else if (column > indent) {
            *out++ = ' ';
            column++;
        }
        memcpy(out, word, len);
        out += len;
        column += len;
        word += len;
    }
    return wrapped;
}

/* Letters that lie at a fixed distance from their capitals, for the scripts in which names of cards
 * and providers are found. In a range with a step of 2 only every second one is small. */
static uint32_t to_upper(uint32_t code)
{
    static const struct {
        uint16_t first, last, step;
        int16_t distance;
    } ranges[] = {
        {'a', 'z', 1, -32},     {0xe0, 0xf6, 1, -32},   {0xf8, 0xfe, 1, -32},
        {0xff, 0xff, 1, 121},   {0x101, 0x12f, 2, -1},  {0x133, 0x137, 2, -1},
        {0x13a, 0x148, 2, -1},  {0x14b, 0x177, 2, -1},  {0x17a, 0x17e, 2, -1},
        {0x3ac, 0x3ac, 1, -38}, {0x3ad, 0x3af, 1, -37}, {0x3b1, 0x3c1, 1, -32},
        {0x3c2, 0x3c2, 1, -31}, {0x3c3, 0x3cb, 1, -32}, {0x3cc, 0x3cc, 1, -64},
        {0x3cd, 0x3ce, 1, -63}, {0x430, 0x44f, 1, -32}, {0x450, 0x45f, 1, -80},
        {0x461, 0x481, 2, -1},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges && code >= ranges[i].first; i++)
        if (code <= ranges[i].last && (code - ranges[i].first) % ranges[i].step == 0)
            return (uint32_t)((int32_t)code + ranges[i].distance);
    return code;
}

static unsigned char upper_ascii(unsigned char c)
{
    return c >= 'a' && c <= 'z' ? c - 32 : c;
}

/* Most names are ASCII, and most comparisons end within it. */
int text_compare(const char *a, const char *b)
{
    for (;; a++, b++) {
        unsigned char ca = (unsigned char)*a, cb = (unsigned char)*b;
        if (!ca || ca >= 0x80 || cb >= 0x80 || upper_ascii(ca) != upper_ascii(cb))
            break;
    }
    for (;;) {
        uint32_t ca = to_upper(text_next(&a)), cb = to_upper(text_next(&b));
        if (ca != cb || !ca)
            return ca < cb ? -1 : ca > cb;
    }
}

#define HASH_PRIME ((UINT64_C(1) << 61) - 1)

static uint64_t hash_multiply(uint64_t a, uint64_t b)
{
    unsigned __int128 product = (unsigned __int128)a * b;
    uint64_t sum = ((uint64_t)product & HASH_PRIME) + (uint64_t)(product >> 61);
    return sum < HASH_PRIME ? sum : sum - HASH_PRIME;
}

/* Random bytes that the kernel gave to this process, as to each one. */
static uint64_t choose_hash_point(void)
{
    const void *bytes = (const void *)getauxval(AT_RANDOM);
    uint64_t point = UINT64_C(0x9e3779b97f4a7c15);
    if (bytes)
        memcpy(&point, bytes, sizeof point);
    return point % HASH_PRIME;
}

/* A polynomial in the code points in upper case, at a point that nobody knows who writes evidence:
 * else a hive or text could have names that all fall together, and tables would be slow lists. */
uint32_t text_hash(const char *text)
{
    uint64_t hash = 1, point = choose_hash_point();
    for (uint32_t code; (code = to_upper(text_next(&text)));)
        hash = hash_multiply(hash + code, point);
    return (uint32_t)hash;
}

bool text_equal(const char *a, const char *b)
{
    return text_compare(a, b) == 0;
}

/* A capital takes as many bytes as its small letter. Only U+FFFD is longer than what it stands for,
 * a single byte. */
char *text_capitals(struct arena *arena, const char *text)
{
    char *capitals = arena_alloc(arena, strlen(text) + 1, 3), *out = capitals;
    for (uint32_t code; (code = text_next(&text));)
        out += text_put(out, to_upper(code));
    return capitals;
}

static const char hex_digits[] = "0123456789abcdef";

char *text_hex(struct arena *arena, struct slice bytes, const char *separator)
{
    size_t gap = strlen(separator);
    char *text = arena_alloc(arena, bytes.len * (2 + gap) + 1, 1), *out = text;
    for (size_t i = 0; i < bytes.len; i++) {
        out = i ? stpcpy(out, separator) : out;
        *out++ = hex_digits[bytes.ptr[i] >> 4];
        *out++ = hex_digits[bytes.ptr[i] & 15];
    }
    return text;
}

int text_hex_digit(char c)
{
    const char *at = c ? strchr(hex_digits, c >= 'A' && c <= 'F' ? c + 32 : c) : NULL;
    return at ? (int)(at - hex_digits) : -1;
}

bool text_parse_hex(struct arena *arena, const char *text, struct slice *out)
{
    uint8_t *bytes = arena_alloc(arena, strlen(text) / 2 + 1, 1);
    size_t len = 0;
    for (const char *p = text; *p;) {
        if (len && strchr(" ,:-", *p)) {
            p += strspn(p, " ,:-");
            if (!*p)
                return false;
        }
        int high = text_hex_digit(p[0]), low = high < 0 ? -1 : text_hex_digit(p[1]);
        if (low < 0)
            return false;
        bytes[len++] = (uint8_t)(high << 4 | low);
        p += 2;
    }
    *out = (struct slice){.ptr = bytes, .len = len};
    return len > 0;
}

bool text_filetime_seconds(int64_t filetime, int64_t *seconds)
{
    *seconds = filetime / FILETIME_PER_SECOND - FILETIME_UNIX_EPOCH;
    return *seconds >= SECONDS_1980 && *seconds < SECONDS_2200;
}

char *text_filetime(struct arena *arena, int64_t filetime)
{
    int64_t seconds;
    if (!text_filetime_seconds(filetime, &seconds))
        return arena_printf(arena, "%" PRId64, filetime);
    time_t time = (time_t)seconds;
    struct tm tm;
    gmtime_r(&time, &tm);
    return arena_printf(arena, "%04d-%02d-%02dT%02d:%02d:%02d.%07" PRId64 "Z", tm.tm_year + 1900,
                        tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
                        filetime % FILETIME_PER_SECOND);
}
