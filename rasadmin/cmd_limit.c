/* SPDX-License-Identifier: Apache-2.0 */
#include <openrras.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "rasadmin/commands.h"
#include "rasadmin/errors.h"
#include "rasadmin/feature.h"
#include "rasadmin/json.h"
#include "rasadmin/limit.h"
#include "rasadmin/server.h"
#include "rasadmin/words.h"

#define TYPE_MAX 64u

enum {
    KEY_NO_USERS = 0x200,
};

struct options {
    struct words words;
    uint32_t ports;
    bool no_users;
};

static const struct argp_option option_table[] = {
    {"no-users", KEY_NO_USERS, NULL, 0, "set: no user may come at all, whatever the number", 1},
    {0},
};

static bool parse_ports(const char *text, uint32_t *ret)
{
    return parse_handle(text, ret) && *ret > 0; /* as strict about numbers */
}

static bool is_type(const char *text)
{
    return *text && strlen(text) <= TYPE_MAX && text_is_utf8(text, strlen(text));
}

static void check_words(struct argp_state *state, struct options *o)
{
    const char *what = words_what(&o->words);
    bool set = strcmp(what, "set") == 0, take = strcmp(what, "remove") == 0;
    if (!set && !take && strcmp(what, "list") != 0)
        argp_error(state, "it is list, set TYPE PORTS, or remove TYPE");
    if (o->words.n > 0 && o->words.n != (set ? 3u : take ? 2u : 1u))
        argp_error(state, set    ? "set needs a type of device and a number of ports"
                          : take ? "remove needs a type of device"
                                 : "list needs nothing more");
    if (o->no_users && !set)
        argp_error(state, "--no-users is for set");
    if ((set || take) && !is_type(o->words.at[1]))
        argp_error(state, "this can't be a type of device");
    if (set && !parse_ports(o->words.at[2], &o->ports))
        argp_error(state, "the number of ports is from 1 on");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case KEY_NO_USERS:
        o->no_users = true;
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
    .args_doc = "\nlist\nset TYPE PORTS\nremove TYPE",
    .doc = "Limit how many ports a type of device may have, and show the limits.\v"
           "A type is what 'rasadmin ports' lists: l2tp, pppoe, openvpn. A limit is kept over restarts and never ends "
           "a session: those above it go on until they end by themselves.",
};

static int list_them(struct app *app)
{
    OPENRRAS_PORT_LIMIT_LIST *list;
    uint32_t win = OpenRrasLimitEnum(server_handle(app->server), &list);
    if (win)
        return error_report(app, win, "list the limits of");
    int code = EXIT_DONE;
    if (app->json) {
        json_t *doc = json_document(app, "limits");
        if (doc && json_object_set_new(doc, "limits", limits_json(list)) < 0) {
            json_decref(doc);
            doc = NULL;
        }
        code = json_print(doc);
    } else {
        limits_show(stdout, list);
        if (list->dwCount == 0)
            app_note(app, "no type of device has a limit");
    }
    MprAdminBufferFree(list);
    return code;
}

static int set(struct app *app, const struct options *o)
{
    DWORD above = 0;
    DWORD use = o->no_users ? MPR_ENABLE_ROUTING_ON_DEVICE : MPR_ENABLE_RAS_ON_DEVICE;
    char type[4u * TYPE_MAX + 1u];
    uint32_t win = OpenRrasLimitSet(server_handle(app->server), o->words.at[1], o->ports, o->ports ? use : 0, &above);
    text_escape_z(type, sizeof type, o->words.at[1]);
    if (win == ERROR_NOT_FOUND) {
        app_error("%s has no limit", type);
        return EXIT_NOT_FOUND;
    }
    if (win == RPC_S_SERVER_TOO_BUSY) {
        app_error("%s: so many other types have a limit that there is no room for one more, or the server is busy",
                  type);
        return EXIT_UNREACHABLE;
    }
    if (win)
        return error_report(app, win, "limit the ports of");
    if (app->json)
        return list_them(app);
    if (o->ports == 0)
        app_note(app, "%s has no limit any more", type);
    else
        app_note(app, o->no_users ? "%s: no user may come" : "%s may have %u %s", type, (unsigned)o->ports,
                 o->ports == 1 ? "port" : "ports");
    if (above)
        app_note(app, "%u %s more than that go on until they end by themselves", (unsigned)above,
                 above == 1 ? "session" : "sessions");
    return EXIT_DONE;
}

static int run(struct app *app, const struct command *self, int argc, char **argv)
{
    struct options o = {0};
    int code = command_parse(app, self, &o, argc, argv);
    if (code == EXIT_DONE)
        code = feature_need(app, OPENRRAS_FEATURE_LIMITS, "tell of limits of ports");
    if (code)
        return code;
    return strcmp(words_what(&o.words), "list") == 0 ? list_them(app) : set(app, &o);
}

const struct command cmd_limit = {
    .name = "limit",
    .summary = "limit how many ports a type of device may have",
    .argp = &argp,
    .run = run,
};
