/* SPDX-License-Identifier: Apache-2.0 */
#include "libmprapi/smb.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include <winerror.h>

#include "libmprapi/deadline.h"
#include "libmprapi/detail.h"
#include "libmprapi/module.h"
#include "libmprapi/transport.h"

#define MODULE "libmprapi-smb.so.0"

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const struct smb_module *module;
static char why_not[MODULE_WHY_MAX];

static void load(void)
{
    module = module_load(MODULE, SMB_MODULE_SYMBOL, SMB_MODULE_VERSION, why_not);
}

/* Nothing that means something in a URL, which is what libsmbclient takes. */
static bool is_host(const char *s)
{
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_";
    return *s && *s != '-' && *s != '.' && strspn(s, letters) == strlen(s);
}

static bool is_router(const char *endpoint)
{
    return !*endpoint || strcasecmp(endpoint, "\\pipe\\router") == 0;
}

/* 0 or negative errno; -ETIMEDOUT. */
static int read_report(int fd, uint64_t deadline, struct smb_report *ret)
{
    struct transport_socket s = {.fd = fd};
    size_t have = 0;

    while (have < sizeof *ret) {
        uint64_t left = deadline_left(deadline);
        if (!left)
            return -ETIMEDOUT;
        ssize_t n = transport_recv(&s, (char *)ret + have, sizeof *ret - have, left);
        if (n == 0)
            return -ECONNRESET;
        if (n < 0 && n != -EAGAIN)
            return (int)n;
        have += n > 0 ? (size_t)n : 0;
    }
    return ret->error;
}

static uint32_t failure(const char *host, int error, const char *why)
{
    detail_set("connect \\\\%s\\pipe\\router: %s", host, why);
    switch (error) {
    case -EACCES:
    case -EPERM:
        return ERROR_ACCESS_DENIED;
    case -ENOMEM:
    case -EMFILE:
    case -ENFILE:
    case -EAGAIN: /* no thread */
        return ERROR_NOT_ENOUGH_MEMORY;
    default:
        return RPC_S_SERVER_UNAVAILABLE;
    }
}

static const char *words_for(int error)
{
    switch (error) {
    case -EUSERS:
        return "too many connections of this kind are there already";
    case -EDEADLK:
        return "this process was forked while another thread used a named pipe, and can't use any: fork earlier";
    default:
        return strerror(-error);
    }
}

static uint32_t connect_host(const char *host, uint64_t deadline, int *ret)
{
    struct smb_report report;
    int fd = module->open(host);

    if (fd < 0)
        return failure(host, fd, words_for(fd));
    int r = read_report(fd, deadline, &report);
    if (r == 0) {
        *ret = fd;
        return NO_ERROR;
    }
    close(fd);
    if (r == -ETIMEDOUT)
        return failure(host, r, "no answer in time");
    return failure(host, r, r == report.error ? report.why : strerror(-r));
}

uint32_t smb_connect(const struct binding *b, uint64_t deadline, int *ret)
{
    if (!is_host(b->host)) {
        detail_set("%s: a host behind a named pipe is named by letters, digits, dots, hyphens and underscores",
                   b->host);
        return RPC_S_INVALID_BINDING;
    }
    if (!is_router(b->endpoint)) {
        detail_set("%s: the named pipe of a remote access server is \\pipe\\router", b->endpoint);
        return RPC_S_INVALID_BINDING;
    }
    (void)pthread_once(&once, load);
    if (!module) {
        detail_set("\\\\%s\\pipe\\router: named pipes need " MODULE ", which can't be loaded: %s", b->host, why_not);
        return RPC_S_SERVER_UNAVAILABLE;
    }
    return connect_host(b->host, deadline, ret);
}
