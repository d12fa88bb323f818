/* SPDX-License-Identifier: Apache-2.0 */
#include <openrras.h>

#include "common/text.h"
#include "rasadmin/commands.h"
#include "rasadmin/json.h"
#include "rasadmin/one.h"
#include "rasadmin/show.h"

static const struct argp argp = {
    .parser = one_argument_parse,
    .args_doc = "HANDLE|USER",
    .doc = "Show all about one connection, and the ports that carry it.",
};

static int print_json(const struct app *app, const struct listing *l, const struct connection *c)
{
    json_t *doc = json_document(app, "connection");
    json_t *connection = json_connection(c), *ports = json_array();
    bool ok = doc && connection && ports;
    for (size_t i = 0; ok && i < l->n_ports; i++) {
        if (l->ports[i].conn == c)
            ok = json_array_append_new(ports, json_port(&l->ports[i])) == 0;
    }
    ok = ok && json_object_set(connection, "ports", ports) == 0 && json_object_set(doc, "connection", connection) == 0;
    json_decref(connection);
    json_decref(ports);
    if (!ok) {
        json_decref(doc);
        doc = NULL;
    }
    return json_print(doc);
}

static void print_text(const struct listing *l, const struct connection *c)
{
    char user[SHOW_USER_MAX], duration[SHOW_DURATION_MAX], handle[SHOW_HANDLE_MAX], started[TEXT_TIME_MAX];
    show_field(stdout, "Connection", show_handle(handle, c->handle));
    show_field_escaped(stdout, "User", show_user(user, c));
    show_field(stdout, "Client address", show_client_address(c));
    show_field(stdout, "Client IPv6", c->client6);
    show_field(stdout, "Server address", c->server4);
    show_field(stdout, "Connected from", c->remote_endpoint);
    show_field(stdout, "Connected to", c->local_endpoint);
    show_field(stdout, "Remote computer", c->remote_computer);
    show_field(stdout, "Interface", c->interface);
    show_field(stdout, "Type", c->device_type);
    show_field(stdout, "Started", c->start ? text_time(started, c->start) : "");
    show_field(stdout, "Duration", show_duration(duration, c->seconds));
    show_field(stdout, "Identity", c->guid);
    if (c->session)
        show_field(stdout, "Authenticated by", c->session->pszAuth);
    const struct traffic traffic = {.bytes_out = connection_bytes_out(c),
                                    .bytes_in = connection_bytes_in(c),
                                    .frames_out = c->counters.frames_out,
                                    .frames_in = c->counters.frames_in};
    if (c->has_counters)
        show_counters(stdout, &c->counters, &traffic);
    for (size_t i = 0; i < l->n_ports; i++) {
        if (l->ports[i].conn == c)
            show_field(stdout, "Port", l->ports[i].name);
    }
}

static int run(struct app *app, const struct command *self, int argc, char **argv)
{
    struct one_argument one = {.what = "connection"};
    struct listing l = {0};
    const struct connection *c;
    int code = command_parse(app, self, &one, argc, argv);
    if (code)
        return code;
    code = one_connection(app, one.text, &l, &c);
    if (code)
        return code;
    if (app->json)
        code = print_json(app, &l, c);
    else
        print_text(&l, c);
    listing_free(&l);
    return code;
}

const struct command cmd_connection = {
    .name = "connection",
    .summary = "show all about one connection",
    .argp = &argp,
    .run = run,
};
