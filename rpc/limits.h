/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every limit of the RPC layer, with its reason.
 */
#ifndef OPENRRAS_RPC_LIMITS_H
#define OPENRRAS_RPC_LIMITS_H

#define RPC_HEADER_SIZE      16u /* the common header of every PDU */
#define RPC_CALL_HEADER_SIZE 24u /* header of a request without object UUID, and of a response */
#define RPC_FAULT_SIZE       32u

/* Every implementation must accept fragments of this size (C706). A client that announces less gets the other one,
 * which is what Windows makes of it; a server that does is refused. */
#define RPC_FRAG_MIN   1432u
#define RPC_FRAG_FLOOR 2048u
/* What we announce: the largest multiple of 8 below 64 KiB, for a local socket. frag_length has 16 bits. */
#define RPC_FRAG_MAX_LOCAL 65528u
/* What Windows announces on TCP. */
#define RPC_FRAG_MAX_TCP 5840u
/* bind, alter_context and auth3 can't be fragmented and may carry a Kerberos ticket: accepted up to this size whatever
 * was announced. */
#define RPC_BIND_MAX 65535u

/* Reassembled request stub. The largest legal dimsvc request has a few KiB, certificates aside. */
#define RPC_REQUEST_STUB_MAX (64u * 1024)
/* Response stub that the client side takes: half a GiB, as much as our own server would ever send. */
#define RPC_RESPONSE_STUB_MAX     (512u * 1024 * 1024)

#define RPC_BIND_ELEMENTS_MAX     32u    /* context elements in one bind */
#define RPC_TRANSFER_SYNTAXES_MAX 8u     /* transfer syntaxes in one element */
#define RPC_CONTEXTS_MAX          16u    /* presentation contexts of one connection */
#define RPC_AUTH_TOKEN_MAX        16384u /* one authentication token */
#define RPC_SECURITIES_MAX        8u /* security contexts of one connection; a client needs one, or one for each level */
#define RPC_AUTH_LEGS_MAX         8u   /* legs of one authentication */
#define RPC_AUTH_PROTECT_MAX      256u /* token that protects one PDU; Kerberos with AES has 76 bytes */

/* Calls of one connection that are under way at once. A client that sends more is not read from until one ends. */
#define RPC_CALLS_MAX 32u
/* Of these, answers that are streamed: each holds what it lists until the peer has taken it, which can be a lot. */
#define RPC_STREAMS_MAX 4u
/* Input that came in one piece with the request that reached RPC_CALLS_MAX, and has to be kept until calls end. More
 * than the owner's largest single read, and a bound should it go on reading although rpc_server_wants_input() is false.
 */
#define RPC_BACKLOG_MAX (1024u * 1024)
/* A stray fragment of a request that we have given up is ignored while its call_id is at most this far behind the
 * newest one (MS-RPCE 3.3.2.5.2). */
#define RPC_STALE_CALL_IDS 150u

/* A response is made in chunks of this size, and only when the one before has been sent: this is the back-pressure. */
#define RPC_OUTPUT_CHUNK (64u * 1024)

#endif
