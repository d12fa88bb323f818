# SPDX-License-Identifier: Apache-2.0
"""What tests/lib/scenarios.py needs of a daemon, its driver and its users. One adapter for each daemon says how that is done; the
scenarios themselves are the same for all."""
import signal


class Client:
    """One user's client. Made by Adapter.connect(), and up then."""

    user = ""

    def wait_up(self):
        """Until it is connected (again)."""
        raise NotImplementedError

    def is_up(self):
        """Does it take itself for connected?"""
        raise NotImplementedError

    def traffic(self):
        """Move some bytes both ways through the tunnel and wait for them; how many bytes must be counted each way, at least."""
        raise NotImplementedError

    def start_traffic(self):
        """Move something both ways, several times a second, until traffic_lost()."""
        raise NotImplementedError

    def traffic_lost(self):
        """Stop start_traffic(): how many were sent, and how many of them lost."""
        raise NotImplementedError

    def tunnel_address(self):
        """Its address inside the tunnel, as the daemon has told it."""
        raise NotImplementedError

    def outer_address(self):
        """What must stand at the beginning of the remote address that the daemon sees; None when such a line has none."""
        raise NotImplementedError

    def wait_gone(self):
        """Until the client itself knows that it is not connected any more. Looks often: the time is measured."""
        raise NotImplementedError

    def was_told(self):
        """Has the client heard from the server that it was disconnected? True or False, from what it has written."""
        raise NotImplementedError

    def runs(self):
        """Is the client's program still running, connected or not?"""
        raise NotImplementedError

    def leave(self):
        """The user hangs up: the client ends as its user would end it."""
        raise NotImplementedError

    def end(self):
        """End its program in any state, and wait for that; again does nothing."""
        raise NotImplementedError


class Adapter:
    """A daemon and its driver. `client` in stop(), kill(), freeze() and thaw() matters only to session drivers, where the daemon is
    one process for each session: it says whose. A daemon driver's adapter ignores it."""

    driver = ""        # the driver's name: its row of docs/drivers.md
    kind = "daemon"    # or "session"
    device_type = ""   # as rasadmin shows it
    # When a user who is kept out is turned away: "on arrival", "at log-on", or "at log-on, if ..." (else on arrival).
    keeps_out = "on arrival"
    auth = None        # what is shown of how the users have authenticated; None: nothing
    ports = 3          # how many ports the driver is told to have; 0: as many as needed
    client_next = "exits"  # what the client does when it was disconnected politely: "exits", "comes back" or "stays away"
    goes_by = "event"      # how the driver hears of a user who has hung up: "event" or "list"
    counters_final = True  # does the daemon have a last word on the counters of a session?
    says_goodbye = False   # does a daemon that is stopped in the orderly way end its sessions one by one, and say so?
    # More options of the driver's command line:
    patient = ()    # it waits longer for a hung daemon than rrasd waits for an order
    unasking = ()   # it asks its daemon who is there as seldom as it can: what is shown came by event then
    # Scenario -> why it can't be with this daemon. That is a limit of the daemon, which docs/drivers.md has word for word.
    not_applicable = {}
    # What rrasd shows as the health of the daemon in each trouble: "killed", "stopped", "hung", "lost", "held" -> regular expression.
    health = {}

    def __init__(self, scope):
        self.scope = scope
        self.process = None  # the driver's, where there is one for all users

    # the daemon

    @property
    def daemon(self):
        """Who runs the one daemon of all users: has start(), end(signal) and its process. Where each user has a daemon of his own, the
        adapter has functions of its own instead of the five that follow."""
        raise NotImplementedError

    def start(self):
        """Start the daemon; it takes users when this returns. Again after stop() or kill()."""
        self.daemon.start()

    def stop(self, client=None):
        """In the orderly way, as the machine's administrator does."""
        self.daemon.end()

    def kill(self, client=None):
        """SIGKILL."""
        self.daemon.end(signal.SIGKILL)

    def freeze(self, client=None):
        """SIGSTOP: it hangs."""
        self.daemon.process.signal(signal.SIGSTOP)

    def thaw(self, client=None):
        self.daemon.process.signal(signal.SIGCONT)

    # its management interface

    def lose_management(self):
        """The management socket is not where it was, and whoever holds it is cut off; users notice nothing."""
        raise NotImplementedError

    def restore_management(self):
        raise NotImplementedError

    def take_management(self):
        """Another program holds the management socket; the driver is not running."""
        raise NotImplementedError

    def release_management(self):
        raise NotImplementedError

    # the driver

    def start_driver(self, socket, *options, held=False):
        """Start the driver for the rrasd that listens on `socket`, with more options of its command line if there are any; `held`: so
        that hold() can work. A session driver only remembers this, for those who connect from now on."""
        raise NotImplementedError

    def end_driver(self):
        """In the orderly way, and wait for its end."""
        self.process.end()

    def kill_driver(self):
        """SIGKILL, and wait for its end."""
        self.process.signal(signal.SIGKILL)
        self.process.wait_end()

    # users

    def connect(self, user):
        """A new client of this user, up. The users are alice, bob and carol, who may all be connected at the same time, each once. A
        user may connect again as soon as her old client has ended, or knows that it is gone."""
        raise NotImplementedError

    def try_to_connect(self, user):
        """As connect(), but it does not wait: she may be turned away."""
        raise NotImplementedError

    def prepare_keep_out(self, socket):
        """Only when `keeps_out` is "at log-on, if ...": set daemon and driver up so. The users have gone, and the driver must be started
        for the rrasd on `socket`."""
        raise NotImplementedError

    def end_keep_out(self, socket):
        """Back to what is usual, with the driver started."""
        raise NotImplementedError

    def daemon_has(self, client):
        """Does the daemon itself, asked past the driver, have the session of this client? None: it can't be asked."""
        return None

    # somebody else takes her place

    def hold(self):
        """From now on the driver does not hear what happens, but believes what it has heard last."""
        raise NotImplementedError

    def replace(self, client, user):
        """While held: the client's session ends on the daemon, and `user` gets all that can be had of her place: address, port, number,
        interface. The new client, up."""
        raise NotImplementedError

    def release(self):
        """The driver hears all that was kept back."""
        raise NotImplementedError

    def harm_done(self, client):
        """What the daemon was told against this client, from the daemon's side: a description, or None."""
        return None

    # when something has failed

    def last_words(self):
        """The end of the logs of daemon and driver."""
        return ""
