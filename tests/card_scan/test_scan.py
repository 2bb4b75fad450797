"""What is on the card, whatever it is: a file that the scan does not see is a photograph that formatting destroys."""

import errno
import os
import socket
import subprocess

import pytest

from ingest.card import scan as scan_module
from ingest.card.scan import scan
from ingest.errors import CardGone, NoCard
from ingest.model.cards import CardFile, EntryKind, Listing

HOSTILE = [
    b"new\nline.jpg", b"esc\x1b[2J.jpg", b"-rf.jpg", b"$(id).jpg", b"%n.jpg", b"\xff\xfe.jpg", b"\xe2\x80\xaegpj.exe",
    "🌊.jpg".encode(), "é.jpg".encode(), "e\u0301.jpg".encode(), b"x" * 251 + b".jpg", b" ", b"a:b?.jpg", b"CON.JPG",
]  # fmt: skip


def _kinds(listing: Listing) -> dict[bytes, EntryKind]:
    return {file.path: file.kind for file in listing.files}


def _write(path, data=b"x", mtime_ns=1_700_000_000_123_456_789):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, ns=(mtime_ns, mtime_ns))


def test_every_file_is_listed_with_its_size_and_time_and_not_only_pictures(tmp_path):
    for name in (
        "DCIM/100CANON/IMG_0001.CR3",
        "DCIM/100CANON/IMG_0001.xyz",
        "notes.txt",
        ".hidden",
        "MISC/AUTPRINT.MRK",
    ):
        _write(tmp_path / name, b"12345")
    _write(tmp_path / "DCIM/100CANON/IMG_0002.JPG", b"", mtime_ns=-1)
    listing = scan(bytes(tmp_path))
    assert [file.path for file in listing.files] == [
        b".hidden", b"DCIM/100CANON/IMG_0001.CR3", b"DCIM/100CANON/IMG_0001.xyz", b"DCIM/100CANON/IMG_0002.JPG",
        b"MISC/AUTPRINT.MRK", b"notes.txt",
    ]  # fmt: skip
    assert listing.files[1] == CardFile(b"DCIM/100CANON/IMG_0001.CR3", 5, 1_700_000_000_123_456_789)
    assert (listing.files[3].size, listing.files[3].mtime_ns) == (0, -1)
    assert listing.empty_folders == ()


def test_names_are_the_bytes_that_the_card_has(tmp_path):
    for name in HOSTILE:
        _write_bytes(bytes(tmp_path) + b"/" + name)
    assert {file.path for file in scan(bytes(tmp_path)).files} == set(HOSTILE)


def _write_bytes(path):
    with open(path, "wb") as file:
        file.write(b"x")


def test_links_are_listed_and_never_followed(tmp_path):
    outside, card = tmp_path / "outside", tmp_path / "card"
    _write(outside / "secret.jpg")
    (card / "DCIM").mkdir(parents=True)
    (card / "DCIM" / "folder").symlink_to(outside)
    (card / "DCIM" / "file.jpg").symlink_to(outside / "secret.jpg")
    (card / "DCIM" / "loop").symlink_to(".")
    (card / "DCIM" / "dangling").symlink_to("nowhere")
    listing = scan(bytes(card))
    assert _kinds(listing) == dict.fromkeys(
        (b"DCIM/dangling", b"DCIM/file.jpg", b"DCIM/folder", b"DCIM/loop"), EntryKind.SYMLINK
    )
    assert all(file.problem for file in listing.files)


def test_a_fifo_a_socket_and_a_device_are_listed_and_nothing_hangs(tmp_path):
    os.mkfifo(tmp_path / "fifo")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(tmp_path / "socket"))
        assert _kinds(scan(bytes(tmp_path))) == {b"fifo": EntryKind.SPECIAL, b"socket": EntryKind.SPECIAL}


def test_folders_that_hold_nothing_are_kept_in_mind(tmp_path):
    (tmp_path / "PRIVATE/M4ROOT/GENERAL").mkdir(parents=True)
    (tmp_path / "PRIVATE/M4ROOT/SUB").mkdir()
    _write(tmp_path / "PRIVATE/M4ROOT/CLIP/C0001.MP4")
    assert scan(bytes(tmp_path)).empty_folders == (b"PRIVATE/M4ROOT/GENERAL", b"PRIVATE/M4ROOT/SUB")


def test_an_empty_card_lists_nothing(tmp_path):
    assert scan(bytes(tmp_path)) == Listing(())


@pytest.fixture
def deep_card(tmp_path):
    """Takes down what pytest's own clean-up cannot: it calls itself once a level."""
    yield tmp_path
    subprocess.run(["rm", "-rf", tmp_path / "d"], check=True)


