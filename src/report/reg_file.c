/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/reg_file.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "base/text.h"
#include "base/utf16.h"

#define EOL             "\r\n"
#define ROOT            "HKEY_LOCAL_MACHINE\\SOFTWARE\\"
#define BYTE_ORDER_MARK "\xef\xbb\xbf" /* as UTF-8 */

/* Findings that are listed without a change for them: all are in the reports. */
#define LISTED_MAX 1000

struct writer {
    struct arena *arena;
    FILE *stream; /* into memory */
    const struct reg_file *file;
};

/* Some readers join a line that ends with a backslash to the next one, comment or not. */
static void put_comment(const struct writer *writer, const char *label, const char *text)
{
    const char *escaped = text_escape(writer->arena, text);
    size_t len = strlen(escaped);
    while (len && escaped[len - 1] == ' ')
        len--;
    bool is_open = len && escaped[len - 1] == '\\';
    fprintf(writer->stream, "; %s%.*s%s" EOL, label, (int)len, escaped, is_open ? " ;" : "");
}

/* "; Case: 2026-17". */
static void put_labels(const struct writer *writer)
{
    struct label labels[NLABELS];
    size_t count = labels_list(writer->file->labels, labels);
    for (size_t i = 0; i < count; i++)
        put_comment(
            writer,
            arena_printf(writer->arena, "%c%s: ", *labels[i].name - 'a' + 'A', labels[i].name + 1),
            labels[i].text);
}

static void put_header(const struct writer *writer, const char *purpose)
{
    const struct reg_file *file = writer->file;
    fputs(BYTE_ORDER_MARK "Windows Registry Editor Version 5.00" EOL EOL, writer->stream);
    put_comment(writer, "hiveaudit ",
                arena_printf(writer->arena, "%s: %s", file->version, purpose));
    put_comment(writer, "Evidence: ", file->evidence);
    put_labels(writer);
    fputs("; For the registry editor of the same Windows, of 64 bits where that has them." EOL,
          writer->stream);
}

static void put_finding(const struct writer *writer, const struct finding *finding)
{
    put_comment(writer, "",
                arena_printf(writer->arena, "%s %s (%s): %s", severity_name(finding->severity),
                             finding->rule->id, view_name(finding->origin->view),
                             finding->message));
}

static void put_quoted(const struct writer *writer, const char *text)
{
    putc('"', writer->stream);
    for (; *text; text++) {
        if (*text == '"' || *text == '\\')
            putc('\\', writer->stream);
        putc(*text, writer->stream);
    }
    putc('"', writer->stream);
}

static void put_name(const struct writer *writer, const char *name)
{
    if (*name)
        put_quoted(writer, name);
    else
        putc('@', writer->stream);
    putc('=', writer->stream);
}

/* Text as bytes, too: what is odd about it comes back as it was. */
static void put_data(const struct writer *writer, uint32_t type, struct slice data)
{
    if (type == REG_DWORD && data.len == 4) {
        fprintf(writer->stream, "dword:%08x" EOL, get_u32(data.ptr));
        return;
    }
    if (type == REG_BINARY)
        fputs("hex:", writer->stream);
    else
        fprintf(writer->stream, "hex(%x):", type);
    fprintf(writer->stream, "%s" EOL, text_hex(writer->arena, data, ","));
}

static void put_key(const struct writer *writer, const char *mark, const struct fix_change *change)
{
    fprintf(writer->stream, "[%s" ROOT "%s]" EOL, mark, change->key->origin.key);
}

static void put_change(const struct writer *writer, const struct fix_change *change)
{
    fputs(EOL, writer->stream);
    for (size_t i = 0; i < change->nfindings; i++)
        put_finding(writer, change->findings[i]);
    put_comment(writer, "Old value: ", regval_show(writer->arena, change->old));
    put_key(writer, "", change);
    put_name(writer, change->name);
    if (change->removes)
        fputs("-" EOL, writer->stream);
    else
        put_data(writer, change->type, change->data);
}

static void put_inverse(const struct writer *writer, const struct fix_change *change)
{
    bool was_absent = change->old->state == VALUE_ABSENT;
    fputs(EOL, writer->stream);
    for (size_t i = 0; i < change->nfindings; i++)
        put_comment(writer, "Takes back what was done for ", change->findings[i]->rule->id);
    if (change->key->state == KEY_ABSENT) {
        put_key(writer, "-", change);
        return;
    }
    put_key(writer, "", change);
    put_name(writer, change->name);
    if (was_absent)
        fputs("-" EOL, writer->stream);
    else
        put_data(writer, change->old->type, change->old->raw);
}

static void put_more(const struct writer *writer, size_t count)
{
    if (count > LISTED_MAX)
        put_comment(writer, "", arena_printf(writer->arena, "and %zu more", count - LISTED_MAX));
}

static void put_settled(const struct writer *writer)
{
    const struct fix *fix = writer->file->fix;
    if (!fix->nsettled)
        return;
    fputs(EOL "; Settled by these changes as well:" EOL, writer->stream);
    for (size_t i = 0; i < fix->nsettled && i < LISTED_MAX; i++) {
        put_finding(writer, fix->settled[i]);
        put_comment(writer, "  in ", fix->settled[i]->origin->key);
    }
    put_more(writer, fix->nsettled);
}

static void put_refusals(const struct writer *writer)
{
    const struct fix *fix = writer->file->fix;
    if (!fix->nrefusals)
        return;
    fputs(EOL "; Not repaired:" EOL, writer->stream);
    for (size_t i = 0; i < fix->nrefusals && i < LISTED_MAX; i++) {
        const struct fix_refusal *refusal = &fix->refusals[i];
        put_finding(writer, refusal->finding);
        put_comment(writer, "  in ", refusal->finding->origin->key);
        put_comment(writer, "  why: ", refusal->why);
    }
    put_more(writer, fix->nrefusals);
}

/* All of the text in memory, where writing fails for lack of it only. */
static struct slice make_text(struct arena *arena, const struct reg_file *file,
                              void (*put_all)(const struct writer *writer))
{
    char *text = NULL;
    size_t len;
    struct writer writer = {arena, open_memstream(&text, &len), file};
    if (!writer.stream)
        end_out_of_memory();
    put_all(&writer);
    bool failed = ferror(writer.stream);
    if (fclose(writer.stream) != 0 || failed)
        end_out_of_memory();
    struct slice bytes = utf16_encode(arena, text);
    free(text);
    return bytes;
}

static void put_fix(const struct writer *writer)
{
    const struct fix *fix = writer->file->fix;
    put_header(writer, "a repair of what needs no guess");
    for (size_t i = 0; i < fix->nchanges; i++)
        put_change(writer, &fix->changes[i]);
    put_settled(writer);
    put_refusals(writer);
}

/* Backwards: it is the inverse. */
static void put_undo(const struct writer *writer)
{
    const struct fix *fix = writer->file->fix;
    put_header(writer, "takes a repair back");
    for (size_t i = fix->nchanges; i > 0; i--)
        put_inverse(writer, &fix->changes[i - 1]);
}

struct slice reg_file_fix(struct arena *arena, const struct reg_file *file)
{
    return make_text(arena, file, put_fix);
}

struct slice reg_file_undo(struct arena *arena, const struct reg_file *file)
{
    return make_text(arena, file, put_undo);
}
