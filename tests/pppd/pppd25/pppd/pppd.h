/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Not pppd's header: what the plugin uses of the interface that pppd 2.5 offers to plugins, written down for the tests,
 * which play that pppd. Debian 12 has the headers of 2.4.9 only. Names, types and numbers as they are there; nothing
 * else.
 */
#ifndef OPENRRAS_TESTS_PPPD25_PPPD_H
#define OPENRRAS_TESTS_PPPD25_PPPD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PPPD_VERSION "2.5.0"
#define MAXNAMELEN   256

typedef enum ppp_phase {
    PHASE_DEAD,
    PHASE_INITIALIZE,
    PHASE_SERIALCONN,
    PHASE_DORMANT,
    PHASE_ESTABLISH,
    PHASE_AUTHENTICATE,
    PHASE_CALLBACK,
    PHASE_NETWORK,
    PHASE_RUNNING,
    PHASE_TERMINATE,
    PHASE_DISCONNECT,
    PHASE_HOLDOFF,
    PHASE_MASTER,
} ppp_phase_t;

typedef enum ppp_exit_code {
    EXIT_OK = 0,
    EXIT_USER_REQUEST = 5,
    EXIT_PEER_AUTH_FAILED = 11,
    EXIT_HANGUP = 16,
} ppp_exit_code_t;

typedef enum {
    NF_PID_CHANGE,
    NF_PHASE_CHANGE,
    NF_EXIT,
    NF_SIGNALED,
    NF_IP_UP,
    NF_IP_DOWN,
    NF_IPV6_UP,
    NF_IPV6_DOWN,
    NF_AUTH_UP,
    NF_LINK_DOWN,
    NF_FORK,
    NF_MAX_NOTIFY,
} ppp_notify_t;

typedef void(ppp_notify_fn)(void *ctx, int arg);
typedef void (*ppp_timer_cb)(void *arg);

void ppp_add_notify(ppp_notify_t type, ppp_notify_fn *func, void *ctx);
void ppp_timeout(ppp_timer_cb func, void *arg, int s, int us);
void ppp_untimeout(ppp_timer_cb func, void *arg);

const char *ppp_ifname(void);
const char *ppp_peer_authname(char *buf, size_t size);
const char *ppp_get_remote_number(void);
const char *ppp_ipparam(void);
ppp_exit_code_t ppp_status(void);
void ppp_set_status(ppp_exit_code_t code);

void info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
