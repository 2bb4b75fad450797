"""From *sent* to *checked*: objects found in a later listing of the bucket with our size and SHA-1; and again later.

A small object is checked by the SHA-1 that the service itself computed. A large one carries its uploader's word for
the whole; it is checked when it is the very version (by file id) whose every part our driver sent and the service
verified. What vanished from the bucket is queued again, and told; what somebody hid there, or put something over, is
told and left to a person: its bytes are still there.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby

from ingest.cloud.errors import CloudError, CloudRefused, CloudUnreachable, Interrupted
from ingest.cloud.events import UploadNeedsYou, UploadPostponed, UploadsChecked
from ingest.cloud.fates import TO_SEND_AGAIN, WORDS, Fate, fate_of, how_checked, is_plain
from ingest.cloud.sending import Apart
from ingest.cloud.store import ShouldStop, Store, StoredObject
from ingest.events import Event
from ingest.ledger import upload_checks, uploads
from ingest.ledger.db import transaction
from ingest.ledger.upload_checks import Look

DOUBT = "it was in the bucket already; the SHA-1 of so large an object is its uploader's word"
WRONG = "its bytes in the bucket are not those that were proven. Hide it there, then: safelight cloud retry"
AGAIN = 30 * 86400.0  # seconds after which a checked object is looked at once more
MOST = 20_000  # of them in one run: some tens of listing calls
_FEW = 3
_TRIES = 3


@dataclass(slots=True)
class CheckReport:
    """Objects looked at. vanished, hidden, replaced: told apart; a replaced one may still lie beneath or be gone.

    queued: of the vanished and the replaced, to be sent again.
    """

    checked: int = 0
    doubtful: int = 0
    vanished: int = 0
    hidden: int = 0
    replaced: int = 0
    queued: int = 0

    def add(self, other: "CheckReport") -> None:
        """Count what another look found too."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def wrong(self) -> int:
        """What the bucket does not hold as it should."""
        return self.vanished + self.hidden + self.replaced

    @property
    def looked(self) -> int:
        """All of them."""
        return self.checked + self.doubtful + self.wrong


