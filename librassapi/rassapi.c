/* SPDX-License-Identifier: Apache-2.0 */
/* The RasAdmin functions. They know rassapi.h; ports.h and user.h lead to libmprapi. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <rassapi.h>

#include "libmprapi/buffer.h"
#include "librassapi/field.h"
#include "librassapi/ports.h"
#include "librassapi/user.h"

/* ---- servers ---- */

static WORD to_word(DWORD n)
{
    return n < UINT16_MAX ? (WORD)n : UINT16_MAX;
}

DWORD APIENTRY RasAdminServerGetInfo(const WCHAR *lpszServer, PRAS_SERVER_0 pRasServer0)
{
    struct ports *p;
    DWORD total, in_use;

    if (!pRasServer0)
        return ERROR_INVALID_PARAMETER;
    *pRasServer0 = (RAS_SERVER_0){0};
    DWORD code = ports_open(lpszServer, &p);
    if (code != NO_ERROR)
        return code;
    code = ports_totals(p, &total, &in_use);
    if (code == NO_ERROR)
        *pRasServer0 = (RAS_SERVER_0){to_word(total), to_word(in_use), RASADMIN_CURRENT};
    ports_close(p);
    return code;
}

/* ---- records ---- */

static DWORD flags_of(const struct port_summary *s)
{
    if (!s->has_user)
        return 0;
    /* mprapi.h counts conditions from 0, rassapi.h from 1. */
    return (s->condition + 1 == RAS_PORT_AUTHENTICATED ? USER_AUTHENTICATED : 0u) |
           (s->messenger ? MESSENGER_PRESENT : 0u) | (s->ppp ? PPP_CLIENT : 0u) |
           (s->multilink ? PORT_MULTILINKED : 0u);
}

static DWORD start_time(time_t now, DWORD seconds)
{
    return now > (time_t)seconds ? (DWORD)(now - (time_t)seconds) : 0;
}

static void fill_port_0(const struct port_summary *s, time_t now, RAS_PORT_0 *ret)
{
    memset(ret, 0, sizeof *ret);
    FIELD_PUT(ret->wszPortName, s->name);
    FIELD_PUT(ret->wszDeviceType, s->device_type);
    FIELD_PUT(ret->wszDeviceName, s->device_name);
    FIELD_PUT(ret->wszMediaName, s->media);
    ret->Flags = flags_of(s);
    FIELD_PUT(ret->wszUserName, s->user);
    FIELD_PUT(ret->wszComputer, s->computer);
    ret->dwStartSessionTime = s->has_user ? start_time(now, s->seconds) : 0;
    FIELD_PUT(ret->wszLogonDomain, s->domain);
    ret->fAdvancedServer = TRUE;
}

static DWORD line_condition(DWORD condition)
{
    return condition < RAS_PORT_INITIALIZING ? condition + 1 : RAS_PORT_NON_OPERATIONAL;
}

static DWORD modem_condition(DWORD hardware)
{
    static const DWORD conditions[] = {RAS_MODEM_OPERATIONAL, RAS_MODEM_HARDWARE_FAILURE};
    return hardware < 2 ? conditions[hardware] : RAS_MODEM_UNKNOWN;
}

/* The member is all zeros. */
static void put_ascii(CHAR *member, size_t size, const WCHAR *text)
{
    for (size_t i = 0; i + 1 < size && text[i]; i++)
        member[i] = text[i] < 0x80 ? (CHAR)text[i] : '?';
}

static void fill_projection(const struct port_detail *d, RAS_PPP_PROJECTION_RESULT *ret)
{
    ret->nbf.dwError = d->workstation.error;
    put_ascii(ret->nbf.szName, sizeof ret->nbf.szName, d->workstation.text);
    FIELD_PUT(ret->nbf.wszWksta, d->workstation.text);
    ret->ip.dwError = d->ip.error;
    FIELD_PUT(ret->ip.wszAddress, d->ip.text);
    ret->ipx.dwError = d->ipx.error;
    FIELD_PUT(ret->ipx.wszAddress, d->ipx.text);
    ret->at.dwError = d->appletalk.error;
    FIELD_PUT(ret->at.wszAddress, d->appletalk.text);
}

static void fill_port_1(const struct port_summary *s, const struct port_detail *d, RAS_PORT_1 *ret)
{
    memset(ret, 0, sizeof *ret);
    fill_port_0(s, time(NULL), &ret->rasport0);
    ret->LineCondition = line_condition(s->condition);
    ret->HardwareCondition = modem_condition(d->hardware_condition);
    ret->LineSpeed = d->line_speed;
    ret->NumStatistics = sizeof(RAS_PORT_STATISTICS) / sizeof(DWORD);
    fill_projection(d, &ret->ProjResult);
}

/* ---- counters ---- */

