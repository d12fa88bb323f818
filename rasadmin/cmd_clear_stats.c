/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "common/text.h"
#include "rasadmin/commands.h"
#include "rasadmin/errors.h"
#include "rasadmin/json.h"
#include "rasadmin/one.h"
#include "rasadmin/server.h"

enum {
    KEY_PORT = 0x200,
    KEY_CONNECTION,
};

struct options {
    const char *port, *connection;
};

static const struct argp_option option_table[] = {
    {"port", KEY_PORT, "NAME|HANDLE", 0, "The counters of this port, and of the connection on it", 1},
    {"connection", KEY_CONNECTION, "HANDLE|USER", 0, "The counters of this connection", 1},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case KEY_PORT:
        o->port = arg;
        return 0;
    case KEY_CONNECTION:
        o->connection = arg;
        return 0;
    case ARGP_KEY_END:
        if (!o->port == !o->connection)
            argp_error(state, "--port or --connection is needed, one of them");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = option_table,
    .parser = parse,
    .doc = "Let counters start from zero again, for everybody who looks. The daemon's own counters are not touched.",
};

static int done(struct app *app, const char *kind, const char *name, uint32_t handle)
{
    char shown[128];
    if (app->json) {
        json_t *doc = json_document(app, "clear-stats");
        if (doc && (json_object_set_new(doc, kind, json_string(name)) < 0 ||
                    json_object_set_new(doc, "handle", json_handle(handle)) < 0)) {
            json_decref(doc);
            doc = NULL;
        }
        return json_print(doc);
    }
    app_note(app, "the counters of %s %s start from zero", kind, text_escape_z(shown, sizeof shown, name));
    return EXIT_DONE;
}

static int clear_port(struct app *app, const char *text)
{
    struct listing l = {0};
    const struct port *p;
    int code = one_port(app, text, &l, &p);
    if (code)
        return code;
    uint32_t win = client_port_clear(server_handle(app->server), p->handle);
    code = win ? error_report(app, win, "clear the counters of the port on") : done(app, "port", p->name, p->handle);
    listing_free(&l);
    return code;
}

static int clear_connection(struct app *app, const char *text)
{
    struct listing l = {0};
    const struct connection *c;
    char name[16];
    int code = one_connection(app, text, &l, &c);
    if (code)
        return code;
    snprintf(name, sizeof name, "%u", c->handle);
    uint32_t win = client_connection_clear(server_handle(app->server), c->handle);
    code = win ? error_report(app, win, "clear the counters of the connection on")
               : done(app, "connection", name, c->handle);
    listing_free(&l);
    return code;
}

static int run(struct app *app, const struct command *self, int argc, char **argv)
{
    struct options o = {0};
    int code = command_parse(app, self, &o, argc, argv);
    if (code)
        return code;
    return o.port ? clear_port(app, o.port) : clear_connection(app, o.connection);
}

const struct command cmd_clear_stats = {
    .name = "clear-stats",
    .summary = "let the counters of a port or connection start from zero",
    .argp = &argp,
    .run = run,
};
