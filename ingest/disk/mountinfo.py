"""What is mounted where, as the kernel tells it. Source: proc_pid_mountinfo(5)."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

_ESCAPE = re.compile(rb"\\([0-3][0-7]{2})")


@dataclass(frozen=True, slots=True)
class Mount:
    """One line of mountinfo. root: the part of the file system that is mounted, b"/" for all of it.

    st_dev: of the file system (on btrfs not what stat tells of its files). mount: where, absolute. options: those of
    the mount and those of the file system together. source: device, export or a mere word.
    """

    id: int
    st_dev: int
    root: bytes
    mount: bytes
    fs_type: str
    source: bytes
    options: tuple[str, ...]

    def option(self, name: str) -> str:
        """The value of `name=value`, "" where there is none."""
        return next((text[len(name) + 1 :] for text in self.options if text.startswith(f"{name}=")), "")


def read_mounts(text: bytes) -> list[Mount]:
    r"""Every mount in `text`, the bytes of `/proc/self/mountinfo`, in its order: later ones cover earlier ones.

    Space, tab, newline and backslash stand there as `\040`, `\011`, `\012`, `\134`. What is no such line is left out:
    a file system that cannot be understood is one that nothing is known of.
    """
    found = (_mount(line) for line in text.split(b"\n"))
    return [mount for mount in found if mount]


def _mount(line: bytes) -> Mount | None:
    before, separator, after = line.partition(b" - ")
    fields, tail = before.split(b" "), after.split(b" ")
    if not separator or len(fields) < 6 or len(tail) < 3:
        return None
    try:
        major, minor = fields[2].split(b":")
        number, st_dev = int(fields[0]), os.makedev(int(major), int(minor))
    except ValueError:
        return None
    options = dict.fromkeys((*_text(fields[5]).split(","), *_text(tail[2]).split(",")))
    return Mount(
        number,
        st_dev,
        _plain(fields[3]),
        _plain(fields[4]),
        _text(tail[0]),
        _plain(tail[1]),
        tuple(filter(None, options)),
    )


def _plain(field: bytes) -> bytes:
    return _ESCAPE.sub(lambda found: bytes((int(found[1], 8),)), field)


def _text(field: bytes) -> str:
    return _plain(field).decode("utf-8", "backslashreplace")


def mount_of(mounts: Sequence[Mount], path: bytes, mount_id: int | None, st_dev: int) -> Mount | None:
    """The mount on which absolute, real `path` lies. mount_id: what the kernel said of an open descriptor, or None.

    Without an id: the deepest mount point above the path, the last one mounted there, and one of `st_dev` before
    others (on btrfs no mount has the st_dev of its files).
    """
    by_id = next((mount for mount in mounts if mount.id == mount_id), None)
    if by_id:
        return by_id
    above = [mount for mount in mounts if is_inside(path, mount.mount)]
    fitting = [mount for mount in above if mount.st_dev == st_dev] or above
    return max(enumerate(fitting), key=lambda pair: (len(pair[1].mount), pair[0]))[1] if fitting else None


def is_inside(path: bytes, folder: bytes) -> bool:
    """Whether `path` is `folder` or lies in it; both absolute and already resolved, nothing is looked up."""
    return path == folder or path.startswith(folder.rstrip(b"/") + b"/")
