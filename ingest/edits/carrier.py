"""The copying room for a sync: every version is fed from where it stands; there is no card to be read."""

import secrets
from collections.abc import Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from ingest.copying.jobs import CopyJob, CopyOutcome, Failure
from ingest.disk.folders import FileOpener
from ingest.edits.context import Sync
from ingest.errors import DestinationError
from ingest.events import Progressed
from ingest.ledger.db import transaction
from ingest.ledger.runs import forget_intents, intend, leftovers_of
from ingest.session.prepare import sweep

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ingest.copying.engine import Engine
    from ingest.copying.jobs import Progress

COMMAND = "sync"
_FINAL = (Failure.FULL, Failure.GONE, Failure.READ_ONLY)


@contextmanager
def carrying(sync: Sync) -> "Iterator[Carrier]":
    """A carrier; at the end nothing of it runs any more, and what it left behind is swept, now or by the next sync."""
    carrier = Carrier(sync)
    try:
        yield carrier
    except BaseException:
        carrier.end()
        raise
    carrier.end()
    carrier.tidy()


class Carrier:
    """One engine for a whole sync, made when there is something to carry."""

    def __init__(self, sync: Sync) -> None:
        self._sync = sync
        self._tag = ""
        self._engine: Engine | None = None
        self._opener: FileOpener | None = None
        self._before = self._total = 0

    def carry(self, jobs: Sequence[CopyJob]) -> list[CopyOutcome]:
        """Copy, prove and publish; each job has sources. What a destination cannot take any more is left out."""
        if not jobs:
            return []
        engine = self._engine or self._start()
        self._before = _proven(engine.progress())
        self._total = self._sync.begin_stage("copying edits", [job.file.size for job in jobs])
        engine.feed(jobs)
        found = [outcome for outcomes in engine.outcomes() for outcome in outcomes]
        for name, (failure, detail) in engine.dead().items():
            self._sync.leave_out(name, f"{failure.value} ({detail})")
            if failure is Failure.GONE:
                self._sync.hands.give_up(name, detail)
        return found

    def _start(self) -> "Engine":
        from ingest.copying.engine import Engine  # not needed where nothing has changed

        sync = self._sync
        self._tag = f"r{sync.run_id}-{secrets.token_hex(16)}"
        places = sync.here
        intend(sync.ledger, sync.run_id, sync.ids, [(place.name, self._tag.encode(), b"") for place in places])
        self._opener = FileOpener(bytes(sync.home))  # of a card that there is not
        patience = sync.settings.copying.patience
        self._engine = Engine(self._opener, places, tag=self._tag, tick=self._tick, patience=patience)
        return self._engine

    def _tick(self, progress: "Progress") -> None:
        if self._total:
            self._sync.emit(Progressed(min(_proven(progress) - self._before, self._total)))

    def end(self) -> None:
        """Also after Ctrl-C: the workers finish what they were handed, and end."""
        if self._engine:
            self._engine.close()
        if self._opener:
            self._opener.close()

    def tidy(self) -> None:
        """Nothing is left in the staging folders, but of those that cannot be asked now."""
        if self._engine:
            _sweep(self._sync, {place.name: [self._tag.encode()] for place in self._sync.here})


def _proven(progress: "Progress") -> int:
    return sum(progress.proven.values())


def sweep_earlier(sync: Sync) -> None:
    """Remove what earlier, killed syncs left in the staging folders; their lock is held."""
    _sweep(sync, leftovers_of(sync.ledger, COMMAND, sync.run_id))


def _sweep(sync: Sync, tags: dict[str, list[bytes]]) -> None:
    for place in sync.here:
        if not tags.get(place.name):
            continue
        try:
            sync.hands.ask(place.name, sweep, place, tuple(tags[place.name]), frozenset())
        except (DestinationError, OSError) as error:
            sync.leave_out(place.name, error)
            continue
        with transaction(sync.ledger):
            forget_intents(sync.ledger, sync.ids[place.name], tags[place.name])
