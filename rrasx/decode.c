/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From bytes of strangers to structures, in two passes over the same bytes: the first checks everything and adds up
 * what memory it takes, the second fills it. How deep it goes is up to the tables, not to the bytes.
 */
#include "rrasx/message.h"

#include <string.h>

#include "common/text.h"

/* One attribute as it stands in the bytes. */
struct value {
    const struct rrasx_attr *attr;
    const uint8_t *p;
    size_t n;
};

static const struct rrasx_attr *find(const struct rrasx_message *m, uint16_t tag)
{
    /* Tags are mostly 1, 2, 3, ... */
    if (tag >= 1 && tag <= m->n && m->attrs[tag - 1].tag == tag)
        return &m->attrs[tag - 1];
    for (size_t i = 0; i < m->n; i++)
        if (m->attrs[i].tag == tag)
            return &m->attrs[i];
    return NULL;
}

/* The next attribute that is known; false at the end, or when the bytes break off (then the cursor is bad). */
static bool next(struct rpc_rd *r, const struct rrasx_message *m, struct value *v)
{
    while (rpc_rd_left(r) > 0) {
        uint16_t tag = rpc_rd_u16_raw(r);
        v->n = rpc_rd_u16_raw(r);
        if (v->n == RRASX_LONG) {
            v->n = rpc_rd_u32_raw(r);
            if (v->n < RRASX_LONG)
                rpc_rd_fail(r); /* one way only to say each length */
        }
        v->p = rpc_rd_bytes(r, v->n);
        v->attr = v->p ? find(m, tag) : NULL;
        if (v->attr)
            return true;
    }
    return false;
}

static struct rpc_rd reader(struct rrasx_chunk c)
{
    return rpc_rd_init(c.p, c.n, false);
}

/* ---- the first pass ---- */

static bool is_text(const struct value *v)
{
    return v->n <= v->attr->limit && text_is_utf8((const char *)v->p, v->n) &&
           (v->n == 0 || memchr(v->p, 0, v->n) == NULL);
}

static bool measure_value(const struct value *v, struct rrasx_size *need)
{
    const struct rrasx_chunk inside = {v->p, v->n};
    switch ((enum rrasx_type)v->attr->type) {
    case RRASX_BOOL:
        return v->n == 1 && v->p[0] <= 1;
    case RRASX_U32:
        return v->n == 4;
    case RRASX_U64:
    case RRASX_I64:
        return v->n == 8;
    case RRASX_GUID:
        return v->n == sizeof(GUID);
    case RRASX_TEXT:
        need->texts += v->n + 1;
        return is_text(v);
    case RRASX_RECORD:
        return rrasx_measure(v->attr->of, inside, need);
    case RRASX_LIST:
    default:
        need->items += v->attr->of->size;
        return rrasx_measure(v->attr->of, inside, need);
    }
}

bool rrasx_measure(const struct rrasx_message *m, struct rrasx_chunk c, struct rrasx_size *need)
{
    struct rrasx_size sum = *need;
    struct rpc_rd r = reader(c);
    struct value v;
    uint64_t seen = 0;
    size_t items = 0; /* no message has two lists */
    while (next(&r, m, &v)) {
        bool is_list = v.attr->type == RRASX_LIST;
        uint64_t bit = UINT64_C(1) << v.attr->tag;
        if ((!is_list && (seen & bit)) || (is_list && ++items > v.attr->limit) || !measure_value(&v, &sum))
            return false;
        seen |= bit;
    }
    if (!rpc_rd_ok(&r))
        return false;
    *need = sum;
    return true;
}

uint32_t rrasx_get_u32(const struct rrasx_message *m, struct rrasx_chunk c, uint16_t tag)
{
    struct rpc_rd r = reader(c);
    struct value v;
    while (next(&r, m, &v)) {
        if (v.attr->tag == tag) {
            struct rpc_rd number = rpc_rd_init(v.p, v.n, false);
            return rpc_rd_u32_raw(&number);
        }
    }
    return 0;
}

size_t rrasx_get_text(const struct rrasx_message *m, struct rrasx_chunk c, uint16_t tag, const char **ret)
{
    struct rpc_rd r = reader(c);
    struct value v;
    while (next(&r, m, &v)) {
        if (v.attr->tag == tag) {
            *ret = (const char *)v.p;
            return v.n;
        }
    }
    return 0;
}

/* ---- the second pass ---- */

struct memory {
    uint8_t *items;
    size_t items_left;
    char *texts;
    size_t texts_left;
};

static void *member(void *dst, uint16_t at)
{
    return (uint8_t *)dst + at;
}

static bool fill(const struct rrasx_message *m, const struct rrasx_chunk *chunks, size_t n, void *dst,
                 struct memory *memory);

/* Texts are never NULL. */
static void set_texts(const struct rrasx_message *m, void *dst)
{
    static const char *const empty = "";
    for (size_t i = 0; i < m->n; i++) {
        const struct rrasx_attr *a = &m->attrs[i];
        if (a->type == RRASX_TEXT)
            memcpy(member(dst, a->at), &empty, sizeof empty);
        else if (a->type == RRASX_RECORD)
            set_texts(a->of, member(dst, a->at));
    }
}

