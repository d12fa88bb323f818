/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "common/log.h"
#include "ntlm/seal.h"
#include "rrasd/config.h"
#include "rrasd/config_table.h"
#include "rrasd/rrasd_paths.h"
#include "scratch.h"

/* Load `text`; what is wrong with it goes to *c. */
static int load(void **state, const char *text, struct config *config, struct complaints *c)
{
    char path[SCRATCH_PATH_MAX];
    scratch_file(*state, path, "rrasd.conf", text, strlen(text));
    return config_load(path, true, config, c);
}

static void expect_good(void **state, const char *text, struct config *config)
{
    struct complaints c = {0};
    int r = load(state, text, config, &c);
    if (c.n)
        print_error("unexpected: %s\n", c.lines[0]);
    assert_int_equal(r, 0);
    assert_false(complaints_any(&c));
}

/* Exactly one complaint, at that line, with that text in it; and the output untouched. */
static void expect_bad(void **state, const char *text, unsigned line, const char *part)
{
    struct complaints c = {0};
    struct config config, before;
    char place[32];
    memset(&config, 0x5a, sizeof config);
    before = config;
    assert_int_equal(load(state, text, &config, &c), -EINVAL);
    assert_memory_equal(&config, &before, sizeof config);
    for (size_t i = 1; i < c.n; i++)
        print_error("more: %s\n", c.lines[i]);
    assert_int_equal(c.n, 1);
    snprintf(place, sizeof place, line ? "rrasd.conf:%u: " : "rrasd.conf: ", line);
    if (!strstr(c.lines[0], place) || !strstr(c.lines[0], part))
        print_error("the complaint is: %s\n", c.lines[0]);
    assert_non_null(strstr(c.lines[0], place));
    assert_non_null(strstr(c.lines[0], part));
    complaints_clear(&c);
}

static void no_file_gives_the_defaults(void **state)
{
    struct complaints c = {0};
    struct config config;
    char path[SCRATCH_PATH_MAX];
    assert_int_equal(config_load(scratch_path(*state, path, "missing"), false, &config, &c), 0);
    assert_string_equal(config.socket, RRASD_SOCKET);
    assert_string_equal(config.driver_socket, RRASD_DRIVER_SOCKET);
    assert_string_equal(config.state_dir, RRASD_STATE_DIR);
    assert_string_equal(config.audit_log, RRASD_AUDIT_LOG);
    assert_int_equal(config.router_type, ROUTER_TYPE_RAS);
    assert_int_equal(config.log_level, LOG_LEVEL_INFO);
    assert_int_equal(config.accept_ms, 2000);
    assert_int_equal(config.gone_ms, 10000);
    assert_int_equal(config.hard_ms, 5000);
    assert_int_equal(config.unknown_ms, 60000);
    assert_int_equal(config.client_bind_ms, 30000);
    assert_int_equal(config.client_idle_ms, 900000);
    assert_int_equal(config.connections, 256);
    assert_int_equal(config.roles.n, 0);
    assert_null(config.pipe_socket); /* nobody from the network */
    assert_int_equal(config.pipe_user, 0);
    assert_int_equal(config.users.source, CONFIG_USERS_STORE);
    assert_int_equal(config.users.permit, 1);
    assert_int_equal(config.users.end_sessions, 0);
    assert_int_equal(config.users.recheck_ms, 300000);
    assert_int_equal(config.users.permit_unanswered, 0);
    assert_null(config.users.ldap_uri);
    assert_null(config.users.ldap_base);
    assert_null(config.users.ldap_bind_dn);
    assert_null(config.users.ldap_password_file);
    assert_null(config.users.ldap_ca_file);
    assert_string_equal(config.users.ldap_filter, "(sAMAccountName=%u)");
    assert_int_equal(config.users.ldap_starttls, 1);
    assert_int_equal(config.users.ldap_timeout_ms, 3000);
    config_clear(&config);
}

