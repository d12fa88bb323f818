/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The daemons' own protocols, spoken as tersely as they allow: what disconnecting through rrasd is measured against.
 *
 *   bench-native openvpn|ocserv|charon|charon-events SOCKET NUMBER
 *
 * Lists the NUMBER sessions of the daemon, disconnects them one by one (each command waits for its answer), and looks
 * until none is listed. Prints "LIST SECONDS", "ORDERS SECONDS", "GONE SECONDS": the listing alone, from the first
 * order to the last answer, and to the moment when all are gone. charon-events has charon tell it, on a connection
 * beside the one for commands, what becomes of each IKE_SA: whoever must know that they are gone has to listen.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "bench/bench.h"

#define SESSIONS_MAX 2000
#define BUFFER_SIZE  (4u << 20)
#define LIMIT_S      60.0

struct session {
    char id[24];
    char address[64];
};

static struct session sessions[SESSIONS_MAX];
static size_t n_sessions;
static char buffer[BUFFER_SIZE];

struct daemon {
    const char *name;
    void (*open)(const char *path);
    void (*list)(void);
    void (*end)(const struct session *s);
};

static int fd = -1;
static const char *socket_path;

static void put(const void *p, size_t n)
{
    for (const char *q = p; n > 0;) {
        ssize_t r = write(fd, q, n);
        if (r <= 0)
            bench_die("the daemon does not take a command: %s", strerror(errno));
        q += r;
        n -= (size_t)r;
    }
}

static void get(void *p, size_t n)
{
    for (char *q = p; n > 0;) {
        ssize_t r = read(fd, q, n);
        if (r <= 0)
            bench_die("the daemon has closed its socket");
        q += r;
        n -= (size_t)r;
    }
}

static struct session *next_session(void)
{
    if (n_sessions == SESSIONS_MAX)
        bench_die("more than %d sessions", SESSIONS_MAX);
    sessions[n_sessions] = (struct session){{0}, {0}};
    return &sessions[n_sessions++];
}

static void open_plain(const char *path)
{
    fd = bench_connect(path);
}

/* ---- openvpn: lines ---- */

static char *line(void)
{
    char *p = bench_line(fd);
    if (!p)
        bench_die("openvpn has closed its management socket");
    return p;
}

static void openvpn_row(char *row)
{
    char *field[16] = {0};
    size_t n = 0;
    for (char *p = row; n < 16 && (field[n] = strsep(&p, "\t")) != NULL;)
        n++;
    if (n < 12)
        bench_die("a row of %zu fields", n);
    struct session *s = next_session();
    snprintf(s->address, sizeof s->address, "%s", field[2]);
    snprintf(s->id, sizeof s->id, "%s", field[10]);
}

static void openvpn_list(void)
{
    n_sessions = 0;
    put("status 3\n", 9);
    for (char *p; strncmp(p = line(), "END", 3) != 0;)
        if (strncmp(p, "CLIENT_LIST\t", 12) == 0)
            openvpn_row(p);
}

static void openvpn_say(const char *command, size_t n)
{
    put(command, n);
    for (char *p; strncmp(p = line(), "SUCCESS:", 8) != 0;)
        if (strncmp(p, "ERROR:", 6) == 0)
            bench_die("%s", p);
}

/* Both commands: the one that tells the client, and the one that ends it here and now. */
static void openvpn_end(const struct session *s)
{
    char command[128];
    openvpn_say(command, (size_t)snprintf(command, sizeof command, "client-kill %s HALT\n", s->id));
    openvpn_say(command,
                (size_t)snprintf(command, sizeof command, "kill %s\n", strchr(s->address, ':') ? s->address : ""));
}

/* ---- ocserv: a command and a protobuf message, one for each connection ---- */

static size_t ocserv_call(uint8_t command, const uint8_t *body, uint32_t n)
{
    uint8_t head[5] = {command};
    uint32_t length;
    memcpy(head + 1, &n, 4);
    fd = bench_connect(socket_path);
    put(head, sizeof head);
    put(body, n);
    get(head, sizeof head);
    memcpy(&length, head + 1, 4);
    if (length > sizeof buffer)
        bench_die("an answer of %u bytes", length);
    get(buffer, length);
    close(fd);
    return length;
}

static uint64_t varint(const uint8_t **p, const uint8_t *end)
{
    uint64_t v = 0;
    for (unsigned shift = 0; *p < end && shift < 64; shift += 7) {
        uint8_t c = *(*p)++;
        v |= (uint64_t)(c & 127) << shift;
        if (c < 128)
            return v;
    }
    bench_die("a number without end");
}

/* Calls `each` for every field; a length-delimited one's value is where *p stands. */
static void fields(const uint8_t *p, const uint8_t *end,
                   void (*each)(unsigned field, uint64_t value, const uint8_t *at))
{
    while (p < end) {
        uint64_t tag = varint(&p, end), value = varint(&p, end);
        if ((tag & 7) != 0 && (tag & 7) != 2)
            bench_die("a field of wire type %u", (unsigned)(tag & 7));
        each((unsigned)(tag >> 3), value, p);
        if ((tag & 7) == 2)
            p += value;
    }
}

static void ocserv_user_field(unsigned field, uint64_t value, const uint8_t *at)
{
    (void)at;
    if (field == 1)
        snprintf(next_session()->id, sizeof sessions[0].id, "%llu",
                 (unsigned long long)value); /* zigzag, as sent back */
}

