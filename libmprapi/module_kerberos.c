/* SPDX-License-Identifier: Apache-2.0 */
/* The module that security.c loads: Kerberos inside SPNEGO. */
#include <stdlib.h>
#include <string.h>

#include "kerberos/kerberos.h"
#include "libmprapi/security.h"

struct ours {
    struct kerberos_config config; /* first: the mech_ctx */
    char target[KERBEROS_NAME_MAX + 16];
};

static void *open_one(const char *target)
{
    struct ours *o = calloc(1, sizeof *o);
    if (!o || strlen(target) >= sizeof o->target) {
        free(o);
        return NULL;
    }
    strcpy(o->target, target);
    o->config.target = o->target;
    return o;
}

static const char *why(const void *mech_ctx)
{
    const struct ours *o = mech_ctx;
    return o->config.why;
}

__attribute__((visibility("default"))) extern const struct security_module openrras_security_module;
const struct security_module openrras_security_module = {
    .version = SECURITY_MODULE_VERSION,
    .mech = &kerberos_spnego,
    .open = open_one,
    .why = why,
    .close = free,
};
