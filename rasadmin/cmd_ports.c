/* SPDX-License-Identifier: Apache-2.0 */
#include "rasadmin/client.h"
#include "rasadmin/commands.h"
#include "rasadmin/errors.h"
#include "rasadmin/json.h"
#include "rasadmin/server.h"
#include "rasadmin/show.h"
#include "rasadmin/term.h"

enum {
    KEY_BUSY = 0x200,
};

struct options {
    bool busy;
};

static const struct argp_option option_table[] = {
    {"busy", KEY_BUSY, NULL, 0, "Only ports that somebody is on", 1},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    (void)arg;
    if (key != KEY_BUSY)
        return ARGP_ERR_UNKNOWN;
    o->busy = true;
    return 0;
}

static const struct argp argp = {
    .options = option_table,
    .parser = parse,
    .doc =
        "List the ports, idle ones too, and who is on them.\v"
        "A narrow terminal gets fewer columns; output that does not go to a terminal, and --json, is always complete.",
};

static bool is_wanted(const struct options *o, const struct port *p)
{
    return !o->busy || port_is_busy(p);
}

static int print_json(const struct app *app, const struct options *o, const struct listing *l)
{
    struct json_list list;
    json_list_begin(&list, json_document(app, "ports"), "ports");
    for (size_t i = 0; i < l->n_ports; i++) {
        if (is_wanted(o, &l->ports[i]))
            json_list_item(&list, json_port(&l->ports[i]));
    }
    return json_list_end(&list);
}

static void add_row(struct table *t, const struct port *p)
{
    char user[SHOW_USER_MAX], duration[SHOW_DURATION_MAX], handle[SHOW_HANDLE_MAX], connection[SHOW_HANDLE_MAX];
    table_cell(t, p->name);
    table_cell_styled(t, port_state(p), show_port_style(p));
    table_cell_escaped(t, show_user(user, p->conn));
    table_cell(t, show_client_address(p->conn));
    table_cell(t, port_is_busy(p) ? show_duration(duration, p->seconds) : "");
    table_cell(t, port_type(p));
    table_cell(t, p->conn ? p->conn->remote_endpoint : "");
    table_cell(t, show_handle(connection, p->connection));
    table_cell(t, show_handle(handle, p->handle));
}

static int print_table(const struct app *app, const struct options *o, const struct listing *l)
{
    static const struct table_column columns[] = {
        {"PORT", 0, 6, false},    {"STATE", 0, 6, false},     {"USER", 0, 6, false},
        {"ADDRESS", 1, 0, false}, {"DURATION", 4, 0, true},   {"TYPE", 3, 0, false},
        {"FROM", 5, 9, false},    {"CONNECTION", 6, 0, true}, {"HANDLE", 2, 0, true},
    };
    struct table *t = table_new(columns, sizeof columns / sizeof columns[0]);
    if (!t)
        return app_no_memory();
    for (size_t i = 0; i < l->n_ports; i++) {
        if (is_wanted(o, &l->ports[i]))
            add_row(t, &l->ports[i]);
    }
    int e = table_print(t, stdout, term_width(), term_color(app->color_when));
    table_free(t);
    return e < 0 ? app_no_memory() : EXIT_DONE;
}

static int run(struct app *app, const struct command *self, int argc, char **argv)
{
    struct options o = {0};
    struct listing l = {0};
    int code = command_parse(app, self, &o, argc, argv);
    if (code)
        return code;
    struct server *s = app_server(app, &code);
    if (!s)
        return code;
    uint32_t win = client_listing_full(server_handle(s), &l);
    if (win)
        return error_report(app, win, "list the ports on");
    code = app->json ? print_json(app, &o, &l) : print_table(app, &o, &l);
    listing_free(&l);
    return code;
}

const struct command cmd_ports = {
    .name = "ports",
    .summary = "list the ports and who is on them",
    .argp = &argp,
    .run = run,
};
