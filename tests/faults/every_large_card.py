"""Large cards: many small photographs, and one clip beyond 4 GiB. Takes minutes and room: `make test-faults`."""

import contextlib
import os
import shutil
import threading
from pathlib import Path

import pytest

MIB, GIB = 1 << 20, 1 << 30
MOST_MEMORY = 400 * MIB  # of the session's own process
SMALL, SMALL_SIZE = 10_000, 100 << 10


def ingest_and_watch(studio):
    """The most memory that the session's own process held, in bytes; the ingest ended with SAFE."""
    command = studio.start("ingest", studio.card, "--json")
    held, ended = 0, threading.Event()

    def watch():
        nonlocal held
        while not ended.wait(0.05):
            with contextlib.suppress(OSError):
                told = Path(f"/proc/{command.pid}/status").read_text()
                held = max([held, *(int(line.split()[1]) << 10 for line in told.splitlines() if "VmHWM" in line)])

    watcher = threading.Thread(target=watch)
    watcher.start()
    out, err = command.communicate()
    ended.set()
    watcher.join()
    assert command.returncode == 0, out[-2000:] + err
    return held


def needs_room(folder, size):
    if shutil.disk_usage(folder).free < size + GIB:
        pytest.skip(f"needs {size // GIB + 1} GiB of room")


def test_ten_thousand_photographs_are_safe_within_the_memory_of_a_small_machine(studio, tmp_path):
    """F063."""
    needs_room(tmp_path, 3 * SMALL * SMALL_SIZE)
    for number in range(SMALL):
        studio.put(f"DCIM/{100 + number // 1000}CANON/IMG_{number % 1000 + 1:04}.JPG", os.urandom(SMALL_SIZE))
    held = ingest_and_watch(studio)
    print(f"\n{SMALL:,} photographs: {held / MIB:.0f} MiB")
    assert held < MOST_MEMORY
    assert len(studio.ask("SELECT 1 FROM copy WHERE state = 'proven'")) == 2 * SMALL
    assert studio.check().level == "safe"


def test_a_clip_beyond_four_gib_is_safe_within_the_memory_of_a_small_machine(studio, tmp_path):
    """F063."""
    size = 4 * GIB + 64 * MIB + 1
    needs_room(tmp_path, 2 * size)
    clip = studio.put("DCIM/100CANON/MVI_0001.MP4", b"beginning")
    with clip.open("r+b") as file:
        file.truncate(size)
        file.seek(size - 3)
        file.write(b"end")
    held = ingest_and_watch(studio)
    print(f"\n{size:,} bytes in one clip: {held / MIB:.0f} MiB")
    assert held < MOST_MEMORY
    for place in (studio.ssd, studio.nas):
        copy = studio.copy_of(place, "MVI_0001.MP4")
        assert copy.stat().st_size == size
        with copy.open("rb") as file:
            file.seek(size - 3)
            assert file.read() == b"end"
