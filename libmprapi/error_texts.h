/* SPDX-License-Identifier: Apache-2.0 */
#ifndef OPENRRAS_LIBMPRAPI_ERROR_TEXTS_H
#define OPENRRAS_LIBMPRAPI_ERROR_TEXTS_H

#include <wintypes.h>

/* The sentence for a code, ASCII, or NULL when there is none. */
const char *error_text(DWORD code);

#endif
