/* SPDX-License-Identifier: Apache-2.0 */
#include "rasadmin/show.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <openrras.h>
#include <string.h>

#include "common/text.h"
#include "common/user_name.h"

#define LABEL_WIDTH 20
#define FIELD_MAX   4096u /* longest text of a field, escaped */

/* A domain of n bytes, or none, and a user. A backslash between them that would read as an escape with what follows is
 * shown as an escape itself, which text_escape() makes of none: so different users look different. */
static char *show_parts(char *dst, size_t cap, const char *domain, size_t n, const char *user)
{
    char beginning[16] = "\\";
    text_escape_z(beginning + 1, sizeof beginning - 1, user);
    const char *separator = text_reads_as_escape(beginning, strlen(beginning)) ? "\\u{005c}" : "\\";
    text_escape(dst, cap, domain, n);
    size_t at = strlen(dst);
    if (n > 0)
        at += strlen(strncat(dst, separator, cap - at - 1)) - at;
    text_escape_z(dst + at, cap - at, user);
    return dst;
}

char *show_user(char dst[static SHOW_USER_MAX], const struct connection *c)
{
    dst[0] = '\0';
    if (!c || !c->user[0])
        return dst;
    return show_parts(dst, SHOW_USER_MAX, c->domain, strlen(c->domain), c->user);
}

char *show_user_name(char *dst, size_t cap, const char *name)
{
    char domain[USER_DOMAIN_MAX + 1];
    const char *user = user_split(name, domain);
    return show_parts(dst, cap, domain, strlen(domain), user);
}

char *show_duration(char dst[static SHOW_DURATION_MAX], uint32_t seconds)
{
    unsigned s = seconds, m = s / 60, h = m / 60, d = h / 24;
    if (d)
        snprintf(dst, SHOW_DURATION_MAX, "%ud%02uh", d, h % 24);
    else if (h)
        snprintf(dst, SHOW_DURATION_MAX, "%uh%02um", h, m % 60);
    else if (m)
        snprintf(dst, SHOW_DURATION_MAX, "%um%02us", m, s % 60);
    else
        snprintf(dst, SHOW_DURATION_MAX, "%us", s);
    return dst;
}

char *show_bytes(char dst[static SHOW_BYTES_MAX], uint64_t bytes)
{
    static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
    uint64_t whole = bytes, tenths = 0;
    size_t unit = 0;
    while (whole >= 1024) {
        tenths = whole % 1024 * 10 / 1024;
        whole /= 1024;
        unit++;
    }
    if (unit == 0)
        snprintf(dst, SHOW_BYTES_MAX, "%" PRIu64 " B", bytes);
    else
        snprintf(dst, SHOW_BYTES_MAX, "%" PRIu64 ".%" PRIu64 " %s", whole, tenths, units[unit]);
    return dst;
}

char *show_handle(char dst[static SHOW_HANDLE_MAX], uint32_t handle)
{
    dst[0] = '\0';
    if (handle)
        snprintf(dst, SHOW_HANDLE_MAX, "%" PRIu32, handle);
    return dst;
}

char *show_guid(char dst[static SHOW_GUID_MAX], const GUID *g)
{
    snprintf(dst, SHOW_GUID_MAX, "%08x-%04x-%04x-%02x%02x-%02x%02x%02x%02x%02x%02x", g->Data1, g->Data2, g->Data3,
             g->Data4[0], g->Data4[1], g->Data4[2], g->Data4[3], g->Data4[4], g->Data4[5], g->Data4[6], g->Data4[7]);
    return dst;
}