static void a_named_file_must_exist(void **state)
{
    struct complaints c = {0};
    struct config config;
    char path[SCRATCH_PATH_MAX];
    assert_int_equal(config_load(scratch_path(*state, path, "missing"), true, &config, &c), -EINVAL);
    assert_int_equal(c.n, 1);
    assert_non_null(strstr(c.lines[0], "can't be opened"));
    complaints_clear(&c);
    /* A directory can be opened, but not read. */
    assert_int_equal(config_load(((struct scratch *)*state)->dir, true, &config, &c), -EINVAL);
    assert_non_null(strstr(c.lines[0], "can't be read"));
    complaints_clear(&c);
}

static const char every_setting[] = "\xef\xbb\xbf# a comment\n"
                                    "[server]\n"
                                    "socket = /a/b.sock ; a comment\n"
                                    "  driver_socket = /a/d.sock\r\n"
                                    "[listen]\n"
                                    "pipe_socket = /a/np/router\n"
                                    "pipe_user = 4711\n"
                                    "pipe_connections = 7\n"
                                    "[server]\n"
                                    "state_dir=/s\n"
                                    "audit_log: /l/a.jsonl\n"
                                    "router_type = lan, ipv6-ras\n"
                                    "max_ports = 10\n"
                                    "log_level = debug\n"
                                    "\n"
                                    "[roles]\n"
                                    "administrators = root, user:root\n"
                                    "operators = 4711\n"
                                    "operators = user:4712\n"
                                    "viewers = user:nobody\n"
                                    "[timeouts] # another\n"
                                    "accept = 500ms\n"
                                    "gone = 1m\n"
                                    "client_idle = 1h\n"
                                    "client_recheck = 30s\n"
                                    "[listen]\n"
                                    "tcp = [2001:db8::1]:4170\n"
                                    "tcp_level = integrity\n"
                                    "keytab = /k\n"
                                    "ntlm_users = /u\n"
                                    "ntlm_program = /p\n"
                                    "[users]\n"
                                    "source = ldap\n"
                                    "ldap_uri = ldaps://a ldaps://b\n"
                                    "ldap_base = dc=x, dc=y\n"
                                    "ldap_filter = (&(a=b)(uid=%u))\n"
                                    "ldap_bind_dn = cn=rrasd, dc=x\n"
                                    "ldap_password_file = /p/w\n"
                                    "ldap_ca_file = /c/a\n"
                                    "ldap_starttls = no\n"
                                    "ldap_timeout = 700ms\n"
                                    "policy = refuse\n"
                                    "end_sessions = yes\n"
                                    "recheck = 0\n"
                                    "unavailable = permit\n"
                                    "[limits]\n"
                                    "connections = 3\n"
                                    "connections_per_user = 2\n"
                                    "connections_per_address = 1\n"
                                    "[driver openvpn:main]\n"
                                    "user = root 1234\n"
                                    "[driver openvpn]\n"
                                    "user = nobody\n";

static void expect_listen(const struct config *config)
{
    assert_string_equal(config->pipe_socket, "/a/np/router");
    assert_int_equal(config->pipe_user, 4711);
    assert_int_equal(config->pipe_connections, 7);
    assert_string_equal(config->listen.tcp, "[2001:db8::1]:4170");
    assert_int_equal(config->listen.integrity, 1);
    assert_string_equal(config->listen.keytab, "/k");
    assert_int_equal(config->listen.ntlm, 0);
    assert_string_equal(config->listen.ntlm_users, "/u");
    assert_string_equal(config->listen.ntlm_program, "/p");
}

static void expect_users(const struct config *config)
{
    assert_int_equal(config->users.permit, 0);
    assert_int_equal(config->users.end_sessions, 1);
    assert_int_equal(config->users.recheck_ms, 0);
    assert_int_equal(config->users.permit_unanswered, 1);
    assert_int_equal(config->users.source, CONFIG_USERS_LDAP);
    assert_string_equal(config->users.ldap_uri, "ldaps://a ldaps://b");
    assert_string_equal(config->users.ldap_base, "dc=x, dc=y");
    assert_string_equal(config->users.ldap_filter, "(&(a=b)(uid=%u))");
    assert_string_equal(config->users.ldap_bind_dn, "cn=rrasd, dc=x");
    assert_string_equal(config->users.ldap_password_file, "/p/w");
    assert_string_equal(config->users.ldap_ca_file, "/c/a");
    assert_int_equal(config->users.ldap_starttls, 0);
    assert_int_equal(config->users.ldap_timeout_ms, 700);
}

