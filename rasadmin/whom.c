/* SPDX-License-Identifier: Apache-2.0 */
#include "rasadmin/whom.h"

#include "common/text.h"
#include "rasadmin/one.h"

error_t whom_parse(int key, char *arg, struct argp_state *state, struct whom *w)
{
    switch (key) {
    case WHOM_KEY_USER:
        w->user = arg;
        return 0;
    case WHOM_KEY_PORT:
        w->port = arg;
        return 0;
    case WHOM_KEY_CONNECTION:
        w->connection = arg;
        return 0;
    case ARGP_KEY_END:
        if ((w->user != NULL) + (w->port != NULL) + (w->connection != NULL) != 1)
            argp_error(state, "say who with one of --user, --port and --connection");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int by_port(struct app *app, const char *text, struct listing *l, const struct connection **ret)
{
    const struct port *p;
    char shown[128];
    int code = one_port(app, text, l, &p);
    if (code)
        return code;
    *ret = p->connection ? listing_connection(l, p->connection) : NULL;
    if (*ret)
        return EXIT_DONE;
    app_error("nobody is connected on port %s", text_escape_z(shown, sizeof shown, p->name));
    listing_free(l);
    return EXIT_NOT_FOUND;
}

int whom_find(struct app *app, const struct whom *w, struct listing *l, const struct connection **ret)
{
    uint32_t handle;
    if (w->port)
        return by_port(app, w->port, l, ret);
    if (w->connection && !parse_handle(w->connection, &handle)) {
        app_error("--connection takes a handle, as 'rasadmin connections' lists them");
        return EXIT_USAGE;
    }
    return one_connection(app, w->user ? w->user : w->connection, l, ret);
}
