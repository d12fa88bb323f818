/* SPDX-License-Identifier: Apache-2.0 */
/* The connection to charon, and how charon is. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "drivers/vici/watch_private.h"

static void say_once(struct watch *w, const char *what)
{
    if (strcmp(w->said, what) == 0)
        return;
    snprintf(w->said, sizeof(w->said), "%s", what);
    log_warning("%s", what);
}

static void away(struct watch *w, const char *why)
{
    w->online = w->late = false;
    say_once(w, why);
    orders_abandon(w->orders);
    driver_offline(w->driver, why);
}

static void retry_later(struct watch *w)
{
    w->retry_at = now_ms() + w->retry_ms;
    w->retry_ms = w->retry_ms * 2 < WATCH_RETRY_MAX_MS ? w->retry_ms * 2 : WATCH_RETRY_MAX_MS;
}

void watch_disconnect(struct watch *w, const char *why)
{
    struct conn *c = w->conn;
    away(w, why);
    w->conn = NULL;
    w->silent = false;
    w->give_up[0] = '\0';
    lanes_end(w->lanes);
    conn_close(c);
    retry_later(w);
    watch_rearm(w);
}

/* ---- events ---- */

static void on_event(void *ctx, struct bytes name, struct bytes message)
{
    struct watch *w = ctx;
    int r = bytes_are(name, "list-sa") || bytes_are(name, "list-conn") ? 0 : sessions_event(w->sessions, name, message);
    if (r < 0) {
        char shown[64];
        log_warning("an event %s of charon's can't be understood", text_escape(shown, sizeof(shown), name.p, name.n));
        watch_look(w, 0); /* whatever it was about, a listing shows */
    }
}

static void on_settled(void *ctx)
{
    struct watch *w = ctx;
    if (w->give_up[0]) {
        char why[sizeof(w->give_up)];
        memcpy(why, w->give_up, sizeof(why));
        watch_disconnect(w, why);
        return;
    }
    w->pinged_at = 0;
    if (w->silent && !w->listing) /* it goes on; what has happened meanwhile? */
        watch_list(w);
    watch_rearm(w);
}

static void on_lost(void *ctx, const char *why)
{
    struct watch *w = ctx;
    char sentence[DRIVER_TEXT_MAX];
    snprintf(sentence, sizeof(sentence), "%s: %s", w->config->vici, why);
    watch_disconnect(w, sentence);
}

static const struct conn_ops conn_ops = {.event = on_event, .settled = on_settled, .lost = on_lost};

/* ---- connecting ---- */

static void explain(const struct watch *w, int error, char *dst, size_t cap)
{
    const char *path = w->config->vici;
    switch (-error) {
    case ENOENT:
        snprintf(dst, cap, "%s is not there: is charon running, and is this the socket of its vici plugin?", path);
        break;
    case ECONNREFUSED:
        snprintf(dst, cap, "nobody listens on %s: charon has ended; start it", path);
        break;
    case EACCES:
        snprintf(dst, cap, "%s can't be opened: %s; give it to the group of this driver, see rras-vici(8)", path,
                 strerror(EACCES));
        break;
    case EAGAIN:
        snprintf(dst, cap, "charon takes no connections on %s: it is stopped, or hangs", path);
        break;
    default:
        snprintf(dst, cap, "%s: %s", path, strerror(-error));
        break;
    }
}

static void on_registered(void *ctx, int result, struct bytes message)
{
    struct watch *w = ctx;
    (void)message;
    if (result == -ENOSYS)
        snprintf(w->give_up, sizeof(w->give_up),
                 "charon at %s has not all the events that this driver needs: it is too old", w->config->vici);
}

static int begin(struct watch *w)
{
    static const char *const events[] = {"list-sa",    "list-conn",    "ike-updown", "ike-rekey",
                                         "ike-update", "child-updown", "child-rekey"};
    int r = 0;
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]) && r == 0; i++)
        r = conn_register(w->conn, events[i], on_registered, w);
    return r;
}

void watch_connect(struct watch *w)
{
    char why[DRIVER_TEXT_MAX], run[WATCH_RUN_MAX];
    int r = conn_open(w->loop, w->config->vici, &conn_ops, w, &w->conn);
    if (r == 0 && (r = begin(w)) < 0) {
        conn_close(w->conn);
        w->conn = NULL;
    }
    if (r < 0) {
        explain(w, r, why, sizeof(why));
        away(w, why);
        retry_later(w);
        return;
    }
    struct conn_peer peer = conn_peer(w->conn);
    snprintf(run, sizeof(run), "%ld.%lld%09ld", (long)peer.pid, (long long)peer.born_s, peer.born_ns);
    lanes_begin(w->lanes, peer);
    if (strcmp(run, w->run) != 0) {
        memcpy(w->run, run, sizeof(run));
        watch_list_begin(w);
    }
    watch_list_conns(w);
    watch_list(w);
}

/* ---- silence ---- */

static void on_pong(void *ctx, int result, struct bytes message)
{
    struct watch *w = ctx;
    (void)message;
    w->ponged = result == 0;
}

/* Is charon alive, and only this listing stuck? */
static void ping(struct watch *w)
{
    static const struct vici_request version = {.name = "version", .done = on_pong};
    struct vici_request request = version;
    uint64_t now = now_ms();
    if (w->pinged_at != 0 && now - w->pinged_at < w->config->command_ms)
        return;
    request.ctx = w;
    w->pinged_at = now;
    w->ponged = false;
    if (lanes_send(w->lanes, &request) < 0)
        log_debug("charon can't be asked for its version");
}

static void went_silent(struct watch *w)
{
    char why[DRIVER_TEXT_MAX];
    snprintf(why, sizeof(why), "charon has not answered on %s for %u ms: it is stopped, or hangs; see its log",
             w->config->vici, w->config->command_ms);
    w->silent = true;
    away(w, why);
}

/* Half of the time: find out whether it is charon, or an IKE_SA that one of its threads does not let go. */
void watch_check_silence(struct watch *w)
{
    uint64_t silence = conn_silence(w->conn), limit = w->config->command_ms;
    if (silence < limit / 2)
        return;
    if (!w->silent)
        ping(w);
    if (silence < limit || w->silent || (w->late && w->ponged))
        return;
    if (!w->ponged && now_ms() - w->pinged_at < limit / 2)
        return; /* it has been asked just now */
    if (!w->ponged || !w->online) {
        went_silent(w);
        return;
    }
    w->late = true;
    watch_tell_health(w);
}
