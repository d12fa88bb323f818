/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A pppd for the plugin to live in, played by the test: it has the symbols that the plugin uses of 2.4.9 (fake_24.c)
 * or 2.5 (fake_25.c), and does what pppd does in which order as far as the plugin can see it. Nothing happens by
 * itself: the test says what happens, and lets the main loop run.
 */
#ifndef OPENRRAS_TESTS_PPPD_FAKE_H
#define OPENRRAS_TESTS_PPPD_FAKE_H

#include <stdbool.h>

struct fake_bundle {
    bool on, master;
    const char *endpoint; /* of class 1, without NULs */
};

/* ---- the same for both: fake.c ---- */

/* Load the plugin, with rrasd's socket at `socket`. Once in a program. */
void fake_load(const char *socket);
/* A call comes in: LCP begins. */
void fake_call(void);
/* LCP is open, and the peer must authenticate. */
void fake_lcp_up(void);
/* The peer has shown that it is `user`; go on as pppd does unless the link has been closed meanwhile. */
void fake_authenticated(const char *user);
/* IPCP is open: 10.0.0.1 and 10.0.0.2, over the interface lo. */
void fake_ip_up(void);
/* Another pppd has the bundle's interface. */
void fake_joined(void);
/* One round of the main loop: signals, then timers that are due by now. */
void fake_loop(void);
/* So much time passes, with as many rounds as there are timers. */
void fake_pass(unsigned ms);
/* The peer answers the Terminate-Request. */
void fake_peer_acknowledges(void);
/* The peer ends the link: Terminate-Request, and it is given up. */
void fake_peer_leaves(void);
/* The peer begins anew: LCP goes down and comes up again. */
void fake_peer_renegotiates(void);
/* The line is gone; `meanwhile`, if there is one, happens before pppd has tidied up. */
void fake_hangup(void);
void fake_hangup_while(void (*meanwhile)(void));
/* pppd's cleanup() at its end. */
void fake_exit(void);
void fake_persist(bool on);
/* pppd becomes a child of itself; false in the parent, which has to end. */
bool fake_detach(void);
void fake_fork_child(void);

/* The words of the last Terminate-Request, and how many there were since fake_call(). */
const char *fake_term_request(void);
unsigned fake_term_requests(void);
int fake_phase(void);
unsigned fake_timers(void);
bool fake_logged(const char *text);
unsigned fake_logged_times(const char *text);
/* Let nothing of the main loop run that a signal has asked for: it is stuck. */
void fake_stick(bool on);

/* ---- by version ---- */

enum fake_event {
    FAKE_AUTH_UP,
    FAKE_IP_UP,
    FAKE_IP_DOWN,
    FAKE_LINK_DOWN,
    FAKE_EXIT,
    FAKE_PID_CHANGE,
    FAKE_FORK,
};
extern const char fake_version[];
void fake_set_phase(int phase); /* and tell it */
void fake_notify(enum fake_event event, int argument);
void fake_notify_joined(void);
void fake_set_option(const char *name, const char *value);
void fake_set_user(const char *user);
void fake_set_number(const char *number);
void fake_set_auth(int eap, int chap_digests, int pap);
void fake_set_ip(bool up);
void fake_set_bundle(const struct fake_bundle *b);
void fake_set_status(int status);
/* LCP's automaton, as far as the plugin looks at it. */
void fake_set_lcp(int state, int retransmits);
int fake_lcp_state(void);
void fake_set_lcp_reason(const char *reason);
const char *fake_lcp_reason(void);

/* ---- called by the version's half ---- */
void fake_closed_by_plugin(const char *reason);
void fake_terminated(void);
void fake_add_timer(void (*f)(void *), void *arg, int s, int us);
void fake_remove_timer(void (*f)(void *), void *arg);
void fake_log(const char *text);

#endif
