# SPDX-License-Identifier: Apache-2.0
"""rasadmin over TCP, with tickets of a realm of the test's own. Needs no root: users that each Debian has stand for the
administrators of the site."""
import os
import socket

from programs import TOP

# Whom principals stand for here: users with groups of the same name. A rule without the realm would be good for each realm.
LOCAL = {"alice": "news", "olga": "uucp", "victor": "games", "nina": "lp", "ghost": "no-such-user", "root": "root"}
RULES = "".join(f"  auth_to_local = RULE:[1:$1@$0](^{who}@RRAS\\.TEST$)s/.*/{user}/\n" for who, user in LOCAL.items())
RULES += "  auth_to_local = DEFAULT\n"
PEOPLE = ("alice", "olga", "victor", "nina", "ghost", "root", "stranger")
ROLES = "[roles]\nadministrators = news\noperators = uucp\nviewers = games\n"


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def use_libraries():
    """Where a build folder is used, rasadmin finds the library's modules there."""
    if not os.environ.get("OPENRRAS_ROOT"):
        os.environ["LD_LIBRARY_PATH"] = os.path.join(os.environ.get("OPENRRAS_BUILD", os.path.join(TOP, "build")), "libmprapi")


class OverTcp:
    """rasadmin over TCP, as somebody of PEOPLE, or with whatever is in a cache of another name."""

    def __init__(self, site, realm, port):
        self.site, self.realm, self.port = site, realm, port
        self.binding = f"ncacn_ip_tcp:localhost[{port}]"

    def prepare(self):
        """Everybody of PEOPLE in the realm, with a ticket; a key for the server; and a KDC that runs."""
        for who in PEOPLE:
            self.realm.add(who, "secret-" + who)
        self.realm.add_service("host/localhost")
        self.realm.expired_ticket("alice", "secret-alice", self.cache("expired"))
        self.realm.start()
        for who in PEOPLE:
            self.realm.ticket(who, "secret-" + who, self.cache(who))
        self.realm.ticket("alice", "secret-alice", self.cache("fresh"))

    def cache(self, who):
        return "FILE:" + os.path.join(self.realm.folder, "cc-" + who)

    def env(self, who, **more):
        return dict(self.realm.env, KRB5CCNAME=self.cache(who), LD_LIBRARY_PATH=os.environ["LD_LIBRARY_PATH"], **more)

    def admin(self, who, *args, binding=None, **more):
        """(exit status, stdout, stderr)"""
        before, self.site.binding = self.site.binding, binding or self.binding
        try:
            return self.site.admin(*args, env=self.env(who, **more))
        finally:
            self.site.binding = before
