"""A card and admitted destinations in a folder, and the engine between them."""

import os

from ingest.copying.destination import admit
from ingest.copying.engine import Engine
from ingest.copying.jobs import CopyJob
from ingest.disk.folders import FileOpener
from ingest.model.cards import CardFile
from ingest.model.places import Destination, DestinationKind


class Bench:
    """A card and admitted destinations in a folder, and the engine between them."""

    def __init__(self, base, names=("ssd", "nas")):
        self.card = base / "card"
        self.card.mkdir()
        self.roots = {name: base / name for name in names}
        for root in self.roots.values():
            root.mkdir()
        self.places = [admit(self.place(name), "") for name in names]
        self.seen = []

    def place(self, name):
        return Destination(name, DestinationKind.SSD, os.fsencode(self.roots[name]))

    def put(self, name, data):
        path = self.card / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        info = path.stat()
        return CardFile(os.fsencode(name), info.st_size, info.st_mtime_ns)

    def copy(self, jobs):
        with FileOpener(os.fsencode(self.card)) as opener:
            engine = Engine(opener, self.places, tag="t", tick=self.seen.append)
            try:
                return [outcome for batch in engine.copy(jobs) for outcome in batch]
            finally:
                engine.close()

    def job(self, file, path=None, lanes=None):
        return CopyJob(file, path or b"shoot/" + file.path, frozenset(lanes or self.roots))
