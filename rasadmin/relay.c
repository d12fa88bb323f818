/* SPDX-License-Identifier: Apache-2.0 */
#include "rasadmin/relay.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/text.h"

#define BUFFER_SIZE 65536u

/* Bytes on their way in one direction. */
struct pipe_half {
    unsigned char data[BUFFER_SIZE];
    size_t at, n;
    bool eof; /* the source has ended */
};

static int fill(struct pipe_half *h, int fd)
{
    ssize_t n = read(fd, h->data, sizeof h->data);
    if (n < 0)
        return errno == EINTR || errno == EAGAIN ? 0 : -errno;
    h->at = 0;
    h->n = (size_t)n;
    h->eof = n == 0;
    return 0;
}

static int drain(struct pipe_half *h, int fd)
{
    ssize_t n = write(fd, h->data + h->at, h->n - h->at);
    if (n < 0)
        return errno == EINTR || errno == EAGAIN ? 0 : -errno;
    h->at += (size_t)n;
    if (h->at == h->n)
        h->at = h->n = 0;
    return 0;
}

struct relay {
    int in, out, sock;
    struct pipe_half up, down; /* in -> sock, sock -> out */
    bool shut;                 /* the half-close has been passed on */
};

static int relay_step(struct relay *r)
{
    /* A direction is read only when its last bytes have been written: what one side does not take, the other may not
     * send. */
    short sock_events = (short)((r->up.n ? POLLOUT : 0) | (!r->down.n && !r->down.eof ? POLLIN : 0));
    struct pollfd p[] = {
        {.fd = !r->up.n && !r->up.eof ? r->in : -1, .events = POLLIN},
        {.fd = r->down.n ? r->out : -1, .events = POLLOUT},
        {.fd = sock_events ? r->sock : -1, .events = sock_events},
    };
    int e = 0;
    if (poll(p, 3, -1) < 0)
        return errno == EINTR ? 0 : -errno;
    if (p[0].revents)
        e = fill(&r->up, r->in);
    if (e == 0 && p[1].revents)
        e = drain(&r->down, r->out);
    if (e == 0 && (sock_events & POLLIN) && (p[2].revents & (POLLIN | POLLHUP | POLLERR)))
        e = fill(&r->down, r->sock);
    if (e == 0 && (sock_events & POLLOUT) && (p[2].revents & (POLLOUT | POLLHUP | POLLERR)))
        e = drain(&r->up, r->sock);
    if (e == -EPIPE && r->up.n) {
        /* rrasd takes no more; what it has said before still has to be delivered. */
        r->up.n = 0;
        r->up.eof = r->shut = true;
        e = 0;
    }
    return e;
}

int relay(int in, int out, int sock)
{
    struct relay *r = calloc(1, sizeof *r);
    int e = 0;
    if (!r)
        return -ENOMEM;
    r->in = in;
    r->out = out;
    r->sock = sock;
    while (e == 0 && !(r->down.eof && r->down.n == 0)) {
        if (r->up.eof && !r->shut) {
            shutdown(sock, SHUT_WR);
            r->shut = true;
        }
        e = relay_step(r);
    }
    free(r);
    return e;
}

/* The path in "ncalrpc:[/path]", or NULL. Frees nothing: the caller's copy. */
static char *path_of_binding(const char *name)
{
    static const char prefix[] = "ncalrpc:[";
    size_t n = strlen(name);
    if (strncmp(name, prefix, sizeof prefix - 1) != 0 || n < sizeof prefix + 1 || name[n - 1] != ']')
        return NULL;
    return strndup(name + sizeof prefix - 1, n - sizeof prefix);
}

/* Only this machine's socket: --stdio is the end of the way, not a hop. */
static char *socket_path(const struct app *app)
{
    const char *name = app->server_name;
    if (name && *name && strcmp(name, "default") != 0)
        return path_of_binding(name);
    const char *env = secure_getenv("OPENRRAS_SOCKET");
    return strdup(env && *env ? env : RRAS_SOCKET_PATH);
}

static int connect_unix(const char *path)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    if (strlen(path) >= sizeof sa.sun_path)
        return -ENAMETOOLONG;
    strcpy(sa.sun_path, path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    if (connect(fd, (const struct sockaddr *)&sa, sizeof sa) < 0) {
        int e = -errno;
        close(fd);
        return e;
    }
    return fd;
}

int stdio_relay(struct app *app)
{
    char shown[256];
    if (isatty(STDIN_FILENO) || isatty(STDOUT_FILENO)) {
        app_error("--stdio carries the protocol between programs and makes no sense on a terminal; use a command");
        return EXIT_USAGE;
    }
    char *path = socket_path(app);
    if (!path) {
        app_error("--stdio connects to this machine's rrasd; %s is something else", app_server_title(app));
        return EXIT_USAGE;
    }
    int fd = connect_unix(path);
    if (fd < 0) {
        app_error("can't connect to %s: %s", text_escape_z(shown, sizeof shown, path), strerror(-fd));
        free(path);
        return fd == -EACCES || fd == -EPERM ? EXIT_DENIED : EXIT_UNREACHABLE;
    }
    free(path);
    int e = relay(STDIN_FILENO, STDOUT_FILENO, fd);
    close(fd);
    /* A side that went away in the middle is how such connections end. */
    if (e < 0 && e != -EPIPE && e != -ECONNRESET) {
        app_error("the connection to rrasd broke: %s", strerror(-e));
        return EXIT_OTHER;
    }
    return EXIT_DONE;
}