static void expect_server(const struct config *config)
{
    assert_string_equal(config->socket, "/a/b.sock");
    assert_string_equal(config->driver_socket, "/a/d.sock");
    assert_string_equal(config->state_dir, "/s");
    assert_string_equal(config->audit_log, "/l/a.jsonl");
    assert_int_equal(config->router_type, ROUTER_TYPE_LAN | ROUTER_TYPE_IPV6_RAS);
    assert_int_equal(config->max_ports, 10);
    assert_int_equal(config->log_level, LOG_LEVEL_DEBUG);
    assert_int_equal(config->roles.n, 5);
    assert_true(config->roles.rules[0].is_group);
    assert_false(config->roles.rules[1].is_group);
    assert_int_equal(config->roles.rules[2].id, 4711);
    assert_int_equal(config->roles.rules[3].id, 4712);
    assert_int_equal(config->roles.rules[3].role, ACCESS_OPERATOR);
    assert_int_equal(config->accept_ms, 500);
    assert_int_equal(config->gone_ms, 60000);
    assert_int_equal(config->client_idle_ms, 3600000);
    assert_int_equal(config->connections, 3);
    assert_int_equal(config->connections_per_address, 1);
    assert_int_equal(config->client_recheck_ms, 30000);
    assert_int_equal(config->n_drivers, 2);
}

static void every_setting_is_read(void **state)
{
    struct config config;
    expect_good(state, every_setting, &config);
    expect_server(&config);
    expect_listen(&config);
    expect_users(&config);
    config_clear(&config);
}

static void every_complaint_has_its_line(void **state)
{
    expect_bad(state, "[servr]\nsocket = /x\n", 1, "no section [servr]");
    expect_bad(state, "[server]\n\nsokket = /x\n", 3, "[server] has no key \"sokket\"");
    expect_bad(state, "socket = /x\n", 1, "before the first [section]");
    expect_bad(state, "[server]\nsocket\n", 2, "neither a [section] nor");
    expect_bad(state, "[server\n", 1, "no closing ]");
    expect_bad(state, "[server] socket = /x\n", 1, "after the section's ]");
    expect_bad(state, "[server]\nsocket = x\n", 2, "absolute path");
    expect_bad(state, "[server]\nsocket = /\n", 2, "absolute path");
    expect_bad(state, "[server]\nsocket =\n", 2, "absolute path");
    expect_bad(state, "[server]\nsocket = /a\nsocket = /b\n", 3, "given twice");
    expect_bad(state, "[server]\nsocket = /a\n\n[server]\nsocket = /b\n", 5, "given twice");
    expect_bad(state, "[server]\nlog_level = loud\n", 2, "must be error, warning, info or debug");
    expect_bad(state, "[server]\nrouter_type = ras, vpn\n", 2, "\"vpn\"");
    expect_bad(state, "[server]\nrouter_type = ,\n", 2, "empty");
    expect_bad(state, "[users]\npolicy = allow\n", 2, "policy must be refuse or permit, not \"allow\"");
    expect_bad(state, "[users]\nldap_base =\n", 2, "ldap_base is empty");
    expect_bad(state, "[users]\nldap_timeout = 99ms\n", 2, "ldap_timeout must be from 100 ms");
    expect_bad(state, "[timeouts]\naccept = soon\n", 2, "must be a time");
    expect_bad(state, "[roles]\nviewers = no-such-group-here\n", 2, "there is no group \"no-such-group-here\"");
    expect_bad(state, "[roles]\nviewers = user:no-such-user-here\n", 2, "there is no user");
    expect_bad(state, "[driver a:b:c]\nuser=root\n", 1, "no driver's name");
    expect_bad(state, "[driver ]\n", 1, "no driver's name");
    expect_bad(state, "[driver a]\n", 1, "does not say who its user is");
    expect_bad(state, "[driver a]\nuser = root\n[driver a]\n", 3, "has a section already");
    expect_bad(state, "[driver a]\nusr = root\nuser=root\n", 2, "[driver] has no key \"usr\"");
    expect_bad(state, "[server]\nsocket = /x\ndriver_socket = /x\n", 0, "the same path");
    expect_bad(state, "[listen]\npipe_socket = /x\n[server]\nsocket = /x\n", 0, "the path of another socket");
    expect_bad(state, "[listen]\npipe_socket = /x\n[server]\ndriver_socket = /x\n", 0, "the path of another socket");
    expect_bad(state, "[listen]\npipe_user = 1, 2\n", 2, "must be one user");
    expect_bad(state, "[listen]\npipe_user =\n", 2, "must be one user");
    expect_bad(state, "[listen]\npipe_user = no-such-user-here\n", 2, "no-such-user-here");
    expect_bad(state, "[timeouts]\ndriver_ping = 30s\n", 0, "driver_hung must be longer");
    expect_bad(state, "[server]\nsock\x1b[31met = /x\n", 2, "sock\\x1b[31met");
}

