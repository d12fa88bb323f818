/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients over TCP in the middle of a handshake, which stay there.
 *
 *   siege PORT TARGET COUNT
 *
 * COUNT clients of the server on 127.0.0.1 that is TARGET, "host@localhost", with the ticket of the environment. Every
 * other one says nothing more after the server's first answer; the others go on as far as the server lets them. Says
 * "under way" once the first have their answers and the others have begun, and goes on until the end of its input.
 * Ends with a complaint when anybody gets in.
 */
#include <netinet/in.h>
#include <poll.h>

#include "bench/bench.h"
#include "dimsvc/dimsvc.h"
#include "kerberos/kerberos.h"
#include "rpc/client.h"

#define CLIENTS_MAX 1000

struct client {
    int fd;
    struct rpc_client *rpc;
    struct kerberos_config config;
    bool halts; /* after the first answer */
};

static void send_all(struct client *c)
{
    const uint8_t *out;
    size_t n;
    while ((out = rpc_client_output(c->rpc, &n))) {
        ssize_t sent = send(c->fd, out, n, MSG_NOSIGNAL);
        if (sent <= 0)
            bench_die("a connection is gone: %s", strerror(errno));
        rpc_client_consumed(c->rpc, (size_t)sent);
    }
}

static void begin(struct client *c, in_port_t port, const char *target)
{
    const struct sockaddr_in a = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    c->config.target = target;
    const struct rpc_client_config config = {.interfaces = &dim_syntax,
                                             .n_interfaces = 1,
                                             .mech = &kerberos_spnego,
                                             .mech_ctx = &c->config,
                                             .level = RPC_AUTH_PRIVACY,
                                             .max_frag = RPC_FRAG_MAX_TCP};
    c->rpc = rpc_client_new(&config);
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (!c->rpc)
        bench_die("no handshake: %s", c->config.why);
    if (c->fd < 0 || connect(c->fd, (const struct sockaddr *)&a, sizeof a) != 0)
        bench_die("port %u: %s", (unsigned)port, strerror(errno));
    send_all(c);
}

/* Something has come from the server. */
static void go_on(struct client *c)
{
    uint8_t in[RPC_FRAG_MAX_TCP];
    ssize_t n = recv(c->fd, in, sizeof in, 0);
    if (n <= 0)
        bench_die("the server has closed a connection");
    rpc_client_input(c->rpc, in, (size_t)n);
    if (rpc_client_state(c->rpc) != RPC_CLIENT_BINDING)
        bench_die("a handshake has come to its end, with %u", (unsigned)rpc_client_error(c->rpc));
    if (!c->halts)
        send_all(c);
}

static void wait_for_first_answer(const struct client *c)
{
    struct pollfd p = {.fd = c->fd, .events = POLLIN};
    if (poll(&p, 1, 60000) != 1)
        bench_die("no answer to the first leg");
}

static void besiege(struct client *c, size_t n)
{
    static struct pollfd p[CLIENTS_MAX + 1];
    p[n] = (struct pollfd){.fd = STDIN_FILENO, .events = POLLIN};
    for (size_t i = 0; i < n; i++)
        p[i] = (struct pollfd){.fd = c[i].fd, .events = c[i].halts ? 0 : POLLIN};
    while (p[n].revents == 0) {
        if (poll(p, n + 1, -1) < 0)
            bench_die("poll: %s", strerror(errno));
        for (size_t i = 0; i < n; i++) {
            if (p[i].revents)
                go_on(&c[i]);
        }
    }
}

int main(int argc, char **argv)
{
    static struct client clients[CLIENTS_MAX];
    size_t n = argc == 4 ? bench_number(argv[3]) : 0;
    if (n == 0 || n > CLIENTS_MAX)
        bench_die("usage: siege PORT TARGET COUNT, with at most %d", CLIENTS_MAX);
    in_port_t port = (in_port_t)bench_number(argv[1]);
    for (size_t i = 0; i < n; i += 2) {
        clients[i].halts = true;
        begin(&clients[i], port, argv[2]);
        wait_for_first_answer(&clients[i]);
        go_on(&clients[i]);
    }
    for (size_t i = 1; i < n; i += 2)
        begin(&clients[i], port, argv[2]);
    puts("under way");
    fflush(stdout);
    besiege(clients, n);
    return 0;
}
