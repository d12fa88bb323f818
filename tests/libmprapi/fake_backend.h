/* SPDX-License-Identifier: Apache-2.0 */
/* Made-up ports and connections behind dimsvc. Port i has handle fake_port_handle(i); odd ones carry connection i. */
#ifndef OPENRRAS_TESTS_FAKE_BACKEND_H
#define OPENRRAS_TESTS_FAKE_BACKEND_H

#include "fake_server.h"

struct fake_backend;

/* The configuration must outlive it. */
struct fake_backend *fake_backend_new(const struct fake_config *config);
void fake_backend_free(struct fake_backend *b);
const struct dim_backend *fake_backend_ops(const struct fake_backend *b);
unsigned fake_backend_orders(const struct fake_backend *b);

#endif
