/* SPDX-License-Identifier: Apache-2.0 */
#include "golden.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the file ---- */

struct reader {
    FILE *file;
    char *line;
    size_t cap;
    bool again; /* the line is to be read once more */
};

/* The next line without its end; NULL behind the last. Comments and empty lines are skipped. */
static char *next_line(struct reader *r)
{
    if (r->again) {
        r->again = false;
        return r->line;
    }
    while (getline(&r->line, &r->cap, r->file) > 0) {
        r->line[strcspn(r->line, "\n")] = 0;
        if (r->line[0] && r->line[0] != '#')
            return r->line;
    }
    return NULL;
}

/* What is behind this word, in memory of its own, if the next line begins with it. */
static char *take(struct reader *r, const char *word)
{
    char *line = next_line(r);
    size_t n = strlen(word);
    if (line && strncmp(line, word, n) == 0 && line[n] == ' ') {
        char *copy = strdup(line + n + 1);
        assert_non_null(copy);
        return copy;
    }
    r->again = line != NULL;
    return NULL;
}

static void add_zeros(struct bytes *b, size_t n, size_t size)
{
    assert_true(n <= size - b->n);
    memset(b->p + b->n, 0, n);
    b->n += n;
}

static void add_hex(struct bytes *b, const char *hex, size_t size)
{
    struct bytes more = bytes_from_hex(hex);
    assert_true(more.n <= size - b->n);
    memcpy(b->p + b->n, more.p, more.n);
    b->n += more.n;
    bytes_free(&more);
}

static struct bytes take_bytes(struct reader *r, const char *word)
{
    char *count = take(r, word);
    assert_non_null(count);
    size_t size = strtoul(count, NULL, 10);
    struct bytes b = {.p = malloc(size ? size : 1)};
    assert_non_null(b.p);
    free(count);
    while (b.n < size) {
        char *zeros = take(r, "zero");
        if (zeros) {
            add_zeros(&b, strtoul(zeros, NULL, 10), size);
        } else {
            char *line = next_line(r);
            assert_non_null(line);
            add_hex(&b, line, size);
        }
        free(zeros);
    }
    return b;
}

static char *or_empty(char *text)
{
    char *s = text ? text : strdup("");
    assert_non_null(s);
    return s;
}

static struct golden take_golden(struct reader *r, char *head)
{
    char *title;
    struct golden g = {.opnum = (uint16_t)strtoul(head, &title, 10)};
    assert_true(title[0] == ':' && title[1] == ' ');
    g.title = strdup(title + 2);
    assert_non_null(g.title);
    g.state = or_empty(take(r, "state"));
    g.client = or_empty(take(r, "client"));
    g.request = take_bytes(r, "request");
    g.response = take_bytes(r, "response");
    free(head);
    return g;
}

void goldens_read(struct goldens *g, const char *path)
{
    struct reader r = {.file = fopen(path, "r")};
    char *head;
    *g = (struct goldens){0};
    assert_non_null(r.file);
    while ((head = take(&r, "opnum"))) {
        g->all = realloc(g->all, (g->n + 1) * sizeof *g->all);
        assert_non_null(g->all);
        g->all[g->n++] = take_golden(&r, head);
    }
    assert_null(next_line(&r)); /* something else stood there */
    assert_true(g->n > 0);
    free(r.line);
    fclose(r.file);
}

void goldens_free(struct goldens *g)
{
    for (size_t i = 0; i < g->n; i++) {
        free(g->all[i].title);
        free(g->all[i].state);
        free(g->all[i].client);
        bytes_free(&g->all[i].request);
        bytes_free(&g->all[i].response);
    }
    free(g->all);
}

struct goldens goldens;

int goldens_setup(void **state)
{
    (void)state;
    goldens_read(&goldens, EXAMPLES);
    return 0;
}

int goldens_teardown(void **state)
{
    (void)state;
    goldens_free(&goldens);
    return 0;
}

bool golden_is(const struct golden *g, const char *state)
{
    return strncmp(g->state, state, strlen(state)) == 0;
}

bool golden_is_ours(const struct golden *g)
{
    return !golden_is(g, "other") && !golden_is(g, "refused");
}

/* ---- the server ---- */

#define STATS                                                                                                          \
    {                                                                                                                  \
        .bytes_out = 123456, .bytes_in = 654321, .frames_out = 1000, .frames_in = 1200, .crc_errors = 1,               \
        .timeout_errors = 2, .alignment_errors = 3, .hardware_overruns = 4, .framing_errors = 5, .buffer_overruns = 6, \
        .ratio_in = 100, .ratio_out = 90                                                                               \
    }
#define ADDRESSES                                                                                                      \
    .start = 1700000000, .remote_endpoint = "192.0.2.1", .local_endpoint = "198.51.100.1",                             \
    .server_address4 = "10.8.0.1", .client_address4 = "10.8.0.2",                                                      \
    .client_prefix6 = {0x20, 0x01, 0x0d, 0x18, 0, 0, 0, 1}, .client_interface6 = {0, 0, 0, 0, 0, 0, 0, 2},             \
    .prefix_length6 = 64

static const struct dim_port ports[] = {
    {.handle = 1,
     .connection = 7,
     .condition = DIM_PORT_AUTHENTICATED,
     .calls = 3,
     .connect_seconds = 754,
     .name = "VPN3-1",
     .media = "rastapi",
     .device_name = "WAN Miniport (PPTP)",
     .device_type = "Vpn",
     .kind = 8,
     .line_speed = 100000000,
     .stats = STATS},
    {.handle = 2,
     .condition = DIM_PORT_LISTENING,
     .name = "VPN3-0",
     .media = "rastapi",
     .device_name = "WAN Miniport (PPTP)",
     .device_type = "Vpn",
     .kind = 8},
};

static const struct dim_connection connections[] = {
    {.handle = 7,
     .interface = 3,
     .connect_seconds = 754,
     .flags = 1,
     .interface_name = "ppp0",
     .user = "alice",
     .domain = "EXAMPLE",
     .remote_computer = "laptop",
     .guid = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16},
     .quarantine = 2,
     .probation_filetime = 0x0102030405060708,
     ADDRESSES,
     .auth_protocol = 0xc223,
     .auth_data = 0x81,
     .device_type = 8,
     .stats = STATS},
    {.handle = 8,
     .interface = 4,
     .connect_seconds = 60,
     .flags = 16,
     .interface_name = "ikev2",
     .user = "bob",
     .domain = "EXAMPLE",
     .remote_computer = "phone",
     .guid = {17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32},
     ADDRESSES,
     .ikev2 = true,
     .auth_protocol = 2,
     .device_type = 15,
     .stats = STATS},
};

static const struct dim_device devices[] = {
    {.type = "Vpn", .name = "WAN Miniport (PPTP)", .kind = 8, .ports = 10},
    {.type = "Vpn", .name = "WAN Miniport (IKEv2)", .kind = 15, .ports = 40},
};

void golden_server(struct fake *f, const struct golden *g)
{
    fake_init(f);
    f->ports = ports;
    f->n_ports = sizeof ports / sizeof ports[0];
    f->connections = connections;
    f->n_connections = sizeof connections / sizeof connections[0];
    f->devices = devices;
    f->n_devices = sizeof devices / sizeof devices[0];
    f->client_address = htonl(0x0a080002);
    f->server = (struct dim_server){.up_seconds = 3600,
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
    f->deny = golden_is(g, "denied");
    f->lan_only = golden_is(g, "lan");
}
