/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of `status 3`, TAB-separated. A line HEADER CLIENT_LIST names the columns of the CLIENT_LIST lines that
 * follow; which there are depends on openvpn's version, so they are found by name. A row that can't be understood is
 * refused alone: a strange name of one user must not hide the others.
 */
#ifndef OPENRRAS_DRIVERS_OPENVPN_STATUS_H
#define OPENRRAS_DRIVERS_OPENVPN_STATUS_H

#include "drivers/openvpn/fields.h"

#define STATUS_COLUMNS_MAX 32u /* openvpn 2.6 has 12 */
/* Bytes of a name or an address, with a NUL. A whole line has at most 512 in openvpn, so this is no limit of ours: a
 * row with a longer name has been cut by openvpn, and lacks the client id. */
#define STATUS_TEXT_MAX 512u

enum status_column {
    STATUS_COLUMN_NONE,
    STATUS_COLUMN_COMMON_NAME,
    STATUS_COLUMN_REAL_ADDRESS,
    STATUS_COLUMN_VIRTUAL4,
    STATUS_COLUMN_VIRTUAL6,
    STATUS_COLUMN_BYTES_IN,
    STATUS_COLUMN_BYTES_OUT,
    STATUS_COLUMN_SINCE,
    STATUS_COLUMN_USER,
    STATUS_COLUMN_CID,
    STATUS_COLUMN_COUNT,
};

/* One parser reads one answer. All zero at its beginning. */
struct status_parser {
    enum status_column columns[STATUS_COLUMNS_MAX];
    size_t column_count; /* 0: no header yet */
    int64_t time;        /* openvpn's clock when it wrote this, 0: not said */
    uint32_t refused;    /* rows that could not be understood */
};

/* A client of openvpn. Texts point into the line; "UNDEF", openvpn's word for none, has become empty. */
struct status_client {
    uint64_t cid;
    int64_t since;
    uint64_t bytes_in, bytes_out; /* as openvpn counts: in is from the client */
    struct slice common_name, user;
    struct slice real_address;
    struct slice virtual4, virtual6;
};

enum status_line {
    STATUS_LINE_OTHER,   /* nothing for us */
    STATUS_LINE_CLIENT,  /* *ret is filled */
    STATUS_LINE_REFUSED, /* a client's row that can't be used; counted */
};

/*
 * Who is gone? Statuses are numbered, and each client has the number of the last one that has shown it. After a status
 * that was understood as a whole, whoever it has not shown is gone. After one with rows that were refused nobody can
 * tell: any of those rows may be the missing client's. Such a client is waited for, but not for ever, or one user with
 * a name that can't be read would keep everybody who leaves on the list: who has not been shown for
 * STATUS_UNSEEN_MS, and in no status of that time, is taken for gone. It takes less than twice that time, and the
 * distance of two statuses, until then.
 */
struct status_horizon {
    uint64_t gone_before; /* clients that no status of this number or a later one has shown are gone */
    uint64_t check;       /* the next gone_before, if statuses go on being refused in part ... */
    uint64_t check_ms;    /* ... for so long after this time */
};
/* rrasd gives an order 10 s before it calls it failed: a name that can't be read must not make all orders fail. */
#define STATUS_UNSEEN_MS 2000u

/* `status` is the first of a run; what is gone since the last run began is not known until it, or a later one, has
 * been read. */
void status_horizon_begin(struct status_horizon *h, uint64_t status, uint64_t now_ms);
/* Status number `status` has been read to its end. `whole`: every row of it was understood. */
void status_horizon_move(struct status_horizon *h, uint64_t status, bool whole, uint64_t now_ms);

/* -EPROTO: a header without the columns that are needed: too old an openvpn, or no openvpn. *ret untouched unless it is
 * CLIENT. */
int status_parse_line(struct status_parser *p, struct slice line, bool cut, struct status_client *ret);

#endif
