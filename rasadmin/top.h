/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rasadmin top, without the terminal: what is known of the sessions, in which order and from where on they are shown,
 * which one is selected, and what each key does. The screen (top_view.h) only draws this, the feed (top_feed.h) only
 * fills it.
 *
 * Times come in as arguments: milliseconds of a clock that only rises. All texts come from outside: not escaped.
 */
#ifndef OPENRRAS_RASADMIN_TOP_H
#define OPENRRAS_RASADMIN_TOP_H

#include <openrras.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rasadmin/model.h"

/* A counter's speed. Drivers tell counters at their own pace: between two changes the last speed holds, and when a
 * change is long overdue it is 0. Of the first change nobody knows how long it took. */
struct top_rate {
    uint64_t changed_ms, gap_ms; /* the last change; the time before it since the one before. 0: none yet */
    double per_second;           /* 0 until known */
};

struct top_session {
    uint32_t port, connection; /* handles */
    int64_t start;
    uint32_t condition, seconds; /* at the listing */
    uint64_t listed_ms;
    uint64_t bytes_in, bytes_out;
    struct top_rate in, out;
    bool ordered; /* to disconnect; it stands */
    bool failed;  /* the last order did */
    const char *name, *type, *user, *client, *tunnel, *driver;
};

enum top_column {
    TOP_PORT,
    TOP_TYPE,
    TOP_USER,
    TOP_CLIENT, /* outer address */
    TOP_TUNNEL, /* address inside the tunnel */
    TOP_TIME,
    TOP_IN,
    TOP_OUT,
    TOP_RATE_IN,
    TOP_RATE_OUT,
    TOP_COLUMNS,
};

/* What the keys go to. */
enum top_mode {
    TOP_LIST,
    TOP_FILTER,   /* a line is typed: narrowing at each key */
    TOP_CONFIRM,  /* disconnect this one? */
    TOP_KEEP_OUT, /* a line is typed: for how long */
    TOP_HELP,
};

/* Keys: a character, or one of these. */
enum top_key {
    TOP_KEY_UP = 0x110000, /* above all characters */
    TOP_KEY_DOWN,
    TOP_KEY_PAGE_UP,
    TOP_KEY_PAGE_DOWN,
    TOP_KEY_HOME,
    TOP_KEY_END,
    TOP_KEY_LEFT,
    TOP_KEY_RIGHT,
    TOP_KEY_BACKSPACE,
    TOP_KEY_DELETE,
    TOP_KEY_ENTER,
    TOP_KEY_ESCAPE,
};

enum top_action {
    TOP_NOTHING,
    TOP_QUIT,
    TOP_DISCONNECT, /* top.target, with top.keep_out_seconds */
    TOP_REFRESH,    /* look now */
};

#define TOP_INPUT_MAX 128u

/* Which session; the texts are for the screen. */
struct top_target {
    uint32_t port;                                                        /* exact handle */
    char user[TOP_INPUT_MAX], name[TOP_INPUT_MAX], tunnel[TOP_INPUT_MAX]; /* cut, not escaped */
};

struct top {
    struct arena texts;
    struct top_session *sessions;
    size_t n, cap;
    size_t *rows; /* those that are shown, in their order */
    size_t n_rows;
    double rate_in, rate_out; /* of all */

    enum top_column sort;
    bool reverse;
    char filter[TOP_INPUT_MAX]; /* UTF-8; "": none */

    size_t cursor, first, page; /* rows: selected, first on the screen, how many fit there */
    uint32_t selected;          /* handle of the port; 0: none */

    enum top_mode mode;
    char input[TOP_INPUT_MAX]; /* a line that is typed */
    struct top_target target;
    uint32_t keep_out_seconds;
    char message[256]; /* for the bottom line, escaped; "": none */
};

void top_init(struct top *t);
void top_free(struct top *t);

/* A new listing: what is not in it is gone. 0 or -ENOMEM; then all is as it was. */
int top_take(struct top *t, const OPENRRAS_SESSION_LIST *list, uint64_t now_ms);
/* Somebody came or left; other events change nothing. 0 or -ENOMEM. top_arrange() shows it. */
int top_event(struct top *t, const OPENRRAS_EVENT *e, uint64_t now_ms);
/* Filter, sort, and keep the selected session selected; if it is gone, the one that is in its place. */
void top_arrange(struct top *t);
/* So many rows fit. */
void top_resize(struct top *t, size_t page);
/* The session of a row, or NULL. */
const struct top_session *top_row(const struct top *t, size_t row);

enum top_action top_press(struct top *t, uint32_t key);

/* Of a counter, once it has been looked at. */
void top_rate_note(struct top_rate *r, uint64_t before, uint64_t now, uint64_t now_ms);

/*
 * Which columns fit into `width` cells, and how wide each is; 0: not shown. They are one cell apart, and all together
 * never wider than `width`.
 */
void top_layout(size_t width, size_t ret[static TOP_COLUMNS]);
const char *top_column_title(enum top_column c);
bool top_column_is_number(enum top_column c);
/* A cell, escaped. */
#define TOP_CELL_MAX 1200u
char *top_cell(char dst[static TOP_CELL_MAX], const struct top_session *s, enum top_column c, uint64_t now_ms);

#endif
