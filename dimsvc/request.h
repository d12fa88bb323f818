/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Decoding of request stubs (NDR20), private to dimsvc/. Nothing is copied and nothing allocated: what points into the
 * stub is good as long as the stub is. Checks are those of MS-RPCE target level 5.0; a request that fails one is a
 * fault.
 *
 * The parameters of an operation are written as a word, one letter each, in wire order:
 *
 *   l  DWORD dwLevel                           c  DIM_INFORMATION_CONTAINER
 *   h  DWORD handle: connection, port, ...     i  DIM_INTERFACE_CONTAINER
 *   t  DWORD transport: dwTransportId, dwPid   m  DIM_MIB_ENTRY_CONTAINER
 *   p  DWORD dwPreferedMaximumLength           s  [string] WCHAR *
 *   e  ULONG_PTR event handle: 4 bytes too     r  unique DWORD *lpdwResumeHandle
 *   f  DWORD or BOOL flag                      o  MPRAPI_OBJECT_HEADER_IDL
 *   n  DWORD that nothing depends on
 *   x  MPR_SERVER_EX_IDL   y  MPR_SERVER_SET_CONFIG_EX_IDL   u  RAS_UPDATE_CONNECTION_IDL   q  MPR_IF_CUSTOMINFOEX_IDL
 */
#ifndef OPENRRAS_DIMSVC_REQUEST_H
#define OPENRRAS_DIMSVC_REQUEST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dimsvc/dimsvc.h"
#include "rpc/cursor.h"

/* A counted byte buffer behind a unique pointer. `data` NULL: the pointer was. `size` may then be anything (that is no
 * fault at level 5.0), so look at data first. */
struct dim_blob {
    const uint8_t *data;
    uint32_t size;
};

/* UTF-16 as it stands in the stub, `n` units without the NUL. */
struct dim_text {
    const uint8_t *units;
    uint32_t n;
    bool big; /* big-endian */
};

/* What opnum 47 has of one kind of tunnel. */
struct dim_tunnel_args {
    uint32_t ports, flags;
    bool others; /* more than these is to be set */
};

struct dim_args {
    uint32_t level, handle, transport, preferred, event, flag;
    struct dim_blob blob[2];                          /* of containers; a DIM_INFORMATION_CONTAINER has one */
    struct dim_text text;                             /* of `s`; the last of several */
    bool has_resume;                                  /* the resume pointer is not NULL */
    uint32_t resume;                                  /* 0 if it is */
    uint8_t revision;                                 /* union tag, or header revision of `o` */
    bool revision_agrees;                             /* the tag is the revision in the arm's own header */
    uint8_t object_type;                              /* of `o` */
    uint32_t protocols;                               /* of `y`: setConfigForProtocols */
    struct dim_tunnel_args tunnels[DIM_TUNNEL_KINDS]; /* of `x` and `y` */
};

/* Reads all parameters; bytes after the last are no error. 0, RPC_FAULT_BAD_STUB or RPC_FAULT_INVALID_TAG. */
uint32_t dim_request_decode(struct rpc_rd *rd, const char *params, struct dim_args *ret);

/* ---- between request.c and unions.c ---- */

/* Each reads one encapsulated union and what its pointers lead to. *bad_tag: the tag has no arm. */
void dim_rd_server_ex(struct rpc_rd *rd, struct dim_args *a, bool *bad_tag);
void dim_rd_server_set_ex(struct rpc_rd *rd, struct dim_args *a, bool *bad_tag);
void dim_rd_update_connection(struct rpc_rd *rd, struct dim_args *a, bool *bad_tag);
void dim_rd_custom_info(struct rpc_rd *rd, struct dim_args *a, bool *bad_tag);

/* The pointee of a [size_is(n)] pointer, elements of `width` bytes. NULL and bad when the count is another or bytes
 * lack. */
const uint8_t *dim_rd_array(struct rpc_rd *rd, uint32_t n, size_t width);

#endif
