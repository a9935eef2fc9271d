/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/html_parts.h"

#include <stdlib.h>

#include "report/xml.h"

void html_print(const struct html *html, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(html->stream, format, args);
    va_end(args);
}

const char *html_text(const struct html *html, const char *text)
{
    return xml_escape(html->arena, text);
}

void html_write_fact(const struct html *html, const char *term, const char *text)
{
    html_print(html, "<dt>%s<dd>%s\n", term, html_text(html, text));
}

void html_write_code(const struct html *html, const char *term, const char *text)
{
    html_print(html, "<dt>%s<dd><code>%s</code>\n", term, html_text(html, text));
}

void html_begin_draft(struct html_draft *draft, const struct html *like)
{
    *draft = (struct html_draft){.html = *like};
    draft->html.stream = open_memstream(&draft->text, &draft->len);
    if (!draft->html.stream)
        end_out_of_memory();
}

void html_end_draft(struct html_draft *draft)
{
    bool failed = ferror(draft->html.stream);
    if (fclose(draft->html.stream) != 0 || failed)
        end_out_of_memory();
}

void html_free_draft(struct html_draft *draft)
{
    free(draft->text);
}

/* A stream that ends early leaves its error behind, which the page looks at when it ends. */
void html_copy(const struct html *html, FILE *from, long offset, size_t size)
{
    char chunk[16 * 1024];
    if (fseek(from, offset, SEEK_SET) != 0)
        return;
    for (size_t n; size; size -= n) {
        n = fread(chunk, 1, size < sizeof chunk ? size : sizeof chunk, from);
        if (!n || fwrite(chunk, 1, n, html->stream) != n)
            return;
    }
}

void html_write_counts(const struct html *html, const size_t findings[NSEVERITIES])
{
    for (int severity = NSEVERITIES - 1; severity >= 0; severity--) {
        const char *name = severity_name((enum severity)severity);
        html_print(html, "<span class=\"count %s%s\">%zu %s%s</span>%s", name,
                   findings[severity] ? "" : " nil", findings[severity], name,
                   findings[severity] == 1 ? "" : "s", severity ? " " : "");
    }
}

void html_write_card_counts(const struct html *html, const size_t cards[2])
{
    html_print(html, "%zu card%s with an entry, %zu with none", cards[true],
               cards[true] == 1 ? " pairs" : "s pair", cards[false]);
}
