/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Log-on: with `management-client-auth` openvpn asks its management client about everybody who comes, and nobody gets
 * in without a yes. That makes it possible to turn away a user who is kept out, and makes this driver one of those who
 * decide about all the others as well. So it says yes only to whom something else has vouched for:
 *
 *     LOGON_CERTIFICATE   openvpn has verified a certificate, and the user name is none or the certificate's. openvpn
 *                         takes a user name that nobody else checks as it comes, so any other one is denied.
 *     LOGON_PASSWORD      openvpn has a plugin or a script of its own that checks names and passwords. It asks both,
 *                         and our yes is no more than "not kept out". The driver can't see whether this is so.
 *
 * A question is CLIENT:CONNECT,CID,KID, lines CLIENT:ENV,NAME=VALUE that say who it is, and CLIENT:ENV,END. REAUTH asks
 * again about somebody who is in already, because the key is renewed: who is kept out since is let go on, for it is
 * orders that end sessions. A question that can't be read as a whole is answered with no.
 *
 * Whoever would be let in is asked for at rrasd first, if that answers such questions: whether this user may dial in.
 * Others come and go meanwhile. Without an answer the site decides (refuse_unanswered).
 *
 * The lines carry passwords. None is kept or shown here. No I/O.
 */
#ifndef OPENRRAS_DRIVERS_OPENVPN_LOGON_H
#define OPENRRAS_DRIVERS_OPENVPN_LOGON_H

#include "drivers/common/driver.h"
#include "drivers/openvpn/mgmt.h"
#include "drivers/openvpn/status.h"

#define LOGON_ADDRESS_MAX 64u /* bytes of an address or a port of openvpn's, with a NUL */

enum logon_mode {
    LOGON_OFF, /* questions are not answered */
    LOGON_CERTIFICATE,
    LOGON_PASSWORD,
};

struct logon_ops {
    /* openvpn asks, whatever the mode: management-client-auth is set. */
    void (*asked)(void *ctx);
    /* The keep-out of a user (bytes as sessions have them), or NULL. */
    const struct driver_keep_out *(*kept_out)(void *ctx, const char *user);
    /* As driver_ask_admission(); then logon_answered() is to be called. */
    int (*ask)(void *ctx, const char *user, const char *address, uint64_t *ret_n);
    /* As mgmt_send(). */
    int (*command)(void *ctx, const struct mgmt_command *command);
    /* A user was turned away because of a keep-out. */
    void (*turned_away)(void *ctx, const struct driver_keep_out *k, const char *user, const char *address);
};

/* Whom a question is about. All zero at its beginning. */
struct logon_question {
    uint64_t cid, kid;
    bool open;        /* not ended yet */
    bool again;       /* REAUTH */
    bool spoilt;      /* a line that matters could not be read */
    bool certificate; /* openvpn has verified one */
    char user[STATUS_TEXT_MAX], common_name[STATUS_TEXT_MAX];
    char address[LOGON_ADDRESS_MAX], port[LOGON_ADDRESS_MAX];
};

/* Somebody about whom rrasd was asked. */
struct logon_waiting {
    uint64_t n; /* 0: nobody */
    struct logon_question question;
};

struct logon {
    enum logon_mode mode;
    bool refuse_unanswered; /* without an answer of rrasd's nobody is let in */
    const struct logon_ops *ops;
    void *ctx;
    struct logon_question question;
    struct logon_waiting waiting[DRIVER_ASKS_MAX];
};

/* A notification, without the '>'; of one that was too long its beginning. Those that are no part of a question are
 * left alone. */
void logon_notified(struct logon *l, struct slice line);
/* What has become of a question to rrasd. */
void logon_answered(struct logon *l, const struct driver_admission *a);
/* The connection or the run of openvpn has ended, and with it its questions: client ids may begin anew. */
void logon_forget(struct logon *l);
/* The user as sessions will show him. */
const char *logon_user(const struct logon_question *q);

#endif
