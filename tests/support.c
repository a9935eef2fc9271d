/* SPDX-License-Identifier: GPL-3.0-or-later */
#include "config.h"

#include "support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/bytes.h"
#include "hive/base_block.h"
#include "hive/hive_write.h"
#include "rule/load.h"

int support_start(void **state)
{
    *state = arena_new();
    return 0;
}

int support_stop(void **state)
{
    arena_free(*state);
    return 0;
}

static ssize_t read_memory(const struct source *source, uint64_t offset, void *buf, size_t len)
{
    const struct memory_hive *hive = (const struct memory_hive *)source;
    if (offset >= source->size)
        return 0;
    if (len > source->size - offset)
        len = (size_t)(source->size - offset);
    memcpy(buf, hive->bytes + offset, len);
    return (ssize_t)len;
}

struct memory_hive *support_wrap(struct arena *arena, uint8_t *bytes, size_t size)
{
    struct memory_hive *hive = arena_alloc(arena, 1, sizeof *hive);
    *hive = (struct memory_hive){
        .source = {.name = "test hive", .size = size, .read_at = read_memory, .fd = -1},
        .bytes = bytes,
    };
    return hive;
}

struct memory_hive *support_build(struct arena *arena, const char *reg_text)
{
    struct slice source = {.ptr = (const uint8_t *)reg_text, .len = strlen(reg_text)};
    struct reg_text text = reg_text_parse(arena, source);
    if (text.nproblems)
        fail_msg("line %u, column %u: %s", text.problems[0].line, text.problems[0].column,
                 text.problems[0].message);
    const char *fault = NULL;
    struct hive_image image = hive_build(arena, &text, 1, &fault);
    if (image.fd < 0)
        fail_msg("%s", fault);
    uint8_t *bytes = arena_alloc(arena, image.size, 1);
    assert_int_equal(pread(image.fd, bytes, image.size, 0), (ssize_t)image.size);
    struct memory_hive *hive = support_wrap(arena, bytes, image.size);
    hive_image_close(&image);
    return hive;
}

struct memory_hive *support_corpus(struct arena *arena, const char *path)
{
    const char *corpus = getenv("HIVEAUDIT_CORPUS");
    if (!corpus || !*corpus) {
        print_message("HIVEAUDIT_CORPUS is not set\n");
        skip();
    }
    FILE *pipe = popen(arena_printf(arena, "xz -dc '%s/%s.xz'", corpus ? corpus : "", path), "r");
    assert_non_null(pipe);
    size_t size = 0, room = (size_t)1 << 20;
    uint8_t *bytes = arena_alloc(arena, room, 1);
    for (size_t n; (n = fread(bytes + size, 1, room - size, pipe)) > 0;) {
        size += n;
        if (size < room)
            continue;
        uint8_t *larger = arena_alloc(arena, room *= 2, 1);
        bytes = memcpy(larger, bytes, size);
    }
    assert_int_equal(pclose(pipe), 0);
    return support_wrap(arena, bytes, size);
}

size_t support_locate(const struct memory_hive *hive, size_t from, const void *bytes, size_t len)
{
    const uint8_t *end = hive->bytes + hive->source.size;
    const uint8_t *at = memmem(hive->bytes + from, hive->source.size - from, bytes, len);
    assert_non_null(at);
    assert_null(memmem(at + 1, (size_t)(end - at - 1), bytes, len));
    return (size_t)(at - hive->bytes);
}

size_t support_locate_key(struct arena *arena, const struct memory_hive *hive, const char *path)
{
    struct open_hive *open = support_open(arena, hive);
    assert_non_null(open->hive);
    hive_key key;
    assert_int_equal(hive_find(open->hive, hive_root(open->hive), path, &key), HIVE_OK);
    support_close(open);
    return (size_t)key;
}

uint32_t support_get_u32(const struct memory_hive *hive, size_t offset)
{
    assert_true(offset + 4 <= hive->source.size);
    return get_u32(hive->bytes + offset);
}

