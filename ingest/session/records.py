"""What makes the bucket alone enough after a loss: manifests, settings and the ledger, sent behind the photographs.

Nothing is sent again that is there, nothing is ever replaced. What fails is told and tried again by the next run: the
photographs do not depend on it.
"""

import contextlib
import hashlib
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ingest.care.histories import HistoryFile, HistoryOf, histories_at
from ingest.cloud.errors import CloudError, NameTaken
from ingest.cloud.keys import without_secrets
from ingest.cloud.naming import object_key
from ingest.cloud.open_store import in_the_clear
from ingest.cloud.sending import Apart
from ingest.cloud.store import ShouldStop, Store
from ingest.config import Settings
from ingest.config.load import CONFIG_FILE
from ingest.errors import DestinationError, LedgerError
from ingest.ledger.backups import bytes_of, identity_of, take_snapshot
from ingest.ledger.places import known_marker
from ingest.ledger.records import (
    SentRecord,
    What,
    folders_in_bucket,
    forget_records,
    holds_anything,
    records_sent,
    remember_record,
    state_mark,
)
from ingest.model.names import display, join, parent_of
from ingest.model.places import Destination, DestinationKind
from ingest.plan.generations import LedgerSeries
from ingest.plan.records import (
    LEDGER,
    README,
    README_TEXT,
    SETTINGS,
    backup_is_due,
    chain_name,
    holds_a_secret,
    settings_name,
)
from ingest.session.backup import alone, folder_of_its_own
from ingest.session.hands import Hands

_NEAREST = (DestinationKind.SSD, DestinationKind.HDD, DestinationKind.DRIVE, DestinationKind.NAS)
_UNFINISHED = "ledger-record-"


@dataclass(slots=True)
class RecordsSent:
    """What one run did. sent: objects that are new in the bucket. problems: what was not sent, and why."""

    sent: int = 0
    problems: list[str] = field(default_factory=list)


def send_records(
    home: Path,
    settings: Settings,
    ledger: sqlite3.Connection,
    store: Store,
    hands: Hands,
    apart: Apart,
    now: float,
) -> RecordsSent:
    """Send what changed: the manifests of shoots that lie in the bucket, the settings, the ledger. Raises nothing.

    now: seconds since 1970 UTC.
    """
    assert settings.cloud is not None
    report = RecordsSent()
    if not holds_anything(ledger, settings.cloud.bucket):
        return report
    sender = _Sender(home, settings, ledger, store, apart, now, settings.cloud.bucket, settings.cloud.prefix, report)
    try:
        sender.look()
        sender.readme()
        sender.settings_as_they_are()
        for history in _histories(settings, ledger, hands, sender, report):
            sender.history(history)
        sender.whole_ledger()
    except (CloudError, LedgerError) as error:
        report.problems.append(error.message)
    except (OSError, sqlite3.Error) as error:
        report.problems.append(str(error))
    return report


