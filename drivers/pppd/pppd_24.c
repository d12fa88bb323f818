/* SPDX-License-Identifier: Apache-2.0 */
/* pppd 2.4.9: its variables are the interface. */
#define INET6
#define HAVE_MULTILINK
#include <pppd/pppd.h>
#include <pppd/fsm.h>
#include <pppd/lcp.h>
#include <pppd/chap-new.h>
#include <pppd/ipcp.h>
#include <pppd/ipv6cp.h>

#include <string.h>

#include "drivers/pppd/pppd_access.h"
#include "drivers/pppd/pppd_words.h"

#define EXPORT __attribute__((visibility("default")))

/* pppd refuses a plugin that was built for another version. */
EXPORT extern char pppd_version[];
EXPORT char pppd_version[] = VERSION;

_Static_assert(PHASE_DEAD == (int)PPPD_DEAD && PHASE_ESTABLISH == (int)PPPD_ESTABLISH &&
                   PHASE_AUTHENTICATE == (int)PPPD_AUTHENTICATE && PHASE_RUNNING == (int)PPPD_RUNNING &&
                   PHASE_MASTER == (int)PPPD_MASTER,
               "pppd_phase has pppd's numbers");

/* A pppd that was built without multilink does not have these. */
#pragma weak doing_multilink
#pragma weak multilink_master

static const struct pppd_events *events;
static void (*next_join_hook)(void);
static void (*next_choose_hook)(u_int32_t *);

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
static void on_choose(u_int32_t *address)
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
    static option_t options[9]; /* pppd keeps them */
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
        options[i] = (option_t){.name = writable(all[i].name),
                                .type = o_string,
                                .addr = all[i].value,
                                .description = writable(all[i].what),
                                .flags = OPT_PRIV | OPT_STATIC,
                                .upper_limit = (int)all[i].size - 1};
    }
    options[sizeof(all) / sizeof(all[0])] = (option_t){.name = writable("rras-quarantine"),
                                                       .type = o_bool,
                                                       .addr = &s->quarantine,
                                                       .description = writable("whoever comes is in quarantine"),
                                                       .flags = OPT_PRIV | 1};
    add_options(options);
}

void pppd_begin(struct pppd_settings *settings, const struct pppd_events *e)
{
    events = e;
    add_our_options(settings);
    add_notifier(&phasechange, on_phase, NULL);
    add_notifier(&auth_up_notifier, on_authenticated, NULL);
    add_notifier(&ip_up_notifier, on_network_up, NULL);
    add_notifier(&ipv6_up_notifier, on_network_up, NULL);
    add_notifier(&ip_down_notifier, on_network_down, NULL);
    add_notifier(&ipv6_down_notifier, on_network_down, NULL);
    add_notifier(&link_down_notifier, on_link_down, NULL);
    add_notifier(&exitnotify, on_exit_of_pppd, NULL);
    add_notifier(&pidchange, on_detached, NULL);
    add_notifier(&fork_notifier, on_forked, NULL);
    next_join_hook = multilink_join_hook;
    multilink_join_hook = on_joined;
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
    return ifname;
}

const char *pppd_peer(void)
{
    return peer_authname;
}

const char *pppd_remote_number(void)
{
    return remote_number;
}

const char *pppd_ipparam(void)
{
    return ipparam ? ipparam : "";
}

const char *pppd_auth_method(void)
{
    const lcp_options *o = &lcp_gotoptions[0];
    return pppd_auth_words(o->neg_eap, o->neg_chap, CHAP_DIGEST(o->chap_mdtype), o->neg_upap);
}

unsigned pppd_line_speed(void)
{
    return baud_rate > 0 ? (unsigned)baud_rate : 0;
}

struct in_addr pppd_address_ours(void)
{
    return (struct in_addr){.s_addr = ipcp_fsm[0].state == OPENED ? ipcp_gotoptions[0].ouraddr : 0};
}

struct in_addr pppd_address_peer(void)
{
    return (struct in_addr){.s_addr = ipcp_fsm[0].state == OPENED ? ipcp_hisoptions[0].hisaddr : 0};
}

int pppd_address6_peer(struct in6_addr *ret)
{
    if (ipv6cp_fsm[0].state != OPENED)
        return 0;
    *ret = (struct in6_addr){.s6_addr = {0xfe, 0x80}};
    memcpy(ret->s6_addr + 8, &ipv6cp_hisoptions[0].hisid, 8);
    return 1;
}

int pppd_in_bundle(void)
{
    return &doing_multilink && doing_multilink;
}

int pppd_is_master(void)
{
    return &multilink_master && multilink_master;
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
    return pppd_exit_words(status);
}

void pppd_set_refused(void)
{
    status = EXIT_PEER_AUTH_FAILED;
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
    return lcp_fsm[0].state == CLOSED && lcp_fsm[0].retransmits > 0;
}

void pppd_hang_up(void)
{
    link_terminated(0);
}

void pppd_after(unsigned ms, void (*f)(void *))
{
    timeout(f, NULL, (int)(ms / 1000), (int)(ms % 1000 * 1000));
}

void pppd_not_after(void (*f)(void *))
{
    untimeout(f, NULL);
}

void pppd_log_info(const char *text)
{
    info(writable("%s"), text);
}

void pppd_log_warning(const char *text)
{
    warn(writable("%s"), text);
}
