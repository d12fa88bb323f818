/* SPDX-License-Identifier: Apache-2.0 */
#include "libmprapi/association.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <winerror.h>

#include "dimsvc/dimsvc.h"
#include "libmprapi/deadline.h"
#include "libmprapi/detail.h"
#include "libmprapi/fork.h"
#include "libmprapi/transport.h"
#include "rrasx/rrasx.h"

/* What one recv takes at most: a whole fragment of the largest size, so that a long answer costs few system calls, and
 * small enough to be still in the cache when its records are converted. */
#define RECEIVE_SIZE (64u * 1024)

struct association {
    struct rpc_client *rpc;
    struct transport_socket socket;
    struct security security; /* all zero: none */
    unsigned process;         /* fork_generation() of its maker */
    struct rpc_syntax interfaces[ASSOCIATION_INTERFACES];
    uint8_t in[RECEIVE_SIZE];
};

static struct rpc_client *new_client(struct association *a, size_t n_interfaces)
{
    struct rpc_client_config config = {
        .interfaces = a->interfaces,
        .n_interfaces = n_interfaces,
        .level = RPC_AUTH_NONE,
        .max_frag = RPC_FRAG_MAX_LOCAL,
    };
    if (a->security.module) {
        config.mech = a->security.module->mech;
        config.mech_ctx = a->security.mech_ctx;
        config.level = RPC_AUTH_PRIVACY;
        config.max_frag = RPC_FRAG_MAX_TCP;
    }
    a->interfaces[ASSOCIATION_DIMSVC] = dim_syntax;
    a->interfaces[ASSOCIATION_RRASX] = rrasx_syntax;
    return rpc_client_new(&config);
}

/* A moment, and how long it is until then. */
struct patience {
    uint64_t deadline, left_ms;
};

/* After a step: is there time for another one? 0 or -ETIMEDOUT. */
static int look_at_clock(struct patience *t)
{
    t->left_ms = deadline_left(t->deadline);
    return t->left_ms ? 0 : -ETIMEDOUT;
}

/* Sends all that the client has to say. *left is set once a byte has gone out. 0 or negative errno. */
static int send_all(struct association *a, struct patience *t, bool *left)
{
    const uint8_t *p;
    size_t n;

    while ((p = rpc_client_output(a->rpc, &n)) != NULL) {
        ssize_t sent = transport_send(&a->socket, p, n, t->left_ms);
        if (sent < 0 && sent != -EAGAIN)
            return (int)sent;
        if (sent > 0) {
            *left = true;
            rpc_client_consumed(a->rpc, (size_t)sent);
        }
        if (sent < (ssize_t)n && look_at_clock(t) < 0)
            return -ETIMEDOUT;
    }
    return 0;
}

/* Receives what comes next. 0 or negative errno; the peer's close is -ECONNRESET. */
static int receive_once(struct association *a, struct patience *t)
{
    enum rpc_client_state state = rpc_client_state(a->rpc);
    ssize_t n = transport_recv(&a->socket, a->in, sizeof a->in, t->left_ms);

    if (n < 0 && n != -EAGAIN)
        return (int)n;
    if (n == 0)
        return -ECONNRESET;
    if (n > 0)
        rpc_client_input(a->rpc, a->in, (size_t)n);
    return rpc_client_state(a->rpc) == state ? look_at_clock(t) : 0;
}

/* Receives until the call has ended. */
static int receive_answer(struct association *a, struct patience *t)
{
    int r = 0;

    while (r == 0 && rpc_client_state(a->rpc) == RPC_CLIENT_CALLING)
        r = receive_once(a, t);
    return r;
}

bool association_offers(const struct association *a, enum association_interface interface)
{
    return rpc_client_has_interface(a->rpc, interface);
}

static uint32_t bind_result(struct association *a)
{
    if (rpc_client_state(a->rpc) != RPC_CLIENT_READY)
        return rpc_client_error(a->rpc);
    return association_offers(a, ASSOCIATION_DIMSVC) ? NO_ERROR : RPC_S_UNKNOWN_IF;
}

