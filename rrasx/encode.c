/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasx/message.h"

#include <string.h>

#include "common/text.h"

#define CHARACTER_MAX 4u /* bytes of one in UTF-8 */
#define ESCAPE_SIZE   4u /* \xNN */

static const void *member(const void *src, uint16_t at)
{
    return (const uint8_t *)src + at;
}

static uint32_t get_u32(const void *src, uint16_t at)
{
    uint32_t v;
    memcpy(&v, member(src, at), sizeof v);
    return v;
}

static uint64_t get_u64(const void *src, uint16_t at)
{
    uint64_t v;
    memcpy(&v, member(src, at), sizeof v);
    return v;
}

static const char *get_text(const void *src, uint16_t at)
{
    const char *s;
    memcpy(&s, member(src, at), sizeof s);
    return s ? s : "";
}

static bool is_there(const struct rrasx_attr *a, const void *src)
{
    return a->also == RRASX_NOWHERE || *(const bool *)member(src, a->also);
}

/* The items of a list: as many as may be sent. */
static const uint8_t *get_items(const struct rrasx_attr *a, const void *src, size_t *n)
{
    const uint8_t *items;
    memcpy(&items, member(src, a->at), sizeof items);
    *n = items ? get_u32(src, a->also) : 0;
    if (*n > a->limit)
        *n = a->limit;
    return items;
}

/* ---- sizes ---- */

static size_t list_bound(const struct rrasx_attr *a, const void *src)
{
    size_t n, sum = 0;
    const uint8_t *items = get_items(a, src, &n);
    for (size_t i = 0; i < n; i++)
        sum += RRASX_HEADER + 4 + rrasx_bound(a->of, items + i * a->of->size);
    return sum;
}

static size_t attr_bound(const struct rrasx_attr *a, const void *src)
{
    switch ((enum rrasx_type)a->type) {
    case RRASX_TEXT:
        return *get_text(src, a->at) ? RRASX_HEADER + a->limit : 0;
    case RRASX_RECORD:
        return RRASX_HEADER + 4 + rrasx_bound(a->of, (const uint8_t *)member(src, a->at));
    case RRASX_LIST:
        return list_bound(a, src);
    case RRASX_BOOL:
    case RRASX_U32:
    case RRASX_U64:
    case RRASX_I64:
    case RRASX_GUID:
    default:
        return RRASX_HEADER + sizeof(GUID);
    }
}

size_t rrasx_bound(const struct rrasx_message *m, const void *src)
{
    size_t sum = 0;
    for (size_t i = 0; i < m->n; i++)
        sum += attr_bound(&m->attrs[i], src);
    return sum;
}

/* ---- values ---- */

static void wr_header(struct rpc_wr *w, uint16_t tag, size_t length)
{
    rpc_wr_u16_raw(w, tag);
    rpc_wr_u16_raw(w, (uint16_t)length);
}

static void wr_u64(struct rpc_wr *w, uint64_t v)
{
    rpc_wr_u32_raw(w, (uint32_t)v);
    rpc_wr_u32_raw(w, (uint32_t)(v >> 32));
}

static void wr_guid(struct rpc_wr *w, const void *src)
{
    GUID g;
    memcpy(&g, src, sizeof g);
    rpc_wr_u32_raw(w, g.Data1);
    rpc_wr_u16_raw(w, g.Data2);
    rpc_wr_u16_raw(w, g.Data3);
    rpc_wr_bytes(w, g.Data4, sizeof g.Data4);
}

/* Bytes of the character that begins here, 0: it is none. */
static size_t character(const char *s)
{
    size_t n = strnlen(s, CHARACTER_MAX);
    for (size_t i = 1; i <= n; i++)
        if (text_is_utf8(s, i))
            return i;
    return 0;
}

static void wr_escape(struct rpc_wr *w, uint8_t byte)
{
    static const char digits[] = "0123456789abcdef";
    const char escape[ESCAPE_SIZE] = {'\\', 'x', digits[byte >> 4], digits[byte & 15]};
    rpc_wr_bytes(w, escape, sizeof escape);
}

/* Character by character: what is not UTF-8, or too long. */
static void wr_awkward_text(struct rpc_wr *w, const struct rrasx_attr *a, const char *s)
{
    size_t start = w->pos;
    wr_header(w, a->tag, 0);
    size_t left = a->limit;
    while (*s) {
        size_t n = character(s);
        size_t size = n ? n : ESCAPE_SIZE;
        if (size > left)
            break;
        if (n)
            rpc_wr_bytes(w, s, n);
        else
            wr_escape(w, (uint8_t)*s);
        left -= size;
        s += n ? n : 1;
    }
    if (rpc_wr_ok(w))
        rpc_put_u16(w->base + start + 2, (uint16_t)(a->limit - left));
}

