/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Drivers that ask at log-on whether a user may dial in. Who may is another's business (driver_hub_admission), and he
 * may take his time; a driver has its answer within ask_ms in any case, because a client waits for it.
 *
 * A question lives until its answer is there, also when its driver has been answered, or has gone, before that: then
 * nobody hears it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "router/admission.h"
#include "rrasd/driver_peer.h"

struct driver_hub_ask {
    struct driver_hub *hub;
    struct driver_peer *peer;           /* NULL: there is nobody to be answered any more; then it is in no list */
    struct driver_hub_ask *prev, *next; /* hub->asks */
    uint64_t n, due;                    /* uv_now() */
    char *client_address;
    char user[];
};

static unsigned most_asks(const struct driver_peer *p)
{
    return p->kind == ROUTER_DRIVER_SESSION ? 1 : DRIVER_HUB_ASKS_MAX;
}

/* ---- answers ---- */

static void send_answer(struct driver_peer *p, uint64_t n, const char *user, const char *client_address,
                        const struct driver_hub_answer *answer)
{
    char line[LINE_STREAM_LINE_MAX];
    size_t len;
    if (!answer->permit && p->hub->router && p->driver)
        router_user_refused_at_log_on(p->hub->router, p->driver, user, client_address, answer->why);
    if (driver_write_admission(n, answer->permit, answer->text, line, &len) == 0)
        driver_peer_send(p, line, len);
}

/* There is none: what the site wants then. */
static void send_no_answer(struct driver_peer *p, uint64_t n, const char *user, const char *client_address,
                           const char *why)
{
    char name[DRIVER_PEER_NAME], shown[80], note[RATELIMIT_NOTE_MAX];
    uint64_t missed;
    const struct driver_hub_answer answer = p->hub->admission->unavailable(p->hub->admission_ctx, why);
    if (ratelimit_ok(&p->hub->refused_log, uv_now(p->hub->loop), &missed))
        log_warning("%s: whether user \"%s\" may dial in is not known (%s): %s%s", driver_peer_name(p, name),
                    text_escape_z(shown, sizeof(shown), user), why, answer.permit ? "permitted" : "refused",
                    ratelimit_note(note, missed));
    send_answer(p, n, user, client_address, &answer);
}

/* From now on nobody waits for it. */
static void leave(struct driver_hub_ask *ask)
{
    ask->peer->asks--;
    ask->peer = NULL;
    DL_DELETE(ask->hub->asks, ask);
}

static void ask_free(struct driver_hub_ask *ask)
{
    free(ask->client_address);
    free(ask);
}

void driver_hub_admission_answer(struct driver_hub_ask *ask, const struct driver_hub_answer *answer)
{
    struct driver_peer *p = ask->peer;
    if (p) {
        leave(ask);
        send_answer(p, ask->n, ask->user, ask->client_address, answer);
    }
    ask_free(ask);
}

/* ---- deadlines: all are equally long, so the oldest is due first ---- */

static void on_due(uv_timer_t *timer);

static void arm(struct driver_hub *hub)
{
    uint64_t now = uv_now(hub->loop);
    if (!hub->asks)
        uv_timer_stop(&hub->ask_timer);
    else if (!uv_is_active((uv_handle_t *)&hub->ask_timer))
        uv_timer_start(&hub->ask_timer, on_due, hub->asks->due > now ? hub->asks->due - now : 0, 0);
}

static void on_due(uv_timer_t *timer)
{
    struct driver_hub *hub = timer->data;
    uint64_t now = uv_now(hub->loop);
    for (struct driver_hub_ask *ask = hub->asks; ask && ask->due <= now; ask = hub->asks) {
        struct driver_peer *p = ask->peer;
        leave(ask); /* it stays with whom it was given to, until he has an answer */
        send_no_answer(p, ask->n, ask->user, ask->client_address, "no answer in time");
    }
    arm(hub);
}

/* ---- questions ---- */

static struct driver_hub_ask *ask_new(struct driver_peer *p, const struct driver_message *m)
{
    size_t n = strlen(m->session.user) + 1;
    struct driver_hub_ask *ask = calloc(1, sizeof(*ask) + n);
    if (!ask)
        return NULL;
    memcpy(ask->user, m->session.user, n);
    ask->client_address = m->session.client_address ? strdup(m->session.client_address) : NULL;
    if (m->session.client_address && !ask->client_address) {
        free(ask);
        return NULL;
    }
    ask->hub = p->hub;
    ask->n = m->n;
    ask->due = uv_now(p->hub->loop) + p->hub->config.ask_ms;
    return ask;
}

/* 0, or why nobody can be asked, as negative errno. */
static int pass_on(struct driver_peer *p, const struct driver_message *m)
{
    struct driver_hub *hub = p->hub;
    struct driver_hub_ask *ask = p->asks < most_asks(p) ? ask_new(p, m) : NULL;
    if (!ask)
        return p->asks < most_asks(p) ? -ENOMEM : -EBUSY;
    int r = hub->admission->ask(hub->admission_ctx, ask->user, ask);
    if (r < 0) {
        ask_free(ask);
        return r;
    }
    ask->peer = p;
    p->asks++;
    DL_APPEND(hub->asks, ask);
    arm(hub);
    return 0;
}

void driver_peer_asks(struct driver_peer *p, const struct driver_message *m)
{
    if (!p->hub->admission)
        return; /* welcome has not offered it */
    int r = pass_on(p, m);
    if (r < 0)
        send_no_answer(p, m->n, m->session.user, m->session.client_address,
                       r == -EBUSY ? "too many ask at once" : strerror(-r));
}

void driver_peer_asks_forget(struct driver_peer *p)
{
    struct driver_hub_ask *ask, *next;
    if (p->asks == 0)
        return;
    DL_FOREACH_SAFE(p->hub->asks, ask, next)
    {
        if (ask->peer == p)
            leave(ask);
    }
}

/* ---- beginning and end ---- */

void driver_admission_init(struct driver_hub *hub)
{
    uv_timer_init(hub->loop, &hub->ask_timer);
    hub->ask_timer.data = hub;
    hub->handles++;
}

static void on_closed(uv_handle_t *handle)
{
    driver_hub_handle_closed(handle->data);
}

void driver_admission_close(struct driver_hub *hub)
{
    uv_close((uv_handle_t *)&hub->ask_timer, on_closed);
}

void driver_hub_set_admission(struct driver_hub *hub, const struct driver_hub_admission *admission, void *ctx)
{
    hub->admission = admission;
    hub->admission_ctx = ctx;
}
