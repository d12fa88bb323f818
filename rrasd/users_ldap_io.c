/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/users_ldap_io.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <time.h>

/* Above the layer that libldap has for the socket, which we leave out, and below that of TLS. */
#define LEVEL (LBER_SBIOD_LEVEL_PROVIDER + 5)

int64_t users_ldap_now_ms(void)
{
    struct timespec ts;
    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

bool users_ldap_is_late(const struct users_ldap_io *io)
{
    return users_ldap_now_ms() >= io->deadline_ms;
}

/* Until the socket can do it. False at the deadline, with errno. */
static bool wait_for(const struct users_ldap_io *io, int fd, short events)
{
    struct pollfd p = {.fd = fd, .events = events};
    int64_t left = io->deadline_ms - users_ldap_now_ms();
    int n = left > 0 ? poll(&p, 1, (int)left) : 0;
    if (n > 0 || (n < 0 && errno == EINTR))
        return true; /* or the next attempt will show that not, and why */
    if (n == 0)
        errno = ETIMEDOUT;
    return false;
}

static int socket_of(Sockbuf_IO_Desc *d)
{
    int fd = -1;
    return ber_sockbuf_ctrl(d->sbiod_sb, LBER_SB_OPT_GET_FD, &fd) == 1 ? fd : -1;
}

static ber_slen_t io_read(Sockbuf_IO_Desc *d, void *buf, ber_len_t n)
{
    int fd = socket_of(d);
    for (;;) {
        ssize_t r = recv(fd, buf, n, MSG_DONTWAIT);
        if (r >= 0 || (errno != EAGAIN && errno != EINTR) || !wait_for(d->sbiod_pvt, fd, POLLIN))
            return r;
    }
}

static ber_slen_t io_write(Sockbuf_IO_Desc *d, void *buf, ber_len_t n)
{
    int fd = socket_of(d);
    for (;;) {
        ssize_t r = send(fd, buf, n, MSG_DONTWAIT | MSG_NOSIGNAL);
        if (r >= 0 || (errno != EAGAIN && errno != EINTR) || !wait_for(d->sbiod_pvt, fd, POLLOUT))
            return r;
    }
}

static int io_setup(Sockbuf_IO_Desc *d, void *io)
{
    d->sbiod_pvt = io;
    return 0;
}

static int io_nothing(Sockbuf_IO_Desc *d)
{
    (void)d; /* the socket's own layer closes it */
    return 0;
}

static int io_ctrl(Sockbuf_IO_Desc *d, int option, void *arg)
{
    return LBER_SBIOD_CTRL_NEXT(d, option, arg);
}

static Sockbuf_IO layer = {
    .sbi_setup = io_setup,
    .sbi_remove = io_nothing,
    .sbi_ctrl = io_ctrl,
    .sbi_read = io_read,
    .sbi_write = io_write,
    .sbi_close = io_nothing,
};

/* A connection is there, and nothing has gone over it. */
static int on_connected(LDAP *ld, Sockbuf *sb, LDAPURLDesc *server, struct sockaddr *address, struct ldap_conncb *cb)
{
    (void)ld, (void)server, (void)address;
    return ber_sockbuf_add_io(sb, &layer, LEVEL, cb->lc_arg);
}

static void on_closing(LDAP *ld, Sockbuf *sb, struct ldap_conncb *cb)
{
    (void)ld, (void)sb, (void)cb;
}

int users_ldap_io_attach(struct users_ldap_io *io, LDAP *ld)
{
    io->callbacks = (ldap_conncb){.lc_add = on_connected, .lc_del = on_closing, .lc_arg = io};
    return ldap_set_option(ld, LDAP_OPT_CONNECT_CB, &io->callbacks);
}
