/* SPDX-License-Identifier: Apache-2.0 */
/* Who may log on, as far as openvpn asks this driver; and what works and what does not, for the administrator. */
#include <stdio.h>

#include "common/log.h"
#include "drivers/openvpn/watch_private.h"

/* ---- what works ---- */

#define WORDS_NOBODY                                                                                                   \
    "nobody can log on: openvpn has management-client-auth set and waits for an answer, but client-auth of this "      \
    "driver is off; set it (rras-openvpn(8)), or take management-client-auth away"
#define WORDS_NOT_ASKED                                                                                                \
    "client-auth is set, but openvpn does not ask: put management-client-auth into its configuration; who is kept "    \
    "out is let in, and disconnected then"

void watch_tell_health(struct watch *w)
{
    char words[DRIVER_TEXT_MAX] = "";
    if (w->asks == WATCH_ASKS && w->logon.mode == LOGON_OFF)
        snprintf(words, sizeof(words), "%s", WORDS_NOBODY);
    else if (w->asks == WATCH_ASKS_NOT && w->logon.mode != LOGON_OFF)
        snprintf(words, sizeof(words), "%s", WORDS_NOT_ASKED);
    else if (w->refused_before)
        snprintf(words, sizeof(words),
                 "%u clients are not shown: their lines in openvpn's list can't be read, because of a name that is "
                 "too long, for example",
                 w->refused_before);
    driver_degraded(w->driver, words);
}

/* ---- keep-outs ---- */

static int tell_keep_out(void *ctx, const struct driver_keep_out *k)
{
    struct watch *w = ctx;
    bool off = w->logon.mode == LOGON_OFF, taken = !off && w->asks != WATCH_ASKS_NOT;
    driver_keep_out_reply(w->driver, k->n, taken,
                          taken ? "denied at log-on"
                          : off ? "client-auth is off: openvpn does not ask this driver who may log on"
                                : "openvpn does not ask: management-client-auth is not in its configuration");
    return 0;
}

void watch_keep_out(void *ctx, const struct driver_keep_out *k)
{
    tell_keep_out(ctx, k);
}

static void found_out(struct watch *w, enum watch_asks asks)
{
    if (w->asks == asks)
        return;
    w->asks = asks;
    if (asks == WATCH_ASKS && w->logon.mode == LOGON_OFF)
        log_error("%s: %s", w->config->management, WORDS_NOBODY);
    if (asks == WATCH_ASKS_NOT && w->logon.mode != LOGON_OFF)
        log_warning("%s: %s", w->config->management, WORDS_NOT_ASKED);
    driver_keep_outs_each(w->driver, tell_keep_out, w);
    watch_tell_health(w);
}

/* ---- log-on ---- */

static void on_asked(void *ctx)
{
    found_out(ctx, WATCH_ASKS);
}

static const struct driver_keep_out *on_kept_out(void *ctx, const char *user)
{
    struct watch *w = ctx;
    return driver_kept_out(w->driver, user);
}

static int on_ask(void *ctx, const char *user, const char *address, uint64_t *ret_n)
{
    struct watch *w = ctx;
    return driver_ask_admission(w->driver, user, address, ret_n);
}

void watch_admission(void *ctx, const struct driver_admission *a)
{
    struct watch *w = ctx;
    logon_answered(&w->logon, a);
}

static int on_command(void *ctx, const struct mgmt_command *command)
{
    struct watch *w = ctx;
    return link_command(w->link, command);
}

static void on_turned_away(void *ctx, const struct driver_keep_out *k, const char *user, const char *address)
{
    struct watch *w = ctx;
    driver_report_kept_out(w->driver, k->n, user, address);
}

static const struct logon_ops logon_ops = {
    .asked = on_asked, .kept_out = on_kept_out, .ask = on_ask, .command = on_command, .turned_away = on_turned_away};

void watch_logon_init(struct watch *w)
{
    w->logon.mode = w->config->logon;
    w->logon.refuse_unanswered = w->config->refuse_unanswered;
    w->logon.ops = &logon_ops;
    w->logon.ctx = w;
}

void watch_logon_begin(struct watch *w)
{
    w->asks = WATCH_ASKS_PERHAPS;
    w->first_new = 0;
    watch_tell_health(w);
}

/* The client ids of a run rise. Who has one above all that the run's first status has shown has come while we were
 * there to be asked. */
void watch_logon_listed(struct watch *w, uint64_t cid)
{
    if (!w->online && cid >= w->first_new)
        w->first_new = cid + 1;
}

void watch_logon_established(struct watch *w, uint64_t cid)
{
    if (w->online && cid >= w->first_new && w->asks == WATCH_ASKS_PERHAPS)
        found_out(w, WATCH_ASKS_NOT);
}
