"""A folder compared with its history: what is missing, changed, added, and what could not be compared.

Stricter than the reference tool: a size that contradicts the file, empty folders that came or went, folder hashes
that do not follow from the digests beside them, a broken reference to a history further down, an interrupted write
and a history of no files all count. A file that was recorded is compared whatever a pattern says: patterns excuse
only what was never recorded.
"""

import errno
import os
import stat
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ingest.manifest.errors import ManifestDamaged, NoHistory
from ingest.manifest.files import open_history_folder, read_bytes
from ingest.manifest.hashing import c4, folder_hashes
from ingest.manifest.history import read_history
from ingest.manifest.ignore import REFERENCE_DEFAULTS, IgnoreRules, joined_patterns
from ingest.manifest.names import nfc
from ingest.manifest.records import FORMAT, FolderHash, History, Known, Manifest, Reference
from ingest.manifest.tree import Tree, walk
from ingest.model.names import base_of, display, join, parent_of

HashFile = Callable[[bytes], bytes]


@dataclass(slots=True)
class Report:
    """Paths are relative to the folder and sorted; every recorded file is in exactly one of the first five lists.

    interrupted: a write that was cut, or that goes on at this moment. unreadable: the medium
    refused. uncompared: the history holds no usable xxh128 of it. added: on disk, recorded
    nowhere (links and devices too). missing_folders, added_folders: empty ones that went or came.
    wrong_folder_hashes: folders (b"" is the root) whose recorded hash does not follow from the recorded files.
    broken_histories: histories further down that are damaged or not the ones referred to.
    """

    generations: int
    root: FolderHash | None
    interrupted: bool
    ok: list[bytes] = field(default_factory=list)
    changed: list[bytes] = field(default_factory=list)
    missing: list[bytes] = field(default_factory=list)
    unreadable: list[bytes] = field(default_factory=list)
    uncompared: list[bytes] = field(default_factory=list)
    added: list[bytes] = field(default_factory=list)
    missing_folders: list[bytes] = field(default_factory=list)
    added_folders: list[bytes] = field(default_factory=list)
    wrong_folder_hashes: list[bytes] = field(default_factory=list)
    broken_histories: list[bytes] = field(default_factory=list)

    @property
    def clean(self) -> bool:
        """Whether the folder is what its history says, wholly, and the history speaks of at least one file."""
        doubts = (self.changed, self.missing, self.unreadable, self.uncompared, self.added, self.missing_folders)
        more = (self.added_folders, self.wrong_folder_hashes, self.broken_histories)
        return bool(self.ok) and not self.interrupted and not any(doubts) and not any(more)


def verify_folder(folder: bytes, hash_file: HashFile) -> Report:
    """Compare every file beneath `folder` (absolute) with its history.

    hash_file: from a path relative to `folder` to the 16-byte xxh128 of what the medium holds; an OSError from it is
    told as unreadable, FileNotFoundError as missing.

    Raises:
        NoHistory: there is none, or it names no file.
        ManifestDamaged, ManifestUnreadable: it cannot be believed or read.
    """
    newest: deque[Manifest] = deque(maxlen=1)
    history = read_history(folder, on_manifest=newest.append)
    if not history.links:
        raise NoHistory("this folder has no history to compare with", path=display(folder))
    tree = walk(folder, IgnoreRules(joined_patterns(history.patterns, REFERENCE_DEFAULTS)))
    report = Report(len(history.links), history.root, history.interrupted is not None)
    expected, folders = _with_histories_further_down(folder, history, tree, report)
    if not expected:
        raise NoHistory("its history names no file at all", path=display(folder))
    report.wrong_folder_hashes = _wrong_folder_hashes(newest[0])
    _Comparison(folder, hash_file, report).files(expected, tree)
    _compare_folders(expected, folders, tree, report)
    return report


def _with_histories_further_down(
    folder: bytes, history: History, tree: Tree, report: Report
) -> tuple[dict[bytes, Known], set[bytes]]:
    """A file is recorded in the history nearest above it: those of subfolders are read too, and their references held.

    A damaged one condemns only itself: what this history records of the same files still counts.
    """
    expected, folders = dict(history.files), set(history.folders)
    for nested in sorted(tree.histories, reverse=True):
        try:
            below = read_history(join(folder, nested))
        except ManifestDamaged:
            report.broken_histories.append(nested)
            continue
        for path, known in below.files.items():
            expected.setdefault(join(nested, path), known)
        folders |= {join(nested, path) for path in below.folders}
    for reference in history.references:
        nested = parent_of(parent_of(reference.path))
        if nested not in report.broken_histories and not _holds(folder, reference):
            report.broken_histories.append(nested)
    return expected, folders


