/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The error matrix: what each function that talks to a server says to each thing that can be wrong with a call, and in
 * which order it looks. A row has a cell for each kind of fault; test_matrix.c makes every combination of faults of it.
 *
 * Order of checks: what the library looks at before it sends anything is pointers, the server's handle, the level (or
 * header), and whether the other handle can be one at all (mprapi.h). The server then looks at rights, at the kind of
 * router, and at what the handle means (dimsvc.h).
 */
#ifndef OPENRRAS_TESTS_MATRIX_H
#define OPENRRAS_TESTS_MATRIX_H

#include <stdbool.h>
#include <stddef.h>

#include <openrras.h>

/* Pointers of a call, which may be NULL by mistake. */
#define ARG_BUFFER 0x1u /* LPBYTE *, the library's memory */
#define ARG_READ   0x2u
#define ARG_TOTAL  0x4u
#define ARG_GIVEN  0x8u /* the caller's structure or text, in or out */
#define ARG_BITS   4u

/* Who asks, by role. */
enum asker {
    ASKER_NONE,
    ASKER_VIEWER,
    ASKER_OPERATOR,
    ASKER_ADMINISTRATOR,
};

/* What the other handle of a call is of. */
enum object {
    OBJECT_NONE,
    OBJECT_PORT,
    OBJECT_CONNECTION,
    OBJECT_EVENT,
};

/* One call: what it is given, and what it has left in its outputs. */
struct call {
    MPR_SERVER_HANDLE server;
    HANDLE object;
    DWORD level;
    unsigned null; /* ARG_*: these are NULL */
    bool no_header;

    LPBYTE buffer;
    DWORD read, total, resume;
    union {
        MPRAPI_OBJECT_HEADER header;
        MPR_SERVER_EX server;
        MPR_SERVER_SET_CONFIG_EX config;
        RAS_CONNECTION_EX connection;
        RAS_UPDATE_CONNECTION update;
        MPR_SERVER_2 ports;
        MPR_CREDENTIALSEX_1 key;
        WCHAR text[8];
    } given;
};

struct function {
    const char *name;
    DWORD (*call)(struct call *c);
    DWORD done; /* when nothing is wrong */

    unsigned pointers; /* ARG_* that it has and that may not be NULL */
    DWORD null_pointer;

    DWORD server_null, server_bad; /* not a server's handle */

    bool has_level;
    DWORD first_level, last_level, bad_level;
    MPRAPI_OBJECT_HEADER header; /* size 0: it has none. What is wrong with it is bad_level */
    bool separate_header;        /* it may be NULL: bad_level too */

    /* Of what the other handle names: NULL, what can't be one, one that never was, one that is over, an idle port. */
    enum object object;
    bool all; /* INVALID_HANDLE_VALUE is good: it stands for all */
    DWORD object_null, object_impossible, object_unknown, object_over, object_idle;

    enum asker least; /* who may do that */
    DWORD denied;     /* all others */
    DWORD lan_only;   /* a server that routes between LANs only; 0: it works there */
};

extern const struct function matrix[];
extern const size_t matrix_rows;

#endif
