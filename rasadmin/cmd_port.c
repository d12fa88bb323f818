/* SPDX-License-Identifier: Apache-2.0 */
#include <openrras.h>

#include "rasadmin/commands.h"
#include "rasadmin/errors.h"
#include "rasadmin/json.h"
#include "rasadmin/one.h"
#include "rasadmin/server.h"
#include "rasadmin/show.h"

static const struct argp argp = {
    .parser = one_argument_parse,
    .args_doc = "NAME|HANDLE",
    .doc = "Show all about one port, with its counters.\v"
           "Where the server has no interface of its own the counters have 32 bits: they begin again at 4 GiB.",
};

static int print_json(const struct app *app, const struct port *p, const struct port_details *d)
{
    json_t *doc = json_document(app, "port");
    json_t *port = json_port(p);
    json_t *more =
        json_pack("{s:s, s:b, s:o, s:o}", "hardware", d->hardware_failure ? "failure" : "operational",
                  "last_order_failed", d->hardware_failure, "line_speed_bps",
                  d->line_speed ? json_integer(d->line_speed) : json_null(), "counters", json_counters(&d->counters));
    if (!doc || !port || !more || json_object_update(port, more) < 0 || json_object_set(doc, "port", port) < 0) {
        json_decref(doc);
        doc = NULL;
    }
    json_decref(port);
    json_decref(more);
    return json_print(doc);
}

static void print_text(const struct port *p, const struct port_details *d)
{
    char user[SHOW_USER_MAX], duration[SHOW_DURATION_MAX], handle[SHOW_HANDLE_MAX];
    show_field(stdout, "Port", p->name);
    show_field(stdout, "State", port_state(p));
    show_field(stdout, "Last failure",
               d->hardware_failure
                   ? "the session on it could not be disconnected, or its device failed; see rrasd's log"
                   : "none");
    show_field_escaped(stdout, "User", show_user(user, p->conn));
    show_field(stdout, "Client address", show_client_address(p->conn));
    show_field(stdout, "Client IPv6", p->conn ? p->conn->client6 : "");
    show_field(stdout, "Connected from", p->conn ? p->conn->remote_endpoint : "");
    show_field(stdout, "Duration", port_is_busy(p) ? show_duration(duration, p->seconds) : "");
    show_field(stdout, "Type", port_type(p));
    show_field(stdout, "Device", p->device_name);
    show_field(stdout, "Media", p->media);
    show_field(stdout, "Connection", show_handle(handle, p->connection));
    show_field(stdout, "Handle", show_handle(handle, p->handle));
    show_field_number(stdout, "Sessions so far", p->calls);
    if (d->line_speed)
        show_field_number(stdout, "Line speed (bit/s)", d->line_speed);
    const OPENRRAS_SESSION *own = p->session;
    const struct traffic traffic = {.bytes_out = own ? own->ullBytesOut : 0,
                                    .bytes_in = own ? own->ullBytesIn : 0,
                                    .frames_out = own ? own->ullFramesOut : 0,
                                    .frames_in = own ? own->ullFramesIn : 0};
    show_session(stdout, own);
    show_counters(stdout, &d->counters, own ? &traffic : NULL);
}

static int run(struct app *app, const struct command *self, int argc, char **argv)
{
    struct one_argument one = {.what = "port"};
    struct listing l = {0};
    struct port_details d;
    const struct port *p;
    int code = command_parse(app, self, &one, argc, argv);
    if (code)
        return code;
    code = one_port(app, one.text, &l, &p);
    if (code)
        return code;
    uint32_t win = client_port_details(server_handle(app->server), p->handle, &d);
    if (win)
        code = error_report(app, win, "read the port on");
    else if (app->json)
        code = print_json(app, p, &d);
    else
        print_text(p, &d);
    listing_free(&l);
    return code;
}

const struct command cmd_port = {
    .name = "port",
    .summary = "show all about one port",
    .argp = &argp,
    .run = run,
};