def _holds(folder: bytes, reference: Reference) -> bool:
    nested = join(folder, parent_of(parent_of(reference.path)))
    if not os.path.isdir(nested):
        return False
    try:
        history_fd = open_history_folder(nested)
        if history_fd is None:
            return False
        try:
            data = read_bytes(history_fd, base_of(reference.path), display(reference.path))
        finally:
            os.close(history_fd)
    except ManifestDamaged:
        return False
    return data is not None and c4(data) == reference.c4


def _wrong_folder_hashes(manifest: Manifest) -> list[bytes]:
    """Recompute the folder hashes of a generation that covers everything from its own file digests."""
    digests: dict[bytes, bytes] = {}
    for file in manifest.files:
        text = next((digest.text for digest in file.digests if digest.format == FORMAT), None)
        if text is None:
            return []
        digests[file.path] = bytes.fromhex(text)
    told = {record.path: record.hash for record in manifest.folders if record.hash is not None}
    if manifest.root is None:
        return []
    elsewhere = {parent_of(parent_of(reference.path)) for reference in manifest.references}
    sealed = {path: told[path] for path in elsewhere & told.keys()}
    computed = folder_hashes(digests, told, sealed)
    told[b""] = manifest.root
    return sorted(path for path in computed.keys() | told.keys() if computed.get(path) != told.get(path))


class _Comparison:
    """The files of one folder against what is known of them."""

    def __init__(self, folder: bytes, hash_file: HashFile, report: Report) -> None:
        self._folder = folder
        self._hash_file = hash_file
        self._report = report

    def files(self, expected: Mapping[bytes, Known], tree: Tree) -> None:
        on_disk = _paired(expected, tree.files)
        for recorded in sorted(expected):
            self._sort_in(recorded, on_disk.get(recorded), expected[recorded])
        self._report.added = sorted((tree.files | tree.odd) - set(on_disk.values()) - expected.keys())
        self._report.unreadable += sorted(tree.unreadable)

    def _sort_in(self, recorded: bytes, seen: bytes | None, known: Known) -> None:
        try:
            same = self._same(seen or recorded, known, listed=seen is not None)
        except (FileNotFoundError, NotADirectoryError):
            self._report.missing.append(recorded)
        except OSError:
            self._report.unreadable.append(recorded)
        else:
            lists = {True: self._report.ok, False: self._report.changed, None: self._report.uncompared}
            lists[same].append(recorded)

    def _same(self, path: bytes, known: Known, *, listed: bool) -> bool | None:
        """Whether the file is what is known of it; None where nothing usable is known."""
        if not listed:
            self._demand_real_folders(path)
        status = os.lstat(join(self._folder, path))
        if not stat.S_ISREG(status.st_mode) or known.size not in (None, status.st_size):
            return False
        digest = known.digest(FORMAT)
        return None if digest is None else self._hash_file(path).hex() == digest

    def _demand_real_folders(self, path: bytes) -> None:
        """A file that the walk did not list is looked up by name: then no link may lead to it."""
        for folder in _parents(path):
            if not stat.S_ISDIR(os.lstat(join(self._folder, folder)).st_mode):
                raise NotADirectoryError(errno.ENOTDIR, os.strerror(errno.ENOTDIR), folder)


def _compare_folders(expected: Iterable[bytes], recorded: set[bytes], tree: Tree, report: Report) -> None:
    seen = {nfc(path) for path in tree.folders}
    known = {nfc(path) for path in recorded | {above for path in expected for above in _parents(path)}}
    report.missing_folders = sorted(path for path in recorded if nfc(path) not in seen)
    report.added_folders = sorted(path for path in tree.empty if nfc(path) not in known)


def _parents(path: bytes) -> Iterator[bytes]:
    """The folders above `path`, the nearest first."""
    while path := parent_of(path):
        yield path


def _paired(expected: Iterable[bytes], on_disk: set[bytes]) -> dict[bytes, bytes]:
    """Recorded path -> path on disk. File systems return names in either Unicode form, so NFC is the second try."""
    pairs = {path: path for path in expected if path in on_disk}
    rest = {nfc(path): path for path in on_disk - pairs.keys()}
    for path in expected:
        if path not in pairs and nfc(path) in rest:
            pairs[path] = rest.pop(nfc(path))
    return pairs
