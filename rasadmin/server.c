/* SPDX-License-Identifier: Apache-2.0 */
#include "rasadmin/server.h"

#include <errno.h>
#include <openrras.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/text.h"
#include "rasadmin/errors.h"
#include "rasadmin/ssh.h"

#define NAME_UNITS_MAX 1024u /* UTF-16, with the NUL: more than any host or path that a socket can have */
/* A person may have to type a password before the far end is there. */
#define SSH_CONNECT_MS 120000u

struct server {
    MPR_SERVER_HANDLE handle;
    struct ssh *ssh; /* NULL: not over ssh */
};

MPR_SERVER_HANDLE server_handle(const struct server *s)
{
    return s->handle;
}

bool server_may_return(const struct server *s)
{
    return !s->ssh;
}

void server_close(struct server *s)
{
    if (!s)
        return;
    MprAdminServerDisconnect(s->handle);
    if (s->ssh)
        ssh_finish(s->ssh);
    free(s);
}

/* ---- ssh ---- */

/* Did we leave an ssh that was still there, since what came was no server's answer, or none came in time? Then how it
 * has ended is our doing: ssh_finish() has told it to. */
static bool was_left(int status, uint32_t code)
{
    return code == RPC_S_PROTOCOL_ERROR || (WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}

/* Why there was no server at the other end of ssh. The far end's own sentence has been shown already. */
static int report_ssh_end(const struct app *app, int status, uint32_t code)
{
    const char *title = app_server_title(app);
    if (was_left(status, code))
        return error_report(app, code, "connect to");
    if (WIFSIGNALED(status)) {
        app_error("can't connect to %s: ssh was ended by signal %d", title, WTERMSIG(status));
        return EXIT_UNREACHABLE;
    }
    switch (WEXITSTATUS(status)) {
    case 255:
        app_error("can't connect to %s: ssh failed, see its message", title);
        return EXIT_UNREACHABLE;
    case 126:
    case 127:
        app_error("can't connect to %s: rasadmin can't be run there; is it installed, and in the PATH of ssh commands?",
                  title);
        return EXIT_UNREACHABLE;
    case EXIT_DENIED:
        app_error("can't connect to %s: the user of this login may not open rrasd's socket there", title);
        return EXIT_DENIED;
    case EXIT_UNREACHABLE:
        app_error("can't connect to %s: rrasd can't be reached there; is it running?", title);
        return EXIT_UNREACHABLE;
    case 0:
        return error_report_connect(app, code);
    default:
        app_error("can't connect to %s: ssh ended with status %d", title, WEXITSTATUS(status));
        return EXIT_UNREACHABLE;
    }
}

static int open_ssh(struct app *app, struct server *s)
{
    struct ssh_target target;
    int fd;
    if (ssh_parse(app->server_name, &target) < 0) {
        app_error("%s is not of the form ssh://[user@]host[:port]", app_server_title(app));
        return EXIT_USAGE;
    }
    const char *program = getenv("RASADMIN_SSH");
    program = program && *program ? program : "ssh";
    int e = ssh_start(&target, program, app->no_input, &s->ssh, &fd);
    if (e < 0) {
        char shown[256];
        app_error("can't start %s: %s", text_escape_z(shown, sizeof shown, program), strerror(-e));
        return EXIT_OTHER;
    }
    DWORD code = OpenRrasServerConnectFd(fd, &s->handle);
    if (code == NO_ERROR)
        return EXIT_DONE;
    close(fd);
    int status = ssh_finish(s->ssh);
    s->ssh = NULL;
    return report_ssh_end(app, status, code);
}

/* ---- opening ---- */

static int open_by_name(struct app *app, struct server *s)
{
    WCHAR name[NAME_UNITS_MAX];
    const char *utf8 = app->server_name ? app->server_name : "";
    if (strcmp(utf8, "default") == 0)
        utf8 = "";
    if (!text_is_utf8(utf8, strlen(utf8)) || strlen(utf8) >= NAME_UNITS_MAX) {
        app_error("%s is not the name of a server", app_server_title(app));
        return EXIT_USAGE;
    }
    text_to_utf16(name, NAME_UNITS_MAX, utf8);
    DWORD code = MprAdminServerConnect(*utf8 ? name : NULL, &s->handle);
    if (code == RPC_S_INVALID_BINDING) {
        error_report_connect(app, code);
        return EXIT_USAGE;
    }
    return code ? error_report_connect(app, code) : EXIT_DONE;
}

static void set_time_limits(const struct app *app, bool ssh)
{
    DWORD ms = (DWORD)app->timeout_ms; /* 0: the library's defaults */
    DWORD connect = ms == 0 && ssh ? SSH_CONNECT_MS : ms;
    /* The option's range has been checked: this can't fail. */
    OpenRrasSetDefaultTimeLimits(connect, ms);
}

int server_open(struct app *app, struct server **ret)
{
    struct server *s = calloc(1, sizeof *s);
    if (!s)
        return app_no_memory();
    bool ssh = app->server_name && ssh_is_url(app->server_name);
    set_time_limits(app, ssh);
    int code = ssh ? open_ssh(app, s) : open_by_name(app, s);
    if (code) {
        free(s);
        return code;
    }
    *ret = s;
    return EXIT_DONE;
}
