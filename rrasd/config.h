/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The configuration of rrasd: an INI file, read as a whole or not at all.
 *
 * Loading may ask the name service for users and groups, so it blocks: at start it is called before the loop runs, and
 * for a reload by a worker thread. Nothing else in rrasd looks a name up.
 *
 * rrasd.conf(5) is the manual of the settings; the table in config.c is what the program goes by.
 */
#ifndef OPENRRAS_RRASD_CONFIG_H
#define OPENRRAS_RRASD_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "rrasd/access.h"
#include "rrasd/complaints.h"

/* MS-RRASM 2.2.1.1: RouterType. */
#define ROUTER_TYPE_RAS      0x01u
#define ROUTER_TYPE_LAN      0x02u
#define ROUTER_TYPE_WAN      0x04u
#define ROUTER_TYPE_IPV6_RAS 0x08u
#define ROUTER_TYPE_IPV6_LAN 0x10u
#define ROUTER_TYPE_IPV6_WAN 0x20u
/* With none of these the machine routes between LANs only, and remote access calls get ERROR_DDM_NOT_RUNNING. */
#define ROUTER_TYPE_NOT_LAN_ONLY 0x2du

#define CONFIG_NAME_MAX          32u /* driver and instance names, as in docs/driver-protocol.md */

/* Who may be a driver: [driver NAME] or [driver NAME:INSTANCE]. */
struct config_driver {
    char name[CONFIG_NAME_MAX + 1];
    char instance[CONFIG_NAME_MAX + 1]; /* "": any that has no section of its own */
    uid_t *users;                       /* owned */
    size_t n_users;
    unsigned line;
};

enum config_users_source {
    CONFIG_USERS_STORE,
    CONFIG_USERS_LDAP,
};

/* Where users are kept, and what follows from what is there: [users]. */
struct config_users {
    uint32_t source; /* enum config_users_source */
    uint32_t permit; /* policy: 1 permit, 0 refuse */
    uint32_t end_sessions;
    uint32_t recheck_ms;        /* 0: never */
    uint32_t permit_unanswered; /* unavailable: 1 permit, 0 refuse */
    /* Of source ldap; owned, NULL: not set. rrasd/users_ldap_config.h says what goes together. */
    char *ldap_uri, *ldap_base, *ldap_filter, *ldap_bind_dn, *ldap_password_file, *ldap_ca_file;
    uint32_t ldap_starttls;
    uint32_t ldap_timeout_ms;
};

/* Who else may come than processes of this machine: [listen]. */
struct config_listen {
    char *tcp;          /* what address_parse_list() takes; "": nobody; owned */
    uint32_t integrity; /* tcp_level: 1 integrity is enough, 0 privacy */
    char *keytab;       /* "": where Kerberos looks by itself; owned */
    uint32_t ntlm;      /* 1: NTLM as well */
    char *ntlm_users;   /* the file with its users; "": winbind knows them; owned */
    char *ntlm_program; /* the path of rras-ntlm; owned */
};

struct config {
    /* [server] */
    char *socket, *driver_socket, *state_dir, *audit_log; /* owned */
    uint32_t router_type;
    uint32_t max_ports;
    uint32_t log_level; /* enum log_level */
    /* [listen] */
    char *pipe_socket;  /* owned; NULL: no pipe unless systemd gives one */
    uint32_t pipe_user; /* uid of smbd, besides root */
    uint32_t pipe_connections;
    struct config_listen listen;
    /* [roles] */
    struct access_rules roles;
    /* [timeouts], milliseconds */
    uint32_t accept_ms, gone_ms, hard_ms, unknown_ms;
    uint32_t client_bind_ms, client_idle_ms, client_stall_ms, client_recheck_ms, stop_ms;
    uint32_t driver_hello_ms, driver_ping_ms, driver_hung_ms, counters_ms;
    /* [limits] */
    uint32_t connections, connections_per_user, connections_per_address;
    uint32_t drivers, driver_output;
    uint32_t events_kept, events_bytes;
    uint32_t jobs;
    uint32_t waiting_calls, waiting_per_connection;
    /* [users] */
    struct config_users users;
    /* [driver ...] */
    struct config_driver *driver; /* owned */
    size_t n_drivers;
};

/*
 * Read `path`, or give the defaults when it does not exist and need not (`must_exist`). 0; -EINVAL when the complaints
 * say why; -ENOMEM. *ret is only written on success and then belongs to the caller, to be freed with config_clear().
 */
int config_load(const char *path, bool must_exist, struct config *ret, struct complaints *complaints);
void config_clear(struct config *config);

/* May a process with this uid be that driver? Without a section for it: root and rrasd's own user. */
bool config_driver_allowed(const struct config *config, uid_t uid, const char *driver, const char *instance);

/*
 * Settings that only a start can change: `next` takes over the values of `current`, texts at the same place in memory,
 * and `changed` is called with the name of each that differs.
 */
void config_keep_fixed(struct config *current, struct config *next,
                       void (*changed)(void *ctx, const char *section, const char *key), void *ctx);

#endif
