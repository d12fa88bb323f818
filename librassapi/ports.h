/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server's ports, for those who can't include mprapi.h: rassapi.h has other things of the same names. What is on this
 * side of the line includes the one, what is on the other the other, and this file neither.
 *
 * The results are Win32 codes.
 */
#ifndef OPENRRAS_LIBRASSAPI_PORTS_H
#define OPENRRAS_LIBRASSAPI_PORTS_H

#include <stdbool.h>
#include <stddef.h>

#include <wintypes.h>

/* A connection to a server, and its ports as they were when they were read. */
struct ports;

/* Connects. *ret only on NO_ERROR; ports_close() it then. */
DWORD ports_open(LPCWSTR server, struct ports **ret);
void ports_close(struct ports *p);

/* What the server says of itself: how many ports there are, and how many in use. */
DWORD ports_totals(struct ports *p, DWORD *total, DWORD *in_use);

/* Reads the ports, and with ports_read_users() who is on them. Again: what was read before is forgotten. */
DWORD ports_read(struct ports *p);
DWORD ports_read_users(struct ports *p);

/* ---- of what was read ---- */

size_t ports_count(const struct ports *p);

/* The port that a name fits, by the rules in rassapi.h: NO_ERROR, ERROR_DEV_NOT_EXIST or ERROR_DUP_NAME. `units` is the
 * length of names in that API's records, with the NUL. */
DWORD ports_find(const struct ports *p, LPCWSTR name, size_t units, size_t *ret);

struct port_summary {
    /* These end with a NUL, are never NULL, and stay as long as nothing else is read. */
    LPCWSTR name, device_type, device_name, media;
    LPCWSTR user, domain, computer; /* u"" when nobody is there */
    DWORD condition;                /* RAS_PORT_CONDITION of mprapi.h */
    bool has_user;                  /* it carries a connection that was still there when users were read */
    DWORD seconds;                  /* so long */
    bool ppp, messenger, multilink;
};
void ports_summary(const struct ports *p, size_t i, struct port_summary *ret);

/* ---- of one port now ---- */

/* As RAS_PORT_1 and RAS_CONNECTION_1 have them, one after another. */
struct port_counters {
    DWORD bytes_out, bytes_in, frames_out, frames_in;
    DWORD crc, timeout, alignment, hardware_overrun, framing, buffer_overrun;
    DWORD ratio_in, ratio_out; /* size on the line in percent of the plain size */
};

struct port_result {
    DWORD error;
    WCHAR text[34]; /* the longest is an AppleTalk address */
};

struct port_detail {
    DWORD hardware_condition; /* RAS_HARDWARE_CONDITION of mprapi.h */
    DWORD line_speed;
    struct port_counters port, connection;
    struct port_result workstation, ip, ipx, appletalk; /* the client's */
};

/*
 * Reads more of port i. False in *same_session, with NO_ERROR: the session is no longer the one of ports_summary(), so
 * that the two don't belong together. ERROR_DEV_NOT_EXIST: the port is gone.
 */
DWORD ports_detail(struct ports *p, size_t i, struct port_detail *ret, bool *same_session);

/* ERROR_DEV_NOT_EXIST: the port is gone. */
DWORD ports_clear(struct ports *p, size_t i);

/* Ends the session that was on port i when it was read. NERR_UserNotFound: there was none, or it has gone since. */
DWORD ports_disconnect(struct ports *p, size_t i);

#endif
