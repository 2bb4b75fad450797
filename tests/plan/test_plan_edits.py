"""What of a shoot's folder is an edit, and why the rest is not: pure decisions."""

import pytest

from ingest.model.cards import EntryKind
from ingest.plan.edits import Entry, Reason, folder_left_out, left_out, sort_entries

NOW = 1_000_000_000_000
OLD = NOW - 10_000_000_000


def entry(path, size=5, mtime_ns=OLD, inode=7, kind=EntryKind.FILE):
    return Entry(path, size, mtime_ns, inode, kind)


def nobody(_):
    return None


@pytest.mark.parametrize(
    "name",
    [
        b"IMG_1.xmp", b"IMG_1.CR3.xmp", b"CaptureOne/Settings/IMG_1.CR3.cos", b"exports/web/IMG_1.jpg", b"README",
        b"Caches/a.jpg", b"Cache/a.jpg", b".hidden", b"a~b.jpg", b"tmp", b"caf\xe9.tif", b"a\nb.xmp", b"lock.jpg",
        b"CaptureOne/Cache.cop",
    ],
)  # fmt: skip
def test_what_editors_write_is_an_edit(name):
    assert left_out(entry(b"2025/M/" + name), (), nobody) is None


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        (b".safelight/versions/a.xmp", Reason.PRIVATE),
        (b"ascmhl/0001.mhl", Reason.HISTORY),
        (b"ASCMHL/0001.mhl", Reason.HISTORY),
        (b"CaptureOne/Cache/Thumbnails/IMG_1.cot", Reason.CACHE),
        (b"sub/captureone/cache/x", Reason.CACHE),
        (b"IMG_1.xmp~", Reason.TEMPORARY),
        (b"IMG_1.xmp.tmp", Reason.TEMPORARY),
        (b"IMG_1.TMP", Reason.TEMPORARY),
        (b".safelight-restore-1", Reason.TEMPORARY),
        (b"~$notes.docx", Reason.TEMPORARY),
        (b".~lock.notes.odt#", Reason.TEMPORARY),
        (b"M.lrcat.lock", Reason.TEMPORARY),
        (b"M.cocatalogdb-wal", Reason.TEMPORARY),
        (b".nfs00ab", Reason.TEMPORARY),
        (b"evil\n.tmp", Reason.TEMPORARY),
        (b".DS_Store", Reason.RULE),
        (b"skip/deep/a.xmp", Reason.RULE),
    ],
)
def test_what_is_nobodys_work_is_left_out_and_the_reason_can_be_told(name, reason):
    assert left_out(entry(b"2025/M/" + name), (".DS_Store", "skip"), nobody) is reason


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        (EntryKind.SYMLINK, Reason.LINK),
        (EntryKind.SPECIAL, Reason.SPECIAL),
        (EntryKind.UNLISTABLE, Reason.UNLISTED),
    ],
)
def test_only_regular_files_are_edits(kind, reason):
    assert left_out(entry(b"2025/M/a", kind=kind), (), nobody) is reason


def test_our_own_copy_is_no_edit_and_one_that_changed_is_told():
    assert left_out(entry(b"2025/M/IMG_1.CR3"), (), lambda each: each.path == b"2025/M/IMG_1.CR3") is Reason.OURS
    assert left_out(entry(b"2025/M/IMG_1.CR3"), (), lambda _: False) is Reason.ALTERED


def test_a_whole_folder_can_be_passed_over():
    assert folder_left_out(b"2025/M/CaptureOne/Cache") is Reason.CACHE
    assert folder_left_out(b"2025/M/CaptureOne") is None


def test_each_entry_is_in_exactly_one_pile():
    watched = {b"same": (5, OLD, 7), b"resized": (4, OLD, 7), b"retimed": (5, OLD - 1, 7), b"replaced": (5, OLD, 6)}
    entries = [entry(name) for name in (b"same", b"resized", b"retimed", b"replaced", b"new", b"a.tmp")]
    entries += [entry(b"now", mtime_ns=NOW - 1_999_999_999), entry(b"soon", mtime_ns=NOW + 1_999_999_999)]
    entries += [entry(b"then", mtime_ns=NOW - 2_000_000_000), entry(b"future", mtime_ns=NOW + 2_000_000_000)]
    found = sort_entries(entries, watched, (), NOW, nobody)
    piles = {name: [e.path for e in getattr(found, name)] for name in ("new", "changed", "same", "waiting")}
    assert piles == {
        "new": [b"new", b"then", b"future"],
        "changed": [b"resized", b"retimed", b"replaced"],
        "same": [b"same"],
        "waiting": [b"now", b"soon"],
    }
    assert [e.path for e in found.left[Reason.TEMPORARY]] == [b"a.tmp"]


def test_a_file_that_did_not_change_does_not_wait_however_new_it_is():
    found = sort_entries([entry(b"a", mtime_ns=NOW)], {b"a": (5, NOW, 7)}, (), NOW, nobody)
    assert [e.path for e in found.same] == [b"a"]
