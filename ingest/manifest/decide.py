"""What a new generation says of each file, and whether it covers the whole folder. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from ingest.manifest.hashing import EMPTY_FOLDER, folder_hashes
from ingest.manifest.ignore import IgnoreRules
from ingest.manifest.names import expressible, normalised
from ingest.manifest.records import FORMAT, Action, Entry, FolderHash, History, LeftOut, Why
from ingest.manifest.tree import Tree
from ingest.model.names import display

_DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class Decision:
    """files: sorted by path, with the action the history gives them. repeats: every one stands there already."""

    files: tuple[Entry, ...]
    left_out: tuple[LeftOut, ...]
    repeats: bool


@dataclass(frozen=True, slots=True)
class Folders:
    """The folder part of a generation. root: None unless the generation covers everything beneath the folder."""

    hashes: dict[bytes, FolderHash] = field(default_factory=dict)
    root: FolderHash | None = None


def decide(history: History, entries: Sequence[Entry], rules: IgnoreRules) -> Decision:
    """Give each entry its action, or leave it out with a reason.

    Raises:
        ValueError: a path twice, absolute or leaving the folder; a digest that is not 16 bytes; a negative size.
    """
    files: list[Entry] = []
    left_out: list[LeftOut] = []
    repeats = True
    for entry in _checked(entries):
        why = _why_not(entry, history, rules)
        if why:
            left_out.append(LeftOut(entry.path, why))
            continue
        action = _action(entry, history)
        repeats = repeats and entry.action == "original" and action == "verified"
        files.append(entry if action == entry.action else replace(entry, action=action))
    return Decision(tuple(files), tuple(left_out), repeats and bool(files))


def folders_of(decision: Decision, history: History, tree: Tree) -> Folders:
    """Folder hashes where every name on disk is in this generation; else only the empty folders not yet recorded.

    An empty folder's hash is that of no bytes and needs no file, so it is told even in a generation of additions:
    otherwise no later comparison could miss it.
    """
    digests = {entry.path: entry.xxh128 for entry in decision.files}
    if tree.complete and tree.files == digests.keys() and all(map(expressible, tree.folders)):
        hashes = folder_hashes(digests, tree.folders)
        return Folders(root=hashes.pop(b""), hashes=hashes)
    return Folders({path: EMPTY_FOLDER for path in tree.empty if path not in history.folders and expressible(path)})


def _checked(entries: Sequence[Entry]) -> list[Entry]:
    paths = set()
    for entry in entries:
        if entry.path in paths:
            raise ValueError(f"recorded twice in one generation: {display(entry.path)}")
        if not normalised(entry.path):
            raise ValueError(f"not a path beneath its folder: {display(entry.path)}")
        if len(entry.xxh128) != _DIGEST_BYTES or entry.size < 0:
            raise ValueError(f"no digest or size: {display(entry.path)}")
        paths.add(entry.path)
    return sorted(entries, key=lambda entry: entry.path)


def _why_not(entry: Entry, history: History, rules: IgnoreRules) -> Why | None:
    if not expressible(entry.path):
        return Why.NAME
    if rules.ignores(entry.path):
        return Why.IGNORED
    known = history.files.get(entry.path)
    if known and known.digests and known.digest(FORMAT) is None:
        return Why.OTHER_DIGEST
    return None


def _action(entry: Entry, history: History) -> Action:
    """Only digests that were original or verified may be compared against (specification, actions)."""
    known = history.files.get(entry.path)
    digest = known.digest(FORMAT) if known else None
    if entry.action == "failed":
        return "failed"
    if digest is None:
        return "original"
    return "verified" if digest == entry.xxh128.hex() else "failed"
