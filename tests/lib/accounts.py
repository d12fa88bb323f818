# SPDX-License-Identifier: Apache-2.0
"""Users and groups that exist for one program only: its mount namespace has other files over /etc/passwd and /etc/group."""

USERS = {"ras1": 4001, "ras2": 4002, "ras3": 4003}  # ras1: the group of those who disconnect; ras2: who look; ras3: neither
OPERATORS, VIEWERS = 4100, 4101


class Accounts:
    def __init__(self, scope, netns):
        self.netns = netns
        with open("/etc/passwd") as p, open("/etc/group") as g:
            passwd, group = p.read(), g.read()
        for user, uid in USERS.items():
            passwd += f"{user}:x:{uid}:{uid}:{user}:/:/bin/sh\n"
            group += f"{user}:x:{uid}:\n"
        group += f"rastest-operators:x:{OPERATORS}:ras1\nrastest-viewers:x:{VIEWERS}:ras2\n"
        self.passwd, self.group = scope.write("passwd", passwd), scope.write("group", group)

    def argv(self, command):
        """A command of sh. `ip netns exec` has given it a mount namespace of its own: these files are nobody else's."""
        cover = f"mount --bind {self.passwd} /etc/passwd && mount --bind {self.group} /etc/group && "
        return ["ip", "netns", "exec", self.netns, "sh", "-c", cover + command]
