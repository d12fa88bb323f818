/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Clients that stop reading in the middle of a long answer.
 *
 *   stall SOCKET CLIENTS BYTES
 *
 * Each asks for all ports, reads BYTES of the answer, and then does nothing until standard input ends. Prints
 * "stalled".
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/bench.h"
#include "dimsvc/client.h"
#include "dimsvc/dimsvc.h"
#include "rpc/client.h"

static void flush(struct rpc_client *c, int fd)
{
    size_t n;
    const uint8_t *p;
    while ((p = rpc_client_output(c, &n)) != NULL && n > 0) {
        ssize_t r = send(fd, p, n, MSG_NOSIGNAL);
        if (r <= 0)
            bench_die("rrasd is gone");
        rpc_client_consumed(c, (size_t)r);
    }
}

static size_t feed(struct rpc_client *c, int fd)
{
    uint8_t b[16384];
    ssize_t r = recv(fd, b, sizeof b, 0);
    if (r <= 0)
        bench_die("rrasd is gone");
    rpc_client_input(c, b, (size_t)r);
    if (rpc_client_state(c) == RPC_CLIENT_BROKEN)
        bench_die("broken: %u", (unsigned)rpc_client_error(c));
    return (size_t)r;
}

static uint32_t drop(void *ctx, const uint8_t *p, size_t n, bool big)
{
    (void)ctx, (void)p, (void)n, (void)big;
    return 0;
}

static void stall_one(const char *path, size_t bytes)
{
    static const struct rpc_sink sink = {.data = drop};
    struct rpc_client_config config = {.interfaces = &dim_syntax, .n_interfaces = 1, .max_frag = RPC_FRAG_MAX_LOCAL};
    uint8_t stub[DIM_REQUEST_MAX];
    uint32_t resume = 0;
    int fd = bench_connect(path);
    struct rpc_client *c = rpc_client_new(&config);
    if (!c)
        bench_die("no memory");
    flush(c, fd);
    while (rpc_client_state(c) == RPC_CLIENT_BINDING)
        feed(c, fd);
    size_t n = dim_req_port_enum(stub, 0, DIM_ALL_PORTS, UINT32_MAX, &resume);
    if (rpc_client_call(c, 0, DIM_PORT_ENUM, stub, n, &sink) != 0)
        bench_die("the call can't begin");
    flush(c, fd);
    for (size_t got = 0; got < bytes;)
        got += feed(c, fd);
    rpc_client_free(c); /* the socket stays open and unread */
}

int main(int argc, char **argv)
{
    if (argc != 4)
        bench_die("usage: stall SOCKET CLIENTS BYTES");
    for (unsigned long i = bench_number(argv[2]); i > 0; i--)
        stall_one(argv[1], bench_number(argv[3]));
    puts("stalled");
    fflush(stdout);
    while (getchar() != EOF)
        ;
    return 0;
}
