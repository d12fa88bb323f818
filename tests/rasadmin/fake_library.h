/* SPDX-License-Identifier: Apache-2.0 */
/*
 * For tests of what uses the server's own interface: a libmprapi without a server. Each test defines the functions that
 * matter to it; these are the same everywhere. Also: what is printed.
 */
#ifndef OPENRRAS_TESTS_RASADMIN_FAKE_LIBRARY_H
#define OPENRRAS_TESTS_RASADMIN_FAKE_LIBRARY_H

#include <openrras.h>
#include <stdio.h>

#include "rasadmin/rasadmin.h"
#include "rasadmin/server.h"
#include "tests/rasadmin/unit.h"

static long library_buffers; /* that are not freed */

static void *library_buffer(size_t size)
{
    void *p = calloc(1, size);
    assert_non_null(p);
    library_buffers++;
    return p;
}

DWORD MprAdminBufferFree(LPVOID buffer)
{
    assert_non_null(buffer);
    free(buffer);
    library_buffers--;
    return NO_ERROR;
}

DWORD MprAdminServerConnect(LPWSTR name, MPR_SERVER_HANDLE *ret)
{
    (void)name;
    *ret = (MPR_SERVER_HANDLE)(uintptr_t)1;
    return NO_ERROR;
}

void MprAdminServerDisconnect(MPR_SERVER_HANDLE server)
{
    assert_ptr_equal(server, (void *)1);
}

/* ---- what is printed ---- */

static char *printed_out, *printed_err;
static size_t printed_out_size, printed_err_size;
static FILE *real_out, *real_err;

static void print_begin(void)
{
    real_out = stdout;
    real_err = stderr;
    stdout = open_memstream(&printed_out, &printed_out_size);
    stderr = open_memstream(&printed_err, &printed_err_size);
}

static void print_end(void)
{
    fclose(stdout);
    fclose(stderr);
    stdout = real_out;
    stderr = real_err;
}

static void print_free(void)
{
    free(printed_out);
    free(printed_err);
    printed_out = printed_err = NULL;
}

static void assert_has(const char *text, const char *part)
{
    if (!strstr(text, part))
        fail_msg("\"%s\" is not in:\n%s", part, text);
}

#endif
