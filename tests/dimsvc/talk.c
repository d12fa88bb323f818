/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server without a network, for test_impacket.py. Reads lines, answers each with one:
 *   answer OPNUM HEX              the answer's stub as hex, or "fault STATUS"
 *   request NAME NUMBER...        the stub that the client makes: server_get L | connection_enum L P [R] |
 *                                 port_enum L C P [R] | get_info L H | handle H
 * There are five ports and five connections (make_ports, make_connections).
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dimsvc/client.h"

#define N           5u
#define NUMBERS_MAX 4

static void print_hex(const uint8_t *p, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        printf("%02x", p[i]);
    }
    printf("\n");
    (void)fflush(stdout);
}

static void do_answer(struct fake *f, const char *opnum, const char *hex)
{
    struct bytes request = bytes_from_hex(hex);
    uint32_t fault = 0;
    struct bytes b = answer_of(f, (uint16_t)strtoul(opnum, NULL, 10), request.p, request.n, 1000, &fault);
    if (fault != 0) {
        printf("fault %08" PRIx32 "\n", fault);
        (void)fflush(stdout);
    } else {
        print_hex(b.p, b.n);
    }
    bytes_free(&b);
    bytes_free(&request);
}

static void do_request(const char *name, const uint32_t v[NUMBERS_MAX], int n)
{
    uint8_t buf[DIM_REQUEST_MAX];
    size_t len = 0;
    if (strcmp(name, "server_get") == 0)
        len = dim_req_server_get(buf, v[0]);
    else if (strcmp(name, "connection_enum") == 0)
        len = dim_req_connection_enum(buf, v[0], v[1], n > 2 ? &v[2] : NULL);
    else if (strcmp(name, "port_enum") == 0)
        len = dim_req_port_enum(buf, v[0], v[1], v[2], n > 3 ? &v[3] : NULL);
    else if (strcmp(name, "get_info") == 0)
        len = dim_req_get_info(buf, v[0], v[1]);
    else if (strcmp(name, "handle") == 0)
        len = dim_req_handle(buf, v[0]);
    print_hex(buf, len);
}

static bool do_line(struct fake *f, char *line)
{
    const char *what = strtok(line, " \n"), *name = strtok(NULL, " \n"), *word;
    if (!what || !name)
        return false;
    if (strcmp(what, "answer") == 0) {
        word = strtok(NULL, " \n");
        do_answer(f, name, word ? word : "");
        return true;
    }
    uint32_t v[NUMBERS_MAX] = {0};
    int n = 0;
    while (n < NUMBERS_MAX && (word = strtok(NULL, " \n"))) {
        v[n++] = (uint32_t)strtoul(word, NULL, 10);
    }
    do_request(name, v, n);
    return true;
}

int main(void)
{
    static char line[65536];
    struct dim_port ports[N];
    struct dim_connection connections[N];
    static const struct dim_device devices[] = {{"Vpn", "WAN Miniport (PPTP)"}, {"Vpn", "WAN Miniport (IKEv2)"}};
    struct fake f;
    fake_init(&f);
    make_ports(ports, N);
    make_connections(connections, N);
    f.ports = ports;
    f.connections = connections;
    f.n_ports = f.n_connections = N;
    f.devices = devices;
    f.n_devices = 2;
    f.server = (struct dim_server){.up_seconds = 3600,
                                   .total_ports = 128,
                                   .ports_in_use = 1,
                                   .pptp_ports = 10,
                                   .pptp_flags = 1,
                                   .l2tp_ports = 20,
                                   .l2tp_flags = 3,
                                   .sstp_ports = 30,
                                   .sstp_flags = 1,
                                   .ikev2_ports = 40,
                                   .ikev2_flags = 1};
    while (fgets(line, sizeof line, stdin)) {
        if (!do_line(&f, line))
            return 2;
    }
    return 0;
}