static void ocserv_field(unsigned field, uint64_t value, const uint8_t *at)
{
    if (field == 1)
        fields(at, at + value, ocserv_user_field);
}

static void ocserv_open(const char *path)
{
    socket_path = path;
}

static void ocserv_list(void)
{
    n_sessions = 0;
    size_t n = ocserv_call(4, NULL, 0);
    fields((const uint8_t *)buffer, (const uint8_t *)buffer + n, ocserv_field);
}

static void ocserv_end(const struct session *s)
{
    uint8_t body[16] = {0x08};
    uint32_t n = 1;
    unsigned long long v = strtoull(s->id, NULL, 10);
    for (; v > 127; v >>= 7)
        body[n++] = (uint8_t)(v | 128);
    body[n++] = (uint8_t)v;
    ocserv_call(8, body, n);
}

/* ---- charon: vici ---- */

static uint8_t packet[512];
static size_t packet_length;

static void vici_begin(uint8_t type, const char *name)
{
    packet[4] = type;
    packet[5] = (uint8_t)strlen(name);
    memcpy(packet + 6, name, packet[5]);
    packet_length = 6u + packet[5];
}

static void vici_value(const char *name, const char *value)
{
    size_t n = strlen(name), m = strlen(value);
    packet[packet_length++] = 3;
    packet[packet_length++] = (uint8_t)n;
    memcpy(packet + packet_length, name, n);
    packet_length += n;
    packet[packet_length++] = (uint8_t)(m >> 8);
    packet[packet_length++] = (uint8_t)m;
    memcpy(packet + packet_length, value, m);
    packet_length += m;
}

static void vici_send(void)
{
    uint32_t n = htonl((uint32_t)(packet_length - 4));
    memcpy(packet, &n, 4);
    put(packet, packet_length);
}

static size_t vici_receive(void)
{
    uint32_t n;
    get(&n, 4);
    n = ntohl(n);
    if (n == 0 || n > sizeof buffer)
        bench_die("a packet of %u bytes", n);
    get(buffer, n);
    return n;
}

static void vici_register(const char *event)
{
    vici_begin(3, event);
    vici_send();
    vici_receive();
}

static void charon_open(const char *path)
{
    fd = bench_connect(path);
    vici_register("list-sa");
}

static int events = -1;

static void charon_events_open(const char *path)
{
    events = fd = bench_connect(path);
    vici_register("ike-updown");
    charon_open(path);
}

static void charon_sa(size_t n)
{
    static const char key[] = "\x03\x08uniqueid";
    const char *p = memmem(buffer, n, key, sizeof key - 1);
    if (!p)
        bench_die("an SA without uniqueid");
    p += sizeof key - 1;
    snprintf(next_session()->id, sizeof sessions[0].id, "%.*s", (uint8_t)p[0] << 8 | (uint8_t)p[1], p + 2);
}

static void charon_list(void)
{
    n_sessions = 0;
    vici_begin(0, "list-sas");
    vici_send();
    for (size_t n; n = vici_receive(), buffer[0] == 7;)
        charon_sa(n);
}

static void charon_end(const struct session *s)
{
    vici_begin(0, "terminate");
    vici_value("ike-id", s->id);
    vici_value("timeout", "-1");
    vici_send();
    size_t n = vici_receive();
    if (!memmem(buffer, n, "\x07success\x00\x03yes", 13))
        bench_die("charon does not terminate %s", s->id);
}

static void charon_events_end(const struct session *s)
{
    charon_end(s);
    ssize_t n = recv(events, buffer, sizeof buffer, MSG_DONTWAIT);
    if (n == 0 || (n < 0 && errno != EAGAIN))
        bench_die("charon tells no more events");
}

static const struct daemon daemons[] = {
    {"openvpn", open_plain, openvpn_list, openvpn_end},
    {"ocserv", ocserv_open, ocserv_list, ocserv_end},
    {"charon", charon_open, charon_list, charon_end},
    {"charon-events", charon_events_open, charon_list, charon_events_end},
};

static void run(const struct daemon *d, size_t expected)
{
    static struct session all[SESSIONS_MAX];
    double t = bench_now();
    d->list();
    double listed = bench_now() - t;
    size_t n = n_sessions;
    if (n != expected)
        bench_die("%zu sessions are listed, not %zu", n, expected);
    memcpy(all, sessions, sizeof all);
    t = bench_now();
    for (size_t i = 0; i < n; i++)
        d->end(&all[i]);
    double ordered = bench_now() - t;
    for (d->list(); n_sessions > 0; d->list()) {
        if (bench_now() - t > LIMIT_S)
            bench_die("%zu sessions are still there", n_sessions);
        usleep(1000);
    }
    printf("%.6f %.6f %.6f\n", listed, ordered, bench_now() - t);
}

int main(int argc, char **argv)
{
    if (argc != 4)
        bench_die("usage: bench-native openvpn|ocserv|charon|charon-events SOCKET NUMBER");
    for (size_t i = 0; i < sizeof daemons / sizeof daemons[0]; i++) {
        if (strcmp(argv[1], daemons[i].name) != 0)
            continue;
        bench_pin(0);
        daemons[i].open(argv[2]);
        run(&daemons[i], bench_number(argv[3]));
        return 0;
    }
    bench_die("no such daemon: %s", argv[1]);
}
