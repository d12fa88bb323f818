/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/openvpn/config.h"

#include <errno.h>
#include <fcntl.h>
#include <ini.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/text.h"
#include "drivers/openvpn/mgmt.h"

#define SECTION   "rras-openvpn"
#define PORTS_MAX 1000000u
#define WORDS     "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

enum setting_type {
    SETTING_PATH,
    SETTING_WORD, /* letters, digits, - and _ */
    SETTING_TEXT,
    SETTING_COUNT,
    SETTING_DURATION,
};

/* The names are those of the options as well. */
static const struct setting {
    const char *name;
    int key; /* of the option */
    enum setting_type type;
    size_t offset;
    uint32_t min, max; /* of a count, of milliseconds, or of a text's bytes */
    const char *argument, *help;
} settings[] = {
    {"management", 'm', SETTING_PATH, offsetof(struct config, management), 1, 107, "PATH",
     "Unix socket of openvpn's management interface"},
    {"password-file", 'w', SETTING_PATH, offsetof(struct config, password_file), 1, CONFIG_PATH_MAX - 1, "PATH",
     "File with the password of that socket, if it has one"},
    {"ports", 'n', SETTING_COUNT, offsetof(struct config, ports), 0, PORTS_MAX, "N",
     "Number of ports, best the same as openvpn's max-clients; 0: as many as needed"},
    {"max-ports", 'N', SETTING_COUNT, offsetof(struct config, max_ports), 0, PORTS_MAX, "N",
     "At most so many ports, when they are made as needed"},
    {"port-prefix", 'x', SETTING_WORD, offsetof(struct config, port_prefix), 1, 10, "WORD",
     "Name the ports WORD-1, WORD-2, ..."},
    {"device-name", 'd', SETTING_TEXT, offsetof(struct config, device_name), 1, CONFIG_TEXT_MAX - 1, "TEXT",
     "What people call this server"},
    {"poll", 'p', SETTING_DURATION, offsetof(struct config, poll_ms), 100, 60000, "TIME",
     "How often openvpn is asked who is there (default: 1s)"},
    {"busy-poll", 'b', SETTING_DURATION, offsetof(struct config, busy_poll_ms), 10, 60000, "TIME",
     "The same while a user is being disconnected (default: 100ms)"},
    {"grace", 'g', SETTING_DURATION, offsetof(struct config, grace_ms), 0, 4000, "TIME",
     "How long a disconnected client may take to leave by itself (default: 300ms)"},
    {"command-timeout", 't', SETTING_DURATION, offsetof(struct config, command_ms), 100, 60000, "TIME",
     "How soon openvpn must answer (default: 5s)"},
    {"socket", 's', SETTING_PATH, offsetof(struct config, socket), 1, 107, "PATH", NULL},
    {"instance", 'i', SETTING_WORD, offsetof(struct config, instance), 1, 32, "NAME", NULL},
};
#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

static void *field(struct config *c, const struct setting *s)
{
    return (char *)c + s->offset;
}

static int set_text(struct config *c, const struct setting *s, const char *value, const char **ret_why)
{
    size_t n = strlen(value);
    if (n < s->min || n > s->max) {
        *ret_why = n == 0 ? "must not be empty" : "too long";
        return -EINVAL;
    }
    if (s->type == SETTING_WORD && strspn(value, WORDS) != n) {
        *ret_why = "only letters, digits, - and _ are allowed";
        return -EINVAL;
    }
    if (s->type == SETTING_PATH && value[0] != '/') {
        *ret_why = "must be an absolute path";
        return -EINVAL;
    }
    if (!text_is_utf8(value, n)) {
        *ret_why = "is not UTF-8";
        return -EINVAL;
    }
    memcpy(field(c, s), value, n + 1);
    return 0;
}

