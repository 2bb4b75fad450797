"""A drive is made safe to unplug: flushed, unmounted, and where it is busy, told who holds it open."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from ingest.care.looking import bears
from ingest.disk.barrier import sync_filesystem
from ingest.disk.mountinfo import is_inside
from ingest.disk.volumes import volume_of
from ingest.errors import DestinationMissing, DestinationRefused
from ingest.model.names import display
from ingest.model.places import Destination
from ingest.session.hands import Hands

_SECONDS = 300.0  # a slow drive may have much to flush
_MOST = 8


class Ejected(NamedTuple):
    """mount: where it was. holders: who holds it open, as `darktable (1234)`. problem: "" when it is unmounted."""

    mount: bytes
    problem: str = ""
    holders: tuple[str, ...] = ()


def eject(hands: Hands, place: Destination, marker: str, others: Sequence[Destination]) -> Ejected:
    """Flush and unmount a drive. others: the destinations that must not go with it.

    Raises:
        DestinationError: it is not here, another destination lies on it, or it does not answer.
    """
    if not hands.ask(place.name, bears, place, marker):
        raise DestinationMissing(f"{place.name} is not here", path=display(place.root))
    mount, device = hands.ask(place.name, flush, place)
    guests = [other.name for other in others if other.name != place.name and is_inside(other.root, mount)]
    if mount == b"/" or guests:
        whose = f"{', '.join(guests)} lies on it too" if guests else "it is this computer's own disk"
        raise DestinationRefused(f"{place.name} cannot be ejected: {whose}", path=display(mount))
    problem = hands.ask(place.name, unmount, mount, device)
    return Ejected(mount, problem, holders(mount) if problem else ())


def flush(place: Destination) -> tuple[bytes, str]:
    """Everything that was written there goes to the medium; gives where it is mounted, and its device. Asked there."""
    fd = os.open(place.root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        sync_filesystem(fd)
    finally:
        os.close(fd)
    volume = volume_of(place.root, named=False)
    return volume.mount, volume.source


def unmount(mount: bytes, device: str) -> str:
    """Unmount it, as the desktop does or by umount; "" or why it is mounted still. Asked at the drive.

    Sources: udisksctl(1), umount(8).
    """
    said = "neither udisksctl nor umount is installed"
    for command in _commands(mount, device):
        try:
            done = subprocess.run(command, capture_output=True, timeout=_SECONDS, check=False, env=_environment())
        except (OSError, subprocess.TimeoutExpired) as error:
            said = str(error)
            continue
        if not os.path.ismount(mount):
            return ""
        said = display((done.stderr or done.stdout).strip()) or f"{command[0]} did not succeed"
    return said


def _commands(mount: bytes, device: str) -> Iterator[list[str]]:
    """The desktop's way first where it is the user who asks: it may unmount what it mounted for her."""
    udisks, umount = shutil.which("udisksctl"), shutil.which("umount", path=os.defpath + ":/sbin:/usr/sbin")
    if udisks and os.geteuid() != 0 and device.startswith("/dev/"):
        yield [udisks, "unmount", "--block-device", device, "--no-user-interaction"]
    if umount:
        yield [umount, os.fsdecode(mount)]


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C"}


def holders(mount: bytes) -> tuple[str, ...]:
    """Programs that have something below it open, as far as this user may look. Source: proc_pid_fd(5)."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc") if os.path.isdir("/proc") else ()):
        if int(pid) != os.getpid() and any(is_inside(path, mount) for path in _open_paths(pid)):
            found[int(pid)] = f"{_program(pid)} ({pid})"
    return tuple(found[pid] for pid in sorted(found))[:_MOST]


def _open_paths(pid: str) -> Iterator[bytes]:
    folder = f"/proc/{pid}/"
    links = [folder + name for name in ("cwd", "root", "exe")]
    with contextlib.suppress(OSError):
        links += [f"{folder}fd/{name}" for name in os.listdir(f"{folder}fd")]
    for link in links:
        with contextlib.suppress(OSError):
            yield os.readlink(os.fsencode(link))


def _program(pid: str) -> str:
    try:
        with open(f"/proc/{pid}/comm", "rb") as file:
            return display(file.read().strip())
    except OSError:
        return "a program"