/* Both halves of RAS_PORT_STATISTICS, whose members are in this order. */
struct half {
    DWORD bytes_out, bytes_in, others[8];
    DWORD out_plain, in_plain, out_packed, in_packed;
};
_Static_assert(sizeof(RAS_PORT_STATISTICS) == 2 * sizeof(struct half), "statistics");
_Static_assert(offsetof(RAS_PORT_STATISTICS, dwPortBytesXmited) == sizeof(struct half), "statistics");
_Static_assert(offsetof(struct port_counters, ratio_in) == offsetof(struct half, out_plain), "statistics");

/* A server may tell any number of percent. */
static DWORD packed(DWORD bytes, DWORD percent)
{
    uint64_t n = (uint64_t)bytes * percent / 100;
    return n < UINT32_MAX ? (DWORD)n : UINT32_MAX;
}

static void fill_half(const struct port_counters *c, void *ret)
{
    struct half h = {0};

    memcpy(&h, c, offsetof(struct port_counters, ratio_in));
    h.out_plain = c->bytes_out;
    h.in_plain = c->bytes_in;
    h.out_packed = packed(c->bytes_out, c->ratio_out);
    h.in_packed = packed(c->bytes_in, c->ratio_in);
    memcpy(ret, &h, sizeof h);
}

static void fill_statistics(const struct port_detail *d, RAS_PORT_STATISTICS *ret)
{
    fill_half(&d->connection, ret);
    fill_half(&d->port, (char *)ret + sizeof(struct half));
}

/* ---- the list ---- */

#define LIST_MAX UINT16_MAX /* what a WORD can count */

static DWORD make_list(const struct ports *p, PRAS_PORT_0 *ret, WORD *n)
{
    size_t count = ports_count(p), shown = count < LIST_MAX ? count : LIST_MAX;
    struct port_summary s;
    time_t now = time(NULL);

    if (count == 0)
        return NERR_ItemNotFound;
    RAS_PORT_0 *list = buffer_new(BUFFER_RECORDS, shown * sizeof *list);
    if (!list)
        return ERROR_NOT_ENOUGH_MEMORY;
    for (size_t i = 0; i < shown; i++) {
        ports_summary(p, i, &s);
        fill_port_0(&s, now, &list[i]);
    }
    *ret = list;
    *n = (WORD)shown;
    return count > shown ? ERROR_MORE_DATA : NO_ERROR;
}

/* Ports first: a session that ends in between is then missing in the second list and nobody is shown, rather than
 * somebody on the port of another. */
static DWORD read_all(struct ports *p)
{
    DWORD code = ports_read(p);
    return code == NO_ERROR ? ports_read_users(p) : code;
}

DWORD APIENTRY RasAdminPortEnum(const WCHAR *lpszServer, PRAS_PORT_0 *ppRasPort0, WORD *pcEntriesRead)
{
    struct ports *p;

    if (ppRasPort0)
        *ppRasPort0 = NULL;
    if (pcEntriesRead)
        *pcEntriesRead = 0;
    if (!ppRasPort0 || !pcEntriesRead)
        return ERROR_INVALID_PARAMETER;
    DWORD code = ports_open(lpszServer, &p);
    if (code != NO_ERROR)
        return code;
    code = read_all(p);
    if (code == NO_ERROR)
        code = make_list(p, ppRasPort0, pcEntriesRead);
    ports_close(p);
    return code;
}

/* ---- one port ---- */

static DWORD find(const struct ports *p, const WCHAR *name, size_t *ret)
{
    return ports_find(p, name, RASSAPI_MAX_PORT_NAME, ret);
}

/* One try to read all of a port; *same_session says whether it belongs together. */
static DWORD read_port(struct ports *p, const WCHAR *name, struct port_summary *s, struct port_detail *d,
                       bool *same_session)
{
    size_t i;

    DWORD code = read_all(p);
    if (code == NO_ERROR)
        code = find(p, name, &i);
    if (code != NO_ERROR)
        return code;
    ports_summary(p, i, s);
    return ports_detail(p, i, d, same_session);
}

#define TRIES 4 /* two sessions that begin during one try are rare; this many have no good cause */

static DWORD read_one_session(struct ports *p, const WCHAR *name, struct port_summary *s, struct port_detail *d)
{
    for (int i = 0; i < TRIES; i++) {
        bool same_session = false;
        DWORD code = read_port(p, name, s, d, &same_session);
        if (code != NO_ERROR || same_session)
            return code;
    }
    return RPC_S_SERVER_TOO_BUSY;
}

/* No parameters, but memory for one, all zeros: somebody may look at it without having counted. */
static RAS_PARAMETERS *no_parameters(void)
{
    RAS_PARAMETERS *none = buffer_new(BUFFER_RECORDS, sizeof *none);

    if (none)
        memset(none, 0, sizeof *none);
    return none;
}

