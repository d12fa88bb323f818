/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Turning users away. ocserv has no list of users who may not come, but it runs its connect-script for everybody who
 * comes, and who is refused there does not get in. rras-ocserv-connect is such a script; it asks here.
 *
 * Whether ocserv runs it nobody tells us, so we go by what happens: once it has asked, keep-outs are taken; when
 * somebody gets in for whom nothing has asked, they are not any more.
 *
 * Who is not kept out is asked for at rrasd in turn, if that answers such questions: whether he may dial in. The script
 * waits, and with it its user only.
 */
#ifndef OPENRRAS_DRIVERS_OCSERV_KEEPOUT_H
#define OPENRRAS_DRIVERS_OCSERV_KEEPOUT_H

#include <sys/types.h>
#include <uv.h>

#include "drivers/common/driver.h"

/*
 * One packet (SOCK_SEQPACKET) each way. The question: process id of the worker in digits, NUL, outer address, NUL, user
 * name. The answer: 'y' or 'n', and the words for the user.
 */
#define KEEPOUT_PACKET_MAX  1024u
#define KEEPOUT_CLIENTS_MAX DRIVER_ASKS_MAX /* at once; more are closed, and let in */
#define KEEPOUT_ASKED_MAX   256u            /* workers that were asked for and are not in yet */

struct keepout;

/* Listens on `path`, for root only. `refuse_unanswered`: who is asked for at rrasd without an answer is turned away.
 * Negative errno. */
int keepout_new(uv_loop_t *loop, const char *path, bool refuse_unanswered, struct driver *driver, struct keepout **ret);
/* `closed` comes from the loop; then it is freed. */
void keepout_close(struct keepout *k, void (*closed)(void *ctx), void *ctx);

/* As driver_ops. */
void keepout_begin(struct keepout *k, const struct driver_keep_out *one);
void keepout_end(struct keepout *k, const struct driver_keep_out *one);
void keepout_admission(struct keepout *k, const struct driver_admission *a);

/* Will this user be turned away, though he is still there? */
bool keepout_refuses(const struct keepout *k, const char *user);
/* A user has got in, through this worker. */
void keepout_came_in(struct keepout *k, pid_t worker);
/* Another ocserv is there now, perhaps with another configuration. */
void keepout_new_daemon(struct keepout *k);

/* A question taken apart; no I/O. The texts are in `packet`, which gets NULs. False: it is no question. */
struct keepout_question {
    pid_t worker;
    const char *address, *user;
};
bool keepout_parse(char *packet, size_t n, size_t cap, struct keepout_question *ret);

#endif
