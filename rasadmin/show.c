/* SPDX-License-Identifier: Apache-2.0 */
#include "rasadmin/show.h"

#include <inttypes.h>
#include <string.h>

#include "common/text.h"

#define LABEL_WIDTH 20
#define FIELD_MAX   4096u /* longest text of a field, escaped */

char *show_user(char dst[static SHOW_USER_MAX], const struct connection *c)
{
    dst[0] = '\0';
    if (!c)
        return dst;
    size_t n = 0;
    if (c->domain[0] && c->user[0]) {
        text_escape_z(dst, SHOW_USER_MAX / 4, c->domain);
        n = strlen(dst);
        dst[n++] = '\\';
    }
    text_escape_z(dst + n, SHOW_USER_MAX - n, c->user);
    return dst;
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

static void show_field_bytes(FILE *out, const char *label, uint64_t n)
{
    char size[SHOW_BYTES_MAX], text[64];
    snprintf(text, sizeof text, "%" PRIu64 " (%s)", n, show_bytes(size, n));
    show_field_escaped(out, label, text);
}

void show_counters(FILE *out, const struct counters *c)
{
    show_field_bytes(out, "Bytes in", c->bytes_in);
    show_field_bytes(out, "Bytes out", c->bytes_out);
    show_field_number(out, "Frames in", c->frames_in);
    show_field_number(out, "Frames out", c->frames_out);
    show_field_number(out, "CRC errors", c->crc_errors);
    show_field_number(out, "Timeout errors", c->timeout_errors);
    show_field_number(out, "Alignment errors", c->alignment_errors);
    show_field_number(out, "Hardware overruns", c->hardware_overruns);
    show_field_number(out, "Framing errors", c->framing_errors);
    show_field_number(out, "Buffer overruns", c->buffer_overruns);
    show_field_number(out, "Compression in", c->ratio_in);
    show_field_number(out, "Compression out", c->ratio_out);
}
