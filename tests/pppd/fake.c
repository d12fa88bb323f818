/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/pppd/fake.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "drivers/pppd/pppd_access.h"

void plugin_init(void);

/* States of LCP (RFC 1661). */
enum {
    INITIAL_ = 0,
    CLOSED_ = 2,
    CLOSING_ = 4,
    STOPPING_ = 5,
    REQSENT_ = 6,
    OPENED_ = 9,
};

#define TIMERS_MAX 16

static struct {
    void (*f)(void *);
    void *arg;
    unsigned long due;
} timers[TIMERS_MAX];
static unsigned long now_ms;
static volatile sig_atomic_t got_sighup;
static int present_phase;
static bool persist, stuck, multilink;
static char log_text[16384], term_request[512];
static unsigned term_requests;
static void (*in_between)(void);

static void on_sighup(int number)
{
    (void)number;
    got_sighup = 1;
}

static void on_fatal_signal(int number)
{
    (void)number;
    abort();
}

/* pppd does this when it has read its options, and with them loaded its plugins. */
static void set_up_signals(void)
{
    static const int fatal[] = {SIGIO, SIGPROF, SIGSYS, SIGVTALRM, SIGXCPU, SIGXFSZ};
    struct sigaction hup = {.sa_handler = on_sighup}, end = {.sa_handler = on_fatal_signal};
    sigaction(SIGHUP, &hup, NULL);
    for (size_t i = 0; i < sizeof(fatal) / sizeof(fatal[0]); i++)
        sigaction(fatal[i], &end, NULL);
}

void fake_load(const char *socket)
{
    plugin_init();
    plugin_init(); /* `plugin rras.so' may stand in two files of options; for pppd that is one object, begun twice */
    fake_set_option("rras-socket", socket);
    set_up_signals();
}

static void new_phase(int phase)
{
    present_phase = phase;
    fake_set_phase(phase);
}

void fake_call(void)
{
    log_text[0] = term_request[0] = '\0';
    term_requests = 0;
    fake_set_status(0);
    fake_set_ip(false);
    fake_set_user("");
    fake_set_lcp(REQSENT_, 10);
    new_phase(PPPD_SERIALCONN);
    new_phase(PPPD_ESTABLISH);
}

void fake_lcp_up(void)
{
    fake_set_lcp(OPENED_, 0);
    new_phase(PPPD_AUTHENTICATE);
}

void fake_authenticated(const char *user)
{
    fake_set_user(user);
    fake_notify(FAKE_AUTH_UP, 0);
    new_phase(PPPD_NETWORK); /* also when the plugin has closed the link: pppd does not look */
}

void fake_ip_up(void)
{
    fake_set_ip(true);
    new_phase(PPPD_RUNNING);
    fake_notify(FAKE_IP_UP, 0);
}

void fake_joined(void)
{
    multilink = true;
    fake_notify_joined();
}

/* What LCP does when it leaves the opened state. */
static void lcp_down(void)
{
    fake_notify(FAKE_LINK_DOWN, 0);
    fake_notify(FAKE_IP_DOWN, 0);
    if (present_phase == PPPD_RUNNING)
        new_phase(PPPD_NETWORK);
    if (!multilink)
        new_phase(PPPD_ESTABLISH);
}

void fake_closed_by_plugin(const char *reason)
{
    int before = fake_lcp_state();
    if (present_phase == PPPD_DEAD || present_phase == PPPD_MASTER)
        return;
    new_phase(PPPD_TERMINATE);
    fake_set_lcp_reason(reason);
    if (before == OPENED_)
        lcp_down();
    if (before >= REQSENT_) {
        snprintf(term_request, sizeof(term_request), "%s", fake_lcp_reason());
        term_requests++;
        fake_set_lcp(CLOSING_, 1);
    }
}

void fake_terminated(void)
{
    if (present_phase == PPPD_DEAD || present_phase == PPPD_MASTER)
        return;
    new_phase(PPPD_DISCONNECT);
    if (in_between)
        in_between();
    fake_set_lcp(INITIAL_, 0);
    multilink = false;
    new_phase(PPPD_DEAD);
    if (!persist)
        fake_exit();
}

void fake_peer_acknowledges(void)
{
    fake_set_lcp(CLOSED_, 1);
    fake_terminated();
}

void fake_peer_leaves(void)
{
    lcp_down();
    fake_set_lcp(STOPPING_, 0);
    fake_terminated();
}

void fake_peer_renegotiates(void)
{
    lcp_down();
    fake_set_lcp(REQSENT_, 10);
    fake_lcp_up();
}

void fake_hangup(void)
{
    fake_set_status(16);
    fake_terminated();
}

void fake_hangup_while(void (*meanwhile)(void))
{
    in_between = meanwhile;
    fake_hangup();
    in_between = NULL;
}

void fake_exit(void)
{
    fake_notify(FAKE_EXIT, 0);
}

void fake_persist(bool on)
{
    persist = on;
}

bool fake_detach(void)
{
    pid_t child = fork();
    if (child < 0)
        abort();
    if (child > 0)
        fake_notify(FAKE_PID_CHANGE, child);
    return child == 0;
}

void fake_fork_child(void)
{
    fake_notify(FAKE_FORK, 0);
}

/* ---- the main loop ---- */

void fake_stick(bool on)
{
    stuck = on;
}

static bool fire_one(void)
{
    for (size_t i = 0; i < TIMERS_MAX; i++) {
        if (timers[i].f && timers[i].due <= now_ms) {
            void (*f)(void *) = timers[i].f;
            timers[i].f = NULL;
            f(timers[i].arg);
            return true;
        }
    }
    return false;
}

void fake_loop(void)
{
    if (stuck)
        return;
    while (fire_one())
        ;
    if (got_sighup) {
        got_sighup = 0;
        fake_set_status(5);
        fake_closed_by_plugin("User request");
    }
    while (fire_one()) /* the next round */
        ;
}

void fake_pass(unsigned ms)
{
    for (unsigned long end = now_ms + ms; now_ms < end; now_ms++)
        fake_loop();
    fake_loop();
}

void fake_add_timer(void (*f)(void *), void *arg, int s, int us)
{
    for (size_t i = 0; i < TIMERS_MAX; i++) {
        if (!timers[i].f) {
            timers[i].f = f;
            timers[i].arg = arg;
            timers[i].due = now_ms + (unsigned long)s * 1000 + (unsigned long)us / 1000;
            return;
        }
    }
    abort(); /* the plugin forgets to remove them */
}

void fake_remove_timer(void (*f)(void *), void *arg)
{
    for (size_t i = 0; i < TIMERS_MAX; i++) {
        if (timers[i].f == f && timers[i].arg == arg)
            timers[i].f = NULL;
    }
}

unsigned fake_timers(void)
{
    unsigned n = 0;
    for (size_t i = 0; i < TIMERS_MAX; i++)
        n += timers[i].f != NULL;
    return n;
}

/* ---- what has happened ---- */

void fake_log(const char *text)
{
    size_t n = strlen(log_text);
    snprintf(log_text + n, sizeof(log_text) - n, "%s\n", text);
}

unsigned fake_logged_times(const char *text)
{
    unsigned n = 0;
    for (const char *at = strstr(log_text, text); at; at = strstr(at + 1, text))
        n++;
    return n;
}

bool fake_logged(const char *text)
{
    return fake_logged_times(text) > 0;
}

const char *fake_term_request(void)
{
    return term_request;
}

unsigned fake_term_requests(void)
{
    return term_requests;
}

int fake_phase(void)
{
    return present_phase;
}