def test_a_thousand_levels_with_files_and_side_folders_on_each_are_walked_with_few_descriptors(deep_card, monkeypatch):
    levels, most = 1100, 0
    fd = os.open(deep_card, os.O_RDONLY)
    for _ in range(levels):
        for name in (b"a", b"d", b"z"):
            os.mkdir(name, dir_fd=fd)
        os.close(os.open(b"z/photo.jpg", os.O_CREAT | os.O_WRONLY, dir_fd=fd))
        inner = os.open(b"d", os.O_RDONLY, dir_fd=fd)
        os.close(fd)
        fd = inner
    os.close(fd)
    real = os.scandir

    def counting(where):
        nonlocal most
        most = max(most, len(os.listdir("/proc/self/fd")))
        return real(where)

    before = len(os.listdir("/proc/self/fd"))
    monkeypatch.setattr(os, "scandir", counting)
    listing = scan(bytes(deep_card))
    monkeypatch.undo()
    assert len(listing.files) == levels
    assert len(listing.empty_folders) == levels + 1
    assert {file.kind for file in listing.files} == {EntryKind.FILE}
    assert most - before < 80
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_folder_nested_without_end_is_told_and_the_rest_of_the_card_is_listed(tmp_path, monkeypatch):
    _write(tmp_path / "aa/bb/cc/photo.jpg")
    _write(tmp_path / "photo.jpg")
    monkeypatch.setattr(scan_module, "_LONGEST_PATH", 5)
    assert _kinds(scan(bytes(tmp_path))) == {b"aa/bb/cc": EntryKind.UNLISTABLE, b"photo.jpg": EntryKind.FILE}


class _Failing:
    """A listing that gives `good` entries and then what a dying card gives."""

    def __init__(self, entries, good):
        self._entries, self._good = entries, good

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._entries.close()

    def __iter__(self):
        for number, entry in enumerate(sorted(self._entries, key=lambda entry: entry.name)):
            if number == self._good:
                break
            yield entry
        raise OSError(errno.EIO, "Input/output error")


@pytest.fixture
def fail_listing(monkeypatch):
    """Make the listing of the folder that holds `name` break off after `good` entries."""
    real = os.scandir

    def install(name, good):
        def scandir(where):
            return _Failing(real(where), good) if name in os.listdir(where) else real(where)

        monkeypatch.setattr(os, "scandir", scandir)

    return install


def test_a_listing_that_breaks_off_is_told_beside_everything_that_was_seen(tmp_path, fail_listing):
    for name in ("DCIM/100CANON/a.jpg", "DCIM/100CANON/b.jpg", "DCIM/101CANON/c.jpg"):
        _write(tmp_path / name)
    fail_listing("b.jpg", 1)
    listing = scan(bytes(tmp_path))
    assert _kinds(listing) == {
        b"DCIM/100CANON": EntryKind.UNLISTABLE,
        b"DCIM/100CANON/a.jpg": EntryKind.FILE,
        b"DCIM/101CANON/c.jpg": EntryKind.FILE,
    }
    assert listing.files[0].problem == "Input/output error"


def test_a_folder_that_breaks_off_at_once_is_not_called_empty(tmp_path, fail_listing):
    _write(tmp_path / "DCIM/100CANON/a.jpg")
    fail_listing("a.jpg", 0)
    listing = scan(bytes(tmp_path))
    assert listing.empty_folders == ()
    assert _kinds(listing) == {b"DCIM/100CANON": EntryKind.UNLISTABLE}


def test_a_root_that_breaks_off_is_told_too(tmp_path, fail_listing):
    _write(tmp_path / "a.jpg")
    fail_listing("a.jpg", 0)
    assert _kinds(scan(bytes(tmp_path))) == {b".": EntryKind.UNLISTABLE}


def test_an_entry_that_gives_no_size_is_told_and_not_dropped(tmp_path, monkeypatch):
    _write(tmp_path / "a.jpg")
    _write(tmp_path / "b.jpg")
    real = os.scandir

    class Entry:
        def __init__(self, entry):
            self.name, self._entry = entry.name, entry

        def stat(self, *, follow_symlinks):
            if self.name == "a.jpg":
                raise OSError(errno.EIO, "Input/output error")
            return self._entry.stat(follow_symlinks=follow_symlinks)

    class Listed:
        def __init__(self, where):
            self._entries = real(where)

        def __enter__(self):
            return map(Entry, self._entries)

        def __exit__(self, *_):
            self._entries.close()

    monkeypatch.setattr(os, "scandir", Listed)
    assert _kinds(scan(bytes(tmp_path))) == {b"a.jpg": EntryKind.UNLISTABLE, b"b.jpg": EntryKind.FILE}


def test_a_folder_swapped_for_a_link_while_the_card_is_read_leads_nowhere(tmp_path, monkeypatch):
    outside, card = tmp_path / "outside", tmp_path / "card"
    _write(outside / "secret.jpg")
    _write(card / "DCIM" / "a.jpg")
    real, swapped = os.open, []

    def swapping(path, *arguments, **options):
        if path == b"DCIM" and not swapped:
            swapped.append((card / "DCIM").rename(tmp_path / "moved"))
            (card / "DCIM").symlink_to(outside)
        return real(path, *arguments, **options)

    monkeypatch.setattr(os, "open", swapping)
    listing = scan(bytes(card))
    assert swapped
    assert _kinds(listing) == {b"DCIM": EntryKind.UNLISTABLE}


def test_a_card_that_is_not_there_is_gone(tmp_path):
    with pytest.raises(CardGone):
        scan(bytes(tmp_path / "card"))


def test_a_card_pulled_while_it_is_listed_is_gone_and_not_broken(tmp_path, fail_listing, monkeypatch):
    card = tmp_path / "card"
    _write(card / "DCIM" / "a.jpg")
    fail_listing("a.jpg", 0)
    real = os.listdir

    def listdir(where):
        if card.exists() and "a.jpg" in real(where):
            card.rename(tmp_path / "pulled")
        return real(where)

    monkeypatch.setattr(os, "listdir", listdir)
    with pytest.raises(CardGone):
        scan(bytes(card))


def test_a_card_that_this_user_may_not_read_is_no_card_and_says_why(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(NoCard, match="may not read"):
        scan(bytes(tmp_path))
