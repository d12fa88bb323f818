/* SPDX-License-Identifier: Apache-2.0 */
#include <openrras.h>
#include <string.h>

#include "common/text.h"
#include "rasadmin/client.h"
#include "rasadmin/commands.h"
#include "rasadmin/drivers.h"
#include "rasadmin/errors.h"
#include "rasadmin/json.h"
#include "rasadmin/limit.h"
#include "rasadmin/server.h"
#include "rasadmin/show.h"

enum {
    KEY_CHECK = 0x200,
};

enum check {
    CHECK_NO,
    CHECK_WORKING, /* every driver up or degraded */
    CHECK_STRICT,  /* every driver up */
};

struct options {
    enum check check;
};

static const struct argp_option option_table[] = {
    {"check", KEY_CHECK, "strict", OPTION_ARG_OPTIONAL,
     "Exit with 1 when a driver is away or down (strict: or degraded, or not yet ready), or can't be asked about", 1},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    if (key != KEY_CHECK)
        return ARGP_ERR_UNKNOWN;
    if (arg && strcmp(arg, "strict") != 0)
        argp_error(state, "--check takes nothing, or 'strict'");
    o->check = arg ? CHECK_STRICT : CHECK_WORKING;
    return 0;
}

static const struct argp argp = {
    .options = option_table,
    .parser = parse,
    .doc = "Show whether the server runs, for how long, how many of its ports are in use, and how its drivers are.",
};

/* What there is to show. */
struct status {
    struct server_status plain;
    OPENRRAS_SERVER *own;          /* NULL: the server has only the published protocol */
    OPENRRAS_DRIVER_LIST *drivers; /* as well */
    OPENRRAS_PORT_LIMIT_LIST *limits;
};

static void status_free(struct status *s)
{
    if (s->own)
        MprAdminBufferFree(s->own);
    if (s->drivers)
        MprAdminBufferFree(s->drivers);
    if (s->limits)
        MprAdminBufferFree(s->limits);
}

static uint32_t read_status(MPR_SERVER_HANDLE server, struct status *s)
{
    uint32_t win = client_status(server, &s->plain);
    if (win)
        return win;
    win = OpenRrasServerGetInfo(server, &s->own);
    if (!win && (s->own->dwFeatures & OPENRRAS_FEATURE_DRIVERS))
        win = OpenRrasDriverEnum(server, &s->drivers);
    if (!win && (s->own->dwFeatures & OPENRRAS_FEATURE_LIMITS))
        win = OpenRrasLimitEnum(server, &s->limits);
    return win == ERROR_NOT_SUPPORTED ? NO_ERROR : win;
}

/* ---- showing ---- */

static json_t *own_json(const OPENRRAS_SERVER *own)
{
    char run[SHOW_GUID_MAX];
    if (!own)
        return json_pack("{s:n, s:n, s:n, s:n, s:n}", "version", "run", "started", "counts", "refused_drivers");
    return json_pack("{s:o, s:o, s:s, s:o, s:{s:I, s:I, s:I, s:I, s:I, s:I}}", "refused_drivers",
                     refused_drivers_json(own), "version", json_text(own->pszVersion), "run",
                     show_guid(run, &own->guidRun), "started", json_time(own->llStarted), "counts", "sessions_started",
                     (json_int_t)own->ullSessionsStarted, "sessions_refused", (json_int_t)own->ullSessionsRefused,
                     "orders", (json_int_t)own->ullOrders, "orders_confirmed", (json_int_t)own->ullOrdersConfirmed,
                     "orders_failed", (json_int_t)own->ullOrdersFailed, "last_event", (json_int_t)own->ullLastEvent);
}

