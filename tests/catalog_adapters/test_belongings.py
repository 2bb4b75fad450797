"""What belongs to a catalog, told by every adapter; and a copy of all of it, whole or said to be torn."""

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from catalog_company import COMPANIES, Company, capture_one_session, lightroom
from catalog_editors import EDITORS, Editor, alter
from catalog_files import NOW, closed, reference, untouched
from snapshot_documents import database, hot

from catalog_adapters import pair, whole_copy
from catalog_adapters.base import CatalogUnreadable, ReadOptions, Reason, adapter_for
from catalog_adapters.belongings import TAKE, UNREADABLE, Belongings, leave, members_of
from catalog_adapters.sqlite_snapshot import copy_to
from catalog_adapters.whole_copy import Whole, are_sound, copy_catalog, stand_of

CHANGE = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None)
connection.execute("PRAGMA journal_mode = MEMORY")
connection.execute("BEGIN EXCLUSIVE")
connection.execute(sys.argv[2])
print("locked", flush=True)
sys.stdin.readline()
connection.execute("COMMIT")
"""
WRITER = Path(__file__).with_name("snapshot_writer.py")


@pytest.fixture(params=COMPANIES, ids=lambda make: make.__name__)
def company(request: pytest.FixtureRequest, home: Path) -> Company:
    found = request.param(home)
    assert isinstance(found, Company)
    return found


def belongings(company: Company) -> Belongings:
    return company.editor.adapter.belongings(company.document)


def copied(parts: Belongings, scratch: Path) -> tuple[Whole, Path]:
    """The copy, and the proof that nothing changed where the catalog lies."""
    target = scratch / "staged"
    target.mkdir()
    with untouched(parts.folder):
        whole = copy_catalog(parts, target, now=NOW, options=ReadOptions(scratch=scratch))
    assert os.listdir(scratch) == ["staged"]
    return whole, target


def test_what_cannot_be_made_again_is_taken_and_each_other_thing_left_out_for_a_reason(company: Company) -> None:
    parts = belongings(company)
    with untouched(parts.folder):
        listing = members_of(parts)
    files = {member.name for member in listing.members if not member.is_folder}
    assert files == company.mine.keys()
    assert parts.under == company.under
    assert parts.databases[0][1] == company.document
    assert all(left.why and left.entries > 0 for left in listing.left_out)
    entries = {path.name for path in parts.folder.iterdir()}
    taken = {name.split("/")[0] for name in files} | {path.name for _, path in parts.databases}
    told = sum(left.entries for left in listing.left_out)
    assert told >= len(entries - taken)  # nothing is passed over in silence


def test_no_preview_is_ever_among_the_members(company: Company) -> None:
    listing = members_of(belongings(company))
    names = [member.name for member in listing.members]
    assert not {*names} & {*company.never}
    assert not any("Preview" in name or "Cache" in name or name.endswith(".lrdata") for name in names)


def test_a_link_is_never_followed(company: Company, tmp_path: Path) -> None:
    parts = belongings(company)
    (tmp_path / "secret").write_bytes(b"a letter")
    folder = (parts.folder / next(iter(company.mine))).parent
    (folder / "link").symlink_to(tmp_path / "secret")
    (folder / "links").symlink_to(tmp_path)
    listing = members_of(parts)
    assert {m.name for m in listing.members if not m.is_folder} == company.mine.keys()
    assert any(left.why.startswith("a link") and left.entries == 2 for left in listing.left_out)


def test_a_folder_of_pictures_that_may_not_be_looked_into_is_told_and_one_of_the_catalog_is_refused(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    company = capture_one_session(home)
    (home / "lr").mkdir()
    data = lightroom(home / "lr")
    real, closed_to_us = os.scandir, "/Selects"

    def scandir(folder: str) -> Any:
        if str(folder).endswith(closed_to_us):
            raise PermissionError(13, "Permission denied", folder)
        return real(folder)

    monkeypatch.setattr("catalog_adapters.belongings.os.scandir", scandir)
    listing = members_of(belongings(company))
    assert {member.name for member in listing.members} == {"Capture/CaptureOne/Settings1680/IMG_1.CR3.cos"}
    assert [left.first for left in listing.left_out if left.why == UNREADABLE] == ["Selects"]

    closed_to_us = "/Main.lrcat-data"
    with pytest.raises(CatalogUnreadable) as caught:
        members_of(belongings(data))
    assert caught.value.reason is Reason.NO_PERMISSION
    assert caught.value.path.endswith("Main.lrcat-data")


def test_a_folder_with_more_in_it_than_any_catalog_has_is_refused(
    company: Company, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("catalog_adapters.belongings._MOST", 3)
    with pytest.raises(CatalogUnreadable, match="More than 3") as caught:
        members_of(belongings(company))
    assert caught.value.reason is Reason.TOO_BIG


def test_a_copy_of_a_quiet_catalog_has_its_very_bytes_and_opens(company: Company, scratch: Path) -> None:
    parts = belongings(company)
    whole, target = copied(parts, scratch)
    assert whole.torn == ()
    for name, path in parts.databases:
        assert (target / name).read_bytes() == path.read_bytes()
    for name, content in company.mine.items():
        assert (target / name).read_bytes() == content
    lying = {str(path.relative_to(target)) for path in target.rglob("*") if path.is_file()}
    assert lying == company.mine.keys() | {name for name, _ in parts.databases}
    assert are_sound([target / name for name, _ in parts.databases], 60)
    facts = company.editor.adapter.read(target / parts.databases[0][0], now=NOW, editor_alive=closed)
    assert len(facts.images) == company.editor.rows


def test_a_catalog_that_was_not_touched_stands_as_it_stood(company: Company, scratch: Path) -> None:
    parts = belongings(company)
    before = stand_of(parts)
    whole, _ = copied(parts, scratch)
    assert whole.stand == before == stand_of(parts)
    with (parts.folder / next(iter(company.mine))).open("ab") as file:
        file.write(b"x")
    assert stand_of(parts) != before


def test_a_missing_document_belongs_nowhere(editor: Editor, home: Path, scratch: Path) -> None:
    parts = editor.adapter.belongings(home / "gone" / editor.name)
    with pytest.raises(CatalogUnreadable) as caught:
        copy_catalog(parts, scratch, now=NOW, options=ReadOptions(scratch=scratch))
    assert caught.value.reason is Reason.MISSING


def test_a_damaged_database_is_never_copied(editor: Editor, home: Path, scratch: Path) -> None:
    path = editor.make(home / editor.name)
    data = bytearray(path.read_bytes())
    for page in range(1, len(data) // 4096):
        data[page * 4096 : page * 4096 + 64] = os.urandom(64)
    path.write_bytes(data)
    target = scratch / "staged"
    target.mkdir()
    with untouched(home), pytest.raises(CatalogUnreadable) as caught:
        copy_catalog(editor.adapter.belongings(path), target, now=NOW, options=ReadOptions(scratch=scratch))
    assert caught.value.reason is Reason.CORRUPT
    assert not (target / editor.name).exists()


def test_what_stands_in_the_log_of_a_running_editor_is_in_the_copy(home: Path, scratch: Path) -> None:
    editor = database(home / "a.db", "WAL")
    editor.execute("UPDATE t SET value = 'new'")
    with untouched(home):
        copy_to(home / "a.db", scratch / "copy.db", now=NOW, options=ReadOptions(scratch=scratch))
    editor.close()
    assert os.listdir(scratch) == ["copy.db"]
    copy = sqlite3.connect(scratch / "copy.db")
    assert copy.execute("SELECT DISTINCT value FROM t").fetchall() == [("new",)]
    copy.close()


def test_a_change_that_a_crash_cut_off_is_taken_back_in_the_copy(home: Path, scratch: Path, tmp_path: Path) -> None:
    path = hot(home, tmp_path)
    with untouched(home):
        copy_to(path, scratch / "copy.db", now=NOW, options=ReadOptions(scratch=scratch))
    copy = sqlite3.connect(scratch / "copy.db")
    assert copy.execute("SELECT DISTINCT value FROM t").fetchall() == [("old",)]
    copy.close()


@pytest.fixture(params=["WAL", "DELETE", "PERSIST", "TRUNCATE"])
def busy(request: pytest.FixtureRequest, home: Path) -> Iterator[Path]:
    """A document that another process writes in bursts."""
    path = home / "busy.db"
    words = [sys.executable, str(WRITER), str(path), str(request.param)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        assert writer.stdout.readline() == "ready\n"
        yield path
        writer.kill()


def test_beside_a_busy_writer_each_copy_is_one_whole_transaction_or_none(busy: Path, scratch: Path) -> None:
    whole, reasons = 0, set()
    for _ in range(40):
        try:
            copy_to(busy, scratch / "copy.db", now=NOW, options=ReadOptions(scratch=scratch))
        except CatalogUnreadable as error:
            reasons.add(error.reason)
            assert os.listdir(scratch) == []
            continue
        copy = sqlite3.connect(scratch / "copy.db")
        question = "SELECT count(*), value FROM counter GROUP BY value, substr(filler, 1, 1)"
        [(rows, _)] = copy.execute(question).fetchall()
        copy.close()
        assert rows == 400
        whole += 1
        for name in os.listdir(scratch):
            (scratch / name).unlink()
    assert whole
    assert reasons <= {Reason.UNSTABLE}


@pytest.mark.skipif(sys.platform != "linux", reason="the lock is asked for on Linux")
@pytest.mark.parametrize("name", ["library.db", "data.db"])
def test_two_databases_that_are_one_catalog_are_copied_at_one_moment_and_never_in_the_middle_of_a_change(
    name: str, home: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pair, "_PAUSES", (0.0, 0.0))
    parts = EDITORS[2].adapter.belongings(EDITORS[2].make(home / "library.db"))
    change = "UPDATE images SET flags = 4" if name == "library.db" else "DELETE FROM tags WHERE id = 2"
    words = [sys.executable, "-c", CHANGE, str(home / name), change]
    target = scratch / "staged"
    target.mkdir()
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as editor:
        assert editor.stdout
        assert editor.stdout.readline() == "locked\n"
        with pytest.raises(CatalogUnreadable, match="being written"):
            copy_catalog(parts, target, now=NOW, options=ReadOptions(scratch=scratch))
        assert os.listdir(target) == []
        editor.communicate("go on\n")
    whole = copy_catalog(parts, target, now=NOW, options=ReadOptions(scratch=scratch))
    assert len(whole.stand.databases) == 2
    for copy, path in parts.databases:
        assert (target / copy).read_bytes() == path.read_bytes()


def test_a_change_of_one_database_between_the_two_copies_begins_both_anew(
    home: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = EDITORS[2].adapter.belongings(EDITORS[2].make(home / "library.db"))
    real, copies = pair.copy_to, []

    def changed(database: Path, *rest: Path, **options: Any) -> Any:
        copies.append(database.name)
        if copies == ["library.db", "data.db"]:
            alter(home / "library.db", "UPDATE db_info SET value = '38' WHERE key = 'version'")
        return real(database, *rest, **options)

    monkeypatch.setattr(pair, "copy_to", changed)
    target = scratch / "staged"
    target.mkdir()
    copy_catalog(parts, target, now=NOW, options=ReadOptions(scratch=scratch))
    assert copies == ["library.db", "data.db"] * 2
    assert (target / "library.db").read_bytes() == (home / "library.db").read_bytes()


def everything(home: Path) -> Belongings:
    document = EDITORS[0].make(home / "Main.lrcat")
    rule = lambda parts, _: leave("the document") if parts[0].startswith("Main.lrcat") else TAKE  # noqa: E731
    return Belongings(((document.name, document),), home, rule)


def test_a_file_that_changes_while_it_is_copied_is_copied_again(
    home: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = everything(home)
    (home / "masks").write_bytes(b"one")
    (home / "still").write_bytes(b"still")
    real, copies = whole_copy.copy_file, []

    def once_written(source: str, target: str) -> None:
        real(source, target)
        copies.append(os.path.basename(source))
        if copies.count("masks") == 1 and source.endswith("masks"):
            (home / "masks").write_bytes(b"two!")
            (home / "new").write_bytes(b"came meanwhile")

    monkeypatch.setattr(whole_copy, "copy_file", once_written)
    target = scratch / "staged"
    target.mkdir()
    whole = copy_catalog(parts, target, now=NOW, options=ReadOptions(scratch=scratch))
    assert whole.torn == ()
    assert (target / "masks").read_bytes() == b"two!"
    assert (target / "new").read_bytes() == b"came meanwhile"
    assert copies.count("still") == 1
    assert [member.name for member in whole.stand.listing.members] == ["masks", "new", "still"]


def test_a_file_that_comes_while_others_are_copied_belongs_to_them(
    home: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = everything(home)
    (home / "masks").write_bytes(b"one")
    real = whole_copy.copy_file

    def with_another(source: str, target: str) -> None:
        real(source, target)
        if not (home / "new").exists():
            (home / "new").write_bytes(b"came meanwhile")

    monkeypatch.setattr(whole_copy, "copy_file", with_another)
    monkeypatch.setattr(whole_copy, "_PAUSES", (0.0, 0.0, 0.0))
    target = scratch / "staged"
    target.mkdir()
    whole = copy_catalog(parts, target, now=NOW, options=ReadOptions(scratch=scratch))
    assert whole.torn == ()
    assert (target / "new").read_bytes() == b"came meanwhile"
    assert [member.name for member in whole.stand.listing.members] == ["masks", "new"]


def test_a_file_that_never_stands_still_is_told_to_be_torn_and_the_database_is_whole(
    home: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = everything(home)
    (home / "masks").write_bytes(b"x")
    (home / "goes").write_bytes(b"y")
    real = whole_copy.copy_file

    def written(source: str, target: str) -> None:
        real(source, target)
        if source.endswith("masks"):
            with (home / "masks").open("ab") as file:
                file.write(b"x")
        (home / "goes").unlink(missing_ok=True)

    monkeypatch.setattr(whole_copy, "copy_file", written)
    monkeypatch.setattr(whole_copy, "_PAUSES", (0.0, 0.0, 0.0))
    target = scratch / "staged"
    target.mkdir()
    whole = copy_catalog(parts, target, now=NOW, options=ReadOptions(scratch=scratch))
    assert whole.torn == ("masks",)
    assert sorted(os.listdir(target)) == ["Main.lrcat", "masks"]
    assert are_sound([target / "Main.lrcat"], 60)


def test_a_change_that_keeps_size_and_time_is_found_by_the_second_read(
    home: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = everything(home)
    (home / "masks").write_bytes(b"one")
    real = whole_copy.copy_file

    def behind(source: str, target: str) -> None:
        real(source, target)
        status = os.stat(home / "masks")
        with (home / "masks").open("r+b") as file:
            file.write(b"two")
        os.utime(home / "masks", ns=(status.st_atime_ns, status.st_mtime_ns))

    monkeypatch.setattr(whole_copy, "copy_file", behind)
    target = scratch / "staged"
    target.mkdir()
    whole = copy_catalog(parts, target, now=NOW, options=ReadOptions(scratch=scratch))
    assert whole.torn == ()
    assert (target / "masks").read_bytes() == b"two"


def test_a_file_that_may_not_be_read_is_told_by_its_name_and_nothing_is_said_to_be_whole(
    home: Path, scratch: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parts = everything(home)
    (home / "masks").write_bytes(b"one")

    def refused(source: str, _target: str) -> None:
        raise PermissionError(13, "Permission denied", source)

    monkeypatch.setattr(whole_copy, "copy_file", refused)
    with pytest.raises(CatalogUnreadable) as caught:
        copy_catalog(parts, scratch, now=NOW, options=ReadOptions(scratch=scratch))
    assert caught.value.reason is Reason.NO_PERMISSION
    assert caught.value.path.endswith("masks")


def test_catalogs_of_real_programs_are_copied_with_their_very_bytes(home: Path, scratch: Path) -> None:
    """Those that are at hand here, and one that is made."""
    made = EDITORS[2].make(home / "library.db")
    for source in (made, *reference("real/*.lrcat"), *reference("real/*.cosessiondb")):
        kind = {".lrcat": "lightroom", ".cosessiondb": "capture_one", ".db": "darktable"}[source.suffix]
        path = home / source.stem / source.name
        path.parent.mkdir()
        path.write_bytes(source.read_bytes())
        _, target = copied(adapter_for(kind).belongings(path), scratch)
        assert (target / source.name).read_bytes() == source.read_bytes()
        shutil.rmtree(target)
