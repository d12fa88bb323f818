/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connection to openvpn's management socket: made, watched, lost, and made again with growing pauses.
 *
 * openvpn serves one management client. While another program is that one, a connection is taken by the kernel but
 * stays silent; it is kept, because openvpn will greet it as soon as the other has gone. The log says so once.
 *
 * A command that is not answered in time means that openvpn hangs: the connection is given up. Lives in one libuv loop.
 */
#ifndef OPENRRAS_DRIVERS_OPENVPN_LINK_H
#define OPENRRAS_DRIVERS_OPENVPN_LINK_H

#include <uv.h>

#include "drivers/openvpn/mgmt.h"

#define LINK_RETRY_FIRST_MS 100u
#define LINK_RETRY_MAX_MS   5000u
#define LINK_GREETING_MS    3000u /* silent for so long: somebody else is served, or openvpn hangs */
#define LINK_READ_MAX       65536u
#define LINK_PORTIONS       64u /* of LINK_READ_MAX, in one turn of the loop */

struct link;

struct link_config {
    const char *path;
    const char *password; /* or NULL */
    uint32_t command_ms;  /* openvpn must answer a command within */
};

struct link_ops {
    void (*up)(void *ctx);                                    /* greeted: commands can be sent */
    void (*down)(void *ctx);                                  /* after up; commands under way have been ended before */
    void (*trouble)(void *ctx, const char *why);              /* no way to openvpn: why, in words, and what to do */
    void (*notified)(void *ctx, struct slice line, bool cut); /* as in mgmt_ops */
    void (*settled)(void *ctx); /* everything that openvpn has sent until now has been read */
};

/* Strings of `config` and `ops` must outlive it. -EINVAL: the path is too long; -ENOMEM. It begins to connect at once.
 */
int link_new(uv_loop_t *loop, const struct link_config *config, const struct link_ops *ops, void *ctx,
             struct link **ret);
/* Close; `closed` comes from the loop, then it is freed. `down` is not called any more. */
void link_close(struct link *l, void (*closed)(void *ctx), void *ctx);

bool link_is_up(const struct link *l);
/* It has turned out to be of use: a loss from now on is news, and the first try after it comes soon. */
void link_is_good(struct link *l);
/* As mgmt_send(), and on its way at once. A socket that fails is dealt with by the loop. */
int link_command(struct link *l, const struct mgmt_command *command);
/* The owner has found that openvpn can't be worked with: `why` goes to the log, and a new connection is made later.
 * Ends in the loop's next turn, so it may be called from any callback. */
void link_give_up(struct link *l, const char *why);

#endif
