/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/text.h"
#include "rasadmin/client.h"
#include "rasadmin/commands.h"
#include "rasadmin/disconnect.h"
#include "rasadmin/errors.h"
#include "rasadmin/keep_out.h"
#include "rasadmin/server.h"
#include "rasadmin/show.h"
#include "rasadmin/term.h"

/* rrasd's own deadlines are 10 s and 5 s more for the hard way. */
#define WAIT_DEFAULT_MS   20000u
#define SHOWN_IN_QUESTION 10u /* sessions that a question names */

enum {
    KEY_PORT = 0x200, /* in the order of enum select_kind */
    KEY_CONNECTION,
    KEY_USER,
    KEY_ADDRESS,
    KEY_DRIVER,
    KEY_TYPE,
    KEY_ALL,
    KEY_YES,
    KEY_WAIT,
    KEY_NO_WAIT,
    KEY_DRY_RUN,
    KEY_HARD,
    KEY_REASON,
    KEY_RATE,
    KEY_KEEP_OUT,
};

static const struct argp_option option_table[] = {
    {.doc = "Who (different options: all must match; one option again: any of its values):", .group = 1},
    {"port", KEY_PORT, "NAME|HANDLE", 0, "The session on this port; a handle means exactly the session that had it", 1},
    {"connection", KEY_CONNECTION, "HANDLE", 0, "All ports of this connection", 1},
    {"user", KEY_USER, "NAME", 0, "Sessions of this user; DOMAIN\\NAME is exact about the domain", 1},
    {"address", KEY_ADDRESS, "ADDRESS|PREFIX", 0,
     "The client with this address, inside the tunnel or outside; all in this prefix inside: 10.8.0.0/24", 1},
    {"driver", KEY_DRIVER, "NAME[:INSTANCE]", 0, "Sessions of this driver *", 1},
    {"type", KEY_TYPE, "TYPE", 0, "Sessions of this kind of line, as listed", 1},
    {"all", KEY_ALL, NULL, 0, "Everybody", 1},
    {.doc = "How:", .group = 2},
    {"yes", KEY_YES, NULL, 0, "Do not ask when more than one session matches", 2},
    {"wait", KEY_WAIT, "DURATION", OPTION_ARG_OPTIONAL,
     "Wait until they are gone, so long at most (default: 20s; with a server that does it by itself: until it is done)",
     2},
    {"no-wait", KEY_NO_WAIT, NULL, 0, "Do not wait; the server goes on by itself", 2},
    {"dry-run", KEY_DRY_RUN, NULL, 0, "Only show what would be disconnected", 2},
    {"hard", KEY_HARD, NULL, 0, "Leave out the polite try *", 2},
    {"reason", KEY_REASON, "TEXT", 0, "Why; for the client where the daemon can tell, for the log and the audit *", 2},
    {"rate", KEY_RATE, "N|unlimited", 0, "At most so many sessions a second (default: 200) *", 2},
    {"keep-out", KEY_KEEP_OUT, "DURATION", 0,
     "Keep the user out for so long as well; with --user, --port or --connection *", 2},
    {0},
};

static void add(struct argp_state *state, struct disconnect_options *o, enum select_kind kind, const char *text)
{
    char shown[128];
    int e = selection_add(&o->selection, kind, text);
    if (e == -ENOMEM)
        argp_failure(state, EXIT_OTHER, 0, "not enough memory");
    else if (e < 0 && kind == SELECT_ADDRESS)
        argp_error(state,
                   "--address: '%s' is no address such as 10.8.0.6 and no prefix such as 10.8.0.0/24, without bits "
                   "behind its length",
                   text_escape_z(shown, sizeof shown, text));
    else if (e < 0)
        argp_error(state, "%s: '%s' can't be right", select_option(kind), text_escape_z(shown, sizeof shown, text));
}

static void set_wait(struct argp_state *state, struct disconnect_options *o, const char *text)
{
    o->wait = true;
    o->has_wait_ms = text;
    o->wait_ms = WAIT_DEFAULT_MS;
    if (text && text_parse_duration(text, &o->wait_ms) < 0)
        argp_error(state, "--wait needs a duration such as 20s or 2m");
}

static void set_rate(struct argp_state *state, struct disconnect_options *o, const char *text)
{
    char *end;
    errno = 0;
    unsigned long n = strtoul(text, &end, 10);
    o->has_rate = true;
    if (strcmp(text, "unlimited") == 0)
        o->rate = OPENRRAS_RATE_UNLIMITED;
    else if (errno || *end || text[0] < '1' || text[0] > '9' || n >= OPENRRAS_RATE_UNLIMITED)
        argp_error(state, "--rate needs a number of sessions a second from 1 on, or 'unlimited'");
    else
        o->rate = (uint32_t)n;
}

static bool selects_by(const struct selection *s, enum select_kind kind)
{
    for (size_t i = 0; i < s->n; i++) {
        if (s->items[i].kind == kind)
            return true;
    }
    return false;
}

/* Do the options go together? */
static void check(struct argp_state *state, const struct disconnect_options *o)
{
    const struct selection *s = &o->selection;
    if (selection_is_empty(s))
        argp_error(state, "who? --port, --connection, --user, --address, --driver or --type says it, or --all");
    if (o->wait && o->no_wait)
        argp_error(state, "--wait and --no-wait exclude each other");
    if (o->keep_out_seconds && !selects_by(s, SELECT_USER) && !selects_by(s, SELECT_PORT) &&
        !selects_by(s, SELECT_CONNECTION))
        argp_error(state, "--keep-out needs to know whom: with --user, --port or --connection");
}

