"""What a power cut leaves of a file system: the names of each folder and the bytes of each file at their last sync.

A name lives after an fsync of its folder, bytes after an fsync of their file, as POSIX promises and no more.
"""

import contextlib
import os
import random
import shutil
import threading
from pathlib import Path

_PAGE = 4096
Names = dict[str, tuple[str, int, str]]  # name -> (kind, inode, where a link leads)


class Durable:
    """Keeps below `backing` the living tree (`live`) and a copy of what was synced of each file (`blob`)."""

    def __init__(self, backing: Path, seed: int) -> None:
        self.live, self.blobs, self._backing = str(backing / "live"), str(backing / "blob"), backing
        self._dice, self._guard = random.Random(seed), threading.RLock()
        self._names: dict[int, Names] = {}
        self._clean: set[int] = set()
        for folder in (self.live, self.blobs):
            os.makedirs(folder, exist_ok=True)
        self.sync_all()

    def sync_file(self, path: str) -> None:
        """The bytes of this file are on the medium."""
        with self._guard:
            inode = os.lstat(path).st_ino
            if inode not in self._clean:
                shutil.copyfile(path, f"{self.blobs}/new")
                os.replace(f"{self.blobs}/new", f"{self.blobs}/{inode}")
                self._clean.add(inode)

    def sync_folder(self, path: str) -> None:
        """The names in this folder are on the medium."""
        with self._guard:
            self._names[os.lstat(path).st_ino] = _entries(path)

    def sync_name(self, path: str) -> None:
        """The name of this file alone is, with those of the folders above it."""
        with self._guard:
            while path != self.live:
                folder, name = os.path.split(path)
                self._names.setdefault(os.lstat(folder).st_ino, {})[name] = _entries(folder)[name]
                path = folder

    def sync_all(self) -> None:
        """Everything is."""
        for folder, _, files in os.walk(self.live):
            self.sync_folder(folder)
            for name in files:
                if not os.path.islink(f"{folder}/{name}"):
                    self.sync_file(f"{folder}/{name}")

    def dirty(self, fd: int) -> None:
        """This file was written to."""
        with self._guard:
            self._clean.discard(os.fstat(fd).st_ino)

    def forget(self, fd: int) -> None:
        """This file is new: its inode number may have been that of a deleted one."""
        with self._guard, contextlib.suppress(FileNotFoundError):
            self.dirty(fd)
            os.unlink(f"{self.blobs}/{os.fstat(fd).st_ino}")

    def power_cut(self, mode: str, seed: int | None = None) -> dict[str, int]:
        """Make `live` what a cut leaves now. mode: "all" that was not synced is lost, or at "random".

        "pages": as at random, and of the bytes of each file some pages are the new ones and some the old ones.

        Gives how many names and contents were in danger.
        """
        with self._guard:
            if seed is not None:
                self._dice.seed(seed)
            after, before = str(self._backing / "after"), str(self._backing / "before")
            paths = {os.lstat(f"{d}/{n}").st_ino: f"{d}/{n}" for d, ds, fs in os.walk(self.live) for n in ds + fs}
            lost = {"names": 0, "contents": 0}
            self._rebuild(os.lstat(self.live).st_ino, self.live, after, paths, mode, lost)
            os.rename(self.live, before)
            os.rename(after, self.live)
            shutil.rmtree(before)
            shutil.rmtree(self.blobs)
            os.mkdir(self.blobs)
            self._names.clear()
            self._clean.clear()
            self.sync_all()
            return lost

    def _rebuild(
        self, inode: int, was: str | None, target: str, paths: dict[int, str], mode: str, lost: dict[str, int]
    ) -> None:
        os.mkdir(target)
        kept, live = dict(self._names.get(inode, {})), _entries(was) if was else {}
        lost["names"] += len(set(live) - set(kept))
        for name in sorted(set(live) | set(kept)) if mode != "all" else ():
            if live.get(name) != kept.get(name) and self._dice.random() < 0.5:
                kept.pop(name, None)
                if name in live:
                    kept[name] = live[name]
        for name, (kind, child, link) in kept.items():
            if kind == "folder":
                self._rebuild(child, paths.get(child), f"{target}/{name}", paths, mode, lost)
            elif kind == "link":
                os.symlink(link, f"{target}/{name}")
            else:
                Path(target, name).write_bytes(self._surviving(child, paths.get(child), mode, lost))

    def _surviving(self, inode: int, was: str | None, mode: str, lost: dict[str, int]) -> bytes:
        blob = Path(self.blobs, str(inode))
        old = blob.read_bytes() if blob.exists() else b""
        if inode in self._clean:
            return old
        lost["contents"] += 1
        if mode == "all":
            return old
        new = Path(was).read_bytes() if was else old
        if mode == "pages":
            size = self._dice.choice([len(old), len(new)])
            pages = (self._dice.choice([old, new])[at : at + _PAGE].ljust(_PAGE, b"\0") for at in range(0, size, _PAGE))
            return b"".join(pages)[:size]
        torn = new[: self._dice.randrange(len(new) + 1) & ~4095]
        return self._dice.choice([old, bytes(len(new)), torn, new])


def _entries(folder: str) -> Names:
    found: Names = {}
    with os.scandir(folder) as entries:
        for entry in entries:
            is_link = entry.is_symlink()
            kind = "folder" if entry.is_dir(follow_symlinks=False) else "link" if is_link else "file"
            found[entry.name] = (kind, entry.inode(), os.readlink(entry.path) if is_link else "")
    return found
