/* SPDX-License-Identifier: Apache-2.0 */
/* The sockets of sockets.c go to those who take connections there, and the log says where that is. */
#include "common/log.h"
#include "rrasd/daemon_private.h"

/* Whatever becomes of it, the descriptor is theirs. */
static int give_clients(struct daemon *d, enum caller_from way, int *fd)
{
    int r = clients_listen(d->clients, way, *fd);
    *fd = -1;
    return r;
}

static int listen_pipe(struct daemon *d)
{
    struct listen_socket *pipe = &d->sockets.pipe;
    if (pipe->fd < 0)
        return 0;
    log_info("clients of the named pipe: by smbd at %s", pipe->path ? pipe->path : "the socket that systemd gave");
    return give_clients(d, CALLER_PIPE, &pipe->fd);
}

static int listen_tcp(struct daemon *d)
{
    char where[ADDRESS_TEXT_MAX];
    int r = 0;
    for (size_t i = 0; i < d->sockets.n_tcp && r == 0; i++) {
        log_info("clients with Kerberos%s at %s, packet %s at least", d->config.listen.ntlm ? " or NTLM" : "",
                 address_of_socket(where, d->sockets.tcp[i]),
                 rpc_auth_level_name(remote_rpc(d->remote, REMOTE_TCP)->min_level));
        r = give_clients(d, CALLER_TCP, &d->sockets.tcp[i]);
    }
    return r;
}

int daemon_listen(struct daemon *d)
{
    int r = driver_hub_listen(d->hub, d->sockets.driver.fd);
    d->sockets.driver.fd = -1;
    if (r == 0)
        r = give_clients(d, CALLER_LOCAL, &d->sockets.client.fd);
    if (r == 0)
        r = listen_pipe(d);
    return r == 0 ? listen_tcp(d) : r;
}
