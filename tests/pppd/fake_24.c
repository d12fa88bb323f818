/* SPDX-License-Identifier: Apache-2.0 */
#define INET6
#define HAVE_MULTILINK
#include <pppd/pppd.h>
#include <pppd/fsm.h>
#include <pppd/lcp.h>
#include <pppd/chap-new.h>
#include <pppd/ipcp.h>
#include <pppd/ipv6cp.h>

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define bool _Bool
#include "tests/pppd/fake.h"
#undef bool

const char fake_version[] = VERSION;

/* ---- pppd's variables and functions ---- */

struct notifier *pidchange, *phasechange, *exitnotify, *ip_up_notifier, *ip_down_notifier, *ipv6_up_notifier,
    *ipv6_down_notifier, *auth_up_notifier, *link_down_notifier, *fork_notifier;
void (*multilink_join_hook)(void);
void (*ip_choose_hook)(u_int32_t *);
char ifname[MAXIFNAMELEN], devnam[MAXPATHLEN], remote_number[MAXNAMELEN], peer_authname[MAXNAMELEN];
char *ipparam;
int phase, baud_rate = 115200;
volatile int status;
bool doing_multilink, multilink_master;
fsm lcp_fsm[1], ipcp_fsm[1], ipv6cp_fsm[1];
lcp_options lcp_gotoptions[1], lcp_hisoptions[1];
ipcp_options ipcp_gotoptions[1], ipcp_hisoptions[1];
ipv6cp_options ipv6cp_hisoptions[1];
static option_t *options;

void add_notifier(struct notifier **list, notify_func f, void *arg)
{
    struct notifier *n = malloc(sizeof(*n));
    if (!n)
        abort();
    *n = (struct notifier){.next = *list, .func = f, .arg = arg};
    *list = n;
}

void notify(struct notifier *list, int argument)
{
    for (struct notifier *n = list; n; n = n->next)
        n->func(n->arg, argument);
}

void add_options(option_t *o)
{
    options = o;
}

void timeout(void (*f)(void *), void *arg, int s, int us)
{
    fake_add_timer(f, arg, s, us);
}

void untimeout(void (*f)(void *), void *arg)
{
    fake_remove_timer(f, arg);
}

/* Clang wants formats to be literals; here they are the plugin's. */
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
static void write_log(const char *format, va_list ap)
{
    char text[1024];
    vsnprintf(text, sizeof(text), format, ap);
    fake_log(text);
}

void info(char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    write_log(format, ap);
    va_end(ap);
}

void warn(char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    write_log(format, ap);
    va_end(ap);
}

void lcp_close(int unit, char *reason)
{
    (void)unit;
    fake_closed_by_plugin(reason);
}

void link_terminated(int unit)
{
    (void)unit;
    fake_terminated();
}

/* ---- for fake.c ---- */

void fake_set_phase(int new)
{
    phase = new;
    notify(phasechange, new);
}

void fake_notify(enum fake_event event, int argument)
{
    struct notifier *lists[] = {[FAKE_AUTH_UP] = auth_up_notifier, [FAKE_IP_UP] = ip_up_notifier,
                                [FAKE_IP_DOWN] = ip_down_notifier, [FAKE_LINK_DOWN] = link_down_notifier,
                                [FAKE_EXIT] = exitnotify,          [FAKE_PID_CHANGE] = pidchange,
                                [FAKE_FORK] = fork_notifier};
    notify(lists[event], argument);
}

void fake_notify_joined(void)
{
    multilink_join_hook();
}

void fake_set_option(const char *name, const char *value)
{
    for (option_t *o = options; o->name; o++) {
        if (strcmp(o->name, name) == 0) {
            if (o->type != o_string || !(o->flags & OPT_STATIC) || strlen(value) > (size_t)o->upper_limit)
                abort();
            strcpy(o->addr, value);
            return;
        }
    }
    abort();
}

void fake_set_user(const char *name)
{
    snprintf(peer_authname, sizeof(peer_authname), "%s", name);
}

void fake_set_number(const char *number)
{
    snprintf(remote_number, sizeof(remote_number), "%s", number);
}

void fake_set_auth(int eap, int chap_digests, int pap)
{
    lcp_gotoptions[0].neg_eap = eap != 0;
    lcp_gotoptions[0].neg_chap = chap_digests != 0;
    lcp_gotoptions[0].chap_mdtype = (unsigned char)chap_digests;
    lcp_gotoptions[0].neg_upap = pap != 0;
}

void fake_set_ip(_Bool up)
{
    snprintf(ifname, sizeof(ifname), "lo");
    ipcp_fsm[0].state = up ? OPENED : INITIAL;
    ipcp_gotoptions[0].ouraddr = htonl(0x0a000001);
    ipcp_hisoptions[0].hisaddr = htonl(0x0a000002);
    ipv6cp_fsm[0].state = up ? OPENED : INITIAL;
    memcpy(&ipv6cp_hisoptions[0].hisid, "\0\0\0\0\0\0\0\7", 8);
}

void fake_set_bundle(const struct fake_bundle *b)
{
    doing_multilink = b->on;
    multilink_master = b->master;
    lcp_hisoptions[0].neg_endpoint = b->endpoint != NULL;
    lcp_hisoptions[0].endpoint = (struct epdisc){.class = 1};
    if (b->endpoint) {
        lcp_hisoptions[0].endpoint.length = (unsigned char)strlen(b->endpoint);
        memcpy(lcp_hisoptions[0].endpoint.value, b->endpoint, strlen(b->endpoint));
    }
}

void fake_set_status(int s)
{
    status = s;
}

void fake_set_lcp(int state, int retransmits)
{
    lcp_fsm[0].state = state;
    lcp_fsm[0].retransmits = retransmits;
}

int fake_lcp_state(void)
{
    return lcp_fsm[0].state;
}

static char *own(const char *text)
{
    static char words[512];
    snprintf(words, sizeof(words), "%s", text);
    return words;
}

void fake_set_lcp_reason(const char *reason)
{
    lcp_fsm[0].term_reason = own(reason);
    lcp_fsm[0].term_reason_len = (int)strlen(reason);
}

const char *fake_lcp_reason(void)
{
    static char words[512];
    snprintf(words, sizeof(words), "%.*s", lcp_fsm[0].term_reason_len, lcp_fsm[0].term_reason);
    return words;
}