int parse_guid(const char *s, size_t n, GUID *ret)
{
    static const char form[] = "xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx";
    char text[SHOW_GUID_MAX];
    GUID g;
    if (n != sizeof form - 1)
        return -EINVAL;
    for (size_t i = 0; i < n; i++) {
        if (form[i] == '-' ? s[i] != '-' : !isxdigit((unsigned char)s[i]))
            return -EINVAL;
    }
    memcpy(text, s, n);
    text[n] = '\0';
    int got =
        sscanf(text, "%8x-%4hx-%4hx-%2hhx%2hhx-%2hhx%2hhx%2hhx%2hhx%2hhx%2hhx", &g.Data1, &g.Data2, &g.Data3,
               &g.Data4[0], &g.Data4[1], &g.Data4[2], &g.Data4[3], &g.Data4[4], &g.Data4[5], &g.Data4[6], &g.Data4[7]);
    if (got != 11)
        return -EINVAL;
    *ret = g;
    return 0;
}

const char *show_client_address(const struct connection *c)
{
    return !c ? "" : c->client4[0] ? c->client4 : c->client6;
}

enum table_style show_port_style(const struct port *p)
{
    switch (p->condition) {
    case CONDITION_AUTHENTICATED:
        return TABLE_GOOD;
    case CONDITION_NON_OPERATIONAL:
        return TABLE_BAD;
    case CONDITION_LISTENING:
        return TABLE_PLAIN;
    default:
        return TABLE_BUSY;
    }
}

void show_field_escaped(FILE *out, const char *label, const char *text)
{
    int n = fprintf(out, "%s:", label);
    fprintf(out, "%*s %s\n", n > 0 && n < LABEL_WIDTH ? LABEL_WIDTH - n : 0, "", *text ? text : "-");
}

void show_field(FILE *out, const char *label, const char *text)
{
    char shown[FIELD_MAX];
    show_field_escaped(out, label, text_escape_z(shown, sizeof shown, text));
}

void show_field_number(FILE *out, const char *label, uint64_t n)
{
    char text[24];
    snprintf(text, sizeof text, "%" PRIu64, n);
    show_field_escaped(out, label, text);
}

void show_field_bytes(FILE *out, const char *label, uint64_t n)
{
    char size[SHOW_BYTES_MAX], text[64];
    snprintf(text, sizeof text, "%" PRIu64 " (%s)", n, show_bytes(size, n));
    show_field_escaped(out, label, text);
}

void show_counters(FILE *out, const struct counters *c, const struct traffic *t)
{
    show_field_bytes(out, "Bytes in", t ? t->bytes_in : c->bytes_in);
    show_field_bytes(out, "Bytes out", t ? t->bytes_out : c->bytes_out);
    show_field_number(out, "Frames in", t ? t->frames_in : c->frames_in);
    show_field_number(out, "Frames out", t ? t->frames_out : c->frames_out);
    show_field_number(out, "CRC errors", c->crc_errors);
    show_field_number(out, "Timeout errors", c->timeout_errors);
    show_field_number(out, "Alignment errors", c->alignment_errors);
    show_field_number(out, "Hardware overruns", c->hardware_overruns);
    show_field_number(out, "Framing errors", c->framing_errors);
    show_field_number(out, "Buffer overruns", c->buffer_overruns);
    show_field_number(out, "Compression in", c->ratio_in);
    show_field_number(out, "Compression out", c->ratio_out);
}

void show_session(FILE *out, const OPENRRAS_SESSION *s)
{
    char driver[128];
    if (!s)
        return;
    snprintf(driver, sizeof driver, "%s%s%s", s->pszDriver, *s->pszInstance ? ":" : "", s->pszInstance);
    show_field(out, "Driver", driver);
    show_field(out, "Session id", s->pszId);
    show_field(out, "Authenticated by", s->pszAuth);
    show_field(out, "Caller", s->pszCaller);
    show_field(out, "Connected to", s->pszServerAddress);
    show_field(out, "Tunnel IPv4", s->pszTunnelAddress4);
    show_field(out, "Tunnel IPv6", s->pszTunnelAddress6);
    show_field(out, "Server in tunnel", s->pszTunnelServer4);
    show_field(out, "Interface", s->pszInterface);
    show_field(out, "Bundle", s->pszBundle);
    show_field(out, "Last error", s->pszLastError);
}
