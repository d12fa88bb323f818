/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/common/settings.h"

#include <errno.h>
#include <ini.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"

#define WORDS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

static const struct setting common_settings[] = {
    {"ports", 'n', SETTING_COUNT, offsetof(struct settings_common, ports), 0, SETTINGS_PORTS_MAX, "N",
     "Number of ports, best the same as the daemon's limit; 0: as many as needed"},
    {"max-ports", 'N', SETTING_COUNT, offsetof(struct settings_common, max_ports), 0, SETTINGS_PORTS_MAX, "N",
     "At most so many ports, when they are made as needed"},
    {"port-prefix", 'x', SETTING_WORD, offsetof(struct settings_common, port_prefix), 1, 10, "WORD",
     "Name the ports WORD-1, WORD-2, ..."},
    {"device-name", 'd', SETTING_TEXT, offsetof(struct settings_common, device_name), 1, SETTINGS_TEXT_MAX - 1, "TEXT",
     "What people call this server"},
    {"socket", 's', SETTING_PATH, offsetof(struct settings_common, socket), 1, SETTINGS_PATH_MAX - 1, "PATH", NULL},
    {"instance", 'i', SETTING_WORD, offsetof(struct settings_common, instance), 1, 32, "NAME", NULL},
};
#define COMMON (sizeof(common_settings) / sizeof(common_settings[0]))

/* The driver's own, then those that every driver has. */
static const struct setting *nth(const struct settings *s, size_t i)
{
    if (i < s->count)
        return &s->list[i];
    return i - s->count < COMMON ? &common_settings[i - s->count] : NULL;
}

static void *field(void *values, const struct setting *s)
{
    return (char *)values + s->offset;
}

/* ---- one value ---- */

static const char *wrong_text(const struct setting *s, const char *value)
{
    size_t n = strlen(value);
    if (n < s->min || n > s->max)
        return n == 0 ? "must not be empty" : "too long";
    if (s->type == SETTING_WORD && strspn(value, WORDS) != n)
        return "only letters, digits, - and _ are allowed";
    if (s->type == SETTING_PATH && value[0] != '/')
        return "must be an absolute path";
    return text_is_utf8(value, n) ? NULL : "is not UTF-8";
}

static int parse_count(const char *value, uint64_t *ret)
{
    char *end;
    if (value[0] < '0' || value[0] > '9')
        return -EINVAL;
    errno = 0;
    unsigned long long v = strtoull(value, &end, 10);
    if (errno || *end)
        return -EINVAL;
    *ret = v;
    return 0;
}

static int set(void *values, const struct setting *s, const char *value, const char **ret_why)
{
    uint64_t v;
    if (s->type == SETTING_COUNT || s->type == SETTING_DURATION) {
        bool duration = s->type == SETTING_DURATION;
        int r = duration ? text_parse_duration(value, &v) : parse_count(value, &v);
        if (r < 0 || v < s->min || v > s->max) {
            *ret_why = duration ? "must be a time like 500ms or 2s, within sensible bounds"
                                : "must be a number, within sensible bounds";
            return -EINVAL;
        }
        *(uint32_t *)field(values, s) = (uint32_t)v;
        return 0;
    }
    const char *wrong = wrong_text(s, value);
    if (wrong) {
        *ret_why = wrong;
        return -EINVAL;
    }
    memcpy(field(values, s), value, strlen(value) + 1);
    return 0;
}

int settings_set(const struct settings *s, void *values, const char *name, const char *value, const char **ret_why)
{
    const struct setting *one;
    for (size_t i = 0; (one = nth(s, i)); i++)
        if (strcmp(one->name, name) == 0)
            return set(values, one, value, ret_why);
    *ret_why = "no such setting";
    return -ENOENT;
}

/* ---- the file ---- */

struct file {
    const struct settings *settings;
    void *values;
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
    if (strcmp(section, f->settings->section) != 0)
        complain(f, section, "no such section");
    else if (settings_set(f->settings, f->values, name, value ? value : "", &why) < 0)
        complain(f, name, why);
    return 1;
}

