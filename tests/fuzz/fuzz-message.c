/* SPDX-License-Identifier: GPL-3.0-or-later */
/* What surrounds what a worker sends: the input is a frame's content. What is accepted is, sent
 * again, the same bytes. */
#include "config.h"

#include "fuzz.h"

#include <string.h>

#include "base/cleanup.h"
#include "message.h"

const char fuzz_corpus[] = "message";

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t len)
{
    CLEANUP(arena) struct arena *arena = arena_new();
    struct message message;
    if (message_decode(arena, (struct slice){.ptr = bytes, .len = len}, &message))
        return 0;
    struct slice again = message_encode(&message);
    MUST(again.len == len && memcmp(again.ptr, bytes, len) == 0);
    free((void *)again.ptr);
    return 0;
}
