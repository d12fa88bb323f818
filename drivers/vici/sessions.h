/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The sessions of one run of charon, without I/O and without a clock of its own: fed with events and rows of
 * `list-sas`, it says which sessions there are.
 *
 * A session is what its user would call a connection; an IKE_SA is a set of keys. An IKE_SA that is rekeyed is replaced
 * by one with another unique id, and the session goes on:
 *
 *   - charon says so (ike-rekey);
 *   - or an IKE_SA is seen to have a CHILD_SA that was a session's: CHILD_SAs keep their unique ids when they move.
 * That is how IKEv1 rekeys, with no event for it: the peer authenticates anew, and charon gives its CHILD_SAs to the
 * new IKE_SA a moment later. So an IKEv1 peer who seems to be there already (same user, connection and address) is held
 *     back until the CHILD_SAs have moved, the old IKE_SA has gone, or SESSIONS_TWIN_MS have passed: then it is a
 * second session of this user.
 *
 * A session is known by the unique id and the SPIs of its first IKE_SA. Unique ids rise as long as charon runs, and
 * begin at 1 again with the next one; SPIs are 64 random bits from each side, so no other session ever has these. When
 * an IKE_SA turns up that has a known unique id and other SPIs, it is somebody else's.
 *
 * Counters are the sum over all CHILD_SAs that the session has ever had, and never go back: the last counts of those
 * that have ended are kept.
 *
 * Of all IKE_SAs only those of remote access are sessions: with patterns given, those whose connection's name matches
 * one; else those whose peer was given a virtual address, or has to show who he is by EAP or XAuth.
 */
#ifndef OPENRRAS_DRIVERS_VICI_SESSIONS_H
#define OPENRRAS_DRIVERS_VICI_SESSIONS_H

#include "drivers/common/driver.h"
#include "drivers/vici/sa.h"

/* Sessions; IKE_SAs above are not shown, and counted. */
#define SESSIONS_MAX 100000u
/* CHILD_SAs of one session at a time; what others have moved is not counted. */
#define SESSIONS_CHILDREN_MAX 256u
/* After an IKE_SA's end charon tells the last counts of its CHILD_SAs at once; who waits longer waits in vain. */
#define SESSIONS_LAST_WORDS_MS 500u
/* How long an IKEv1 peer who seems to be there already is held back, and how soon charon is asked about it. */
#define SESSIONS_TWIN_MS      3000u
#define SESSIONS_TWIN_LOOK_MS 200u
/* "INITIATOR_RESPONDER", with a NUL. */
#define SESSIONS_SPIS_MAX (2 * SA_SPI_MAX + 2)
/* "UNIQUEID:INITIATOR_RESPONDER", with a NUL. */
#define SESSIONS_ID_MAX (21 + SESSIONS_SPIS_MAX)

struct sessions;

/* What others may know of a session. Good until it is gone. */
struct session {
    const char *id; /* unique id and SPIs of its first IKE_SA */
    int64_t start;
    uint64_t ike; /* unique id of the present one */
    unsigned version;
    bool certain;  /* the present one was seen to be established, and to have these SPIs, since it is the present one */
    bool farewell; /* its end was agreed on with the peer: a DELETE was exchanged, and not waited for in vain */
    char spis[SESSIONS_SPIS_MAX]; /* of the present one: "INITIATOR_RESPONDER"; "": not known yet */
};

struct sessions_ops {
    uint64_t (*now_ms)(void *ctx);               /* monotonic */
    int64_t (*ago)(void *ctx, uint64_t seconds); /* when that was, since 1970; the same each time for one event */
    /* How the peers of a connection show who they are, or NULL. */
    const char *(*auth)(void *ctx, struct bytes connection);
    /* As driver_session_put(). */
    int (*put)(void *ctx, const struct driver_session *s);
    /* `final`: these counters are charon's last word. */
    void (*gone)(void *ctx, const struct session *s, const char *reason, const struct driver_counters *counters,
                 bool final);
    /* Another IKE_SA is the present one now. */
    void (*moved)(void *ctx, const struct session *s);
    /* A listing is wanted within so many ms. */
    void (*look)(void *ctx, uint32_t ms);
    /* What sessions_each() tells has changed. */
    void (*changed)(void *ctx);
};

/* `patterns`: names of connections with * and ?, separated by commas or blanks; "": by what is known of the peer. Not
 * copied, nor is `ops`. NULL without memory. */
struct sessions *sessions_new(const char *patterns, const struct sessions_ops *ops, void *ctx);
/* NULL is allowed. */
void sessions_free(struct sessions *s);

/* A run begins: all that was known is forgotten, without a word. */
void sessions_begin(struct sessions *s);

/* An event. 0, -EPROTO: it can't be understood; nothing has changed then. */
int sessions_event(struct sessions *s, struct bytes name, struct bytes message);

/* A complete listing: begin, rows, end. Events may come in between, if they come over the same connection: then what
 * is not in it has ended. */
void sessions_list_begin(struct sessions *s);
int sessions_row(struct sessions *s, struct bytes message);
void sessions_list_end(struct sessions *s);
/* It has not come to its end. */
void sessions_list_abandon(struct sessions *s);

/* By id, or NULL. */
const struct session *sessions_find(const struct sessions *s, const char *id);
size_t sessions_count(const struct sessions *s);
/* IKE_SAs of the last complete listing that are not shown for want of room. */
uint64_t sessions_left_out(const struct sessions *s);

/* Deadlines: call at sessions_next_ms() (UINT64_MAX: none) or later. */
void sessions_tick(struct sessions *s);
uint64_t sessions_next_ms(const struct sessions *s);

/* ---- remembering, for the driver's next start ---- */

struct sessions_child {
    uint64_t id;
    struct sa_counts counts, before; /* `before`: of these, what was counted for another session */
};

struct sessions_memory {
    const char *id, *spis;
    uint64_t ike;
    uint64_t who; /* a hash of user and connection: nobody else may go on with it */
    int64_t start;
    struct sa_counts ended; /* sum of the CHILD_SAs that have ended */
    const struct sessions_child *children;
    size_t children_n;
};

/* Calls `each` for every session, until it returns non-zero, which is returned. -ENOMEM. */
int sessions_each(const struct sessions *s, int (*each)(void *ctx, const struct sessions_memory *m), void *ctx);
/* After sessions_begin(), before the first listing: this session was there. The listing says whether it still is. 0,
 * -EINVAL (twice, no good id, a start below 0), -ENOBUFS, -ENOMEM. */
int sessions_restore(struct sessions *s, const struct sessions_memory *m);

#endif
