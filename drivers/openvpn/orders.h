/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Orders to disconnect: one state machine for each, without I/O and without a clock of its own.
 *
 * What openvpn offers. `client-kill CID HALT` names exactly one client of the present run and tells it to exit, but
 * openvpn keeps the client for 5 s more. `kill ADDRESS:PORT` drops it at once and tells it nothing; it names an
 * address, and somebody else may have that address by now. So:
 *
 *   check   go on only if a fresh status (the last one, or a new one) shows the client id with the same start
 *   halt    client-kill CID HALT; when openvpn has taken it, the order is answered `accepted`
 *   grace   let the client hear it and leave
 *   check   ask for a new status again; if the client is still there, take the address from that very line
 *   kill    kill ADDRESS:PORT, at once
 *   confirm ask for status until the client is not listed any more
 *
 * A hard order begins with the kill. Addresses that `kill` can't take (it knows only IPv4) leave it to openvpn's 5 s.
 *
 * client-kill can't hit a wrong one: client ids do not come back within a run. Still it is sent on a status as fresh as
 * kill needs (below), if that can be had in half the time that an order has: a stop of this process or of openvpn must
 * not let anything happen on what was true long ago. Never on one that is older than ORDERS_HALT_MS.
 *
 * For kill there is a window, from the moment when openvpn wrote the client's line to the moment when it reads the
 * command. To be hit wrongly, somebody would have to come from the very same address and port and go through the whole
 * TLS handshake within it, while the old client ends. openvpn reads our command at the next turn of its loop, and a
 * handshake takes many. So that neither a slow openvpn nor a stop of this process widens the window, a kill is sent
 * only if not more than ORDERS_FRESH_MS have passed since the status was asked for. Where that can't be had in
 * ORDERS_FRESH_TRIES, there is no kill: openvpn ends the client 5 s after HALT.
 */
#ifndef OPENRRAS_DRIVERS_OPENVPN_ORDERS_H
#define OPENRRAS_DRIVERS_OPENVPN_ORDERS_H

#include "drivers/common/driver.h"
#include "drivers/openvpn/mgmt.h"
#include "drivers/openvpn/status.h"

/* At once; more are refused. Each has at most one command under way. */
#define ORDERS_MAX (MGMT_PENDING_MAX / 2)
/* A new client needs longer to come in, even on the same machine: cookie, TLS handshake, push. */
#define ORDERS_FRESH_MS    20u
#define ORDERS_FRESH_TRIES 10u
/* openvpn pauses for a second between two runs, and client ids begin anew with the second. */
#define ORDERS_HALT_MS 1000u
/* openvpn drops a halted client by itself 5 s later; one that is gone sooner has gone by itself. */
#define ORDERS_DELAYED_MS 4500u
/* rrasd has given up before, after 15 s. */
#define ORDERS_CONFIRM_MS 20000u
/* Bytes of an administrator's words in a command. */
#define ORDERS_REASON_MAX 100u

struct orders;

struct orders_config {
    uint32_t grace_ms;  /* between HALT and kill: 300 */
    uint32_t answer_ms; /* nothing done until then: the order is refused. Below the protocol's two seconds: 1500 */
};

struct orders_ops {
    uint64_t (*now_ms)(void *ctx); /* monotonic */
    /* Ask for a status that openvpn will begin to write after this moment; returns its number. */
    uint64_t (*fresh_status)(void *ctx);
    /* As mgmt_send(). */
    int (*command)(void *ctx, const struct mgmt_command *command);
    void (*reply)(void *ctx, struct driver_order_ref ref, enum driver_result result, const char *text);
};

/* `config` is copied, `ops` must outlive it. NULL without memory. */
struct orders *orders_new(const struct orders_config *config, const struct orders_ops *ops, void *ctx);
/* Only when no command is under way any more: after mgmt_free(), which ends them all. NULL is allowed. */
void orders_free(struct orders *o);

/*
 * A new order, or another one for a session that is being ended already. It is answered in any case. `row`: the client
 * as the last status has it, number `status`, asked for at `asked_ms`, if all of it has been read and none is under
 * way: if that is fresh, it is acted on at once. NULL: a status is asked for.
 */
void orders_add(struct orders *o, const struct driver_order *order, uint64_t cid, const struct status_client *row,
                uint64_t status, uint64_t asked_ms);
/* Is this client being ended? */
bool orders_has(const struct orders *o, uint64_t cid, int64_t since);
size_t orders_count(const struct orders *o);

/* A line of status number `status`. */
void orders_seen(struct orders *o, uint64_t status, const struct status_client *c);
/* Did that client, which is not listed any more, hear that it was to go? */
enum driver_told orders_told(const struct orders *o, uint64_t cid, int64_t since);
/*
 * Status number `status`, asked for at `asked_ms`, has been read to its end, and nothing more lies unread: act. Clients
 * that no status since number `gone_before` has shown are gone: `status` itself when all of it was understood, else an
 * older one (status_horizon). Nothing is done to a client that `status` has not shown.
 */
void orders_act(struct orders *o, uint64_t status, uint64_t gone_before, uint64_t asked_ms);
/* A line of openvpn's log: the only word that it has for "the client has said that it leaves". */
void orders_log(struct orders *o, struct slice message);

/* Deadlines: call at orders_next_ms() (UINT64_MAX: none) or later. */
void orders_tick(struct orders *o);
uint64_t orders_next_ms(const struct orders *o);

/* The run is over, or openvpn is away: forget all. No answer is given, for nobody knows what openvpn has done. */
void orders_abandon(struct orders *o);

#endif
