/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile server against the library's functions over our own interface: bytes, stubs or pages of messages answer one
 * function; what the caller gets is read to its last byte, and the messages in it are made and read once more.
 *
 * Input: a byte that chooses the function (the lower five bits) and how the rest is meant (128: one stub, 64: messages,
 * each with two bytes of length before it, in a stub of their own with code 0; else PDUs), then the rest.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz.h"
#include "library_peer.h"
#include "rrasx_walk.h"

#define CONTEXT   1u  /* of rrasx in the library's bind */
#define PAGES_MAX 64u /* all is said before anybody reads, so it must fit into the socket */

/* ---- a call ---- */

static const OPENRRAS_DISCONNECT order = {.Selector = {.fAll = TRUE}};
static const OPENRRAS_USER user = {.pszUser = "alice", .dwCallback = RASPRIV_NoCallback};

/* *ret: the result, where there is one. */
static DWORD call(MPR_SERVER_HANDLE h, uint16_t op, void **ret)
{
    DWORD number = 1, code;
    *ret = NULL;
    switch (op) {
    case RRASX_SERVER_GET:
        return OpenRrasServerGetInfo(h, (OPENRRAS_SERVER **)ret);
    case RRASX_SESSION_ENUM:
        return OpenRrasSessionEnum(h, NULL, (OPENRRAS_SESSION_LIST **)ret);
    case RRASX_EVENT_WAIT:
        return OpenRrasEventWait(h, NULL, 0, 1, 0, (OPENRRAS_EVENT_LIST **)ret);
    case RRASX_DISCONNECT:
        return OpenRrasDisconnect(h, &order, 0, (OPENRRAS_JOB **)ret);
    case RRASX_JOB_WAIT:
        return OpenRrasJobWait(h, 1, NULL, 0, (OPENRRAS_JOB **)ret);
    case RRASX_JOB_CANCEL:
        return OpenRrasJobCancel(h, 1);
    case RRASX_KEEP_OUT_ADD:
        code = OpenRrasKeepOutAdd(h, "alice", NULL, 1, NULL, &number);
        FUZZ_CHECK(code == NO_ERROR || number == 0);
        return code;
    case RRASX_KEEP_OUT_ENUM:
        return OpenRrasKeepOutEnum(h, (OPENRRAS_KEEP_OUT_LIST **)ret);
    case RRASX_KEEP_OUT_REMOVE:
        return OpenRrasKeepOutRemove(h, 1);
    case RRASX_DRIVER_ENUM:
        return OpenRrasDriverEnum(h, (OPENRRAS_DRIVER_LIST **)ret);
    case RRASX_USER_GET:
        return OpenRrasUserGet(h, "alice", (OPENRRAS_USER **)ret);
    case RRASX_USER_SET:
        return OpenRrasUserSet(h, &user, 0);
    case RRASX_USER_REMOVE:
        return OpenRrasUserRemove(h, "alice");
    case RRASX_USER_ENUM:
        return OpenRrasUserEnum(h, (OPENRRAS_USER_LIST **)ret);
    case RRASX_QUARANTINE_SET:
        return OpenRrasQuarantineSet(h, 5, TRUE);
    case RRASX_LIMIT_ENUM:
        return OpenRrasLimitEnum(h, (OPENRRAS_PORT_LIMIT_LIST **)ret);
    case RRASX_LIMIT_SET:
        return OpenRrasLimitSet(h, "l2tp", 7, 1, &number);
    default:
        return OpenRrasDriverForgetEx(h, "openvpn", "main", 0, &number);
    }
}

/* What was understood can be said, and is then understood in the same way. */
static void check_again(const struct rrasx_message *m, const void *s)
{
    size_t bound = rrasx_bound(m, s);
    uint8_t *bytes = malloc(bound + 1), *again = malloc(bound + 1);
    FUZZ_CHECK(bytes && again);
    struct rpc_wr w = rpc_wr_init(bytes, bound), v = rpc_wr_init(again, bound);
    rrasx_encode(m, s, &w);
    FUZZ_CHECK(rpc_wr_ok(&w));
    const struct rrasx_chunk c = {bytes, w.pos};
    struct rrasx_size need = {0};
    /* A list over several pages may be more than one message may hold. */
    if (rrasx_measure(m, c, &need)) {
        size_t head = (m->size + 15u) & ~15u;
        uint8_t *t = malloc(head + need.items + need.texts + 1);
        FUZZ_CHECK(t != NULL && rrasx_fill(m, &c, 1, t, t + head, &need));
        rrasx_encode(m, t, &v);
        FUZZ_CHECK(rpc_wr_ok(&v) && v.pos == w.pos && memcmp(bytes, again, w.pos) == 0);
        free(t);
    }
    free(bytes);
    free(again);
}

static void check_result(const struct rrasx_message *m, DWORD code, void *result)
{
    bool gives = m != &rrasx_nothing && m != &rrasx_number && m != &rrasx_forgotten;
    FUZZ_CHECK((result != NULL) == (gives && code == NO_ERROR));
    if (!result)
        return;
    rrasx_walk(m, result);
    check_again(m, result);
    FUZZ_CHECK(MprAdminBufferFree(result) == NO_ERROR);
}

/* ---- what the server says ---- */

static void say_message(int fd, unsigned i, const uint8_t *p, size_t n)
{
    static uint8_t stub[PEER_STUB_MAX];
    if (n > sizeof stub - 20)
        n = sizeof stub - 20;
    struct rpc_wr w = rpc_wr_init(stub, sizeof stub);
    rpc_wr_u32(&w, (uint32_t)n);
    rpc_wr_u32(&w, 0x20000);
    rpc_wr_u32(&w, (uint32_t)n);
    rpc_wr_bytes(&w, p, n);
    rpc_wr_u32(&w, 0);
    FUZZ_CHECK(rpc_wr_ok(&w));
    peer_respond(fd, i, CONTEXT, stub, w.pos);
}

static void say_messages(int fd, const uint8_t *p, size_t size)
{
    unsigned i = 0;
    for (size_t at = 0; at + 2 <= size && i < PAGES_MAX; i++) {
        size_t n = (size_t)(p[at] | p[at + 1] << 8);
        at += 2;
        n = n < size - at ? n : size - at;
        say_message(fd, i, p + at, n);
        at += n;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    int fd;
    void *result;
    if (size == 0)
        return 0;
    uint16_t op = data[0] & 31u;
    op = op < RRASX_OPNUMS ? op : RRASX_SESSION_ENUM;
    MPR_SERVER_HANDLE h = peer_connect(&fd);
    if (data[0] & 128)
        peer_respond(fd, 0, CONTEXT, data + 1, size - 1);
    else if (data[0] & 64)
        say_messages(fd, data + 1, size - 1);
    else
        peer_say(fd, data + 1, size - 1);
    peer_finish(fd);
    DWORD code = call(h, op, &result);
    check_result(rrasx_form(op)->reply, code, result);
    MprAdminServerDisconnect(h);
    close(fd);
    return 0;
}
