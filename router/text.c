/* SPDX-License-Identifier: Apache-2.0 */
#include "router/router_private.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The longest of all fits in 16-bit offsets. */
_Static_assert(1u + (ROUTER_ID_MAX + 1u) + (ROUTER_USER_MAX + 1u) + (TEXT_COUNT - 2u) * (ROUTER_TEXT_MAX + 1u) <
                   UINT16_MAX,
               "texts.at is too narrow");

static const size_t text_max[TEXT_COUNT] = {
    [TEXT_ID] = ROUTER_ID_MAX,
    [TEXT_USER] = ROUTER_USER_MAX,
    [TEXT_CALLER] = ROUTER_TEXT_MAX,
    [TEXT_CLIENT_ADDRESS] = ROUTER_TEXT_MAX,
    [TEXT_SERVER_ADDRESS] = ROUTER_TEXT_MAX,
    [TEXT_TUNNEL_ADDRESS4] = ROUTER_TEXT_MAX,
    [TEXT_TUNNEL_ADDRESS6] = ROUTER_TEXT_MAX,
    [TEXT_TUNNEL_SERVER4] = ROUTER_TEXT_MAX,
    [TEXT_INTERFACE] = ROUTER_TEXT_MAX,
    [TEXT_BUNDLE] = ROUTER_TEXT_MAX,
    [TEXT_AUTH] = ROUTER_TEXT_MAX,
};

bool text_fits(const char *s, size_t max)
{
    return !s || strlen(s) <= max;
}

int texts_check(const char *const from[static TEXT_COUNT])
{
    if (!from[TEXT_ID] || !from[TEXT_ID][0])
        return -EINVAL;
    for (unsigned i = 0; i < TEXT_COUNT; i++)
        if (!text_fits(from[i], text_max[i]))
            return -EINVAL;
    return 0;
}

struct texts *texts_new(const char *const from[static TEXT_COUNT])
{
    size_t size = 1;
    for (unsigned i = 0; i < TEXT_COUNT; i++)
        size += from[i][0] ? strlen(from[i]) + 1u : 0u;

    struct texts *t = malloc(sizeof *t + size);
    if (!t)
        return NULL;
    t->refs = 1;
    t->data[0] = '\0';
    size_t at = 1;
    for (unsigned i = 0; i < TEXT_COUNT; i++) {
        size_t n = strlen(from[i]);
        t->at[i] = n ? (uint16_t)at : 0u;
        if (!n)
            continue;
        memcpy(t->data + at, from[i], n + 1u);
        at += n + 1u;
    }
    return t;
}

struct texts *texts_ref(struct texts *t)
{
    t->refs++;
    return t;
}

void texts_unref(struct texts *t)
{
    if (t && --t->refs == 0)
        free(t);
}

void texts_merge(const char *to[static TEXT_COUNT], const struct router_session *s, const struct texts *old)
{
    const char *said[TEXT_COUNT] = {
        [TEXT_ID] = s->id,
        [TEXT_USER] = s->user,
        [TEXT_CALLER] = s->caller,
        [TEXT_CLIENT_ADDRESS] = s->client_address,
        [TEXT_SERVER_ADDRESS] = s->server_address,
        [TEXT_TUNNEL_ADDRESS4] = s->tunnel_address4,
        [TEXT_TUNNEL_ADDRESS6] = s->tunnel_address6,
        [TEXT_TUNNEL_SERVER4] = s->tunnel_server4,
        [TEXT_INTERFACE] = s->interface,
        [TEXT_BUNDLE] = s->bundle,
        [TEXT_AUTH] = s->auth,
    };
    for (unsigned i = 0; i < TEXT_COUNT; i++) {
        to[i] = said[i];
        if (!to[i])
            to[i] = old ? text_get(old, (enum text_id)i) : "";
    }
}

bool texts_equal(const struct texts *t, const char *const from[static TEXT_COUNT])
{
    for (unsigned i = 0; i < TEXT_COUNT; i++)
        if (strcmp(text_get(t, (enum text_id)i), from[i]) != 0)
            return false;
    return true;
}
