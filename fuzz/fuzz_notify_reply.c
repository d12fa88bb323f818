/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile server against a registration for events, over a socket pair, with a clock of the fuzzer's own: whatever it
 * says, and whenever, each turn ends, the event is signalled or not, and after its end there is nothing more.
 *
 * Input: portions, each a byte that says what comes, two bytes of length, and as many bytes: 0: as they are, 1: as a
 * stub that answers the present question, 2: as a message in such a stub with code 0, 3: nothing, but time passes.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fuzz.h"
#include "libmprapi/deadline.h"
#include "libmprapi/notifier.h"
#include "library_peer.h"
#include "rpc/cursor.h"

#define CONTEXT      1u /* of rrasx in the library's bind */
#define PORTIONS_MAX 64u
#define LIMIT_MS     1000u

struct scene {
    struct pool *pool;
    struct notifier *n;
    int fd; /* the server's end */
    unsigned answers;
    uint64_t now;
};

static void begin(struct scene *s)
{
    const struct binding given = {.transport = TRANSPORT_GIVEN};
    const struct watch_point from = {.last = 5};
    struct association *a;
    int pair[2];
    FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == 0);
    *s = (struct scene){.fd = pair[1], .now = 1000};
    peer_bind(s->fd);
    s->pool = pool_new(&given, &(struct pool_limits){LIMIT_MS, LIMIT_MS});
    FUZZ_CHECK(s->pool != NULL && association_open(pair[0], NULL, deadline_in(LIMIT_MS), &a) == 0);
    pool_adopt(s->pool, a);
    FUZZ_CHECK(pool_take_watch(s->pool, deadline_in(LIMIT_MS), &a) == 0);
    FUZZ_CHECK(notifier_new(&s->n) == 0 && notifier_add(s->n, s->pool, a, &from, s->now) == 0);
}

static void say_message(struct scene *s, const uint8_t *p, size_t n)
{
    static uint8_t stub[PEER_STUB_MAX];
    n = n < sizeof stub - 20 ? n : sizeof stub - 20;
    struct rpc_wr w = rpc_wr_init(stub, sizeof stub);
    rpc_wr_u32(&w, (uint32_t)n);
    rpc_wr_u32(&w, 0x20000);
    rpc_wr_u32(&w, (uint32_t)n);
    rpc_wr_bytes(&w, p, n);
    rpc_wr_u32(&w, 0);
    FUZZ_CHECK(rpc_wr_ok(&w));
    peer_respond(s->fd, s->answers++, CONTEXT, stub, w.pos);
}

/* What the library has asked is of no interest; but it must not be kept from asking. False: it has hung up. */
static bool hear(const struct scene *s)
{
    uint8_t bytes[4096];
    ssize_t n;
    do
        n = recv(s->fd, bytes, sizeof bytes, MSG_DONTWAIT);
    while (n > 0);
    return n < 0;
}

static void say(struct scene *s, unsigned how, const uint8_t *p, size_t n)
{
    switch (how) {
    case 0:
        if (n > 0)
            peer_say(s->fd, p, n);
        break;
    case 1:
        peer_respond(s->fd, s->answers++, CONTEXT, p, n);
        break;
    case 2:
        say_message(s, p, n);
        break;
    default:
        s->now += n;
        break;
    }
}

static void play(struct scene *s, const uint8_t *data, size_t size)
{
    size_t at = 0;
    for (unsigned i = 0; i < PORTIONS_MAX && at + 3 <= size && hear(s); i++) {
        size_t n = (size_t)(data[at + 1] | data[at + 2] << 8);
        unsigned how = data[at] & 3u;
        at += 3;
        n = n < size - at ? n : size - at;
        say(s, how, data + at, n);
        at += n;
        s->now += WATCH_PACE_MS;
        notifier_turn(s->n, s->now);
        (void)notifier_take(s->n);
        FUZZ_CHECK(!notifier_take(s->n));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct scene s;
    begin(&s);
    play(&s, data, size);
    bool lost = !hear(&s);
    peer_finish(s.fd);
    while (hear(&s))
        notifier_turn(s.n, s.now += WATCH_PACE_MS);
    /* The last signal: the connection is gone, or was before. */
    FUZZ_CHECK(notifier_take(s.n) || lost);
    notifier_turn(s.n, s.now += 3600000);
    FUZZ_CHECK(!notifier_take(s.n));
    FUZZ_CHECK(notifier_remove(s.n, s.pool));
    notifier_close(s.n);
    notifier_unref(s.n);
    pool_unref(s.pool);
    close(s.fd);
    return 0;
}
