/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of this library share. driver.c: the connection. driver_table.c: sessions. driver_encode.c: messages
 * to rrasd. driver_receive.c: messages from rrasd. driver_health.c: online or not, and why. driver_keep_out.c: users
 * who are to be turned away. driver_admission.c: asking whether a user may dial in. */
#ifndef OPENRRAS_DRIVERS_COMMON_DRIVER_PRIVATE_H
#define OPENRRAS_DRIVERS_COMMON_DRIVER_PRIVATE_H

#include "common/hash_table.h"
#include "common/line_stream.h"
#include "drivers/common/driver.h"

#define DRIVER_PENDING_SESSION  1u /* something about it has not been sent yet */
#define DRIVER_PENDING_COUNTERS 2u /* only counters */

/* A session in the table. `view` points into `block` and to `counters`. */
struct driver_entry {
    struct driver_session view;
    char *block; /* all texts, in the order of driver_texts[], each with its NUL */
    size_t block_len;
    struct driver_counters counters;
    bool counters_known;
    bool counters_moved;  /* since they were last sent */
    bool in_snapshot;     /* still to be sent before the snapshot ends */
    unsigned said;        /* bit i: driver_texts[i] was not empty once */
    bool quarantine_said; /* it was in quarantine once */
    unsigned pending;     /* DRIVER_PENDING_*; not 0: on the list of what waits */
    struct driver_entry *prev, *next;
    UT_hash_handle hh; /* by id, which is the beginning of block */
};

/* The texts of a session: where they are, what they are called, how long they may be. The first is the id. */
struct driver_text {
    const char *name;
    size_t offset; /* of the pointer in struct driver_session */
    size_t max;
};
#define DRIVER_TEXTS 11u
extern const struct driver_text driver_texts[DRIVER_TEXTS];
static inline const char *driver_text_get(const struct driver_session *s, const struct driver_text *t)
{
    return *(const char *const *)(const void *)((const char *)s + t->offset);
}

/* How much of s fits into max bytes; text that is UTF-8 is cut between characters. */
size_t driver_text_cut(const char *s, size_t max);

/* Words for people as they can travel: cut to the protocol's limit, and escaped if they have anything in them that
 * can't be shown. NULL is "". Returns dst. */
char *driver_words(char dst[static DRIVER_TEXT_MAX + 1], const char *s);

/* How the daemon is, as rrasd is told. */
enum driver_health_state {
    DRIVER_HEALTH_OK,
    DRIVER_HEALTH_DEGRADED,
    DRIVER_HEALTH_DOWN,
};
struct driver_health {
    enum driver_health_state state;
    char text[DRIVER_TEXT_MAX + 1]; /* escaped */
};

/* Somebody who is kept out, and all keep-outs that say so. */
struct driver_kept_user {
    UT_hash_handle hh; /* driver.kept_users, by name */
    struct driver_keep_out_entry *first;
    char name[];
};
struct driver_keep_out_entry {
    struct driver_keep_out view; /* user: of the kept user; reason: owned */
    struct driver_kept_user *user;
    struct driver_keep_out_entry *prev, *next;               /* of the same user */
    struct driver_keep_out_entry *answer_prev, *answer_next; /* driver.answers, while an answer waits */
    bool answers, taken;
    char *text;           /* of the answer that waits, owned, or NULL */
    uint64_t connection;  /* on which rrasd has named it last */
    uint64_t reported_ms; /* when somebody was turned away last, 0: never */
    UT_hash_handle hh;    /* driver.keep_outs, by view.n */
};

enum driver_link_state {
    DRIVER_LINK_DOWN,
    DRIVER_LINK_HELLO,   /* connected, hello sent */
    DRIVER_LINK_WELCOME, /* rrasd listens to us */
};

struct driver {
    uv_loop_t *loop;
    struct driver_config config; /* strings are copies, in `strings` */
    char *strings;
    const struct driver_ops *ops;
    void *ctx;

    bool wanted;  /* connected to rrasd, or trying */
    bool online;  /* the table is what the daemon says */
    bool closing; /* driver_close() was called */
    enum driver_link_state link;
    bool tell_lost;   /* ops.link(false) is due */
    unsigned handles; /* that libuv has not closed yet; at 0 after closing it is freed */
    uv_poll_t *poll;  /* NULL without a connection; one for each, freed by its own close callback */
    int events;       /* that it waits for */
    uv_timer_t retry, counters_timer, expiry;
    uint64_t retry_ms;
    uint64_t connection; /* number of the present connection */
    struct line_stream stream;
    char said[256]; /* the last failure that was logged, so that it is logged once */
    void (*closed)(void *ctx);
    void *closed_ctx;

