/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One operation while it is carried out, private to dimsvc/ and its tests. dim_prepare() and dim_carry_out() are
 * everything between a request stub and what to answer; only dimsvc.c, which puts the outcome into an rpc_call, knows
 * of a network.
 */
#ifndef OPENRRAS_DIMSVC_RUN_H
#define OPENRRAS_DIMSVC_RUN_H

#include "dimsvc/dimsvc.h"
#include "dimsvc/record.h"
#include "dimsvc/request.h"

/* Room for any answer that is not streamed, DeviceEnum's apart. The largest is one RAS_CONNECTION_4_IDL in a container
 * with its return value. */
#define DIM_STUB_MAX (12u + DIM_RECORD_MAX + 4u)

enum dim_outcome {
    DIM_OUT_STUB,       /* answer with `out` */
    DIM_OUT_SOURCE,     /* answer with `source` */
    DIM_OUT_FAULT,      /* `fault` */
    DIM_OUT_DISCONNECT, /* the backend's port_disconnect() will tell: opnum 8 */
    DIM_OUT_LIMITS,     /* its server_set() will tell of `limits`: opnums 43, 47 */
    DIM_OUT_MESSAGE,    /* its message() will tell of `message`: opnum 35 */
    DIM_OUT_RELEASE,    /* its release(): opnum 42 */
    DIM_OUT_KEY_SET,    /* its key_set() of `key`: opnum 40 */
    DIM_OUT_KEY_GET,    /* its key_get(): opnum 41 */
};

struct dim_run {
    const struct dim_backend *backend;
    void *user;
    const struct dim_op *op;
    struct dim_args args;

    enum dim_outcome outcome;
    bool answered;     /* the handler has made the answer, return value included */
    uint32_t referent; /* of the last pointer in the answer */
    struct rpc_wr out;
    struct rpc_source source;
    struct dim_limits limits;
    const uint8_t *key; /* in the request's stub */
    size_t key_len;
    char message[DIM_MESSAGE_MAX + 1u];
    uint32_t fault;
    uint8_t *heap; /* NULL, or what `out` writes to instead of `stub`; whoever has called dim_carry_out() frees it */
    _Alignas(8) uint8_t stub[DIM_STUB_MAX];
};

/*
 * Checks come in the order of MS-RRASM 3.1.4: decode, access, LAN-only, then what the operation itself checks.
 *
 * The first step decodes: false when that leads to DIM_OUT_FAULT. `opnum` is below DIM_OPNUMS; `run` need not be
 * initialised. `rd` is afterwards where the parameters end. The second does all the rest.
 */
bool dim_prepare(struct dim_run *run, const struct dim_backend *backend, void *user, uint16_t opnum, struct rpc_rd *rd);
void dim_carry_out(struct dim_run *run);

/* clang-format off */
/*
 * Behind dim_op.impl. A handler gives the Win32 code. If it has not made an answer of its own (`answered`), the code
 * goes out behind empty outputs. These are written like the inputs (request.h), one letter each:
 *
 *   c  DIM_INFORMATION_CONTAINER   d  DWORD                         a  pointer: array of opnum 45, strings of opnum 50
 *   i  DIM_INTERFACE_CONTAINER     r  resume pointer                e  RAS_CONNECTION_EX_IDL, with a PPP projection
 *   m  DIM_MIB_ENTRY_CONTAINER     R  the same, but -1 after an     x  MPR_SERVER_EX_IDL of the request's revision
 *                                     error: opnum 4                q  MPR_IF_CUSTOMINFOEX_IDL of the request's revision
 */
/* clang-format on */
struct dim_impl {
    const char *in, *out;
    uint32_t (*handler)(struct dim_run *run);
};

/* ---- answers (reply.c) ---- */

/* Writes empty outputs and the code. */
void dim_reply_empty(struct dim_run *run, const char *outputs, uint32_t code);
/* A pointer that is not NULL: its referent identifier. Answers number theirs from 0x00020000 in steps of 4. */
void dim_reply_pointer(struct dim_run *run);
/* The resume pointer: NULL, or there with this value, as in the request. */
void dim_reply_resume(struct dim_run *run, uint32_t value);
/* The return value, which is the end of every answer. */
void dim_reply_code(struct dim_run *run, uint32_t code);
/* A container up to its bytes, which the caller writes to the pointer that it gets. */
uint8_t *dim_reply_container(struct dim_run *run, size_t size);

/* ---- streamed lists (list.c); each becomes run->source or, without items, run->out. `list` is closed in any case ----
 */

uint32_t dim_reply_ports(struct dim_run *run, struct dim_list *list);
/* How many connections the answer to this request may have: what the list is opened with. The level must be good. */
size_t dim_connections_max(const struct dim_run *run);
size_t dim_connections_ex_max(const struct dim_run *run); /* opnum 45 */
uint32_t dim_reply_connections(struct dim_run *run, struct dim_list *list);
/* Opnum 45. `again` is the same list once more, opened alike: the answer's size must be known before its first byte,
 * and depends on what kind each connection is. */
uint32_t dim_reply_connections_ex(struct dim_run *run, struct dim_list *list, struct dim_list *again);

/* ---- handlers: ports, connections, server (ras.c), limits (limits.c), credentials (credentials.c), the Ex operations
 * (ex.c), what routers have (router.c) ---- */

uint32_t dim_server_get_info(struct dim_run *run);
uint32_t dim_connection_enum(struct dim_run *run);
uint32_t dim_connection_get_info(struct dim_run *run);
uint32_t dim_connection_clear_stats(struct dim_run *run);
uint32_t dim_port_enum(struct dim_run *run);
uint32_t dim_port_get_info(struct dim_run *run);
uint32_t dim_port_clear_stats(struct dim_run *run);
uint32_t dim_port_reset(struct dim_run *run);
uint32_t dim_port_disconnect(struct dim_run *run);
uint32_t dim_connection_notification(struct dim_run *run);
uint32_t dim_send_user_message(struct dim_run *run);
uint32_t dim_remove_quarantine(struct dim_run *run);
uint32_t dim_device_enum(struct dim_run *run);
uint32_t dim_server_set_info(struct dim_run *run);

uint32_t dim_server_get_info_ex(struct dim_run *run);
uint32_t dim_connection_enum_ex(struct dim_run *run);
uint32_t dim_connection_get_info_ex(struct dim_run *run);
uint32_t dim_server_set_info_ex(struct dim_run *run);
uint32_t dim_update_connection(struct dim_run *run);
uint32_t dim_custom_info_ex(struct dim_run *run);

uint32_t dim_transport_set_global(struct dim_run *run);
uint32_t dim_transport_only(struct dim_run *run);
uint32_t dim_transport_block(struct dim_run *run);
uint32_t dim_interface_by_name(struct dim_run *run);
uint32_t dim_interface_create(struct dim_run *run);
uint32_t dim_interface_get_info(struct dim_run *run);
uint32_t dim_interface_enum(struct dim_run *run);
uint32_t dim_interface_connect(struct dim_run *run);
uint32_t dim_interface_disconnect(struct dim_run *run);
uint32_t dim_interface_update_routes(struct dim_run *run);
uint32_t dim_interface_device_get(struct dim_run *run);
uint32_t dim_not_supported(struct dim_run *run);

uint32_t dim_credentials_set(struct dim_run *run);
uint32_t dim_credentials_get(struct dim_run *run);

#endif
