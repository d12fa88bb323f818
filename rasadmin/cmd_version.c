/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>

#include "rasadmin/commands.h"
#include "rasadmin/json.h"

static const struct argp argp = {
    .doc = "Show the version of this program. No server is asked.",
};

static int run(struct app *app, const struct command *self, int argc, char **argv)
{
    int code = command_parse(app, self, NULL, argc, argv);
    if (code)
        return code;
    if (app->json)
        return json_print(json_pack("{s:i, s:s, s:s}", "schema_version", JSON_SCHEMA_VERSION, "kind", "version",
                                    "version", RASADMIN_VERSION));
    printf("rasadmin %s (OpenRRAS)\n", RASADMIN_VERSION);
    return EXIT_DONE;
}

const struct command cmd_version = {
    .name = "version",
    .summary = "show the version of rasadmin",
    .argp = &argp,
    .run = run,
};
