/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Authentication of associations that go over a network. What does it, and the libraries that it needs, is a module
 * (libmprapi-kerberos.so.0) that is loaded when it is needed first: a program that talks to its own machine does not
 * pay for Kerberos.
 */
#ifndef OPENRRAS_LIBMPRAPI_SECURITY_H
#define OPENRRAS_LIBMPRAPI_SECURITY_H

#include <stdint.h>

#include "rpc/auth.h"

/* What the module offers: the symbol that SECURITY_MODULE_SYMBOL names. */
struct security_module {
    unsigned version; /* SECURITY_MODULE_VERSION: it is of the same build as the library, or it is not used */
    const struct rpc_auth_mech *mech;
    /* The mech_ctx of one association; `target` is who the server has to prove to be, "host@server". NULL without
     * memory. */
    void *(*open)(const char *target);
    /* Why the last leg has failed, or "". */
    const char *(*why)(const void *mech_ctx);
    void (*close)(void *mech_ctx);
};
#define SECURITY_MODULE_VERSION 1u
#define SECURITY_MODULE_SYMBOL  "openrras_security_module"

/* Of one association. */
struct security {
    const struct security_module *module;
    void *mech_ctx;
};

/* For a server on this host. NO_ERROR, or a Win32 code and OpenRrasLastDetail(). */
uint32_t security_open(const char *host, struct security *ret);
void security_close(struct security *s); /* also when it is all zero */

#endif