static void all_complaints_are_given_at_once(void **state)
{
    struct complaints c = {0};
    struct config config;
    assert_int_equal(
        load(state, "[server]\nbad\nsocket = x\nworse\n[nope]\na = b\n[limits]\nconnections = 0\nagain", &config, &c),
        -EINVAL);
    static const unsigned lines[] = {2, 3, 4, 5, 8, 9};
    assert_int_equal(c.n, sizeof lines / sizeof lines[0]);
    for (size_t i = 0; i < c.n; i++) {
        char place[32];
        snprintf(place, sizeof place, "rrasd.conf:%u: ", lines[i]);
        assert_non_null(strstr(c.lines[i], place));
    }
    complaints_clear(&c);
}

static void limits_hold_at_their_edges(void **state)
{
    struct config config;
    expect_good(state, "[limits]\nconnections = 1\n", &config);
    config_clear(&config);
    expect_good(state, "[limits]\nconnections = 65536\n", &config);
    config_clear(&config);
    expect_bad(state, "[limits]\nconnections = 0\n", 2, "from 1 to 65536");
    expect_bad(state, "[limits]\nconnections = 65537\n", 2, "from 1 to 65536");
    expect_bad(state, "[limits]\nconnections = -1\n", 2, "whole number");
    expect_bad(state, "[limits]\nconnections = 1x\n", 2, "whole number");
    expect_bad(state, "[limits]\nconnections = 99999999999999999999\n", 2, "whole number");
    expect_bad(state, "[limits]\nconnections = 4294967297\n", 2, "from 1 to 65536"); /* 1 when cut to 32 bits */
    expect_good(state, "[timeouts]\naccept = 100ms\n", &config);
    config_clear(&config);
    expect_bad(state, "[timeouts]\naccept = 99ms\n", 2, "from 100 ms to 60 s");
    expect_bad(state, "[timeouts]\naccept = 61s\n", 2, "from 100 ms to 60 s");
    expect_bad(state, "[timeouts]\naccept = 18446744073709551615d\n", 2, "from 100 ms to 60 s");
}

/* What fits into a socket address, and one more. */
static void a_socket_path_must_fit(void **state)
{
    char text[256], path[128];
    struct config config;
    memset(path, 'x', sizeof path);
    path[0] = '/';
    path[107] = '\0';
    snprintf(text, sizeof text, "[server]\nsocket = %s\n", path);
    expect_good(state, text, &config);
    assert_string_equal(config.socket, path);
    config_clear(&config);
    path[107] = 'x';
    path[108] = '\0';
    snprintf(text, sizeof text, "[server]\nsocket = %s\n", path);
    expect_bad(state, text, 2, "too long");
}