/* Why this side has failed to authenticate, "" when it has not. */
static const char *our_failure(const struct association *a)
{
    return a->security.module ? a->security.module->why(a->security.mech_ctx) : "";
}

static void explain_bind(const struct association *a, uint32_t code)
{
    if (*our_failure(a))
        detail_set("%s", our_failure(a));
    else if (a->security.module && (code == RPC_S_SEC_PKG_ERROR || code == ERROR_ACCESS_DENIED))
        detail_set(
            "the server refuses the ticket, and its log says why: often a clock is wrong, or the server's keytab "
            "is out of date");
    else if (code == RPC_S_UNKNOWN_AUTHN_SERVICE)
        detail_set("the server does not offer Kerberos with encryption");
    else if (code == RPC_S_UNKNOWN_AUTHN_LEVEL)
        detail_set("the server does not sign the headers of calls, or somebody in between keeps it from that");
    else
        detail_set("the server does not offer the management interface, or not in this way");
}

static uint32_t bind_association(struct association *a, uint64_t deadline)
{
    struct patience t = {.deadline = deadline};
    bool left = false;
    int r = look_at_clock(&t);

    while (r == 0 && rpc_client_state(a->rpc) == RPC_CLIENT_BINDING) {
        r = send_all(a, &t, &left); /* each leg of the authentication has its answer */
        if (r == 0)
            r = receive_once(a, &t);
    }
    if (r == -ETIMEDOUT)
        detail_set("the server did not answer in time while connecting");
    else if (r < 0)
        detail_set("connection lost while connecting: %s", strerror(-r));
    if (r < 0)
        return RPC_S_SERVER_UNAVAILABLE;

    uint32_t code = bind_result(a);
    if (code != NO_ERROR)
        explain_bind(a, code);
    return code;
}

static uint32_t begin(int fd, size_t n_interfaces, struct security *security, struct association **ret)
{
    struct association *a = malloc(sizeof *a);
    if (!a) {
        if (security)
            security_close(security);
        return ERROR_NOT_ENOUGH_MEMORY;
    }
    a->socket = (struct transport_socket){.fd = fd};
    a->security = security ? *security : (struct security){0};
    a->process = fork_generation();
    a->rpc = new_client(a, n_interfaces);
    if (a->rpc) {
        *ret = a;
        return NO_ERROR;
    }
    uint32_t code = *our_failure(a) ? RPC_S_SEC_PKG_ERROR : ERROR_NOT_ENOUGH_MEMORY;
    if (code == RPC_S_SEC_PKG_ERROR)
        explain_bind(a, code);
    association_abandon(a);
    return code;
}

uint32_t association_begin(int fd, struct security *security, struct association **ret)
{
    return begin(fd, ASSOCIATION_INTERFACES, security, ret);
}

static uint32_t open_with(int fd, size_t n_interfaces, struct security *security, uint64_t deadline,
                          struct association **ret)
{
    struct association *a;
    uint32_t code = begin(fd, n_interfaces, security, &a);
    if (code != NO_ERROR)
        return code;
    code = bind_association(a, deadline);
    if (code != NO_ERROR) {
        association_abandon(a);
        return code;
    }
    *ret = a;
    return NO_ERROR;
}

uint32_t association_open(int fd, struct security *security, uint64_t deadline, struct association **ret)
{
    return open_with(fd, ASSOCIATION_INTERFACES, security, deadline, ret);
}

uint32_t association_open_dimsvc(int fd, uint64_t deadline, struct association **ret)
{
    return open_with(fd, ASSOCIATION_DIMSVC + 1, NULL, deadline, ret);
}

void association_close(struct association *a)
{
    close(a->socket.fd);
    association_abandon(a);
}

void association_abandon(struct association *a)
{
    rpc_client_free(a->rpc);
    security_close(&a->security);
    free(a);
}

bool association_is_stale(const struct association *a)
{
    return transport_is_stale(&a->socket);
}

