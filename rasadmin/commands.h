/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The commands: each is in its cmd_*.c, and all are in the table in commands.c.
 */
#ifndef OPENRRAS_RASADMIN_COMMANDS_H
#define OPENRRAS_RASADMIN_COMMANDS_H

#include "rasadmin/rasadmin.h"

extern const struct command cmd_status, cmd_ports, cmd_port, cmd_connections, cmd_connection, cmd_disconnect,
    cmd_keep_out, cmd_user, cmd_message, cmd_quarantine, cmd_release, cmd_limit, cmd_forget, cmd_clear_stats, cmd_reset,
    cmd_watch, cmd_top, cmd_version, cmd_help, cmd_complete;

#endif
