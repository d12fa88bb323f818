/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile file of what rras-vici remembers, and then a listing of charon's, which decides what of it is believed.
 *
 * Input: the file up to a NUL byte, then messages of the listing, each behind two bytes of length.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "drivers/vici/memory.h"
#include "fuzz.h"

static bool told; /* something has been told before the listing was complete */

static uint64_t now_ms(void *ctx)
{
    (void)ctx;
    return 1000000;
}

static int64_t ago(void *ctx, uint64_t seconds)
{
    (void)ctx;
    return seconds < 1000000 ? 1000000 - (int64_t)seconds : 0;
}

static const char *auth(void *ctx, struct bytes connection)
{
    (void)ctx;
    (void)connection;
    return NULL;
}

static int put(void *ctx, const struct driver_session *d)
{
    (void)ctx;
    FUZZ_CHECK(d->id[0] && strlen(d->id) <= DRIVER_ID_MAX && d->start >= 0);
    told = true;
    return 0;
}

/* rrasd has never heard of them from this run of the driver, unless they were put. */
static void gone(void *ctx, const struct session *g, const char *reason, const struct driver_counters *counters,
                 bool final)
{
    (void)ctx;
    (void)reason;
    (void)counters;
    (void) final;
    FUZZ_CHECK(told && g->id[0]);
}

static void moved(void *ctx, const struct session *g)
{
    (void)ctx;
    FUZZ_CHECK(g->id[0]);
}

static void look(void *ctx, uint32_t ms)
{
    (void)ctx;
    (void)ms;
}

static void changed(void *ctx)
{
    (void)ctx;
}

static const struct sessions_ops ops = {.now_ms = now_ms,
                                        .ago = ago,
                                        .auth = auth,
                                        .put = put,
                                        .gone = gone,
                                        .moved = moved,
                                        .look = look,
                                        .changed = changed};

static int check(void *ctx, const struct sessions_memory *m)
{
    size_t *n = ctx;
    FUZZ_CHECK(m->id[0] && strlen(m->id) <= DRIVER_ID_MAX && m->ike > 0 && m->start >= 0);
    FUZZ_CHECK(m->children_n <= SESSIONS_CHILDREN_MAX);
    for (size_t i = 0; i < m->children_n; i++)
        FUZZ_CHECK(m->children[i].before.bytes_in <= m->children[i].counts.bytes_in &&
                   m->children[i].before.bytes_out <= m->children[i].counts.bytes_out);
    ++*n;
    return 0;
}

static void restore(struct sessions *s, const uint8_t *data, size_t size)
{
    size_t n = 0;
    FILE *f = fmemopen((void *)(uintptr_t)data, size, "r");
    FUZZ_CHECK(f);
    int r = memory_read(f, "run", s);
    fclose(f);
    FUZZ_CHECK(r >= 0 || r == -EINVAL);
    FUZZ_CHECK(sessions_each(s, check, &n) == 0);
    FUZZ_CHECK(n == (size_t)(r > 0 ? r : 0) && n == sessions_count(s) && !told);
}

static void list(struct sessions *s, const uint8_t *data, size_t size)
{
    size_t n = 0;
    sessions_list_begin(s);
    while (size > 2) {
        size_t length = (size_t)data[0] << 8 | data[1];
        length = length < size - 2 ? length : size - 2;
        sessions_row(s, (struct bytes){(const char *)data + 2, length});
        data += 2 + length;
        size -= 2 + length;
    }
    sessions_list_end(s);
    FUZZ_CHECK(sessions_each(s, check, &n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *end = size > 0 ? memchr(data, '\0', size) : NULL;
    size_t file = end ? (size_t)(end - data) : size;
    struct sessions *s = sessions_new("", &ops, NULL);
    FUZZ_CHECK(s);
    log_init("fuzz", LOG_LEVEL_ERROR);
    told = false;
    sessions_begin(s);
    if (file > 0)
        restore(s, data, file);
    if (end)
        list(s, end + 1, size - file - 1);
    sessions_free(s);
    return 0;
}
