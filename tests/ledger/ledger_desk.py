"""A ledger with a card, a run, a shoot and two destinations on two devices."""

import os

from ingest.ledger.assets import NewFile, record
from ingest.ledger.copies import NewCopy, set_copy_state
from ingest.ledger.db import open_ledger, transaction
from ingest.ledger.places import remember_card, remember_destination
from ingest.ledger.runs import open_run
from ingest.ledger.shoots import add_shoot
from ingest.model.cards import CardFile, CardIdentity
from ingest.model.copies import Digest, Method, SourceRead
from ingest.model.places import Destination, DestinationKind, Volume


def volume(device):
    return Volume(b"/m", "ext4", "/dev/x", 1, "u", "L", frozenset({device}), 10, 10, False)


class EmptyDesk:
    """db: the open ledger. ids: destination name -> its id. card, run, shoot: ids."""

    def __init__(self, path):
        self.db = open_ledger(path)
        self.ids = {}
        for name, device in (("ssd", "disk:a"), ("nas", "nas:b")):
            place = Destination(name, DestinationKind(name), os.fsencode(f"/mnt/{name}"))
            self.ids[name] = remember_destination(self.db, place, volume(device), f"marker-{name}", 1.0)
        self.card = remember_card(self.db, CardIdentity("1234", "EOS", 64), "exfat", 1.0)
        self.run = open_run(self.db, self.card, 1.0, "boot", "ingest")
        self.shoot = add_shoot(
            self.db, name="M", day="2025-06-14", last_day="2025-06-14", folder=b"2025/M", named_by_user=True, now=1.0
        )

    def rows(self, table):
        """Everything in a table, by its primary key."""
        return self.db.execute(f"SELECT * FROM {table} ORDER BY 1, 2, 3").fetchall()

    def transaction(self):
        return transaction(self.db)


def digest(number):
    """Of a content of so many bytes."""
    return Digest(number, bytes([number]) * 16, bytes([100 + number]) * 20)


class ContentDesk(EmptyDesk):
    """A second shoot, `other`, and a way to write contents into both: each is known by its number of bytes."""

    def __init__(self, path):
        super().__init__(path)
        self.other = add_shoot(
            self.db, name="N", day="2025-06-15", last_day="2025-06-15", folder=b"2025/N", named_by_user=True, now=1.0
        )

    def write(self, number, path, places=("ssd", "nas"), shoot=None, *, method=Method.DIRECT, matched=True):
        """A content under a name of a shoot with copies at these places; proven, if nothing else is said."""
        copies = tuple(
            NewCopy(self.ids[place], path, 70, 80, method, matched, digest(number).xxh128, 2.0) for place in places
        )
        read = SourceRead(1, digest(number).xxh128, Method.CACHED, 1.5)
        file = CardFile(b"DCIM/%b" % path, number, 9)
        new = NewFile(file, digest(number), b"h" * 16, read, copies, None, shoot or self.shoot, path, "A")
        with self.transaction():
            record(self.db, run_id=self.run, card_id=self.card, boot_id="b", files=[new], upload=None, now=2.0)

    def lose(self, number, place):
        """The copies of a content at a place are lost; gives the id of the last one."""
        rows = self.db.execute(
            "SELECT c.id FROM copy c JOIN asset a ON a.id = c.asset_id WHERE a.size = ? AND c.destination_id = ?",
            (number, self.ids[place]),
        ).fetchall()
        with self.transaction():
            for (key,) in rows:
                set_copy_state(self.db, key, "lost")
        return rows[-1][0]
