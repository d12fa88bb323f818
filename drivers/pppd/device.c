/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/pppd/device.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <link.h>
#include <netinet/in.h>
#include <linux/if_pppox.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* ---- clues ---- */

/* A whole small file of /proc; how much of it there was. */
static size_t read_file(const char *path, char *dst, size_t cap)
{
    size_t n = 0;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return 0;
    while (n < cap) {
        ssize_t got = read(fd, dst + n, cap - n);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        n += (size_t)got;
    }
    close(fd);
    return n;
}

void device_read_parent(struct device_clues *c)
{
    char path[32];
    snprintf(path, sizeof(path), "/proc/%d/comm", (int)getppid());
    size_t n = read_file(path, c->parent, sizeof(c->parent) - 1);
    c->parent[n] = '\0';
    c->parent[strcspn(c->parent, "\n")] = '\0';
}

static int look_at_object(struct dl_phdr_info *info, size_t size, void *ctx)
{
    struct device_clues *c = ctx;
    const char *slash = strrchr(info->dlpi_name, '/'), *name = slash ? slash + 1 : info->dlpi_name;
    (void)size;
    c->plugin_pppoe |= strcmp(name, "rp-pppoe.so") == 0 || strcmp(name, "pppoe.so") == 0;
    c->plugin_l2tp |= strcmp(name, "pppol2tp.so") == 0 || strcmp(name, "openl2tp.so") == 0;
    c->plugin_pptp |= strcmp(name, "pptp.so") == 0;
    return 0;
}

void device_read_own(struct device_clues *c)
{
    dl_iterate_phdr(look_at_object, c);
    c->arguments_len = read_file("/proc/self/cmdline", c->arguments, sizeof(c->arguments) - 1);
    c->arguments[c->arguments_len] = '\0';
}

/* ---- arguments ---- */

static const char *next_argument(const struct device_clues *c, const char *argument)
{
    const char *end = c->arguments + c->arguments_len;
    if (!argument)
        return c->arguments_len > 0 ? c->arguments : NULL;
    argument += strlen(argument) + 1;
    return argument < end ? argument : NULL;
}

/* What follows an option, or NULL. */
static const char *value_of(const struct device_clues *c, const char *option)
{
    for (const char *a = next_argument(c, NULL); a; a = next_argument(c, a)) {
        if (strcmp(a, option) == 0)
            return next_argument(c, a);
    }
    return NULL;
}

/* Is `program` the first word of the command that pppd talks through? */
static bool talks_through(const struct device_clues *c, const char *program)
{
    const char *command = value_of(c, "pty");
    if (!command)
        return false;
    size_t word = strcspn(command, " \t"), n = strlen(program);
    return word >= n && memcmp(command + word - n, program, n) == 0 && (word == n || command[word - n - 1] == '/');
}

const char *device_type(const struct device_clues *c)
{
    if (c->plugin_pppoe || strcmp(c->parent, "pppoe-server") == 0 || talks_through(c, "pppoe"))
        return "pppoe";
    if (c->plugin_l2tp || strcmp(c->parent, "xl2tpd") == 0)
        return "l2tp";
    if (c->plugin_pptp || strcmp(c->parent, "pptpctrl") == 0 || strcmp(c->parent, "pptpd") == 0 ||
        talks_through(c, "pptp"))
        return "pptp";
    return "serial";
}

/* ---- the other end ---- */

#define MAC_TEXT 17u /* 00:11:22:33:44:55 */

static bool is_mac(const char *s)
{
    return strspn(s, "0123456789abcdefABCDEF:") == MAC_TEXT && strcspn(s, ":") == 2 && strlen(s) >= MAC_TEXT &&
           s[5] == ':' && s[8] == ':' && s[11] == ':' && s[14] == ':';
}

/* pppoe-server says SESSION:MAC, as the value of rp_pppoe_sess or within the pty command. */
void device_pppoe_client(const struct device_clues *c, char dst[static DEVICE_CALLER_MAX])
{
    dst[0] = '\0';
    for (const char *a = next_argument(c, NULL); a; a = next_argument(c, a)) {
        for (const char *colon = strchr(a, ':'); colon; colon = strchr(colon + 1, ':')) {
            bool after_number = colon > a && colon[-1] >= '0' && colon[-1] <= '9';
            if (after_number && is_mac(colon + 1)) {
                memcpy(dst, colon + 1, MAC_TEXT);
                dst[MAC_TEXT] = '\0';
                return;
            }
        }
    }
}

/* The kernel has four forms of this address, and in those of IPv6 there is something else in the place of the address
 * that we look at. */
static bool is_ipv4_form(socklen_t len)
{
    return len == sizeof(struct sockaddr_pppol2tp) || len == sizeof(struct sockaddr_pppol2tpv3);
}

void device_l2tp_peer(const struct device_clues *c, char dst[static DEVICE_CALLER_MAX])
{
    union {
        struct sockaddr any;
        struct sockaddr_pppol2tp l2tp;
    } u;
    const struct sockaddr_pppol2tp *peer = &u.l2tp;
    socklen_t len = sizeof(u);
    char address[INET_ADDRSTRLEN];
    const char *descriptor = value_of(c, "pppol2tp");
    dst[0] = '\0';
    if (!descriptor || getpeername(atoi(descriptor), &u.any, &len) < 0 || !is_ipv4_form(len) ||
        peer->sa_family != AF_PPPOX || peer->sa_protocol != PX_PROTO_OL2TP)
        return;
    struct sockaddr_in outer; /* what it is in is packed */
    memcpy(&outer, &peer->pppol2tp.addr, sizeof(outer));
    if (inet_ntop(AF_INET, &outer.sin_addr, address, sizeof(address)))
        snprintf(dst, DEVICE_CALLER_MAX, "%s:%u", address, ntohs(outer.sin_port));
}
