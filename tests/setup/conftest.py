"""Two real file systems for as long as a file of tests. Their images lie in memory where that is there: quick."""

import tempfile
from pathlib import Path

import pytest
from loops import loop_disk

_MEMORY = Path("/dev/shm")


@pytest.fixture(scope="module")
def disks(tmp_path_factory):
    """Two file systems on two devices, mounted; gives where."""
    where = _MEMORY if _MEMORY.is_dir() else tmp_path_factory.mktemp("disks")
    with (
        tempfile.TemporaryDirectory(dir=where) as folder,
        loop_disk(Path(folder), 100) as one,
        loop_disk(Path(folder), 100) as other,
    ):
        yield one.mnt, other.mnt
