"""The private copy: where it is made, what may not be opened in it, and that it goes away."""

import errno
import os
import shutil
import struct
import tempfile
import time
from pathlib import Path

import pytest
from catalog_files import NOW, untouched
from snapshot_documents import database, hot, look, values

from catalog_adapters import sqlite_snapshot
from catalog_adapters.base import CatalogUnreadable, ReadOptions, Reason
from catalog_adapters.sqlite_snapshot import observe


def test_a_journal_that_names_another_file_cannot_delete_it(home: Path, scratch: Path, tmp_path: Path) -> None:
    """SQLite deletes the file a journal names as its super-journal; see `names_another_journal`."""
    victim = tmp_path / "precious.txt"
    victim.write_text("a photographer's letter\n")
    path = hot(home, tmp_path)
    name = os.fsencode(victim)
    signed = sum(byte - 256 if byte > 127 else byte for byte in name) & 0xFFFFFFFF
    with Path(f"{path}-journal").open("ab") as journal:
        page = struct.pack(">I", 0x40000000 // 4096 + 1)
        journal.write(page + name + struct.pack(">II", len(name), signed) + bytes.fromhex("d9d505f920a163d7"))
    with untouched(home), pytest.raises(CatalogUnreadable) as caught:
        look(path, scratch)
    assert caught.value.reason is Reason.UNSTABLE
    assert victim.read_text() == "a photographer's letter\n"
    assert os.listdir(scratch) == []


def test_no_room_for_the_copy_is_told(home: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database(home / "a.db").close()
    usage = shutil.disk_usage(scratch)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: usage._replace(free=1 << 20))
    with untouched(home), pytest.raises(CatalogUnreadable, match="no room") as caught:
        look(home / "a.db", scratch, alive=True)
    assert caught.value.reason is Reason.TOO_BIG


def test_a_disk_that_fills_up_during_the_copy_is_told(
    home: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database(home / "a.db").close()

    def full(*_: object) -> Path:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(sqlite_snapshot, "copy_document", full)
    with pytest.raises(CatalogUnreadable, match="no room"):
        look(home / "a.db", scratch, alive=True)
    assert os.listdir(scratch) == []


def test_the_copy_is_never_made_beside_the_document(home: Path) -> None:
    database(home / "a.db").close()
    with untouched(home), pytest.raises(CatalogUnreadable) as caught:
        look(home / "a.db", home, alive=True)
    assert caught.value.reason is Reason.NO_PERMISSION


def test_a_temporary_folder_that_is_the_catalogs_own_is_passed_over(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    database(home / "a.db").close()
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(home))
    with untouched(home):
        snapshot = observe(home / "a.db", values, alive=True, now=NOW, options=ReadOptions())
    assert snapshot.data == [("old", 300)]


def test_leftovers_of_crashed_runs_are_swept_and_others_are_not(home: Path, scratch: Path) -> None:
    old, fresh, foreign = (scratch / name for name in ("safelight-catalog-old", "safelight-catalog-new", "other"))
    for folder in (old, fresh, foreign):
        folder.mkdir()
        (folder / "copy.db").write_bytes(b"x")
    link = scratch / "safelight-catalog-link"
    link.symlink_to(foreign, target_is_directory=True)
    now = time.time() + 2 * 86400
    os.utime(fresh, (now, now))
    database(home / "a.db").close()
    observe(home / "a.db", values, alive=True, now=now, options=ReadOptions(scratch=scratch))
    assert {entry.name for entry in scratch.iterdir()} == {"safelight-catalog-new", "other", "safelight-catalog-link"}
    assert (foreign / "copy.db").exists()
