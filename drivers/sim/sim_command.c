/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/text.h"
#include "drivers/sim/sim.h"

#define WORDS_MAX      16u
#define LINE_MAX_LOCAL 4096u

const char sim_command_help[] =
    "Commands, one a line, from --script, --stdin or --control (where each is answered with `ok' or `error: ...'). "
    "Words with "
    "blanks are put in double quotes, in which \\\" \\\\ and \\xNN are understood. # begins a comment.\n\n"
    "  connect USER [id=ID] [start=SECONDS] [bundle=NAME] [caller=TEXT]\n"
    "          [auth=TEXT] [state=STATE] [quarantine=yes]\n"
    "  drop USER                  the user leaves\n"
    "  swap USER OTHER            USER leaves and OTHER takes the port\n"
    "  state USER STATE           connecting, authenticating, calling-back, ...\n"
    "  quarantine USER yes|no     as the site's policy would\n"
    "  bytes USER IN OUT          set the counters\n"
    "  users N                    N more users come\n"
    "  churn RATE                 RATE sessions a second are replaced\n"
    "  tick TIME                  how often counters move; 0: they stand still\n"
    "  behave MODE [ARG] [for USER] [once]    what becomes of orders\n"
    "  behave down TEXT, behave degraded TEXT, behave ok    health\n"
    "  keep-outs HOW              as the option: refused, declined, lie, silent\n"
    "  release                    go on with the orders that are held\n"
    "  disconnect-driver, connect-driver      from and to rrasd\n"
    "  garbage [USER]             send what is not JSON\n"
    "  overlong [USER]            send a line that does not end\n"
    "  hang TIME                  do nothing at all (0: until SIGKILL)\n"
    "  die                        exit at once, as a crash does\n"
    "  list                       print the sessions\n"
    "  sleep TIME                 in a script: before the next line\n"
    "  wait EVENT                 the same, until an event begins so\n"
    "  quit\n\n"
    "Modes of `behave' (of messages and quarantine only refuse, no-such-session, silent, garbage and die):\n"
    "  accept                     honestly: check identity, answer, end it\n"
    "  slow-accept TIME, slow-gone TIME\n"
    "  refuse TEXT, no-such-session, silent\n"
    "  lie                        accept and do nothing\n"
    "  hard-only                  accept; end it only when asked the hard way\n"
    "  reconnect-new, reconnect-same          and the user is back at once\n"
    "  swap OTHER                 as the order arrives, OTHER takes the port\n"
    "  hold                       wait for `release' before the check, and again\n"
    "                             before the end\n"
    "  hold-kill                  wait only before the end\n"
    "  garbage, hang TIME, die    as the commands, when an order arrives\n\n"
    "Events, one a line on standard output: `welcome', `lost', `up ID START USER', `gone ID START USER', `order N ID "
    "START USER "
    "polite|hard', `reply N RESULT', `missed ID START' (the session to end was not there any more), `refused ID CODE', "
    "`message N ID START USER TEXT', `quarantine N ID START USER on|off', `keep-out N USER', `keep-out-over N USER', "
    "`kept-out N USER' (refused at log-on), `asked N USER', `admitted N USER', `not-admitted N USER TEXT', `unanswered "
    "N "
    "USER' (with --admission), `ready'.";

/* ---- words ---- */

static int hex(char c)
{
    const char *digits = "0123456789abcdef", *at = c ? strchr(digits, c) : NULL;
    return at ? (int)(at - digits) : -1;
}

/* What follows a backslash. Moves *s behind it; -1 for what is no escape. */
static int unescape(const char **s)
{
    const char *p = *s;
    if (*p == '"' || *p == '\\') {
        *s = p + 1;
        return *p;
    }
    if (*p != 'x' || hex(p[1]) < 0 || hex(p[2]) < 0)
        return -1;
    *s = p + 3;
    return hex(p[1]) << 4 | hex(p[2]);
}

/* One word from *s to *to, with its NUL. Quotes may begin within a word: caller="a b". */
static int take_word(const char **s, char **to)
{
    bool quoted = false;
    const char *p = *s;
    for (; *p != '\0' && (quoted || (*p != ' ' && *p != '\t')); p++) {
        int c = (unsigned char)*p;
        if (c == '"') {
            quoted = !quoted;
            continue;
        }
        if (quoted && c == '\\') {
            p++;
            c = unescape(&p);
            p--;
        }
        if (c <= 0)
            return -EINVAL;
        *(*to)++ = (char)(unsigned char)c;
    }
    *(*to)++ = '\0';
    *s = p;
    return quoted ? -EINVAL : 0;
}

