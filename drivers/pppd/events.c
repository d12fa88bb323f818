/* SPDX-License-Identifier: Apache-2.0 */
/* What pppd tells, and what becomes of it. */
#include <arpa/inet.h>
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/text.h"
#include "drivers/pppd/plugin.h"
#include "drivers/pppd/wake.h"

#define KEPT_OUT_WORDS      "not allowed for now"
#define NO_QUARANTINE_WORDS "not ready: try again later"
#define AT_LIMIT_WORDS      "too many connections: try again later"

/* ---- the port ---- */

static bool is_name(const char *s)
{
    return s[0] != '\0' && s[strspn(s, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")] == '\0';
}

static const char *chosen(const char *setting, const char *option, const char *found)
{
    char text[128];
    if (setting[0] == '\0' || is_name(setting))
        return setting[0] ? setting : found;
    snprintf(text, sizeof(text), "rras: %s must have letters, digits, - and _ only; it is \"%s\" now", option, found);
    pppd_log_warning(text);
    return found;
}

static void find_port(void)
{
    struct session_port *p = &plugin.port;
    device_read_own(&plugin.clues);
    const char *found = device_type(&plugin.clues);
    const char *type = chosen(plugin.settings.device_type, "rras-device-type", found);
    snprintf(p->device_type, sizeof(p->device_type), "%s", type);
    snprintf(p->pool, sizeof(p->pool), "%s", chosen(plugin.settings.pool, "rras-pool", type));
    session_set_text(p->device_name, sizeof(p->device_name), plugin.settings.device_name);
    plugin.allowed_is_good = quarantine_parse(plugin.settings.quarantine_allow, &plugin.allowed) == 0;
    if (!plugin.allowed_is_good)
        pppd_log_warning(
            "rras: rras-quarantine-allow is not a list of at most 16 ADDRESS[/LENGTH] with commas between");
    p->can_quarantine = plugin.allowed_is_good && quarantine_probe() == 0;
    p->can_message = plugin.settings.message_command[0] != '\0';
}

/* ---- the session ---- */

static void begin_session(void)
{
    struct session *s = &plugin.session;
    *s = (struct session){.start = time(NULL), .state = SESSION_CONNECTING};
    plugin.ifindex = 0;
    plugin.lcp_lost = plugin.terminating = plugin.over = plugin.acknowledged = plugin.refused = false;
    plugin.at_limit = plugin.not_admitted = plugin.quarantine_decided = false;
    plugin.ordered = plugin.hard = plugin.hanging_up = false;
    plugin.words[0] = plugin.said[0] = '\0';
    if (session_make_id(s->id) < 0) {
        pppd_log_warning("rras: no random numbers: this session can't be told from others, and is not shown");
        return;
    }
    s->active = true;
    find_port();
    ticks_begin();
}

static const char *why_gone(void)
{
    if (plugin.not_admitted)
        return "the user may not dial in";
    if (plugin.refused)
        return plugin.at_limit ? "as many sessions as may be" : "the user is kept out";
    if (plugin.ordered)
        return "disconnected by the administrator";
    const char *words = pppd_exit_reason();
    return words ? words : "ended by the peer";
}

static void end_session(const char *reason)
{
    quarantine_drop(&plugin.quarantine); /* the interface is gone, or about to be somebody else's */
    if (!plugin.session.active)
        return;
    ticks_end();
    plugin.over = true;
    talk_work(); /* an order that came just now is answered */
    talk_say_gone(reason);
    plugin.session.active = false;
}

/* LCP has come up again after it had gone down: who is at the other end now may be anybody. */
static void session_anew(void)
{
    end_session("the link was negotiated anew");
    begin_session();
}

static void set_state(enum session_state state)
{
    plugin.session.state = state;
    talk_tell_session();
}

/* ---- what is known of it ---- */

static bool is_ipv4(const char *s)
{
    struct in_addr a;
    return inet_pton(AF_INET, s, &a) == 1;
}

static void find_caller(void)
{
    struct session *s = &plugin.session;
    const char *number = pppd_remote_number(), *param = pppd_ipparam();
    char found[DEVICE_CALLER_MAX];
    device_l2tp_peer(&plugin.clues, found);
    const char *outer = found[0] ? found : is_ipv4(number) ? number : is_ipv4(param) ? param : "";
    session_set_text(s->client_address, sizeof(s->client_address), outer);
    if (number[0] == '\0' && strcmp(plugin.port.device_type, "pppoe") == 0) {
        device_pppoe_client(&plugin.clues, found);
        number = found;
    }
    session_set_text(s->caller, sizeof(s->caller), number);
    s->line_speed = strcmp(device_type(&plugin.clues), "serial") == 0 ? pppd_line_speed() : 0;
}

/* All links that pppd has put into one bundle have its network interface. Elsewhere, in another network namespace,
 * there may be one of the same name; so the user is in it, and the machine where the links end as its endpoint
 * discriminator tells (RFC 1990, section 4.1). */
static void find_bundle(void)
{
    struct session *s = &plugin.session;
    unsigned char endpoint[32];
    char hex[2 * sizeof(endpoint) + 1] = "", name[128];
    unsigned class = 0;
    size_t n = pppd_peer_endpoint(endpoint, sizeof(endpoint), &class);
    s->bundle[0] = '\0';
    if (!pppd_in_bundle())
        return;
    for (size_t i = 0; i < n; i++)
        snprintf(hex + 2 * i, 3, "%02x", endpoint[i]);
    text_escape_z(name, sizeof(name), s->user);
    snprintf(s->bundle, sizeof(s->bundle), "%.16s/%u:%s/%s", s->interface, class & 0xff, hex, name);
}

static void find_addresses(void)
{
    struct session *s = &plugin.session;
    struct in_addr ours = pppd_address_ours(), peer = pppd_address_peer();
    struct in6_addr peer6;
    if (peer.s_addr != 0)
        inet_ntop(AF_INET, &peer, s->tunnel_address4, sizeof(s->tunnel_address4));
    if (ours.s_addr != 0)
        inet_ntop(AF_INET, &ours, s->tunnel_server4, sizeof(s->tunnel_server4));
    if (pppd_address6_peer(&peer6))
        inet_ntop(AF_INET6, &peer6, s->tunnel_address6, sizeof(s->tunnel_address6));
}

/* The kernel counts for the interface, which is that of the whole bundle: the counters are with its first link. */
static void find_interface(void)
{
    struct session *s = &plugin.session;
    session_set_text(s->interface, sizeof(s->interface), pppd_interface());
    if (plugin.ifindex != 0 || (pppd_in_bundle() && !pppd_is_master()))
        return;
    plugin.ifindex = if_nametoindex(s->interface);
    if (plugin.ifindex != 0 && counters_read(plugin.ifindex, &plugin.base) == 0) {
        s->counted = true;
        s->counters = (struct counters){0};
    }
}

void events_read_counters(void)
{
    struct counters now;
    if (plugin.session.counted && counters_read(plugin.ifindex, &now) == 0)
        plugin.session.counters = counters_since(&now, &plugin.base);
}

/* ---- phases ---- */

/* In the main loop, when there is nothing of pppd's on the stack that could be in the middle of anything. */
static void hang_up(void *ctx)
{
    (void)ctx;
    /* Upper layers are down since LCP began to close. What follows (scripts, the end of the session) is told to us as
     * events, so the signal is not held here. */
    if (plugin.session.active && plugin.terminating)
        pppd_hang_up();
}

/* LCP closes, with words of pppd's own that are about to be sent. */
static void say_our_words(void)
{
    if (plugin.ordered)
        pppd_set_term_reason(plugin.words);
}

static void on_terminate(void)
{
    plugin.terminating = true;
    if (plugin.session.state != SESSION_DISCONNECTING) {
        if (plugin.ordered)
            pppd_log_info("rras: disconnected by the administrator");
        set_state(SESSION_DISCONNECTING);
    }
    if (plugin.hard && !plugin.hanging_up) {
        plugin.hanging_up = true;
        pppd_after(0, hang_up);
    }
}

static void on_establish(void)
{
    if (plugin.session.active && plugin.session.state != SESSION_CONNECTING && !plugin.terminating) {
        plugin.lcp_lost = true;
        set_state(SESSION_DISCONNECTING);
    } else if (!plugin.session.active) {
        begin_session();
    }
}

static void on_authenticate(void)
{
    if (plugin.terminating)
        return;
    if (!plugin.session.active)
        begin_session();
    else if (plugin.session.state != SESSION_CONNECTING)
        session_anew();
    set_state(SESSION_AUTHENTICATING);
}

/* May not come in: LCP is closed before there is an address, with these words. */
static void turn_away(const char *words)
{
    session_set_text(plugin.words, sizeof(plugin.words), words);
    plugin.refused = true;
    pppd_set_refused();
    pppd_close(plugin.words); /* comes back to us as events */
}

/* ---- quarantine ---- */

/* Who is to be in quarantine from the beginning is before his packets can go anywhere, or does not come in. The option
 * may also stand in the secrets file, for one user: pppd reads it there when he has authenticated. */
static int enforce_quarantine(void)
{
    struct session *s = &plugin.session;
    const char *interface = pppd_interface();
    char text[192];
    if (!plugin.settings.quarantine || plugin.quarantine_decided)
        return 0;
    int r = !plugin.allowed_is_good
                ? -EINVAL
                : quarantine_begin(&plugin.quarantine, interface, if_nametoindex(interface), &plugin.allowed);
    if (r == 0) {
        plugin.quarantine_decided = s->quarantined = s->quarantine_said = true;
        return 0;
    }
    snprintf(text, sizeof(text), "rras: %.16s can't be put into quarantine: %s", interface, strerror(-r));
    pppd_log_warning(text);
    return r;
}

/* In a bundle the interface is made only now, or is there already: see on_network_begins() and came_up(). */
static void begin_quarantine(void)
{
    if (!plugin.settings.quarantine || !plugin.session.active || plugin.terminating)
        return;
    if (if_nametoindex(pppd_interface()) == 0)
        pppd_watch_network();
    else if (enforce_quarantine() < 0)
        turn_away(NO_QUARANTINE_WORDS);
}

/* Nobody had to authenticate; or IPCP has gone down. */
static void on_network(void)
{
    if (plugin.lcp_lost && !plugin.terminating)
        session_anew();
}

static void on_phase_held(int phase)
{
    switch ((enum pppd_phase)phase) {
    case PPPD_ESTABLISH:
        on_establish();
        break;
    case PPPD_AUTHENTICATE:
        on_authenticate();
        break;
    case PPPD_CALLBACK:
        if (plugin.session.active && !plugin.terminating)
            set_state(SESSION_CALLING_BACK);
        break;
    case PPPD_NETWORK:
        on_network();
        begin_quarantine();
        break;
    case PPPD_TERMINATE:
        on_terminate();
        break;
    case PPPD_DISCONNECT:
        plugin.over = true;
        events_read_counters(); /* the interface is there for the last time */
        plugin.acknowledged = pppd_peer_acknowledged();
        break;
    case PPPD_DEAD:
    case PPPD_MASTER:
        end_session(why_gone());
        break;
    case PPPD_INITIALIZE:
    case PPPD_SERIALCONN:
    case PPPD_DORMANT:
    case PPPD_RUNNING:
    case PPPD_HOLDOFF:
        break;
    }
}

static void on_phase(int phase)
{
    sigset_t before;
    plugin_enter(&before);
    on_phase_held(phase);
    if (phase != PPPD_TERMINATE && plugin.terminating)
        say_our_words();
    plugin_leave(&before);
}

/* ---- other events ---- */

static void keep_out(const struct keep_out *k)
{
    char line[LINK_LINE_MAX];
    size_t n = session_write_kept_out(line, &plugin.session, k->n);
    if (n > 0 && plugin.welcome)
        link_send(&plugin.link, line, n);
    pppd_log_info("rras: the user is kept out by the administrator");
    turn_away(k->reason[0] ? k->reason : KEPT_OUT_WORDS);
}

/* True: he has been turned away. */
static bool is_not_welcome(const struct session *s)
{
    struct keep_out k;
    if (keep_out_find(&plugin.keep_out, s->user, strlen(s->user), time(NULL), &k))
        keep_out(&k);
    else if (plugin.at_limit)
        turn_away(AT_LIMIT_WORDS);
    return plugin.refused;
}

/* The same, by what rrasd says, which may be anything else as well while we wait for it. */
static bool is_not_admitted(const struct session *s)
{
    const char *words = admission_refused();
    if (is_not_welcome(s) || !words)
        return plugin.refused;
    plugin.not_admitted = true;
    turn_away(words);
    return true;
}

static void on_network_begins(void)
{
    sigset_t before;
    plugin_enter(&before);
    if (plugin.session.active && !plugin.terminating && enforce_quarantine() < 0)
        turn_away(NO_QUARANTINE_WORDS);
    plugin_leave(&before);
}

static void on_authenticated(void)
{
    sigset_t before;
    struct session *s = &plugin.session;
    plugin_enter(&before);
    if (s->active && !plugin.terminating) {
        talk_work();
        snprintf(s->user, sizeof(s->user), "%s", pppd_peer());
        session_set_text(s->auth, sizeof(s->auth), pppd_auth_method());
        find_caller();
        /* rrasd would give an order against one whom it sees coming in. It hears of this one when the link closes. */
        if (!is_not_welcome(s) && !is_not_admitted(s))
            talk_tell_session();
    }
    plugin_leave(&before);
}

static void came_up(void)
{
    if (!plugin.session.active || plugin.terminating)
        return;
    if (enforce_quarantine() < 0) { /* without IPv4, or as a further link of a bundle, it has not been asked before */
        turn_away(NO_QUARANTINE_WORDS);
        return;
    }
    find_caller();
    find_addresses();
    find_interface();
    find_bundle();
    set_state(SESSION_CONNECTED);
}

static void on_up(void)
{
    sigset_t before;
    plugin_enter(&before);
    came_up();
    plugin_leave(&before);
}

static void on_network_down(void)
{
    sigset_t before;
    plugin_enter(&before);
    events_read_counters();
    plugin_leave(&before);
}

static void on_link_down(void)
{
    sigset_t before;
    plugin_enter(&before);
    events_read_counters();
    if (plugin.terminating)
        say_our_words();
    plugin_leave(&before);
}

static void on_exiting(void)
{
    sigset_t before;
    plugin_enter(&before);
    end_session(why_gone());
    link_close(&plugin.link);
    plugin_leave(&before);
}

/* In the parent. The child finds out by itself, see plugin_enter(). An order that still came to us here is for it. */
static void on_detached(int child)
{
    sigset_t before;
    wake_hold(&before); /* for good: this process is about to exit */
    link_drop(&plugin.link);
    if (plugin.ordered)
        kill(child, SIGHUP);
}

/* In a child of pppd that is about to become a script: what is behind the descriptor is not its business. */
static void on_forked(void)
{
    link_drop(&plugin.link);
    quarantine_drop(&plugin.quarantine); /* our copy */
    wake_forget();
}

const struct pppd_events plugin_events = {
    .phase = on_phase,
    .authenticated = on_authenticated,
    .network_begins = on_network_begins,
    .network_up = on_up,
    .network_down = on_network_down,
    .joined = on_up,
    .link_down = on_link_down,
    .exiting = on_exiting,
    .detached = on_detached,
    .forked = on_forked,
};
