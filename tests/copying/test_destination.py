import errno
import os
import pickle

import pytest

from ingest.copying import destination
from ingest.copying.destination import MARKER, PRIVATE, admit, open_destination
from ingest.copying.jobs import Failure
from ingest.copying.writing import Writer
from ingest.errors import DestinationMissing, DestinationReadOnly, DestinationRefused
from ingest.model.places import Destination, DestinationKind


def test_a_destination_known_to_the_ledger_without_its_marker_is_refused_and_nothing_is_written(bench):
    root = bench.roots["nas"]
    marker = bench.places[1].marker
    for path in (root / ".safelight").rglob("*"):
        if path.is_file():
            path.unlink()
    before = sorted(root.rglob("*"))
    with pytest.raises(DestinationMissing, match="not the destination that was used before"):
        admit(bench.place("nas"), marker)
    assert sorted(root.rglob("*")) == before


def test_another_destinations_marker_is_refused(bench):
    with pytest.raises(DestinationRefused, match="another destination"):
        admit(bench.place("nas"), bench.places[0].marker)


def test_a_damaged_marker_is_never_taken_for_first_use(bench):
    (bench.roots["nas"] / os.fsdecode(PRIVATE) / os.fsdecode(MARKER)).write_bytes(b"{ torn")
    with pytest.raises(DestinationMissing):
        admit(bench.place("nas"), "")


def test_a_destination_that_is_not_there_is_missing(bench):
    bench.roots["nas"].rename(bench.roots["nas"].with_name("away"))
    with pytest.raises(DestinationMissing, match="there is no folder"):
        admit(bench.place("nas"), "")


def test_a_folder_that_this_user_may_not_write_is_read_only(bench, monkeypatch):
    from ingest.copying import destination

    def refused(*_args, **_kwargs):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(destination, "open_folder", refused)
    with pytest.raises(DestinationReadOnly):
        admit(bench.place("nas"), bench.places[1].marker)


def swap(root):
    """Another folder stands where a destination was."""
    root.rename(root.with_name("old"))
    root.mkdir()


def results(outcomes):
    return {name: result.failure for outcome in outcomes for name, result in outcome.results.items()}


def test_a_mount_that_was_swapped_since_it_was_admitted_is_not_opened(bench):
    swap(bench.roots["nas"])
    with pytest.raises(DestinationMissing, match="no longer mounted"):
        open_destination(bench.places[1])
    outcomes = bench.copy([bench.job(bench.put("A.JPG", b"data"))])
    assert results(outcomes) == {"ssd": None, "nas": Failure.GONE}
    assert list(bench.roots["nas"].iterdir()) == []


def test_a_swapped_mount_is_noticed_before_anything_is_published(bench, monkeypatch):
    flush = Writer._on_flush

    def swapped(self, batch):
        if self.place.name == "nas":
            swap(bench.roots["nas"])
        return flush(self, batch)

    monkeypatch.setattr(Writer, "_on_flush", swapped)
    outcomes = bench.copy([bench.job(bench.put("A.JPG", b"data"))])
    assert results(outcomes) == {"ssd": None, "nas": Failure.GONE}
    assert list(bench.roots["nas"].iterdir()) == []


def test_what_was_admitted_is_plain_data_and_holds_nothing_open(bench):
    before = os.listdir("/proc/self/fd")
    admitted = admit(bench.place("nas"), bench.places[1].marker)
    assert os.listdir("/proc/self/fd") == before
    assert pickle.loads(pickle.dumps(admitted)) == admitted


def test_two_sessions_that_use_a_destination_first_at_the_same_moment_agree_on_its_marker(tmp_path, monkeypatch):
    real = destination.write_durably

    def quicker(folder, name, data, *, replace):
        real(folder, name, data.replace(b'"marker": "', b'"marker": "quicker-'), replace=replace)
        real(folder, name, data, replace=replace)

    monkeypatch.setattr(destination, "write_durably", quicker)
    place = Destination("ssd", DestinationKind.SSD, bytes(tmp_path))
    assert admit(place, "").marker.startswith("quicker-")


def test_a_marker_that_the_power_cut_half_way_leaves_nothing_behind(bench):
    private = bench.roots["nas"] / ".safelight"
    (private / (".safelight-" + "0a" * 16)).write_bytes(b"half a mar")
    (private / ".safelight-notes").write_bytes(b"somebody else's")
    admit(bench.place("nas"), bench.places[1].marker)
    assert [path.name for path in private.glob(".safelight-*")] == [".safelight-notes"]


def test_a_session_whose_half_made_marker_a_quicker_one_swept_takes_the_quicker_ones(tmp_path, monkeypatch):
    real = destination.write_durably
    place = Destination("ssd", DestinationKind.SSD, bytes(tmp_path))

    def swept(folder, name, data, *, replace):
        real(folder, name, data.replace(b'"marker": "', b'"marker": "quicker-'), replace=replace)
        raise FileNotFoundError(errno.ENOENT, "the temporary file is gone")

    monkeypatch.setattr(destination, "write_durably", swept)
    assert admit(place, "").marker.startswith("quicker-")
