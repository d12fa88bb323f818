/* SPDX-License-Identifier: Apache-2.0 */
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/text.h"
#include "drivers/sim/sim.h"

#define OPTION_CONTROL       256
#define OPTION_EPOCH         257
#define OPTION_MULTILINK     258
#define OPTION_NAMES         259
#define OPTION_SEED          260
#define OPTION_STDIN         261
#define OPTION_TICK          262
#define OPTION_MAX_PORTS     263
#define OPTION_DEVICE_TYPE   264
#define OPTION_DRIVER        265
#define OPTION_KEEP_OUTS     266
#define OPTION_ADMISSION     267
#define OPTION_NO_ANSWER     268
#define OPTION_NO_MESSAGES   269
#define OPTION_NO_QUARANTINE 270

static const struct argp_option options[] = {
    {"kind", 'k', "KIND", 0, "daemon (default): one connection for all sessions; session: one for each", 1},
    {"ports", 'p', "N", 0, "Fixed number of ports; 0 (default): as many as needed", 1},
    {"max-ports", OPTION_MAX_PORTS, "N", 0, "With --ports=0: not more than this", 1},
    {"device-type", OPTION_DEVICE_TYPE, "TYPE", 0, "What the ports are called (default: sim)", 1},
    {"driver", OPTION_DRIVER, "NAME", 0, "Name of the driver (default: sim)", 1},
    {"keep-outs", OPTION_KEEP_OUTS, "HOW", 0,
     "What becomes of users who are kept out: refused (default), declined, lie, silent, none", 1},
    {"admission", OPTION_ADMISSION, "HOW", 0,
     "Of a daemon driver: ask rrasd whether a user may come in, and do so; ignore: and let in everybody; none "
     "(default)",
     1},
    {"no-answer", OPTION_NO_ANSWER, "HOW", 0, "Then without an answer: permit (default), refuse", 1},
    {"no-messages", OPTION_NO_MESSAGES, NULL, 0, "Users can't be sent messages", 1},
    {"no-quarantine", OPTION_NO_QUARANTINE, NULL, 0, "Users can't be put into quarantine", 1},
    {"users", 'u', "N", 0, "Users that are connected from the start", 2},
    {"names", OPTION_NAMES, "PATTERN", 0, "Their names; a run of # is the number (default: user####)", 2},
    {"multilink", OPTION_MULTILINK, "USERS:LINKS", 0, "The first USERS users have LINKS sessions each, in one bundle",
     2},
    {"churn", 'c', "RATE", 0, "Sessions that are replaced by others, each second", 2},
    {"tick", OPTION_TICK, "TIME", 0, "Counters move this often (default: 1s); 0: they stand still", 2},
    {"seed", OPTION_SEED, "N", 0, "Of the random numbers (default: 1); the same seed gives the same sequence", 2},
    {"epoch", OPTION_EPOCH, "WORD", 0, "The beginning of every session id (default: made of time and process)", 2},
    {"script", 'x', "FILE", 0, "Run the commands in FILE", 3},
    {"stdin", OPTION_STDIN, NULL, 0, "Take commands from standard input", 3},
    {"control", OPTION_CONTROL, "PATH", 0, "Take commands from a unix socket made here", 3},
    {"quiet", 'q', NULL, 0, "Do not print that sessions come and go", 3},
    {0},
};

static bool number(const char *s, uint64_t max, uint64_t *ret)
{
    char *end;
    errno = 0;
    unsigned long long value = strtoull(s, &end, 10);
    if (*s < '0' || *s > '9' || *end != '\0' || errno != 0 || value > max)
        return false;
    *ret = value;
    return true;
}

static bool number32(const char *s, uint32_t *ret)
{
    uint64_t value;
    if (!number(s, UINT32_MAX, &value))
        return false;
    *ret = (uint32_t)value;
    return true;
}

static bool parse_kind(const char *s, enum driver_kind *ret)
{
    if (strcmp(s, "daemon") != 0 && strcmp(s, "session") != 0)
        return false;
    *ret = *s == 'd' ? DRIVER_DAEMON : DRIVER_SESSION;
    return true;
}

static bool parse_multilink(const char *s, struct sim_options *o)
{
    char users[16];
    size_t n = strcspn(s, ":");
    if (s[n] != ':' || n >= sizeof(users))
        return false;
    memcpy(users, s, n);
    users[n] = '\0';
    return number32(users, &o->multilink_users) && number32(s + n + 1, &o->multilink_links) && o->multilink_links > 0;
}

