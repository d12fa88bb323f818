/* SPDX-License-Identifier: Apache-2.0 */
#include "rasadmin/client.h"
#include "rasadmin/commands.h"
#include "rasadmin/errors.h"
#include "rasadmin/json.h"
#include "rasadmin/server.h"
#include "rasadmin/show.h"

static const struct argp argp = {
    .doc = "Show whether the server runs, for how long, and how many of its ports are in use.",
};

static int print_json(const struct app *app, const struct server_status *s)
{
    json_t *doc = json_document(app, "status");
    json_t *connections = s->has_connections ? json_integer(s->connections) : json_null();
    json_t *more = json_pack("{s:b, s:b, s:I, s:I, s:I, s:o}", "running", 1, "lan_only", s->lan_only, "uptime_seconds",
                             (json_int_t)s->up_seconds, "total_ports", (json_int_t)s->ports, "ports_in_use",
                             (json_int_t)s->ports_in_use, "connections", connections);
    if (!doc || !more || json_object_update(doc, more) < 0) {
        json_decref(doc);
        doc = NULL;
    }
    json_decref(more);
    return json_print(doc);
}

static void print_text(const struct app *app, const struct server_status *s)
{
    char duration[SHOW_DURATION_MAX];
    show_field_escaped(stdout, "Server", app_server_title(app));
    show_field(stdout, "State", s->lan_only ? "running, LAN routing only: no ports" : "running");
    show_field(stdout, "Up for", show_duration(duration, s->up_seconds));
    show_field_number(stdout, "Ports", s->ports);
    show_field_number(stdout, "Ports in use", s->ports_in_use);
    if (s->has_connections)
        show_field_number(stdout, "Connections", s->connections);
}

static int run(struct app *app, const struct command *self, int argc, char **argv)
{
    struct server_status status;
    int code = command_parse(app, self, NULL, argc, argv);
    if (code)
        return code;
    struct server *s = app_server(app, &code);
    if (!s)
        return code;
    uint32_t win = client_status(server_handle(s), &status);
    if (win)
        return error_report(app, win, "get the status on");
    if (app->json)
        return print_json(app, &status);
    print_text(app, &status);
    return EXIT_DONE;
}

const struct command cmd_status = {
    .name = "status",
    .summary = "is the server running, and how busy is it",
    .argp = &argp,
    .run = run,
};
