"""The names a folder holds, without those that its history ignores. Nothing is opened, no link is followed."""

import os
from dataclasses import dataclass, field

from ingest.disk.apart import alive
from ingest.manifest.ignore import IgnoreRules
from ingest.model.names import join

HISTORY_FOLDER = b"ascmhl"


@dataclass(slots=True)
class Tree:
    """Relative paths. empty: folders with nothing but ignored names in them. odd: links, FIFOs, devices.

    unreadable: folders that could not be listed. histories: folders with a history of their own.
    """

    files: set[bytes] = field(default_factory=set)
    folders: set[bytes] = field(default_factory=set)
    empty: set[bytes] = field(default_factory=set)
    odd: set[bytes] = field(default_factory=set)
    unreadable: set[bytes] = field(default_factory=set)
    histories: set[bytes] = field(default_factory=set)

    @property
    def complete(self) -> bool:
        """Whether everything in it is a file or a folder that could be listed."""
        return not self.odd and not self.unreadable

    def add(self, part: "Tree") -> None:
        """What one folder holds."""
        self.files |= part.files
        self.folders |= part.folders
        self.odd |= part.odd
        self.histories |= part.histories


def walk(folder: bytes, rules: IgnoreRules) -> Tree:
    """List everything beneath `folder` (absolute). A folder that cannot be listed is told, never raised."""
    tree = Tree()
    waiting = [b""]
    while waiting:
        relative = waiting.pop()
        part = Tree()
        try:
            with os.scandir(join(folder, relative) if relative else folder) as entries:
                kept = sum(_take(part, relative, entry, rules) for entry in entries)
        except OSError:
            tree.unreadable.add(relative)
            continue
        alive()
        tree.add(part)
        waiting += part.folders
        if relative and not kept:
            tree.empty.add(relative)
    return tree


def _take(tree: Tree, parent: bytes, entry: os.DirEntry[bytes], rules: IgnoreRules) -> bool:
    """Sort one entry in; False when the history ignores it."""
    path = join(parent, entry.name)
    is_folder = entry.is_dir(follow_symlinks=False)
    if is_folder and parent and entry.name == HISTORY_FOLDER:
        tree.histories.add(parent)
    if rules.ignores_name(path, is_folder):
        return False
    if is_folder:
        tree.folders.add(path)
    elif entry.is_file(follow_symlinks=False):
        tree.files.add(path)
    else:
        tree.odd.add(path)
    return True
