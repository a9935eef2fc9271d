/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "report/html_parts.h"

#include <errno.h>

#include "base/cleanup.h"

/* One page that needs nothing else: its style sheet and its script are in it. Its policy lets a
 * browser use just these two, known by their digests, and fetch nothing. */

#define BASE64_SIZE ((DIGEST_SIZE + 2) / 3 * 4 + 1)

/* RFC 4648, clause 4. */
static void encode_base64(const uint8_t digest[DIGEST_SIZE], char out[BASE64_SIZE])
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    for (size_t i = 0; i < DIGEST_SIZE; i += 3) {
        uint32_t group = (uint32_t)digest[i] << 16;
        group |= i + 1 < DIGEST_SIZE ? (uint32_t)digest[i + 1] << 8 : 0;
        group |= i + 2 < DIGEST_SIZE ? digest[i + 2] : 0;
        for (int shift = 18; shift >= 0; shift -= 6)
            *out++ = alphabet[group >> shift & 63];
    }
    out[-1] = '='; /* 32 bytes are one short of a group */
    *out = '\0';
}

static const char *find_file(const char *name)
{
    const struct embedded *file = html_files;
    while (strcmp(file->name, name) != 0)
        file++;
    return file->text;
}

/* "'sha256-...'" of what stands between the tags. */
static const char *make_source(struct arena *arena, const char *text)
{
    uint8_t digest[DIGEST_SIZE];
    char base64[BASE64_SIZE];
    digest_bytes((struct slice){(const uint8_t *)text, strlen(text)}, digest);
    encode_base64(digest, base64);
    return arena_printf(arena, "'sha256-%s'", base64);
}

static void write_head(const struct html *html)
{
    const char *style = find_file("html_page.css"), *script = find_file("html_page.js");
    const char *name = html->run->labels.case_name;
    html_print(html,
               "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
               "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
               "style-src %s; script-src %s; base-uri 'none'; form-action 'none'\">\n"
               "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
               "<meta name=\"referrer\" content=\"no-referrer\">\n"
               "<meta name=\"generator\" content=\"hiveaudit %s\">\n"
               "<title>Smart-card configuration audit%s%s</title>\n",
               make_source(html->arena, style), make_source(html->arena, script),
               html_text(html, html->run->version), name ? ": " : "",
               name ? html_text(html, name) : "");
    html_print(html, "<style>%s</style>\n</head>\n<body>\n", style);
}

static void begin_page(struct output *output)
{
    struct html_page *page = output->state = arena_alloc(output->arena, 1, sizeof *page);
    const struct html html = {output->stream, output->arena, output->run};
    page->arena = output->arena;
    page->pieces = report_open_memory();
    page->drawings = report_open_memory();
    if (!page->pieces || !page->drawings)
        output->error = errno;
    write_head(&html);
}

/* Memory that is full is an error of the report as a full disk is. */
static void note_error(struct output *output)
{
    const struct html_page *page = output->state;
    if (!output->error && (ferror(page->pieces) || ferror(page->drawings)))
        output->error = errno ? errno : EIO;
}

static void add_piece(struct output *output, const struct audited *audited)
{
    struct html_page *page = output->state;
    if (output->error)
        return;
    CLEANUP(arena) struct arena *arena = arena_new();
    const struct html piece = {page->pieces, arena, output->run};
    page->npieces++;
    html_matrix_begin_row(page, audited);
    html_write_piece(page, &piece, audited);
    note_error(output);
}

/* The filter works by the script, which shows it. */
static void write_tools(const struct html *html, const struct html_page *page)
{
    html_print(html,
               "<header class=\"page\">\n<p class=\"kind\">hiveaudit %s</p>\n"
               "<h1>Smart-card configuration audit</h1>\n</header>\n"
               "<nav aria-label=\"Parts of the report\"><a href=\"#summary\">Summary</a>",
               html_text(html, html->run->version));
    if (page->matrix.ncolumns)
        html_print(html, " <a href=\"#rules\">Rules</a>%s <a href=\"#findings\">Findings</a>",
                   page->npieces > 1 ? " <a href=\"#matrix\">Matrix</a>" : "");
    html_print(html, "%s <a href=\"#evidence\">Evidence</a> <a href=\"#record\">Record</a></nav>\n",
               page->entries.count ? " <a href=\"#entries\">Entries</a>" : "");
    html_print(html,
               "<form class=\"filter\" id=\"filter\" role=\"search\" hidden>\n"
               "<label>Search <input type=\"search\" id=\"query\" autocomplete=\"off\" "
               "spellcheck=\"false\"></label>\n"
               "<label>Severity <select id=\"severity\"><option value=\"\">all"
               "<option value=\"error\">errors<option value=\"warning\">warnings"
               "<option value=\"note\">notes</select></label>\n"
               "<label>Evidence <select id=\"status\"><option value=\"\">all"
               "<option value=\"complete\">complete<option value=\"incomplete\">incomplete"
               "<option value=\"failed\">failed</select></label>\n"
               "<button type=\"button\" id=\"unfold\" aria-pressed=\"false\">Unfold all</button>\n"
               "<button type=\"button\" id=\"theme\">Theme</button>\n"
               "<output id=\"matches\" role=\"status\"></output>\n</form>\n");
}

static void begin_section(const struct html *html, const char *id, const char *heading)
{
    html_print(html, "<section id=\"%s\">\n<h2>%s</h2>\n", id, heading);
}

static void end_section(const struct html *html)
{
    html_print(html, "</section>\n");
}

static void write_matrix(const struct html *html, const struct html_page *page)
{
    begin_section(html, "rules", "Rules that found something");
    html_write_rules(html, page);
    end_section(html);
    if (page->npieces < 2)
        return;
    begin_section(html, "matrix", "Evidence by rules");
    html_write_matrix(html, page);
    end_section(html);
}

static void write_results(const struct html *html, struct html_page *page)
{
    html_matrix_sort(&page->matrix);
    if (page->matrix.ncolumns) {
        write_matrix(html, page);
        begin_section(html, "findings", "Findings");
        html_print(html,
                   "<p class=\"more\">What is found in several places is drawn once. Of an ATR, "
                   "bits on a ground are compared with a card's; bits without one are masked "
                   "out; a bit that offends is framed and filled.</p>\n");
        html_write_findings(html, page);
        end_section(html);
    }
    if (page->entries.count) {
        begin_section(html, "entries", "Entries that take cards from others");
        html_write_entries(html, page);
        end_section(html);
    }
}

static void write_pieces(const struct html *html, struct html_page *page)
{
    long size = ftell(page->pieces);
    begin_section(html, "evidence", "Evidence");
    html_copy(html, page->pieces, 0, size > 0 ? (size_t)size : 0);
    end_section(html);
}

static void release(struct html_page *page)
{
    if (page->pieces)
        fclose(page->pieces);
    if (page->drawings)
        fclose(page->drawings);
}

static void end_page(struct output *output, const struct totals *totals)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct html_page *page = output->state;
    const struct html html = {output->stream, arena, output->run};
    if (!output->error) {
        write_tools(&html, page);
        html_print(&html, "<main>\n");
        html_write_summary(&html, page, totals);
        write_results(&html, page);
        write_pieces(&html, page);
        html_write_record(&html, totals);
        html_print(&html, "</main>\n<script>%s</script>\n</body>\n</html>\n",
                   find_file("html_page.js"));
        note_error(output);
    }
    release(page);
}

static void discard_page(struct output *output)
{
    release(output->state);
}

const struct format html_format = {
    .name = "html",
    .begin = begin_page,
    .evidence = add_piece,
    .end = end_page,
    .discard = discard_page,
};