static int set_number(struct config *c, const struct setting *s, const char *value, const char **ret_why)
{
    uint64_t v;
    bool duration = s->type == SETTING_DURATION;
    int r = duration ? text_parse_duration(value, &v) : slice_number(slice_of(value), UINT32_MAX, &v);
    if (r < 0 || v < s->min || v > s->max) {
        *ret_why =
            duration ? "must be a time like 500ms or 2s, within sensible bounds" : "must be a number up to 1000000";
        return -EINVAL;
    }
    *(uint32_t *)field(c, s) = (uint32_t)v;
    return 0;
}

static int set(struct config *c, const struct setting *s, const char *value, const char **ret_why)
{
    return s->type == SETTING_COUNT || s->type == SETTING_DURATION ? set_number(c, s, value, ret_why)
                                                                   : set_text(c, s, value, ret_why);
}

int config_set(struct config *c, const char *name, const char *value, const char **ret_why)
{
    for (size_t i = 0; i < SETTINGS; i++)
        if (strcmp(settings[i].name, name) == 0)
            return set(c, &settings[i], value, ret_why);
    *ret_why = "no such setting";
    return -ENOENT;
}

/* ---- the file ---- */

struct file {
    struct config *config;
    const char *path;
    FILE *stream;
    unsigned line;
    unsigned complaints;
};

static void complain(struct file *f, const char *name, const char *why)
{
    char shown[64];
    text_escape_z(shown, sizeof(shown), name);
    fprintf(stderr, "%s:%u: %s: %s\n", f->path, f->line, shown, why);
    f->complaints++;
}

/* inih calls for each line before it calls for what stands in it: this is how the line's number is known. */
static char *next_line(char *dst, int size, void *stream)
{
    struct file *f = stream;
    char *line = fgets(dst, size, f->stream);
    if (!line)
        return NULL;
    f->line++;
    size_t n = strlen(line);
    if (n + 1 == (size_t)size && line[n - 1] != '\n') {
        complain(f, "line", "too long");
        int c;
        do
            c = fgetc(f->stream);
        while (c != EOF && c != '\n');
        line[0] = '\0';
    }
    return line;
}

static int on_setting(void *user, const char *section, const char *name, const char *value)
{
    struct file *f = user;
    const char *why = NULL;
    if (strcmp(section, SECTION) != 0)
        complain(f, section, "no such section, only [" SECTION "]");
    else if (config_set(f->config, name, value ? value : "", &why) < 0)
        complain(f, name, why);
    return 1;
}

/* How many complaints it has printed. */
static unsigned read_file(struct config *c, const char *path)
{
    struct file f = {.config = c, .path = path, .stream = fopen(path, "re")};
    if (!f.stream) {
        complain(&f, "open", strerror(errno));
        return f.complaints;
    }
    int r = ini_parse_stream(next_line, &f, on_setting, &f);
    if (r > 0 && f.complaints == 0) {
        f.line = (unsigned)r;
        complain(&f, "syntax", "neither [section] nor name = value");
    } else if (r < 0 || ferror(f.stream)) {
        complain(&f, "read", r < 0 ? "out of memory" : strerror(EIO));
    }
    fclose(f.stream);
    return f.complaints;
}

/* ---- the command line ---- */

enum {
    KEY_CHECK = 0x100,
};

static const struct argp_option fixed_options[] = {
    {"config", 'c', "FILE", 0, "Read settings from FILE, section [" SECTION "], named as the options are", 0},
    {"check-config", KEY_CHECK, NULL, 0, "Say whether the settings are good, and end", 0},
};
#define FIXED_OPTIONS (sizeof(fixed_options) / sizeof(fixed_options[0]))

/* Options are looked at twice: first for the file, then for what wins over it. */
struct parsing {
    struct config *config;
    const char *file;
    bool second;
};

static error_t on_option(int key, char *arg, struct argp_state *state)
{
    struct parsing *p = state->input;
    const char *why = NULL;
    if (key == ARGP_KEY_INIT) {
        state->child_inputs[0] = &p->config->common;
        return 0;
    }
    if (key == 'c') {
        p->file = arg;
        return 0;
    }
    if (key == KEY_CHECK) {
        p->config->check_only = true;
        return 0;
    }
    for (size_t i = 0; i < SETTINGS; i++) {
        if (settings[i].key == key && settings[i].help) {
            if (p->second && set(p->config, &settings[i], arg, &why) < 0)
                argp_error(state, "--%s: %s", settings[i].name, why);
            return 0;
        }
    }
    return ARGP_ERR_UNKNOWN;
}

