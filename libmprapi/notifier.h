/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An event as OpenRrasNotifyCreate() makes it: registrations (watch.h), and whether it is signalled. Its descriptor is
 * an epoll set of their sockets, a timer and a bell, which rings while the event is signalled or closed. Nothing
 * happens unless somebody calls notifier_turn(). Any thread may call any of these.
 */
#ifndef OPENRRAS_LIBMPRAPI_NOTIFIER_H
#define OPENRRAS_LIBMPRAPI_NOTIFIER_H

#include "libmprapi/watch.h"

struct notifier;

/* With one reference for the caller. 0 or negative errno: memory, descriptors. */
int notifier_new(struct notifier **ret);
struct notifier *notifier_ref(struct notifier *n);
void notifier_unref(struct notifier *n);
/* Ends its registrations and wakes those who wait. Those hold references, and it is gone with the last. */
void notifier_close(struct notifier *n);

int notifier_fd(const struct notifier *n);
/* False in a child of the process that made it: both would turn the same wheels. */
bool notifier_is_ours(const struct notifier *n);
bool notifier_is_closed(struct notifier *n);

bool notifier_has(struct notifier *n, const struct pool *p);
/*
 * Register with a server, over an association of pool_take_watch(), which is the event's on success. When it is
 * registered there already, that is a success too, and the association is ended. ERROR_INVALID_PARAMETER: the event was
 * closed meanwhile; RPC_S_INVALID_BINDING: the server's handle was; ERROR_NOT_ENOUGH_MEMORY.
 */
uint32_t notifier_add(struct notifier *n, struct pool *p, struct association *a, const struct watch_point *from,
                      uint64_t now);
/* False: it was not registered. */
bool notifier_remove(struct notifier *n, const struct pool *p);

/*
 * Handle what has come and what is due: a bounded amount. The descriptor may not show yet that the event was signalled:
 * mostly who turned takes the signal, and then a bell for everybody would be two system calls for nothing. So whoever
 * turns says notifier_leave() before he goes.
 */
void notifier_turn(struct notifier *n, uint64_t now);
/* Was it signalled? Then it is not any more. */
bool notifier_take(struct notifier *n);
void notifier_leave(struct notifier *n);

#endif