static int print_json(const struct app *app, const struct status *status)
{
    const struct server_status *s = &status->plain;
    json_t *doc = json_document(app, "status");
    json_t *connections = s->has_connections ? json_integer(s->connections) : json_null();
    json_t *drivers = status->drivers ? drivers_json(status->drivers) : json_null();
    json_t *more =
        json_pack("{s:b, s:b, s:I, s:I, s:I, s:o, s:o}", "running", 1, "lan_only", s->lan_only, "uptime_seconds",
                  (json_int_t)s->up_seconds, "total_ports", (json_int_t)s->ports, "ports_in_use",
                  (json_int_t)s->ports_in_use, "connections", connections, "drivers", drivers);
    json_t *own = own_json(status->own);
    json_t *limits = status->limits ? limits_json(status->limits) : json_null();
    if (more && json_object_set_new(more, "limits", limits) < 0) {
        json_decref(more);
        more = NULL;
    }
    if (!doc || !more || !own || json_object_update(doc, more) < 0 || json_object_update(doc, own) < 0) {
        json_decref(doc);
        doc = NULL;
    }
    json_decref(more);
    json_decref(own);
    return json_print(doc);
}

static void print_own(const OPENRRAS_SERVER *own)
{
    show_field(stdout, "Version", own->pszVersion);
    show_field_number(stdout, "Sessions so far", own->ullSessionsStarted);
    show_field_number(stdout, "Sessions refused", own->ullSessionsRefused);
    show_field_number(stdout, "Orders", own->ullOrders);
    show_field_number(stdout, "Orders confirmed", own->ullOrdersConfirmed);
    show_field_number(stdout, "Orders failed", own->ullOrdersFailed);
}

static int print_text(const struct app *app, const struct status *status)
{
    const struct server_status *s = &status->plain;
    char duration[SHOW_DURATION_MAX];
    show_field_escaped(stdout, "Server", app_server_title(app));
    show_field(stdout, "State", s->lan_only ? "running, LAN routing only: no ports" : "running");
    show_field(stdout, "Up for", show_duration(duration, s->up_seconds));
    show_field_number(stdout, "Ports", s->ports);
    show_field_number(stdout, "Ports in use", s->ports_in_use);
    if (s->has_connections)
        show_field_number(stdout, "Connections", s->connections);
    if (status->own)
        print_own(status->own);
    if (status->limits && status->limits->dwCount > 0) {
        fputs("\nLimits of ports\n", stdout);
        limits_show(stdout, status->limits);
    }
    if (!status->drivers)
        return EXIT_DONE;
    putchar('\n');
    int code = EXIT_DONE;
    if (status->drivers->dwCount > 0)
        code = drivers_show(app, status->drivers);
    else
        puts("No driver has been there yet.");
    drivers_show_refused(status->own);
    return code;
}

/* ---- checking ---- */

static int check(const struct app *app, enum check how, const struct status *s)
{
    size_t bad = 0;
    if (how == CHECK_NO)
        return EXIT_DONE;
    if (!s->drivers) {
        app_error("%s does not tell how its drivers are, so they can't be checked", app_server_title(app));
        return EXIT_OTHER;
    }
    for (DWORD i = 0; i < s->drivers->dwCount; i++) {
        const OPENRRAS_DRIVER *d = &s->drivers->pDrivers[i];
        /* One that has not yet told all its sessions comes up in a moment: it is not away. */
        bool good =
            how == CHECK_STRICT ? driver_is_fine(d) : driver_is_working(d) || d->dwState == OPENRRAS_DRIVER_STARTING;
        char driver[256], instance[256];
        if (good)
            continue;
        bad++;
        app_error("driver %s%s%s is %s", text_escape_z(driver, sizeof driver, d->pszDriver), *d->pszInstance ? ":" : "",
                  text_escape_z(instance, sizeof instance, d->pszInstance), driver_state_word(d->dwState));
    }
    return bad ? EXIT_OTHER : EXIT_DONE;
}

static int run(struct app *app, const struct command *self, int argc, char **argv)
{
    struct options o = {0};
    struct status status = {0};
    int code = command_parse(app, self, &o, argc, argv);
    if (code)
        return code;
    struct server *s = app_server(app, &code);
    if (!s)
        return code;
    uint32_t win = read_status(server_handle(s), &status);
    if (win)
        code = error_report(app, win, "get the status on");
    else
        code = app->json                           ? print_json(app, &status)
               : app->quiet && o.check != CHECK_NO ? EXIT_DONE
                                                   : print_text(app, &status);
    if (code == EXIT_DONE)
        code = check(app, o.check, &status);
    status_free(&status);
    return code;
}

const struct command cmd_status = {
    .name = "status",
    .summary = "is the server running, how busy is it, how are its drivers",
    .argp = &argp,
    .run = run,
};
