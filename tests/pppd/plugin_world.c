/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/pppd/plugin_world.h"

char id[64];
long long start;

void alice_is_up(void)
{
    fake_call();
    rrasd_end_welcome();
    json_t *s = rrasd_end_expect("session");
    snprintf(id, sizeof(id), "%s", text_of(s, "id"));
    start = number_of(s, "start");
    fake_lcp_up();
    fake_authenticated("alice");
    fake_ip_up();
    rrasd_end_skip();
}

void order(unsigned number, const char *of, long long began, const char *more)
{
    rrasd_end_say("{\"type\":\"disconnect\",\"order\":%u,\"id\":\"%s\",\"start\":%lld,\"deadline_ms\":10000%s}", number,
                  of, began, more);
}

int set_up(void **state)
{
    (void)state;
    rrasd_end_listen();
    fake_set_auth(0, 1, 0);
    fake_set_bundle(&(struct fake_bundle){0});
    fake_persist(false);
    fake_stick(false);
    return 0;
}

int tear_down(void **state)
{
    (void)state;
    fake_stick(false);
    fake_hangup();
    fake_exit();
    assert_int_equal(fake_timers(), 0);
    rrasd_end_close();
    return 0;
}

int load(void **state)
{
    (void)state;
    fake_load(rrasd_end_path());
    return 0;
}

int unload(void **state)
{
    (void)state;
    rrasd_end_remove();
    return 0;
}
