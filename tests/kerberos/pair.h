/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A client and a server of rpc/ with real Kerberos between them and no network: the test carries their bytes, and may
 * change them on the way. The realm is the one of test_kerberos.py.
 */
#ifndef OPENRRAS_TESTS_KERBEROS_PAIR_H
#define OPENRRAS_TESTS_KERBEROS_PAIR_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "kerberos/kerberos.h"
#include "rpc/client.h"
#include "rpc/server.h"

#define PAIR_BYTES (256u * 1024)

struct stretch {
    uint8_t p[PAIR_BYTES];
    size_t n;
};

struct pair {
    struct kerberos_config ours, theirs; /* of the client, of the server */
    struct rpc_client_config client_config;
    struct rpc_server_config server_config;
    struct rpc_interface interface;
    const struct rpc_interface *interfaces[1];
    struct rpc_syntax ids[1];
    struct rpc_client *client;
    struct rpc_server *server;
    bool later;               /* the server's legs are put off, and run by pair_bind() */
    struct rpc_auth *waiting; /* a leg that was put off */
    struct rpc_auth *last;    /* the server's context */
    char principal[KERBEROS_NAME_MAX];
    unsigned dispatched;
    size_t reply;       /* bytes of the answer to a call */
    struct stretch got; /* the answer as the client has it */
    struct stretch to_server, to_client;
};

/* With SPNEGO or bare Kerberos at this level; nothing said yet. */
struct pair *pair_new(const struct rpc_auth_mech *mech, enum rpc_auth_level level);
void pair_free(struct pair *p);
void pair_start(struct pair *p); /* makes both, from the configurations */
/* Carries bytes until nobody has any more to say. */
void pair_talk(struct pair *p);
void pair_bind(struct pair *p); /* start and talk; the client must be ready then */
/* What one side has to say, taken without giving it to the other. */
void pair_take_request(struct pair *p, const void *stub, size_t n);
void pair_take_reply(struct pair *p);
void pair_call(struct pair *p, const void *stub, size_t n); /* and its answer: must come back right */

/* A place of a PDU, for changing it. */
size_t pdu_length(const struct stretch *s);
size_t pdu_trailer(const struct stretch *s);

#endif
