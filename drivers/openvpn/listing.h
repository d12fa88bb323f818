/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The client rows of the last status, kept for orders that come right after it: as long as it is fresh (orders.h), a
 * row of it is as good as that of a status that would have to be asked for. Without this, ending many clients one by
 * one would make openvpn list all of them for each.
 */
#ifndef OPENRRAS_DRIVERS_OPENVPN_LISTING_H
#define OPENRRAS_DRIVERS_OPENVPN_LISTING_H

#include "drivers/openvpn/status.h"

struct listing_row {
    uint64_t cid;
    size_t at, n; /* where its line stands in the text */
};

/* All zero at its beginning. */
struct listing {
    char *text; /* the rows' lines, one behind the other */
    size_t n, cap;
    struct listing_row *rows;
    size_t n_rows, cap_rows;
    bool whole;  /* the status has been read to its end; no row is missing for want of memory */
    bool sorted; /* by client id */
    struct status_parser parser;
    uint64_t status, asked_ms; /* which status, and when it was asked for */
};

/* A status begins: what was kept is forgotten. */
void listing_begin(struct listing *l);
/* A client's row. Without memory nothing is kept of this status: orders then ask for one. */
void listing_add(struct listing *l, uint64_t cid, struct slice line);
/* It has ended. `parser` has read it. */
void listing_end(struct listing *l, const struct status_parser *parser, uint64_t status, uint64_t asked_ms);
/* The row of a client. Its texts are good until the next listing_*(). False: there is none, or nothing is kept. */
bool listing_find(struct listing *l, uint64_t cid, int64_t since, struct status_client *ret);
void listing_clear(struct listing *l);

#endif
