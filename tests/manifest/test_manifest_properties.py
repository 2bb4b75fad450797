import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st
from manifest_cases import entries, entry, hash_of, plant, record

from ingest.manifest.history import read_history
from ingest.manifest.ignore import OWN_PATTERNS, IgnoreRules
from ingest.manifest.names import expressible
from ingest.manifest.records import LeftOut, Outcome, Why
from ingest.manifest.verify import verify_folder

_NAMES = st.one_of(
    st.text(min_size=1, max_size=12).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.binary(min_size=1, max_size=12),
    st.sampled_from([b"IMG_0001.JPG", b"IMG_0001.xmp", b"CaptureOne", b"100CANON", b"._a", b"a b", b"&<>"]),
).filter(lambda name: name not in (b".", b"..") and b"/" not in name and b"\x00" not in name)
_FOLDERS = st.sampled_from([b"", b"A/", b"A/B/", "Ü/".encode(), b"C\x1bD/", b"CaptureOne/"])
_TREES = st.dictionaries(st.builds(bytes.__add__, _FOLDERS, _NAMES), st.binary(max_size=20), min_size=1, max_size=12)


def _possible(tree: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    """No file may bear the name of a folder; `ascmhl` belongs to the history."""
    folders = {path[:at] for path in tree for at in range(len(path)) if path[at : at + 1] == b"/"}
    return {path: data for path, data in tree.items() if path not in folders and path not in (b"ascmhl", b"A", b"A/B")}


def _recordable(tree: Mapping[bytes, bytes]) -> dict[bytes, bytes]:
    rules = IgnoreRules(OWN_PATTERNS)
    return {path: data for path, data in tree.items() if expressible(path) and not rules.ignores(path)}


@given(first=_TREES, second=_TREES)
@settings(deadline=None, max_examples=120)
def test_whatever_is_written_reads_back_and_nothing_is_silently_dropped(
    first: dict[bytes, bytes], second: dict[bytes, bytes]
) -> None:
    second = _possible({**second, **first})
    first = {path: content for path, content in first.items() if path in second}
    with tempfile.TemporaryDirectory(prefix="shoot-") as place:
        folder = Path(place)
        plant(folder, second)
        for later, tree in enumerate((first, second)):
            if not tree:
                continue
            done = record(folder, entries(tree), later=later)
            told = {left.path for left in done.left_out}
            assert told == tree.keys() - _recordable(tree).keys()
            assert done.original + done.verified == len(_recordable(tree))
            assert done.failed == ()
        _agrees(folder, second)


def _agrees(folder: Path, tree: dict[bytes, bytes]) -> None:
    recordable = _recordable(tree)
    history = read_history(os.fsencode(folder))
    assert history.files.keys() == recordable.keys()
    for path, known in history.files.items():
        wanted = entry(path, recordable[path])
        assert (known.size, known.digest("xxh128")) == (wanted.size, wanted.xxh128.hex())
    if recordable:
        report = verify_folder(os.fsencode(folder), hash_of(folder))
        assert (report.ok, report.changed, report.missing) == (sorted(recordable), [], [])
        assert {path for path in report.added if expressible(path)} == set()


@given(tree=_TREES, data=st.data())
@settings(deadline=None, max_examples=60)
def test_one_damaged_file_in_any_tree_is_the_one_that_is_named(tree: dict[bytes, bytes], data: st.DataObject) -> None:
    tree = _possible(tree)
    candidates = sorted(path for path, content in _recordable(tree).items() if content)
    if not candidates:
        return
    victim = data.draw(st.sampled_from(candidates))
    with tempfile.TemporaryDirectory(prefix="shoot-") as place:
        folder = Path(place)
        plant(folder, tree)
        record(folder, entries(tree))
        content = bytearray(tree[victim])
        content[data.draw(st.integers(0, len(content) - 1))] ^= data.draw(st.integers(1, 255))
        plant(folder, {victim: bytes(content)})
        report = verify_folder(os.fsencode(folder), hash_of(folder))
        assert report.changed == [victim]
        assert not report.clean


@given(tree=_TREES)
@settings(deadline=None, max_examples=60)
def test_recording_twice_is_recording_once(tree: dict[bytes, bytes]) -> None:
    tree = _possible(tree)
    if not _recordable(tree):
        return
    with tempfile.TemporaryDirectory(prefix="shoot-") as place:
        folder = Path(place)
        plant(folder, tree)
        first = record(folder, entries(tree))
        again = record(folder, list(reversed(entries(tree))), later=60)
        assert (first.outcome, again.outcome) == (Outcome.WRITTEN, Outcome.ALREADY_RECORDED)
        assert (again.number, again.root, again.left_out) == (1, first.root, first.left_out)
        assert all(isinstance(left, LeftOut) and left.why in (Why.NAME, Why.IGNORED) for left in again.left_out)
