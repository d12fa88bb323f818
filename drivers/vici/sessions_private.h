/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the sessions share. sessions.c: events and listings. session.c: one session and its CHILD_SAs. */
#ifndef OPENRRAS_DRIVERS_VICI_SESSIONS_PRIVATE_H
#define OPENRRAS_DRIVERS_VICI_SESSIONS_PRIVATE_H

#include "common/hash_table.h"
#include "drivers/vici/sessions.h"

struct child {
    uint64_t id;
    struct sa_counts counts;
    struct sa_counts before; /* of these, what was counted for another session, from which it has come */
    uint64_t seen;           /* number of the last listing that had it, or that was there when it came */
    struct entry *owner;
    struct child *prev, *next;
    UT_hash_handle hh;
};

struct entry {
    struct session s; /* first */
    char id[SESSIONS_ID_MAX];
    uint64_t who;                   /* a hash of user and connection; 0: not known */
    char user[DRIVER_USER_MAX + 5]; /* a character more than is told: the driver's library cuts between characters */
    char *twin; /* of IKEv1: "USER\nCONNECTION\nHOST"; NULL: there is another with the same, or it is none of IKEv1 */
    struct sa_counts ended; /* sum of the CHILD_SAs that have ended */
    struct child *children;
    size_t children_n;
    uint64_t seen;
    bool shown;       /* was put */
    bool over;        /* its IKE_SA has ended; last words may come until `over_by` */
    uint64_t over_by; /* ms */
    uint64_t heir;    /* unique id of an IKE_SA that may be about to take over; 0: none */
    uint64_t heir_by; /* ms; after that it is somebody else */
    uint64_t no_heir; /* that one has turned out to be somebody else */
    UT_hash_handle by_ike, by_id, by_twin;
};

struct sessions {
    const struct sessions_ops *ops;
    void *ctx;
    const char *patterns;
    struct entry *by_ike, *by_id, *by_twin;
    struct child *children;
    uint64_t listing; /* number of the last one that was begun */
    bool is_listing;
    size_t deadlines;               /* sessions that are over or have an heir */
    uint64_t next_ms;               /* the first of their deadlines, or earlier; UINT64_MAX: none */
    uint64_t left_out, leaving_out; /* IKE_SAs of the last listing, and of the one under way */
    struct sa_message message;      /* the one that is looked at: too large for the stack */
};

/* A text as a string, cut; a NUL in it is shown as an escape. */
void session_text(char *dst, size_t cap, struct bytes b);

/* NULL: no memory, or too many. The id is not in the table, and fits. */
struct entry *session_add(struct sessions *s, const char *id, uint64_t ike, int64_t start);
/* Out of all tables, and freed. */
void session_remove(struct sessions *s, struct entry *e);
struct entry *session_by_ike(const struct sessions *s, uint64_t ike);
/* From now on this IKE_SA is the present one. False without memory: it can only be removed then. */
bool session_set_ike(struct sessions *s, struct entry *e, uint64_t ike);
/* What IKEv1's sessions are compared by. */
void session_set_twin(struct sessions *s, struct entry *e, const char *twin);
struct entry *session_by_twin(const struct sessions *s, const char *twin);

/* A CHILD_SA is this session's, and has counted so far. */
void session_child(struct sessions *s, struct entry *e, uint64_t id, const struct sa_counts *counts);
struct entry *session_of_child(const struct sessions *s, uint64_t id);
/* A CHILD_SA has ended with these counts; NULL: with those that are known. */
void session_child_ended(struct sessions *s, struct entry *e, uint64_t id, const struct sa_counts *counts);
/* The listing under way does not tell them all: none of them has ended by not being shown in it. */
void session_children_stay(struct sessions *s, struct entry *e);
/* All those that listing number `listing` has not shown have ended. */
void session_children_unseen(struct sessions *s, struct entry *e, uint64_t listing);
struct driver_counters session_counters(const struct entry *e);

#endif