/* Splits into `words`, which point into `buffer` (as long as the line with its NUL, plus one). */
static int split(const char *line, char *buffer, char *words[static WORDS_MAX])
{
    int n = 0;
    for (;;) {
        line += strspn(line, " \t");
        if (*line == '\0' || *line == '#')
            return n;
        if (n == (int)WORDS_MAX)
            return -E2BIG;
        words[n++] = buffer;
        int r = take_word(&line, &buffer);
        if (r < 0)
            return r;
    }
}

static bool parse_state(const char *name, enum driver_session_state *ret)
{
    static const char *const names[] = {[DRIVER_SESSION_CONNECTING] = "connecting",
                                        [DRIVER_SESSION_AUTHENTICATING] = "authenticating",
                                        [DRIVER_SESSION_CALLING_BACK] = "calling-back",
                                        [DRIVER_SESSION_CONNECTED] = "connected",
                                        [DRIVER_SESSION_DISCONNECTING] = "disconnecting"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (strcmp(names[i], name) == 0) {
            *ret = (enum driver_session_state)i;
            return true;
        }
    }
    return false;
}

static bool parse_number(const char *s, uint64_t *ret)
{
    char *end;
    errno = 0;
    *ret = strtoull(s, &end, 10);
    return *s >= '0' && *s <= '9' && *end == '\0' && errno == 0;
}

/* ---- commands: words[0] is the command ---- */

static const char *value_of(const char *word, const char *name)
{
    size_t n = strlen(name);
    return strncmp(word, name, n) == 0 && word[n] == '=' ? word + n + 1 : NULL;
}

static int do_connect(struct sim *sim, char **words, int n)
{
    struct sim_birth birth = {.user = words[1]};
    enum driver_session_state state;
    uint64_t start;
    for (int i = 2; i < n; i++) {
        const char *v;
        if ((v = value_of(words[i], "id")) && *v != '\0' && strlen(v) <= DRIVER_ID_MAX) {
            birth.id = v;
        } else if ((v = value_of(words[i], "bundle"))) {
            birth.bundle = v;
        } else if ((v = value_of(words[i], "caller"))) {
            birth.caller = v;
        } else if ((v = value_of(words[i], "auth"))) {
            birth.auth = v;
        } else if ((v = value_of(words[i], "quarantine")) && strcmp(v, "yes") == 0) {
            birth.quarantined = true;
        } else if ((v = value_of(words[i], "start")) && parse_number(v, &start) && start <= INT64_MAX) {
            birth.start = (int64_t)start;
        } else if ((v = value_of(words[i], "state")) && parse_state(v, &state)) {
            birth.state = &state;
        } else {
            return -EINVAL;
        }
    }
    return sim_connect(sim, &birth);
}

static int do_drop(struct sim *sim, char **words, int n)
{
    struct sim_session *s = sim_find_user(sim, words[1]);
    (void)n;
    if (!s)
        return -ENOENT;
    sim_end(sim, s, "left", DRIVER_TOLD_NOTHING);
    return 0;
}

static int do_swap(struct sim *sim, char **words, int n)
{
    (void)n;
    return sim_swap(sim, words[1], words[2]);
}

static int do_state(struct sim *sim, char **words, int n)
{
    struct sim_session *s = sim_find_user(sim, words[1]);
    (void)n;
    if (!s)
        return -ENOENT;
    return parse_state(words[2], &s->state) ? sim_report(s) : -EINVAL;
}

static int do_quarantine(struct sim *sim, char **words, int n)
{
    struct sim_session *s = sim_find_user(sim, words[1]);
    bool on = strcmp(words[2], "yes") == 0;
    (void)n;
    if (!s)
        return -ENOENT;
    if (!on && strcmp(words[2], "no") != 0)
        return -EINVAL;
    s->quarantined = on;
    return sim_report(s);
}

static int do_bytes(struct sim *sim, char **words, int n)
{
    struct sim_session *s = sim_find_user(sim, words[1]);
    uint64_t in, out;
    (void)n;
    if (!s)
        return -ENOENT;
    if (!parse_number(words[2], &in) || !parse_number(words[3], &out) || in > INT64_MAX || out > INT64_MAX)
        return -EINVAL;
    s->counters.bytes_in = in;
    s->counters.bytes_out = out;
    int r = sim_report(s);
    driver_flush_counters(s->link->driver);
    return r;
}

