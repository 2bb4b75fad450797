"""Where card, destinations and home stand: an ext4 file system on a loop device each for root, else plain folders."""

import contextlib
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import psutil

from benchmarks.machine import drop_caches

PREFIX = "safelight-bench-"
_MEMORY, _DISK = Path("/dev/shm"), Path(tempfile.gettempdir())
_MIB = 1 << 20
_BLOCK = 4096
_LEFT_FOR_PROGRAMS = 1 << 30
_HOME_BYTES_A_FILE = 8192  # ledger, manifests' scratch, lists of checksums
_MKFS = ("mkfs.ext4", "-q", "-F", "-m", "0", "-E", "nodiscard,lazy_itable_init=0,lazy_journal_init=0")
_PLACES = ("card", "ssd", "nas", "home")
_PATIENCE = 10.0  # seconds, for what is in use when it is taken out


@dataclass(frozen=True, slots=True)
class Size:
    """How much a card holds: files, and bytes of all of them."""

    files: int
    bytes: int

    def room(self, place: str) -> int:
        """Bytes that a place's file system needs: whole blocks, a journal, what is written beside the files."""
        if place == "home":
            return self.files * _HOME_BYTES_A_FILE + 256 * _MIB
        return int(self.bytes * 1.06) + self.files * 2 * _BLOCK + 192 * _MIB

    @property
    def room_of_all(self) -> int:
        """Bytes that all places need together."""
        return sum(map(self.room, _PLACES))


@dataclass(frozen=True, slots=True)
class Disks:
    """Places below `folder`. devices: their loop devices by name, none for plain folders. words: for the results."""

    folder: Path
    size: Size
    devices: Mapping[str, str]
    words: str

    @property
    def apart(self) -> bool:
        """Each place is a device of its own."""
        return bool(self.devices)

    @property
    def card(self) -> Path:
        """The card."""
        return self.folder / "card"

    @property
    def ssd(self) -> Path:
        """The first destination."""
        return self.folder / "ssd"

    @property
    def nas(self) -> Path:
        """The second destination."""
        return self.folder / "nas"

    @property
    def home(self) -> Path:
        """Where ledgers and the peers' lists stand."""
        return self.folder / "home"

    @property
    def card_device(self) -> str:
        """Its number as the kernel writes it: "7:5"."""
        number = self.card.stat().st_dev
        return f"{os.major(number)}:{os.minor(number)}"

    def seal_card(self) -> None:
        """From now on the card is only read."""
        if self.apart:
            (self.card / "lost+found").rmdir()
            self.replug()

    def renew(self) -> None:
        """Destinations and home are as new, so that no turn finds what the one before left, nor its holes."""
        for name in ("ssd", "nas", "home"):
            place = self.folder / name
            if self.apart:
                self.take_out(name)
                self.make(name)
            else:
                shutil.rmtree(place)
                place.mkdir()

    def replug(self) -> None:
        """Nothing of card and destinations is in memory any more; the programs that will be measured still are."""
        if not self.apart:
            drop_caches()
            return
        for name in ("card", "ssd", "nas"):
            self.take_out(name)
            self._mount(name)

    def take_out(self, name: str) -> None:
        """It is mounted no more."""
        _call_while_busy("umount", self.folder / name)

    def put_in(self, name: str) -> None:
        """It is mounted again, as a reader does it: to be written, too."""
        _call_while_busy("mount", self.devices[name], self.folder / name)

    def make(self, name: str) -> None:
        """A new file system on the device of this name, mounted."""
        inodes = self.size.files * (2 if name == "home" else 1) + 4096
        _call(*_MKFS, "-N", inodes, self.devices[name])
        self.put_in(name)

    def _mount(self, name: str) -> None:
        options = ("-o", "ro") if name == "card" else ()
        _call_while_busy("mount", *options, self.devices[name], self.folder / name)


@contextlib.contextmanager
def work_folder() -> Iterator[Path]:
    """A folder on an ordinary disk, removed at the end; what crashed benchmarks left goes first."""
    for root in _roots():
        for folder in root.glob(f"{PREFIX}*"):
            owner = folder.name.removeprefix(PREFIX).partition("-")[0]
            if owner.isdigit() and not Path(f"/proc/{owner}").exists():
                _take_down(folder)
    with _folder(_DISK) as folder:
        yield folder


