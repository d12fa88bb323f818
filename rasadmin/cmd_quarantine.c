/* SPDX-License-Identifier: Apache-2.0 */
/* Putting a user into quarantine, and releasing him: two commands. */
#include <openrras.h>

#include "rasadmin/commands.h"
#include "rasadmin/errors.h"
#include "rasadmin/feature.h"
#include "rasadmin/json.h"
#include "rasadmin/server.h"
#include "rasadmin/show.h"
#include "rasadmin/whom.h"

static const struct argp_option option_table[] = {WHOM_OPTIONS, {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    return whom_parse(key, arg, state, state->input);
}

static const struct argp argp_quarantine = {
    .options = option_table,
    .parser = parse,
    .doc = "Let a user reach a few places only, from now on and until he is released or leaves.\v"
           "Which places those are the driver's configuration says (for pppd: rras-quarantine-allow). A driver that "
           "can't filter refuses, and nothing happens. 'rasadmin connections --json' shows who is in quarantine.",
};

static const struct argp argp_release = {
    .options = option_table,
    .parser = parse,
    .doc = "Release a user from quarantine.",
};

static int print_json(const struct app *app, const struct connection *c, bool on)
{
    json_t *doc = json_document(app, on ? "quarantine" : "release");
    if (doc && (json_object_set_new(doc, "connection", json_handle(c->handle)) < 0 ||
                json_object_set_new(doc, "user", json_user(c)) < 0 ||
                json_object_set_new(doc, "quarantined", json_boolean(on)) < 0)) {
        json_decref(doc);
        doc = NULL;
    }
    return json_print(doc);
}

static int set(struct app *app, const struct connection *c, bool on)
{
    char user[SHOW_USER_MAX];
    uint32_t win = OpenRrasQuarantineSet(server_handle(app->server), c->handle, on);
    show_user(user, c);
    if (win == ERROR_NOT_FOUND && !on) {
        app_error("%s is not in quarantine", user);
        return EXIT_NOT_FOUND;
    }
    if (win == ERROR_NOT_SUPPORTED && on) {
        app_error("%s can't be put into quarantine: the driver has no filter; nothing was done", user);
        return EXIT_OTHER;
    }
    if (win)
        return error_report(app, win, on ? "put a user into quarantine on" : "release a user on");
    if (app->json)
        return print_json(app, c, on);
    app_note(app, on ? "%s is in quarantine" : "%s is released from quarantine", user);
    return EXIT_DONE;
}

static int run_either(struct app *app, const struct command *self, int argc, char **argv, bool on)
{
    struct whom whom = {0};
    struct listing l = {0};
    const struct connection *c;
    int code = command_parse(app, self, &whom, argc, argv);
    if (code == EXIT_DONE)
        code = feature_need(app, OPENRRAS_FEATURE_QUARANTINE, "put users into quarantine");
    if (code == EXIT_DONE)
        code = whom_find(app, &whom, &l, &c);
    if (code)
        return code;
    code = set(app, c, on);
    listing_free(&l);
    return code;
}

static int run_quarantine(struct app *app, const struct command *self, int argc, char **argv)
{
    return run_either(app, self, argc, argv, true);
}

static int run_release(struct app *app, const struct command *self, int argc, char **argv)
{
    return run_either(app, self, argc, argv, false);
}

const struct command cmd_quarantine = {
    .name = "quarantine",
    .summary = "let a user reach a few places only",
    .argp = &argp_quarantine,
    .run = run_quarantine,
};

const struct command cmd_release = {
    .name = "release",
    .summary = "release a user from quarantine",
    .argp = &argp_release,
    .run = run_release,
};