    struct driver_entry *table;
    struct driver_entry *waiting; /* list of entries with something pending */
    size_t snapshot_left;         /* entries of the snapshot that are still to be sent */
    bool snapshot_open;           /* snapshot-end is still to be sent */

    struct driver_health health, told;  /* as it is, and as rrasd knows it since the hello */
    char why[DRIVER_TEXT_MAX + 1];      /* of driver_offline() */
    char degraded[DRIVER_TEXT_MAX + 1]; /* "": it is not */

    struct driver_keep_out_entry *keep_outs, *answers;
    struct driver_kept_user *kept_users;
    int64_t next_end; /* when the expiry timer is due, wall clock; INT64_MAX: never */

    bool answers_admission; /* rrasd has said so in welcome */
    struct driver_ask *asks;
    size_t ask_count;
    uint64_t last_ask;
    uv_timer_t ask_timer;
    char scratch[LINE_STREAM_SCRATCH];
};

/* driver.c: end the connection because of `why`, and try again later. */
void driver_link_lost(struct driver *d, const char *why);
/* driver.c: send what waits, lines and marked sessions, as far as there is room. */
void driver_pump(struct driver *d);
/* driver.c: queue a line and pump; -ENOBUFS has ended the connection. */
int driver_send_line(struct driver *d, const char *line, size_t n);

/* Does rrasd want to hear of sessions now? */
static inline bool driver_tells_sessions(const struct driver *d)
{
    return d->link == DRIVER_LINK_WELCOME && d->online;
}

/* driver.c: begin to connect to rrasd, if that has not begun. */
void driver_want(struct driver *d);
/* driver.c: rrasd has said welcome; `admission`: and that it may be asked. */
void driver_welcomed(struct driver *d, uint64_t counters_ms, bool admission);
/* driver.c: libuv has let go of one handle. */
void driver_handle_closed(struct driver *d);

/* driver_receive.c: one line from rrasd (a line_stream_each). Non-zero: the connection has been ended. */
int driver_receive(void *ctx, const char *line, size_t n);

/* driver_table.c */
void driver_table_free(struct driver *d);
void driver_table_begin_snapshot(struct driver *d); /* all of it waits to be sent */
void driver_table_forget_pending(struct driver *d); /* the connection is gone */
void driver_table_mark(struct driver *d, struct driver_entry *e, unsigned pending);
void driver_table_sent(struct driver *d, struct driver_entry *e); /* its newest state has gone out */

/* driver_health.c: tell rrasd, if it has said welcome and knows it otherwise. */
void driver_health_tell(struct driver *d);

/* driver_keep_out.c. What rrasd says: */
struct driver_keep_out_named {
    uint64_t n;
    const char *user; /* bytes */
    size_t user_len;
    int64_t until;
    const char *reason;
};
int driver_keep_out_set(struct driver *d, const struct driver_keep_out_named *k); /* -EPROTO: n is somebody else's */
void driver_keep_out_lift(struct driver *d, uint64_t n);
void driver_keep_outs_named(struct driver *d);          /* all of them: the others have been lifted meanwhile */
void driver_keep_outs_forget_answers(struct driver *d); /* the connection is gone */
void driver_keep_out_answered(struct driver *d, struct driver_keep_out_entry *k); /* sent */
void driver_keep_outs_free(struct driver *d);

/* driver_admission.c */
void driver_admission_said(struct driver *d, uint64_t n, bool permit, const char *text); /* rrasd's answer */
void driver_asks_lost(struct driver *d);                                                 /* the connection is gone */
void driver_asks_free(struct driver *d);

/* driver_encode.c: messages into `dst` of LINE_STREAM_LINE_MAX bytes; 0 and the length, or negative errno. */
int driver_encode_hello(const struct driver_config *c, const struct driver_health *health, char *dst, size_t *ret_len);
int driver_encode_health(const struct driver_health *health, char *dst, size_t *ret_len);
int driver_encode_keep_out_reply(uint64_t n, bool taken, const char *text, char *dst, size_t *ret_len);
int driver_encode_admission_ask(uint64_t n, const char *user, const char *client_address, char *dst, size_t *ret_len);
int driver_encode_kept_out(uint64_t n, const char *user, const char *client_address, char *dst, size_t *ret_len);
int driver_encode_entry(const struct driver_entry *e, char *dst, size_t *ret_len);
int driver_encode_gone(const struct driver_entry *e, const struct driver_gone *gone, char *dst, size_t *ret_len);
int driver_encode_reply(uint64_t order, enum driver_result result, const char *text, char *dst, size_t *ret_len);
int driver_encode_pong(int64_t n, char *dst, size_t *ret_len);

#endif
