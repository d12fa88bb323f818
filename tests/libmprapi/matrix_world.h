/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A real rrasd for the tests of the error matrix and of pages, with a simulated daemon behind it that does as told, and
 * another one that routes between LANs only. matrix.py starts them, once for each role, and then the test:
 *
 *     TEST ROLE UID SERVER LAN-SERVER OVER CONTROL
 *
 * UID: whom the program becomes, which only root can. OVER: the handle of a connection that has ended. CONTROL: the
 * daemon's socket for commands. alice is connected; at least one port is idle.
 */
#ifndef OPENRRAS_TESTS_MATRIX_WORLD_H
#define OPENRRAS_TESTS_MATRIX_WORLD_H

#include "matrix.h"

struct world {
    enum asker asker;
    WCHAR server_name[128], lan_name[128];
    const char *control;
    MPR_SERVER_HANDLE server, lan;
    /* Of the first server; made-up numbers for those who may not look. */
    HANDLE port, idle_port, old_port; /* alice's; and what was hers before she came */
    HANDLE connection, old_connection;
};

extern struct world world;

/* A test of its own, in matrix_users.c: both servers know dora. */
void functions_about_users_have_the_code_of_the_first_fault(void **state);

/* From the command line. False, and a line on standard error: it is wrong. */
bool world_begin(int argc, char **argv);
void world_end(void);

/* A command for the simulated daemon, which must be able to do it. */
void world_say(const char *command);
/* The port of this user; waits until he has one. */
HANDLE world_port_of(const char *user);
/* The connections that the server knows. Fails the test when it does not say. */
DWORD world_connections(void);

#endif
