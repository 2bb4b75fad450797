"""Whether an editor may have a document open."""

import os
import shutil
import subprocess
import sys
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from catalog_adapters.liveness import lock_is_live, may_be_open, on_share

PROGRAM = (
    "SafelightTestEditor"  # below the 15 characters the kernel keeps, no: psutil completes it from the command line
)


@pytest.fixture
def program(tmp_path: Path) -> Iterator[int]:
    """The pid of a running process of that name."""
    binary = tmp_path / PROGRAM
    shutil.copy(shutil.which("sleep") or "/bin/sleep", binary)
    with subprocess.Popen([str(binary), "60"]) as process:
        yield process.pid
        process.kill()


def test_a_lock_with_a_dead_pid_is_no_lock(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", "import os; print(os.getpid())"], capture_output=True, text=True)
    lock = tmp_path / "a.lrcat.lock"
    lock.write_text(f"/Applications/{PROGRAM}\n{done.stdout.strip()}\n")
    assert not lock_is_live(lock, [PROGRAM])


def test_a_lock_whose_pid_went_to_another_program_is_no_lock(tmp_path: Path) -> None:
    lock = tmp_path / "a.lrcat.lock"
    lock.write_text(f"/Applications/{PROGRAM}\n{os.getpid()}\n")
    assert not lock_is_live(lock, [PROGRAM])


def test_a_lock_of_the_running_editor_is_live(tmp_path: Path, program: int) -> None:
    lock = tmp_path / "a.lrcat.lock"
    lock.write_text(f"/Applications/{PROGRAM}\n{program}\n")
    assert lock_is_live(lock, [PROGRAM.lower()])
    assert may_be_open(tmp_path / "a.lrcat", [PROGRAM], lock)


@pytest.mark.parametrize("text", [b"", b"no pid", b"\xff\xfe\0", b"C:\\Lightroom.exe\n99999999999999\n"])
def test_a_lock_that_cannot_be_understood_counts_as_live(tmp_path: Path, text: bytes) -> None:
    lock = tmp_path / "a.lrcat.lock"
    lock.write_bytes(text)
    assert lock_is_live(lock, [PROGRAM])


def test_no_lock_and_no_process_is_closed(tmp_path: Path) -> None:
    assert not lock_is_live(tmp_path / "a.lrcat.lock", [PROGRAM])
    assert not may_be_open(tmp_path / "a.lrcat", ["no program has this name"], tmp_path / "a.lrcat.lock")


def test_a_running_editor_without_a_lock_counts(tmp_path: Path, program: int) -> None:
    assert may_be_open(tmp_path / "a.cocatalogdb", [PROGRAM])


@pytest.mark.parametrize(("kind", "shared"), [("smbfs", True), ("nfs4", True), ("fuse.sshfs", True), ("apfs", False)])
def test_a_document_on_a_share_may_be_open_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, shared: bool
) -> None:
    part = namedtuple("part", "mountpoint fstype")
    parts = [part("/", "ext4"), part(os.path.realpath(tmp_path), kind), part(f"{tmp_path}-other", "nfs")]
    monkeypatch.setattr(psutil, "disk_partitions", lambda **_: parts)
    assert on_share(tmp_path / "a.lrcat") is shared
    assert may_be_open(tmp_path / "a.lrcat", ["no program has this name"]) is shared


def test_a_system_that_tells_nothing_counts_as_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(**_: bool) -> list[object]:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil, "disk_partitions", silent)
    assert may_be_open(tmp_path / "a.lrcat", [PROGRAM])
