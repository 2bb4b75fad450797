"""Two real disks of one's own, for as long as a folder of tests."""

import pytest
from loops import loop_disk


@pytest.fixture(scope="module")
def disks(tmp_path_factory):
    """Two file systems on two devices, mounted; gives where."""
    folder = tmp_path_factory.mktemp("disks")
    with loop_disk(folder, 100) as one, loop_disk(folder, 100) as other:
        yield one.mnt, other.mnt
