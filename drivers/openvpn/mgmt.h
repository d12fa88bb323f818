/* SPDX-License-Identifier: Apache-2.0 */
/*
 * OpenVPN's management protocol, the client's side, without any I/O: bytes from the socket go in, bytes for it come
 * out, and what was understood is told through callbacks.
 *
 * The protocol is lines. Ours are commands and end in LF; openvpn's end in CRLF. A line that begins with '>' is a
 * notification and may stand between any others. A command is answered by one line "SUCCESS: ..." or "ERROR: ...", or
 * by lines up to "END". Answers come in the order of the commands, so a queue is all that is needed to tell whose
 * answer a line is. The first line is a greeting, ">INFO:OpenVPN Management Interface ..."; with a password the text
 * "ENTER PASSWORD:", without a line end, stands before it. Only one client is served at a time: a second one can
 * connect, but gets no byte until the first has gone.
 *
 * What comes from openvpn carries text of its clients (names, what their programs say of themselves), so it is not
 * trusted: lines are cut at a limit, memory is bounded, and anything out of order breaks the connection, after which
 * the owner drops it.
 */
#ifndef OPENRRAS_DRIVERS_OPENVPN_MGMT_H
#define OPENRRAS_DRIVERS_OPENVPN_MGMT_H

#include "drivers/openvpn/fields.h"

/* ---- limits ---- */

/* With its CR. openvpn cuts its own status lines at 512 bytes. Notifications repeat what clients say of themselves and
 * can be longer; nothing that we would believe is. */
#define MGMT_LINE_MAX 2048u
/* Commands that wait for their answer. Each order needs one at a time, so this bounds the orders under way: all clients
 * of an openvpn with its default of max-clients, twice. */
#define MGMT_PENDING_MAX 2048u
/* Bytes of one command with its LF: "client-kill" with a reason is the longest. openvpn reads at most 1024. */
#define MGMT_COMMAND_MAX 256u
#define MGMT_OUTPUT_MAX  (MGMT_PENDING_MAX * MGMT_COMMAND_MAX)
/* Lines of one answer: a status has two or three a client, and openvpn has at most 2^24 peer ids; 64 Ki clients are
 * served. */
#define MGMT_ANSWER_LINES_MAX (1u << 18)

struct mgmt;

/* How a command is answered. */
enum mgmt_answer {
    MGMT_ANSWER_WORD,  /* SUCCESS: or ERROR: */
    MGMT_ANSWER_LINES, /* lines and END, or ERROR: */
};

/* One line of an answer. `cut`: it was longer than MGMT_LINE_MAX, and this is its beginning. */
typedef void mgmt_line(void *ctx, struct slice line, bool cut);
/*
 * A command is over, called once for each. 0: SUCCESS or END, -EREMOTEIO: openvpn said ERROR; `text` is what follows
 * the word. -ECONNRESET: the connection has ended without an answer, so nobody knows whether openvpn has acted.
 */
typedef void mgmt_done(void *ctx, int result, struct slice text);

struct mgmt_command {
    const char *text; /* without LF */
    enum mgmt_answer answer;
    mgmt_line *line; /* for MGMT_ANSWER_LINES; may be NULL */
    mgmt_done *done; /* may be NULL */
    void *ctx;
};

/* Callbacks may queue commands, but must not feed or free the connection. */
struct mgmt_ops {
    void (*greeted)(void *ctx); /* from now on commands can be queued */
    /* Without the '>'. `cut`: it was longer than MGMT_LINE_MAX, and this is its beginning. */
    void (*notified)(void *ctx, struct slice line, bool cut);
};

/* `password` may be NULL: openvpn asks for none. It is copied (and wiped when freed). NULL without memory. */
struct mgmt *mgmt_new(const struct mgmt_ops *ops, void *ctx, const char *password);
/* Ends commands that still wait with -ECONNRESET. NULL is allowed. */
void mgmt_free(struct mgmt *m);

/*
 * Bytes from the socket. 0, or -EPROTO (the peer does not speak the protocol), -EACCES (it wants a password that we
 * have not, or does not like ours): the connection is of no use any more, mgmt_error() says why in words that are safe
 * to show. The bytes may be secret, for openvpn tells the passwords of those who log on: no copy of a line is left
 * here.
 */
int mgmt_feed(struct mgmt *m, const char *bytes, size_t n);
const char *mgmt_error(const struct mgmt *m);

/* Queue a command. 0, -ENOBUFS (too many wait), -ENOTCONN (no greeting yet, or broken), -EINVAL (control characters,
 * too long). */
int mgmt_send(struct mgmt *m, const struct mgmt_command *command);
/* Commands that have not been answered yet. */
size_t mgmt_waiting(const struct mgmt *m);
/* Commands that have been answered since mgmt_new(). */
uint64_t mgmt_answered(const struct mgmt *m);
/* The greeting was there, and nothing has broken since. */
bool mgmt_is_open(const struct mgmt *m);

/* What is to be written: good until the next call. */
struct slice mgmt_output(const struct mgmt *m);
void mgmt_written(struct mgmt *m, size_t n);

/*
 * Make an administrator's words fit for a quoted parameter of a command: printable ASCII without quotes and backslashes
 * is kept, anything else becomes '_'. At most cap - 1 bytes and a NUL. Returns dst.
 */
char *mgmt_plain(char *dst, size_t cap, const char *words);

#endif