@contextlib.contextmanager
def four_disks(size: Size) -> Iterator[Disks]:
    """Card, two destinations and a home with room for a card of that size; RuntimeError where there is none.

    For root their images lie in memory when it has the room: what is measured is the program, not a disk that others
    use too. The environment's SAFELIGHT_BENCH_IMAGES names another folder for them. Plain folders never lie in memory:
    a copy there is never proven.
    """
    with contextlib.ExitStack() as stack:
        try:
            disks = _on_loops(stack.enter_context(_folder(_with_room(size))), size)
        except _NoLoopsError as error:
            disks = Disks(stack.enter_context(_folder(_DISK)), size, {}, f"folders of one disk ({error})")
            for name in _PLACES:
                (disks.folder / name).mkdir()
        yield disks


@contextlib.contextmanager
def _folder(root: Path) -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix=f"{PREFIX}{os.getpid()}-", dir=root))
    try:
        yield folder
    finally:
        _take_down(folder)


def _roots() -> list[Path]:
    """Where images may lie, the best first."""
    asked = os.environ.get("SAFELIGHT_BENCH_IMAGES")
    memory = [_MEMORY] if os.geteuid() == 0 and _MEMORY.is_dir() else []
    return [Path(asked)] if asked else [*memory, _DISK]


def _with_room(size: Size) -> Path:
    told = []
    for root in _roots():
        free = shutil.disk_usage(root).free
        if root == _MEMORY:
            free = min(free, psutil.virtual_memory().available - _LEFT_FOR_PROGRAMS)
        if free > size.room_of_all:
            return root
        told.append(f"{root} has {free / 1e9:.1f} GB")
    raise RuntimeError(f"this case needs {size.room_of_all / 1e9:.1f} GB; {', '.join(told)}")


class _NoLoopsError(Exception):
    """Why there are none; nothing is left mounted."""


def _on_loops(folder: Path, size: Size) -> Disks:
    where = "memory" if folder.is_relative_to(_MEMORY) else "one disk"
    if os.geteuid() != 0:
        raise _NoLoopsError("this user is not root")
    try:
        devices = {}
        for name in _PLACES:
            (folder / name).mkdir()
            _fill(folder / f"{name}.img", size.room(name))
            devices[name] = _call("losetup", "-f", "--show", folder / f"{name}.img")
        disks = Disks(folder, size, devices, f"ext4 on a loop device each, images in {where}")
        for name in _PLACES:
            disks.make(name)
    except (OSError, subprocess.CalledProcessError) as error:
        _detach(folder)
        raise _NoLoopsError(f"loop devices cannot be used: {getattr(error, 'stderr', '') or error}") from error
    return disks


def _fill(image: Path, size: int) -> None:
    """Written once, so that no turn pays for getting the memory."""
    zeros = bytes(4 * _MIB)
    with image.open("wb", buffering=0) as file:
        for _ in range(-(-size // len(zeros))):
            file.write(zeros)


def _call(*command: object) -> str:
    done = subprocess.run([str(word) for word in command], check=True, capture_output=True, text=True)
    return done.stdout.strip()


def _call_while_busy(*command: object) -> None:
    """Mount or unmount. Whoever looks through all mounts has one open for a moment, and a program that is given mounts
    of its own (a browser) holds even what is mounted here no more: it is asked for again.
    """
    until = time.monotonic() + _PATIENCE
    while True:
        try:
            _call(*command)
        except subprocess.CalledProcessError as error:
            if "busy" not in error.stderr or time.monotonic() > until:
                raise
            time.sleep(0.1)
        else:
            return


def _take_down(folder: Path) -> None:
    _detach(folder)
    shutil.rmtree(folder, ignore_errors=True)


def _detach(folder: Path) -> None:
    """Unmount what is mounted below `folder`, and free the loop devices whose images lie there."""
    with contextlib.suppress(OSError):
        mounts = Path("/proc/self/mountinfo").read_text(encoding="utf-8", errors="replace").splitlines()
        for place in reversed([line.split()[4] for line in mounts]):
            if place.startswith(f"{folder}/"):
                subprocess.run(["umount", "-l", place], check=False, capture_output=True)
    for backing in Path("/sys/block").glob("loop*/loop/backing_file"):
        with contextlib.suppress(OSError):
            if backing.read_text(encoding="utf-8", errors="replace").startswith(f"{folder}/"):
                subprocess.run(["losetup", "-d", f"/dev/{backing.parts[3]}"], check=False, capture_output=True)
