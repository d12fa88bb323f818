/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <openrras.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "rasadmin/commands.h"
#include "rasadmin/errors.h"
#include "rasadmin/feature.h"
#include "rasadmin/json.h"
#include "rasadmin/keep_out.h"
#include "rasadmin/server.h"
#include "rasadmin/show.h"
#include "rasadmin/words.h"

enum {
    KEY_DRIVER = 0x200,
    KEY_REASON,
};

struct options {
    struct words words;
    const char *driver, *reason;
    uint32_t seconds;
};

static const struct argp_option option_table[] = {
    {"driver", KEY_DRIVER, "NAME[:INSTANCE]", 0, "add: only from this driver's service", 1},
    {"reason", KEY_REASON, "TEXT", 0, "add: why; for the client where the daemon can tell, for the log and the audit",
     1},
    {0},
};

/* Are there as many words as the first one wants? */
static void check_words(struct argp_state *state, struct options *o)
{
    const char *what = words_what(&o->words);
    bool add = strcmp(what, "add") == 0, lift = strcmp(what, "lift") == 0;
    if (!add && !lift && strcmp(what, "list") != 0)
        argp_error(state, "it is list, add USER DURATION, or lift NUMBER|USER");
    if (o->words.n > 0 && o->words.n != (add ? 3u : lift ? 2u : 1u))
        argp_error(state, add    ? "add needs a user and a duration"
                          : lift ? "lift needs a number or a user"
                                 : "list needs nothing more");
    if (!add && (o->driver || o->reason))
        argp_error(state, "--driver and --reason are for add");
    if (add)
        words_check_user(o->words.at[1], state);
    if (add && keep_out_parse_duration(o->words.at[2], &o->seconds) < 0)
        argp_error(state, "the duration is from 1s to 366d, such as 30m or 2h");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case KEY_DRIVER:
        o->driver = arg;
        return 0;
    case KEY_REASON:
        if (!keep_out_reason_is_good(arg))
            argp_error(state, "--reason takes at most 256 bytes of UTF-8");
        o->reason = arg;
        return 0;
    case ARGP_KEY_ARG:
        words_add(&o->words, WORDS_MAX, arg, state);
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
    .args_doc = "\nlist\nadd USER DURATION\nlift NUMBER|USER",
    .doc = "Keep users out for a while, and show who is.\v"
           "Where the daemon can refuse a user it does so at log-on; elsewhere the session is ended as soon as it is "
           "there. Sessions that are there already are left alone: 'rasadmin disconnect --keep-out' ends them as well.",
};

static uint32_t read_list(struct app *app, OPENRRAS_KEEP_OUT_LIST **ret)
{
    return OpenRrasKeepOutEnum(server_handle(app->server), ret);
}

/* All of them, or one: `number` 0 is all. */
static int print_list(struct app *app, const OPENRRAS_KEEP_OUT_LIST *list, uint32_t number)
{
    struct json_list json = {0};
    if (app->json)
        json_list_begin(&json, json_document(app, "keep-outs"), "keep_outs");
    for (DWORD i = 0, shown = 0; i < list->dwCount; i++) {
        const OPENRRAS_KEEP_OUT *k = &list->pKeepOuts[i];
        if (number && k->dwKeepOut != number)
            continue;
        if (app->json)
            json_list_item(&json, keep_out_json(k));
        else if (shown++ > 0)
            putchar('\n');
        if (!app->json)
            keep_out_show(stdout, k);
    }
    if (app->json)
        return json_list_end(&json);
    if (list->dwCount == 0)
        app_note(app, "nobody is kept out");
    return EXIT_DONE;
}

static int list_them(struct app *app, uint32_t number)
{
    OPENRRAS_KEEP_OUT_LIST *list;
    uint32_t win = read_list(app, &list);
    if (win)
        return error_report(app, win, "list who is kept out on");
    int code = print_list(app, list, number);
    MprAdminBufferFree(list);
    return code;
}

static int add(struct app *app, const struct options *o)
{
    DWORD number;
    uint32_t win =
        OpenRrasKeepOutAdd(server_handle(app->server), o->words.at[1], o->driver, o->seconds, o->reason, &number);
    if (win)
        return error_report_keep_out(app, win, "keep a user out on");
    return app->quiet && !app->json ? EXIT_DONE : list_them(app, number);
}

/* Is this one meant? By its number; if there is none with that number, by its user. */
static bool is_meant(const OPENRRAS_KEEP_OUT *k, const char *word, bool by_number, uint32_t number)
{
    return by_number ? k->dwKeepOut == number : strcmp(k->pszUser, word) == 0;
}

static int lift_from(struct app *app, const OPENRRAS_KEEP_OUT_LIST *list, const char *word)
{
    uint32_t number = 0;
    size_t lifted = 0;
    char user[SHOW_USER_MAX];
    bool by_number = parse_handle(word, &number) && keep_out_find(list, number);
    for (DWORD i = 0; i < list->dwCount; i++) {
        const OPENRRAS_KEEP_OUT *k = &list->pKeepOuts[i];
        if (!is_meant(k, word, by_number, number))
            continue;
        uint32_t win = OpenRrasKeepOutRemove(server_handle(app->server), k->dwKeepOut);
        /* One that has just ended by itself is what was wanted. */
        if (win && win != ERROR_NOT_FOUND)
            return error_report(app, win, "lift a keep-out on");
        lifted++;
        app_note(app, "keep-out %u is lifted: %s may come in again", (unsigned)k->dwKeepOut,
                 show_user_name(user, sizeof user, k->pszUser));
    }
    if (lifted == 0) {
        app_error("no keep-out has this number or user: %s", text_escape_z(user, sizeof user, word));
        return EXIT_NOT_FOUND;
    }
    return app->json ? list_them(app, 0) : EXIT_DONE;
}

static int lift(struct app *app, const struct options *o)
{
    OPENRRAS_KEEP_OUT_LIST *list;
    uint32_t win = read_list(app, &list);
    if (win)
        return error_report(app, win, "list who is kept out on");
    int code = lift_from(app, list, o->words.at[1]);
    MprAdminBufferFree(list);
    return code;
}

static int run(struct app *app, const struct command *self, int argc, char **argv)
{
    struct options o = {0};
    int code = command_parse(app, self, &o, argc, argv);
    if (code == EXIT_DONE)
        code = feature_need(app, OPENRRAS_FEATURE_KEEP_OUT, "keep users out");
    if (code)
        return code;
    if (strcmp(words_what(&o.words), "list") == 0)
        return list_them(app, 0);
    return strcmp(o.words.at[0], "add") == 0 ? add(app, &o) : lift(app, &o);
}

const struct command cmd_keep_out = {
    .name = "keep-out",
    .summary = "keep users out for a while, and show who is",
    .argp = &argp,
    .run = run,
};
