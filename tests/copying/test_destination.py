import errno
import os

import pytest

from ingest.copying.destination import MARKER, PRIVATE, admit
from ingest.copying.jobs import Failure
from ingest.errors import DestinationMissing, DestinationReadOnly, DestinationRefused


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


def test_a_swapped_mount_is_noticed_before_anything_is_published(bench):
    root = bench.roots["nas"]
    root.rename(root.with_name("old"))
    root.mkdir()
    [outcome] = bench.copy([bench.job(bench.put("A.JPG", b"data"))])
    assert outcome.results["nas"].failure is Failure.GONE
    assert outcome.results["ssd"].failure is None
    assert list(root.iterdir()) == []
