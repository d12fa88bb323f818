/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A state machine over pieces of any size, as decoder.c. An element is gathered in two steps: up to the tag of the
 * projection inside it, which says how long it is, and the rest. Its tag needs no alignment and follows the element
 * before at once; its arm stands at the next multiple of 8.
 */
#include "dimsvc/connections_ex.h"

#include <string.h>

#include <winerror.h>

#include "dimsvc/client.h"
#include "rpc/cursor.h"
#include "rpc/limits.h"

#define REVISION  1u  /* the only one that there is */
#define HEAD_SIZE 12u /* entries read, entries in all, pointer to the array */

/* The resume pointer follows the last element without a gap. */
_Static_assert(DIM_CONNEX_PPP_SIZE % 4 == 0 && DIM_CONNEX_IKE_SIZE % 4 == 0, "arms end at a multiple of 4");

enum step {
    STEP_START = 0,
    STEP_HEAD,
    STEP_COUNT,   /* max_count */
    STEP_ELEMENT, /* up to the tag of its projection */
    STEP_REST,    /* of the element */
    STEP_POINTER, /* is there a resume handle? */
    STEP_RESUME,
    STEP_CODE,
    STEP_PADDING,
    STEP_FAILED,
};

static uint32_t fail(struct dim_connections_ex *d, uint32_t code)
{
    d->at.step = STEP_FAILED;
    return code;
}

static void gather(struct dim_connections_ex *d, enum step step, size_t need)
{
    d->at.pos += d->at.got;
    d->at.step = (int)step;
    d->at.need = need;
    d->at.got = 0;
}

static uint32_t part_u32(const struct dim_connections_ex *d, size_t offset)
{
    struct rpc_rd r = rpc_rd_init(d->at.part + offset, 4, d->at.big);
    return rpc_rd_u32(&r);
}

/* Bytes before an element's arm: its tag and the gap. */
static size_t tag_size(const struct dim_connections_ex *d)
{
    return DIM_CONNEX_TAG_SIZE - d->at.pos % DIM_CONNEX_TAG_SIZE;
}

static void next_element(struct dim_connections_ex *d)
{
    if (d->at.n < d->at.max) {
        gather(d, STEP_ELEMENT, 0);
        d->at.need = tag_size(d) + DIM_CONNEX_PROJECTION + 1;
    } else if (d->list) {
        gather(d, STEP_POINTER, 4);
    } else {
        gather(d, STEP_CODE, 4);
    }
}

/* ---- byte order ---- */

struct span {
    uint16_t at, n; /* n integers in a row */
    uint8_t width;
};

static const struct span common_spans[] = {
    {DIM_CONNEX_HEADER + DIM_OBJECT_LENGTH, 1, 2},
    {DIM_CONNEX_DURATION, 1, 4},
    {DIM_CONNEX_INTERFACE_TYPE, 1, 2},
    {DIM_CONNEX_FLAGS, 1, 4},
    {DIM_CONNEX_INTERFACE_NAME, 2 * DIM_UNITS_NAME + DIM_UNITS_DOMAIN + DIM_UNITS_SHORT, 2},
    {DIM_CONNEX_GUID, 1, 4},
    {DIM_CONNEX_GUID + 4, 2, 2},
    {DIM_CONNEX_QUARANTINE, 1, 2},
    {DIM_CONNEX_PROBATION, (8 + DIM_STATS_SIZE + 4) / 4, 4},
    {DIM_CONNEX_REMOTE_ENDPOINT, 2 * DIM_UNITS_ENDPOINT, 2},
    {DIM_CONNEX_PROJECTION_ARM + DIM_PROJ_ERROR4, 1, 4},
    {DIM_CONNEX_PROJECTION_ARM + DIM_PROJ_ADDRESS, 2 * DIM_UNITS_IPV4, 2},
};
static const struct span ppp_spans[] = {
    {DIM_CONNEX_PROJECTION_ARM + DIM_PROJ_PPP_OPTIONS4, 2, 4},
    {DIM_CONNEX_PROJECTION_ARM + DIM_PROJ_PPP_SUBINTERFACE4, 1, 8},
    {DIM_CONNEX_PROJECTION_ARM + DIM_PROJ_PPP_ERROR6, 1, 4},
    {DIM_CONNEX_PROJECTION_ARM + DIM_PROJ_PPP_PREFIX_LENGTH6, 1, 4},
    {DIM_CONNEX_PROJECTION_ARM + DIM_PROJ_PPP_SUBINTERFACE6, 1, 8},
    {DIM_CONNEX_PROJECTION_ARM + DIM_PROJ_PPP_LCP_ERROR, (DIM_PROJ_PPP1_SIZE - DIM_PROJ_PPP_LCP_ERROR) / 4, 4},
    {DIM_CONNEX_PPP_CONNECTION, 2, 4},
};
static const struct span ike_spans[] = {
    {DIM_CONNEX_PROJECTION_ARM + DIM_PROJ_IKE_SUBINTERFACE4, 1, 8},
    {DIM_CONNEX_PROJECTION_ARM + DIM_PROJ_IKE_ERROR6, 1, 4},
    {DIM_CONNEX_PROJECTION_ARM + DIM_PROJ_IKE_PREFIX_LENGTH6, 1, 4},
    {DIM_CONNEX_PROJECTION_ARM + DIM_PROJ_IKE_SUBINTERFACE6, 1, 8},
    {DIM_CONNEX_PROJECTION_ARM + DIM_PROJ_IKE_OPTIONS, (DIM_PROJ_IKE1_SIZE - DIM_PROJ_IKE_OPTIONS) / 4, 4},
    {DIM_CONNEX_IKE_CONNECTION, 2, 4},
};

