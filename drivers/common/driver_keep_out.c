/* SPDX-License-Identifier: Apache-2.0 */
/* Users whom rrasd wants to be turned away, and what the driver has answered. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/log.h"
#include "common/user_name.h"
#include "drivers/common/driver_private.h"

#define LOOK_MS   60000 /* the clock may be set: look at it no more seldom than that */
#define REPORT_MS 1000u /* the protocol allows one report a second for each keep-out */

/* ---- the table ---- */

static struct driver_keep_out_entry *find(const struct driver *d, uint64_t n)
{
    struct driver_keep_out_entry *k;
    HASH_FIND(hh, d->keep_outs, &n, sizeof(n), k);
    return k;
}

static struct driver_kept_user *find_user(const struct driver *d, const char *name, size_t len)
{
    struct driver_kept_user *u;
    HASH_FIND(hh, d->kept_users, name, len, u);
    return u;
}

static bool is_over(const struct driver_keep_out *k)
{
    return k->until <= (int64_t)time(NULL);
}

static const struct driver_keep_out *in_force(const struct driver *d, const char *name, size_t len)
{
    const struct driver_kept_user *u = find_user(d, name, len);
    const struct driver_keep_out_entry *k = u ? u->first : NULL;
    while (k && is_over(&k->view))
        k = k->next;
    return k ? &k->view : NULL;
}

const struct driver_keep_out *driver_kept_out(const struct driver *d, const char *user)
{
    size_t len = driver_text_cut(user, DRIVER_USER_MAX), domain = user_domain(user, len);
    const struct driver_keep_out *k = in_force(d, user, len);
    return k || domain == 0 ? k : in_force(d, user + domain + 1, len - domain - 1);
}

int driver_keep_outs_each(const struct driver *d, int (*each)(void *ctx, const struct driver_keep_out *k), void *ctx)
{
    int r = 0;
    for (const struct driver_keep_out_entry *k = d->keep_outs; k && r == 0; k = k->hh.next)
        r = each(ctx, &k->view);
    return r;
}

static struct driver_kept_user *get_user(struct driver *d, const char *name, size_t len)
{
    struct driver_kept_user *u = find_user(d, name, len);
    if (u)
        return u;
    u = calloc(1, sizeof(*u) + len + 1);
    if (!u)
        return NULL;
    memcpy(u->name, name, len);
    HASH_ADD_KEYPTR(hh, d->kept_users, u->name, len, u);
    if (u->hh.tbl)
        return u;
    free(u);
    return NULL;
}

static void drop_user(struct driver *d, struct driver_kept_user *u)
{
    if (u->first)
        return;
    HASH_DEL(d->kept_users, u);
    free(u);
}

static void forget_answer(struct driver *d, struct driver_keep_out_entry *k)
{
    if (k->answers)
        DL_DELETE2(d->answers, k, answer_prev, answer_next);
    k->answers = false;
    free(k->text);
    k->text = NULL;
}

static void free_entry(struct driver_keep_out_entry *k)
{
    free((char *)(uintptr_t)k->view.reason);
    free(k);
}

static struct driver_keep_out_entry *make(struct driver *d, const struct driver_keep_out_named *named)
{
    struct driver_keep_out_entry *k = calloc(1, sizeof(*k));
    struct driver_kept_user *u = k ? get_user(d, named->user, named->user_len) : NULL;
    if (!u) {
        free(k);
        return NULL;
    }
    k->view.n = named->n;
    HASH_ADD(hh, d->keep_outs, view.n, sizeof(k->view.n), k);
    if (!k->hh.tbl) {
        free(k);
        drop_user(d, u);
        return NULL;
    }
    k->user = u;
    k->view.user = u->name;
    DL_APPEND(u->first, k);
    return k;
}

/* Out of the table; to be freed by the caller, who may still show it. */
static void take_out(struct driver *d, struct driver_keep_out_entry *k)
{
    forget_answer(d, k);
    HASH_DEL(d->keep_outs, k);
    DL_DELETE(k->user->first, k);
}

/* It is over: the driver hears of it. */
static void end(struct driver *d, struct driver_keep_out_entry *k)
{
    struct driver_kept_user *u = k->user;
    take_out(d, k);
    if (!d->closing && d->ops->keep_out_end)
        d->ops->keep_out_end(d->ctx, &k->view);
    free_entry(k);
    drop_user(d, u);
}

void driver_keep_outs_free(struct driver *d)
{
    while (d->keep_outs)
        end(d, d->keep_outs);
}

/* ---- time ---- */

static void on_expiry(uv_timer_t *timer);

static void arm(struct driver *d, int64_t until)
{
    int64_t left = until - (int64_t)time(NULL);
    if (d->closing || until >= d->next_end)
        return;
    d->next_end = until;
    uint64_t ms = left <= 0 ? 0 : left < LOOK_MS / 1000 ? (uint64_t)left * 1000 : LOOK_MS;
    uv_timer_start(&d->expiry, on_expiry, ms, 0);
}

