/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An association on a TCP port of the loopback, for other implementations' clients. Prints its port, serves one
 * connection after the other, and ends when its standard input does.
 *
 * The interface (8f09f000-b7ed-11ce-bbd2-00001a181cad 0.0): opnum 0 answers with the request's stub, opnum 1 with as
 * many bytes i % 251 as the request's DWORD says, opnum 2 with the fault that it says.
 */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rpc/server.h"

struct stream {
    size_t pos;
};

static size_t pull(void *ctx, uint8_t *dst, size_t cap)
{
    struct stream *st = ctx;
    for (size_t i = 0; i < cap; i++)
        dst[i] = (uint8_t)(st->pos++ % 251);
    return cap;
}

static void reply_stream(struct rpc_call *call, size_t size)
{
    struct stream *st = calloc(1, sizeof *st);
    if (!st) {
        rpc_call_fault(call, RPC_FAULT_NO_MEMORY, false);
        return;
    }
    struct rpc_source source = {.pull = pull, .destroy = free, .ctx = st, .size = size};
    rpc_call_reply_source(call, &source);
}

static void dispatch(void *ctx, void *user, struct rpc_call *call)
{
    (void)ctx, (void)user;
    struct rpc_rd stub = rpc_call_stub(call);
    struct rpc_rd r = stub;
    uint32_t number = rpc_call_opnum(call) > 0 ? rpc_rd_u32(&r) : 0;
    if (!rpc_rd_ok(&r) || !rpc_call_check_trailer(call, r.pos))
        rpc_call_fault(call, RPC_FAULT_BAD_STUB, true);
    else if (rpc_call_opnum(call) == 0)
        rpc_call_reply(call, stub.base, stub.len);
    else if (rpc_call_opnum(call) == 1)
        reply_stream(call, number);
    else
        rpc_call_fault(call, number, false);
}

static const struct rpc_interface interface = {
    .id = {{0x8f09f000, 0xb7ed, 0x11ce, {0xbb, 0xd2, 0, 0, 0x1a, 0x18, 0x1c, 0xad}}, 0, 0},
    .name = "test",
    .opnums = 3,
    .dispatch = dispatch,
};
static const struct rpc_interface *const interfaces[] = {&interface};

/* All the output there is. False when the peer is gone. */
static bool send_output(struct rpc_server *s, int fd)
{
    const uint8_t *p;
    size_t n;
    while ((p = rpc_server_output(s, &n))) {
        ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        rpc_server_consumed(s, (size_t)sent);
    }
    return true;
}

static void serve(const struct rpc_server_config *config, int fd)
{
    struct rpc_server *s = rpc_server_new(config, NULL);
    uint8_t buf[4096];
    ssize_t n;
    while (s && !rpc_server_finished(s) && (n = read(fd, buf, sizeof buf)) > 0) {
        (void)rpc_server_input(s, buf, (size_t)n); /* what it says is also in finished() */
        if (!send_output(s, fd))
            break;
    }
    if (s && rpc_server_close_reason(s))
        fprintf(stderr, "closed: %s\n", rpc_server_close_reason(s));
    rpc_server_free(s);
    close(fd);
}

int main(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof addr;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (const struct sockaddr *)&addr, len) < 0 || listen(listener, 8) < 0 ||
        getsockname(listener, (struct sockaddr *)&addr, &len) < 0) {
        perror("serve");
        return 1;
    }
    char port[8];
    snprintf(port, sizeof port, "%u", ntohs(addr.sin_port));
    puts(port);
    fflush(stdout);
    struct rpc_groups groups = {0};
    const struct rpc_server_config config = {.interfaces = interfaces,
                                             .n_interfaces = 1,
                                             .max_frag = RPC_FRAG_MAX_TCP,
                                             .sec_addr = port,
                                             .offer_mgmt = true,
                                             .groups = &groups};
    struct pollfd fds[] = {{STDIN_FILENO, POLLIN, 0}, {listener, POLLIN, 0}};
    while (poll(fds, 2, -1) > 0 && !fds[0].revents) {
        int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        if (fd >= 0)
            serve(&config, fd);
    }
    close(listener);
    return 0;
}
