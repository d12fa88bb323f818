/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/users_store.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "rrasd/store.h"

/* Passes r on, with its sentence. */
static int tell(int r, char why[static USERS_WHY_MAX])
{
    if (r == -ENOENT)
        snprintf(why, USERS_WHY_MAX, "there is no such user in rrasd's store");
    else if (r == -ENOSPC)
        snprintf(why, USERS_WHY_MAX, "rrasd's store is full: its disk, or it has %d users", STORE_USERS_MAX);
    else if (r < 0)
        snprintf(why, USERS_WHY_MAX, "rrasd's store can't be used: %s", strerror(-r));
    return r;
}

static int get(void *ctx, const char *user, struct user_settings *ret, char why[static USERS_WHY_MAX])
{
    return tell(store_get_user(ctx, user, ret), why);
}

static int set(void *ctx, const char *user, const struct user_settings *s, bool create, char why[static USERS_WHY_MAX])
{
    return tell(store_set_user(ctx, user, s, create), why);
}

static int remove_user(void *ctx, const char *user, char why[static USERS_WHY_MAX])
{
    return tell(store_remove_user(ctx, user), why);
}

static int each(void *ctx, const char *after, int (*put)(void *to, const char *name, const struct user_settings *s),
                void *to, char why[static USERS_WHY_MAX])
{
    return tell(store_read_users(ctx, after, put, to), why);
}

const struct user_source users_store_source = {
    .name = "store",
    .get = get,
    .set = set,
    .remove = remove_user,
    .each = each,
};
