/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "mutate.h"

#include <string.h>

#define GROWTH_MAX (SPARE / CHANGES_MAX) /* bytes of one change */

/* Takes bytes away at a place, and makes room for others. */
static void resize_at(struct file *file, size_t at, size_t cut, size_t room)
{
    memmove(file->bytes + at + room, file->bytes + at + cut, file->len - at - cut);
    file->len = file->len - cut + room;
}

/* What means something in one of the formats, in a place where it may not. */
static void insert_token(struct mutator *m, struct file *file)
{
    /* Parted by blanks; "~" stands for the end of a line, "?" for a NUL. */
    static const char tokens[] =
        "[ ] \" \\~ \\ % , = ; ~ \r \t ? hex: hex, - @= HKR, HKLM, dword: ~[A]~ 0x1 %% %x% ,,,, "
        "\xff "
        "\xc3 \xed\xa0\x80 \xc0\x80 \xef\xbb\xbf AddReg= (2): .. [- [DefaultInstall]";
    const char *token = tokens + choose(m, sizeof tokens - 1);
    while (token > tokens && token[-1] != ' ')
        token--;
    size_t at = choose(m, file->len + 1), len = strcspn(token, " ");
    resize_at(file, at, 0, len);
    for (size_t i = 0; i < len; i++)
        file->bytes[at + i] = (uint8_t)(token[i] == '~' ? '\n' : token[i] == '?' ? 0 : token[i]);
}

static void cut_bytes(struct mutator *m, struct file *file)
{
    size_t at = choose(m, file->len), len = (size_t)1 << choose(m, 6);
    resize_at(file, at, len < file->len - at ? len : file->len - at, 0);
}

/* The line that holds a byte, with its end. */
static struct file find_line(const struct file *file, size_t at)
{
    size_t start = at, end = at + 1;
    while (start > 0 && file->bytes[start - 1] != '\n')
        start--;
    while (end < file->len && file->bytes[end - 1] != '\n')
        end++;
    return (struct file){.bytes = file->bytes + start, .len = end - start};
}

/* A line of any sample, in front of any line. */
static void copy_line(struct mutator *m, struct file *file)
{
    const struct file *from = &m->samples[choose(m, m->nsamples)].files[0];
    struct file line = find_line(from, choose(m, from->len));
    size_t at = (size_t)(find_line(file, choose(m, file->len)).bytes - file->bytes);
    if (line.len > GROWTH_MAX)
        return;
    resize_at(file, at, 0, line.len);
    memcpy(file->bytes + at, line.bytes, line.len);
}

static void cut_line(struct mutator *m, struct file *file)
{
    struct file line = find_line(file, choose(m, file->len));
    resize_at(file, (size_t)(line.bytes - file->bytes), line.len, 0);
}

void change_text(struct mutator *m)
{
    static change_file *const changes[] = {
        insert_token, insert_token, insert_token, cut_bytes,     copy_line,   copy_line,
        cut_line,     flip_bits,    set_bytes,    truncate_file, extend_file, splice,
    };
    size_t kinds = sizeof changes / sizeof *changes;
    /* What changes much hides what is changed beside it, so that is rare. */
    if (choose(m, 4))
        kinds -= 3;
    changes[choose(m, kinds)](m, &m->mutant.files[0]);
}
