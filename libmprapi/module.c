/* SPDX-License-Identifier: Apache-2.0 */
#include "libmprapi/module.h"

#include <dlfcn.h>
#include <stdio.h>

const void *module_load(const char *file, const char *symbol, unsigned version, char why[static MODULE_WHY_MAX])
{
    void *handle = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    const unsigned *found = handle ? dlsym(handle, symbol) : NULL;
    if (found && *found == version)
        return found;
    const char *error = found ? NULL : dlerror();
    snprintf(why, MODULE_WHY_MAX, "%s", error ? error : "it is of another version of libmprapi");
    if (handle)
        (void)dlclose(handle);
    return NULL;
}
