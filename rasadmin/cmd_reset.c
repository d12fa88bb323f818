/* SPDX-License-Identifier: Apache-2.0 */
#include "common/text.h"
#include "rasadmin/commands.h"
#include "rasadmin/errors.h"
#include "rasadmin/json.h"
#include "rasadmin/one.h"
#include "rasadmin/server.h"

static const struct argp argp = {
    .parser = one_argument_parse,
    .args_doc = "NAME|HANDLE",
    .doc = "Reset the device of a port.\v"
           "By the published protocol a server only checks the caller's rights and then does nothing, and so does "
           "rrasd. It is here "
           "because the API has it. 'rasadmin disconnect' ends sessions.",
};

static int print_json(const struct app *app, const struct port *p)
{
    json_t *doc = json_document(app, "reset");
    if (doc && (json_object_set_new(doc, "port", json_text(p->name)) < 0 ||
                json_object_set_new(doc, "handle", json_handle(p->handle)) < 0)) {
        json_decref(doc);
        doc = NULL;
    }
    return json_print(doc);
}

static int run(struct app *app, const struct command *self, int argc, char **argv)
{
    struct one_argument one = {.what = "port"};
    struct listing l = {0};
    const struct port *p;
    char shown[128];
    int code = command_parse(app, self, &one, argc, argv);
    if (code)
        return code;
    code = one_port(app, one.text, &l, &p);
    if (code)
        return code;
    uint32_t win = client_port_reset(server_handle(app->server), p->handle);
    if (win)
        code = error_report(app, win, "reset the port on");
    else if (app->json)
        code = print_json(app, p);
    else
        app_note(app, "port %s: the server has accepted the reset", text_escape_z(shown, sizeof shown, p->name));
    listing_free(&l);
    return code;
}

const struct command cmd_reset = {
    .name = "reset",
    .summary = "reset the device of a port",
    .argp = &argp,
    .run = run,
};
