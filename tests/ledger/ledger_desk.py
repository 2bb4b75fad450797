"""A ledger with a card, a run, a shoot and two destinations on two devices."""

import os

from ingest.ledger.db import open_ledger, transaction
from ingest.ledger.places import remember_card, remember_destination
from ingest.ledger.runs import open_run
from ingest.ledger.shoots import add_shoot
from ingest.model.cards import CardIdentity
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
