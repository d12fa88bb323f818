/* SPDX-License-Identifier: Apache-2.0 */
/* Asking a source of users, on a worker's thread, and never believing it more than a stranger. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "common/text.h"
#include "common/user_name.h"
#include "rrasd/users_ldap.h"
#include "rrasd/users_private.h"
#include "rrasd/users_store.h"

static bool is_line(const char *s, size_t n)
{
    bool ok = text_is_utf8(s, n);
    for (size_t i = 0; i < n; i++)
        ok = ok && (unsigned char)s[i] >= 0x20 && s[i] != 0x7f;
    return ok;
}

bool user_name_ok(const char *name)
{
    size_t n = strnlen(name, USERS_NAME_MAX + 1u);
    return n > 0 && n <= USERS_NAME_MAX && is_line(name, n);
}

bool user_settings_ok(const struct user_settings *s)
{
    size_t n = strnlen(s->number, sizeof s->number);
    bool is_kind =
        s->callback == USER_CALLBACK_NONE || s->callback == USER_CALLBACK_ADMIN || s->callback == USER_CALLBACK_CALLER;
    return is_kind && n < sizeof s->number && is_line(s->number, n) &&
           text_utf16_units(s->number, n) <= USERS_NUMBER_UNITS;
}

int user_directory_new(const struct config_users *config, struct store *store, struct user_directory **ret,
                       char why[static USERS_WHY_MAX])
{
    struct user_directory *d = calloc(1, sizeof *d);
    int r = d ? 0 : -ENOMEM;
    if (r < 0) {
        snprintf(why, USERS_WHY_MAX, "no memory");
        return r;
    }
    switch ((enum config_users_source)config->source) {
    case CONFIG_USERS_STORE:
        d->source = &users_store_source;
        d->ctx = store;
        break;
    case CONFIG_USERS_LDAP:
        r = users_ldap_new(config, &d->source, &d->ctx, why);
        break;
    }
    if (r < 0) {
        free(d);
        return r;
    }
    *ret = d;
    return 0;
}

void user_directory_free(struct user_directory *d)
{
    if (d && d->source->free)
        d->source->free(d->ctx);
    free(d);
}

/* ---- questions ---- */

static int no_operation(const struct user_directory *d, const char *what, char why[static USERS_WHY_MAX])
{
    snprintf(why, USERS_WHY_MAX, "the users of source \"%s\" can't be %s here", d->source->name, what);
    return -ENOTSUP;
}

static int get(const struct users_ask *ask, const char *user, struct user_answer *ret, char why[static USERS_WHY_MAX])
{
    struct user_settings s = {0};
    const struct user_directory *d = ask->directory;
    int r = d->source->get(d->ctx, user, &s, why);
    if (r == 0 && !user_settings_ok(&s)) {
        snprintf(why, USERS_WHY_MAX, "what the source \"%s\" has of this user can't be", d->source->name);
        r = -EBADMSG;
    }
    if (r < 0)
        return r;
    ret->settings = s;
    ret->known = true;
    return 0;
}

static int set(struct users_ask *ask)
{
    const struct user_directory *d = ask->directory;
    if (!d->source->set)
        return no_operation(d, "changed", ask->why);
    return d->source->set(d->ctx, ask->user, &ask->settings, ask->create, ask->why);
}

static int remove_user(struct users_ask *ask)
{
    const struct user_directory *d = ask->directory;
    if (!d->source->remove)
        return no_operation(d, "removed", ask->why);
    return d->source->remove(d->ctx, ask->user, ask->why);
}

struct collecting {
    struct user_answer *to;
    size_t max;
    unsigned odd;
};

static int add(struct user_answer *to, const char *name, const struct user_settings *s)
{
    if (to->n_entries == to->cap) {
        size_t cap = to->cap ? 2u * to->cap : 64u;
        struct user_entry *grown = realloc(to->entries, cap * sizeof *grown);
        if (!grown)
            return -ENOMEM;
        to->entries = grown;
        to->cap = cap;
    }
    char *copy = strdup(name);
    if (!copy)
        return -ENOMEM;
    to->entries[to->n_entries++] = (struct user_entry){.name = copy, .settings = *s};
    return 0;
}

static int collect(void *ctx, const char *name, const struct user_settings *s)
{
    struct collecting *c = ctx;
    if (!user_name_ok(name) || !user_settings_ok(s)) {
        c->odd++;
        return 0;
    }
    c->to->more = c->to->n_entries == c->max;
    return c->to->more ? 1 : add(c->to, name, s);
}

static int list(struct users_ask *ask, struct user_answer *ret)
{
    const struct user_directory *d = ask->directory;
    struct collecting c = {.to = ret, .max = ask->max};
    if (!d->source->each)
        return no_operation(d, "listed", ask->why);
    int r = d->source->each(d->ctx, ask->user, collect, &c, ask->why);
    if (c.odd > 0)
        log_warning("users: %u of source \"%s\" can't be and are left out", c.odd, d->source->name);
    if (r == -ENOMEM)
        snprintf(ask->why, sizeof ask->why, "no memory");
    return r < 0 ? r : 0;
}

/* As he is called, then without his domain. A name that no source can have is nobody's. */
static int admit(struct users_ask *ask, struct user_answer *ret)
{
    const char *alone = user_alone(ask->user);
    int r = user_name_ok(ask->user) ? get(ask, ask->user, ret, ask->why) : -ENOENT;
    if (r == -ENOENT && alone != ask->user && user_name_ok(alone))
        r = get(ask, alone, ret, ask->why);
    return r == -ENOENT ? 0 : r;
}

void user_directory_ask(struct users_ask *ask, struct user_answer *ret)
{
    *ret = (struct user_answer){0};
    switch ((enum user_ask_kind)ask->kind) {
    case USER_ASK_GET:
        ret->result = get(ask, ask->user, ret, ask->why);
        break;
    case USER_ASK_SET:
        ret->result = set(ask);
        break;
    case USER_ASK_REMOVE:
        ret->result = remove_user(ask);
        break;
    case USER_ASK_LIST:
        ret->result = list(ask, ret);
        break;
    case USER_ASK_ADMIT:
        ret->result = admit(ask, ret);
        break;
    }
}

void user_answer_clear(struct user_answer *a)
{
    for (size_t i = 0; i < a->n_entries; i++)
        free(a->entries[i].name);
    free(a->entries);
    *a = (struct user_answer){0};
}
