/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/pppd/keep_out.h"

#include <errno.h>
#include <string.h>

#include "common/user_name.h"

/* In front of each entry; then the user, the reason and its NUL. */
struct head {
    uint64_t n;
    int64_t until;
    uint16_t user_len, reason_len;
};

static struct head head_at(const struct keep_out_table *t, size_t at)
{
    struct head h;
    memcpy(&h, t->bytes + at, sizeof(h));
    return h;
}

static size_t entry_size(const struct head *h)
{
    return sizeof(*h) + h->user_len + h->reason_len + 1u;
}

void keep_out_lift(struct keep_out_table *t, uint64_t n)
{
    for (size_t at = 0, size; at < t->len; at += size) {
        struct head h = head_at(t, at);
        size = entry_size(&h);
        if (h.n == n) {
            memmove(t->bytes + at, t->bytes + at + size, t->len - at - size);
            t->len -= size;
            return;
        }
    }
}

void keep_out_clear(struct keep_out_table *t)
{
    t->len = 0;
}

/* rrasd doesn't lift what ends by itself, and a pppd may wait for a caller for weeks. */
static void drop_ended(struct keep_out_table *t, int64_t now)
{
    size_t kept = 0;
    for (size_t at = 0, size; at < t->len; at += size) {
        struct head h = head_at(t, at);
        size = entry_size(&h);
        if (now < h.until) {
            memmove(t->bytes + kept, t->bytes + at, size);
            kept += size;
        }
    }
    t->len = kept;
}

int keep_out_put(struct keep_out_table *t, const struct message *m, int64_t now)
{
    struct head h = {
        .n = m->n, .until = m->until, .user_len = (uint16_t)m->user_len, .reason_len = (uint16_t)strlen(m->reason)};
    keep_out_lift(t, m->n);
    drop_ended(t, now);
    if (entry_size(&h) > sizeof(t->bytes) - t->len)
        return -ENOSPC;
    char *to = t->bytes + t->len;
    memcpy(to, &h, sizeof(h));
    memcpy(to + sizeof(h), m->user, h.user_len);
    memcpy(to + sizeof(h) + h.user_len, m->reason, h.reason_len + 1u);
    t->len += entry_size(&h);
    return 0;
}

static bool find(const struct keep_out_table *t, const char *user, size_t user_len, int64_t now, struct keep_out *ret)
{
    for (size_t at = 0; at < t->len;) {
        struct head h = head_at(t, at);
        const char *name = t->bytes + at + sizeof(h);
        if (h.user_len == user_len && memcmp(name, user, user_len) == 0 && now < h.until) {
            *ret = (struct keep_out){
                .n = h.n, .until = h.until, .user = name, .user_len = user_len, .reason = name + user_len};
            return true;
        }
        at += entry_size(&h);
    }
    return false;
}

bool keep_out_find(const struct keep_out_table *t, const char *user, size_t user_len, int64_t now, struct keep_out *ret)
{
    size_t domain = user_domain(user, user_len);
    return find(t, user, user_len, now, ret) || (domain && find(t, user + domain + 1, user_len - domain - 1, now, ret));
}
