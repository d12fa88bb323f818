/* SPDX-License-Identifier: Apache-2.0 */
/* An openvpn and an rrasd that are played by a test, around the orders of rras-openvpn: so anything can happen between
 * two steps. */
#ifndef OPENRRAS_TESTS_OPENVPN_ORDERS_WORLD_H
#define OPENRRAS_TESTS_OPENVPN_ORDERS_WORLD_H

#include "drivers/openvpn/orders.h"

#define GRACE  300u
#define ANSWER 1500u

struct world {
    struct orders *orders;
    uint64_t now;
    uint64_t asked;                  /* number of the newest status asked for */
    uint64_t read;                   /* and of the last that was read */
    struct status_client clients[4]; /* whom openvpn lists; no address: not there */
    struct mgmt_command pending[ORDERS_MAX + 1];
    size_t waiting;
    char commands[1024]; /* all that were given, each with a ';' */
    char replies[256];   /* all, each with a ';' */
    int send_fails;      /* negative errno for the next command */
};

/* A client comes, on a place of `clients`; it leaves. */
void comes(struct world *w, unsigned place, uint64_t cid, int64_t since, const char *name, const char *address);
void leaves(struct world *w, unsigned place);
/* Somebody asks for a status; `ctx` is the world. Returns its number. */
uint64_t fresh_status(void *ctx);
/* openvpn writes the newest status that was asked for, or one more, and it is read to its end. */
void status(struct world *w);
/* As status(), but it has rows that can't be read; who is not shown since number `gone_before` is gone. */
void unclear_status(struct world *w, uint64_t gone_before);
/* openvpn answers the oldest command. */
void answers(struct world *w, int result, const char *text);
/* rrasd gives an order. */
void order(struct world *w, uint64_t number, uint64_t cid, int64_t since, bool hard, const char *reason);
/* rrasd gives an order for who is on a place of `clients`, whom the last status, asked for `ms` ago, has shown. */
void order_row(struct world *w, unsigned place, uint64_t ms, bool hard);
/* Time passes. */
void passes(struct world *w, uint64_t ms);
/* alice is client 7, bob client 8, both since second 100. */
int setup(void **state);
int teardown(void **state);
/* The newest status was asked for `ms` ago, and comes only now. */
void late_status(struct world *w, uint64_t ms);
/* An order to end alice, as far as openvpn's word that it has taken it. */
void accepted(struct world *w);

#endif
