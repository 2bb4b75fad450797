"""What a new generation says of each file, and whether it covers the whole folder. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ingest.manifest.hashing import EMPTY_FOLDER, hashes_of_folders
from ingest.manifest.ignore import IgnoreRules
from ingest.manifest.names import expressible, normalised
from ingest.manifest.records import FORMAT, Action, Entry, FolderHash, History, LeftOut, Why
from ingest.manifest.tree import Tree
from ingest.model.names import display

_DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class Decision:
    """files: sorted by path, with the action the history gives them. repeats: every one stands there already.

    They are what was handed in, itself, where nothing had to be changed: 100,000 entries may be packed.
    """

    files: Sequence[Entry]
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
    checked = _checked(entries)
    left_out: list[LeftOut] = []
    actions: dict[int, Action | None] = {}  # by number, of those that do not stay as they are
    repeats = True
    for number, entry in enumerate(checked):
        why = _why_not(entry, history, rules)
        if why:
            left_out.append(LeftOut(entry.path, why))
            actions[number] = None
            continue
        action = _action(entry, history)
        repeats = repeats and entry.action == "original" and action == "verified"
        if action != entry.action:
            actions[number] = action
    files = _changed(checked, actions) if actions else checked
    return Decision(files, tuple(left_out), repeats and bool(files))


def _changed(entries: Sequence[Entry], actions: Mapping[int, Action | None]) -> list[Entry]:
    """The entries with other actions, without those that have none."""
    found = []
    for number, entry in enumerate(entries):
        action = actions.get(number, entry.action)
        if action is not None:
            found.append(entry if action == entry.action else entry._replace(action=action))
    return found


def folders_of(decision: Decision, history: History, tree: Tree) -> Folders:
    """Folder hashes where every name on disk is in this generation; else only the empty folders not yet recorded.

    An empty folder's hash is that of no bytes and needs no file, so it is told even in a generation of additions:
    otherwise no later comparison could miss it.
    """
    files = decision.files  # no path stands twice in it
    all_here = len(tree.files) == len(files) and all(entry.path in tree.files for entry in files)
    if tree.complete and all_here and all(map(expressible, tree.folders)):
        hashes = hashes_of_folders(((entry.path, entry.xxh128) for entry in files), tree.folders)
        return Folders(root=hashes.pop(b""), hashes=hashes)
    return Folders({path: EMPTY_FOLDER for path in tree.empty if path not in history.folders and expressible(path)})


def _checked(entries: Sequence[Entry]) -> Sequence[Entry]:
    """By path; the ledger gives them so."""
    before, in_order = b"", True
    for entry in entries:
        in_order, before = in_order and before < entry.path, entry.path
        if not normalised(entry.path):
            raise ValueError(f"not a path beneath its folder: {display(entry.path)}")
        if len(entry.xxh128) != _DIGEST_BYTES or entry.size < 0:
            raise ValueError(f"no digest or size: {display(entry.path)}")
    return entries if in_order else _sorted(entries)


def _sorted(entries: Sequence[Entry]) -> list[Entry]:
    found = sorted(entries, key=lambda entry: entry.path)
    for entry, after in pairwise(found):
        if entry.path == after.path:
            raise ValueError(f"recorded twice in one generation: {display(entry.path)}")
    return found


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
