/* SPDX-License-Identifier: Apache-2.0 */
/* The sentence behind OpenRrasLastDetail(): why the last call of this thread failed. */
#ifndef OPENRRAS_LIBMPRAPI_DETAIL_H
#define OPENRRAS_LIBMPRAPI_DETAIL_H

void detail_clear(void);
/* What does not fit is cut. Control characters and the like are escaped. */
void detail_set(const char *format, ...) __attribute__((format(printf, 1, 2)));

#endif
