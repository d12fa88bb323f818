/* SPDX-License-Identifier: Apache-2.0 */
#include "rrasd/users_ldap_password.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define OTHERS_MAY (S_IWGRP | S_IXGRP | S_IRWXO) /* what nobody but the owner may; the group may read */

/* What speaks against the file, or NULL. */
static const char *file_wrong(const struct stat *st)
{
    if (!S_ISREG(st->st_mode))
        return "is no file";
    if (st->st_uid != 0 && st->st_uid != geteuid())
        return "must belong to root or to the user that rrasd runs as";
    if (st->st_mode & OTHERS_MAY)
        return "must not be readable or writable by others: chmod 640";
    return NULL;
}

/* To the end of the file, or until `max` bytes are there. */
static ssize_t read_all(int fd, char *dst, size_t max)
{
    size_t n = 0;
    while (n < max) {
        ssize_t r = read(fd, dst + n, max - n);
        if (r < 0)
            return -errno;
        if (r == 0)
            break;
        n += (size_t)r;
    }
    return (ssize_t)n;
}

/* One byte more than a password may have is asked for, so that an overlong one is seen; what is read is wiped when it
 * is none. */
static int take(int fd, const char *path, char ret[static USERS_LDAP_PASSWORD_MAX], size_t *n,
                char why[static USERS_WHY_MAX])
{
    char buf[USERS_LDAP_PASSWORD_MAX + 2]; /* a line feed, and a byte too much */
    ssize_t r = read_all(fd, buf, sizeof buf);
    if (r > 0 && buf[r - 1] == '\n')
        r--;
    bool fits = r > 0 && (size_t)r <= USERS_LDAP_PASSWORD_MAX;
    if (r < 0)
        snprintf(why, USERS_WHY_MAX, "ldap_password_file %s can't be read: %s", path, strerror((int)-r));
    else if (!fits)
        snprintf(why, USERS_WHY_MAX, "ldap_password_file %s must have a password of 1 to %u bytes", path,
                 USERS_LDAP_PASSWORD_MAX);
    if (fits) {
        memcpy(ret, buf, (size_t)r);
        *n = (size_t)r;
    }
    explicit_bzero(buf, sizeof buf);
    return fits ? 0 : -EACCES;
}

int users_ldap_password(const char *path, char ret[static USERS_LDAP_PASSWORD_MAX], size_t *n,
                        char why[static USERS_WHY_MAX])
{
    struct stat st;
    /* O_NONBLOCK: not even a pipe that nobody writes to may hold us up before we see what it is. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (fd < 0 || fstat(fd, &st) < 0) {
        snprintf(why, USERS_WHY_MAX, "ldap_password_file %s can't be opened: %s", path, strerror(errno));
        if (fd >= 0)
            close(fd);
        return -EACCES;
    }
    const char *wrong = file_wrong(&st);
    int r = -EACCES;
    if (wrong)
        snprintf(why, USERS_WHY_MAX, "ldap_password_file %s %s", path, wrong);
    else
        r = take(fd, path, ret, n, why);
    close(fd);
    return r;
}
