/* SPDX-License-Identifier: Apache-2.0 */
#include "rasadmin/one.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "rasadmin/errors.h"
#include "rasadmin/select.h"
#include "rasadmin/server.h"

#define TEXT_MAX 512u

error_t one_argument_parse(int key, char *arg, struct argp_state *state)
{
    struct one_argument *one = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        if (one->text)
            argp_error(state, "one %s is enough", one->what);
        one->text = arg;
        return 0;
    case ARGP_KEY_END:
        if (!one->text || !*one->text)
            argp_error(state, "which %s?", one->what);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int read_listing(struct app *app, struct listing *l)
{
    int code;
    struct server *s = app_server(app, &code);
    if (!s)
        return code;
    uint32_t win = client_listing_full(server_handle(s), l);
    return win ? error_report(app, win, "list the ports on") : EXIT_DONE;
}

/* The port that an older handle is of now. */
static const struct port *by_old_handle(struct app *app, uint32_t handle, const struct listing *l)
{
    struct arena arena = {0};
    struct port now;
    const struct port *p = NULL;
    if (client_port(server_handle(app->server), handle, &arena, &now) == NO_ERROR)
        p = listing_port(l, now.handle);
    arena_free(&arena);
    if (p)
        app_note(app, "handle %u is of an earlier session on this port, which has the handle %u now", handle,
                 p->handle);
    return p;
}

int one_port(struct app *app, const char *text, struct listing *l, const struct port **ret)
{
    uint32_t handle = 0;
    char shown[TEXT_MAX];
    int code = read_listing(app, l);
    if (code)
        return code;
    const struct port *p = listing_port_named(l, text);
    if (!p && parse_handle(text, &handle)) {
        p = listing_port(l, handle);
        p = p ? p : by_old_handle(app, handle, l);
    }
    if (!p) {
        app_error("no port is called %s on %s; list them with 'rasadmin ports'",
                  text_escape_z(shown, sizeof shown, text), app_server_title(app));
        listing_free(l);
        return EXIT_NOT_FOUND;
    }
    *ret = p;
    return EXIT_DONE;
}

/* All connections of a user; how many. *ret: the first. */
static size_t find_user(const struct listing *l, const char *text, const struct connection **ret)
{
    size_t n = 0;
    for (size_t i = 0; i < l->n_connections; i++) {
        if (user_matches(&l->connections[i], text) && n++ == 0)
            *ret = &l->connections[i];
    }
    return n;
}

/* "12, 15 and others" */
static void several(const struct listing *l, const char *text, const char *shown)
{
    char handles[120] = "";
    size_t at = 0;
    for (size_t i = 0; i < l->n_connections && at + 16 < sizeof handles; i++) {
        if (user_matches(&l->connections[i], text))
            at += (size_t)snprintf(handles + at, sizeof handles - at, "%s%u", at ? ", " : "", l->connections[i].handle);
    }
    app_error("user %s has several connections (%s%s); say which by its handle", shown, handles,
              at + 16 < sizeof handles ? "" : ", ...");
}

int one_connection(struct app *app, const char *text, struct listing *l, const struct connection **ret)
{
    uint32_t handle;
    char shown[TEXT_MAX];
    const struct connection *c = NULL;
    int code = read_listing(app, l);
    if (code)
        return code;
    text_escape_z(shown, sizeof shown, text);
    if (parse_handle(text, &handle))
        c = listing_connection(l, handle);
    size_t n = c ? 1 : find_user(l, text, &c);
    if (n == 1) {
        *ret = c;
        return EXIT_DONE;
    }
    if (n == 0)
        app_error("there is no connection %s on %s; list them with 'rasadmin connections'", shown,
                  app_server_title(app));
    else
        several(l, text, shown);
    listing_free(l);
    return n == 0 ? EXIT_NOT_FOUND : EXIT_USAGE;
}
