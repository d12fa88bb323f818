/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Users: who may dial in, and whether and where he is called back, from where the site keeps it. That is a *source*:
 * rrasd's store, or a directory on the network. Sources block, so other threads ask them, one call at a time: libuv's
 * workers where something is set, readers (readers.h) else. What is asked waits in a bounded queue, and all that is
 * below is called on the loop's thread unless it says otherwise.
 *
 * Names are compared as the source compares them; the store byte by byte.
 */
#ifndef OPENRRAS_RRASD_USERS_H
#define OPENRRAS_RRASD_USERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "router/router.h"
#include "rrasd/config.h"

struct readers;
struct store;

#define USERS_NAME_MAX     ROUTER_USER_MAX           /* bytes of a name */
#define USERS_NUMBER_UNITS 128u                      /* UTF-16 units of a telephone number: MAX_PHONE_NUMBER_LEN */
#define USERS_NUMBER_MAX   (3u * USERS_NUMBER_UNITS) /* bytes: no unit takes more than three */
#define USERS_WHY_MAX      256u
#define USERS_LIST_MAX     1024u /* of a page */

/* Asked and not answered: what callers ask (1723 beyond), and what log-ons do. */
#define USERS_CALLS_MAX  256u
#define USERS_ADMITS_MAX 4096u

/* RASPRIV_NoCallback, _AdminSetCallback, _CallerSetCallback: exactly one of these. */
enum user_callback {
    USER_CALLBACK_NONE = 0x01,
    USER_CALLBACK_ADMIN = 0x02,  /* always, and to `number` */
    USER_CALLBACK_CALLER = 0x04, /* where the caller says, or to `number` */
};

struct user_settings {
    bool permitted; /* RASPRIV_DialinPrivilege */
    bool by_policy; /* RASPRIV2_DialinPolicy: [users] policy decides, and `permitted` counts for nothing */
    uint8_t callback;
    char number[USERS_NUMBER_MAX + 1]; /* UTF-8; "": none */
};

/* Can there be such settings, or such a name? What comes from a caller and what a source gives must pass. */
bool user_settings_ok(const struct user_settings *s);
bool user_name_ok(const char *name);

/* ---- sources ---- */

/*
 * All may block; only workers call them, one at a time for each ctx. 0 or negative errno, and then a sentence in `why`:
 * what failed, on what, what to do. Outputs are untouched on failure.
 *
 *     -ENOENT                  no such user
 *     -EACCES                  we are not allowed to
 *     -EROFS, -ENOTSUP         can't be written; there is no such operation (also when the function is NULL)
 *     -EINVAL                  this source can't keep such a name or such settings
 *     -EEXIST, -EBADMSG        several may be meant; what it has of him can't be
 *     -EPROTO                  it has said what makes no sense here
 *     -EHOSTDOWN, -ETIMEDOUT   can't be reached; not in time. These two are the ones that are worth a later attempt
 */
struct user_source {
    const char *name; /* "store", "ldap" */
    int (*get)(void *ctx, const char *user, struct user_settings *ret, char why[static USERS_WHY_MAX]);
    /* `create`: also one that is not there yet; else that is -ENOENT. */
    int (*set)(void *ctx, const char *user, const struct user_settings *s, bool create, char why[static USERS_WHY_MAX]);
    int (*remove)(void *ctx, const char *user, char why[static USERS_WHY_MAX]);
    /* Calls `put` for those whose names come after `after` ("" is before all) byte by byte, in that order, until it
     * returns non-zero, which is then the result; or there are no more: 0. */
    int (*each)(void *ctx, const char *after, int (*put)(void *to, const char *name, const struct user_settings *s),
                void *to, char why[static USERS_WHY_MAX]);
    void (*free)(void *ctx); /* a worker, or the main thread at start or stop */
};

/* A source that is in use. */
struct user_directory;

/*
 * As the configuration says. May read files, but asks nobody on the network; for workers, and before the loop runs.
 * 0 or negative errno with a sentence. `store` must outlive it; NULL: only to see whether it would work.
 */
int user_directory_new(const struct config_users *config, struct store *store, struct user_directory **ret,
                       char why[static USERS_WHY_MAX]);
void user_directory_free(struct user_directory *d); /* of one that was not given to users_new() or users_use() */

/* ---- the queue ---- */

struct users;

/* `config` is the present one; the pointer stays the same over a reload. The directory is its own from then on, also on
 * failure, which is NULL: no memory. */
struct users *users_new(uv_loop_t *loop, struct readers *readers, const struct config *config,
                        struct user_directory *d);
/* After a reload: what is asked from now on is asked there; what waits is answered by the one before. */
void users_use(struct users *u, struct user_directory *d);
/* What the present source is called. */
const char *users_source_name(const struct users *u);
/* What comes of such settings now: may he dial in? */
bool users_would_admit(const struct users *u, const struct user_settings *s);
/* rrasd stops: what waits is answered with -ECANCELED now, what is with a worker when it comes back, and nothing is
 * asked any more. Before the loop has run out. */
void users_close(struct users *u);
void users_free(struct users *u); /* once it has */

enum users_verdict {
    USERS_REFUSED,
    USERS_PERMITTED,
};

struct user_entry {
    char *name; /* owned */
    struct user_settings settings;
};

/*
 * A question, and its answer. The asker fills in `done` and what the function needs, and leaves it as it is until
 * done(), which is called once, and never from inside the function. `result` is 0, or negative errno of the source,
 * -ENOMEM, or -ECANCELED; then `why` has a sentence ("" is possible for these two). The question is the asker's again.
 */
struct users_ask {
    void (*done)(struct users_ask *ask, int result);
    char user[USERS_NAME_MAX + 1];
    struct user_settings settings; /* users_get, users_admit: the answer. users_set: to be set */
    bool create;                   /* users_set */
    /* users_list: at most this many after `user`. The entries are users.c's, and good until done() returns. */
    size_t max;
    const struct user_entry *entries;
    size_t n_entries;
    bool more; /* there are others after them */
    /* users_admit */
    enum users_verdict verdict;
    bool known;              /* `settings` are of this user; else there is none, and the policy has decided */
    char why[USERS_WHY_MAX]; /* users_admit: also why he is refused, "" when permitted */
    /* for users.c */
    struct users_ask *next;
    struct user_directory *directory;
    int kind;
};

/* 0: done() will be called. -EINVAL: a name or settings that can't be; -EBUSY: too many wait; -ECANCELED:
 * users_close(). Then it is not called. */
int users_get(struct users *u, struct users_ask *ask);
int users_set(struct users *u, struct users_ask *ask);
int users_remove(struct users *u, struct users_ask *ask);
int users_list(struct users *u, struct users_ask *ask);
/*
 * May this user dial in? One whose name has a domain (common/user_name.h) is looked for as CORP\bob first, then as bob.
 * The policy decides about who is unknown, and those for whom it is to. A result other than 0 is no verdict: the source
 * has not answered, and `unavailable` in [users] says what log-ons are told.
 */
int users_admit(struct users *u, struct users_ask *ask);

#endif
