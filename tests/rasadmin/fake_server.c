/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server for the tests of rasadmin: the real rpc and dimsvc on a unix socket, with a backend that plays a script.
 *
 *     fake_server SOCKET SCRIPT.json
 *
 * The script is a JSON object:
 *
 * - "lan_only": bool, "deny": ["view", "disconnect", "admin"], "server": {"up_seconds": n}
 * - "steps": [{"ports": [...], "connections": [...]}, ...]: each listing of ports goes one step on; the last one stays
 *
 * A port and a connection have the members of dim_port and dim_connection, and a port these:
 *
 * - "code": what PortDisconnect answers; "hang": it does not answer; "die": the server ends instead
 * - "looks": PortGetInfo shows the session so many times after the order, then it is gone
 * - "stay": it never goes; "gives_up": after the looks it is connected as before
 * - "then": members that change after the next listing: somebody else takes the port
 *
 * - "own": the server's own interface, see fake_rrasx.h
 *
 * Says "ready" when it listens, and a line for each order that comes: "disconnect 101", "clear port 101".
 */
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "dimsvc/dimsvc.h"
#include "tests/rasadmin/fake_rrasx.h"

#define CONNECTIONS_MAX 64
#define SLOT_MASK       0xfffffu

static json_t *script, *step;
static size_t step_index;

static json_t *ports(void)
{
    return json_object_get(step, "ports");
}

static json_t *connections(void)
{
    return json_object_get(step, "connections");
}

static uint32_t number(const json_t *o, const char *key)
{
    return (uint32_t)json_integer_value(json_object_get(o, key));
}

static const char *text(const json_t *o, const char *key)
{
    return json_string_value(json_object_get(o, key));
}

static json_t *find(json_t *list, uint32_t handle, uint32_t mask)
{
    size_t i;
    json_t *o;
    json_array_foreach(list, i, o)
    {
        if ((number(o, "handle") & mask) == (handle & mask))
            return o;
    }
    return NULL;
}

/* ---- what it shows ---- */

static struct dim_stats stats(const json_t *o)
{
    const json_t *c = json_object_get(o, "stats");
    return (struct dim_stats){
        .bytes_out = (uint64_t)json_integer_value(json_object_get(c, "bytes_out")),
        .bytes_in = (uint64_t)json_integer_value(json_object_get(c, "bytes_in")),
        .frames_out = number(c, "frames_out"),
        .frames_in = number(c, "frames_in"),
        .crc_errors = number(c, "crc_errors"),
        .ratio_in = 100,
        .ratio_out = 100,
    };
}

static void show_port(const json_t *o, struct dim_port *ret)
{
    *ret = (struct dim_port){
        .handle = number(o, "handle"),
        .connection = number(o, "connection"),
        .condition = (enum dim_port_condition)number(o, "condition"),
        .calls = number(o, "calls"),
        .connect_seconds = number(o, "seconds"),
        .name = text(o, "name"),
        .media = text(o, "media"),
        .device_name = text(o, "device_name"),
        .device_type = "Vpn",
        .hardware_failure = json_is_true(json_object_get(o, "failure")),
        .line_speed = number(o, "line_speed"),
        .stats = stats(o),
    };
}

static void show_connection(const json_t *o, struct dim_connection *ret)
{
    static const uint8_t prefix[8] = {0x20, 0x01, 0x0d, 0xb8}, id[8] = {0, 0, 0, 0, 0, 0, 0, 6};
    *ret = (struct dim_connection){
        .handle = number(o, "handle"),
        .connect_seconds = number(o, "seconds"),
        .user = text(o, "user"),
        .remote_computer = text(o, "computer"),
        .guid = {0x78, 0x56, 0x34, 0x12},
        .start = json_integer_value(json_object_get(o, "start")),
        .remote_endpoint = text(o, "remote"),
        .local_endpoint = text(o, "local"),
        .client_address4 = text(o, "client"),
        .server_address4 = text(o, "server"),
        .ikev2 = json_is_true(json_object_get(o, "ikev2")),
        .device_type = number(o, "device_type"),
        .stats = stats(o),
    };
    if (text(o, "domain"))
        snprintf(ret->domain, sizeof ret->domain, "%s", text(o, "domain"));
    if (json_is_true(json_object_get(o, "ipv6"))) {
        memcpy(ret->client_prefix6, prefix, 8);
        memcpy(ret->client_interface6, id, 8);
        ret->prefix_length6 = 64;
    }
}

/* ---- the backend ---- */

static bool allowed(void *ctx, void *user, const struct dim_op *op)
{
    static const char *const words[] = {
        [DIM_RIGHT_VIEW] = "view", [DIM_RIGHT_DISCONNECT] = "disconnect", [DIM_RIGHT_ADMIN] = "admin"};
    size_t i;
    json_t *o;
    (void)ctx;
    (void)user;
    json_array_foreach(json_object_get(script, "deny"), i, o)
    {
        if (strcmp(json_string_value(o), words[op->right]) == 0)
            return false;
    }
    return true;
}

