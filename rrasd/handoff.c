/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/handoff.h"

#include <stdlib.h>
#include <string.h>

#include "common/text.h"
#include "rpc/cursor.h"

#define SID_SUBS_MAX       15u /* MS-DTYP 2.4.2 */
#define BLOB_MAX           (128u * 1024)
#define KEY_MAX            256u

#define FILE_TYPE_MESSAGES 2u
/* What a pipe of messages shows: read mode and type of messages, any number of instances (MS-CIFS 2.2.1.3). */
#define DEVICE_STATE    0x05ffu
#define ALLOCATION_SIZE 4096u

static const uint8_t magic[4] = {'N', 'P', 'A', 'M'};

/* What the parts of a token say. */
struct reading {
    struct rpc_rd rd;
    struct handoff h;
    bool has_unix_token, authenticated_flag;
    bool is_authenticated, is_anonymous, is_guest; /* by its SIDs */
    bool no_memory;
    bool strange_id;
};

static uint32_t big32(const uint8_t *p)
{
    struct rpc_rd rd = rpc_rd_init(p, 4, true);
    return rpc_rd_u32_raw(&rd);
}

size_t handoff_size(const uint8_t head[static HANDOFF_LENGTH_SIZE])
{
    size_t n = big32(head);
    return n < HANDOFF_HEAD_SIZE - HANDOFF_LENGTH_SIZE || n > HANDOFF_MAX - HANDOFF_LENGTH_SIZE
               ? 0
               : n + HANDOFF_LENGTH_SIZE;
}

uint32_t handoff_level(const uint8_t head[static HANDOFF_HEAD_SIZE])
{
    struct rpc_rd rd = rpc_rd_init(head, HANDOFF_HEAD_SIZE, false);
    (void)rpc_rd_bytes(&rd, HANDOFF_LENGTH_SIZE);
    if (memcmp(rpc_rd_bytes(&rd, sizeof magic), magic, sizeof magic) != 0)
        return 0;
    return rpc_rd_u32(&rd);
}

/* ---- pieces ---- */

/* A text behind a pointer: conformant and varying, with its NUL. */
static struct handoff_text read_text(struct rpc_rd *rd, bool present)
{
    struct handoff_text none = {0};
    if (!present)
        return none;
    uint32_t max = rpc_rd_u32(rd), offset = rpc_rd_u32(rd), count = rpc_rd_u32(rd);
    const uint8_t *p = rpc_rd_bytes(rd, count);
    if (!p || offset != 0 || count == 0 || count > max || memchr(p, 0, count) != p + count - 1) {
        rpc_rd_fail(rd);
        return none;
    }
    return (struct handoff_text){.p = (const char *)p, .n = count - 1};
}

static void skip_blob(struct rpc_rd *rd, uint32_t most)
{
    uint32_t n = rpc_rd_u32(rd);
    if (n > most)
        rpc_rd_fail(rd);
    else
        (void)rpc_rd_bytes(rd, n);
}

static bool is_pointer(struct rpc_rd *rd)
{
    return rpc_rd_u32(rd) != 0;
}

/* ---- who it is to Windows ---- */

/* The SIDs that matter are those of NT AUTHORITY: S-1-5-... */
static void weigh_sid(struct reading *r, const uint8_t authority[6], const uint32_t *subs, size_t n)
{
    static const uint8_t nt[6] = {0, 0, 0, 0, 0, 5};
    if (memcmp(authority, nt, sizeof nt) != 0)
        return;
    if (n == 1 && subs[0] == 7)
        r->is_anonymous = true;
    else if (n == 1 && subs[0] == 11)
        r->is_authenticated = true;
    else if (n == 2 && subs[0] == 32 && subs[1] == 546)
        r->is_guest = true;
    else if (n == 5 && subs[0] == 21 && subs[4] == 501) /* the account of that name */
        r->is_guest = true;
}

static void read_sid(struct reading *r)
{
    uint32_t subs[SID_SUBS_MAX];
    rpc_rd_align(&r->rd, 4);
    uint8_t revision = rpc_rd_u8(&r->rd), n = rpc_rd_u8(&r->rd);
    const uint8_t *authority = rpc_rd_bytes(&r->rd, 6);
    if (!authority || revision != 1 || n > SID_SUBS_MAX) {
        rpc_rd_fail(&r->rd);
        return;
    }
    for (size_t i = 0; i < n; i++)
        subs[i] = rpc_rd_u32(&r->rd);
    if (rpc_rd_ok(&r->rd))
        weigh_sid(r, authority, subs, n);
}

static void read_token(struct reading *r)
{
    rpc_rd_align(&r->rd, 8);
    uint32_t n = rpc_rd_u32(&r->rd), max = rpc_rd_u32(&r->rd);
    if (n != max || n > HANDOFF_IDS_MAX) {
        rpc_rd_fail(&r->rd);
        return;
    }
    for (uint32_t i = 0; i < n && rpc_rd_ok(&r->rd); i++)
        read_sid(r);
    (void)rpc_rd_u64(&r->rd); /* privileges */
    (void)rpc_rd_u32(&r->rd); /* rights */
}

