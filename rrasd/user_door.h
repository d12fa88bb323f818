/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Between those who know who may dial in (users.h) and those who have to do with it: drivers that ask at log-on are
 * answered, and where the site wants that ([users] end_sessions) users with live sessions are looked up when they
 * arrive, when what is kept of them has changed, and again from time to time (recheck); the sessions of whoever is
 * refused are ended by the router.
 *
 * What is looked up is a user, and what is ended are the sessions that are his when the answer is there. A source that
 * does not answer ends nothing. A bounded number of names is remembered and a few are asked for at once, so that
 * log-ons come through; when there are more, everybody who is there is looked up in turn, and nobody is left out.
 *
 * One thread, the loop's.
 */
#ifndef OPENRRAS_RRASD_USER_DOOR_H
#define OPENRRAS_RRASD_USER_DOOR_H

#include <stdbool.h>
#include <uv.h>

#include "router/router.h"
#include "rrasd/config.h"
#include "rrasd/driver_hub.h"
#include "rrasd/users.h"

#define USER_DOOR_NAMES_MAX 4096u /* that wait to be looked up */
#define USER_DOOR_ASKS_MAX  2u    /* that are being looked up: so many are in front of a log-on that comes now */

struct user_door;

struct user_door_env {
    uv_loop_t *loop;
    const struct config *config; /* the present one; the pointer stays the same over a reload */
    struct router *router;
    struct users *users;
    struct router_time (*now)(void *ctx);
    void *ctx;
};

/* NULL without memory. */
struct user_door *user_door_new(const struct user_door_env *env);
/* rrasd stops, before users_close(): nothing is looked up any more. Free it once the loop has run out. */
void user_door_close(struct user_door *d);
void user_door_free(struct user_door *d);

/* router_ops.arrived. */
void user_door_arrived(struct user_door *d, const char *user);
/* What is kept of users who are meant by this name (with a domain or without, in whatever case) has changed, or has
 * gone. */
void user_door_changed(struct user_door *d, const char *name);
/* The configuration has changed, after users_use(): all are looked up. */
void user_door_reload(struct user_door *d);

/* For the hub, with the door as its ctx. */
extern const struct driver_hub_admission user_door_admission;

#endif
