/* SPDX-License-Identifier: Apache-2.0 */
#include "libmprapi/smb_account.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define THE_FILE "the file that " SMB_CREDENTIALS " names "

static char *trimmed(char *s)
{
    while (isspace((unsigned char)*s))
        s++;
    for (size_t n = strlen(s); n > 0 && isspace((unsigned char)s[n - 1]); n--)
        s[n - 1] = '\0';
    return s;
}

static bool take_field(struct smb_account *a, const char *key, const char *value)
{
    char *field = strcmp(key, "username") == 0   ? a->user
                  : strcmp(key, "password") == 0 ? a->password
                  : strcmp(key, "domain") == 0   ? a->domain
                                                 : NULL;
    if (!field || strlen(value) >= SMB_FIELD_MAX)
        return false;
    strcpy(field, value);
    return true;
}

/* "key = value" lines. */
static bool parse(struct smb_account *a, char *text)
{
    char *rest = text, *line;
    while ((line = strsep(&rest, "\n")) != NULL) {
        line = trimmed(line);
        char *value = strchr(line, '=');
        if (*line == '\0' || *line == '#')
            continue;
        if (!value)
            return false;
        *value++ = '\0';
        if (!take_field(a, trimmed(line), trimmed(value)))
            return false;
    }
    return a->user[0] != '\0';
}

/* Why this file is not to be used, or NULL. */
static const char *look_at(int fd)
{
    struct stat st;
    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return THE_FILE "is no plain file";
    bool is_private = (st.st_uid == geteuid() || st.st_uid == 0) && (st.st_mode & 077) == 0;
    return is_private ? NULL : THE_FILE "may be read by others, or is somebody else's: chmod 600";
}

/* The whole of it. False when it is too long, has a NUL, or can't be read. */
static bool read_text(int fd, char text[static SMB_ACCOUNT_FILE_MAX])
{
    size_t n = 0;
    while (n < SMB_ACCOUNT_FILE_MAX) {
        ssize_t r = read(fd, text + n, SMB_ACCOUNT_FILE_MAX - n);
        if (r < 0 && errno == EINTR)
            continue;
        if (r < 0)
            return false;
        if (r == 0) {
            text[n] = '\0';
            return strlen(text) == n;
        }
        n += (size_t)r;
    }
    return false;
}

static int read_account(int fd, struct smb_account *ret, const char **why)
{
    char text[SMB_ACCOUNT_FILE_MAX] = "";
    struct smb_account a = {0};
    *why = look_at(fd);
    if (*why)
        return -EACCES;
    bool ok = read_text(fd, text) && parse(&a, text);
    if (ok)
        *ret = a;
    else
        *why = THE_FILE "does not say: username = NAME, password = WORD, domain = NAME";
    explicit_bzero(text, sizeof text);
    explicit_bzero(&a, sizeof a);
    return ok ? 0 : -EINVAL;
}

int smb_account_read(const char *path, struct smb_account *ret, const char **why)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0) {
        *why = THE_FILE "can't be opened";
        return -EACCES;
    }
    int r = read_account(fd, ret, why);
    close(fd);
    return r;
}
