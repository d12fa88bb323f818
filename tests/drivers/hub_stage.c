/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/drivers/hub_stage.h"

struct hub_fixture f;
struct client a, b;

int start_with(void (*change)(struct hub_fixture *f))
{
    a.fd = b.fd = -1;
    fixture_start(&f, change);
    return 0;
}

int start(void **state)
{
    (void)state;
    return start_with(NULL);
}

int stop(void **state)
{
    (void)state;
    if (a.fd >= 0)
        client_close(&a);
    if (b.fd >= 0)
        client_close(&b);
    fixture_stop(&f);
    return 0;
}
