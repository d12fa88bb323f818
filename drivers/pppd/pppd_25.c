/* SPDX-License-Identifier: Apache-2.0 */
/* pppd 2.5: functions are the interface, and variables only of the protocols. */
#include <pppd/pppd.h>
#include <pppd/options.h>
#include <pppd/fsm.h>
#include <pppd/lcp.h>
#include <pppd/chap.h>
#include <pppd/ipcp.h>
#include <pppd/eui64.h>
#include <pppd/ipv6cp.h>
#include <pppd/multilink.h>

#include <string.h>

#include "drivers/pppd/pppd_access.h"
#include "drivers/pppd/pppd_words.h"

#define EXPORT __attribute__((visibility("default")))

/* pppd refuses a plugin that was built for another version. */
EXPORT extern char pppd_version[];
EXPORT char pppd_version[] = PPPD_VERSION;

_Static_assert(PHASE_DEAD == (int)PPPD_DEAD && PHASE_ESTABLISH == (int)PPPD_ESTABLISH &&
                   PHASE_AUTHENTICATE == (int)PPPD_AUTHENTICATE && PHASE_RUNNING == (int)PPPD_RUNNING &&
                   PHASE_MASTER == (int)PPPD_MASTER,
               "pppd_phase has pppd's numbers");

/* pppd has it, but not in its headers for plugins; one that should not have it any more still loads us. */
extern void link_terminated(int unit) __attribute__((weak));

/* States as RFC 1661, section 4.2, numbers them. */
enum {
    STATE_CLOSED = 2,
    STATE_OPENED = 9,
};

static const struct pppd_events *events;
static multilink_join_hook_fn *next_join_hook;
static ip_choose_hook_fn *next_choose_hook;

static void on_phase(void *ctx, int new)
{
    (void)ctx;
    events->phase(new);
}

#define NOTIFIED(name, event)                                                                                          \
    static void name(void *ctx, int argument)                                                                          \
    {                                                                                                                  \
        (void)ctx, (void)argument;                                                                                     \
        events->event();                                                                                               \
    }
NOTIFIED(on_authenticated, authenticated)
NOTIFIED(on_network_up, network_up)
NOTIFIED(on_network_down, network_down)
NOTIFIED(on_link_down, link_down)
NOTIFIED(on_exit_of_pppd, exiting)
NOTIFIED(on_forked, forked)

static void on_detached(void *ctx, int child)
{
    (void)ctx;
    events->detached(child);
}

static void on_joined(void)
{
    if (next_join_hook)
        next_join_hook();
    events->joined();
}

/* Called when IPCP begins: by then the link has its interface, also in a bundle. The address stays what it is. */
static void on_choose(uint32_t *address)
{
    if (next_choose_hook)
        next_choose_hook(address);
    events->network_begins();
}

/* pppd only reads it, but its prototypes do not say so. */
static char *writable(const char *text)
{
    union {
        const char *in;
        char *out;
    } u = {.in = text};
    return u.out;
}

static void add_our_options(struct pppd_settings *s)
{
    static struct option options[9]; /* pppd keeps them */
    const struct {
        const char *name, *what;
        char *value;
        size_t size;
    } all[] = {
        {"rras-socket", "where rrasd listens for drivers", s->socket, sizeof(s->socket)},
        {"rras-pool", "which ports this line is one of", s->pool, sizeof(s->pool)},
        {"rras-device-type", "what kind of line this is", s->device_type, sizeof(s->device_type)},
        {"rras-device-name", "a name of these lines, for people", s->device_name, sizeof(s->device_name)},
        {"rras-no-answer", "permit or refuse users about whom rrasd does not answer", s->no_answer,
         sizeof(s->no_answer)},
        {"rras-quarantine-allow", "networks that users in quarantine reach", s->quarantine_allow,
         sizeof(s->quarantine_allow)},
        {"rras-message-command", "program that shows a message to the user", s->message_command,
         sizeof(s->message_command)},
    };
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        options[i] = (struct option){.name = writable(all[i].name),
                                     .type = o_string,
                                     .addr = all[i].value,
                                     .description = writable(all[i].what),
                                     .flags = OPT_PRIV | OPT_STATIC,
                                     .upper_limit = (int)all[i].size - 1};
    }
    options[sizeof(all) / sizeof(all[0])] = (struct option){.name = writable("rras-quarantine"),
                                                            .type = o_bool,
                                                            .addr = &s->quarantine,
                                                            .description = writable("whoever comes is in quarantine"),
                                                            .flags = OPT_PRIV | 1};
    ppp_add_options(options);
}