static bool lan_only(void *ctx)
{
    (void)ctx;
    return json_is_true(json_object_get(script, "lan_only"));
}

static bool has_transport(void *ctx, uint32_t pid)
{
    (void)ctx;
    return pid == 0x21;
}

static uint32_t server_get(void *ctx, struct dim_server *ret)
{
    size_t i;
    json_t *o;
    *ret = (struct dim_server){.lan_only = lan_only(ctx),
                               .up_seconds = number(json_object_get(script, "server"), "up_seconds"),
                               .total_ports = (uint32_t)json_array_size(ports())};
    json_array_foreach(ports(), i, o) ret->ports_in_use += number(o, "connection") != 0;
    return 0;
}

/* The session on a port is over: listening again, as rrasd shows it. */
static void free_port(json_t *o)
{
    json_object_set_new(o, "connection", json_integer(0));
    json_object_set_new(o, "condition", json_integer(DIM_PORT_LISTENING));
    json_object_set_new(o, "seconds", json_integer(0));
    json_object_del(o, "ordered");
}

static uint32_t port_get(void *ctx, uint32_t handle, bool want_stats, struct dim_port *ret)
{
    json_t *o = find(ports(), handle, SLOT_MASK);
    (void)ctx;
    (void)want_stats;
    if (!o)
        return 601;
    if (json_is_true(json_object_get(o, "ordered")) && !json_is_true(json_object_get(o, "stay"))) {
        uint32_t looks = number(o, "looks");
        if (looks == 0 && json_is_true(json_object_get(o, "gives_up")))
            json_object_set_new(o, "condition", json_integer(DIM_PORT_AUTHENTICATED));
        else if (looks == 0)
            free_port(o);
        else
            json_object_set_new(o, "looks", json_integer(looks - 1));
    }
    show_port(o, ret);
    return 0;
}

static uint32_t port_clear(void *ctx, void *user, uint32_t handle)
{
    (void)ctx;
    (void)user;
    printf("clear port %u\n", handle);
    return find(ports(), handle, SLOT_MASK) ? 0 : 601;
}

static void port_disconnect(void *ctx, void *user, uint32_t handle, struct dim_pending *p)
{
    json_t *o = find(ports(), handle, UINT32_MAX);
    (void)ctx;
    (void)user;
    printf("disconnect %u\n", handle);
    if (!o) {
        dim_finish(p, 87);
    } else if (json_is_true(json_object_get(o, "die"))) {
        exit(0);
    } else if (json_is_true(json_object_get(o, "hang"))) {
        return; /* the pending call ends with its connection */
    } else if (number(o, "code")) {
        dim_finish(p, number(o, "code"));
    } else if (!number(o, "connection") && number(o, "condition") != DIM_PORT_AUTHENTICATING) {
        dim_finish(p, 606);
    } else {
        json_object_set_new(o, "ordered", json_true());
        json_object_set_new(o, "condition", json_integer(DIM_PORT_DISCONNECTED));
        dim_finish(p, 0);
    }
}

static void list_port(void *ctx, size_t i, struct dim_port *ret)
{
    show_port(json_array_get(ctx, i), ret);
}

static void list_connection(void *ctx, size_t i, struct dim_connection *ret)
{
    show_connection(json_array_get(ctx, i), ret);
}

static uint32_t list_handle(void *ctx, size_t i)
{
    return number(json_array_get(ctx, i), "handle");
}

static void list_close(void *ctx)
{
    json_decref(ctx);
}

/* Somebody else takes the port, now that it has been listed. */
static void close_connections(void *ctx)
{
    size_t i;
    json_t *o;
    json_decref(ctx);
    json_array_foreach(ports(), i, o)
    {
        json_t *then = json_object_get(o, "then");
        if (!then)
            continue;
        json_object_update(o, then);
        json_object_del(o, "then");
    }
}

static uint32_t port_list(void *ctx, uint32_t connection, uint32_t resume, struct dim_list *ret)
{
    json_t *steps = json_object_get(script, "steps");
    (void)ctx;
    (void)resume; /* rasadmin asks for all */
    if (connection != DIM_ALL_PORTS)
        return 6;
    json_t *next = json_array_get(steps, step_index);
    step = next ? next : step;
    step_index++;
    *ret = (struct dim_list){.total = json_array_size(ports()),
                             .port = list_port,
                             .handle = list_handle,
                             .close = list_close,
                             .ctx = json_incref(ports())};
    return 0;
}

static uint32_t connection_get(void *ctx, uint32_t handle, struct dim_connection *ret)
{
    json_t *o = find(connections(), handle, UINT32_MAX);
    (void)ctx;
    if (!o)
        return 906;
    show_connection(o, ret);
    return 0;
}

static uint32_t connection_clear(void *ctx, void *user, uint32_t handle)
{
    (void)ctx;
    (void)user;
    printf("clear connection %u\n", handle);
    return find(connections(), handle, UINT32_MAX) ? 0 : 87;
}

