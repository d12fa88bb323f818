# SPDX-License-Identifier: Apache-2.0
"""Other files in the place of the system's, for one program only: in a mount namespace of its own. Needs root."""
import shlex


def covered(files, *argv):
    """The command, with each path of `files` covered by the file that is given for it."""
    mounts = " && ".join(f"mount --bind {shlex.quote(ours)} {shlex.quote(path)}" for path, ours in files.items())
    return ["unshare", "--mount", "sh", "-c", mounts + ' && exec "$@"', "sh", *argv]