static void list_options(struct argp_option *to)
{
    memcpy(to, fixed_options, sizeof(fixed_options));
    to += FIXED_OPTIONS;
    for (size_t i = 0; i < SETTINGS; i++) {
        const struct setting *s = &settings[i];
        if (s->help) /* the others are options that every driver has */
            *to++ = (struct argp_option){s->name, s->key, s->argument, 0, s->help, 0};
    }
    *to = (struct argp_option){0};
}

/* What every driver has, told by an option or by the file. */
static void take_common(struct config *c, const char **ret_why)
{
    const char *socket = c->common.socket, *instance = c->common.instance;
    if (socket && config_set(c, "socket", socket, ret_why) < 0)
        return;
    if (instance && config_set(c, "instance", instance, ret_why) < 0)
        return;
    c->common.socket = c->socket;
    c->common.instance = c->instance;
}

static void defaults(struct config *c)
{
    *c = (struct config){.poll_ms = 1000, .busy_poll_ms = 100, .grace_ms = 300, .command_ms = 5000};
    c->common.log_level = LOG_LEVEL_INFO;
    snprintf(c->instance, sizeof(c->instance), "main");
    snprintf(c->socket, sizeof(c->socket), "%s", DRIVER_SOCKET);
}

void config_parse(struct config *c, int argc, char **argv)
{
    struct argp_option options[FIXED_OPTIONS + SETTINGS + 1];
    const struct argp_child children[] = {{&driver_argp, 0, "Common options:", 1}, {0}};
    const struct argp argp = {
        .options = options,
        .parser = on_option,
        .doc = "Shows the users of an OpenVPN server to rrasd, and disconnects them when rrasd asks for it.",
        .children = children,
    };
    struct parsing p = {.config = c};
    const char *why = NULL;
    argp_err_exit_status = 2;
    list_options(options);
    defaults(c);
    argp_parse(&argp, argc, argv, 0, NULL, &p);
    if (p.file && read_file(c, p.file) > 0)
        exit(EXIT_FAILURE);
    c->common.log_level = LOG_LEVEL_INFO;
    p.second = true;
    argp_parse(&argp, argc, argv, 0, NULL, &p);
    take_common(c, &why);
    if (!why && !c->management[0])
        why = "--management is missing: openvpn's management socket";
    if (why) {
        fprintf(stderr, "%s: %s\n", argv[0], why);
        exit(2);
    }
}

/* ---- the password ---- */

static int read_line(int fd, char **ret)
{
    char buffer[MGMT_COMMAND_MAX + 1];
    ssize_t n = read(fd, buffer, sizeof(buffer) - 1);
    if (n < 0)
        return -errno;
    buffer[n] = '\0';
    size_t len = strcspn(buffer, "\r\n");
    int r = -EINVAL;
    if (len > 0 && len < MGMT_COMMAND_MAX) {
        buffer[len] = '\0';
        char *line = strdup(buffer);
        r = line ? 0 : -ENOMEM;
        if (line)
            *ret = line;
    }
    explicit_bzero(buffer, sizeof(buffer));
    return r;
}

int config_read_password(const struct config *c, char **ret)
{
    struct stat st;
    if (!c->password_file[0]) {
        *ret = NULL;
        return 0;
    }
    int fd = open(c->password_file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0)
        return -errno;
    int r = fstat(fd, &st) < 0 ? -errno : 0;
    if (r == 0 && (!S_ISREG(st.st_mode) || (st.st_mode & 077) || (st.st_uid != 0 && st.st_uid != geteuid())))
        r = -EPERM;
    if (r == 0)
        r = read_line(fd, ret);
    close(fd);
    return r;
}
