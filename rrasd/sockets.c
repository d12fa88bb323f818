/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/sockets.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/log.h"
#include "rrasd/address.h"

/* Everybody may connect: who they are decides what they may do, and the kernel says who they are. */
#define SOCKET_MODE  0666
#define RUN_DIR_MODE 0755
/* Only smbd connects there, as root; and it does not start unless the folder is closed to all others. */
#define PIPE_MODE     0600
#define PIPE_DIR_MODE 0700

int make_directory(const char *path, mode_t mode)
{
    return mkdir(path, mode) < 0 && errno != EEXIST ? -errno : 0;
}

int make_directory_of(const char *file, mode_t mode)
{
    char dir[PATH_MAX];
    const char *slash = strrchr(file, '/');
    size_t n = slash ? (size_t)(slash - file) : 0;
    if (n == 0)
        return 0;
    if (n >= sizeof dir)
        return -ENAMETOOLONG;
    memcpy(dir, file, n);
    dir[n] = '\0';
    return make_directory(dir, mode);
}

static int new_socket(void)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    return fd < 0 ? -errno : fd;
}

/* Does somebody listen there? A full backlog is somebody, too. */
static bool somebody_answers(const struct sockaddr_un *address)
{
    int fd = new_socket();
    if (fd < 0)
        return true; /* can't be told: leave the file alone */
    int r = connect(fd, (const struct sockaddr *)address, sizeof *address);
    bool answers = r == 0 || (errno != ECONNREFUSED && errno != ENOENT);
    close(fd);
    return answers;
}

/* The file of a dead rrasd. Nothing but a socket is ever removed. */
static int remove_stale(const struct sockaddr_un *address)
{
    struct stat st;
    if (lstat(address->sun_path, &st) < 0)
        return -errno;
    if (!S_ISSOCK(st.st_mode)) {
        log_error("%s is there and is not a socket", address->sun_path);
        return -EEXIST;
    }
    if (somebody_answers(address)) {
        log_error("another rrasd answers at %s", address->sun_path);
        return -EADDRINUSE;
    }
    log_info("%s was left by an rrasd that is gone", address->sun_path);
    return unlink(address->sun_path) < 0 ? -errno : 0;
}

static int bind_socket(int fd, const struct sockaddr_un *address)
{
    const struct sockaddr *a = (const struct sockaddr *)address;
    if (bind(fd, a, sizeof *address) == 0)
        return 0;
    if (errno != EADDRINUSE)
        return -errno;
    int r = remove_stale(address);
    if (r < 0)
        return r;
    return bind(fd, a, sizeof *address) < 0 ? -errno : 0;
}

/* Until listen() nobody can connect, so the mode is right from the first client on. */
static int begin_listening(struct listen_socket *s, const struct sockaddr_un *address, mode_t mode)
{
    struct stat st;
    if (chmod(address->sun_path, mode) < 0 || lstat(address->sun_path, &st) < 0 || listen(s->fd, SOMAXCONN) < 0)
        return -errno;
    s->path = strdup(address->sun_path);
    s->dev = st.st_dev;
    s->ino = st.st_ino;
    return s->path ? 0 : -ENOMEM;
}

static int make_socket(struct listen_socket *s, const char *path, mode_t mode, mode_t dir_mode)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t n = strlen(path);
    if (n >= sizeof address.sun_path)
        return -ENAMETOOLONG;
    memcpy(address.sun_path, path, n);
    int r = make_directory_of(path, dir_mode);
    if (r == 0)
        r = new_socket();
    if (r < 0)
        return r;
    s->fd = r;
    r = bind_socket(s->fd, &address);
    return r < 0 ? r : begin_listening(s, &address, mode);
}

static int need_socket(struct listen_socket *s, const char *path, mode_t mode, mode_t dir_mode)
{
    if (s->fd >= 0 || !path)
        return 0;
    int r = make_socket(s, path, mode, dir_mode);
    if (r < 0)
        log_error("can't listen on %s: %s", path, strerror(-r));
    return r;
}

static int make_tcp(struct listen_sockets *s, const char *text)
{
    char where[ADDRESS_TEXT_MAX];
    struct address list[ADDRESS_LIST_MAX];
    int n = address_parse_list(text, list);
    for (int i = 0; i < n; i++) {
        int fd = address_listen(list, (size_t)n, (size_t)i);
        if (fd < 0) {
            log_error("can't listen on %s: %s", address_with_port(where, &list[i].at), strerror(-fd));
            return fd;
        }
        s->tcp[s->n_tcp++] = fd;
    }
    return n < 0 ? n : 0;
}

static int need_tcp(struct listen_sockets *s, const char *text)
{
    if (s->n_tcp == 0)
        return make_tcp(s, text);
    if (*text)
        log_info("TCP: the sockets are systemd's, and tcp of [listen] is not used");
    return 0;
}

/* All that systemd has given is ours, also when it is not what we need. */
static int take_given(struct listen_sockets *s)
{
    struct notify_sockets given;
    int r = notify_listen_fds(&given);
    s->client.fd = given.client;
    s->driver.fd = given.driver;
    s->pipe.fd = given.pipe;
    memcpy(s->tcp, given.tcp, sizeof s->tcp);
    s->n_tcp = given.n_tcp;
    return r;
}

int sockets_open(struct listen_sockets *ret, const struct config *config)
{
    struct listen_sockets s = SOCKETS_NONE;
    int r = take_given(&s);
    if (r == 0)
        r = need_socket(&s.client, config->socket, SOCKET_MODE, RUN_DIR_MODE);
    if (r == 0)
        r = need_socket(&s.driver, config->driver_socket, SOCKET_MODE, RUN_DIR_MODE);
    if (r == 0)
        r = need_socket(&s.pipe, config->pipe_socket, PIPE_MODE, PIPE_DIR_MODE);
    if (r == 0)
        r = need_tcp(&s, config->listen.tcp);
    if (r < 0) {
        sockets_clear(&s);
        return r;
    }
    *ret = s;
    return 0;
}

static void clear(struct listen_socket *s)
{
    struct stat st;
    if (s->path && lstat(s->path, &st) == 0 && st.st_dev == s->dev && st.st_ino == s->ino)
        unlink(s->path);
    free(s->path);
    s->path = NULL;
    if (s->fd >= 0)
        close(s->fd);
    s->fd = -1;
}

void sockets_clear(struct listen_sockets *s)
{
    clear(&s->client);
    clear(&s->driver);
    clear(&s->pipe);
    for (size_t i = 0; i < s->n_tcp; i++)
        if (s->tcp[i] >= 0)
            close(s->tcp[i]);
    s->n_tcp = 0;
}
