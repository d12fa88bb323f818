/* SPDX-License-Identifier: Apache-2.0 */
#include <argp.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/log.h"
#include "rrasd/config.h"
#include "rrasd/daemon.h"
#include "rrasd/rrasd_paths.h"
#include "rrasd/users.h"

#define EXIT_USAGE 2 /* also: the configuration is bad */

enum {
    OPTION_CHECK = 256,
    OPTION_VERSION,
};

struct arguments {
    struct daemon_options daemon;
    bool check;
};

static const struct argp_option options[] = {
    {"config", 'c', "FILE", 0, "Read this configuration instead of " RRASD_CONFIG_FILE, 0},
    {"check-config", OPTION_CHECK, NULL, 0,
     "Say what is wrong with the configuration, and exit: 0 when it is good, else 2", 0},
    {"verbose", 'v', NULL, 0, "Log at debug level, whatever the configuration says", 0},
    {"version", OPTION_VERSION, NULL, 0, "Print the version, and exit", 0},
    {0},
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct arguments *a = state->input;
    switch (key) {
    case 'c':
        a->daemon.config_file = arg;
        a->daemon.config_must_exist = true;
        return 0;
    case OPTION_CHECK:
        a->check = true;
        return 0;
    case 'v':
        a->daemon.verbose = true;
        return 0;
    case OPTION_VERSION:
        puts("rrasd (OpenRRAS) " RRASD_VERSION);
        exit(0);
    case ARGP_KEY_ARG:
        argp_error(state, "there is nothing to do with \"%s\"", arg);
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    .options = options,
    .parser = parse,
    .doc = "The remote access server daemon: knows the ports and connections of this machine, whichever daemon carries "
           "them, "
           "lists them, and disconnects them.",
};

static int load(const struct arguments *a, struct config *config)
{
    struct complaints complaints = {0};
    int r = config_load(a->daemon.config_file, a->daemon.config_must_exist, config, &complaints);
    for (size_t i = 0; i < complaints.n; i++)
        fprintf(stderr, "%s\n", complaints.lines[i]);
    if (r < 0 && complaints.n == 0)
        fprintf(stderr, "%s: %s\n", a->daemon.config_file, strerror(-r));
    complaints_clear(&complaints);
    return r;
}

/* What users_directory.c finds wrong with what the configuration says: files that it names, for instance. */
static int check_users(const struct arguments *a, const struct config *config)
{
    struct user_directory *directory;
    char why[USERS_WHY_MAX] = "";
    int r = user_directory_new(&config->users, NULL, &directory, why);
    if (r < 0)
        fprintf(stderr, "%s: [users] %s\n", a->daemon.config_file, why);
    else
        user_directory_free(directory);
    return r;
}

int main(int argc, char **argv)
{
    struct arguments a = {.daemon = {.config_file = RRASD_CONFIG_FILE}};
    struct config config = {0};
    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&argp, argc, argv, 0, NULL, &a);
    int r = load(&a, &config);
    if (r == 0 && a.check)
        r = check_users(&a, &config);
    if (a.check)
        config_clear(&config);
    if (r < 0 || a.check)
        return r < 0 ? EXIT_USAGE : EXIT_SUCCESS;
    /* A peer that is gone is an error of send(), not the end of the daemon. */
    signal(SIGPIPE, SIG_IGN);
    log_init("rrasd", a.daemon.verbose ? LOG_LEVEL_DEBUG : (enum log_level)config.log_level);
    return daemon_run(&a.daemon, &config) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
