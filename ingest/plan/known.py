"""What the ledger knows of a card's files, and which objects therefore already have their shoot and their names.

A file that lay on this card when it was ingested before (same path, size and time) is strong evidence; content that
merely begins alike is a candidate. A sidecar or a camera's index may be the same in every shoot, so an object belongs
to an old shoot only by its largest file, and a video tree only as a whole.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from ingest.model.cards import CameraObject, CardFile
from ingest.model.names import base_of, parent_of
from ingest.plan.planned import ExistingShoot, KnownContent, TakenName
from ingest.plan.portable import is_portable_path


def _nothing_taken(_folder: bytes) -> Mapping[str, TakenName]:
    return {}


@dataclass(frozen=True, slots=True)
class LedgerView:
    """What planning may know. shoots: every shoot that may be joined, holds a known path, or could be named alike.

    candidates: card path -> content with the same size and head. known_paths: card path -> name at the destinations,
    for files of this card that have the size and time with which they were ingested. taken_in: shoot folder -> the
    names in it by collision key of the whole path; asked once for each shoot that is joined.
    """

    shoots: Sequence[ExistingShoot] = ()
    candidates: Mapping[bytes, KnownContent] = field(default_factory=dict)
    known_paths: Mapping[bytes, bytes] = field(default_factory=dict)
    taken_in: Callable[[bytes], Mapping[str, TakenName]] = _nothing_taken


class Known:
    """Answers about one card by one LedgerView."""

    def __init__(self, ledger: LedgerView) -> None:
        self._ledger = ledger
        self._by_folder = {shoot.folder: shoot for shoot in ledger.shoots if shoot.folder}
        self._holders: dict[bytes, ExistingShoot | None] = {}

    @property
    def shoots(self) -> Sequence[ExistingShoot]:
        """The shoots of the ledger."""
        return self._ledger.shoots

    def taken(self, folders: Iterable[bytes]) -> dict[str, TakenName]:
        """The names in shoot folders of the ledger."""
        return {key: name for folder in folders for key, name in self._ledger.taken_in(folder).items()}

    def settle(self, item: CameraObject, *, named: bool) -> Iterator[tuple[CameraObject, ExistingShoot | None]]:
        """The object with the shoot that holds it; a tree in parts where a new name is given for its new files."""
        if item.tree and named:
            yield from self._parts(item)
            return
        pinned = (self._pinned_home(file) for file in item.files)
        yield item, next((home for home in pinned if home), None) or self._candidate_home(item)

    def pin(self, file: CardFile, home: ExistingShoot) -> bytes | None:
        """The name that a file of a settled object already has in its shoot."""
        path = self._ledger.known_paths.get(file.path) or self._content_path(file)
        return path if path and self._holder(path) is home else None

    def content(self, file: CardFile) -> KnownContent | None:
        """The candidate for a file."""
        return self._ledger.candidates.get(file.path)

    def counts_here(self, file: CardFile, item: CameraObject, home: ExistingShoot | None) -> bool:
        """Whether the known copies of a file's content stand for the file in its own object's place."""
        known = self.content(file)
        if known is None or (file.size == 0 and file.path not in self._ledger.known_paths):
            return False  # nothing can be recognised by no content
        if home is None:
            return not known.path and not item.tree
        return self.pin(file, home) is not None or not known.path

    def _parts(self, item: CameraObject) -> Iterator[tuple[CameraObject, ExistingShoot | None]]:
        whole = self._candidate_home(item)
        parts: dict[int | None, list[CardFile]] = {}
        homes: dict[int | None, ExistingShoot | None] = {}
        for file in item.files:
            home = self._pinned_home(file) or whole
            key = home.id if home else None
            homes[key] = home
            parts.setdefault(key, []).append(file)
        for key, files in parts.items():
            yield CameraObject(item.key, tuple(files), item.tree), homes[key]

    def _pinned_home(self, file: CardFile) -> ExistingShoot | None:
        return self._holder(self._ledger.known_paths.get(file.path, b""))

    def _candidate_home(self, item: CameraObject) -> ExistingShoot | None:
        asked = item.files if item.tree else (max(item.files, key=lambda file: (file.size, file.path)),)
        homes = [self._holder(self._content_path(file)) for file in asked]
        first = homes[0]
        return first if all(home is first for home in homes) else None

    def _content_path(self, file: CardFile) -> bytes:
        known = self._ledger.candidates.get(file.path)
        return known.path if known and file.size else b""

    def _holder(self, path: bytes) -> ExistingShoot | None:
        """The shoot whose folder holds `path`; a path that could not have been planned is in none."""
        folder = parent_of(path)
        if folder not in self._holders:
            self._holders[folder] = self._search(folder)
        home = self._holders[folder]
        return home if home and is_portable_path(base_of(path)) else None

    def _search(self, folder: bytes) -> ExistingShoot | None:
        if not is_portable_path(folder):
            return None
        while folder and folder not in self._by_folder:
            folder = parent_of(folder)
        return self._by_folder.get(folder)