static int do_users(struct sim *sim, char **words, int n)
{
    uint64_t users;
    (void)n;
    return parse_number(words[1], &users) && users <= UINT32_MAX ? sim_populate(sim, (uint32_t)users) : -EINVAL;
}

static int do_churn(struct sim *sim, char **words, int n)
{
    char *end;
    double rate = strtod(words[1], &end);
    (void)n;
    if (*end != '\0' || !(rate >= 0 && rate <= 1e6))
        return -EINVAL;
    sim_set_churn(sim, rate);
    return 0;
}

static int do_tick(struct sim *sim, char **words, int n)
{
    uint64_t ms;
    (void)n;
    int r = text_parse_duration(words[1], &ms);
    if (r == 0)
        sim_set_tick(sim, ms);
    return r;
}

/* behave down TEXT, behave degraded TEXT, behave ok */
static int do_health(struct sim *sim, char **words, int n)
{
    static const char *const names[] = {
        [SIM_HEALTH_OK] = "ok", [SIM_HEALTH_DEGRADED] = "degraded", [SIM_HEALTH_DOWN] = "down"};
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (strcmp(names[i], words[1]) != 0)
            continue;
        if (n != (i == SIM_HEALTH_OK ? 2 : 3))
            return -EINVAL;
        return sim_set_health(sim, (enum sim_health)i, i == SIM_HEALTH_OK ? NULL : words[2]);
    }
    return -ENOENT;
}

static int do_keep_outs(struct sim *sim, char **words, int n)
{
    enum sim_keep_outs how;
    (void)n;
    if (!sim_keep_outs_by_name(words[1], &how) || how == SIM_KEEP_OUTS_NONE ||
        sim->options.keep_outs == SIM_KEEP_OUTS_NONE)
        return -EINVAL;
    sim_set_keep_outs(sim, how);
    return 0;
}

/* behave MODE [ARG] [for USER] [once] */
static int do_behave(struct sim *sim, char **words, int n)
{
    struct sim_behaviour b = {0};
    const char *text = NULL, *user = NULL;
    int i = 2, r = do_health(sim, words, n);
    if (r != -ENOENT)
        return r;
    r = 0;
    if (!sim_mode_by_name(words[1], &b.mode))
        return -EINVAL;
    bool needs_arg = sim_mode_has_text(b.mode) || sim_mode_has_duration(b.mode);
    if (needs_arg && i == n)
        return -EINVAL;
    if (sim_mode_has_text(b.mode))
        text = words[i++];
    else if (sim_mode_has_duration(b.mode))
        r = text_parse_duration(words[i++], &b.ms);
    for (; r == 0 && i < n; i++) {
        if (strcmp(words[i], "once") == 0)
            b.once = true;
        else if (strcmp(words[i], "for") == 0 && i + 1 < n)
            user = words[++i];
        else
            r = -EINVAL;
    }
    if (r < 0)
        return r;
    b.text = text ? strdup(text) : NULL;
    b.user = user ? strdup(user) : NULL;
    if ((text && !b.text) || (user && !b.user)) {
        free(b.text);
        free(b.user);
        return -ENOMEM;
    }
    return sim_behave(sim, b);
}

static int do_release(struct sim *sim, char **words, int n)
{
    (void)words;
    (void)n;
    return sim_release(sim) > 0 ? 0 : -ENOENT;
}

static int do_disconnect_driver(struct sim *sim, char **words, int n)
{
    (void)words;
    (void)n;
    sim_set_online(sim, false);
    return 0;
}

static int do_connect_driver(struct sim *sim, char **words, int n)
{
    (void)words;
    (void)n;
    sim_set_online(sim, true);
    return 0;
}

/* The link to misuse: the user's, or the one that there is. */
static struct sim_link *link_for(struct sim *sim, char **words, int n)
{
    struct sim_session *s = n > 1 ? sim_find_user(sim, words[1]) : sim->count > 0 ? sim->all[0] : NULL;
    return s ? s->link : n > 1 ? NULL : sim->shared;
}

static int do_garbage(struct sim *sim, char **words, int n)
{
    struct sim_link *link = link_for(sim, words, n);
    if (!link)
        return -ENOENT;
    sim_send_garbage(link);
    return 0;
}