/* How it is to be done. False: another option. */
static bool parse_how(int key, const char *arg, struct argp_state *state, struct disconnect_options *o)
{
    switch (key) {
    case KEY_NO_WAIT:
        o->no_wait = true;
        return true;
    case KEY_HARD:
        o->hard = true;
        return true;
    case KEY_RATE:
        set_rate(state, o, arg);
        return true;
    case KEY_REASON:
        if (!keep_out_reason_is_good(arg))
            argp_error(state, "--reason takes at most 256 bytes of UTF-8");
        o->reason = arg;
        return true;
    case KEY_KEEP_OUT:
        if (keep_out_parse_duration(arg, &o->keep_out_seconds) < 0)
            argp_error(state, "--keep-out needs a duration from 1s to 366d, such as 30m or 2h");
        return true;
    default:
        return false;
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct disconnect_options *o = state->input;
    switch (key) {
    case KEY_PORT:
    case KEY_CONNECTION:
    case KEY_USER:
    case KEY_ADDRESS:
    case KEY_DRIVER:
    case KEY_TYPE:
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
        check(state, o);
        return 0;
    default:
        return parse_how(key, arg, state, o) ? 0 : ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = option_table,
    .parser = parse,
    .doc = "Disconnect users.\v"
           "Only sessions that match when the server looks are touched: when one ends and somebody else takes its port "
           "meanwhile, that one stays. Ctrl-C stops it: no more is asked, and what was done is told.\n"
           "Options with * need a server that disconnects by selection itself, as rrasd does.",
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
static int confirm(const struct app *app, const struct disconnect_options *o, const struct order *orders, size_t n,
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

/* ---- doing ---- */

/* What only a server that does it by itself can do, and was asked for: the option, or NULL. */
static const char *beyond_plain(const struct disconnect_options *o)
{
    if (o->keep_out_seconds)
        return "--keep-out";
    if (o->reason)
        return "--reason";
    if (o->hard)
        return "--hard";
    if (o->has_rate)
        return "--rate";
    return selects_by(&o->selection, SELECT_DRIVER) ? "--driver" : NULL;
}

/* Each session gets its order from here. */
static int by_orders(struct app *app, const struct disconnect_options *o, struct disconnect_outcome *r)
{
    orders_catch_signals();
    MPR_SERVER_HANDLE server = server_handle(app->server);
    struct order_wait wait = {.ms = o->wait_ms, .may_return = server_may_return(app->server)};
    if (o->wait)
        wait.before = server_run_now(server);
    orders_give(server, r->orders, r->n);
    if (o->wait)
        orders_wait(server, r->orders, r->n, &wait);
    r->waited = o->wait;
    r->sum = orders_sum(r->orders, r->n);
    if (orders_interrupted())
        app_error("interrupted; what was ordered stands, the rest was not done");
    int code = orders_exit(r->orders, r->n);
    return code == EXIT_DONE && orders_interrupted() ? EXIT_PARTLY : code;
}

static int disconnect_orders(struct app *app, const struct disconnect_options *o, bool by_server, size_t sessions,
                             struct disconnect_outcome *r)
{
    int code = confirm(app, o, r->orders, r->n, sessions);
    if (code)
        return code;
    if (o->dry_run)
        r->sum = orders_sum(r->orders, r->n);
    else
        code = by_server ? disconnect_by_jobs(app, o, r) : by_orders(app, o, r);
    if (!o->dry_run && by_server && r->n_jobs == 0)
        return code; /* not begun, and why has been said */
    int told = disconnect_tell(app, o, r);
    return told ? told : code;
}

static int disconnect_matches(struct app *app, struct disconnect_options *o, bool by_server, const struct listing *l,
                              const struct port **ports)
{
    struct disconnect_outcome r = {0};
    size_t n;
    if (selection_match(&o->selection, l, ports, &n) < 0)
        return app_no_memory();
    /* Who is to be kept out need not be there. */
    bool somebody = n > 0 || (o->keep_out_seconds && selects_by(&o->selection, SELECT_USER));
    if (!somebody)
        return nothing_matches(app, &o->selection);
    r.orders = calloc(n ? n : 1, sizeof *r.orders);
    if (!r.orders)
        return app_no_memory();
    for (size_t i = 0; i < n; i++)
        r.orders[i].port = ports[i];
    r.n = n;
    int code = disconnect_orders(app, o, by_server, count_sessions(ports, n), &r);
    disconnect_outcome_free(&r);
    /* What was asked for and is not there is a part that was not done. */
    if ((code == EXIT_DONE || code == EXIT_UNCONFIRMED) && explain_items(app, &o->selection) > 0)
        return n > 0 ? EXIT_PARTLY : code;
    return code;
}

static int disconnect(struct app *app, struct disconnect_options *o)
{
    struct listing l = {0};
    uint32_t features = 0;
    int code;
    struct server *s = app_server(app, &code);
    if (!s)
        return code;
    uint32_t win = client_listing_full(server_handle(s), &l);
    if (win)
        return error_report(app, win, "list the ports on");
    win = client_features(server_handle(s), &features);
    bool by_server = (features & OPENRRAS_FEATURE_DISCONNECT) && l.sessions;
    if (win) {
        code = error_report(app, win, "ask for the features of");
    } else if (!by_server && beyond_plain(o)) {
        app_error("%s can't do what %s asks for, so nothing was done: it knows orders for single sessions only",
                  app_server_title(app), beyond_plain(o));
        code = EXIT_OTHER;
    } else {
        const struct port **ports = calloc(l.n_ports ? l.n_ports : 1, sizeof *ports);
        code = ports ? disconnect_matches(app, o, by_server, &l, ports) : app_no_memory();
        free(ports);
    }
    listing_free(&l);
    return code;
}

static int run(struct app *app, const struct command *self, int argc, char **argv)
{
    struct disconnect_options o = {0};
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
