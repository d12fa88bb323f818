/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From selectors as people type them to those of the server. One of the server's has one value of each kind; so of
 * several values each combination becomes one. A session can match one of them only, but for a port that is named
 * twice: the second finds nobody any more.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/user_name.h"
#include "rasadmin/disconnect.h"

#define COMBINATIONS_MAX 256u /* beyond that the handles of the matches say it shorter */

/* Is everybody whom this name matches here somebody whom the server, which sees one name, takes to be meant too? */
static bool user_is_exact(const char *text, const struct order *orders, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        const OPENRRAS_SESSION *s = orders[i].port->session;
        if (!s || user_is_meant(s->pszUser, text))
            continue;
        if (orders[i].port->conn && user_matches(orders[i].port->conn, text))
            return false;
    }
    return true;
}

/* Does this address match from outside the tunnel only? The server looks inside. */
static bool address_is_inner(const struct select_address *a, const struct order *orders, size_t n)
{
    if (a->port)
        return false;
    for (size_t i = 0; i < n; i++) {
        const struct port *p = orders[i].port;
        if (p->conn && !port_address_matches(a, p) && address_matches(a, p->conn->remote_endpoint))
            return false;
    }
    return true;
}

static bool server_has_words(const struct selection *s, const struct order *orders, size_t n)
{
    for (size_t i = 0; i < s->n; i++) {
        const struct select_item *item = &s->items[i];
        if (item->kind == SELECT_PORT)
            return false; /* a name, which the server can't select by */
        if (item->kind == SELECT_USER && !user_is_exact(item->text, orders, n))
            return false;
        if (item->kind == SELECT_ADDRESS && !address_is_inner(&item->address, orders, n))
            return false;
    }
    return true;
}

/* As the server reads it: without brackets. NULL without memory. */
static const char *address_text(const struct select_address *a, struct arena *texts)
{
    char text[INET6_ADDRSTRLEN + 8];
    if (!inet_ntop(a->family, a->bytes, text, INET6_ADDRSTRLEN))
        return NULL;
    if (address_is_prefix(a)) {
        size_t at = strlen(text);
        text[at++] = '/';
        if (a->bits >= 100)
            text[at++] = (char)('0' + a->bits / 100);
        if (a->bits >= 10)
            text[at++] = (char)('0' + a->bits / 10 % 10);
        text[at++] = (char)('0' + a->bits % 10);
        text[at] = '\0';
    }
    return arena_copy(texts, text);
}

static int put_item(OPENRRAS_SELECTOR *s, const struct select_item *item, struct arena *texts)
{
    switch (item->kind) {
    case SELECT_CONNECTION:
        s->dwConnection = item->handle;
        return 0;
    case SELECT_USER:
        s->pszUser = item->text;
        return 0;
    case SELECT_ADDRESS:
        s->pszAddress = address_text(&item->address, texts);
        return s->pszAddress ? 0 : -ENOMEM;
    case SELECT_DRIVER:
        s->pszDriver = item->text;
        return 0;
    case SELECT_TYPE:
        s->pszDeviceType = item->text;
        return 0;
    case SELECT_PORT:
    case SELECT_KINDS:
        break;
    }
    return -EINVAL;
}

static size_t count_kind(const struct selection *s, enum select_kind kind)
{
    size_t n = 0;
    for (size_t i = 0; i < s->n; i++)
        n += s->items[i].kind == kind;
    return n;
}

/* The k-th value of a kind. */
static const struct select_item *value_of(const struct selection *s, enum select_kind kind, size_t k)
{
    for (size_t i = 0; i < s->n; i++) {
        if (s->items[i].kind == kind && k-- == 0)
            return &s->items[i];
    }
    return NULL;
}

static size_t count_combinations(const struct selection *s)
{
    size_t n = 1;
    for (int kind = 0; kind < SELECT_KINDS && n <= COMBINATIONS_MAX; kind++) {
        size_t values = count_kind(s, (enum select_kind)kind);
        n *= values ? values : 1;
    }
    return n;
}

static int combine(const struct selection *s, struct arena *texts, OPENRRAS_SELECTOR *out, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        size_t rest = i;
        out[i].fAll = s->all && s->n == 0;
        for (int kind = 0; kind < SELECT_KINDS; kind++) {
            size_t values = count_kind(s, (enum select_kind)kind);
            if (values == 0)
                continue;
            const struct select_item *value = value_of(s, (enum select_kind)kind, rest % values);
            int e = value ? put_item(&out[i], value, texts) : -EINVAL;
            if (e < 0)
                return e;
            rest /= values;
        }
    }
    return 0;
}

int disconnect_plan(const struct disconnect_options *o, const struct order *orders, size_t n, struct arena *texts,
                    OPENRRAS_SELECTOR **ret, size_t *ret_n)
{
    const struct selection *s = &o->selection;
    size_t combinations = count_combinations(s);
    /* One session that was listed, and nobody was asked about more: that one, exactly. But who is to be kept out as
     * well is meant by name, also when he has just come back. */
    bool exact = (n == 1 && !(o->keep_out_seconds && count_kind(s, SELECT_USER))) || combinations > COMBINATIONS_MAX ||
                 !server_has_words(s, orders, n);
    size_t count = exact ? n : combinations;
    OPENRRAS_SELECTOR *out = calloc(count ? count : 1, sizeof *out);
    if (!out)
        return -ENOMEM;
    for (size_t i = 0; exact && i < n; i++)
        out[i].dwPort = orders[i].port->handle;
    int e = exact ? 0 : combine(s, texts, out, count);
    if (e < 0) {
        free(out);
        return e;
    }
    *ret = out;
    *ret_n = count;
    return 0;
}
