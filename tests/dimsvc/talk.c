/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A server and a client without a network, for test_impacket.py. Reads lines, answers each with one:
 *   answer OPNUM HEX              the answer's stub as hex, or "fault STATUS"
 *   request NAME WORD...          the stub that the client makes: see client_words.h
 *   read OPNUM HEX                what the client reads in an answer to 36, 44, 45 or 46, in words, or "refused"
 * There are five ports and five connections (make_ports, make_connections).
 */
#include "support.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client_words.h"
#include "dimsvc/client.h"
#include "dimsvc/connections_ex.h"
#include "dimsvc/server_ex.h"

#define N 5u

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

static void do_request(const char *words)
{
    static uint8_t buf[CLIENT_REQUEST_MAX];
    print_hex(buf, client_request(words, buf));
}

/* ---- what the client reads ---- */

static uint32_t print_element(void *ctx, const uint8_t *arm, bool ikev2)
{
    struct bytes b = {.p = (uint8_t *)(uintptr_t)arm, .n = DIM_CONNEX_IKE_SIZE};
    (void)ctx;
    printf("%s %" PRIu32 " user%c %c%c ", ikev2 ? "ikev2" : "ppp", u32_at(b, DIM_CONNEX_DURATION),
           arm[DIM_CONNEX_USER + 8], arm[DIM_CONNEX_LOCAL_ENDPOINT], arm[DIM_CONNEX_PROJECTION_ARM + DIM_PROJ_ADDRESS]);
    b.n = DIM_CONNEX_PPP_SIZE;
    printf("%" PRIu32 "; ", u32_at(b, ikev2 ? DIM_CONNEX_IKE_CONNECTION : DIM_CONNEX_PPP_CONNECTION));
    return 0;
}

static bool read_connections(bool list, struct bytes b)
{
    static struct dim_connections_ex d;
    d = (struct dim_connections_ex){.list = list, .resume = list, .element = print_element};
    if (dim_connections_ex_data(&d, b.p, b.n, false) != 0 || dim_connections_ex_end(&d) != 0)
        return false;
    printf("read %" PRIu32 " of %" PRIu32 " then %" PRIu32 " code %" PRIu32, d.read, d.total, d.resume_out, d.code);
    return true;
}

static void print_octets(struct dim_octets o)
{
    printf(" %.*s", (int)o.n, o.n ? (const char *)o.p : "");
}

static bool read_server(struct bytes b)
{
    static struct dim_server_ex s;
    uint32_t code;
    if (b.n == 0 || dim_server_ex_decode(b.p, b.n, false, b.p[0], &s, &code) != 0)
        return false;
    printf("%" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32 " %" PRIu32, s.up_time, s.ike.ports, s.pptp.ports,
           s.l2tp.ports, s.sstp.ports);
    for (uint32_t i = 0; i < s.ike.n_certificates; i++) {
        print_octets(s.ike.certificates[i]);
    }
    print_octets(s.ike.machine_certificate);
    for (uint32_t i = 0; i < s.ike.n_ekus; i++) {
        printf(" eku %" PRIu32 " %c", s.ike.ekus[i].size, s.ike.ekus[i].n ? s.ike.ekus[i].units[0] : '-');
    }
    print_octets(s.ike.machine_hash);
    print_octets(s.sstp.certificate);
    printf(" code %" PRIu32, code);
    return true;
}

static bool read_devices(struct bytes b)
{
    struct dim_decoder d = {.kind = DIM_ANSWER_COUNTED, .sizes = {DIM_DEVICE0_SIZE}};
    if (dim_decoder_data(&d, b.p, b.n, false) != 0 || dim_decoder_end(&d) != 0)
        return false;
    printf("%" PRIu32 " code %" PRIu32, d.read, d.code);
    return true;
}

static void do_read(unsigned long opnum, const char *hex)
{
    struct bytes b = bytes_from_hex(hex);
    bool good = false;
    if (opnum == 36)
        good = read_devices(b);
    else if (opnum == 44)
        good = read_server(b);
    else if (opnum == 45 || opnum == 46)
        good = read_connections(opnum == 45, b);
    printf(good ? "\n" : "refused\n");
    (void)fflush(stdout);
    bytes_free(&b);
}

static bool do_line(struct fake *f, char *line)
{
    if (strncmp(line, "request ", 8) == 0) {
        line[strcspn(line, "\n")] = 0;
        do_request(line + 8);
        return true;
    }
    const char *what = strtok(line, " \n"), *name = strtok(NULL, " \n"), *word;
    if (!what || !name)
        return false;
    if (strcmp(what, "answer") == 0) {
        word = strtok(NULL, " \n");
        do_answer(f, name, word ? word : "");
        return true;
    }
    if (strcmp(what, "read") == 0) {
        word = strtok(NULL, " \n");
        do_read(strtoul(name, NULL, 10), word ? word : "");
        return true;
    }
    return false;
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
