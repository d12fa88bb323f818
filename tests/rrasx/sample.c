/* SPDX-License-Identifier: Apache-2.0 */
#include "sample.h"

#include <stdio.h>

const struct rrasx_message *const sample_messages[] = {
    &rrasx_nothing,
    &rrasx_selector,
    &rrasx_server,
    &rrasx_session,
    &rrasx_event,
    &rrasx_failure,
    &rrasx_job,
    &rrasx_keep_out,
    &rrasx_keep_out_driver,
    &rrasx_driver,
    &rrasx_refused_driver,
    &rrasx_user,
    &rrasx_limit,
    &rrasx_page_request,
    &rrasx_session_request,
    &rrasx_event_request,
    &rrasx_disconnect_request,
    &rrasx_job_seen,
    &rrasx_job_request,
    &rrasx_number,
    &rrasx_keep_out_request,
    &rrasx_forget_request,
    &rrasx_forgotten,
    &rrasx_user_request,
    &rrasx_user_page_request,
    &rrasx_user_set_request,
    &rrasx_quarantine_request,
    &rrasx_limit_request,
    &rrasx_limit_set,
    &rrasx_sessions,
    &rrasx_events,
    &rrasx_keep_outs,
    &rrasx_drivers,
    &rrasx_users,
    &rrasx_limits,
    NULL,
};

static void put(void *s, uint16_t at, const void *value, size_t n)
{
    memcpy((uint8_t *)s + at, value, n);
}

static void get(const void *s, uint16_t at, void *value, size_t n)
{
    memcpy(value, (const uint8_t *)s + at, n);
}

static void fill(const struct rrasx_message *m, void *s, enum sample_kind kind, unsigned seed);

static void fill_text(const struct rrasx_attr *a, void *s, enum sample_kind kind, unsigned seed)
{
    char *text = malloc(a->limit + 1u);
    assert_non_null(text);
    if (kind == SAMPLE_LIMITS) {
        memset(text, 'a' + (int)(seed % 26), a->limit);
        text[a->limit] = '\0';
    } else {
        snprintf(text, a->limit + 1u, "\xc3\xa9%s %u", a->name, seed);
    }
    put(s, a->at, &text, sizeof text);
}

static void fill_list(const struct rrasx_attr *a, void *s, enum sample_kind kind, unsigned seed)
{
    uint8_t *items = calloc(SAMPLE_LIST_ITEMS, a->of->size);
    uint32_t count = SAMPLE_LIST_ITEMS;
    assert_non_null(items);
    for (uint32_t i = 0; i < count; i++)
        fill(a->of, items + (size_t)i * a->of->size, kind, seed + i);
    put(s, a->at, &items, sizeof items);
    put(s, a->also, &count, sizeof count);
}

static void fill_number(const struct rrasx_attr *a, void *s, enum sample_kind kind, unsigned seed)
{
    uint64_t v = kind == SAMPLE_LIMITS ? UINT64_MAX - seed : UINT64_C(0x0102030405060708) * (a->tag + seed % 7);
    uint32_t small = (uint32_t)v, yes = TRUE;
    if (a->type == RRASX_BOOL)
        put(s, a->at, &yes, sizeof yes);
    else if (a->type == RRASX_U32)
        put(s, a->at, &small, sizeof small);
    else
        put(s, a->at, &v, sizeof v);
}

static void fill(const struct rrasx_message *m, void *s, enum sample_kind kind, unsigned seed)
{
    const GUID guid = {0x01020304u + seed, 0x0506, 0x0708, {9, 10, 11, 12, 13, 14, 15, 16}};
    const bool yes = true;
    for (size_t i = 0; kind != SAMPLE_EMPTY && i < m->n; i++) {
        const struct rrasx_attr *a = &m->attrs[i];
        if (a->type == RRASX_TEXT)
            fill_text(a, s, kind, seed + a->tag);
        else if (a->type == RRASX_LIST)
            fill_list(a, s, kind, seed);
        else if (a->type == RRASX_RECORD)
            fill(a->of, (uint8_t *)s + a->at, kind, seed);
        else if (a->type == RRASX_GUID)
            put(s, a->at, &guid, sizeof guid);
        else
            fill_number(a, s, kind, seed);
        if ((a->type == RRASX_RECORD || a->type == RRASX_GUID) && a->also != RRASX_NOWHERE)
            put(s, a->also, &yes, sizeof yes);
    }
}

