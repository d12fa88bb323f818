/* SPDX-License-Identifier: Apache-2.0 */
#include "libmprapi/security.h"

#include <pthread.h>
#include <stdio.h>

#include <winerror.h>

#include "libmprapi/binding.h"
#include "libmprapi/detail.h"
#include "libmprapi/module.h"

#define MODULE "libmprapi-kerberos.so.0"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const struct security_module *module;
static char why_not[MODULE_WHY_MAX];

static void load(void)
{
    module = module_load(MODULE, SECURITY_MODULE_SYMBOL, SECURITY_MODULE_VERSION, why_not);
}

uint32_t security_open(const char *host, struct security *ret)
{
    char target[BINDING_HOST_MAX + 8];
    (void)pthread_once(&once, load);
    if (!module) {
        detail_set("servers on the network need " MODULE ", which can't be loaded: %s", why_not);
        return RPC_S_UNKNOWN_AUTHN_SERVICE;
    }
    snprintf(target, sizeof target, "host@%s", host);
    void *mech_ctx = module->open(target);
    if (!mech_ctx)
        return ERROR_NOT_ENOUGH_MEMORY;
    *ret = (struct security){module, mech_ctx};
    return NO_ERROR;
}

void security_close(struct security *s)
{
    if (s->module)
        s->module->close(s->mech_ctx);
    *s = (struct security){0};
}
