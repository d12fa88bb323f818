/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/text.h"
#include "rasadmin/client.h"
#include "rasadmin/commands.h"
#include "rasadmin/errors.h"
#include "rasadmin/json.h"
#include "rasadmin/order.h"
#include "rasadmin/select.h"
#include "rasadmin/server.h"
#include "rasadmin/show.h"
#include "rasadmin/term.h"

/* rrasd's own deadlines are 10 s and 5 s more for the hard way. */
#define WAIT_DEFAULT_MS   20000u
#define SHOWN_IN_QUESTION 10u /* sessions that a question names */

enum {
    KEY_PORT = 0x200,
    KEY_CONNECTION,
    KEY_USER,
    KEY_ADDRESS,
    KEY_ALL,
    KEY_YES,
    KEY_WAIT,
    KEY_DRY_RUN,
};

struct options {
    struct selection selection;
    bool yes, dry_run, wait;
    uint64_t wait_ms;
};

static const struct argp_option option_table[] = {
    {.doc = "Who (different options: all must match; one option again: any of its values):", .group = 1},
    {"port", KEY_PORT, "NAME|HANDLE", 0, "The session on this port; a handle means exactly the session that had it", 1},
    {"connection", KEY_CONNECTION, "HANDLE", 0, "All ports of this connection", 1},
    {"user", KEY_USER, "NAME", 0, "Sessions of this user; DOMAIN\\NAME is exact about the domain", 1},
    {"address", KEY_ADDRESS, "ADDRESS", 0, "The client with this address, inside the tunnel or outside", 1},
    {"all", KEY_ALL, NULL, 0, "Everybody", 1},
    {.doc = "How:", .group = 2},
    {"yes", KEY_YES, NULL, 0, "Do not ask when more than one session matches", 2},
    {"wait", KEY_WAIT, "DURATION", OPTION_ARG_OPTIONAL, "Wait until they are gone, 20s at most or what is given", 2},
    {"dry-run", KEY_DRY_RUN, NULL, 0, "Only show what would be disconnected", 2},
    {0},
};

static void add(struct argp_state *state, struct options *o, enum select_kind kind, const char *text)
{
    char shown[128];
    int e = selection_add(&o->selection, kind, text);
    if (e == -ENOMEM)
        argp_failure(state, EXIT_OTHER, 0, "not enough memory");
    else if (e < 0)
        argp_error(state, "%s: '%s' can't be right", select_option(kind), text_escape_z(shown, sizeof shown, text));
}

static void set_wait(struct argp_state *state, struct options *o, const char *text)
{
    o->wait = true;
    o->wait_ms = WAIT_DEFAULT_MS;
    if (text && text_parse_duration(text, &o->wait_ms) < 0)
        argp_error(state, "--wait needs a duration such as 20s or 2m");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case KEY_PORT:
    case KEY_CONNECTION:
    case KEY_USER:
    case KEY_ADDRESS:
        add(state, o, (enum select_kind)(key - KEY_PORT + SELECT_PORT), arg);
        return 0;
    case KEY_ALL:
        o->selection.all = true;
        return 0;
    case KEY_YES:
        o->yes = true;
        return 0;
    case KEY_DRY_RUN:
        o->dry_run = true;
        return 0;
    case KEY_WAIT:
        set_wait(state, o, arg);
        return 0;
    case ARGP_KEY_END:
        if (selection_is_empty(&o->selection))
            argp_error(state, "who? --port, --connection, --user or --address says it, or --all");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = option_table,
    .parser = parse,
    .doc = "Disconnect users.\v"
           "Disconnecting is an order: it is done when the daemon that carries the session has taken it, and the "
           "session ends a "
           "moment later; --wait shows that. Only sessions that were listed are touched: when one ends and somebody "
           "else takes "
           "its port meanwhile, that one stays.",
};

/* ---- when nothing matches ---- */

