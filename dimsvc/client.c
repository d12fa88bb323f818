/* SPDX-License-Identifier: Apache-2.0 */
#include "dimsvc/client.h"

#include <assert.h>

static size_t done(const struct rpc_wr *w)
{
    assert(rpc_wr_ok(w));
    return w->pos;
}

/* The container that is in and out goes in empty. */
static void wr_empty_container(struct rpc_wr *w)
{
    rpc_wr_u32(w, 0);
    rpc_wr_u32(w, 0);
}

/* A container up to its bytes, `size` of them. */
static void wr_container(struct rpc_wr *w, size_t size)
{
    rpc_wr_u32(w, (uint32_t)size);
    rpc_wr_u32(w, DIM_FIRST_REFERENT);
    rpc_wr_u32(w, (uint32_t)size);
}

static void wr_header(struct rpc_wr *w, uint8_t revision, uint8_t type, size_t size)
{
    rpc_wr_u8(w, revision);
    rpc_wr_u8(w, type);
    rpc_wr_u16(w, (uint16_t)size);
}

/* The tag of an encapsulated union whose arm is aligned to 4, and the header with which the arm begins. */
static void wr_tag(struct rpc_wr *w, uint8_t revision, uint8_t type, size_t size)
{
    rpc_wr_u8(w, revision);
    rpc_wr_align(w, 4);
    wr_header(w, revision, type, size);
}

static void wr_units(struct rpc_wr *w, const char16_t *text, size_t units)
{
    for (size_t i = 0; i < units; i++) {
        rpc_wr_u16(w, text[i]);
    }
}

static void wr_resume(struct rpc_wr *w, const uint32_t *resume)
{
    rpc_wr_u32(w, resume ? DIM_FIRST_REFERENT : 0);
    if (resume)
        rpc_wr_u32(w, *resume);
}

size_t dim_req_server_get(uint8_t buf[static DIM_REQUEST_MAX], uint32_t level)
{
    struct rpc_wr w = rpc_wr_init(buf, DIM_REQUEST_MAX);
    rpc_wr_u32(&w, level);
    return done(&w);
}

size_t dim_req_connection_enum(uint8_t buf[static DIM_REQUEST_MAX], uint32_t level, uint32_t pref,
                               const uint32_t *resume)
{
    struct rpc_wr w = rpc_wr_init(buf, DIM_REQUEST_MAX);
    rpc_wr_u32(&w, level);
    wr_empty_container(&w);
    rpc_wr_u32(&w, pref);
    wr_resume(&w, resume);
    return done(&w);
}

size_t dim_req_port_enum(uint8_t buf[static DIM_REQUEST_MAX], uint32_t level, uint32_t connection, uint32_t pref,
                         const uint32_t *resume)
{
    struct rpc_wr w = rpc_wr_init(buf, DIM_REQUEST_MAX);
    rpc_wr_u32(&w, level);
    rpc_wr_u32(&w, connection);
    wr_empty_container(&w);
    rpc_wr_u32(&w, pref);
    wr_resume(&w, resume);
    return done(&w);
}

size_t dim_req_get_info(uint8_t buf[static DIM_REQUEST_MAX], uint32_t level, uint32_t handle)
{
    struct rpc_wr w = rpc_wr_init(buf, DIM_REQUEST_MAX);
    rpc_wr_u32(&w, level);
    rpc_wr_u32(&w, handle);
    return done(&w);
}

size_t dim_req_handle(uint8_t buf[static DIM_REQUEST_MAX], uint32_t handle)
{
    struct rpc_wr w = rpc_wr_init(buf, DIM_REQUEST_MAX);
    rpc_wr_u32(&w, handle);
    return done(&w);
}

size_t dim_req_device_enum(uint8_t buf[static DIM_REQUEST_MAX], uint32_t level)
{
    struct rpc_wr w = rpc_wr_init(buf, DIM_REQUEST_MAX);
    rpc_wr_u32(&w, level);
    wr_empty_container(&w);
    rpc_wr_u32(&w, 0); /* the number of devices goes in as well as out */
    return done(&w);
}

size_t dim_req_remove_quarantine(uint8_t buf[static DIM_REQUEST_MAX], uint32_t client, bool is_address)
{
    struct rpc_wr w = rpc_wr_init(buf, DIM_REQUEST_MAX);
    rpc_wr_u32(&w, client);
    rpc_wr_u32(&w, is_address ? 1 : 0);
    return done(&w);
}

size_t dim_req_server_set(uint8_t buf[static DIM_REQUEST_MAX], uint32_t level, const void *record, size_t size)
{
    struct rpc_wr w = rpc_wr_init(buf, DIM_REQUEST_MAX);
    rpc_wr_u32(&w, level);
    wr_container(&w, size);
    rpc_wr_bytes(&w, record, size);
    return done(&w);
}

