"""What the tests of catalog reading share: the proof that nothing changed, and shared reference data if it is there."""

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path

Alive = Callable[[Path], bool]
NOW = 4_000_000_000.0  # long after every file of a test was written


def closed(_document: Path) -> bool:
    """No editor runs."""
    return False


def running(_document: Path) -> bool:
    """The editor may have the document open."""
    return True


ALIVE: tuple[Alive, ...] = (closed, running)


def shared_data() -> Path | None:
    """The folder with reference data: SAFELIGHT_SHARED, else `shared` beside the checkout. None when not there."""
    checkout = Path(__file__).parents[2]
    for place in (os.environ.get("SAFELIGHT_SHARED"), checkout.parent / "shared"):
        if place and (Path(place) / "catalogs").is_dir():
            return Path(place)
    return None


def reference(pattern: str) -> list[Path]:
    """Reference files below `catalogs/`, none when there are no reference data."""
    shared = shared_data()
    return sorted((shared / "catalogs").glob(pattern)) if shared else []


def state(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Every entry below `folder`, itself included: (mode, mtime in ns, content). A folder's mtime betrays even a
    file that came and went."""
    found = {}
    for path in (folder, *sorted(folder.rglob("*"))):
        status = path.lstat()
        content = path.read_bytes() if path.is_file() and os.access(path, os.R_OK) else b""
        found[str(path)] = (status.st_mode, status.st_mtime_ns, content)
    return found


@contextlib.contextmanager
def untouched(folder: Path) -> Iterator[None]:
    """Fail when anything below `folder` differs afterwards."""
    before = state(folder)
    try:
        yield
    finally:
        assert state(folder) == before
