/* SPDX-License-Identifier: Apache-2.0 */
#include <pppd/pppd.h>
#include <pppd/options.h>
#include <pppd/fsm.h>
#include <pppd/lcp.h>
#include <pppd/ipcp.h>
#include <pppd/eui64.h>
#include <pppd/ipv6cp.h>
#include <pppd/multilink.h>

#include <arpa/inet.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/pppd/fake.h"

const char fake_version[] = PPPD_VERSION;

/* ---- pppd's variables and functions ---- */

#define NOTIFIED_MAX 4

static struct {
    ppp_notify_fn *f;
    void *ctx;
} notified[NF_MAX_NOTIFY][NOTIFIED_MAX];

multilink_join_hook_fn *multilink_join_hook;
ip_choose_hook_fn *ip_choose_hook;
fsm lcp_fsm[1], ipcp_fsm[1], ipv6cp_fsm[1];
lcp_options lcp_gotoptions[1], lcp_hisoptions[1];
ipcp_options ipcp_gotoptions[1], ipcp_hisoptions[1];
ipv6cp_options ipv6cp_hisoptions[1];
void link_terminated(int unit);

static char interface[32], user_name[MAXNAMELEN], number_of_caller[MAXNAMELEN];
static ppp_exit_code_t exit_code;
static bool in_bundle, is_master;
static struct option *options;

void ppp_add_notify(ppp_notify_t type, ppp_notify_fn *f, void *ctx)
{
    for (size_t i = 0; i < NOTIFIED_MAX; i++) {
        if (!notified[type][i].f) {
            notified[type][i].f = f;
            notified[type][i].ctx = ctx;
            return;
        }
    }
    abort();
}

static void notify(ppp_notify_t type, int argument)
{
    for (size_t i = 0; i < NOTIFIED_MAX && notified[type][i].f; i++)
        notified[type][i].f(notified[type][i].ctx, argument);
}

void ppp_add_options(struct option *o)
{
    options = o;
}

void ppp_timeout(ppp_timer_cb f, void *arg, int s, int us)
{
    fake_add_timer(f, arg, s, us);
}

void ppp_untimeout(ppp_timer_cb f, void *arg)
{
    fake_remove_timer(f, arg);
}

__attribute__((format(printf, 1, 0))) static void write_log(const char *format, va_list ap)
{
    char text[1024];
    vsnprintf(text, sizeof(text), format, ap);
    fake_log(text);
}

void info(const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    write_log(format, ap);
    va_end(ap);
}

void warn(const char *format, ...)
{
    va_list ap;
    va_start(ap, format);
    write_log(format, ap);
    va_end(ap);
}

const char *ppp_ifname(void)
{
    return interface;
}

const char *ppp_peer_authname(char *buffer, size_t size)
{
    snprintf(buffer, size, "%s", user_name);
    return buffer;
}

const char *ppp_get_remote_number(void)
{
    return number_of_caller;
}

const char *ppp_ipparam(void)
{
    return NULL;
}

ppp_exit_code_t ppp_status(void)
{
    return exit_code;
}

void ppp_set_status(ppp_exit_code_t code)
{
    exit_code = code;
}

bool mp_on(void)
{
    return in_bundle;
}

bool mp_master(void)
{
    return is_master;
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

void fake_set_phase(int phase)
{
    notify(NF_PHASE_CHANGE, phase);
}

void fake_notify(enum fake_event event, int argument)
{
    static const ppp_notify_t types[] = {[FAKE_AUTH_UP] = NF_AUTH_UP, [FAKE_IP_UP] = NF_IP_UP,
                                         [FAKE_IP_DOWN] = NF_IP_DOWN, [FAKE_LINK_DOWN] = NF_LINK_DOWN,
                                         [FAKE_EXIT] = NF_EXIT,       [FAKE_PID_CHANGE] = NF_PID_CHANGE,
                                         [FAKE_FORK] = NF_FORK};
    notify(types[event], argument);
}

void fake_notify_joined(void)
{
    multilink_join_hook();
}

void fake_set_option(const char *name, const char *value)
{
    for (struct option *o = options; o->name; o++) {
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
    snprintf(user_name, sizeof(user_name), "%s", name);
}

void fake_set_number(const char *number)
{
    snprintf(number_of_caller, sizeof(number_of_caller), "%s", number);
}

void fake_set_auth(int eap, int chap_digests, int pap)
{
    lcp_gotoptions[0].neg_eap = eap != 0;
    lcp_gotoptions[0].neg_chap = chap_digests != 0;
    lcp_gotoptions[0].chap_mdtype = (unsigned char)chap_digests;
    lcp_gotoptions[0].neg_upap = pap != 0;
}

void fake_set_ip(bool up)
{
    snprintf(interface, sizeof(interface), "lo");
    ipcp_fsm[0].state = up ? 9 : 0;
    ipcp_gotoptions[0].ouraddr = htonl(0x0a000001);
    ipcp_hisoptions[0].hisaddr = htonl(0x0a000002);
    ipv6cp_fsm[0].state = up ? 9 : 0;
    memcpy(&ipv6cp_hisoptions[0].hisid, "\0\0\0\0\0\0\0\7", 8);
}

void fake_set_bundle(const struct fake_bundle *b)
{
    in_bundle = b->on;
    is_master = b->master;
    lcp_hisoptions[0].neg_endpoint = b->endpoint != NULL;
    lcp_hisoptions[0].endpoint = (struct epdisc){.class = 1};
    if (b->endpoint) {
        lcp_hisoptions[0].endpoint.length = (unsigned char)strlen(b->endpoint);
        memcpy(lcp_hisoptions[0].endpoint.value, b->endpoint, strlen(b->endpoint));
    }
}

void fake_set_status(int s)
{
    exit_code = (ppp_exit_code_t)s;
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