bool association_is_ours(const struct association *a)
{
    return a->process == fork_generation();
}

static enum exchange_end interrupted(int r, bool left)
{
    if (r == -ETIMEDOUT)
        return left ? EXCHANGE_LATE : EXCHANGE_LATE_UNSENT;
    detail_set("connection to the server lost: %s", strerror(-r));
    return left ? EXCHANGE_LOST : EXCHANGE_LOST_UNSENT;
}

static enum exchange_end exchange(struct association *a, const struct exchange *x, uint32_t *code)
{
    struct patience t = {.deadline = x->deadline};
    bool did_not_execute, left = false;

    if (look_at_clock(&t) < 0)
        return EXCHANGE_LATE_UNSENT;
    int r = rpc_client_call(a->rpc, x->interface, x->opnum, x->stub, x->stub_len, &x->sink);
    if (r < 0) {
        *code = r == -ENOMEM ? ERROR_NOT_ENOUGH_MEMORY : ERROR_INTERNAL_ERROR;
        return EXCHANGE_REFUSED;
    }
    r = send_all(a, &t, &left);
    if (r == 0)
        r = receive_answer(a, &t);
    if (r < 0)
        return interrupted(r, left);
    if (rpc_client_state(a->rpc) != RPC_CLIENT_READY) {
        *code = rpc_client_error(a->rpc);
        return EXCHANGE_REFUSED;
    }
    uint32_t status = rpc_client_fault(a->rpc, &did_not_execute);
    *code = status ? rpc_fault_to_win32(status) : NO_ERROR;
    return EXCHANGE_ANSWERED;
}

enum exchange_end association_exchange(struct association *a, const struct exchange *x, uint32_t *code)
{
    enum exchange_end end = exchange(a, x, code);

    if (x->secret) {
        explicit_bzero(a->in, sizeof a->in);
        rpc_client_wipe(a->rpc);
    }
    return end;
}

/* ---- without waiting ---- */

int association_fd(const struct association *a)
{
    return a->socket.fd;
}

bool association_has_output(const struct association *a)
{
    size_t n;
    return rpc_client_output(a->rpc, &n) != NULL;
}

int association_ask(struct association *a, const struct exchange *x)
{
    return rpc_client_call(a->rpc, x->interface, x->opnum, x->stub, x->stub_len, &x->sink);
}

int association_flush(struct association *a)
{
    const uint8_t *p;
    size_t n;

    while ((p = rpc_client_output(a->rpc, &n)) != NULL) {
        ssize_t sent = transport_send_now(&a->socket, p, n);
        if (sent < 0)
            return sent == -EAGAIN ? 0 : (int)sent;
        rpc_client_consumed(a->rpc, (size_t)sent);
    }
    return 0;
}

/* 0 or negative errno; the peer's close is -ECONNRESET. */
static int receive_now(struct association *a)
{
    ssize_t n = transport_recv_now(&a->socket, a->in, sizeof a->in);

    if (n < 0)
        return n == -EAGAIN ? 0 : (int)n;
    if (n == 0)
        return -ECONNRESET;
    rpc_client_input(a->rpc, a->in, (size_t)n);
    return 0;
}

enum association_state association_step(struct association *a, uint32_t *code)
{
    bool did_not_execute;
    int r = association_flush(a);

    *code = NO_ERROR;
    if (r == 0)
        r = receive_now(a);
    if (r < 0)
        return ASSOCIATION_LOST;
    switch (rpc_client_state(a->rpc)) {
    case RPC_CLIENT_BINDING:
    case RPC_CLIENT_CALLING:
        return ASSOCIATION_BUSY;
    case RPC_CLIENT_READY:
        break;
    case RPC_CLIENT_BROKEN:
        return ASSOCIATION_BROKEN;
    }
    uint32_t status = rpc_client_fault(a->rpc, &did_not_execute);
    if (status == 0)
        return ASSOCIATION_READY;
    *code = rpc_fault_to_win32(status);
    return ASSOCIATION_FAULT;
}
