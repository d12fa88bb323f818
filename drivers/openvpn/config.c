/* SPDX-License-Identifier: Apache-2.0 */
#include "drivers/openvpn/config.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "drivers/openvpn/mgmt.h"

#define AT(member) offsetof(struct config, member)

static const struct setting list[] = {
    {"management", 'm', SETTING_PATH, AT(management), 1, SETTINGS_PATH_MAX - 1, "PATH",
     "Unix socket of openvpn's management interface"},
    {"password-file", 'w', SETTING_PATH, AT(password_file), 1, CONFIG_PATH_MAX - 1, "PATH",
     "File with the password of that socket, if it has one"},
    {"poll", 'p', SETTING_DURATION, AT(poll_ms), 100, 60000, "TIME",
     "How often openvpn is asked who is there (default: 1s)"},
    {"busy-poll", 'b', SETTING_DURATION, AT(busy_poll_ms), 10, 60000, "TIME",
     "The same while a user is being disconnected (default: 100ms)"},
    {"grace", 'g', SETTING_DURATION, AT(grace_ms), 0, 4000, "TIME",
     "How long a disconnected client may take to leave by itself (default: 300ms)"},
    {"command-timeout", 't', SETTING_DURATION, AT(command_ms), 100, 60000, "TIME",
     "How soon openvpn must answer (default: 5s)"},
    {"client-auth", 'a', SETTING_WORD, AT(client_auth), 1, 16, "WHOM",
     "With management-client-auth of openvpn, let in those with a `certificate', or those whose `password' openvpn's "
     "plugin or script checks; and turn away who is kept out, or may not dial in (default: off)"},
    {"no-answer", 'A', SETTING_WORD, AT(no_answer), 1, 16, "HOW",
     "With --client-auth, what becomes of a user while rrasd does not say whether he may dial in: permit (default) or "
     "refuse"},
};

static const char *check_no_answer(struct config *c)
{
    c->refuse_unanswered = strcmp(c->no_answer, "refuse") == 0;
    if (c->refuse_unanswered || strcmp(c->no_answer, "permit") == 0)
        return NULL;
    return "no-answer must be permit or refuse";
}

static const char *check(void *values)
{
    static const char *const modes[] = {
        [LOGON_OFF] = "off", [LOGON_CERTIFICATE] = "certificate", [LOGON_PASSWORD] = "password"};
    struct config *c = values;
    if (!c->management[0])
        return "--management is missing: openvpn's management socket";
    for (unsigned i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
        if (strcmp(c->client_auth, modes[i]) == 0) {
            c->logon = i;
            return check_no_answer(c);
        }
    }
    return "client-auth must be off, certificate or password";
}

static const struct settings settings = {
    .section = "rras-openvpn",
    .doc = "Shows the users of an OpenVPN server to rrasd, and disconnects them when rrasd asks for it.",
    .list = list,
    .count = sizeof(list) / sizeof(list[0]),
    .check = check,
};

void config_parse(struct config *c, int argc, char **argv)
{
    *c = (struct config){.poll_ms = 1000,
                         .busy_poll_ms = 100,
                         .grace_ms = 300,
                         .command_ms = 5000,
                         .client_auth = "off",
                         .no_answer = "permit"};
    settings_parse(&settings, c, argc, argv);
}

int config_set(struct config *c, const char *name, const char *value, const char **ret_why)
{
    return settings_set(&settings, c, name, value, ret_why);
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
