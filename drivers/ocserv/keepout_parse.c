/* SPDX-License-Identifier: Apache-2.0 */
#include <limits.h>
#include <string.h>

#include "drivers/ocserv/keepout.h"

bool keepout_parse(char *packet, size_t n, size_t cap, struct keepout_question *ret)
{
    if (n == 0 || n >= cap)
        return false;
    packet[n] = '\0';
    char *address = memchr(packet, '\0', n),
         *user = address ? memchr(address + 1, '\0', (size_t)(packet + n - address - 1)) : NULL;
    long worker = 0;
    if (!user || strlen(user + 1) != (size_t)(packet + n - user - 1) || !user[1])
        return false;
    for (const char *c = packet; *c; c++) {
        if (*c < '0' || *c > '9' || worker > INT_MAX / 10 - 1)
            return false;
        worker = worker * 10 + (*c - '0');
    }
    if (worker == 0)
        return false;
    *ret = (struct keepout_question){.worker = (pid_t)worker, .address = address + 1, .user = user + 1};
    return true;
}
