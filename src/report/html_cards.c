/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/html_parts.h"

#include "report/text_parts.h"

/* The words of the text report say all of it, and line up bytes that are compared. They are escaped
 * for a terminal already, line by line. */
void html_write_cards(const struct html *html, const struct audited *audited)
{
    if (!audited->ncards)
        return;
    struct html_draft draft;
    html_begin_draft(&draft, html);
    struct output part = {.run = html->run, .stream = draft.html.stream, .arena = html->arena};
    text_write_cards(&part, audited);
    html_end_draft(&draft);
    html_print(html, "<pre class=\"cards\">\n");
    for (char *line = draft.text, *end; *line; line = end + 1) {
        end = line + strcspn(line, "\n");
        *end = '\0';
        html_print(html, "%s\n", html_text(html, line));
    }
    html_print(html, "</pre>\n");
    html_free_draft(&draft);
}