static void an_address_is_numbers_and_a_port(void **state)
{
    static const char *const bad[] = {
        "4170",     "localhost:4170", "192.0.2.1", "192.0.2.1:",     ":4170",   "192.0.2.1:0",   "192.0.2.1:65536",
        "::1:4170", "[::1]",          "[::1]4170", "[192.0.2.1]:80", "[::1:80", "192.0.2.1:+80", "192.0.2.1:080x",
        "[]:80",    "[::]:80 4170"};
    static const char *const good[] = {"192.0.2.1:1",    "0.0.0.0:65535",       "[::]:4170",
                                       "[fe80::1]:4170", "0.0.0.0:80, [::]:80", "[::1]:1,[::1]:2\t192.0.2.1:1"};
    char text[200];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(text, sizeof text, "[listen]\ntcp = %s\n", bad[i]);
        expect_bad(state, text, 2, "tcp must be addresses with their ports");
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        struct config config;
        snprintf(text, sizeof text, "[listen]\ntcp = %s\n", good[i]);
        expect_good(state, text, &config);
        assert_string_equal(config.listen.tcp, good[i]);
        config_clear(&config);
    }
}

static void addresses_are_bounded_and_each_is_there_once(void **state)
{
    expect_bad(state, "[listen]\ntcp = 192.0.2.1:1 [::1]:1, 192.0.2.1:1\n", 2, "tcp has an address twice");
    expect_bad(state, "[listen]\ntcp = [::1]:1 [0:0::1]:1\n", 2, "tcp has an address twice");
    expect_bad(state, "[listen]\ntcp = [::1]:1 [::1]:2 [::1]:3 [::1]:4 [::1]:5 [::1]:6 [::1]:7 [::1]:8 [::1]:9\n", 2,
               "tcp can be 8 addresses at most");
}

/* inih takes 198 characters of a line; more must not be cut silently. */
static void long_lines_are_refused_not_cut(void **state)
{
    char text[1024], value[300];
    struct config config;
    memset(value, 'x', sizeof value);
    value[0] = '/';
    value[198 - strlen("state_dir=")] = '\0';
    snprintf(text, sizeof text, "[server]\nstate_dir=%s\n", value);
    expect_good(state, text, &config);
    assert_string_equal(config.state_dir, value);
    config_clear(&config);
    value[198 - strlen("state_dir=")] = 'x';
    value[199 - strlen("state_dir=")] = '\0';
    snprintf(text, sizeof text, "[server]\nstate_dir=%s\n", value);
    expect_bad(state, text, 2, "longer than 198");
    /* A key of 49 characters, and a section that inih would cut into one that exists. */
    expect_bad(state, "[server]\nxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx = 1\n", 2,
               "the key is longer");
}

static void a_nul_byte_is_refused(void **state)
{
    static const char text[] = "[server]\nsocket = /x\0y\n";
    struct complaints c = {0};
    struct config config;
    char path[SCRATCH_PATH_MAX];
    scratch_file(*state, path, "rrasd.conf", text, sizeof text - 1);
    assert_int_equal(config_load(path, true, &config, &c), -EINVAL);
    assert_int_equal(c.n, 1);
    assert_non_null(strstr(c.lines[0], "rrasd.conf:2: the line has a NUL byte"));
    complaints_clear(&c);
}

static void a_driver_is_bound_to_its_user(void **state)
{
    struct config config;
    expect_good(state, "[driver openvpn:main]\nuser = 1001, 1002\n[driver openvpn]\nuser = 1003\n", &config);
    assert_true(config_driver_allowed(&config, 1001, "openvpn", "main"));
    assert_true(config_driver_allowed(&config, 1002, "openvpn", "main"));
    assert_false(config_driver_allowed(&config, 1003, "openvpn", "main"));
    assert_false(config_driver_allowed(&config, 0, "openvpn", "main"));
    assert_true(config_driver_allowed(&config, 1003, "openvpn", "other"));
    assert_false(config_driver_allowed(&config, 1001, "openvpn", "other"));
    /* Without a section: root and ourselves. */
    assert_true(config_driver_allowed(&config, 0, "sim", "main"));
    assert_true(config_driver_allowed(&config, geteuid(), "sim", "main"));
    assert_false(config_driver_allowed(&config, 1001, "sim", "main"));
    config_clear(&config);
}

static void note(void *ctx, const char *section, const char *key)
{
    char *seen = ctx;
    strcat(seen, section);
    strcat(seen, ".");
    strcat(seen, key);
    strcat(seen, " ");
}

