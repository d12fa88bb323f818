/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For the shell's completion: words, one a line. Reads the same tables as the rest, so that it can't fall behind. Names
 * with characters that would have to be escaped are left out: nobody could type them.
 */
#include <openrras.h>
#include <stdio.h>
#include <string.h>

#include "common/text.h"
#include "common/user_name.h"
#include "rasadmin/client.h"
#include "rasadmin/commands.h"
#include "rasadmin/errors.h"
#include "rasadmin/event.h"
#include "rasadmin/server.h"
#include "rasadmin/show.h"

struct options {
    const char *what, *command;
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct options *o = state->input;
    switch (key) {
    case ARGP_KEY_ARG:
        if (!o->what)
            o->what = arg;
        else if (!o->command)
            o->command = arg;
        else
            argp_error(state, "too many words");
        return 0;
    case ARGP_KEY_END:
        if (!o->what)
            argp_error(state, "complete what?");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .parser = parse,
    .args_doc =
        "commands|options [COMMAND]|ports|users|connections|addresses|types|drivers|events|kept-out|known-users",
    .doc = "Print words for the shell's completion.",
};

static bool is_typeable(const char *s)
{
    char shown[1024];
    return *s && strcmp(text_escape_z(shown, sizeof shown, s), s) == 0;
}

static void print_word(const char *s)
{
    if (is_typeable(s))
        puts(s);
}

static void print_options(const struct argp *a)
{
    if (!a)
        return;
    for (const struct argp_option *o = a->options; o && (o->name || o->doc || o->key); o++) {
        if (o->name && !(o->flags & OPTION_HIDDEN))
            printf("--%s\n", o->name);
    }
}

static int options_of(const char *name)
{
    bool several;
    const struct command *c = name ? command_find(name, &several) : NULL;
    if (name && !c)
        return EXIT_NOT_FOUND;
    print_options(c ? c->argp : NULL);
    print_options(&app_argp);
    puts("--help\n--usage\n--version");
    return EXIT_DONE;
}

static void print_ports(const struct listing *l)
{
    for (size_t i = 0; i < l->n_ports; i++)
        print_word(l->ports[i].name);
}

static void print_users(const struct listing *l)
{
    for (size_t i = 0; i < l->n_connections; i++) {
        const struct connection *c = &l->connections[i];
        if (!is_typeable(c->user) || (c->domain[0] && !is_typeable(c->domain)))
            continue;
        printf("%s%s%s\n", c->domain, c->domain[0] ? "\\" : "", c->user);
    }
}

/* A name that is whole. */
static void print_user(const char *name)
{
    char domain[USER_DOMAIN_MAX + 1];
    const char *user = user_split(name, domain);
    if (is_typeable(user) && (!domain[0] || is_typeable(domain)))
        puts(name);
}

static void print_connections(const struct listing *l)
{
    for (size_t i = 0; i < l->n_connections; i++)
        printf("%u\n", l->connections[i].handle);
}

static void print_addresses(const struct listing *l)
{
    for (size_t i = 0; i < l->n_connections; i++)
        print_word(show_client_address(&l->connections[i]));
}

static void print_types(const struct listing *l)
{
    for (size_t i = 0; i < l->n_ports; i++) {
        if (port_is_busy(&l->ports[i]))
            print_word(port_type(&l->ports[i]));
    }
}

static void print_events(void)
{
    char words[EVENT_WORDS_MAX];
    for (char *save, *w = strtok_r(event_words(words), ", ", &save); w; w = strtok_r(NULL, ", ", &save))
        puts(w);
}

/* "openvpn:main", of servers that tell. */
static int print_drivers(struct app *app)
{
    OPENRRAS_DRIVER_LIST *list;
    int code;
    struct server *s = app_server(app, &code);
    if (!s)
        return code;
    if (OpenRrasDriverEnum(server_handle(s), &list) != NO_ERROR)
        return EXIT_DONE;
    for (DWORD i = 0; i < list->dwCount; i++) {
        const OPENRRAS_DRIVER *d = &list->pDrivers[i];
        if (is_typeable(d->pszDriver) && is_typeable(d->pszInstance))
            printf("%s:%s\n", d->pszDriver, d->pszInstance);
    }
    MprAdminBufferFree(list);
    return EXIT_DONE;
}

static int print_kept_out(struct app *app)
{
    OPENRRAS_KEEP_OUT_LIST *list;
    int code;
    struct server *s = app_server(app, &code);
    if (!s)
        return code;
    if (OpenRrasKeepOutEnum(server_handle(s), &list) != NO_ERROR)
        return EXIT_DONE;
    for (DWORD i = 0; i < list->dwCount; i++)
        print_word(list->pKeepOuts[i].pszUser);
    MprAdminBufferFree(list);
    return EXIT_DONE;
}

static int print_known_users(struct app *app)
{
    OPENRRAS_USER_LIST *list;
    int code;
    struct server *s = app_server(app, &code);
    if (!s)
        return code;
    if (OpenRrasUserEnum(server_handle(s), &list) != NO_ERROR)
        return EXIT_DONE;
    for (DWORD i = 0; i < list->dwCount; i++)
        print_user(list->pUsers[i].pszUser);
    MprAdminBufferFree(list);
    return EXIT_DONE;
}

static int from_server(struct app *app, void (*print)(const struct listing *l))
{
    struct listing l = {0};
    int code;
    struct server *s = app_server(app, &code);
    if (!s)
        return code;
    uint32_t win = client_listing(server_handle(s), &l);
    if (win)
        return error_report(app, win, "list the ports on");
    print(&l);
    listing_free(&l);
    return EXIT_DONE;
}

static int print_commands(void)
{
    for (size_t i = 0; i < n_commands; i++) {
        if (!commands[i]->hidden)
            puts(commands[i]->name);
    }
    return EXIT_DONE;
}

static int run(struct app *app, const struct command *self, int argc, char **argv)
{
    static const struct {
        const char *what;
        void (*print)(const struct listing *l);
    } lists[] = {{"ports", print_ports},
                 {"users", print_users},
                 {"connections", print_connections},
                 {"addresses", print_addresses},
                 {"types", print_types}};
    struct options o = {0};
    int code = command_parse(app, self, &o, argc, argv);
    if (code)
        return code;
    if (strcmp(o.what, "commands") == 0)
        return print_commands();
    if (strcmp(o.what, "events") == 0)
        return print_events(), EXIT_DONE;
    if (strcmp(o.what, "drivers") == 0)
        return print_drivers(app);
    if (strcmp(o.what, "kept-out") == 0)
        return print_kept_out(app);
    if (strcmp(o.what, "known-users") == 0)
        return print_known_users(app);
    if (strcmp(o.what, "options") == 0)
        return options_of(o.command);
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++) {
        if (strcmp(o.what, lists[i].what) == 0)
            return from_server(app, lists[i].print);
    }
    app_error("there is nothing of that kind to complete");
    return EXIT_USAGE;
}

const struct command cmd_complete = {
    .name = "complete",
    .summary = "words for the shell's completion",
    .argp = &argp,
    .hidden = true,
    .run = run,
};