/* ---- who it is here ---- */

/* A number that this machine has for somebody: 32 bits, and not the one that stands for nobody. */
static uint32_t read_id(struct reading *r)
{
    uint64_t id = rpc_rd_u64(&r->rd);
    if (id >= UINT32_MAX)
        r->strange_id = true;
    return (uint32_t)id;
}

static void read_groups(struct reading *r, uint32_t n)
{
    if (n > HANDOFF_IDS_MAX) {
        rpc_rd_fail(&r->rd);
        return;
    }
    r->h.groups = calloc(n ? n : 1, sizeof *r->h.groups);
    if (!r->h.groups) {
        r->no_memory = true;
        rpc_rd_fail(&r->rd);
        return;
    }
    r->h.n_groups = n;
    for (uint32_t i = 0; i < n && rpc_rd_ok(&r->rd); i++)
        r->h.groups[i] = read_id(r);
}

static void read_unix_token(struct reading *r)
{
    uint32_t max = rpc_rd_u32(&r->rd);
    r->h.uid = read_id(r);
    r->h.gid = read_id(r);
    uint32_t n = rpc_rd_u32(&r->rd);
    if (n != max) {
        rpc_rd_fail(&r->rd);
        return;
    }
    rpc_rd_align(&r->rd, 8);
    read_groups(r, n);
    r->has_unix_token = true;
}

#define USER_TEXTS 8u /* from the domain's name to the server that it was logged on by */
#define USER_TIMES 6u

static void read_user(struct reading *r)
{
    bool texts[USER_TEXTS];
    bool account = is_pointer(&r->rd), principal = is_pointer(&r->rd);
    (void)rpc_rd_u8(&r->rd); /* was the principal's name made up? */
    for (size_t i = 0; i < USER_TEXTS; i++)
        texts[i] = is_pointer(&r->rd);
    (void)rpc_rd_bytes(&r->rd, (size_t)USER_TIMES * 8);
    (void)rpc_rd_u16(&r->rd); /* log-ons */
    (void)rpc_rd_u16(&r->rd); /* wrong passwords */
    (void)rpc_rd_u32(&r->rd); /* flags of the account */
    r->authenticated_flag = rpc_rd_u8(&r->rd) == 1;
    r->h.account = read_text(&r->rd, account);
    (void)read_text(&r->rd, principal);
    r->h.domain = read_text(&r->rd, texts[0]);
    for (size_t i = 1; i < USER_TEXTS; i++)
        (void)read_text(&r->rd, texts[i]);
}

static void read_unix_user(struct reading *r)
{
    bool name = is_pointer(&r->rd), sanitized = is_pointer(&r->rd);
    r->h.unix_name = read_text(&r->rd, name);
    (void)read_text(&r->rd, sanitized);
}

/* ---- the whole ---- */

static void read_session(struct reading *r)
{
    bool token = is_pointer(&r->rd), unix_token = is_pointer(&r->rd);
    bool user = is_pointer(&r->rd), unix_user = is_pointer(&r->rd);
    if (is_pointer(&r->rd)) /* for Samba's own tests */
        rpc_rd_fail(&r->rd);
    skip_blob(&r->rd, KEY_MAX); /* the session's key */
    if (is_pointer(&r->rd))     /* credentials never go over a wire */
        rpc_rd_fail(&r->rd);
    rpc_rd_align(&r->rd, 4);
    (void)rpc_rd_bytes(&r->rd, 16); /* which session it is */
    (void)rpc_rd_u16(&r->rd);       /* kind of ticket */
    if (token)
        read_token(r);
    if (unix_token)
        read_unix_token(r);
    if (user)
        read_user(r);
    if (unix_user)
        read_unix_user(r);
}

static void read_message(struct reading *r)
{
    struct rpc_rd *rd = &r->rd;
    (void)rpc_rd_bytes(rd, HANDOFF_HEAD_SIZE);
    (void)rpc_rd_u8(rd); /* transport: which pipes have in common */
    bool client_name = is_pointer(rd), client_address = is_pointer(rd);
    (void)rpc_rd_u16(rd); /* its port */
    bool server_name = is_pointer(rd), server_address = is_pointer(rd);
    (void)rpc_rd_u16(rd); /* and ours */
    bool session = is_pointer(rd);
    r->h.client_name = read_text(rd, client_name);
    r->h.client_address = read_text(rd, client_address);
    (void)read_text(rd, server_name);
    (void)read_text(rd, server_address);
    if (!session)
        return;
    bool info = is_pointer(rd);
    skip_blob(rd, BLOB_MAX); /* forwarded credentials */
    if (info)
        read_session(r);
}

