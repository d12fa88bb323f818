/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"

struct fake_server *server;
MPR_SERVER_HANDLE h;

void open_server(const struct fake_config *config)
{
    server = fake_start(config);
    h = fake_connect(server);
}

void close_server(void)
{
    MprAdminServerDisconnect(h);
    fake_stop(server);
}

void check_text(const WCHAR *text, const char *expected)
{
    size_t n = strlen(expected);

    for (size_t i = 0; i <= n; i++)
        assert_int_equal(text[i], expected[i]);
}