static void wr_text(struct rpc_wr *w, const struct rrasx_attr *a, const char *s)
{
    if (!*s)
        return;
    size_t n = strnlen(s, a->limit + 1u);
    if (n > a->limit || !text_is_utf8(s, n)) {
        wr_awkward_text(w, a, s);
        return;
    }
    wr_header(w, a->tag, n);
    rpc_wr_bytes(w, s, n);
}

void rrasx_encode_attr(uint16_t tag, const struct rrasx_message *m, const void *src, struct rpc_wr *w)
{
    size_t start = w->pos;
    wr_header(w, tag, 0);
    rrasx_encode(m, src, w);
    if (!rpc_wr_ok(w))
        return;
    size_t n = w->pos - start - RRASX_HEADER;
    uint8_t *p = w->base + start;
    if (n < RRASX_LONG) {
        rpc_put_u16(p + 2, (uint16_t)n);
        return;
    }
    if (!rpc_wr_room(w, 4))
        return;
    memmove(p + RRASX_HEADER + 4, p + RRASX_HEADER, n);
    rpc_put_u16(p + 2, RRASX_LONG);
    rpc_put_u32(p + RRASX_HEADER, (uint32_t)n);
}

static void wr_list(struct rpc_wr *w, const struct rrasx_attr *a, const void *src)
{
    size_t n;
    const uint8_t *items = get_items(a, src, &n);
    for (size_t i = 0; i < n; i++)
        rrasx_encode_attr(a->tag, a->of, items + i * a->of->size, w);
}

static void wr_u32_attr(struct rpc_wr *w, const struct rrasx_attr *a, uint32_t v)
{
    if (v == 0)
        return;
    wr_header(w, a->tag, 4);
    rpc_wr_u32_raw(w, v);
}

static void wr_u64_attr(struct rpc_wr *w, const struct rrasx_attr *a, uint64_t v)
{
    if (v == 0)
        return;
    wr_header(w, a->tag, 8);
    wr_u64(w, v);
}

static void wr_bool_attr(struct rpc_wr *w, const struct rrasx_attr *a, bool v)
{
    if (!v)
        return;
    wr_header(w, a->tag, 1);
    rpc_wr_u8(w, 1);
}

static void wr_guid_attr(struct rpc_wr *w, const struct rrasx_attr *a, const void *src)
{
    if (!is_there(a, src))
        return;
    wr_header(w, a->tag, sizeof(GUID));
    wr_guid(w, member(src, a->at));
}

static void wr_attr(struct rpc_wr *w, const struct rrasx_attr *a, const void *src)
{
    switch ((enum rrasx_type)a->type) {
    case RRASX_BOOL:
        wr_bool_attr(w, a, get_u32(src, a->at) != 0);
        break;
    case RRASX_U32:
        wr_u32_attr(w, a, get_u32(src, a->at));
        break;
    case RRASX_U64:
    case RRASX_I64:
        wr_u64_attr(w, a, get_u64(src, a->at));
        break;
    case RRASX_GUID:
        wr_guid_attr(w, a, src);
        break;
    case RRASX_TEXT:
        wr_text(w, a, get_text(src, a->at));
        break;
    case RRASX_RECORD:
        if (is_there(a, src))
            rrasx_encode_attr(a->tag, a->of, member(src, a->at), w);
        break;
    case RRASX_LIST:
    default:
        wr_list(w, a, src);
        break;
    }
}

void rrasx_encode(const struct rrasx_message *m, const void *src, struct rpc_wr *w)
{
    for (size_t i = 0; i < m->n; i++)
        wr_attr(w, &m->attrs[i], src);
}

size_t rrasx_request_stub(const struct rrasx_message *m, const void *src, uint8_t dst[static RRASX_REQUEST_MAX])
{
    struct rpc_wr w = rpc_wr_init(dst, RRASX_REQUEST_MAX);
    rpc_wr_zero(&w, RRASX_REQUEST_HEAD);
    rrasx_encode(m, src, &w);
    if (!rpc_wr_ok(&w))
        return 0;
    uint32_t n = (uint32_t)(w.pos - RRASX_REQUEST_HEAD);
    rpc_put_u32(dst, n);
    rpc_put_u32(dst + 4, n);
    return w.pos;
}