static void turn_bytes(uint8_t *p, size_t width)
{
    for (size_t i = 0; i < width / 2; i++) {
        uint8_t byte = p[i];
        p[i] = p[width - 1 - i];
        p[width - 1 - i] = byte;
    }
}

static void turn_spans(uint8_t *arm, const struct span *spans, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < spans[i].n; k++) {
            turn_bytes(arm + spans[i].at + k * spans[i].width, spans[i].width);
        }
    }
}

static void turn(uint8_t *arm, bool ikev2)
{
    turn_spans(arm, common_spans, sizeof common_spans / sizeof common_spans[0]);
    if (ikev2)
        turn_spans(arm, ike_spans, sizeof ike_spans / sizeof ike_spans[0]);
    else
        turn_spans(arm, ppp_spans, sizeof ppp_spans / sizeof ppp_spans[0]);
}

/* ---- steps ---- */

static uint32_t begin(struct dim_connections_ex *d, size_t elements)
{
    uint32_t code = elements > 0 && d->begin ? d->begin(d->ctx, elements) : 0;
    return code == 0 ? 0 : fail(d, code);
}

static uint32_t on_head(struct dim_connections_ex *d)
{
    d->read = part_u32(d, 0);
    d->total = part_u32(d, 4);
    if (part_u32(d, 8) != 0)
        gather(d, STEP_COUNT, 4);
    else
        gather(d, STEP_POINTER, 4);
    return 0;
}

static uint32_t on_count(struct dim_connections_ex *d)
{
    d->at.max = part_u32(d, 0);
    if (d->at.max != d->read || d->at.max > RPC_RESPONSE_STUB_MAX / DIM_CONNEX_IKE_SIZE)
        return fail(d, RPC_X_BAD_STUB_DATA);
    next_element(d);
    return begin(d, d->at.max);
}

static uint32_t on_element(struct dim_connections_ex *d)
{
    const uint8_t *arm = d->at.part + tag_size(d);
    uint8_t projection = arm[DIM_CONNEX_PROJECTION];
    bool exists = projection == DIM_PROJECTION_PPP || projection == DIM_PROJECTION_IKEV2;
    if (d->at.part[0] != REVISION || !exists)
        return fail(d, RPC_X_BAD_STUB_DATA);
    /* Only an answer that says "no" may leave the header empty. */
    if (arm[DIM_OBJECT_REVISION] != REVISION || arm[DIM_OBJECT_TYPE] != DIM_OBJECT_CONNECTION_EX)
        d->at.strange = true;
    d->at.step = STEP_REST;
    d->at.need = tag_size(d) + (projection == DIM_PROJECTION_IKEV2 ? DIM_CONNEX_IKE_SIZE : DIM_CONNEX_PPP_SIZE);
    return 0;
}

