/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of `status 3`, TAB-separated. A line HEADER CLIENT_LIST names the columns of the CLIENT_LIST lines that
 * follow; which there are depends on openvpn's version, so they are found by name. A row that can't be understood is
 * refused alone: a strange name of one user must not hide the others.
 */
#ifndef OPENRRAS_DRIVERS_OPENVPN_STATUS_H
#define OPENRRAS_DRIVERS_OPENVPN_STATUS_H

#include "drivers/openvpn/fields.h"

#define STATUS_COLUMNS_MAX 32u  /* openvpn 2.6 has 12 */
#define STATUS_TEXT_MAX    256u /* bytes of a name or an address; the whole line has at most 512 in openvpn */

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
/* -EPROTO: a header without the columns that are needed: too old an openvpn, or no openvpn. *ret untouched unless it is
 * CLIENT. */
int status_parse_line(struct status_parser *p, struct slice line, bool cut, struct status_client *ret);

#endif