static uint32_t connection_list(void *ctx, uint32_t resume, size_t max, struct dim_list *ret)
{
    (void)ctx;
    (void)resume;
    (void)max; /* the array keeps all in any case */
    *ret = (struct dim_list){.total = json_array_size(connections()),
                             .connection = list_connection,
                             .handle = list_handle,
                             .close = close_connections,
                             .ctx = json_incref(connections())};
    return 0;
}

static bool has_client_address(void *ctx, uint32_t address)
{
    (void)ctx;
    (void)address;
    return false;
}

static size_t devices(void *ctx, struct dim_device *ret, size_t max)
{
    (void)ctx;
    (void)ret;
    (void)max;
    return 0;
}

static const struct dim_backend backend = {
    .allowed = allowed,
    .lan_only = lan_only,
    .has_transport = has_transport,
    .server_get = server_get,
    .port_get = port_get,
    .port_clear = port_clear,
    .port_disconnect = port_disconnect,
    .port_list = port_list,
    .connection_get = connection_get,
    .connection_clear = connection_clear,
    .connection_list = connection_list,
    .has_client_address = has_client_address,
    .devices = devices,
};

/* ---- the socket ---- */

struct peer {
    int fd;
    struct rpc_server *rpc;
};

static void die(const char *what)
{
    perror(what);
    exit(1);
}

static int listen_on(const char *path)
{
    struct sockaddr_un sa = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || strlen(path) >= sizeof sa.sun_path)
        die("socket");
    strcpy(sa.sun_path, path);
    if (bind(fd, (const struct sockaddr *)&sa, sizeof sa) < 0 || listen(fd, CONNECTIONS_MAX) < 0)
        die(path);
    return fd;
}

/* False when the connection is over. */
static bool serve(struct peer *p, short events)
{
    uint8_t buf[65536];
    size_t n;
    if (events & (POLLIN | POLLHUP | POLLERR)) {
        ssize_t got = read(p->fd, buf, sizeof buf);
        if (got <= 0 || rpc_server_input(p->rpc, buf, (size_t)got) < 0)
            return false;
    }
    for (const uint8_t *out; (out = rpc_server_output(p->rpc, &n)) != NULL && n > 0;) {
        ssize_t sent = send(p->fd, out, n, MSG_NOSIGNAL);
        if (sent <= 0)
            return false;
        rpc_server_consumed(p->rpc, (size_t)sent);
    }
    return !rpc_server_finished(p->rpc);
}

static void run(int listener, const struct rpc_server_config *config)
{
    struct peer peers[CONNECTIONS_MAX];
    size_t n = 0;
    for (;;) {
        struct pollfd fds[CONNECTIONS_MAX + 1] = {{.fd = n < CONNECTIONS_MAX ? listener : -1, .events = POLLIN}};
        for (size_t i = 0; i < n; i++)
            fds[i + 1] = (struct pollfd){.fd = peers[i].fd, .events = POLLIN};
        int ready = poll(fds, n + 1, fake_rrasx_waits() ? 20 : -1);
        if (ready < 0)
            die("poll");
        if (ready == 0) {
            fake_rrasx_tick();
            for (size_t i = 0; i < n; i++)
                fds[i + 1].revents = POLLOUT; /* what has been answered goes out */
        }
        for (size_t i = n; i-- > 0;) {
            if (!fds[i + 1].revents || serve(&peers[i], fds[i + 1].revents))
                continue;
            rpc_server_free(peers[i].rpc);
            close(peers[i].fd);
            peers[i] = peers[--n];
        }
        if (fds[0].revents) {
            peers[n] = (struct peer){.fd = accept(listener, NULL, NULL), .rpc = rpc_server_new(config, NULL)};
            if (peers[n].fd < 0 || !peers[n].rpc)
                die("accept");
            n++;
        }
    }
}

int main(int argc, char **argv)
{
    json_error_t error;
    if (argc != 3)
        return 2;
    setvbuf(stdout, NULL, _IOLBF, 0);
    script = json_load_file(argv[2], 0, &error);
    if (!script) {
        fprintf(stderr, "%s:%d: %s\n", argv[2], error.line, error.text);
        return 1;
    }
    step = json_array_get(json_object_get(script, "steps"), 0);
    const struct rpc_interface dim = dim_interface(&backend);
    const struct fake_world world = {.own = json_object_get(script, "own"),
                                     .ports = ports,
                                     .connections = connections,
                                     .allowed = allowed,
                                     .free_port = free_port};
    const struct rpc_interface own = rrasx_interface(fake_rrasx_backend(&world));
    const struct rpc_interface *interfaces[] = {&dim, &own};
    const struct rpc_server_config config = {
        .interfaces = interfaces, .n_interfaces = world.own ? 2 : 1, .max_frag = RPC_FRAG_MAX_LOCAL, .sec_addr = ""};
    int listener = listen_on(argv[1]);
    puts("ready");
    run(listener, &config);
}
