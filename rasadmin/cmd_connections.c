/* SPDX-License-Identifier: Apache-2.0 */
#include <openrras.h>

#include "rasadmin/client.h"
#include "rasadmin/commands.h"
#include "rasadmin/errors.h"
#include "rasadmin/json.h"
#include "rasadmin/server.h"
#include "rasadmin/show.h"
#include "rasadmin/term.h"

static const struct argp argp = {
    .doc = "List the connections: one line for each user who is in, however many ports carry it.",
};

static int print_json(const struct app *app, const struct listing *l)
{
    struct json_list list;
    json_list_begin(&list, json_document(app, "connections"), "connections");
    for (size_t i = 0; i < l->n_connections; i++)
        json_list_item(&list, json_connection(&l->connections[i]));
    return json_list_end(&list);
}

static void add_row(struct table *t, const struct connection *c, bool with_auth)
{
    char user[SHOW_USER_MAX], duration[SHOW_DURATION_MAX], handle[SHOW_HANDLE_MAX], in[SHOW_BYTES_MAX],
        out[SHOW_BYTES_MAX];
    table_cell(t, show_handle(handle, c->handle));
    table_cell_escaped(t, show_user(user, c));
    table_cell(t, show_client_address(c));
    table_cell(t, c->remote_endpoint);
    table_cell(t, show_duration(duration, c->seconds));
    table_cell(t, c->has_counters ? show_bytes(in, connection_bytes_in(c)) : "");
    table_cell(t, c->has_counters ? show_bytes(out, connection_bytes_out(c)) : "");
    table_cell(t, c->device_type);
    if (with_auth)
        table_cell(t, c->session ? c->session->pszAuth : "");
}

static int print_table(const struct app *app, const struct listing *l)
{
    static const struct table_column columns[] = {
        {"CONNECTION", 0, 0, true}, {"USER", 0, 6, false},    {"ADDRESS", 1, 0, false},
        {"FROM", 3, 9, false},      {"DURATION", 2, 0, true}, {"IN", 4, 0, true},
        {"OUT", 5, 0, true},        {"TYPE", 6, 0, false},    {"AUTH", 7, 4, false},
    };
    const bool with_auth = l->sessions; /* only our own interface tells it */
    struct table *t = table_new(columns, sizeof columns / sizeof columns[0] - !with_auth);
    if (!t)
        return app_no_memory();
    for (size_t i = 0; i < l->n_connections; i++)
        add_row(t, &l->connections[i], with_auth);
    int e = table_print(t, stdout, term_width(), term_color(app->color_when));
    table_free(t);
    return e < 0 ? app_no_memory() : EXIT_DONE;
}

static int run(struct app *app, const struct command *self, int argc, char **argv)
{
    struct listing l = {0};
    int code = command_parse(app, self, NULL, argc, argv);
    if (code)
        return code;
    struct server *s = app_server(app, &code);
    if (!s)
        return code;
    uint32_t win = client_listing_full(server_handle(s), &l);
    if (win)
        return error_report(app, win, "list the connections on");
    code = app->json ? print_json(app, &l) : print_table(app, &l);
    listing_free(&l);
    return code;
}

const struct command cmd_connections = {
    .name = "connections",
    .summary = "list the users who are connected",
    .argp = &argp,
    .run = run,
};
