/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <openrras.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/text.h"
#include "rasadmin/commands.h"
#include "rasadmin/errors.h"
#include "rasadmin/feature.h"
#include "rasadmin/json.h"
#include "rasadmin/one.h"
#include "rasadmin/server.h"
#include "rasadmin/show.h"
#include "rasadmin/term.h"

#define NAME_SIZE         64u  /* of a driver or instance, with the NUL; the protocol allows 32 */
#define SHOWN_SIZE        512u /* both, escaped */
#define SHOWN_IN_QUESTION 10u  /* sessions that a question names */

enum {
    KEY_FORCE = 0x200,
    KEY_YES,
};

static const struct argp_option option_table[] = {
    {"force", KEY_FORCE, NULL, 0, "Forget the sessions that it still has, too; nothing is done to them", 0},
    {"yes", KEY_YES, NULL, 0, "Do not ask when sessions are lost from sight", 0},
    {0},
};

struct forget {
    struct one_argument one; /* first: what one_argument_parse() takes */
    bool force, yes;
    char driver[NAME_SIZE], instance[NAME_SIZE], shown[SHOWN_SIZE];
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct forget *f = state->input;
    switch (key) {
    case KEY_FORCE:
        f->force = true;
        return 0;
    case KEY_YES:
        f->yes = true;
        return 0;
    default:
        return one_argument_parse(key, arg, state);
    }
}

static const struct argp argp = {
    .options = option_table,
    .parser = parse,
    .args_doc = "DRIVER:INSTANCE",
    .doc =
        "Forget a driver that is away and has no sessions any more: its ports are not listed any longer.\v"
        "It may come back as a new one. 'rasadmin status' lists the drivers.\n"
        "A driver that went away while it had sessions keeps them until it comes back and tells what became of them. "
        "If it never will, --force forgets them with it. That disconnects nobody: they may still be up in their "
        "daemon, and are only lost from sight. A driver that is there is never forgotten.",
};

/* Two names out of one word. */
static bool split(const char *text, char driver[static NAME_SIZE], char instance[static NAME_SIZE])
{
    const char *colon = strchr(text, ':');
    size_t n = colon ? (size_t)(colon - text) : 0;
    if (n == 0 || n >= NAME_SIZE || !colon[1] || strlen(colon + 1) >= NAME_SIZE)
        return false;
    memcpy(driver, text, n);
    driver[n] = '\0';
    strcpy(instance, colon + 1);
    return text_is_utf8(text, strlen(text));
}

/* ---- why not ---- */

static int there_is_none(const struct app *app, const struct forget *f)
{
    app_error("there is no driver %s on %s; list them with 'rasadmin status'", f->shown, app_server_title(app));
    return EXIT_NOT_FOUND;
}

static int it_is_there(const struct app *app, const struct forget *f)
{
    app_error("driver %s is connected to %s; only one that is away is forgotten, also with --force: stop it first",
              f->shown, app_server_title(app));
    return EXIT_OTHER;
}

/* Of a pool nobody has to be there, so its state does not tell. */
static bool is_there(const OPENRRAS_DRIVER *d)
{
    return d->fSession ? d->dwPid != 0 : d->dwState != OPENRRAS_DRIVER_AWAY;
}

static const OPENRRAS_DRIVER *find(const OPENRRAS_DRIVER_LIST *list, const struct forget *f)
{
    for (DWORD i = 0; i < list->dwCount; i++) {
        const OPENRRAS_DRIVER *d = &list->pDrivers[i];
        if (strcmp(d->pszDriver, f->driver) == 0 && strcmp(d->pszInstance, f->instance) == 0)
            return d;
    }
    return NULL;
}

static int it_has_sessions(const struct app *app, const struct forget *f, unsigned n)
{
    app_error("driver %s is away from %s, but still has %u %s; if it will never come back to tell what became of them, "
              "forget them too: rasadmin forget --force %s",
              f->shown, app_server_title(app), n, n == 1 ? "session" : "sessions", f->shown);
    return EXIT_OTHER;
}

/* The server has refused: is it there, or does it have sessions? */
static int explain_busy(const struct app *app, const struct forget *f)
{
    OPENRRAS_DRIVER_LIST *list;
    if (f->force)
        return it_is_there(app, f);
    uint32_t win = OpenRrasDriverEnum(server_handle(app->server), &list);
    if (win)
        return error_report(app, win, "list the drivers on");
    const OPENRRAS_DRIVER *d = find(list, f);
    int code;
    if (!d)
        code = there_is_none(app, f);
    else if (is_there(d))
        code = it_is_there(app, f);
    else
        code = it_has_sessions(app, f, d->dwPortsInUse);
    MprAdminBufferFree(list);
    return code;
}

/* ---- asking ---- */

