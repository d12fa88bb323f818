/* SPDX-License-Identifier: Apache-2.0 */
/* What the benchmark programs that use libmprapi share. */
#ifndef OPENRRAS_BENCH_CLIENT_H
#define OPENRRAS_BENCH_CLIENT_H

#include "bench/bench.h"
#include "common/text.h"
#include "mprapi.h"
#include "winerror.h"

static inline void check(DWORD code, const char *what)
{
    if (code != NO_ERROR)
        bench_die("%s: error %u", what, (unsigned)code);
}

static inline MPR_SERVER_HANDLE connect_to(const char *name)
{
    MPR_SERVER_HANDLE h;
    WCHAR wide[512];
    text_to_utf16(wide, sizeof wide / sizeof wide[0], name);
    check(MprAdminServerConnect(wide, &h), "MprAdminServerConnect");
    return h;
}

static inline RAS_PORT_0 *all_ports(MPR_SERVER_HANDLE h, DWORD *n)
{
    RAS_PORT_0 *ports;
    DWORD total, resume = 0;
    check(MprAdminPortEnum(h, 0, INVALID_HANDLE_VALUE, (LPBYTE *)&ports, (DWORD)-1, n, &total, &resume),
          "MprAdminPortEnum");
    return ports;
}

#endif