@dataclass(frozen=True, slots=True)
class Checker:
    """What every look needs. apart: runs the store's calls."""

    connection: sqlite3.Connection
    bucket: str
    store: Store
    apart: Apart
    clock: Callable[[], float]
    emit: Callable[[Event], object]

    def sent(self) -> CheckReport:
        """List what was sent, folder by folder, and settle each job.

        Raises:
            CloudError: the listing failed; what was settled before stays settled.
        """
        jobs = uploads.to_check(self.connection, self.bucket)
        return self._check([Look(job.id, job.key, job.size, job.sha1, job.file_id, job.attempts) for job in jobs])

    def again(self, before: float, most: int = MOST) -> CheckReport:
        """As `sent`, for what was last checked before then (seconds since 1970 UTC), the oldest look first."""
        return self._check(upload_checks.due_again(self.connection, self.bucket, before, most))

    def out_of_sight(self) -> CheckReport:
        """As `sent`, for what was hidden or covered there when it was last looked at."""
        return self._check(upload_checks.out_of_sight(self.connection, self.bucket))

    def read_back(self) -> CheckReport:
        """Fetch what is there by its uploader's word alone, and settle it by its bytes.

        Raises:
            CloudError: the bucket could not be asked; what was settled before stays settled.
        """
        report = CheckReport()
        for look in upload_checks.in_doubt(self.connection, self.bucket):
            found = self.apart(partial(_sha1_there, self.store, look))
            with transaction(self.connection):
                if found == look.sha1:
                    report.checked += 1
                    uploads.finish_checked(self.connection, look.id, at=self.clock(), how="read", file_id=look.file_id)
                else:
                    report.replaced += 1
                    upload_checks.vanished(self.connection, look.id, next_try=0.0, error=WRONG)
                    self._ask(look, WRONG)
        self._tell(report)
        return report

    def _check(self, looks: Sequence[Look]) -> CheckReport:
        report = CheckReport()
        for folder, group in groupby(looks, key=lambda look: look.key.rpartition("/")[0]):
            jobs = list(group)
            found = self._visible(folder, jobs)
            rest = [look for look in jobs if not is_plain(look, found.get(look.key))]
            versions = self._versions(folder, rest) if rest else {}
            with transaction(self.connection):
                for look in jobs:
                    self._settle(look, *fate_of(look, found.get(look.key), versions.get(look.key, ())), report)
        self._tell(report)
        return report

    def _tell(self, report: CheckReport) -> None:
        if report.checked:
            self.emit(UploadsChecked(report.checked))

    def _visible(self, folder: str, jobs: Sequence[Look]) -> dict[str, StoredObject]:
        """Key -> object. A listing of the folder is one call for 1,000 names; a few are asked for by name."""
        wanted = {job.key for job in jobs}

        def look(should_stop: ShouldStop) -> dict[str, StoredObject]:
            seen: dict[str, StoredObject] = {}
            many = bool(folder) and len(jobs) > _FEW
            for found in self.store.list(f"{folder}/") if many else map(self.store.stat, sorted(wanted)):
                if should_stop():  # half a listing would look like lost objects
                    raise Interrupted("Stopped")
                if found is not None and found.key in wanted:
                    seen[found.key] = found
            return seen

        return self.apart(look)

    def _versions(self, folder: str, jobs: Sequence[Look]) -> dict[str, list[StoredObject]]:
        """Key -> every version, of those that could not be seen as they were sent."""
        wanted = {job.key for job in jobs}
        prefixes = [f"{folder}/"] if folder and len(jobs) > _FEW else sorted(wanted)

        def look(should_stop: ShouldStop) -> dict[str, list[StoredObject]]:
            seen: dict[str, list[StoredObject]] = {}
            for prefix in prefixes:
                for found in self.store.list(prefix, every_version=True):
                    if should_stop():
                        raise Interrupted("Stopped")
                    if found.key in wanted:
                        seen.setdefault(found.key, []).append(found)
                    elif prefix in wanted and found.key > prefix:
                        break  # a longer name that begins like it
            return seen

        return self.apart(look)

    def _settle(self, look: Look, fate: Fate, found: StoredObject | None, report: CheckReport) -> None:
        match fate, found:
            case Fate.CHECKED, StoredObject():
                report.checked += 1
                uploads.finish_checked(
                    self.connection, look.id, at=self.clock(), how=how_checked(found), file_id=found.file_id
                )
            case Fate.DOUBTFUL, StoredObject():
                report.doubtful += 1
                upload_checks.doubted(self.connection, look.id, file_id=found.file_id, doubt=DOUBT)
            case Fate.HIDDEN, _:
                report.hidden += 1
                self._ask(look, WORDS[fate])
            case _:
                report.vanished += fate is Fate.VANISHED
                report.replaced += fate is not Fate.VANISHED
                if fate in TO_SEND_AGAIN:
                    self._send_again(look, fate, report)
                else:
                    self._ask(look, WORDS[fate])

    def _send_again(self, look: Look, fate: Fate, report: CheckReport) -> None:
        """By itself, unless it happens over and over: never over what has its name now."""
        upload_checks.vanished(self.connection, look.id, next_try=self.clock(), error=WORDS[fate])
        if look.attempts + 1 >= _TRIES:
            self._ask(look, WORDS[fate])
            return
        report.queued += 1
        self.emit(UploadPostponed(look.key, WORDS[fate]))

    def _ask(self, look: Look, words: str) -> None:
        uploads.needs_you(self.connection, look.id, words)
        self.emit(UploadNeedsYou(look.key, words))


def _sha1_there(store: Store, look: Look, should_stop: ShouldStop) -> str:
    """Of the very version, "" where the bucket does not hold it."""
    digest = hashlib.sha1(usedforsecurity=False)

    def take(block: bytes) -> None:
        if should_stop():
            raise Interrupted("Stopped")
        digest.update(block)

    try:
        store.get(look.key, take, file_id=look.file_id)
    except (Interrupted, CloudRefused, CloudUnreachable):
        raise
    except CloudError:
        return ""
    return digest.hexdigest()
