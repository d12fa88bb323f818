/* SPDX-License-Identifier: Apache-2.0 */
/* What fuzz targets share. */
#ifndef OPENRRAS_FUZZ_FUZZ_H
#define OPENRRAS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* A property that must hold whatever the input is. It must be checked in every build, so it is not assert(). */
#define FUZZ_CHECK(what) ((what) ? (void)0 : __builtin_trap())

#endif
