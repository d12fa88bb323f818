/* SPDX-License-Identifier: Apache-2.0 */
#include <openrras.h>
#include <string.h>

#include "common/text.h"
#include "rasadmin/commands.h"
#include "rasadmin/errors.h"
#include "rasadmin/feature.h"
#include "rasadmin/json.h"
#include "rasadmin/one.h"
#include "rasadmin/server.h"

#define NAME_SIZE 64u /* of a driver or instance, with the NUL; the protocol allows 32 */

static const struct argp argp = {
    .parser = one_argument_parse,
    .args_doc = "DRIVER:INSTANCE",
    .doc = "Forget a driver that is away and has no sessions any more: its ports are not listed any longer.\v"
           "It may come back as a new one. 'rasadmin status' lists the drivers.",
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

static int report(const struct app *app, uint32_t win, const char *shown)
{
    if (win == ERROR_NOT_FOUND) {
        app_error("there is no driver %s on %s; list them with 'rasadmin status'", shown, app_server_title(app));
        return EXIT_NOT_FOUND;
    }
    if (win == ERROR_BUSY) {
        app_error("driver %s on %s is there, or still has sessions; only one that is away and has none is forgotten",
                  shown, app_server_title(app));
        return EXIT_OTHER;
    }
    return error_report(app, win, "forget a driver on");
}

static int run(struct app *app, const struct command *self, int argc, char **argv)
{
    struct one_argument one = {.what = "driver"};
    char driver[NAME_SIZE], instance[NAME_SIZE], shown[512];
    int code = command_parse(app, self, &one, argc, argv);
    if (code)
        return code;
    text_escape_z(shown, sizeof shown, one.text);
    if (!split(one.text, driver, instance)) {
        app_error("%s is not of the form DRIVER:INSTANCE, such as openvpn:main", shown);
        return EXIT_USAGE;
    }
    code = feature_need(app, OPENRRAS_FEATURE_DRIVERS, "forget drivers");
    if (code)
        return code;
    uint32_t win = OpenRrasDriverForget(server_handle(app->server), driver, instance);
    if (win)
        return report(app, win, shown);
    if (!app->json) {
        app_note(app, "driver %s is forgotten", shown);
        return EXIT_DONE;
    }
    json_t *doc = json_document(app, "forget");
    if (doc && (json_object_set_new(doc, "driver", json_string(driver)) < 0 ||
                json_object_set_new(doc, "instance", json_string(instance)) < 0)) {
        json_decref(doc);
        doc = NULL;
    }
    return json_print(doc);
}

const struct command cmd_forget = {
    .name = "forget",
    .summary = "forget a driver that is away",
    .argp = &argp,
    .run = run,
};
