"""Open the new pictures while the card still exists: one that was damaged on the card is told before formatting."""

import queue
import threading
import time
from collections.abc import Iterable

from ingest.card.parsers import ParserPool
from ingest.card.structure import NOTES
from ingest.copying.jobs import CopyOutcome
from ingest.events import Warned
from ingest.ledger.assets import record_finding
from ingest.ledger.db import transaction
from ingest.ledger.known import card_files
from ingest.model.cards import Finding
from ingest.model.names import join
from ingest.session.context import Session


class PictureCheck:
    """Opens new pictures at a destination, in a child process, while others are copied and the card is read again."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._thread: threading.Thread | None = None
        self._waiting: queue.SimpleQueue[tuple[bytes, bytes] | None] = queue.SimpleQueue()
        self._found: list[Finding] = []
        self._stop = threading.Event()

    def add(self, outcomes: Iterable[CopyOutcome]) -> None:
        """Files that are copied and recorded now: each is opened where it costs least, on a disk before the NAS."""
        roots, nearest = self._roots(), self._nearest()
        for outcome in outcomes:
            path = outcome.job.file.path
            place = next((name for name in nearest if _stands_at(outcome, name)), None)
            if place and path in self._session.new and not outcome.is_fed:
                self._waiting.put((join(roots[place], outcome.results[place].path), path))
                self._start()

    def _start(self) -> None:
        if self._thread is None:
            self._thread = threading.Thread(target=self._work, name="open pictures", daemon=True)
            self._thread.start()

    def _roots(self) -> dict[str, bytes]:
        return {place.name: place.place.root for place in self._session.places}

    def _nearest(self) -> list[str]:
        here = [place for place in self._session.places if place.name not in self._session.absent]
        return [place.name for place in sorted(here, key=lambda place: place.place.kind == "nas")]

    def _work(self) -> None:
        with ParserPool() as pool:
            for findings in pool.healths(iter(self._waiting.get, None)):
                self._found += findings
                if self._stop.is_set():
                    return

    def finish(self) -> None:
        """Wait for the rest and tell what was found: a warning with names, never a reason by itself."""
        self._waiting.put(None)
        if self._thread:
            self._thread.join()
        session = self._session
        known = card_files(session.ledger, session.card_id) if self._found else {}
        with transaction(session.ledger):
            for finding in self._found:
                if finding.path in known and finding.code not in NOTES:
                    record_finding(
                        session.ledger, known[finding.path].asset_id, finding.code, finding.detail, time.time()
                    )
        for code in sorted({finding.code for finding in self._found}):
            self._tell(code, tuple(finding for finding in self._found if finding.code == code))

    def _tell(self, code: str, alike: tuple[Finding, ...]) -> None:
        paths = tuple(finding.path for finding in alike)
        detail = alike[0].detail.rstrip(".")
        if code in NOTES:
            self._session.emit(Warned(code, detail, paths))
            return
        text = f"{detail}. The copies equal the card: look at it while the card still exists"
        self._session.emit(Warned(code, text, paths))

    def close(self) -> None:
        """Stop early."""
        self._stop.set()
        self._waiting.put(None)
        if self._thread:
            self._thread.join()


def _stands_at(outcome: CopyOutcome, name: str) -> bool:
    result = outcome.results.get(name)
    return result is not None and result.failure is None