static int do_overlong(struct sim *sim, char **words, int n)
{
    struct sim_link *link = link_for(sim, words, n);
    char line[20000];
    if (!link)
        return -ENOENT;
    memset(line, ' ', sizeof(line));
    line[0] = '{';
    return write(driver_fd(link->driver), line, sizeof(line)) < 0 ? -errno : 0;
}

static int do_hang(struct sim *sim, char **words, int n)
{
    uint64_t ms;
    (void)sim;
    (void)n;
    int r = text_parse_duration(words[1], &ms);
    if (r == 0)
        sim_hang(ms);
    return r;
}

static int do_die(struct sim *sim, char **words, int n)
{
    (void)sim;
    (void)words;
    (void)n;
    _exit(3);
}

static int do_list(struct sim *sim, char **words, int n)
{
    char user[128];
    (void)words;
    (void)n;
    for (size_t i = 0; i < sim->count; i++) {
        const struct sim_session *s = sim->all[i];
        sim_event(sim, "session %s %lld %s", s->id, (long long)s->start, text_escape_z(user, sizeof(user), s->user));
    }
    return 0;
}

static int do_sleep(struct sim *sim, char **words, int n)
{
    uint64_t ms;
    (void)n;
    int r = text_parse_duration(words[1], &ms);
    if (r == 0)
        sim_script_sleep(sim, ms);
    return r;
}

static int do_wait(struct sim *sim, char **words, int n)
{
    (void)n;
    return sim_script_wait(sim, words[1]);
}

static int do_quit(struct sim *sim, char **words, int n)
{
    (void)words;
    (void)n;
    sim_stop(sim);
    return 0;
}

static const struct {
    const char *name;
    int min, max; /* words that follow */
    int (*run)(struct sim *sim, char **words, int n);
} commands[] = {
    {"connect", 1, 8, do_connect},
    {"drop", 1, 1, do_drop},
    {"swap", 2, 2, do_swap},
    {"state", 2, 2, do_state},
    {"quarantine", 2, 2, do_quarantine},
    {"bytes", 3, 3, do_bytes},
    {"users", 1, 1, do_users},
    {"churn", 1, 1, do_churn},
    {"tick", 1, 1, do_tick},
    {"behave", 1, 5, do_behave},
    {"keep-outs", 1, 1, do_keep_outs},
    {"release", 0, 0, do_release},
    {"disconnect-driver", 0, 0, do_disconnect_driver},
    {"connect-driver", 0, 0, do_connect_driver},
    {"garbage", 0, 1, do_garbage},
    {"overlong", 0, 1, do_overlong},
    {"hang", 1, 1, do_hang},
    {"die", 0, 0, do_die},
    {"list", 0, 0, do_list},
    {"sleep", 1, 1, do_sleep},
    {"wait", 1, 1, do_wait},
    {"quit", 0, 0, do_quit},
};

static int run(struct sim *sim, char **words, int n)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
        if (strcmp(commands[i].name, words[0]) != 0)
            continue;
        if (n - 1 < commands[i].min || n - 1 > commands[i].max)
            return -EINVAL;
        return commands[i].run(sim, words, n);
    }
    return -ENOSYS;
}

int sim_command(struct sim *sim, const char *line, char error[static SIM_ERROR_MAX])
{
    char buffer[LINE_MAX_LOCAL + 1], *words[WORDS_MAX], shown[64];
    if (strlen(line) >= LINE_MAX_LOCAL) {
        snprintf(error, SIM_ERROR_MAX, "the line is too long");
        return -EMSGSIZE;
    }
    int n = split(line, buffer, words);
    if (n == 0)
        return 0;
    int r = n < 0 ? n : run(sim, words, n);
    if (r < 0)
        snprintf(error, SIM_ERROR_MAX, "%s: %s", n > 0 ? text_escape_z(shown, sizeof(shown), words[0]) : "line",
                 r == -ENOSYS      ? "no such command"
                 : r == -EINVAL    ? "wrong use, see --help"
                 : r == -ENOENT    ? "there is none"
                 : r == -ENOSPC    ? "no port is free"
                 : r == -EACCES    ? "the user is kept out"
                 : r == -EHOSTDOWN ? "it is not known whether the user may come in"
                                   : strerror(-r));
    return r;
}
