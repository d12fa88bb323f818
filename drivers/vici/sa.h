/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What charon says of IKE_SAs and CHILD_SAs: rows of `list-sas`, and the events ike-updown, ike-rekey, ike-update,
 * child-updown and child-rekey. All have the same shape, which one parser reads:
 *
 *     [up = yes] [remote-host = ...]          of the event
 *     CONNECTION { an IKE_SA }                or, ike-rekey: CONNECTION { old { an IKE_SA } new { an IKE_SA } }
 *
 * and an IKE_SA has `child-sas { LABEL { a CHILD_SA } ... }` (child-rekey: LABEL { old { .. } new { .. } }).
 *
 * Texts are those of the message, any bytes, and good as long as it is. Members that are not known are passed over.
 */
#ifndef OPENRRAS_DRIVERS_VICI_SA_H
#define OPENRRAS_DRIVERS_VICI_SA_H

#include "drivers/vici/wire.h"

/* Of one IKE_SA in one message. Others are left out and counted. charon keeps a rekeyed one for seconds only; who has
 * more is a site, not a user. */
#define SA_CHILDREN_MAX 64u
/* "fedcba9876543210" */
#define SA_SPI_MAX 16u

struct sa_counts {
    uint64_t bytes_in, bytes_out, packets_in, packets_out;
};

struct sa_child {
    uint64_t id; /* unique as long as charon runs; kept when an IKE_SA takes it over from another */
    struct sa_counts counts;
    bool old; /* child-rekey: the one that is replaced */
};

enum sa_state {
    SA_OTHER,      /* one that we don't know, or none was told */
    SA_CONNECTING, /* not authenticated yet */
    SA_ESTABLISHED,
    SA_REKEYING, /* is there as before, and a new one is on its way */
    SA_REKEYED,  /* another one has taken over */
    SA_DELETING,
};

struct sa {
    uint64_t id; /* `uniqueid`: rising, as long as charon runs; 0: there was none */
    enum sa_state state;
    unsigned version;  /* of IKE: 1 or 2; 0: not told */
    bool is_initiator; /* charon has opened it, not the peer */
    bool has_delete;   /* a DELETE is being exchanged with the peer (tasks-active, tasks-passive) */
    bool has_established;
    uint64_t established; /* seconds ago */
    struct bytes local_host, local_port, remote_host, remote_port;
    struct bytes remote_id, eap_id, xauth_id; /* p NULL: not told */
    struct bytes initiator_spi, responder_spi;
    struct bytes vip4, vip6; /* first ones that the peer was given */
    size_t children_n, children_left_out;
    struct sa_child children[SA_CHILDREN_MAX];
};

struct sa_message {
    bool up;                               /* `up = yes` */
    struct bytes remote_host, remote_port; /* ike-update: where the peer is from now on; p NULL: not told */
    struct bytes local_host, local_port;
    struct bytes connection; /* name of the configuration; "(unnamed)" before one was chosen */
    struct sa sa;            /* ike-rekey: the new one */
    uint64_t old_id;         /* ike-rekey: the one that is replaced; else 0 */
};

/* 0, or -EPROTO: not well formed, no IKE_SA in it, or a number that is none. *ret is large: not for a small stack. */
int sa_parse(struct bytes message, struct sa_message *ret);

/* Who that is: the EAP identity, else that of XAuth, else that of IKE. */
struct bytes sa_user(const struct sa *sa);

#endif
