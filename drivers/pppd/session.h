/* SPDX-License-Identifier: Apache-2.0 */
/* What rrasd is told of the one session of this pppd, and the lines that tell it. Without I/O; for use in a handler. */
#ifndef OPENRRAS_DRIVERS_PPPD_SESSION_H
#define OPENRRAS_DRIVERS_PPPD_SESSION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/pppd/counters.h"
#include "drivers/pppd/keep_out.h"
#include "drivers/pppd/link.h"

#define SESSION_ID_MAX   40u
#define SESSION_TEXT_MAX 257u /* 256 bytes and a NUL */

enum session_state {
    SESSION_CONNECTING,
    SESSION_AUTHENTICATING,
    SESSION_CALLING_BACK,
    SESSION_CONNECTED,
    SESSION_DISCONNECTING,
};

/* Texts are UTF-8, except for the user. */
struct session {
    bool active;
    char id[SESSION_ID_MAX];
    int64_t start;
    enum session_state state;
    char user[SESSION_TEXT_MAX]; /* any bytes; pppd's names have less than 256 */
    char auth[32];
    char client_address[64], tunnel_address4[16], tunnel_address6[46], tunnel_server4[16];
    char interface[32], caller[SESSION_TEXT_MAX], bundle[SESSION_TEXT_MAX];
    uint64_t line_speed;
    bool quarantined, quarantine_said; /* now; ever */
    bool counted;                      /* it has an interface of its own, and these are its counters */
    struct counters counters;
};

struct session_port {
    char pool[33], device_type[17], device_name[129];
    bool can_quarantine, can_message;
};

struct session_gone {
    const char *reason;
    const char *told; /* "yes", "unknown", or NULL: there was no order */
};

/* An id that no other session ever has, whatever process it is in. 0 or negative errno. */
int session_make_id(char dst[static SESSION_ID_MAX]);
/* Text that anybody may have made, as UTF-8 that can be shown; cut. */
void session_set_text(char *dst, size_t cap, const char *text);

/* Each writes one line and returns its length; 0 if that could not be done, which is no news about the session. */
size_t session_write_hello(char dst[static LINK_LINE_MAX], const struct session_port *port);
size_t session_write(char dst[static LINK_LINE_MAX], const struct session *s);
size_t session_write_counters(char dst[static LINK_LINE_MAX], const struct session *s);
size_t session_write_gone(char dst[static LINK_LINE_MAX], const struct session *s, const struct session_gone *gone);
size_t session_write_reply(char dst[static LINK_LINE_MAX], uint64_t order, const char *result, const char *text);
size_t session_write_pong(char dst[static LINK_LINE_MAX], uint64_t n);
size_t session_write_keep_out_reply(char dst[static LINK_LINE_MAX], uint64_t n, bool taken, const char *text);
size_t session_write_kept_out(char dst[static LINK_LINE_MAX], const struct session *s, uint64_t n);
size_t session_write_admission_ask(char dst[static LINK_LINE_MAX], const struct session *s, uint64_t n);

#endif