static DWORD get_info(struct ports *p, const WCHAR *name, RAS_PORT_1 *port, RAS_PORT_STATISTICS *statistics,
                      RAS_PARAMETERS **parameters)
{
    struct port_summary s;
    struct port_detail d;

    DWORD code = read_one_session(p, name, &s, &d);
    if (code != NO_ERROR)
        return code;
    *parameters = no_parameters();
    if (!*parameters)
        return ERROR_NOT_ENOUGH_MEMORY;
    fill_port_1(&s, &d, port);
    fill_statistics(&d, statistics);
    return NO_ERROR;
}

DWORD APIENTRY RasAdminPortGetInfo(const WCHAR *lpszServer, const WCHAR *lpszPort, RAS_PORT_1 *pRasPort1,
                                   RAS_PORT_STATISTICS *pRasStats, RAS_PARAMETERS **ppRasParams)
{
    struct ports *p;

    if (pRasPort1)
        memset(pRasPort1, 0, sizeof *pRasPort1);
    if (pRasStats)
        memset(pRasStats, 0, sizeof *pRasStats);
    if (ppRasParams)
        *ppRasParams = NULL;
    if (!pRasPort1 || !pRasStats || !ppRasParams || !lpszPort)
        return ERROR_INVALID_PARAMETER;
    DWORD code = ports_open(lpszServer, &p);
    if (code != NO_ERROR)
        return code;
    code = get_info(p, lpszPort, pRasPort1, pRasStats, ppRasParams);
    ports_close(p);
    return code;
}

/* ---- orders ---- */

/* Finds the port of that name and gives it an order. */
static DWORD order(const WCHAR *server, const WCHAR *name, DWORD (*give)(struct ports *p, size_t i))
{
    struct ports *p;
    size_t i;

    if (!name)
        return ERROR_INVALID_PARAMETER;
    DWORD code = ports_open(server, &p);
    if (code != NO_ERROR)
        return code;
    code = ports_read(p);
    if (code == NO_ERROR)
        code = find(p, name, &i);
    if (code == NO_ERROR)
        code = give(p, i);
    ports_close(p);
    return code;
}

DWORD APIENTRY RasAdminPortClearStatistics(const WCHAR *lpszServer, const WCHAR *lpszPort)
{
    return order(lpszServer, lpszPort, ports_clear);
}

DWORD APIENTRY RasAdminPortDisconnect(const WCHAR *lpszServer, const WCHAR *lpszPort)
{
    DWORD code = order(lpszServer, lpszPort, ports_disconnect);

    /* Its page has a code of its own for this. */
    return code == ERROR_DEV_NOT_EXIST ? ERROR_INVALID_PORT : code;
}

/* ---- users ---- */

_Static_assert(sizeof(RAS_USER_0) == USER_RECORD_SIZE, "RAS_USER_0 of rassapi.h");
_Static_assert(offsetof(RAS_USER_0, szPhoneNumber) == USER_PHONE_OFFSET, "RAS_USER_0 of rassapi.h");

static bool is_given(const WCHAR *text)
{
    return text && text[0];
}

DWORD APIENTRY RasAdminGetUserAccountServer(const WCHAR *lpszDomain, const WCHAR *lpszServer,
                                            LPWSTR lpszUserAccountServer)
{
    if (!lpszUserAccountServer)
        return ERROR_INVALID_PARAMETER;
    lpszUserAccountServer[0] = 0;
    return user_account_server(lpszDomain, lpszServer, lpszUserAccountServer);
}

DWORD APIENTRY RasAdminUserGetInfo(const WCHAR *lpszUserAccountServer, const WCHAR *lpszUser, PRAS_USER_0 pRasUser0)
{
    if (!pRasUser0)
        return ERROR_INVALID_PARAMETER;
    memset(pRasUser0, 0, sizeof *pRasUser0);
    return user_get(lpszUserAccountServer, lpszUser, (LPBYTE)pRasUser0);
}

static bool has_end(const WCHAR *member, size_t units)
{
    while (units > 0 && member[units - 1])
        units--;
    return units > 0;
}

DWORD APIENTRY RasAdminUserSetInfo(const WCHAR *lpszUserAccountServer, const WCHAR *lpszUser,
                                   const PRAS_USER_0 pRasUser0)
{
    if (!is_given(lpszUser) || !pRasUser0)
        return ERROR_INVALID_PARAMETER;
    if (!has_end(pRasUser0->szPhoneNumber, RASSAPI_MAX_PHONENUMBER_SIZE + 1))
        return NERR_BufTooSmall;
    return user_set(lpszUserAccountServer, lpszUser, (LPBYTE)pRasUser0);
}

/* ---- memory and texts ---- */

DWORD APIENTRY RasAdminFreeBuffer(LPVOID Pointer)
{
    return buffer_free(BUFFER_RECORDS, Pointer) ? NO_ERROR : ERROR_INVALID_PARAMETER;
}

DWORD APIENTRY RasAdminGetErrorString(UINT ResourceId, WCHAR *lpszString, DWORD InBufSize)
{
    return lpszString ? error_sentence(ResourceId, lpszString, InBufSize) : ERROR_INVALID_PARAMETER;
}