/* The server looks at the revision only. */
size_t dim_req_server_get_ex(uint8_t buf[static DIM_REQUEST_MAX], uint8_t revision)
{
    struct rpc_wr w = rpc_wr_init(buf, DIM_REQUEST_MAX);
    size_t size = DIM_SERVEREX_SIZE(revision);
    wr_tag(&w, revision, DIM_OBJECT_SERVER_EX, size - DIM_SERVEREX_HEADER);
    rpc_wr_zero(&w, size - w.pos);
    return done(&w);
}

size_t dim_req_connection_enum_ex(uint8_t buf[static DIM_REQUEST_MAX], uint32_t pref, const uint32_t *resume)
{
    struct rpc_wr w = rpc_wr_init(buf, DIM_REQUEST_MAX);
    wr_header(&w, 1, DIM_OBJECT_CONNECTION_EX, DIM_OBJECT_SIZE);
    rpc_wr_u32(&w, pref);
    wr_resume(&w, resume);
    return done(&w);
}

size_t dim_req_connection_get_ex(uint8_t buf[static DIM_REQUEST_MAX], uint32_t connection)
{
    struct rpc_wr w = rpc_wr_init(buf, DIM_REQUEST_MAX);
    rpc_wr_u32(&w, connection);
    wr_header(&w, 1, DIM_OBJECT_CONNECTION_EX, DIM_OBJECT_SIZE);
    return done(&w);
}

static size_t text_length(const char16_t *text, size_t most)
{
    size_t n = 0;
    while (n < most && text[n] != 0) {
        n++;
    }
    return n;
}

/* The union has its tag behind the handle, and its arm at the next multiple of 4 behind that. */
size_t dim_req_update_connection(uint8_t buf[static DIM_REQUEST_MAX], uint32_t connection, uint32_t if_index,
                                 const char16_t remote[static DIM_UNITS_ENDPOINT])
{
    struct rpc_wr w = rpc_wr_init(buf, DIM_REQUEST_MAX);
    size_t n = text_length(remote, DIM_UNITS_ENDPOINT);
    rpc_wr_u32(&w, connection);
    wr_tag(&w, 1, DIM_OBJECT_UPDATE_CONNECTION, DIM_UPDATE_SIZE);
    rpc_wr_u32(&w, if_index);
    wr_units(&w, remote, n);
    rpc_wr_zero(&w, DIM_TEXT_SIZE(DIM_UNITS_ENDPOINT - n));
    return done(&w);
}

size_t dim_req_credentials_get(uint8_t buf[static DIM_REQUEST_MAX], uint32_t level, uint32_t interface)
{
    struct rpc_wr w = rpc_wr_init(buf, DIM_REQUEST_MAX);
    rpc_wr_u32(&w, level);
    wr_empty_container(&w);
    rpc_wr_u32(&w, interface);
    return done(&w);
}

size_t dim_req_credentials_set(uint8_t buf[static DIM_CREDENTIALS_REQUEST_MAX], uint32_t level, uint32_t interface,
                               const uint8_t *key, size_t n)
{
    struct rpc_wr w = rpc_wr_init(buf, DIM_CREDENTIALS_REQUEST_MAX);
    size_t size = DIM_CREDENTIALS_DATA + n;
    size = size < DIM_CREDENTIALS_SIZE ? DIM_CREDENTIALS_SIZE : size;
    assert(n <= DIM_KEY_MAX);
    rpc_wr_u32(&w, level);
    wr_container(&w, size);
    rpc_wr_u32(&w, (uint32_t)n);
    rpc_wr_u32(&w, DIM_CREDENTIALS_DATA);
    rpc_wr_bytes(&w, key, n);
    rpc_wr_zero(&w, size - DIM_CREDENTIALS_DATA - n);
    rpc_wr_u32(&w, interface);
    return done(&w);
}

size_t dim_req_user_message(uint8_t buf[static DIM_MESSAGE_REQUEST_MAX], uint32_t connection, const char16_t *text)
{
    struct rpc_wr w = rpc_wr_init(buf, DIM_MESSAGE_REQUEST_MAX);
    uint32_t units = (uint32_t)text_length(text, DIM_MESSAGE_UNITS_MAX) + 1;
    if (units > DIM_MESSAGE_UNITS_MAX)
        return 0;
    rpc_wr_u32(&w, connection);
    rpc_wr_u32(&w, units); /* max_count, offset, actual_count */
    rpc_wr_u32(&w, 0);
    rpc_wr_u32(&w, units);
    wr_units(&w, text, units);
    return done(&w);
}

/* A memory image, so little-endian whatever the PDU says. Where there is no key its place does not matter. */
bool dim_credentials_key(const uint8_t *p, size_t n, const uint8_t **key, size_t *ret_n)
{
    struct rpc_rd rd = rpc_rd_init(p, n, false);
    uint32_t size = rpc_rd_u32(&rd);
    uint32_t offset = rpc_rd_u32(&rd);
    if (!rpc_rd_ok(&rd) || size > DIM_KEY_MAX)
        return false;
    if (size > 0 && (offset < DIM_CREDENTIALS_DATA || offset > n || size > n - offset))
        return false;
    *key = size > 0 ? p + offset : p;
    *ret_n = size;
    return true;
}
