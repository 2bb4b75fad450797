"""Open the new pictures while the card still exists: one that was damaged on the card is told before formatting."""

import threading
import time

from ingest.card.parsers import ParserPool
from ingest.card.structure import NOTES
from ingest.events import Warned
from ingest.ledger.assets import record_finding
from ingest.ledger.db import transaction
from ingest.ledger.known import card_files, copies_of_shoot
from ingest.ledger.runs import shoots_of_run
from ingest.model.cards import Finding
from ingest.model.names import join
from ingest.session.context import Session


class PictureCheck:
    """Opens the new pictures at the first destination, in a child process, while the card is read again."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._thread: threading.Thread | None = None
        self._found: list[Finding] = []
        self._stop = threading.Event()

    def start(self) -> None:
        """Begin with what was copied in this session."""
        files = self._files()
        if files:
            self._thread = threading.Thread(target=self._work, args=(files,), name="open pictures", daemon=True)
            self._thread.start()

    def _files(self) -> list[tuple[bytes, bytes]]:
        """(absolute path of the copy, card path) of every new file at the first destination that holds it."""
        session = self._session
        roots = {place.name: place.place.root for place in session.places if place.name not in session.absent}
        known = card_files(session.ledger, session.card_id)
        by_asset = {known[path].asset_id: path for path in sorted(session.new, reverse=True) if path in known}
        found: dict[int, tuple[bytes, bytes]] = {}
        for shoot in shoots_of_run(session.ledger, session.run_id, session.card_id):
            for asset_id, copies in copies_of_shoot(session.ledger, shoot.id).items():
                for copy in copies:
                    if asset_id in by_asset and copy.destination in roots:
                        found.setdefault(asset_id, (join(roots[copy.destination], copy.path), by_asset[asset_id]))
        return sorted(found.values(), key=lambda pair: pair[1])

    def _work(self, files: list[tuple[bytes, bytes]]) -> None:
        with ParserPool() as pool:
            for findings in pool.healths(files):
                self._found += findings
                if self._stop.is_set():
                    return

    def finish(self) -> None:
        """Wait for the rest and tell what was found: a warning with names, never a reason by itself."""
        if self._thread:
            self._thread.join()
        session = self._session
        known = card_files(session.ledger, session.card_id)
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
        if self._thread:
            self._thread.join()