static void list_for_question(const struct forget *f, const OPENRRAS_SESSION_LIST *list)
{
    char user[SHOWN_SIZE], port[SHOWN_SIZE];
    fprintf(stderr, "Driver %s still has\n", f->shown);
    for (DWORD i = 0; i < list->dwCount && i < SHOWN_IN_QUESTION; i++) {
        const OPENRRAS_SESSION *s = &list->pSessions[i];
        fprintf(stderr, "  %s on %s\n", *s->pszUser ? show_user_name(user, sizeof user, s->pszUser) : "(no name)",
                text_escape_z(port, sizeof port, s->pszPort));
    }
    if (list->dwCount > SHOWN_IN_QUESTION)
        fprintf(stderr, "  and %u more\n", (unsigned)(list->dwCount - SHOWN_IN_QUESTION));
}

static int ask(const struct app *app, const struct forget *f, const OPENRRAS_SESSION_LIST *list)
{
    char question[80];
    unsigned n = list->dwCount;
    snprintf(question, sizeof question, "Lose %u %s from sight, which may still be up?", n,
             n == 1 ? "session" : "sessions");
    if (!app->no_input && isatty(STDIN_FILENO))
        list_for_question(f, list);
    int answer = app->no_input ? -ENOTTY : term_ask(question);
    if (answer == 1)
        return EXIT_DONE;
    if (answer == 0)
        app_error("nothing was forgotten");
    else
        app_error("driver %s still has %u %s, which may still be up; nothing was forgotten: say --yes if %s to be lost "
                  "from sight",
                  f->shown, n, n == 1 ? "session" : "sessions", n == 1 ? "it is" : "they are");
    return answer == 0 ? EXIT_OTHER : EXIT_USAGE;
}

/* Is the driver away, and is it meant? EXIT_DONE: go on. */
static int confirm(const struct app *app, const struct forget *f)
{
    OPENRRAS_DRIVER_LIST *drivers;
    OPENRRAS_SESSION_LIST *sessions;
    const OPENRRAS_SELECTOR selector = {.pszDriver = f->one.text};
    uint32_t win = OpenRrasDriverEnum(server_handle(app->server), &drivers);
    if (win)
        return error_report(app, win, "list the drivers on");
    const OPENRRAS_DRIVER *d = find(drivers, f);
    int code = !d ? there_is_none(app, f) : is_there(d) ? it_is_there(app, f) : EXIT_DONE;
    MprAdminBufferFree(drivers);
    if (code || f->yes)
        return code;
    win = OpenRrasSessionEnum(server_handle(app->server), &selector, &sessions);
    if (win)
        return error_report(app, win, "list the sessions on");
    if (sessions->dwCount > 0)
        code = ask(app, f, sessions);
    MprAdminBufferFree(sessions);
    return code;
}

/* ---- doing ---- */

static int print_json(const struct app *app, const struct forget *f, uint32_t lost)
{
    json_t *doc = json_document(app, "forget");
    json_t *all = json_pack("{s:s, s:s, s:b, s:I}", "driver", f->driver, "instance", f->instance, "force", f->force,
                            "sessions_lost", (json_int_t)lost);
    if (doc && (!all || json_object_update(doc, all) < 0)) {
        json_decref(doc);
        doc = NULL;
    }
    json_decref(all);
    return json_print(doc);
}

static int forget(const struct app *app, const struct forget *f)
{
    DWORD lost = 0;
    uint32_t win = OpenRrasDriverForgetEx(server_handle(app->server), f->driver, f->instance,
                                          f->force ? OPENRRAS_FORGET_FORCE : 0, &lost);
    if (win == ERROR_NOT_FOUND)
        return there_is_none(app, f);
    if (win == ERROR_BUSY)
        return explain_busy(app, f);
    if (win)
        return error_report(app, win, "forget a driver on");
    if (app->json)
        return print_json(app, f, lost);
    app_note(app, "driver %s is forgotten", f->shown);
    if (lost)
        app_note(app,
                 "%u %s that it had %s lost from sight: nobody was disconnected, and who is still up is not seen or "
                 "reached from here any more",
                 (unsigned)lost, lost == 1 ? "session" : "sessions", lost == 1 ? "is" : "are");
    return EXIT_DONE;
}

static int run(struct app *app, const struct command *self, int argc, char **argv)
{
    struct forget f = {.one = {.what = "driver"}};
    int code = command_parse(app, self, &f, argc, argv);
    if (code)
        return code;
    text_escape_z(f.shown, sizeof f.shown, f.one.text);
    if (!split(f.one.text, f.driver, f.instance)) {
        app_error("%s is not of the form DRIVER:INSTANCE, such as openvpn:main", f.shown);
        return EXIT_USAGE;
    }
    if (f.force)
        code = feature_need(app, OPENRRAS_FEATURE_FORGET_FORCE, "forget a driver with its sessions");
    else
        code = feature_need(app, OPENRRAS_FEATURE_DRIVERS, "forget drivers");
    if (code == EXIT_DONE && f.force)
        code = confirm(app, &f);
    return code == EXIT_DONE ? forget(app, &f) : code;
}

const struct command cmd_forget = {
    .name = "forget",
    .summary = "forget a driver that is away",
    .argp = &argp,
    .run = run,
};
