/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/rasadmin/fake_users.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static json_t *own;

static json_t *member(const char *key)
{
    return json_object_get(own, key);
}

static json_t *find_user(const char *name, size_t *at)
{
    size_t i;
    json_t *o;
    json_array_foreach(member("users"), i, o)
    {
        if (strcmp(text(o, "user"), name) != 0)
            continue;
        *at = i;
        return o;
    }
    return NULL;
}

static OPENRRAS_USER user_of(const json_t *o)
{
    bool by_policy = number(o, "by_policy") != 0;
    return (OPENRRAS_USER){.pszUser = text(o, "user"),
                           .fPermitted = number(o, "permitted") != 0,
                           .fByPolicy = by_policy,
                           .dwCallback = (DWORD)number(o, "callback"),
                           .pszNumber = text(o, "number"),
                           .fAdmitted = by_policy || number(o, "permitted")};
}

static void user_get(void *ctx, void *caller, const char *name, struct rrasx_pending *p)
{
    size_t at;
    const json_t *o = find_user(name, &at);
    OPENRRAS_USER u = user_of(o);
    uint32_t code = member("users_code") ? (uint32_t)number(own, "users_code") : o ? 0 : 1317;
    (void)ctx;
    (void)caller;
    rrasx_finish_user(p, code, code ? NULL : &u);
}

static void user_enum(void *ctx, void *caller, const char *after, struct rrasx_pending *p)
{
    OPENRRAS_USER all[16];
    size_t n;
    json_t *o;
    (void)ctx;
    (void)caller;
    (void)after;
    json_array_foreach(member("users"), n, o) all[n] = user_of(o);
    rrasx_finish_users(p, (uint32_t)number(own, "users_code"), all, member("users_code") ? 0 : n, false);
}

static void user_set(void *ctx, void *caller, const struct rrasx_user_set_request *r, struct rrasx_pending *p)
{
    size_t at;
    json_t *o = find_user(r->user, &at);
    (void)ctx;
    (void)caller;
    printf("user %s permitted %d policy %d callback %u \"%s\"%s\n", r->user, r->permitted, r->by_policy, r->callback,
           r->number, r->flags ? " create" : "");
    if (!o && r->flags) {
        o = json_object();
        json_array_append_new(member("users"), o);
    }
    if (o)
        json_object_update_new(o,
                               json_pack("{s:s, s:i, s:i, s:i, s:s}", "user", r->user, "permitted", r->permitted,
                                         "by_policy", r->by_policy, "callback", (int)r->callback, "number", r->number));
    rrasx_finish_code(p, o ? 0 : 1317);
}

static void user_remove(void *ctx, void *caller, const char *name, struct rrasx_pending *p)
{
    size_t at;
    const json_t *o = find_user(name, &at);
    (void)ctx;
    (void)caller;
    printf("user %s forgotten\n", name);
    if (o)
        json_array_remove(member("users"), at);
    rrasx_finish_code(p, o ? 0 : 1317);
}

void fake_users_begin(json_t *of, struct rrasx_backend *backend)
{
    own = of;
    backend->user_get = user_get;
    backend->user_set = user_set;
    backend->user_remove = user_remove;
    backend->user_enum = user_enum;
}