static bool fill_text(const struct value *v, void *dst, struct memory *memory)
{
    if (v->n >= memory->texts_left)
        return false;
    const char *text = memory->texts;
    memcpy(memory->texts, v->p, v->n);
    memory->texts[v->n] = '\0';
    memory->texts += v->n + 1;
    memory->texts_left -= v->n + 1;
    memcpy(member(dst, v->attr->at), &text, sizeof text);
    return true;
}

static bool fill_item(const struct value *v, void *dst, struct memory *memory)
{
    const struct rrasx_message *of = v->attr->of;
    uint8_t *items;
    uint32_t count;
    memcpy(&items, member(dst, v->attr->at), sizeof items);
    memcpy(&count, member(dst, v->attr->also), sizeof count);
    void *item = items + (size_t)count * of->size;
    count++;
    memcpy(member(dst, v->attr->also), &count, sizeof count);
    memset(item, 0, of->size);
    set_texts(of, item);
    return fill(of, &(struct rrasx_chunk){v->p, v->n}, 1, item, memory);
}

static void fill_guid(const struct value *v, void *dst)
{
    struct rpc_rd r = rpc_rd_init(v->p, v->n, false);
    GUID g = {.Data1 = rpc_rd_u32_raw(&r), .Data2 = 0};
    g.Data2 = rpc_rd_u16_raw(&r);
    g.Data3 = rpc_rd_u16_raw(&r);
    memcpy(g.Data4, v->p + 8, sizeof g.Data4);
    memcpy(member(dst, v->attr->at), &g, sizeof g);
}

static void fill_number(const struct value *v, void *dst)
{
    struct rpc_rd r = rpc_rd_init(v->p, v->n, false);
    uint32_t low = v->n == 1 ? rpc_rd_u8(&r) : rpc_rd_u32_raw(&r);
    uint64_t whole = low;
    if (v->n == 8)
        whole |= (uint64_t)rpc_rd_u32_raw(&r) << 32;
    if (v->n == 8)
        memcpy(member(dst, v->attr->at), &whole, sizeof whole);
    else
        memcpy(member(dst, v->attr->at), &low, sizeof low);
}

static bool fill_value(const struct value *v, void *dst, struct memory *memory)
{
    const struct rrasx_attr *a = v->attr;
    bool tells = (a->type == RRASX_GUID || a->type == RRASX_RECORD) && a->also != RRASX_NOWHERE;
    if (tells)
        *(bool *)member(dst, a->also) = true;
    switch ((enum rrasx_type)a->type) {
    case RRASX_TEXT:
        return fill_text(v, dst, memory);
    case RRASX_RECORD:
        return fill(a->of, &(struct rrasx_chunk){v->p, v->n}, 1, member(dst, a->at), memory);
    case RRASX_LIST:
        return fill_item(v, dst, memory);
    case RRASX_GUID:
        fill_guid(v, dst);
        return true;
    case RRASX_BOOL:
    case RRASX_U32:
    case RRASX_U64:
    case RRASX_I64:
    default:
        fill_number(v, dst);
        return true;
    }
}

static const struct rrasx_attr *list_of(const struct rrasx_message *m)
{
    for (size_t i = 0; i < m->n; i++)
        if (m->attrs[i].type == RRASX_LIST)
            return &m->attrs[i];
    return NULL;
}

/* The array of the message's list, if it has one: as many items as there are in the chunks. */
static bool take_array(const struct rrasx_message *m, const struct rrasx_chunk *chunks, size_t n, void *dst,
                       struct memory *memory)
{
    const struct rrasx_attr *list = list_of(m);
    size_t count = 0;
    for (size_t i = 0; list && i < n; i++) {
        struct rpc_rd r = reader(chunks[i]);
        struct value v;
        while (next(&r, m, &v))
            count += v.attr == list;
    }
    if (count == 0)
        return true;
    size_t bytes = count * list->of->size;
    if (bytes > memory->items_left)
        return false;
    memcpy(member(dst, list->at), &memory->items, sizeof memory->items);
    memory->items += bytes;
    memory->items_left -= bytes;
    return true;
}

static bool fill(const struct rrasx_message *m, const struct rrasx_chunk *chunks, size_t n, void *dst,
                 struct memory *memory)
{
    if (!take_array(m, chunks, n, dst, memory))
        return false;
    for (size_t i = 0; i < n; i++) {
        struct rpc_rd r = reader(chunks[i]);
        struct value v;
        while (next(&r, m, &v))
            if (!fill_value(&v, dst, memory))
                return false;
        if (!rpc_rd_ok(&r))
            return false;
    }
    return true;
}

bool rrasx_fill(const struct rrasx_message *m, const struct rrasx_chunk *chunks, size_t n, void *dst, void *memory,
                const struct rrasx_size *need)
{
    struct memory left = {
        .items = memory,
        .items_left = need->items,
        .texts = (char *)memory + need->items,
        .texts_left = need->texts,
    };
    memset(dst, 0, m->size);
    set_texts(m, dst);
    return fill(m, chunks, n, dst, &left);
}