/* How many complaints it has printed. */
static unsigned read_file(const struct settings *s, void *values, const char *path)
{
    struct file f = {.settings = s, .values = values, .path = path, .stream = fopen(path, "re")};
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
    {"config", 'c', "FILE", 0, "Read settings from FILE, named as the options are", 0},
    {"check-config", KEY_CHECK, NULL, 0, "Say whether the settings are good, and end", 0},
};
#define FIXED_OPTIONS (sizeof(fixed_options) / sizeof(fixed_options[0]))

/* Options are looked at twice: first for the file, then for what wins over it. */
struct parsing {
    const struct settings *settings;
    struct settings_common *values;
    const char *file;
    bool second;
};

static error_t on_option(int key, char *arg, struct argp_state *state)
{
    struct parsing *p = state->input;
    const struct setting *one;
    const char *why = NULL;
    if (key == ARGP_KEY_INIT) {
        state->child_inputs[0] = &p->values->options;
        return 0;
    }
    if (key == 'c') {
        p->file = arg;
        return 0;
    }
    if (key == KEY_CHECK) {
        p->values->options.check_only = true;
        return 0;
    }
    for (size_t i = 0; (one = nth(p->settings, i)); i++) {
        if (one->key == key && one->help) {
            if (p->second && set(p->values, one, arg, &why) < 0)
                argp_error(state, "--%s: %s", one->name, why);
            return 0;
        }
    }
    return ARGP_ERR_UNKNOWN;
}

static void list_options(const struct settings *s, struct argp_option *to)
{
    const struct setting *one;
    memcpy(to, fixed_options, sizeof(fixed_options));
    to += FIXED_OPTIONS;
    for (size_t i = 0; (one = nth(s, i)); i++)
        if (one->help) /* the others are options that every program has */
            *to++ = (struct argp_option){one->name, one->key, one->argument, 0, one->help, 0};
    *to = (struct argp_option){0};
}

/* What every program has, told by an option or by the file. */
static void take_common(const struct settings *s, struct settings_common *c, const char **ret_why)
{
    const char *socket = c->options.socket, *instance = c->options.instance;
    if (socket && settings_set(s, c, "socket", socket, ret_why) < 0)
        return;
    if (instance && settings_set(s, c, "instance", instance, ret_why) < 0)
        return;
    c->options.socket = c->socket;
    c->options.instance = c->instance;
}

static void defaults(struct settings_common *c)
{
    *c = (struct settings_common){.options.log_level = LOG_LEVEL_INFO};
    snprintf(c->instance, sizeof(c->instance), "main");
    snprintf(c->socket, sizeof(c->socket), "%s", DRIVER_SOCKET);
}

void settings_parse(const struct settings *s, void *values, int argc, char **argv)
{
    struct argp_option options[FIXED_OPTIONS + SETTINGS_MAX + COMMON + 1];
    const struct argp_child children[] = {{&driver_argp, 0, "Common options:", 1}, {0}};
    const struct argp argp = {.options = options, .parser = on_option, .doc = s->doc, .children = children};
    struct settings_common *common = values;
    struct parsing p = {.settings = s, .values = common};
    const char *why = NULL;
    argp_err_exit_status = 2;
    list_options(s, options);
    defaults(common);
    argp_parse(&argp, argc, argv, 0, NULL, &p);
    if (p.file && read_file(s, values, p.file) > 0)
        exit(EXIT_FAILURE);
    common->options.log_level = LOG_LEVEL_INFO;
    p.second = true;
    argp_parse(&argp, argc, argv, 0, NULL, &p);
    take_common(s, common, &why);
    if (!why && s->check)
        why = s->check(values);
    if (why) {
        fprintf(stderr, "%s: %s\n", argv[0], why);
        exit(2);
    }
}

struct driver_config settings_driver_config(const struct settings_common *c)
{
    return (struct driver_config){
        .socket = c->options.socket,
        .kind = DRIVER_DAEMON,
        .instance = c->options.instance,
        .device_name = c->device_name[0] ? c->device_name : NULL,
        .port_prefix = c->port_prefix[0] ? c->port_prefix : NULL,
        .ports = c->ports,
        .max_ports = c->max_ports,
    };
}
