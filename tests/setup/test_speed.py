"""How fast a disk is: measured, told as it goes on, and nothing left of it."""

from loops import needs_loops

from ingest.setup.speed import measure


@needs_loops
def test_a_disk_is_written_and_read_and_nothing_stays(disks):
    steps: list[int] = []
    before = sorted(disks[0].iterdir())
    found = measure(str(disks[0]), 10**12, steps.append, sample=32 << 20)
    assert found is not None
    assert found.write > 0
    assert found.read > 0
    assert steps == sorted(steps)
    assert max(steps, default=0) <= 64 << 20
    assert sorted(disks[0].iterdir()) == before


def test_a_disk_that_is_nearly_full_is_left_alone(tmp_path):
    assert measure(str(tmp_path), 10**6, lambda _: None) is None


def test_a_folder_that_cannot_be_written_gives_no_speed(tmp_path):
    assert measure(str(tmp_path / "missing"), 10**12, lambda _: None, sample=1 << 20) is None