@dataclass(slots=True)
class _Sender:
    home: Path
    settings: Settings
    ledger: sqlite3.Connection
    store: Store
    apart: Apart
    now: float
    bucket: str
    prefix: str
    report: RecordsSent

    def look(self) -> None:
        """One listing of what is small: a bucket that was emptied, or made anew, gets everything again."""
        known = records_sent(self.ledger, self.bucket, "ledger")
        if not known:
            return
        found = {known[0].key}

        def listed(should_stop: ShouldStop) -> bool:
            keys = (each.key for each in self.store.list(self.key(join(LEDGER, b"x")).removesuffix("x")))
            return any(key in found for key in keys if not should_stop())

        if not self.apart(listed):
            forget_records(self.ledger, self.bucket)

    def readme(self) -> None:
        """For whoever looks into the bucket without us. Another one of that name is somebody's, and stays."""
        data = README_TEXT.encode()
        mark = hashlib.sha1(data, usedforsecurity=False).hexdigest()
        if not records_sent(self.ledger, self.bucket, "readme"):
            with contextlib.suppress(NameTaken):
                self._bytes("readme", README, data, mark, in_the_clear(self.store))
                return
            self._remember("readme", self.key(README), "another one is there", 0)

    def settings_as_they_are(self) -> None:
        """The text of the file, notes and all; it holds no key, and one in which somebody noted one goes nowhere."""
        data = (self.home / CONFIG_FILE).read_bytes()
        mark = hashlib.sha256(data).hexdigest()
        last = next(iter(records_sent(self.ledger, self.bucket, "settings")), None)
        if last and last.mark == mark:
            return
        text = data.decode("utf-8", "replace")
        if holds_a_secret(text) or without_secrets(text) != text:
            self.report.problems.append("the settings were not sent: they look as if a key was noted in them")
            return
        name = settings_name(self.settings.station, identity_of(self.ledger), self.now)
        self._bytes("settings", join(SETTINGS, name.encode()), data, mark)

    def histories_known(self, folders: Sequence[bytes]) -> dict[bytes, int]:
        """Folder -> how many manifests of it lie in the bucket."""
        counts: dict[str, int] = {}
        for each in records_sent(self.ledger, self.bucket, "history"):
            place = each.key.rpartition("/")[0]
            counts[place] = max(counts.get(place, 0), int(each.mark))
        return {folder: counts.get(self.key(join(folder, b"ascmhl/x")).rpartition("/")[0], 0) for folder in folders}

    def history(self, found: tuple[bytes, HistoryOf]) -> None:
        """Manifests first, then their list; under a name of its own where a shorter list has the plain one."""
        root, history = found
        *manifests, chain = history.files
        key = self.key(chain.path)
        try:
            for each in manifests:
                self._file(root, each, self.key(each.path))
            try:
                self._file(root, chain, key)
            except NameTaken:
                key = self.key(join(parent_of(chain.path), chain_name(len(manifests))))
                self._file(root, chain, key)
        except NameTaken:
            shown = display(history.folder)
            self.report.problems.append(f"the manifests of {shown} there are those of another disk, and stay")
        self._remember("history", key, str(len(manifests)), chain.size)

    def whole_ledger(self) -> None:
        """As its backups at the destinations: packed, opened before it counts. At most one an hour, once it changed."""
        mark, last = state_mark(self.ledger), records_sent(self.ledger, self.bucket, "ledger")
        newest = (last[0].mark, last[0].at) if last else None
        if not backup_is_due(bytes_of(self.ledger), newest, mark, self.now):
            return
        with (
            alone(self.home, "ledger-backup", "Another backup of the ledger is under way"),
            folder_of_its_own(self.home, _UNFINISHED) as folder,
        ):
            snapshot = take_snapshot(self.ledger, folder)
            name = LedgerSeries(self.settings.station, identity_of(self.ledger)).name(self.now)
            key = self.key(join(LEDGER, name.encode()))
            sha1 = _sha1(snapshot.path)
            self._put(bytes(snapshot.path), key, snapshot.size, sha1)
        self._remember("ledger", key, mark, snapshot.size)

    def key(self, path: bytes) -> str:
        """In the bucket, of a path below the prefix."""
        return object_key(self.prefix, path)

    def _bytes(self, what: What, path: bytes, data: bytes, mark: str, store: Store | None = None) -> None:
        with folder_of_its_own(self.home, _UNFINISHED) as folder:
            local = folder / "record.sqlite"  # as what a killed one left is swept
            local.write_bytes(data)
            self._put(bytes(local), self.key(path), len(data), _sha1(local), store)
        self._remember(what, self.key(path), mark, len(data))

    def _file(self, root: bytes, file: HistoryFile, key: str) -> None:
        self._put(join(root, file.path), key, file.size, file.sha1)

    def _put(self, local: bytes, key: str, size: int, sha1: str, store: Store | None = None) -> None:
        put = partial((store or self.store).put, local, key, size, sha1, {}, lambda _: None)
        self.report.sent += not self.apart(put).already_there

    def _remember(self, what: What, key: str, mark: str, size: int) -> None:
        remember_record(self.ledger, self.bucket, SentRecord(key, what, mark, size, self.now))


def _histories(
    settings: Settings, ledger: sqlite3.Connection, hands: Hands, sender: _Sender, report: RecordsSent
) -> Iterator[tuple[bytes, HistoryOf]]:
    """(root, history) of each shoot in the bucket that has something new: from the nearest destination that has any."""
    left = folders_in_bucket(ledger, sender.bucket)
    known = sender.histories_known(left)
    for place in sorted(settings.places(), key=lambda place: _NEAREST.index(place.kind)):
        for history in _at(place, ledger, hands, left, known) if left else ():
            left = [folder for folder in left if folder != history.folder]
            if history.problem:
                where = f"{place.name}: {display(history.folder)}"
                report.problems.append(f"the manifests of {where} were not sent: {history.problem}")
            elif history.files:
                yield place.root, history


def _at(
    place: Destination, ledger: sqlite3.Connection, hands: Hands, folders: Sequence[bytes], known: dict[bytes, int]
) -> list[HistoryOf]:
    """None of a destination that is not here: another one has them too, or the next run."""
    marker = known_marker(ledger, place.name)
    if not marker:
        return []
    try:
        return hands.ask(place.name, histories_at, place, marker, folders, known)
    except (DestinationError, OSError):
        return []


def _sha1(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.sha1(usedforsecurity=False)).hexdigest()