static uint32_t on_rest(struct dim_connections_ex *d)
{
    uint8_t *arm = d->at.part + tag_size(d);
    bool ikev2 = arm[DIM_CONNEX_PROJECTION] == DIM_PROJECTION_IKEV2;
    if (d->at.big)
        turn(arm, ikev2);
    uint32_t code = d->element ? d->element(d->ctx, arm, ikev2) : 0;
    if (code != 0)
        return fail(d, code);
    d->at.n++;
    next_element(d);
    return 0;
}

static uint32_t on_pointer(struct dim_connections_ex *d)
{
    bool has_resume = part_u32(d, 0) != 0;
    if (has_resume != d->resume)
        return fail(d, RPC_X_BAD_STUB_DATA);
    gather(d, has_resume ? STEP_RESUME : STEP_CODE, 4);
    return 0;
}

/* After success all that was said must fit together. */
static bool is_consistent(const struct dim_connections_ex *d)
{
    if (d->code != ERROR_SUCCESS && !(d->list && d->code == ERROR_MORE_DATA))
        return true;
    return !d->at.strange && (!d->list || (d->read == d->at.n && d->read <= d->total));
}

static uint32_t on_code(struct dim_connections_ex *d)
{
    d->code = part_u32(d, 0);
    if (!is_consistent(d))
        return fail(d, RPC_X_BAD_STUB_DATA);
    d->at.step = STEP_PADDING;
    d->at.padding = DIM_REPLY_PADDING_MAX;
    return 0;
}

static uint32_t on_part(struct dim_connections_ex *d)
{
    switch ((enum step)d->at.step) {
    case STEP_HEAD:
        return on_head(d);
    case STEP_COUNT:
        return on_count(d);
    case STEP_ELEMENT:
        return on_element(d);
    case STEP_REST:
        return on_rest(d);
    case STEP_POINTER:
        return on_pointer(d);
    case STEP_RESUME:
        d->resume_out = part_u32(d, 0);
        gather(d, STEP_CODE, 4);
        return 0;
    case STEP_CODE:
        return on_code(d);
    case STEP_START:
    case STEP_PADDING:
    case STEP_FAILED:
    default:
        return fail(d, RPC_X_BAD_STUB_DATA);
    }
}

static uint32_t start(struct dim_connections_ex *d, bool big)
{
    d->at.big = big;
    if (d->list) {
        gather(d, STEP_HEAD, HEAD_SIZE);
        return 0;
    }
    d->at.max = 1;
    next_element(d);
    return begin(d, 1);
}

/* Takes some of what has come, *n bytes of it. */
static uint32_t take(struct dim_connections_ex *d, const uint8_t *p, size_t *n)
{
    if (d->at.step == STEP_PADDING) {
        if (*n > d->at.padding)
            return fail(d, RPC_X_BAD_STUB_DATA);
        d->at.padding -= *n;
        return 0;
    }
    size_t missing = d->at.need - d->at.got;
    *n = *n < missing ? *n : missing;
    memcpy(d->at.part + d->at.got, p, *n);
    d->at.got += *n;
    return d->at.got < d->at.need ? 0 : on_part(d);
}

void dim_connections_ex_init(struct dim_connections_ex *d)
{
    memset(d, 0, offsetof(struct dim_connections_ex, at.part));
}

uint32_t dim_connections_ex_data(void *decoder, const uint8_t *p, size_t n, bool big)
{
    struct dim_connections_ex *d = decoder;
    uint32_t code = d->at.step == STEP_START ? start(d, big) : 0;
    while (n > 0 && code == 0) {
        if (d->at.step == STEP_FAILED)
            return RPC_X_BAD_STUB_DATA;
        size_t now = n;
        code = take(d, p, &now);
        p += now;
        n -= now;
    }
    return code;
}

uint32_t dim_connections_ex_end(const struct dim_connections_ex *d)
{
    return d->at.step == STEP_PADDING ? 0 : RPC_X_BAD_STUB_DATA;
}
