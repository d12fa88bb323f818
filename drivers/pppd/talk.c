/* SPDX-License-Identifier: Apache-2.0 */
/* With rrasd. All of it may run in the signal handler: see wake.h. */
#include <errno.h>
#include <net/if.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "drivers/pppd/message.h"
#include "drivers/pppd/plugin.h"
#include "drivers/pppd/show.h"
#include "drivers/pppd/wake.h"

/* A pppd that has been told to end the hard way and has not come round by then never will. */
#define STUCK_MS        3000u

#define DEFAULT_WORDS   "disconnected by the administrator"

#define INTERVAL_MIN_MS 100u
#define INTERVAL_MAX_MS                                                                                                \
    10000u /* also how late a lost connection is seen, and may be no longer than rrasd waits for us */

static int say(const char *line, size_t n)
{
    return n > 0 ? link_send(&plugin.link, line, n) : 0;
}

void talk_tell_session(void)
{
    char line[LINK_LINE_MAX];
    if (plugin.welcome && plugin.session.active) {
        say(line, session_write(line, &plugin.session));
        plugin.told_counters = plugin.session.counters;
    }
}

void talk_tell_counters(void)
{
    char line[LINK_LINE_MAX];
    struct session *s = &plugin.session;
    events_read_counters();
    if (!plugin.welcome || !s->counted || memcmp(&s->counters, &plugin.told_counters, sizeof(s->counters)) == 0)
        return;
    say(line, session_write_counters(line, s));
    plugin.told_counters = s->counters;
}

void talk_say_gone(const char *reason)
{
    char line[LINK_LINE_MAX];
    struct session_gone gone = {.reason = reason};
    if (plugin.ordered)
        gone.told = plugin.acknowledged ? "yes" : "unknown";
    if (plugin.welcome)
        say(line, session_write_gone(line, &plugin.session, &gone));
    link_close(&plugin.link);
    plugin.welcome = false;
    wake_deadline(0);
}

/* ---- orders ---- */

/* SIGHUP has pppd end this link in an orderly way, and do then what its options say: end itself, or wait for the next
 * call. SIGTERM would end the service of a line that is to persist. */
static void order_disconnect(const struct message *m)
{
    bool harder = m->hard && !plugin.hard && !plugin.over;
    bool first = !plugin.ordered && !plugin.over && plugin.session.state != SESSION_DISCONNECTING;
    plugin.ordered = true;
    plugin.hard |= m->hard;
    if (plugin.words[0] == '\0')
        session_set_text(plugin.words, sizeof(plugin.words), m->reason[0] ? m->reason : DEFAULT_WORDS);
    if (harder)
        wake_deadline(STUCK_MS);
    if (first || harder)
        kill(getpid(), SIGHUP);
}

static bool is_our_session(const struct message *m)
{
    const struct session *s = &plugin.session;
    return s->active && strcmp(s->id, m->id) == 0 && s->start == m->start;
}

static void on_disconnect(const struct message *m)
{
    char line[LINK_LINE_MAX];
    bool ours = is_our_session(m);
    say(line, session_write_reply(line, m->order, ours ? "accepted" : "no-such-session", NULL));
    if (ours)
        order_disconnect(m);
}

/* ---- quarantine and messages ---- */

static void reply(uint64_t order, const char *result, const char *text)
{
    char line[LINK_LINE_MAX];
    say(line, session_write_reply(line, order, result, text));
}

static int put_quarantine(bool on)
{
    struct session *s = &plugin.session;
    int r = on ? quarantine_begin(&plugin.quarantine, s->interface, if_nametoindex(s->interface), &plugin.allowed)
               : quarantine_end(&plugin.quarantine);
    if (r < 0)
        return r;
    plugin.quarantine_decided = s->quarantine_said = true;
    s->quarantined = on;
    return 0;
}

static void on_quarantine(const struct message *m)
{
    if (!is_our_session(m)) {
        reply(m->order, "no-such-session", NULL);
    } else if (m->on && (!plugin.port.can_quarantine || plugin.session.state != SESSION_CONNECTED)) {
        reply(m->order, "refused",
              plugin.port.can_quarantine ? "the user is not on yet" : "this kernel has no nftables for us");
    } else {
        int r = put_quarantine(m->on);
        reply(m->order, r == 0 ? "accepted" : "refused", r == 0 ? NULL : strerror(-r));
        if (r == 0)
            talk_tell_session();
    }
}