/* A handle that no port has now may be that of an earlier session. The server knows. */
static int explain_handle(struct app *app, const struct select_item *item)
{
    struct arena arena = {0};
    struct port now;
    char name[128];
    uint32_t code = client_port(server_handle(app->server), item->handle, &arena, &now);
    if (code == NO_ERROR && now.handle != item->handle)
        app_error("handle %u is of an earlier session on port %s; that one is gone, and %s; not touched", item->handle,
                  text_escape_z(name, sizeof name, now.name),
                  port_is_busy(&now) ? "somebody else is there now" : "nobody is there now");
    else
        app_error("no port has the handle %u; list them with 'rasadmin ports'", item->handle);
    arena_free(&arena);
    return EXIT_NOT_FOUND;
}

/* Say which values match nothing. How many. */
static size_t explain_items(struct app *app, const struct selection *s)
{
    size_t missing = 0;
    for (size_t i = 0; i < s->n; i++) {
        const struct select_item *item = &s->items[i];
        char shown[512];
        if (item->hits)
            continue;
        missing++;
        if (item->kind == SELECT_PORT && item->handle)
            explain_handle(app, item);
        else
            app_error("nothing matches %s %s", select_option(item->kind),
                      text_escape_z(shown, sizeof shown, item->text));
    }
    return missing;
}

static int nothing_matches(struct app *app, const struct selection *s)
{
    if (explain_items(app, s) > 0)
        return EXIT_NOT_FOUND;
    app_error(s->n ? "no session matches all of these options" : "nobody is connected");
    return EXIT_NOT_FOUND;
}

/* ---- asking ---- */

static void list_for_question(const struct order *orders, size_t n)
{
    for (size_t i = 0; i < n && i < SHOWN_IN_QUESTION; i++) {
        char user[SHOW_USER_MAX], name[128];
        show_user(user, orders[i].port->conn);
        fprintf(stderr, "  %s on %s\n", *user ? user : "(no name)",
                text_escape_z(name, sizeof name, orders[i].port->name));
    }
    if (n > SHOWN_IN_QUESTION)
        fprintf(stderr, "  and %zu more\n", n - SHOWN_IN_QUESTION);
}

/* 0: go on. */
static int confirm(const struct app *app, const struct options *o, const struct order *orders, size_t n,
                   size_t sessions)
{
    char question[80];
    if (sessions <= 1 || o->yes || o->dry_run)
        return EXIT_DONE;
    snprintf(question, sizeof question, "Disconnect these %zu sessions?", sessions);
    if (!app->no_input && isatty(STDIN_FILENO))
        list_for_question(orders, n);
    int answer = app->no_input ? -ENOTTY : term_ask(question);
    if (answer == 1)
        return EXIT_DONE;
    if (answer == 0)
        app_error("nothing was disconnected");
    else
        app_error("%zu sessions match; nothing was disconnected: say --yes if all of them are meant", sessions);
    return answer == 0 ? EXIT_OTHER : EXIT_USAGE;
}

/* ---- telling ---- */

static const char *result_text(const struct order *o)
{
    switch (o->result) {
    case ORDER_NOT_GIVEN:
        return orders_interrupted() ? "not asked" : "would be disconnected";
    case ORDER_ASKED:
        return "being disconnected";
    case ORDER_CONFIRMED:
        return "disconnected";
    case ORDER_UNCONFIRMED:
        return "asked, not confirmed";
    case ORDER_FAILED:
        return "not disconnected";
    }
    return "";
}

static enum table_style result_style(const struct order *o)
{
    switch (o->result) {
    case ORDER_CONFIRMED:
        return TABLE_GOOD;
    case ORDER_FAILED:
        return TABLE_BAD;
    case ORDER_UNCONFIRMED:
        return TABLE_BUSY;
    case ORDER_NOT_GIVEN:
    case ORDER_ASKED:
        break;
    }
    return TABLE_PLAIN;
}

