/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/config_table.h"

#include <string.h>

#include "router/job.h"
#include "rpc/limits.h"
#include "rrasd/config.h"
#include "rrasd/journal.h"
#include "rrasd/rrasd_paths.h"

#define SECOND        1000u
#define MINUTE        (60u * SECOND)
#define HOUR          (60u * MINUTE)
#define DAY           (24u * HOUR)

#define LDAP_TEXT_MAX 1023u /* bytes of a distinguished name, a filter, a list of servers: enough for each */

#define AT(member)    offsetof(struct config, member)

static const char *const no_yes[] = {"no", "yes", NULL};
static const char *const tcp_levels[] = {"privacy", "integrity", NULL};
static const char *const refuse_permit[] = {"refuse", "permit", NULL};
static const char *const user_sources[] = {[CONFIG_USERS_STORE] = "store", [CONFIG_USERS_LDAP] = "ldap", NULL};

const struct setting config_settings[] = {
    {"server", "socket", SETTING_SOCKET, AT(socket), .initial = RRASD_SOCKET, .fixed = true},
    {"server", "driver_socket", SETTING_SOCKET, AT(driver_socket), .initial = RRASD_DRIVER_SOCKET, .fixed = true},
    {"server", "state_dir", SETTING_PATH, AT(state_dir), .initial = RRASD_STATE_DIR, .fixed = true},
    {"server", "audit_log", SETTING_PATH, AT(audit_log), .initial = RRASD_AUDIT_LOG},
    /* MS-RRASM 3.1.4.1: the router type is fixed while the interface runs. */
    {"server", "router_type", SETTING_ROUTER_TYPE, AT(router_type), .initial = "ras", .fixed = true},
    {"server", "max_ports", SETTING_COUNT, AT(max_ports), 1, ROUTER_SLOTS_MAX, .initial = "131072"},
    {"server", "log_level", SETTING_LOG_LEVEL, AT(log_level), .initial = "info"},

    /* Off unless it is asked for. */
    {"listen", "pipe_socket", SETTING_SOCKET, AT(pipe_socket), .fixed = true},
    {"listen", "pipe_user", SETTING_USER, AT(pipe_user), .initial = "0"},
    {"listen", "pipe_connections", SETTING_COUNT, AT(pipe_connections), 1, 65536, .initial = "128"},
    {"listen", "tcp", SETTING_ADDRESSES, AT(listen.tcp), .initial = "", .fixed = true},
    {"listen", "tcp_level", SETTING_CHOICE, AT(listen.integrity), .words = tcp_levels, .initial = "privacy",
     .fixed = true},
    {"listen", "keytab", SETTING_OPTIONAL_PATH, AT(listen.keytab), .initial = "", .fixed = true},
    {"listen", "ntlm", SETTING_CHOICE, AT(listen.ntlm), .words = no_yes, .initial = "no", .fixed = true},
    {"listen", "ntlm_users", SETTING_OPTIONAL_PATH, AT(listen.ntlm_users), .initial = "", .fixed = true},
    {"listen", "ntlm_program", SETTING_PATH, AT(listen.ntlm_program), .initial = RRASD_NTLM_PROGRAM, .fixed = true},

    {"roles", "administrators", SETTING_ROLE, AT(roles), .role = ACCESS_ADMINISTRATOR},
    {"roles", "operators", SETTING_ROLE, AT(roles), .role = ACCESS_OPERATOR},
    {"roles", "viewers", SETTING_ROLE, AT(roles), .role = ACCESS_VIEWER},

    /* Orders: design of the disconnect in docs/architecture.md. */
    {"timeouts", "accept", SETTING_DURATION, AT(accept_ms), 100, MINUTE, .initial = "2s"},
    {"timeouts", "gone", SETTING_DURATION, AT(gone_ms), SECOND, 10 * MINUTE, .initial = "10s"},
    {"timeouts", "hard", SETTING_DURATION, AT(hard_ms), SECOND, 10 * MINUTE, .initial = "5s"},
    {"timeouts", "unknown", SETTING_DURATION, AT(unknown_ms), SECOND, HOUR, .initial = "60s"},
    {"timeouts", "client_bind", SETTING_DURATION, AT(client_bind_ms), SECOND, 10 * MINUTE, .initial = "30s"},
    {"timeouts", "client_idle", SETTING_DURATION, AT(client_idle_ms), SECOND, 7 * DAY, .initial = "15m"},
    {"timeouts", "client_stall", SETTING_DURATION, AT(client_stall_ms), SECOND, HOUR, .initial = "60s"},
    {"timeouts", "client_recheck", SETTING_DURATION, AT(client_recheck_ms), SECOND, DAY, .initial = "10m"},
    {"timeouts", "stop", SETTING_DURATION, AT(stop_ms), 0, MINUTE, .initial = "3s"},
    {"timeouts", "driver_hello", SETTING_DURATION, AT(driver_hello_ms), 100, 10 * MINUTE, .initial = "5s"},
    {"timeouts", "driver_ping", SETTING_DURATION, AT(driver_ping_ms), 100, HOUR, .initial = "10s"},
    {"timeouts", "driver_hung", SETTING_DURATION, AT(driver_hung_ms), SECOND, 3 * HOUR, .initial = "30s"},
    {"timeouts", "counters", SETTING_DURATION, AT(counters_ms), 100, HOUR, .initial = "10s"},

    {"users", "source", SETTING_CHOICE, AT(users.source), .words = user_sources, .initial = "store"},
    /* Installing rrasd locks nobody out. */
    {"users", "policy", SETTING_CHOICE, AT(users.permit), .words = refuse_permit, .initial = "permit"},
    {"users", "end_sessions", SETTING_CHOICE, AT(users.end_sessions), .words = no_yes, .initial = "no"},
    {"users", "recheck", SETTING_DURATION, AT(users.recheck_ms), 0, DAY, .initial = "5m"},
    {"users", "unavailable", SETTING_CHOICE, AT(users.permit_unanswered), .words = refuse_permit, .initial = "refuse"},
    {"users", "ldap_uri", SETTING_TEXT, AT(users.ldap_uri), .max = LDAP_TEXT_MAX},
    {"users", "ldap_base", SETTING_TEXT, AT(users.ldap_base), .max = LDAP_TEXT_MAX},
    {"users", "ldap_filter", SETTING_TEXT, AT(users.ldap_filter), .max = LDAP_TEXT_MAX,
     .initial = "(sAMAccountName=%u)"},
    {"users", "ldap_bind_dn", SETTING_TEXT, AT(users.ldap_bind_dn), .max = LDAP_TEXT_MAX},
    {"users", "ldap_password_file", SETTING_PATH, AT(users.ldap_password_file)},
    {"users", "ldap_ca_file", SETTING_PATH, AT(users.ldap_ca_file)},
    {"users", "ldap_starttls", SETTING_CHOICE, AT(users.ldap_starttls), .words = no_yes, .initial = "yes"},
    {"users", "ldap_timeout", SETTING_DURATION, AT(users.ldap_timeout_ms), 100, MINUTE, .initial = "3s"},

    {"limits", "connections", SETTING_COUNT, AT(connections), 1, 65536, .initial = "256"},
    {"limits", "connections_per_user", SETTING_COUNT, AT(connections_per_user), 1, 65536, .initial = "64"},
    {"limits", "connections_per_address", SETTING_COUNT, AT(connections_per_address), 1, 65536, .initial = "32"},
    {"limits", "drivers", SETTING_COUNT, AT(drivers), 1, 1048576, .initial = "4096"},
    {"limits", "driver_output", SETTING_COUNT, AT(driver_output), 65536, 1u << 30, .initial = "1048576"},
    {"limits", "events_kept", SETTING_COUNT, AT(events_kept), 16, 1u << 24, .initial = "16384", .fixed = true},
    {"limits", "events_bytes", SETTING_COUNT, AT(events_bytes), JOURNAL_BYTES_MIN, 1u << 30, .initial = "8388608",
     .fixed = true},
    {"limits", "jobs", SETTING_COUNT, AT(jobs), 1, ROUTER_JOBS_MAX, .initial = "64"},
    {"limits", "waiting_calls", SETTING_COUNT, AT(waiting_calls), 1, 65536, .initial = "1024"},
    {"limits", "waiting_per_connection", SETTING_COUNT, AT(waiting_per_connection), 1, RPC_CALLS_MAX, .initial = "8"},
};
const size_t config_n_settings = sizeof config_settings / sizeof config_settings[0];

const struct setting *config_setting(const char *section, const char *key)
{
    for (size_t i = 0; i < config_n_settings; i++) {
        const struct setting *s = &config_settings[i];
        if (strcmp(s->section, section) == 0 && strcmp(s->key, key) == 0)
            return s;
    }
    return NULL;
}

bool config_section_exists(const char *section)
{
    for (size_t i = 0; i < config_n_settings; i++) {
        if (strcmp(config_settings[i].section, section) == 0)
            return true;
    }
    return false;
}