static void on_message(const struct message *m)
{
    if (!is_our_session(m)) {
        reply(m->order, "no-such-session", NULL);
        return;
    }
    int r =
        plugin.port.can_message ? show_message(plugin.settings.message_command, &plugin.session, m->words) : -ENOSYS;
    reply(m->order, r == 0 ? "accepted" : "refused", r == 0 ? NULL : strerror(-r));
}

/* ---- the rest ---- */

static void on_welcome(const struct message *m)
{
    int64_t ms = m->counters_interval_ms;
    plugin.welcome = true;
    plugin.retry_ms = 0;
    plugin.interval_ms = ms < INTERVAL_MIN_MS ? INTERVAL_MIN_MS : ms > INTERVAL_MAX_MS ? INTERVAL_MAX_MS : (unsigned)ms;
    plugin.at_limit = false;
    plugin.answers = m->admission;
    keep_out_clear(&plugin.keep_out); /* all that are in force come now */
    talk_tell_session();
}

static void on_keep_out(const struct message *m)
{
    char line[LINK_LINE_MAX];
    bool taken = keep_out_put(&plugin.keep_out, m, time(NULL)) == 0;
    const char *text = taken ? "turned away when they have authenticated, before they get an address"
                             : "no room: too many users are kept out";
    say(line, session_write_keep_out_reply(line, m->n, taken, text));
}

static void on_ping(const struct message *m)
{
    char line[LINK_LINE_MAX];
    say(line, session_write_pong(line, m->n));
}

/* Logged later: pppd's log can't be used here. */
static void on_complaint(const struct message *m)
{
    session_set_text(plugin.trouble, sizeof(plugin.trouble), m->text[0] ? m->text : m->code);
}

static void on_admission(const struct message *m)
{
    if (plugin.asked == 0 || m->n != plugin.asked)
        return;
    plugin.asked = 0;
    plugin.verdict = m->permit ? PLUGIN_ADMITTED : PLUGIN_NOT_ADMITTED;
    session_set_text(plugin.refusal, sizeof(plugin.refusal), m->text);
}

static void on_refused(const struct message *m)
{
    if (strcmp(m->code, "limit") == 0)
        plugin.at_limit = true; /* acted on at log-on: before that nobody hears our words */
    on_complaint(m);
}

static void take(const struct message *m)
{
    switch (m->type) {
    case MESSAGE_WELCOME:
        on_welcome(m);
        break;
    case MESSAGE_PING:
        on_ping(m);
        break;
    case MESSAGE_DISCONNECT:
        on_disconnect(m);
        break;
    case MESSAGE_STATS:
        talk_tell_counters();
        break;
    case MESSAGE_KEEP_OUT:
        on_keep_out(m);
        break;
    case MESSAGE_KEEP_OUT_LIFT:
        keep_out_lift(&plugin.keep_out, m->n);
        break;
    case MESSAGE_ADMISSION:
        on_admission(m);
        break;
    case MESSAGE_ERROR:
        on_complaint(m);
        break;
    case MESSAGE_REFUSED:
        on_refused(m);
        break;
    case MESSAGE_QUARANTINE:
        on_quarantine(m);
        break;
    case MESSAGE_MESSAGE:
        on_message(m);
        break;
    case MESSAGE_KEEP_OUT_END:
    case MESSAGE_OTHER:
        break;
    }
}

static int on_line(void *ctx, const char *line, size_t n)
{
    struct message m;
    (void)ctx;
    if (message_parse(&m, line, n) < 0) {
        session_set_text(plugin.trouble, sizeof(plugin.trouble), "what it says is not its protocol; connecting anew");
        return -EPROTO;
    }
    take(&m);
    return 0;
}

void talk_work(void)
{
    if (plugin.link.fd < 0)
        return;
    int r = link_work(&plugin.link, on_line, NULL);
    if (r < 0 && r != -EAGAIN)
        plugin.welcome = false; /* ticks.c connects again */
}

void talk_on_wake(bool overdue)
{
    if (overdue) {
        if (plugin.session.active && plugin.hard)
            kill(getpid(), SIGKILL);
        return;
    }
    if (plugin.link.pid == getpid())
        talk_work();
}