static void what_only_a_start_changes_is_kept_and_named(void **state)
{
    struct config a, b;
    char seen[256] = "";
    expect_good(state, "[server]\nsocket=/a\nrouter_type=ras\nmax_ports=5\n", &a);
    expect_good(state, "[server]\nsocket=/b\nrouter_type=lan\nmax_ports=6\n", &b);
    config_keep_fixed(&a, &b, note, seen);
    assert_string_equal(seen, "server.socket server.router_type ");
    assert_string_equal(b.socket, "/a");
    assert_int_equal(b.router_type, ROUTER_TYPE_RAS);
    assert_int_equal(b.max_ports, 6);
    config_clear(&a);
    config_clear(&b);
}

/* Whoever was made at the start has pointers to them. */
static void what_only_a_start_changes_stays_where_it_is(void **state)
{
    struct config a, b;
    char seen[256] = "";
    const char *text = "[listen]\ntcp=127.0.0.1:4170\nkeytab=/etc/rras/keytab\n";
    expect_good(state, text, &a);
    expect_good(state, text, &b);
    const char *keytab = a.listen.keytab, *tcp = a.listen.tcp;
    config_keep_fixed(&a, &b, note, seen);
    assert_string_equal(seen, "");
    assert_ptr_equal(b.listen.keytab, keytab);
    assert_ptr_equal(b.listen.tcp, tcp);
    config_clear(&a);
    config_clear(&b);
}

static void ntlm_is_on_only_where_it_was_built(void **state)
{
    struct config config;
    if (!ntlm_is_built()) {
        expect_bad(state, "[listen]\nntlm = yes\n", 0, "built without NTLM");
        return;
    }
    expect_good(state, "[listen]\nntlm = yes\n", &config);
    assert_int_equal(config.listen.ntlm, 1);
    config_clear(&config);
}

static void every_default_is_a_legal_value(void **state)
{
    (void)state;
    for (size_t i = 0; i < config_n_settings; i++) {
        const struct setting *s = &config_settings[i];
        char text[256];
        struct config config;
        if (!s->initial)
            continue;
        snprintf(text, sizeof text, "[%s]\n%s = %s\n", s->section, s->key, s->initial);
        expect_good(state, text, &config);
        config_clear(&config);
    }
}

/* The file that is installed: legal as it is, and with every "#key = value" taken in it says what the defaults are. */
static void the_installed_file_shows_every_setting_with_its_default(void **state)
{
    (void)state;
    struct complaints c = {0};
    struct config config;
    assert_int_equal(config_load(RRASD_CONF, true, &config, &c), 0);
    config_clear(&config);
    char *text = scratch_read(RRASD_CONF);
    assert_non_null(text);
    for (size_t i = 0; i < config_n_settings; i++) {
        const struct setting *s = &config_settings[i];
        char section[64], line[256];
        snprintf(section, sizeof section, "\n[%s]\n", s->section);
        bool empty = s->initial && !*s->initial;
        snprintf(line, sizeof line, empty ? "\n#%s =\n" : s->initial ? "\n#%s = %s\n" : "\n#%s = ", s->key, s->initial);
        const char *begin = strstr(text, section);
        assert_non_null(begin);
        const char *at = strstr(begin, line), *next = strstr(begin + 1, "\n[");
        if (!at || (next && at > next))
            print_error("not in its section: %s\n", line);
        assert_true(at && (!next || at < next));
    }
    free(text);
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, scratch_setup, scratch_teardown)
    const struct CMUnitTest tests[] = {
        T(no_file_gives_the_defaults),
        T(a_named_file_must_exist),
        T(every_setting_is_read),
        T(every_complaint_has_its_line),
        T(all_complaints_are_given_at_once),
        T(limits_hold_at_their_edges),
        T(a_socket_path_must_fit),
        T(an_address_is_numbers_and_a_port),
        T(addresses_are_bounded_and_each_is_there_once),
        T(long_lines_are_refused_not_cut),
        T(a_nul_byte_is_refused),
        T(a_driver_is_bound_to_its_user),
        T(what_only_a_start_changes_is_kept_and_named),
        T(what_only_a_start_changes_stays_where_it_is),
        T(every_default_is_a_legal_value),
        T(ntlm_is_on_only_where_it_was_built),
        T(the_installed_file_shows_every_setting_with_its_default),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
