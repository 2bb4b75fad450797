"""Keychains in memory; the fixture `keychain` puts one in the place of this computer's."""

from keyring.backend import KeyringBackend


class Keychain(KeyringBackend):
    """One that keeps what it is given. entries: (service, user) -> secret.

    unread, unwritten: what is raised by whoever reads or writes. forgets: it takes an entry and keeps nothing.
    """

    priority = 1

    def __init__(self, entries=(), *, unread=None, unwritten=None, forgets=False):
        super().__init__()
        self.entries, self._unread, self._unwritten, self._forgets = dict(entries), unread, unwritten, forgets

    def set_password(self, service, username, password):
        if self._unwritten:
            raise self._unwritten
        if not self._forgets:
            self.entries[service, username] = password

    def get_password(self, service, username):
        if self._unread:
            raise self._unread
        return self.entries.get((service, username))


class PlaintextKeyring(Keychain):
    """Named like the one of keyrings.alt, which writes base64 into a file."""


def never_written():
    """For a keychain's `unwritten`: no test of what only reads may write."""
    return AssertionError("nothing is ever written into the keychain here")
