"""A history read and checked as a whole, and the next generation of one.

Stricter than the reference tool: a chain with a gap, a changed, missing or unlisted manifest, a chain of ours that is
not byte for byte what we would write, a path out of the folder, two usable digests that contradict each other: each
is `ManifestDamaged`, and then nothing in the history is believed.

One exception, since a power cut must not lock a folder for ever: the manifest is written before the chain. A single
manifest that is one generation ahead of the chain is therefore an interrupted write, if it is ours or not even whole.
It does not count as history; the next append completes it or sets it aside.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass

from ingest.manifest.decide import Decision, Folders
from ingest.manifest.errors import ManifestDamaged
from ingest.manifest.files import open_history_folder, read_bytes
from ingest.manifest.hashing import c4
from ingest.manifest.ignore import OWN_PATTERNS, IgnoreRules, joined_patterns
from ingest.manifest.names import MANIFEST_SUFFIX, generation_number, manifest_name, nfc
from ingest.manifest.parse import parse_chain, parse_manifest
from ingest.manifest.readback import reads_back
from ingest.manifest.records import (
    TOOL,
    FileRecord,
    History,
    Interrupted,
    Known,
    Link,
    Manifest,
    Reference,
    Stamp,
)
from ingest.manifest.write import render_chain, render_manifest
from ingest.model.names import display, join

CHAIN_NAME = b"ascmhl_chain.xml"
_HINT = "Do not trust this history; compare with the copy on another destination."


@dataclass(frozen=True, slots=True)
class NewGeneration:
    """What to write: the manifest's name and bytes first, then the chain's bytes."""

    number: int
    name: bytes
    manifest: bytes
    chain: bytes


def read_history(folder: bytes, *, on_manifest: Callable[[Manifest], None] | None = None) -> History:
    """Read and check the history of `folder` (absolute); an empty History where there is none.

    on_manifest: called with each manifest of the chain, oldest first.

    Raises:
        ManifestDamaged: see above.
        ManifestUnreadable: the medium refused to give it.
    """
    history_fd = open_history_folder(folder)
    if history_fd is None:
        return History()
    try:
        return _Reading(history_fd, folder).history(on_manifest or (lambda _manifest: None))
    finally:
        os.close(history_fd)


def with_interrupted(history: History) -> History:
    """The history as it stands once its interrupted generation is in the chain.

    Raises:
        ManifestDamaged: that generation contradicts the history.
    """
    pending = history.interrupted
    if pending is None or pending.manifest is None:
        return history
    gathered = _Gathered(history)
    gathered.add(pending.manifest, display(pending.name))
    return gathered.history((*history.links, Link(len(history.links) + 1, pending.name, pending.c4)), None)


def next_generation(
    history: History, folder: bytes, stamp: Stamp, decision: Decision, folders: Folders
) -> NewGeneration:
    """The next manifest and the chain that lists it; pure. folder: only its name counts.

    Raises:
        ValueError: no file to list, or the manifest would not read back as what was meant.
    """
    number = len(history.links) + 1
    name = manifest_name(number, folder, stamp.started)
    patterns = joined_patterns(history.patterns, OWN_PATTERNS)
    data = render_manifest(stamp, files=decision.files, folders=folders.hashes, root=folders.root, patterns=patterns)
    if not reads_back(data, decision.files):
        raise ValueError("a manifest that does not read back as it was meant")
    chain = render_chain((*history.links, Link(number, name, c4(data))))
    return NewGeneration(number, name, data, chain)


class _Reading:
    """One pass over an open `ascmhl/` folder; every file is read once, and those bytes are both checked and parsed."""

    def __init__(self, history_fd: int, folder: bytes) -> None:
        self._fd = history_fd
        self._place = join(folder, b"ascmhl")

    def history(self, on_manifest: Callable[[Manifest], None]) -> History:
        chain = read_bytes(self._fd, CHAIN_NAME, self._where(CHAIN_NAME))
        links = parse_chain(chain, self._where(CHAIN_NAME)) if chain is not None else ()
        gathered = _Gathered(History())
        last_tool = ""
        for link in links:
            manifest = self._manifest(link)
            gathered.add(manifest, self._where(link.name))
            on_manifest(manifest)
            last_tool = manifest.tool
        if last_tool == TOOL and chain != render_chain(links):
            raise ManifestDamaged("the chain is not as we wrote it", hint=_HINT, path=self._where(CHAIN_NAME))
        return gathered.history(links, self._interrupted(links))

    def _manifest(self, link: Link) -> Manifest:
        where = self._where(link.name)
        if generation_number(link.name) != link.number:
            raise ManifestDamaged("its name does not fit its place in the chain", hint=_HINT, path=where)
        data = read_bytes(self._fd, link.name, where)
        if data is None:
            raise ManifestDamaged("the chain lists this manifest and it is not there", hint=_HINT, path=where)
        if c4(data) != link.c4:
            raise ManifestDamaged("the manifest was changed after it was written", hint=_HINT, path=where)
        return parse_manifest(data, where)

    def _interrupted(self, links: tuple[Link, ...]) -> Interrupted | None:
        listed = {nfc(link.name) for link in links}
        beside = [name for name in self._names() if nfc(name) not in listed]
        if not beside:
            return None
        name, where = beside[0], self._where(beside[0])
        if len(beside) > 1 or generation_number(name) != len(links) + 1:
            raise ManifestDamaged("a manifest that the chain does not list", hint=_HINT, path=where)
        data = read_bytes(self._fd, name, where) or b""
        try:
            manifest = parse_manifest(data, where)
        except ManifestDamaged:
            return Interrupted(name, c4(data), None)
        if manifest.tool != TOOL:
            raise ManifestDamaged("a manifest of another program that the chain does not list", hint=_HINT, path=where)
        return Interrupted(name, c4(data), manifest)

    def _names(self) -> list[bytes]:
        """The manifests lying there; `._` files come from macOS and other suffixes say nothing."""
        names = (os.fsencode(name) for name in os.listdir(self._fd))
        return sorted(name for name in names if name.endswith(MANIFEST_SUFFIX) and not name.startswith(b"._"))

    def _where(self, name: bytes) -> str:
        return display(join(self._place, name))


class _Gathered:
    """Generations folded into one state, oldest first."""

    def __init__(self, history: History) -> None:
        self._files = dict(history.files)
        self._folders = set(history.folders)
        self._patterns = history.patterns
        self._references: list[Reference] = list(history.references)
        self._root = history.root

    def add(self, manifest: Manifest, where: str) -> None:
        patterns = joined_patterns(self._patterns, manifest.patterns)
        try:
            IgnoreRules(patterns)
        except ValueError as error:
            raise ManifestDamaged(str(error), hint=_HINT, path=where) from error
        self._patterns = patterns
        self._references += manifest.references
        self._root = manifest.root
        moved = {file.previous: self._files.pop(file.previous, None) for file in manifest.files if file.previous}
        for file in manifest.files:
            before = moved.get(file.previous) if file.previous else None
            known = self._files.get(file.path) or before
            self._files[file.path] = _learned(known, file, where)
        self._folders -= {folder.previous for folder in manifest.folders if folder.previous}
        self._folders |= {folder.path for folder in manifest.folders}

    def history(self, links: tuple[Link, ...], interrupted: Interrupted | None) -> History:
        return History(
            links=links,
            files=self._files,
            folders=frozenset(self._folders),
            patterns=self._patterns,
            references=tuple(self._references),
            root=self._root,
            interrupted=interrupted,
        )


def _learned(known: Known | None, file: FileRecord, where: str) -> Known:
    """What is known after one more record; a failed digest teaches nothing, however often it recurs."""
    usable = {digest.format: digest.text for digest in file.digests if digest.action != "failed"}
    if known is None:
        return Known(file.size if usable else None, tuple(usable.items()))
    earlier = dict(known.digests)
    for name, text in usable.items():
        if earlier.setdefault(name, text) != text:
            message = f"two generations contradict each other about {display(file.path)}"
            raise ManifestDamaged(message, hint=_HINT, path=where)
    if usable and None not in (known.size, file.size) and known.size != file.size:
        raise ManifestDamaged(f"two sizes for one content: {display(file.path)}", hint=_HINT, path=where)
    size = file.size if usable and known.size is None else known.size
    return Known(size, tuple(earlier.items()))
