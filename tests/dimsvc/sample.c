/* SPDX-License-Identifier: Apache-2.0 */
/* Well-formed requests for every operation, made from the table's own words of parameters. */
#include "support.h"

#include <string.h>

static void blob(struct rpc_wr *w, size_t n)
{
    rpc_wr_u32(w, (uint32_t)n);
    for (size_t i = 0; i < n; i++) {
        rpc_wr_u8(w, (uint8_t)i);
    }
}

static void pointer(struct rpc_wr *w)
{
    static uint32_t referent = 0x00020000;
    rpc_wr_u32(w, referent += 4);
}

static void counted(struct rpc_wr *w, uint32_t n)
{
    rpc_wr_u32(w, n);
    pointer(w);
}

static void text(struct rpc_wr *w, const char *ascii)
{
    uint32_t n = (uint32_t)strlen(ascii) + 1;
    rpc_wr_u32(w, n);
    rpc_wr_u32(w, 0);
    rpc_wr_u32(w, n);
    for (uint32_t i = 0; i < n; i++) {
        rpc_wr_u16(w, (uint16_t)ascii[i]);
    }
}

static void dwords(struct rpc_wr *w, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        rpc_wr_u32(w, (uint32_t)i + 1);
    }
}

static void tag_and_header(struct rpc_wr *w, uint8_t revision, uint8_t type)
{
    rpc_wr_u8(w, revision);
    rpc_wr_align(w, 4);
    rpc_wr_u8(w, revision);
    rpc_wr_u8(w, type);
    rpc_wr_u16(w, 4);
}

/* Tunnel parameters with every pointer in use; sizes that are no multiple of 4 wherever possible. */
static void tunnels(struct rpc_wr *w, uint8_t revision)
{
    dwords(w, 8);
    counted(w, 2); /* P1 */
    if (revision >= 2) {
        counted(w, 5); /* P2 */
        dwords(w, 1);
        pointer(w); /* P3 */
    }
    if (revision >= 3) {
        counted(w, 2); /* P4 */
        counted(w, 7); /* P5 */
    }
    dwords(w, 4);
    if (revision >= 3) {
        dwords(w, 5);
        pointer(w); /* P6 */
    }
    dwords(w, 5);
    counted(w, 3); /* P7 */

    rpc_wr_u32(w, 2);
    counted(w, 3);
    counted(w, 6);
    blob(w, 3);
    blob(w, 6);
    if (revision >= 2) {
        blob(w, 5);
        dwords(w, 6);
    }
    if (revision >= 3) {
        rpc_wr_u32(w, 2);
        for (uint32_t i = 0; i < 2; i++) {
            rpc_wr_u32(w, 3 + i);
            rpc_wr_u32(w, 1);
            pointer(w);
        }
        for (uint32_t i = 0; i < 2; i++) {
            rpc_wr_u32(w, 3 + i);
            rpc_wr_zero(w, 2 * (3 + i));
        }
        blob(w, 7);
        dwords(w, 6);
    }
    blob(w, 3);
}

static void custom_info(struct rpc_wr *w, uint8_t revision)
{
    tag_and_header(w, revision, 6);
    dwords(w, 3);
    counted(w, 3);
    pointer(w);
    if (revision >= 2)
        counted(w, 1);
    blob(w, 3);
    dwords(w, 6);
    if (revision >= 2)
        blob(w, 1);
}

static void containers(struct rpc_wr *w, bool flags)
{
    for (size_t i = 0; i < 2; i++) {
        if (flags)
            rpc_wr_u32(w, 1);
        counted(w, 29 + (uint32_t)i);
    }
    blob(w, 29);
    blob(w, 30);
}

static void param(struct rpc_wr *w, char kind, uint8_t revision)
{
    switch (kind) {
    case 'l':
        rpc_wr_u32(w, 0);
        break;
    case 't':
        rpc_wr_u32(w, 0x21);
        break;
    case 'p':
        rpc_wr_u32(w, 0xffffffff);
        break;
    case 'c':
        counted(w, 13);
        blob(w, 13);
        break;
    case 'i':
        containers(w, true);
        break;
    case 'm':
        containers(w, false);
        break;
    case 's':
        text(w, "wan");
        break;
    case 'r':
        pointer(w);
        rpc_wr_u32(w, 0);
        break;
    case 'o':
        rpc_wr_u8(w, 1);
        rpc_wr_u8(w, 1);
        rpc_wr_u16(w, 4);
        break;
    case 'x':
        tag_and_header(w, revision, 2);
        dwords(w, 5);
        tunnels(w, revision);
        break;
    case 'y':
        tag_and_header(w, revision, 3);
        rpc_wr_u32(w, 0x10); /* GRE: refused whatever stands behind it */
        tunnels(w, revision);
        break;
    case 'u':
        tag_and_header(w, revision, 5);
        dwords(w, 1);
        rpc_wr_zero(w, 130);
        break;
    case 'q':
        custom_info(w, revision);
        break;
    default:
        rpc_wr_u32(w, 1);
        break;
    }
}

size_t sample_request(uint16_t opnum, uint8_t revision, uint8_t buf[static SAMPLE_MAX])
{
    struct rpc_wr w = rpc_wr_init(buf, SAMPLE_MAX);
    for (const char *in = dim_op(opnum)->impl->in; *in; in++) {
        param(&w, *in, revision);
    }
    assert_true(rpc_wr_ok(&w));
    return w.pos;
}

uint8_t sample_revisions(uint16_t opnum)
{
    switch (opnum) {
    case 44:
    case 47:
        return 3;
    case 51:
    case 52:
        return 2;
    default:
        return 1;
    }
}
