/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Listings and events, out of their protobuf. A row that can't be used is refused alone: a strange name of one user
 * must not hide the others. No I/O.
 */
#ifndef OPENRRAS_DRIVERS_OCSERV_ROWS_H
#define OPENRRAS_DRIVERS_OCSERV_ROWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "drivers/common/driver.h"

/* Decoding takes some times the memory of the bytes; what a listing of FRAME_MAX honest bytes needs, and no more. */
#define ROWS_MEMORY_MAX (96u * 1024 * 1024)
/* The session's word: 28 letters in ocserv 1.1.6. */
#define ROWS_SESSION_MAX 64u
#define ROWS_ADDRESS_MAX 64u
#define ROWS_DEVICE_MAX  16u /* IFNAMSIZ */
#define ROWS_REASON_MAX  128u

/* ocserv's PS_AUTH_COMPLETED: the user is in. Below it he is still being asked. */
#define ROWS_STATUS_UP 4u

/* Texts are NUL-terminated and whole; those that are too long are empty, the name is cut. */
struct row {
    int32_t pid;                    /* above 0 */
    char session[ROWS_SESSION_MAX]; /* letters, digits, + / = - _ ; not empty */
    int64_t since;
    uint32_t status;
    char user[DRIVER_USER_MAX + 1]; /* any bytes but NUL; "" until he has said who he is */
    char peer[ROWS_ADDRESS_MAX], local[ROWS_ADDRESS_MAX];
    char server4[ROWS_ADDRESS_MAX], client4[ROWS_ADDRESS_MAX], client6[ROWS_ADDRESS_MAX];
    char device[ROWS_DEVICE_MAX];
    char host_name[DRIVER_TEXT_MAX + 1];
};

typedef void rows_each(void *ctx, const struct row *row);

/* Calls `each` for every good row. 0 and the number of refused ones in *ret_refused; -EPROTO: no listing, -ENOMEM: too
 * large. Nothing was called then. */
int rows_listing(const uint8_t *body, size_t n, rows_each *each, void *ctx, uint32_t *ret_refused);

struct event {
    bool connected;
    char reason[ROWS_REASON_MAX]; /* why he has gone, printable ASCII */
};
/* Calls `each` for every good row of it, mostly one. Errors as above. */
int rows_event(const uint8_t *body, size_t n, struct event *ret, rows_each *each, void *ctx);

/* Are they the same session? The pid alone comes again, the word alone stays when the client comes back. */
bool row_is(const struct row *row, int32_t pid, const char *session, int64_t since);

#endif
