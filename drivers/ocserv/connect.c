/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rras-ocserv-connect, the connect-script of ocserv: asks rras-ocserv whether the user is kept out or may not dial in,
 * and runs the site's own script if there is one. ocserv runs it as root for everybody who comes, with what there is to
 * know in the environment, and lets in when it ends with 0.
 *
 * When the driver can't be asked the user is let in: a remote access server must not stand still because the one that
 * watches it does. rrasd then disconnects him on arrival.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/text.h"
#include "drivers/ocserv/keepout.h"

#define DEFAULT_ASK "/run/rras-ocserv/main.ask"
#define WAIT_S      8 /* ocserv keeps the user waiting meanwhile; the driver answers in 6 at the latest */

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct timeval limit = {.tv_sec = WAIT_S};
    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -1;
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        int e = errno;
        close(fd);
        errno = e;
        return -1;
    }
    return fd;
}

static size_t add(char *packet, size_t n, const char *text, bool last)
{
    size_t length = strlen(text), room = KEEPOUT_PACKET_MAX - 1 - n;
    length = length < room ? length : room;
    memcpy(packet + n, text, length);
    n += length;
    if (!last && n < KEEPOUT_PACKET_MAX - 1)
        packet[n++] = '\0';
    return n;
}

static const char *environment(const char *name)
{
    const char *value = getenv(name);
    return value ? value : "";
}

/* Is he to be turned away? Then `why` has the words. -1 with errno: it can't be asked. */
static int ask(const char *path, const char *user, char *why, size_t cap)
{
    char packet[KEEPOUT_PACKET_MAX];
    size_t n = add(packet, 0, environment("ID"), false);
    n = add(packet, n, environment("IP_REAL"), false);
    n = add(packet, n, user, true);
    int fd = connect_to(path);
    if (fd < 0)
        return -1;
    ssize_t got = send(fd, packet, n, MSG_NOSIGNAL) == (ssize_t)n ? recv(fd, packet, sizeof(packet) - 1, 0) : -1;
    int e = got == 0 ? ECONNRESET : errno;
    close(fd);
    if (got <= 0) {
        errno = e;
        return -1;
    }
    packet[got] = '\0';
    text_escape_z(why, cap, packet + 1);
    return packet[0] == 'n';
}

/* Exit status 1 when he is turned away, 0 else. */
static int check(const char *path)
{
    char why[512] = "", shown[256];
    const char *user = environment("USERNAME");
    if (strcmp(environment("REASON"), "connect") != 0 || !user[0])
        return EXIT_SUCCESS;
    text_escape_z(shown, sizeof(shown), user);
    int turned_away = ask(path, user, why, sizeof(why));
    if (turned_away > 0)
        fprintf(stderr, "rras-ocserv-connect: %s is turned away%s%s\n", shown, why[0] ? ": " : "", why);
    else if (turned_away < 0)
        fprintf(stderr, "rras-ocserv-connect: %s is let in, for rras-ocserv can't be asked on %s: %s\n", shown, path,
                strerror(errno));
    return turned_away > 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    const char *path = DEFAULT_ASK;
    int first = 1;
    if (argc > 1 && strncmp(argv[1], "--ask=", 6) == 0) {
        path = argv[1] + 6;
        first = 2;
    }
    if (argc > first && strcmp(argv[first], "--version") == 0) {
        printf("rras-ocserv-connect (OpenRRAS) %s\n", OPENRRAS_VERSION);
        return EXIT_SUCCESS;
    }
    int status = check(path);
    if (status != EXIT_SUCCESS || argc <= first)
        return status;
    execv(argv[first], argv + first);
    fprintf(stderr, "rras-ocserv-connect: %s: %s\n", argv[first], strerror(errno));
    return EXIT_FAILURE;
}
