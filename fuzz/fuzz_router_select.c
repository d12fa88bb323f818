/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile administrator, and a hostile daemon: any address or prefix in a selection, against a session that says of
 * its addresses inside the tunnel whatever it likes.
 *
 * Input: the address, then for the session one for IPv4 and one for IPv6, with a line feed between them.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"
#include "router/select.h"

#define TEXTS 3u

static int no_send(void *ctx, void *channel, const struct router_order *order)
{
    (void)ctx, (void)channel, (void)order;
    return 0;
}

static void no_event(void *ctx, const struct router_event *e)
{
    (void)ctx, (void)e;
}

static void zeros(void *ctx, uint8_t *dst, size_t n)
{
    (void)ctx;
    memset(dst, 0, n);
}

/* The texts in memory of exactly their sizes, to be freed; without a NUL in them. */
static void split(const uint8_t *data, size_t size, char *ret[static TEXTS])
{
    for (size_t i = 0; i < TEXTS; i++) {
        const uint8_t *end = size ? memchr(data, '\n', size) : NULL;
        size_t n = end && i + 1 < TEXTS ? (size_t)(end - data) : size;
        size_t length = n ? strnlen((const char *)data, n) : 0;
        ret[i] = length ? strndup((const char *)data, length) : strdup("");
        if (!ret[i])
            abort();
        data += n < size ? n + 1 : n;
        size -= n < size ? n + 1 : n;
    }
}

static size_t count(const struct router *r, const char *address, int *rc)
{
    const struct router_selector s = {.address = address};
    uint32_t *found = NULL;
    size_t n = 0;
    *rc = router_select(r, &s, 0, SIZE_MAX, &found, &n);
    FUZZ_CHECK(*rc == 0 || (*rc == -EINVAL && !found && n == 0));
    FUZZ_CHECK((n > 0) == (found != NULL));
    free(found);
    return n;
}

static void check(const struct router *r, char *const text[static TEXTS])
{
    int rc, own;
    size_t n = count(r, text[0], &rc);
    FUZZ_CHECK(n <= 1);
    /* Whatever a session says is found by just that, if it is an address at all. */
    for (size_t i = 1; i < TEXTS; i++) {
        size_t by_own = count(r, text[i], &own);
        bool six = strchr(text[i], ':') != NULL;
        if (own == 0 && !strchr(text[i], '/') && six == (i == 2))
            FUZZ_CHECK(by_own == 1);
    }
    if (rc == 0 && n == 1) {
        const char *all = strchr(text[0], ':') ? "::/0" : "0.0.0.0/0";
        FUZZ_CHECK(count(r, all, &own) == 1);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct router_config config = {
        .max_ports = 1, .accept_ms = 1, .gone_ms = 1, .hard_ms = 1, .unknown_ms = 1};
    static const struct router_ops ops = {.send_disconnect = no_send, .event = no_event, .random = zeros};
    static const struct router_driver_info info = {.name = "d", .instance = "i", .device_type = "t"};
    const struct router_time now = {.mono_ms = 1, .wall_s = 1};
    struct router_driver *d = NULL;
    char *text[TEXTS];
    split(data, size, text);
    struct router *r = router_new(&config, &ops, NULL);
    if (!r || router_driver_attach(r, &info, &now, &d) != 0)
        abort();
    const struct router_session s = {
        .id = "1", .state = ROUTER_SESSION_CONNECTED, .tunnel_address4 = text[1], .tunnel_address6 = text[2]};
    int rc = router_session_report(r, d, NULL, &s, &now);
    FUZZ_CHECK(rc == 0 || rc == -EINVAL); /* a text is too long */
    if (rc == 0)
        check(r, text);
    router_free(r);
    for (size_t i = 0; i < TEXTS; i++)
        free(text[i]);
    return 0;
}