void pppd_begin(struct pppd_settings *settings, const struct pppd_events *e)
{
    events = e;
    add_our_options(settings);
    ppp_add_notify(NF_PHASE_CHANGE, on_phase, NULL);
    ppp_add_notify(NF_AUTH_UP, on_authenticated, NULL);
    ppp_add_notify(NF_IP_UP, on_network_up, NULL);
    ppp_add_notify(NF_IPV6_UP, on_network_up, NULL);
    ppp_add_notify(NF_IP_DOWN, on_network_down, NULL);
    ppp_add_notify(NF_IPV6_DOWN, on_network_down, NULL);
    ppp_add_notify(NF_LINK_DOWN, on_link_down, NULL);
    ppp_add_notify(NF_EXIT, on_exit_of_pppd, NULL);
    ppp_add_notify(NF_PID_CHANGE, on_detached, NULL);
    ppp_add_notify(NF_FORK, on_forked, NULL);
    next_join_hook = multilink_join_hook;
    multilink_join_hook = on_joined;
}

static const char *or_empty(const char *s)
{
    return s ? s : "";
}

void pppd_watch_network(void)
{
    if (ip_choose_hook == on_choose)
        return;
    next_choose_hook = ip_choose_hook;
    ip_choose_hook = on_choose;
}

const char *pppd_interface(void)
{
    return or_empty(ppp_ifname());
}

const char *pppd_peer(void)
{
    static char name[MAXNAMELEN];
    return or_empty(ppp_peer_authname(name, sizeof(name)));
}

const char *pppd_remote_number(void)
{
    return or_empty(ppp_get_remote_number());
}

const char *pppd_ipparam(void)
{
    return or_empty(ppp_ipparam());
}

const char *pppd_auth_method(void)
{
    const lcp_options *o = &lcp_gotoptions[0];
    return pppd_auth_words(o->neg_eap, o->neg_chap, CHAP_DIGEST(o->chap_mdtype), o->neg_upap);
}

/* Not to be had: it is pppd's own. */
unsigned pppd_line_speed(void)
{
    return 0;
}

struct in_addr pppd_address_ours(void)
{
    return (struct in_addr){.s_addr = (int)ipcp_fsm[0].state == STATE_OPENED ? ipcp_gotoptions[0].ouraddr : 0};
}

struct in_addr pppd_address_peer(void)
{
    return (struct in_addr){.s_addr = (int)ipcp_fsm[0].state == STATE_OPENED ? ipcp_hisoptions[0].hisaddr : 0};
}

int pppd_address6_peer(struct in6_addr *ret)
{
    if ((int)ipv6cp_fsm[0].state != STATE_OPENED)
        return 0;
    *ret = (struct in6_addr){.s6_addr = {0xfe, 0x80}};
    memcpy(ret->s6_addr + 8, &ipv6cp_hisoptions[0].hisid, 8);
    return 1;
}

int pppd_in_bundle(void)
{
    return mp_on();
}

int pppd_is_master(void)
{
    return mp_master();
}

size_t pppd_peer_endpoint(unsigned char *dst, size_t cap, unsigned *ret_class)
{
    const struct epdisc *e = &lcp_hisoptions[0].endpoint;
    size_t n = e->length < cap ? e->length : cap;
    if (!lcp_hisoptions[0].neg_endpoint)
        return 0;
    *ret_class = e->class;
    memcpy(dst, e->value, n);
    return n;
}

const char *pppd_exit_reason(void)
{
    return pppd_exit_words((int)ppp_status());
}

void pppd_set_refused(void)
{
    ppp_set_status(EXIT_PEER_AUTH_FAILED);
}

void pppd_close(const char *reason)
{
    lcp_close(0, writable(reason));
}

void pppd_set_term_reason(const char *reason)
{
    lcp_fsm[0].term_reason = writable(reason);
    lcp_fsm[0].term_reason_len = (int)strlen(reason);
}

int pppd_peer_acknowledged(void)
{
    /* Had it not, every retransmission would have been used up first. */
    return (int)lcp_fsm[0].state == STATE_CLOSED && lcp_fsm[0].retransmits > 0;
}

void pppd_hang_up(void)
{
    if (link_terminated)
        link_terminated(0);
    else
        lcp_fsm[0].retransmits = 0; /* LCP gives up when it would ask again */
}

void pppd_after(unsigned ms, void (*f)(void *))
{
    ppp_timeout(f, NULL, (int)(ms / 1000), (int)(ms % 1000 * 1000));
}

void pppd_not_after(void (*f)(void *))
{
    ppp_untimeout(f, NULL);
}

void pppd_log_info(const char *text)
{
    info("%s", text);
}

void pppd_log_warning(const char *text)
{
    warn("%s", text);
}