static int print_table(const struct app *app, const struct order *orders, size_t n)
{
    static const struct table_column columns[] = {
        {"PORT", 0, 6, false},  {"USER", 0, 6, false},    {"ADDRESS", 2, 0, false},
        {"HANDLE", 3, 0, true}, {"RESULT", 0, 10, false},
    };
    struct table *t = table_new(columns, sizeof columns / sizeof columns[0]);
    if (!t)
        return app_no_memory();
    for (size_t i = 0; i < n; i++) {
        const struct port *p = orders[i].port;
        char user[SHOW_USER_MAX], handle[SHOW_HANDLE_MAX];
        table_cell(t, p->name);
        table_cell_escaped(t, show_user(user, p->conn));
        table_cell(t, show_client_address(p->conn));
        table_cell(t, show_handle(handle, p->handle));
        table_cell_styled(t, result_text(&orders[i]), result_style(&orders[i]));
    }
    int e = table_print(t, stdout, term_width(), term_color(app->color_when));
    table_free(t);
    return e < 0 ? app_no_memory() : EXIT_DONE;
}

/* Why an order did not go as it should. */
static const char *trouble_text(char dst[static ERROR_WORDS_MAX], const struct order *o)
{
    if (o->given_up)
        return "the daemon that carries the session has not ended it in time and the server has given up; rrasd's log "
               "tells more";
    if (o->lost)
        return "it was ordered, but rrasd was restarted meanwhile and can't tell what became of it; 'rasadmin ports' "
               "shows who is there";
    if (o->code)
        return error_words(dst, error_find_disconnect(o->code), o->code);
    return "it was ordered, but the session is still there; 'rasadmin ports' shows what becomes of it";
}

static void print_trouble(const struct app *app, const struct order *o)
{
    char user[SHOW_USER_MAX], name[128], number[32] = "", words[ERROR_WORDS_MAX];
    show_user(user, o->port->conn);
    text_escape_z(name, sizeof name, o->port->name);
    if (o->code && !o->given_up && !o->lost)
        snprintf(number, sizeof number, " (error %u)", (unsigned)o->code);
    app_error("can't disconnect %s%sport %s on %s: %s%s", user, *user ? " from " : "", name, app_server_title(app),
              trouble_text(words, o), number);
}

static void print_troubles(const struct app *app, const struct order *orders, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (orders[i].result == ORDER_FAILED || orders[i].result == ORDER_UNCONFIRMED)
            print_trouble(app, &orders[i]);
    }
}

static json_t *json_order(const struct order *o)
{
    const struct port *p = o->port;
    return json_pack("{s:o, s:o, s:o, s:o, s:o, s:s, s:I}", "port", json_text(p->name), "handle",
                     json_handle(p->handle), "connection", json_handle(p->connection), "user", json_user(p->conn),
                     "client_address", json_text(show_client_address(p->conn)), "result", order_result_word(o->result),
                     "code", (json_int_t)o->code);
}

static json_t *json_failed(const struct order *o)
{
    const struct error_text *e = error_find_disconnect(o->code);
    char words[ERROR_WORDS_MAX];
    return json_pack("{s:o, s:o, s:o, s:I, s:s, s:s, s:s}", "port", json_text(o->port->name), "handle",
                     json_handle(o->port->handle), "user", json_user(o->port->conn), "code", (json_int_t)o->code,
                     "code_name", e->name, "reason", e->reason, "message", error_words(words, e, o->code));
}