static bool parse_rate(const char *s, double *ret)
{
    char *end;
    *ret = strtod(s, &end);
    return *s != '\0' && *end == '\0' && *ret >= 0 && *ret <= 1e6;
}

/* True: the option is good. */
static bool parse_option(struct sim_options *o, int key, const char *arg)
{
    switch (key) {
    case 'k':
        return parse_kind(arg, &o->kind);
    case 'p':
        return number32(arg, &o->ports);
    case 'u':
        return number32(arg, &o->users);
    case 'c':
        return parse_rate(arg, &o->churn);
    case OPTION_MAX_PORTS:
        return number32(arg, &o->max_ports);
    case OPTION_MULTILINK:
        return parse_multilink(arg, o);
    case OPTION_KEEP_OUTS:
        return sim_keep_outs_by_name(arg, &o->keep_outs);
    case OPTION_ADMISSION:
        return sim_admission_by_name(arg, &o->admission);
    case OPTION_NO_ANSWER:
        o->refuse_unanswered = strcmp(arg, "refuse") == 0;
        return o->refuse_unanswered || strcmp(arg, "permit") == 0;
    case OPTION_SEED:
        return number(arg, UINT64_MAX, &o->seed);
    case OPTION_TICK:
        return text_parse_duration(arg, &o->tick_ms) == 0;
    case OPTION_EPOCH:
        o->epoch = arg;
        return strlen(arg) <= 64; /* leaves room for the number in an id */
    case OPTION_NAMES:
        o->names = arg;
        return strlen(arg) <= 128;
    default:
        return false;
    }
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
    struct sim_options *o = state->input;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = &o->common;
        return 0;
    case 'x':
        o->script = arg;
        return 0;
    case 'q':
        o->quiet = true;
        return 0;
    case OPTION_CONTROL:
        o->control = arg;
        return 0;
    case OPTION_STDIN:
        o->standard_input = true;
        return 0;
    case OPTION_NO_MESSAGES:
        o->no_messages = true;
        return 0;
    case OPTION_NO_QUARANTINE:
        o->no_quarantine = true;
        return 0;
    case OPTION_DEVICE_TYPE:
        o->device_type = arg;
        return 0;
    case OPTION_DRIVER:
        o->driver = arg;
        return 0;
    case ARGP_KEY_ARG:
    case ARGP_KEY_ARGS:
    case ARGP_KEY_END:
    case ARGP_KEY_NO_ARGS:
    case ARGP_KEY_SUCCESS:
    case ARGP_KEY_ERROR:
    case ARGP_KEY_FINI:
        return ARGP_ERR_UNKNOWN;
    default:
        if (!parse_option(o, key, arg))
            argp_error(state, "this is not good for an option: %s", arg);
        return 0;
    }
}

/* ---- start and stop ---- */

static void stop(void *ctx)
{
    sim_stop(ctx);
}

static int begin(struct sim *sim)
{
    if (sim->options.kind == DRIVER_DAEMON && !(sim->shared = sim_link_new(sim)))
        return -EINVAL;
    int r = sim_load_start(sim);
    return r == 0 ? sim_inputs_start(sim) : r;
}

static int start(void *ctx, uv_loop_t *loop, struct driver_process *process)
{
    struct sim *sim = ctx;
    sim->loop = loop;
    sim->process = process;
    sim_load_init(sim);
    int r = begin(sim);
    if (r < 0) {
        sim_stop(sim);
        return r;
    }
    sim_set_online(sim, true);
    sim_event(sim, "ready");
    return 0;
}

int main(int argc, char **argv)
{
    static const struct argp_child children[] = {{&driver_argp, 0, "Options of every driver:", 9}, {0}};
    static char doc[6144];
    static const struct driver_program program = {.name = "rras-sim", .start = start, .close = stop};
    char epoch[48];
    struct sim_options o = {
        .common = {.log_level = LOG_LEVEL_WARNING},
        .names = "user####",
        .seed = 1,
        .tick_ms = 1000,
        .driver = "sim",
        .device_type = "sim",
    };
    snprintf(doc, sizeof(doc), "A simulated VPN daemon and its driver, for tests and load: it carries nobody.\v%s",
             sim_command_help);
    const struct argp argp = {.options = options, .parser = parse, .doc = doc, .children = children};
    argp_parse(&argp, argc, argv, 0, NULL, &o);
    if (!o.epoch) {
        snprintf(epoch, sizeof(epoch), "%lld-%d", (long long)time(NULL), (int)uv_os_getpid());
        o.epoch = epoch;
    }
    struct sim sim = {.options = o, .events = stdout};
    return driver_main(&program, &sim, &o.common);
}
