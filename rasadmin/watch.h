/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What has happened between two listings.
 */
#ifndef OPENRRAS_RASADMIN_WATCH_H
#define OPENRRAS_RASADMIN_WATCH_H

#include "rasadmin/model.h"

enum watch_event {
    WATCH_PRESENT, /* was there at the first look */
    WATCH_UP,
    WATCH_CHANGED, /* state, name or address */
    WATCH_GONE,
};

typedef void watch_print(void *ctx, enum watch_event event, const struct port *p);

/*
 * Call `print` for each session that came, changed or left: first those that left, then the others in port order.
 * `first`: there is nothing before. A session is a port's handle together with its connection: on a server whose port
 * handles stay the same (Windows), the connection tells one user from the next. 0 or -ENOMEM.
 */
int watch_compare(const struct listing *before, const struct listing *now, bool first, watch_print *print, void *ctx);

const char *watch_event_word(enum watch_event event);

#endif
