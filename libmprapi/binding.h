/* SPDX-License-Identifier: Apache-2.0 */
/* What the name of a server says: which transport, and where to. The names are described with MprAdminServerConnect().
 */
#ifndef OPENRRAS_LIBMPRAPI_BINDING_H
#define OPENRRAS_LIBMPRAPI_BINDING_H

#include <stdbool.h>

#include <mprapi.h>

enum transport {
    TRANSPORT_UNIX, /* ncalrpc: `endpoint` is the path of a socket */
    TRANSPORT_TCP,  /* ncacn_ip_tcp: `endpoint` is a port or "" */
    TRANSPORT_PIPE, /* ncacn_np: `endpoint` is a pipe's name or "" */
    TRANSPORT_ANY,  /* a host alone: the configuration says how to reach it */
    TRANSPORT_GIVEN /* a descriptor that the caller has connected; never from a name */
};

#define BINDING_HOST_MAX     256u /* a DNS name and a NUL */
#define BINDING_ENDPOINT_MAX 108u /* a socket's path and a NUL: sun_path */

struct binding {
    enum transport transport;
    char host[BINDING_HOST_MAX];
    char endpoint[BINDING_ENDPOINT_MAX];
};

/* The word that names a transport: "ncalrpc". */
const char *binding_protseq(enum transport transport);

/* 0, or -EINVAL for a name that means nothing; *ret is untouched then. */
int binding_parse(LPCWSTR name, struct binding *ret);

#endif
