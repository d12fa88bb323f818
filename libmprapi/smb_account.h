/* SPDX-License-Identifier: Apache-2.0 */
/*
 * As whom the module for named pipes logs on to smbd, where that is not by Kerberos: a file with a name and a password,
 * in the form of smbclient's --authentication-file.
 *
 *     username = NAME
 *     password = WORD
 *     domain = NAME       may be left out
 *
 * No thread, no state.
 */
#ifndef OPENRRAS_LIBMPRAPI_SMB_ACCOUNT_H
#define OPENRRAS_LIBMPRAPI_SMB_ACCOUNT_H

/* The environment variable that names it. */
#define SMB_CREDENTIALS      "OPENRRAS_SMB_CREDENTIALS"

#define SMB_FIELD_MAX        256u  /* with the NUL */
#define SMB_ACCOUNT_FILE_MAX 4096u /* a longer file is refused */

struct smb_account {
    char user[SMB_FIELD_MAX], password[SMB_FIELD_MAX], domain[SMB_FIELD_MAX];
};

/*
 * Read the file. 0; or negative errno, *why a sentence of ours, and nothing in *ret: -EACCES when it can't be opened,
 * is no plain file (what may block is never waited for), is somebody else's, or may be read by others; -EINVAL when
 * it says something else.
 */
int smb_account_read(const char *path, struct smb_account *ret, const char **why);

#endif