static enum handoff_verdict judge(const struct reading *r)
{
    if (r->no_memory)
        return HANDOFF_NO_MEMORY;
    if (!rpc_rd_ok(&r->rd) || rpc_rd_left(&r->rd) > 0)
        return HANDOFF_MALFORMED;
    return !r->has_unix_token || r->strange_id ? HANDOFF_NO_USER : HANDOFF_OK;
}

enum handoff_verdict handoff_parse(const uint8_t *message, size_t n, struct handoff *ret)
{
    struct reading r = {.rd = rpc_rd_init(message, n, false)};
    if (n < HANDOFF_HEAD_SIZE)
        return HANDOFF_MALFORMED;
    if (handoff_size(message) != n)
        return n > HANDOFF_MAX ? HANDOFF_TOO_LONG : HANDOFF_MALFORMED;
    uint32_t level = handoff_level(message);
    if (level == 0)
        return HANDOFF_NO_MAGIC;
    if (level != HANDOFF_LEVEL)
        return HANDOFF_LEVEL_BAD;
    struct rpc_rd tag = rpc_rd_init(message + HANDOFF_HEAD_SIZE - 4, 4, false);
    if (rpc_rd_u32(&tag) != level)
        return HANDOFF_MALFORMED;
    read_message(&r);
    enum handoff_verdict verdict = judge(&r);
    if (verdict != HANDOFF_OK) {
        handoff_clear(&r.h);
        return verdict;
    }
    r.h.authenticated = r.authenticated_flag && r.is_authenticated && !r.is_anonymous && !r.is_guest;
    *ret = r.h;
    return HANDOFF_OK;
}

void handoff_clear(struct handoff *h)
{
    free(h->groups);
    h->groups = NULL;
    h->n_groups = 0;
}

const char *handoff_verdict_text(enum handoff_verdict verdict)
{
    static const char *const texts[] = {
        [HANDOFF_OK] = "good",
        [HANDOFF_TOO_LONG] = "the message is too long, or too short to be one",
        [HANDOFF_NO_MAGIC] = "the message is not one of Samba's handoffs",
        [HANDOFF_LEVEL_BAD] = "this version of Samba hands over at a level that is not known here",
        [HANDOFF_MALFORMED] = "the message is malformed",
        [HANDOFF_NO_USER] = "the message does not say which user of this machine it is",
        [HANDOFF_NO_MEMORY] = "no memory",
    };
    return texts[verdict];
}

/* ---- what it is called ---- */

/* Cut on a whole character, if it is UTF-8: else whoever shows it escapes it byte by byte. */
static size_t put(char *dst, size_t cap, size_t at, const char *p, size_t n)
{
    size_t room = cap - 1 - at;
    if (n > room) {
        n = room;
        while (n > 0 && ((unsigned char)p[n] & 0xc0) == 0x80)
            n--;
    }
    memcpy(dst + at, p, n);
    dst[at + n] = '\0';
    return at + n;
}

static size_t put_text(char *dst, size_t cap, size_t at, const struct handoff_text *text)
{
    return text->n > 0 ? put(dst, cap, at, text->p, text->n) : at;
}

void handoff_name(const struct handoff *h, char *dst, size_t cap)
{
    size_t at = 0;
    dst[0] = '\0';
    if (h->account.n == 0) {
        (void)put_text(dst, cap, at, &h->unix_name);
        return;
    }
    if (h->domain.n > 0) {
        at = put_text(dst, cap, at, &h->domain);
        at = put(dst, cap, at, "\\", 1);
    }
    (void)put_text(dst, cap, at, &h->account);
}

void handoff_address(const struct handoff *h, char *dst, size_t cap)
{
    dst[0] = '\0';
    if (h->client_address.n > 0)
        (void)put_text(dst, cap, 0, &h->client_address);
    else if (h->client_name.n > 0)
        (void)put_text(dst, cap, 0, &h->client_name);
    else
        (void)put(dst, cap, 0, "?", 1);
}

void handoff_reply(uint8_t dst[static HANDOFF_REPLY_SIZE])
{
    struct rpc_wr wr = rpc_wr_init(dst, HANDOFF_REPLY_SIZE);
    static const uint8_t length[HANDOFF_LENGTH_SIZE] = {0, 0, 0, HANDOFF_REPLY_SIZE - HANDOFF_LENGTH_SIZE};
    rpc_wr_bytes(&wr, length, sizeof length);
    rpc_wr_bytes(&wr, magic, sizeof magic);
    rpc_wr_u32(&wr, HANDOFF_LEVEL);
    rpc_wr_u32(&wr, HANDOFF_LEVEL); /* the union's tag */
    rpc_wr_u16(&wr, FILE_TYPE_MESSAGES);
    rpc_wr_u16(&wr, DEVICE_STATE);
    rpc_wr_u64(&wr, ALLOCATION_SIZE);
    rpc_wr_u32(&wr, 0); /* status */
}
