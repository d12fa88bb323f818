/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What became of disconnecting: tables, sentences, JSON.
 */
#include <stdio.h>

#include "common/text.h"
#include "rasadmin/disconnect.h"
#include "rasadmin/errors.h"
#include "rasadmin/json.h"
#include "rasadmin/keep_out.h"
#include "rasadmin/server.h"
#include "rasadmin/show.h"
#include "rasadmin/term.h"

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
    if (o->why && *o->why)
        return text_escape_z(dst, ERROR_WORDS_MAX, o->why);
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

static void print_troubles(const struct app *app, const struct disconnect_outcome *r)
{
    size_t failed = 0;
    for (size_t i = 0; i < r->n; i++) {
        const struct order *o = &r->orders[i];
        if (o->result == ORDER_FAILED || (o->result == ORDER_UNCONFIRMED && !r->no_table))
            print_trouble(app, o);
        failed += o->result == ORDER_FAILED;
    }
    if (failed < r->sum.failed)
        app_error("%zu more failed; the server does not keep their reasons, its log has them", r->sum.failed - failed);
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
    /* What the server says of it is truer than what the code means in general: after a job 1460 has no order behind it
     * that stands. */
    const char *message = o->why && *o->why ? o->why : error_words(words, e, o->code);
    return json_pack("{s:o, s:o, s:o, s:I, s:s, s:s, s:s, s:o}", "port", json_text(o->port->name), "handle",
                     json_handle(o->port->handle), "user", json_user(o->port->conn), "code", (json_int_t)o->code,
                     "code_name", e->name, "reason", e->reason, "message", message, "daemon",
                     json_text(o->why ? o->why : ""));
}

static json_t *json_numbers(const uint32_t *numbers, size_t n)
{
    json_t *list = json_array();
    for (size_t i = 0; list && i < n; i++) {
        if (json_array_append_new(list, json_integer(numbers[i])) < 0) {
            json_decref(list);
            list = NULL;
        }
    }
    return list;
}

/* The keep-outs that came with it, as they are now. */
static json_t *json_keep_outs(const struct app *app, const struct disconnect_outcome *r)
{
    OPENRRAS_KEEP_OUT_LIST *all;
    json_t *list = json_array();
    if (r->n_keep_outs == 0 || OpenRrasKeepOutEnum(server_handle(app->server), &all) != NO_ERROR)
        return list;
    for (size_t i = 0; list && i < r->n_keep_outs; i++) {
        const OPENRRAS_KEEP_OUT *k = keep_out_find(all, r->keep_outs[i]);
        if (k && json_array_append_new(list, keep_out_json(k)) < 0) {
            json_decref(list);
            list = NULL;
        }
    }
    MprAdminBufferFree(all);
    return list;
}

static int print_json(const struct app *app, const struct disconnect_options *o, const struct disconnect_outcome *r)
{
    const struct order_sum *sum = &r->sum;
    json_t *sessions = json_array(), *failed = json_array();
    bool ok = sessions && failed;
    for (size_t i = 0; ok && i < r->n; i++) {
        ok = json_array_append_new(sessions, json_order(&r->orders[i])) == 0;
        if (ok && r->orders[i].result == ORDER_FAILED)
            ok = json_array_append_new(failed, json_failed(&r->orders[i])) == 0;
    }
    json_t *doc = ok ? json_document(app, "disconnect") : NULL;
    json_t *more = json_pack("{s:b, s:I, s:I, s:o, s:I, s:I, s:b, s:o, s:o, s:o, s:o}", "dry_run", o->dry_run,
                             "matched", (json_int_t)sum->matched, "asked", (json_int_t)sum->asked, "confirmed",
                             r->waited ? json_integer((json_int_t)sum->confirmed) : json_null(), "failed_count",
                             (json_int_t)sum->failed, "not_asked", (json_int_t)sum->not_given, "interrupted",
                             orders_interrupted() != 0, "jobs", json_numbers(r->jobs, r->n_jobs), "keep_outs",
                             json_keep_outs(app, r), "failed", failed, "sessions", sessions);
    if (!doc || !more || json_object_update(doc, more) < 0) {
        json_decref(doc);
        doc = NULL;
    }
    json_decref(more);
    return json_print(doc);
}

/* Too many to be listed: how many of each. */
static void print_sum(const struct disconnect_outcome *r)
{
    const struct order_sum *s = &r->sum;
    show_field_number(stdout, "Matched", s->matched);
    show_field_number(stdout, "Asked", s->asked);
    if (r->waited)
        show_field_number(stdout, "Disconnected", s->confirmed);
    if (s->unconfirmed)
        show_field_number(stdout, "Not confirmed", s->unconfirmed);
    show_field_number(stdout, "Failed", s->failed);
    if (s->not_given)
        show_field_number(stdout, "Not touched", s->not_given);
}

static void print_keep_outs(const struct app *app, const struct disconnect_outcome *r)
{
    OPENRRAS_KEEP_OUT_LIST *all;
    if (r->n_keep_outs == 0)
        return;
    uint32_t win = OpenRrasKeepOutEnum(server_handle(app->server), &all);
    if (win) {
        error_report(app, win, "list who is kept out on");
        return;
    }
    for (size_t i = 0; i < r->n_keep_outs; i++) {
        const OPENRRAS_KEEP_OUT *k = keep_out_find(all, r->keep_outs[i]);
        putchar('\n');
        if (k)
            keep_out_show(stdout, k);
    }
    MprAdminBufferFree(all);
}

static int print_text(const struct app *app, const struct disconnect_outcome *r)
{
    int code = EXIT_DONE;
    if (r->no_table)
        print_sum(r);
    else if (r->n > 0)
        code = print_table(app, r->orders, r->n);
    print_keep_outs(app, r);
    return code;
}

int disconnect_tell(const struct app *app, const struct disconnect_options *o, const struct disconnect_outcome *r)
{
    int code = app->json ? print_json(app, o, r) : app->quiet && !o->dry_run ? EXIT_DONE : print_text(app, r);
    print_troubles(app, r);
    return code;
}