void *sample_new(const struct rrasx_message *m, enum sample_kind kind, unsigned seed)
{
    void *s = calloc(1, m->size ? m->size : 1);
    assert_non_null(s);
    fill(m, s, kind, seed);
    return s;
}

static void clear(const struct rrasx_message *m, void *s)
{
    for (size_t i = 0; i < m->n; i++) {
        const struct rrasx_attr *a = &m->attrs[i];
        void *p;
        uint32_t count;
        if (a->type == RRASX_RECORD)
            clear(a->of, (uint8_t *)s + a->at);
        if (a->type != RRASX_TEXT && a->type != RRASX_LIST)
            continue;
        get(s, a->at, &p, sizeof p);
        if (a->type == RRASX_LIST && p) {
            get(s, a->also, &count, sizeof count);
            for (uint32_t j = 0; j < count; j++)
                clear(a->of, (uint8_t *)p + (size_t)j * a->of->size);
        }
        free(p);
    }
}

void sample_free(const struct rrasx_message *m, void *s)
{
    clear(m, s);
    free(s);
}

static void same_list(const struct rrasx_attr *a, const void *s, const void *t)
{
    const uint8_t *p, *q;
    uint32_t n, o;
    get(s, a->at, &p, sizeof p);
    get(t, a->at, &q, sizeof q);
    get(s, a->also, &n, sizeof n);
    get(t, a->also, &o, sizeof o);
    assert_int_equal(n, o);
    for (uint32_t i = 0; i < n; i++)
        sample_assert_same(a->of, p + (size_t)i * a->of->size, q + (size_t)i * a->of->size);
}

static void same_text(const struct rrasx_attr *a, const void *s, const void *t)
{
    const char *p, *q;
    get(s, a->at, &p, sizeof p);
    get(t, a->at, &q, sizeof q);
    assert_string_equal(p ? p : "", q ? q : "");
}

static size_t width(const struct rrasx_attr *a)
{
    if (a->type == RRASX_GUID)
        return 16;
    return a->type == RRASX_U64 || a->type == RRASX_I64 ? 8 : 4;
}

void sample_assert_same(const struct rrasx_message *m, const void *s, const void *t)
{
    for (size_t i = 0; i < m->n; i++) {
        const struct rrasx_attr *a = &m->attrs[i];
        if ((a->type == RRASX_RECORD || a->type == RRASX_GUID) && a->also != RRASX_NOWHERE)
            assert_int_equal(((const uint8_t *)s)[a->also], ((const uint8_t *)t)[a->also]);
        if (a->type == RRASX_TEXT)
            same_text(a, s, t);
        else if (a->type == RRASX_LIST)
            same_list(a, s, t);
        else if (a->type == RRASX_RECORD)
            sample_assert_same(a->of, (const uint8_t *)s + a->at, (const uint8_t *)t + a->at);
        else
            assert_memory_equal((const uint8_t *)s + a->at, (const uint8_t *)t + a->at, width(a));
    }
}

struct rrasx_chunk sample_encode(const struct rrasx_message *m, const void *s)
{
    size_t bound = rrasx_bound(m, s);
    uint8_t *big = malloc(bound + 1);
    assert_non_null(big);
    struct rpc_wr w = rpc_wr_init(big, bound);
    rrasx_encode(m, s, &w);
    assert_true(rpc_wr_ok(&w));
    uint8_t *p = malloc(w.pos + 1); /* never of 0 bytes, which may be NULL */
    assert_non_null(p);
    memcpy(p, big, w.pos);
    free(big);
    return (struct rrasx_chunk){p, w.pos};
}

void *sample_decode(const struct rrasx_message *m, const struct rrasx_chunk *chunks, size_t n)
{
    struct rrasx_size need = {0};
    for (size_t i = 0; i < n; i++) {
        const struct rrasx_size before = need;
        if (!rrasx_measure(m, chunks[i], &need)) {
            assert_memory_equal(&need, &before, sizeof need);
            return NULL;
        }
    }
    size_t head = (m->size + 15u) & ~15u;
    uint8_t *s = malloc(head + need.items + need.texts + 1);
    assert_non_null(s);
    assert_true(rrasx_fill(m, chunks, n, s, s + head, &need));
    return s;
}