static int print_json(const struct app *app, const struct options *o, const struct order *orders, size_t n)
{
    struct order_sum sum = orders_sum(orders, n);
    json_t *doc = json_document(app, "disconnect");
    json_t *sessions = json_array(), *failed = json_array();
    bool ok = doc && sessions && failed;
    for (size_t i = 0; ok && i < n; i++) {
        ok = json_array_append_new(sessions, json_order(&orders[i])) == 0;
        if (ok && orders[i].result == ORDER_FAILED)
            ok = json_array_append_new(failed, json_failed(&orders[i])) == 0;
    }
    ok = ok && json_object_set_new(doc, "dry_run", json_boolean(o->dry_run)) == 0 &&
         json_object_set_new(doc, "matched", json_integer((json_int_t)sum.matched)) == 0 &&
         json_object_set_new(doc, "asked", json_integer((json_int_t)sum.asked)) == 0 &&
         json_object_set_new(doc, "confirmed", o->wait ? json_integer((json_int_t)sum.confirmed) : json_null()) == 0 &&
         json_object_set(doc, "failed", failed) == 0 && json_object_set(doc, "sessions", sessions) == 0;
    json_decref(sessions);
    json_decref(failed);
    if (!ok) {
        json_decref(doc);
        doc = NULL;
    }
    return json_print(doc);
}

/* ---- doing ---- */

static int tell(const struct app *app, const struct options *o, const struct order *orders, size_t n)
{
    int code = app->json                   ? print_json(app, o, orders, n)
               : app->quiet && !o->dry_run ? EXIT_DONE
                                           : print_table(app, orders, n);
    print_troubles(app, orders, n);
    return code ? code : orders_exit(orders, n);
}

static int disconnect_orders(struct app *app, const struct options *o, struct order *orders, size_t n, size_t sessions)
{
    int code = confirm(app, o, orders, n, sessions);
    if (code)
        return code;
    if (o->dry_run)
        return tell(app, o, orders, n);
    orders_catch_signals();
    MPR_SERVER_HANDLE server = server_handle(app->server);
    struct order_wait wait = {.ms = o->wait_ms, .may_return = server_may_return(app->server)};
    if (o->wait)
        wait.before = server_run_now(server);
    orders_give(server, orders, n);
    if (o->wait)
        orders_wait(server, orders, n, &wait);
    if (orders_interrupted())
        app_error("interrupted; what was ordered stands, the rest was not done");
    code = tell(app, o, orders, n);
    return code == EXIT_DONE && orders_interrupted() ? EXIT_PARTLY : code;
}

static int disconnect_matches(struct app *app, struct options *o, const struct listing *l, const struct port **ports)
{
    size_t n;
    if (selection_match(&o->selection, l, ports, &n) < 0)
        return app_no_memory();
    if (n == 0)
        return nothing_matches(app, &o->selection);
    struct order *orders = calloc(n, sizeof *orders);
    if (!orders)
        return app_no_memory();
    for (size_t i = 0; i < n; i++)
        orders[i].port = ports[i];
    int code = disconnect_orders(app, o, orders, n, count_sessions(ports, n));
    free(orders);
    /* What was asked for and is not there is a part that was not done. */
    if ((code == EXIT_DONE || code == EXIT_UNCONFIRMED) && explain_items(app, &o->selection) > 0)
        return EXIT_PARTLY;
    return code;
}

static int disconnect(struct app *app, struct options *o)
{
    struct listing l = {0};
    int code;
    struct server *s = app_server(app, &code);
    if (!s)
        return code;
    uint32_t win = client_listing(server_handle(s), &l);
    if (win)
        return error_report(app, win, "list the ports on");
    const struct port **ports = calloc(l.n_ports ? l.n_ports : 1, sizeof *ports);
    code = ports ? disconnect_matches(app, o, &l, ports) : app_no_memory();
    free(ports);
    listing_free(&l);
    return code;
}

static int run(struct app *app, const struct command *self, int argc, char **argv)
{
    struct options o = {0};
    int code = command_parse(app, self, &o, argc, argv);
    if (code == EXIT_DONE)
        code = disconnect(app, &o);
    selection_free(&o.selection);
    return code;
}

const struct command cmd_disconnect = {
    .name = "disconnect",
    .summary = "disconnect users, by port, connection, name or address",
    .argp = &argp,
    .run = run,
};
