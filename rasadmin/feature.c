/* SPDX-License-Identifier: Apache-2.0 */
#include "rasadmin/feature.h"

#include "rasadmin/client.h"
#include "rasadmin/errors.h"
#include "rasadmin/server.h"

int feature_need(struct app *app, uint32_t features, const char *what)
{
    uint32_t has;
    int code;
    struct server *s = app_server(app, &code);
    if (!s)
        return code;
    uint32_t win = client_features(server_handle(s), &has);
    if (win)
        return error_report(app, win, "ask for the features of");
    if ((has & features) == features)
        return EXIT_DONE;
    app_error("%s can't %s: that needs rrasd of this version; other servers have no way to do it",
              app_server_title(app), what);
    return EXIT_OTHER;
}
