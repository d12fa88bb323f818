/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Modules: what needs large libraries is in a shared object beside libmprapi, which is loaded when it is needed first,
 * so that other programs don't pay for it.
 */
#ifndef OPENRRAS_LIBMPRAPI_MODULE_H
#define OPENRRAS_LIBMPRAPI_MODULE_H

#define MODULE_WHY_MAX 256u

/*
 * What the shared object `file` offers as `symbol`: a structure that begins with the version of the build (unsigned),
 * which must be ours. NULL: it can't be loaded, and `why` says why not. To be called once for each module, whatever
 * comes of it; one that was loaded stays until the process ends.
 */
const void *module_load(const char *file, const char *symbol, unsigned version, char why[static MODULE_WHY_MAX]);

#endif