static void on_expiry(uv_timer_t *timer)
{
    struct driver *d = timer->data;
    struct driver_keep_out_entry *k, *next;
    int64_t first = INT64_MAX;
    HASH_ITER(hh, d->keep_outs, k, next)
    {
        if (is_over(&k->view))
            end(d, k);
        else if (k->view.until < first)
            first = k->view.until;
    }
    d->next_end = INT64_MAX;
    if (first < INT64_MAX)
        arm(d, first);
}

/* ---- what rrasd says ---- */

/* This one can't even be remembered. */
static int decline(struct driver *d, uint64_t n, const char *why)
{
    char line[LINE_STREAM_LINE_MAX];
    size_t len;
    log_warning("a keep-out is not taken: %s", why);
    int r = driver_encode_keep_out_reply(n, false, why, line, &len);
    return r < 0 ? r : driver_send_line(d, line, len);
}

static const char *why_not(const struct driver *d, const struct driver_keep_out_named *named)
{
    if (!d->ops->keep_out)
        return "this driver can't turn users away";
    if (memchr(named->user, '\0', named->user_len))
        return "no name of this driver's users has a NUL in it";
    return HASH_COUNT(d->keep_outs) >= DRIVER_KEEP_OUTS_MAX ? "there are too many keep-outs" : NULL;
}

static bool same_user(const struct driver_keep_out_entry *k, const struct driver_keep_out_named *named)
{
    return strlen(k->view.user) == named->user_len && memcmp(k->view.user, named->user, named->user_len) == 0;
}

/* Take over end and reason. False: no memory, nothing has changed. */
static bool describe(struct driver *d, struct driver_keep_out_entry *k, const struct driver_keep_out_named *named)
{
    char *reason = strdup(named->reason);
    if (!reason)
        return false;
    free((char *)(uintptr_t)k->view.reason);
    k->view.reason = reason;
    k->view.until = named->until;
    k->connection = d->connection;
    return true;
}

int driver_keep_out_set(struct driver *d, const struct driver_keep_out_named *named)
{
    struct driver_keep_out_entry *k = find(d, named->n);
    const char *not = k ? NULL : why_not(d, named);
    if (k && !same_user(k, named))
        return -EPROTO;
    if (not )
        return decline(d, named->n, not );
    bool made = !k;
    if (!k)
        k = make(d, named);
    if (!k || !describe(d, k, named)) {
        if (k && made)
            end(d, k);
        return decline(d, named->n, "out of memory");
    }
    arm(d, k->view.until); /* one that is over already ends in the loop's next turn */
    d->ops->keep_out(d->ctx, &k->view);
    return 0;
}

void driver_keep_out_lift(struct driver *d, uint64_t n)
{
    struct driver_keep_out_entry *k = find(d, n);
    if (k)
        end(d, k);
}

void driver_keep_outs_named(struct driver *d)
{
    struct driver_keep_out_entry *k, *next;
    HASH_ITER(hh, d->keep_outs, k, next)
    {
        if (k->connection != d->connection)
            end(d, k);
    }
}

/* ---- what the driver says ---- */

void driver_keep_outs_forget_answers(struct driver *d)
{
    while (d->answers)
        forget_answer(d, d->answers);
}

void driver_keep_out_answered(struct driver *d, struct driver_keep_out_entry *k)
{
    forget_answer(d, k);
}

int driver_keep_out_reply(struct driver *d, uint64_t n, bool taken, const char *text)
{
    struct driver_keep_out_entry *k = find(d, n);
    if (!k)
        return -ENOENT;
    if (d->link != DRIVER_LINK_WELCOME)
        return 0; /* it is asked again when rrasd is back */
    char *copy = text ? strdup(text) : NULL;
    if (text && !copy)
        return -ENOMEM;
    forget_answer(d, k);
    k->taken = taken;
    k->text = copy;
    k->answers = true;
    DL_APPEND2(d->answers, k, answer_prev, answer_next);
    driver_pump(d);
    return 0;
}

int driver_report_kept_out(struct driver *d, uint64_t n, const char *user, const char *client_address)
{
    struct driver_keep_out_entry *k = find(d, n);
    char line[LINE_STREAM_LINE_MAX];
    size_t len;
    uint64_t now = uv_now(d->loop);
    if (!k)
        return -ENOENT;
    if (d->link != DRIVER_LINK_WELCOME || (k->reported_ms != 0 && now - k->reported_ms < REPORT_MS))
        return 0;
    int r = driver_encode_kept_out(n, user, client_address, line, &len);
    if (r < 0)
        return r;
    k->reported_ms = now;
    driver_send_line(d, line, len); /* when it fails the connection has ended, and so has the report */
    return 0;
}
