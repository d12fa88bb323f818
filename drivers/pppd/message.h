/* SPDX-License-Identifier: Apache-2.0 */
/* What rrasd says to a session driver (docs/driver-protocol.md, section 4). Without I/O; for use in a signal handler.
 */
#ifndef OPENRRAS_DRIVERS_PPPD_MESSAGE_H
#define OPENRRAS_DRIVERS_PPPD_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MESSAGE_ID_MAX    128u
#define MESSAGE_USER_MAX  512u
#define MESSAGE_TEXT_MAX  256u
#define MESSAGE_WORDS_MAX 4096u

enum message_type {
    MESSAGE_OTHER, /* nothing to do with it: a later version's */
    MESSAGE_WELCOME,
    MESSAGE_ERROR,
    MESSAGE_REFUSED,
    MESSAGE_PING,
    MESSAGE_DISCONNECT,
    MESSAGE_STATS,
    MESSAGE_KEEP_OUT,
    MESSAGE_KEEP_OUT_LIFT,
    MESSAGE_KEEP_OUT_END,
    MESSAGE_ADMISSION,
    MESSAGE_QUARANTINE,
    MESSAGE_MESSAGE,
};

/* Texts are "" when they are absent, numbers 0. */
struct message {
    enum message_type type;
    uint64_t n;     /* ping, keep-out, admission */
    bool admission; /* welcome: it may be asked who may dial in */
    bool permit;    /* admission */
    uint64_t order; /* disconnect, quarantine, message */
    int64_t start, until, counters_interval_ms;
    bool hard;
    bool on; /* quarantine */
    char id[MESSAGE_ID_MAX + 1];
    char reason[MESSAGE_TEXT_MAX + 1];
    char code[MESSAGE_TEXT_MAX + 1], text[MESSAGE_TEXT_MAX + 1];
    char user[MESSAGE_USER_MAX]; /* any bytes */
    size_t user_len;
    char words[MESSAGE_WORDS_MAX + 1]; /* message: for the user, without control characters */
};

/* One line without its LF. 0, or -EBADMSG: it breaks the protocol, or lacks what its type must have. */
int message_parse(struct message *m, const char *line, size_t n);

#endif
