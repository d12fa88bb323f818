/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/ocserv/rows.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "occtl.pb-c.h"

#define SESSION_LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+/=-_"

/* ---- memory with a limit, for a message may ask for many times its own size ---- */

struct budget {
    size_t left;
    bool exhausted;
};

static void *budget_alloc(void *data, size_t n)
{
    struct budget *b = data;
    void *p = n <= b->left ? malloc(n) : NULL;
    if (p)
        b->left -= n;
    else
        b->exhausted = true;
    return p;
}

static void budget_free(void *data, void *p)
{
    (void)data;
    free(p);
}

static ProtobufCMessage *unpack(const ProtobufCMessageDescriptor *what, const uint8_t *body, size_t n, int *ret_error)
{
    struct budget budget = {.left = ROWS_MEMORY_MAX};
    ProtobufCAllocator allocator = {.alloc = budget_alloc, .free = budget_free, .allocator_data = &budget};
    ProtobufCMessage *m = protobuf_c_message_unpack(what, &allocator, n, body);
    if (!m)
        *ret_error = budget.exhausted ? -ENOMEM : -EPROTO;
    return m;
}

/* ---- a row ---- */

/* ocserv sends some texts with their NUL. */
static size_t text_length(ProtobufCBinaryData text)
{
    size_t n = text.len;
    while (n > 0 && text.data[n - 1] == '\0')
        n--;
    return n;
}

/* False when there is a NUL within. */
static bool copy_text(char *dst, size_t cap, ProtobufCBinaryData text, bool cut)
{
    size_t n = text_length(text);
    if (n > 0 && memchr(text.data, '\0', n))
        return false;
    if (n >= cap)
        n = cut ? cap - 1 : 0;
    if (n > 0)
        memcpy(dst, text.data, n);
    dst[n] = '\0';
    return true;
}

static void copy_optional(char *dst, size_t cap, protobuf_c_boolean has, ProtobufCBinaryData text)
{
    if (!has || !copy_text(dst, cap, text, false))
        dst[0] = '\0';
}

static bool take_row(const Occtl__User *u, struct row *ret)
{
    size_t n = text_length(u->session);
    if (!u->has_id || !u->has_name || !u->has_since || !u->has_status || !u->has_session)
        return false;
    if (u->id <= 0 || n == 0 || n >= sizeof(ret->session) ||
        !copy_text(ret->session, sizeof(ret->session), u->session, false) ||
        strspn(ret->session, SESSION_LETTERS) != n || !copy_text(ret->user, sizeof(ret->user), u->name, true))
        return false;
    ret->pid = u->id;
    ret->since = u->since;
    ret->status = u->status;
    copy_optional(ret->peer, sizeof(ret->peer), u->has_peer, u->peer);
    copy_optional(ret->local, sizeof(ret->local), u->has_local, u->local);
    copy_optional(ret->server4, sizeof(ret->server4), u->has_server4, u->server4);
    copy_optional(ret->client4, sizeof(ret->client4), u->has_client4, u->client4);
    copy_optional(ret->client6, sizeof(ret->client6), u->has_client6, u->client6);
    copy_optional(ret->device, sizeof(ret->device), u->has_device, u->device);
    copy_optional(ret->host_name, sizeof(ret->host_name), u->has_host_name, u->host_name);
    return true;
}

/* How many were refused. */
static uint32_t take_rows(const Occtl__Listing *l, rows_each *each, void *ctx)
{
    struct row row;
    uint32_t refused = 0;
    for (size_t i = 0; i < l->n_user; i++) {
        if (take_row(l->user[i], &row))
            each(ctx, &row);
        else
            refused++;
    }
    return refused;
}

int rows_listing(const uint8_t *body, size_t n, rows_each *each, void *ctx, uint32_t *ret_refused)
{
    int error = 0;
    ProtobufCMessage *m = unpack(&occtl__listing__descriptor, body, n, &error);
    if (!m)
        return error;
    *ret_refused = take_rows((const Occtl__Listing *)(const void *)m, each, ctx);
    protobuf_c_message_free_unpacked(m, NULL);
    return 0;
}

static void copy_reason(char dst[static ROWS_REASON_MAX], protobuf_c_boolean has, ProtobufCBinaryData text)
{
    size_t n = has ? text_length(text) : 0;
    n = n < ROWS_REASON_MAX ? n : ROWS_REASON_MAX - 1;
    for (size_t i = 0; i < n; i++)
        dst[i] = text.data[i] >= 0x20 && text.data[i] < 0x7f ? (char)text.data[i] : '?';
    dst[n] = '\0';
}

int rows_event(const uint8_t *body, size_t n, struct event *ret, rows_each *each, void *ctx)
{
    int error = 0;
    ProtobufCMessage *m = unpack(&occtl__event__descriptor, body, n, &error);
    if (!m)
        return error;
    const Occtl__Event *e = (const Occtl__Event *)(const void *)m;
    ret->connected = e->has_connected && e->connected == 1;
    copy_reason(ret->reason, e->has_reason, e->reason);
    if (e->who)
        take_rows(e->who, each, ctx);
    protobuf_c_message_free_unpacked(m, NULL);
    return 0;
}

bool row_is(const struct row *row, int32_t pid, const char *session, int64_t since)
{
    return row->pid == pid && row->since == since && strcmp(row->session, session) == 0;
}
