/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Frames of ocserv's control socket: one byte of command, a length of four bytes in the machine's own order, and so
 * many bytes of protobuf. No I/O; a reader for each connection.
 */
#ifndef OPENRRAS_DRIVERS_OCSERV_FRAME_H
#define OPENRRAS_DRIVERS_OCSERV_FRAME_H

#include <stddef.h>
#include <stdint.h>

#define FRAME_HEADER 5u
/* A listing of 30,000 sessions; one of them has about 300 bytes, and more with routes of its own. */
#define FRAME_MAX (16u * 1024 * 1024)
/* Memory is taken as the bytes come: a length alone costs nothing. */
#define FRAME_STEP 65536u

/* Requests and answers. 3 stops the server: it is not here, and nothing sends a number that is not here. */
enum occtl_command {
    OCCTL_LIST = 4,
    OCCTL_TOP = 11, /* a listing, then events, to one listener */
    OCCTL_LISTING = 104,
    OCCTL_EVENT = 109,
};

struct frame_reader {
    uint8_t header[FRAME_HEADER];
    size_t header_n;
    uint8_t *body; /* of exactly `cap` bytes */
    size_t n, cap, length;
};

/* A whole frame. Non-zero ends the reading, and is returned. The reader must not be freed within. */
typedef int frame_each(void *ctx, uint8_t type, const uint8_t *body, size_t n);

/*
 * `r` is all zero at first. Takes all of `data` and calls `each` for every frame that it ends. 0, what `each` says,
 * -EMSGSIZE (a length over FRAME_MAX) or -ENOMEM; after these nothing that comes can be understood.
 */
int frame_feed(struct frame_reader *r, const uint8_t *data, size_t n, frame_each *each, void *ctx);
void frame_free(struct frame_reader *r);

/* A request without a body. It must be sent in one piece: ocserv waits for the rest of a frame, and serves nobody
 * meanwhile. */
void frame_request(uint8_t dst[static FRAME_HEADER], enum occtl_command command);

#endif
