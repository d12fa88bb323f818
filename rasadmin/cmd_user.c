/* SPDX-License-Identifier: Apache-2.0 */
#include <openrras.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "rasadmin/commands.h"
#include "rasadmin/errors.h"
#include "rasadmin/feature.h"
#include "rasadmin/json.h"
#include "rasadmin/server.h"
#include "rasadmin/show.h"
#include "rasadmin/term.h"
#include "rasadmin/user.h"
#include "rasadmin/words.h"

enum {
    KEY_CALLBACK = 0x200,
    KEY_CREATE,
};

#define USER_WORDS 2u /* permit NAME */

struct options {
    struct words words;
    const char *callback;
    bool create;
};

static const struct argp_option option_table[] = {
    {"callback", KEY_CALLBACK, "none|caller|NUMBER", 0,
     "permit, refuse, policy: call back not at all, where the caller says, or always there", 1},
    {"create", KEY_CREATE, NULL, 0, "permit, refuse, policy: also one of whom nothing is kept yet", 1},
    {0},
};

static bool is_change(const char *what)
{
    return strcmp(what, "permit") == 0 || strcmp(what, "refuse") == 0 || strcmp(what, "policy") == 0;
}

/* Are there as many words as the first one wants? */
static void check_words(struct argp_state *state, const struct options *o)
{
    const char *what = words_what(&o->words);
    bool list = strcmp(what, "list") == 0;
    if (!list && !is_change(what) && strcmp(what, "show") != 0 && strcmp(what, "forget") != 0)
        argp_error(state, "it is list, or one of show, permit, refuse, policy, forget with a NAME");
    if (o->words.n > 1 ? list : !list)
        argp_error(state, list ? "list needs nothing more" : "%s needs a user", what);
    if (o->words.n > 1)
        words_check_user(o->words.at[1], state);
    if (!is_change(what) && (o->callback || o->create))
        argp_error(state, "--callback and --create are for permit, refuse and policy");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    OPENRRAS_USER u;
    switch (key) {
    case KEY_CALLBACK:
        if (!user_parse_callback(arg, &u))
            argp_error(state, "--callback is none, caller, or a telephone number of at most %u characters",
                       MAX_PHONE_NUMBER_LEN);
        o->callback = arg;
        return 0;
    case KEY_CREATE:
        o->create = true;
        return 0;
    case ARGP_KEY_ARG:
        words_add(&o->words, USER_WORDS, arg, state);
        return 0;
    case ARGP_KEY_END:
        check_words(state, o);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = option_table,
    .parser = parse,
    .args_doc = "\nlist\nshow NAME\npermit NAME\nrefuse NAME\npolicy NAME\nforget NAME",
    .doc =
        "Who may dial in, and where he is called back.\v"
        "Users are those of the server's own store, or of a directory: [users] in rrasd.conf. A user of whom nothing "
        "is kept, and one for whom that is said with policy, may dial in if the policy there permits it. Sessions of "
        "one who is refused are ended if [users] says so.",
};

/* ---- showing ---- */

static int print_all(struct app *app, const OPENRRAS_USER_LIST *list)
{
    struct json_list json = {0};
    if (app->json) {
        json_list_begin(&json, json_document(app, "users"), "users");
        for (DWORD i = 0; i < list->dwCount; i++)
            json_list_item(&json, user_json(&list->pUsers[i]));
        return json_list_end(&json);
    }
    if (list->dwCount == 0) {
        app_note(app, "nothing is kept of any user; the policy decides about all");
        return EXIT_DONE;
    }
    return user_table(stdout, list, term_width(), term_color(app->color_when)) < 0 ? app_no_memory() : EXIT_DONE;
}

static int list_all(struct app *app)
{
    OPENRRAS_USER_LIST *list;
    uint32_t win = OpenRrasUserEnum(server_handle(app->server), &list);
    if (win)
        return error_report_user(app, win, "list the users of");
    int code = print_all(app, list);
    MprAdminBufferFree(list);
    return code;
}

static void print_one(struct app *app, OPENRRAS_USER *u, int *code)
{
    if (app->json) {
        const OPENRRAS_USER_LIST one = {1, u};
        *code = print_all(app, &one);
    } else {
        user_show(stdout, u);
    }
}

static int show(struct app *app, const char *name)
{
    OPENRRAS_USER *u;
    int code = EXIT_DONE;
    uint32_t win = OpenRrasUserGet(server_handle(app->server), name, &u);
    if (win)
        return error_report_user(app, win, "read a user of");
    print_one(app, u, &code);
    MprAdminBufferFree(u);
    return code;
}

/* ---- changing ---- */

static uint32_t set(struct app *app, const struct options *o, const OPENRRAS_USER *before)
{
    OPENRRAS_USER u = {.dwCallback = RASPRIV_NoCallback};
    if (before)
        u = *before;
    u.pszUser = o->words.at[1]; /* whatever the server has called him */
    u.fByPolicy = strcmp(o->words.at[0], "policy") == 0;
    u.fPermitted = strcmp(o->words.at[0], "permit") == 0;
    if (o->callback)
        (void)user_parse_callback(o->callback, &u); /* has been looked at */
    return OpenRrasUserSet(server_handle(app->server), &u, o->create ? OPENRRAS_USER_CREATE : 0);
}

/* What is not said stays as it is. */
static int change(struct app *app, const struct options *o)
{
    OPENRRAS_USER *before = NULL;
    uint32_t win = OpenRrasUserGet(server_handle(app->server), o->words.at[1], &before);
    if (win == ERROR_NO_SUCH_USER && !o->create) {
        int code = error_report_user(app, win, "change a user of");
        app_note(app, "is the name right? With --create it is a new user");
        return code;
    }
    if (win && win != ERROR_NO_SUCH_USER)
        return error_report_user(app, win, "read a user of");
    win = set(app, o, before);
    if (before)
        MprAdminBufferFree(before);
    if (win)
        return error_report_user(app, win, "change a user of");
    return app->quiet && !app->json ? EXIT_DONE : show(app, o->words.at[1]);
}

static int forget(struct app *app, const char *name)
{
    char shown[SHOW_USER_MAX];
    uint32_t win = OpenRrasUserRemove(server_handle(app->server), name);
    if (win)
        return error_report_user(app, win, "forget a user of");
    app_note(app, "nothing is kept of %s any more; the policy decides about him",
             show_user_name(shown, sizeof shown, name));
    return app->json ? list_all(app) : EXIT_DONE;
}

static int run(struct app *app, const struct command *self, int argc, char **argv)
{
    struct options o = {0};
    int code = command_parse(app, self, &o, argc, argv);
    if (code == EXIT_DONE)
        code = feature_need(app, OPENRRAS_FEATURE_USERS, "say who may dial in");
    if (code)
        return code;
    if (strcmp(words_what(&o.words), "list") == 0)
        return list_all(app);
    if (strcmp(o.words.at[0], "show") == 0)
        return show(app, o.words.at[1]);
    return strcmp(o.words.at[0], "forget") == 0 ? forget(app, o.words.at[1]) : change(app, &o);
}

const struct command cmd_user = {
    .name = "user",
    .summary = "say who may dial in, and show it",
    .argp = &argp,
    .run = run,
};
