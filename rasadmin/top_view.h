/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The screen of rasadmin top. Only top_screen.c (the terminal) and top_view.c (what is drawn on it) know ncurses.
 */
#ifndef OPENRRAS_RASADMIN_TOP_VIEW_H
#define OPENRRAS_RASADMIN_TOP_VIEW_H

#include <openrras.h>
#include <stdbool.h>
#include <stdint.h>

#include "rasadmin/top.h"

/* What is shown above the sessions. */
struct top_head {
    const char *title;                   /* of the server, escaped */
    const OPENRRAS_SERVER *server;       /* or NULL: not known yet */
    const OPENRRAS_DRIVER_LIST *drivers; /* or NULL */
    const char *trouble;                 /* escaped: the server is away, ...; "": none */
    int64_t now;                         /* seconds since 1970 */
};

/* Why the terminal can't be used, in words; NULL: it can. Changes nothing. */
const char *view_trouble(void);
/* Take the screen over. From now on it is given back at exit(), and when a signal ends the process by a fault. False:
 * it can't be. */
bool view_open(bool color);
void view_close(void);
void view_colors(void); /* for view_open() */
/* The terminal has another size now. */
void view_resized(void);
/* Others have written on it: send everything again. */
void view_redraw(void);
/* All of it; only what differs is sent to the terminal. */
void view_draw(struct top *t, const struct top_head *head, uint64_t now_ms);
/* The next key that has been typed, if there is one. */
bool view_key(uint32_t *ret);

#endif
