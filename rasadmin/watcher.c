/* SPDX-License-Identifier: Apache-2.0 */
#include "rasadmin/watcher.h"

#include <errno.h>
#include <stdio.h>
#include <time.h>

#include "common/text.h"
#include "rasadmin/errors.h"
#include "rasadmin/json.h"
#include "rasadmin/server.h"
#include "rasadmin/show.h"

bool watcher_goes_on(const struct watcher *w)
{
    return w->left > 0 && w->code == EXIT_DONE;
}

void watcher_line_done(struct watcher *w)
{
    if (fflush(stdout) != 0)
        w->left = 0;
    else if (w->left != UINT64_MAX)
        w->left--;
}

static void print_line(const struct port *p, const char *event)
{
    char now[TEXT_TIME_MAX], user[SHOW_USER_MAX], name[128], address[320];
    const char *a = show_client_address(p->conn);
    show_user(user, p->conn);
    printf("%s  %-8s %-20s %-16s %-15s %s\n", text_time(now, time(NULL)), event, *user ? user : "-",
           text_escape_z(name, sizeof name, p->name), *a ? text_escape_z(address, sizeof address, a) : "-",
           port_state(p));
}

void watcher_port(struct watcher *w, const char *word, const struct port *p)
{
    if (!watcher_goes_on(w))
        return;
    if (w->app->json) {
        json_t *doc = json_document(w->app, "event");
        json_t *port = json_port(p);
        if (!doc || !port || json_object_set_new(doc, "event", json_string(word)) < 0 ||
            json_object_set(doc, "port", port) < 0) {
            json_decref(doc);
            doc = NULL;
        }
        json_decref(port);
        w->code = json_print(doc);
    } else {
        print_line(p, word);
    }
    watcher_line_done(w);
}

void watcher_tell(struct watcher *w, const char *word, uint64_t n, const char *sentence)
{
    if (!w->app->json) {
        app_note(w->app, "%s", sentence);
        return;
    }
    json_t *doc = json_document(w->app, "event");
    if (doc && (json_object_set_new(doc, "event", json_string(word)) < 0 ||
                (n && json_object_set_new(doc, "missed", json_integer((json_int_t)n)) < 0))) {
        json_decref(doc);
        doc = NULL;
    }
    w->code = json_print(doc);
    watcher_line_done(w);
}

bool watcher_answered(struct watcher *w, uint32_t win, bool begun)
{
    char sentence[400];
    if (win && (!begun || !server_may_return(w->app->server) || error_find(win)->exit != EXIT_UNREACHABLE)) {
        w->code = error_report(w->app, win, "watch");
        return false;
    }
    if (!!win == w->lost)
        return true;
    w->lost = !!win;
    snprintf(sentence, sizeof sentence, "%s %s", app_server_title(w->app), win ? "can't be reached" : "is back");
    watcher_tell(w, win ? "server-lost" : "server-back", 0, sentence);
    return true;
}

void watcher_pause(const struct watcher *w)
{
    struct timespec t = {.tv_sec = (time_t)(w->interval_ms / 1000), .tv_nsec = (long)(w->interval_ms % 1000) * 1000000};
    while (nanosleep(&t, &t) < 0 && errno == EINTR)
        ;
}
