/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A hostile rrasd: any bytes, in pieces of any size, over a socket pair into the plugin's connection and its parser,
 * and from there into the table of those who are kept out.
 *
 * Input: pieces of a length byte and that many bytes.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/text.h"
#include "drivers/pppd/keep_out.h"
#include "drivers/pppd/link.h"
#include "drivers/pppd/message.h"
#include "fuzz/fuzz.h"

static struct keep_out_table table;

static void keep_out(const struct message *m)
{
    struct keep_out k;
    if (keep_out_put(&table, m, m->until - 1) < 0)
        return;
    FUZZ_CHECK(table.len <= sizeof(table.bytes));
    if (m->until > 0)
        FUZZ_CHECK(keep_out_find(&table, m->user, m->user_len, m->until - 1, &k) &&
                   strlen(k.reason) <= MESSAGE_TEXT_MAX);
}

static int on_line(void *ctx, const char *line, size_t n)
{
    struct message m;
    char *exact = malloc(n > 0 ? n : 1); /* so that one byte too many is seen */
    FUZZ_CHECK(exact && n < LINK_LINE_MAX);
    memcpy(exact, line, n);
    int r = message_parse(&m, exact, n);
    free(exact);
    (void)ctx;
    if (r < 0)
        return r;
    FUZZ_CHECK(m.user_len <= sizeof(m.user) && m.start >= 0 && m.until >= 0 && m.counters_interval_ms >= 0);
    FUZZ_CHECK(text_is_utf8(m.id, strlen(m.id)) && text_is_utf8(m.reason, strlen(m.reason)));
    if (m.type == MESSAGE_KEEP_OUT)
        keep_out(&m);
    else if (m.type == MESSAGE_KEEP_OUT_LIFT)
        keep_out_lift(&table, m.n);
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct link l;
    int pair[2];
    keep_out_clear(&table);
    FUZZ_CHECK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) == 0);
    l = (struct link){.fd = pair[0]};
    while (size > 0 && l.fd >= 0) {
        size_t n = data[0] < size - 1 ? data[0] : size - 1;
        if (n > 0)
            FUZZ_CHECK(send(pair[1], data + 1, n, MSG_NOSIGNAL) == (ssize_t)n);
        data += n + 1;
        size -= n + 1;
        int r = link_work(&l, on_line, NULL);
        FUZZ_CHECK(r == 0 || r == -EAGAIN || l.fd < 0);
        FUZZ_CHECK(l.in_len < sizeof(l.in) || l.fd < 0);
    }
    link_close(&l);
    close(pair[1]);
    return 0;
}
