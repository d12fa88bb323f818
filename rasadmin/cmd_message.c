/* SPDX-License-Identifier: Apache-2.0 */
#include <mprapi.h>
#include <string.h>

#include "common/text.h"
#include "rasadmin/commands.h"
#include "rasadmin/errors.h"
#include "rasadmin/json.h"
#include "rasadmin/server.h"
#include "rasadmin/show.h"
#include "rasadmin/whom.h"

#define UNITS_MAX 4096u /* of UTF-16, with the NUL: what MprAdminSendUserMessage() takes */

struct options {
    struct whom whom;
    const char *text;
};

static const struct argp_option option_table[] = {WHOM_OPTIONS, {0}};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        if (o->text)
            argp_error(state, "the text is one word: put it in quotes");
        o->text = arg;
        if (!*arg || !text_is_utf8(arg, strlen(arg)) || text_utf16_units(arg, strlen(arg)) >= UNITS_MAX)
            argp_error(state, "the text is UTF-8, and has 1 to %u characters", UNITS_MAX - 1u);
        return 0;
    case ARGP_KEY_END:
        if (!o->text)
            argp_error(state, "there is no text");
        break;
    default:
        break;
    }
    return whom_parse(key, arg, state, &o->whom);
}

static const struct argp argp = {
    .options = option_table,
    .parser = parse,
    .args_doc = "TEXT",
    .doc = "Show a message to a connected user.\v"
           "Most ways in have no means to show anything: then the driver needs a program that does it "
           "(message-command), and without one the message is refused. That it was handed over is all that is known. "
           "Characters that a terminal would obey arrive escaped.",
};

static int print_json(const struct app *app, const struct connection *c)
{
    json_t *doc = json_document(app, "message");
    if (doc && (json_object_set_new(doc, "connection", json_handle(c->handle)) < 0 ||
                json_object_set_new(doc, "user", json_user(c)) < 0)) {
        json_decref(doc);
        doc = NULL;
    }
    return json_print(doc);
}

static int send(struct app *app, const struct connection *c, const char *text)
{
    char16_t units[UNITS_MAX];
    char user[SHOW_USER_MAX];
    text_to_utf16(units, UNITS_MAX, text);
    uint32_t win = MprAdminSendUserMessage(server_handle(app->server), (HANDLE)(uintptr_t)c->handle, (LPWSTR)units);
    show_user(user, c);
    if (win == ERROR_NOT_SUPPORTED) {
        app_error("%s can't be shown a message: the driver has no way to do that", user);
        return EXIT_OTHER;
    }
    if (win)
        return error_report(app, win, "send a message on");
    if (app->json)
        return print_json(app, c);
    app_note(app, "the message for %s was handed over", user);
    return EXIT_DONE;
}

static int run(struct app *app, const struct command *self, int argc, char **argv)
{
    struct options o = {0};
    struct listing l = {0};
    const struct connection *c;
    int code = command_parse(app, self, &o, argc, argv);
    if (code == EXIT_DONE)
        code = whom_find(app, &o.whom, &l, &c);
    if (code)
        return code;
    code = send(app, c, o.text);
    listing_free(&l);
    return code;
}

const struct command cmd_message = {
    .name = "message",
    .summary = "show a message to a user",
    .argp = &argp,
    .run = run,
};