void support_put_u32(struct memory_hive *hive, size_t offset, uint32_t number)
{
    assert_true(offset + 4 <= hive->source.size);
    put_u32(hive->bytes + offset, number);
}

size_t support_follow(const struct memory_hive *hive, size_t field)
{
    return BASE_BLOCK_SIZE + (size_t)support_get_u32(hive, field);
}

void support_fix_checksum(struct memory_hive *hive)
{
    base_block_put_checksum(hive->bytes);
}

struct open_hive *support_open(struct arena *arena, const struct memory_hive *hive)
{
    struct open_hive *open = arena_alloc(arena, 1, sizeof *open);
    open->diags.arena = arena;
    open->image = hive_image_load(&hive->source, &open->diags);
    assert_true(open->image.fd >= 0);
    open->hive = hive_open(arena, &open->diags, &open->image);
    return open;
}

void support_close(struct open_hive *open)
{
    hive_close(open->hive);
    hive_image_close(&open->image);
}

static struct reading *read_hive(struct arena *arena, const struct memory_hive *hive,
                                 const struct read_plan *plan)
{
    struct reading *reading = arena_alloc(arena, 1, sizeof *reading);
    reading->diags.arena = arena;
    reading->read = snapshot_read(arena, &reading->diags, &hive->source, plan, &reading->snapshot);
    return reading;
}

const struct reading *support_read(struct arena *arena, const struct memory_hive *hive)
{
    struct read_plan plan = {0};
    return read_hive(arena, hive, &plan);
}

const struct reading *support_read_both(struct arena *arena, const struct memory_hive *software,
                                        const struct memory_hive *system)
{
    struct read_plan plan = {.system = &system->source};
    return read_hive(arena, software, &plan);
}

const struct card *support_find_card(const struct snapshot *snapshot, enum view view,
                                     const char *name)
{
    const struct view_config *config = &snapshot->views[view];
    for (size_t i = 0; i < config->ncards; i++)
        if (strcmp(config->cards[i].key.origin.name, name) == 0)
            return &config->cards[i];
    fail_msg("no entry %s in view %s", name, view_name(view));
    return NULL;
}

struct ruleset support_load_rules(struct arena *arena, const char *yaml)
{
    struct rule_file file = {.name = "test.yaml", .text = yaml, .len = strlen(yaml)};
    struct rule_files files = {.items = &file, .count = 1};
    struct rule_errors errors = {.arena = arena};
    struct ruleset ruleset = ruleset_load(&errors, &files);
    if (errors.count)
        fail_msg("%s", errors.items[0]);
    return ruleset;
}

struct findings support_judge(struct arena *arena, struct ruleset *ruleset,
                              const struct memory_hive *hive)
{
    struct read_plan plan = {0};
    plan.requests = ruleset_collect_requests(arena, ruleset, &plan.nrequests);
    struct reading *reading = read_hive(arena, hive, &plan);
    if (!reading->read || reading->diags.worst != DIAG_NOTE)
        fail_msg("%s", reading->diags.items[0].message);
    return ruleset_judge(arena, ruleset, &reading->snapshot);
}

struct findings support_judge_package(struct arena *arena, struct ruleset *ruleset,
                                      enum package_kind kind, const char *text)
{
    struct read_plan plan = {0};
    struct diags diags = {.arena = arena};
    struct snapshot *snapshot = arena_alloc(arena, 1, sizeof *snapshot);
    uint8_t *bytes = (uint8_t *)arena_strdup(arena, text);
    plan.requests = ruleset_collect_requests(arena, ruleset, &plan.nrequests);
    if (!snapshot_read_package(arena, &diags, &support_wrap(arena, bytes, strlen(text))->source,
                               kind, &plan, snapshot))
        fail_msg("%s", diags.items[0].message);
    return ruleset_judge(arena, ruleset, snapshot);
}
