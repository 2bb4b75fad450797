import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from acceptance_desk import Desk, Plug, desk_with, plugging, scratch_folder

REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def scratch() -> Iterator[Path]:
    with scratch_folder() as folder:
        yield folder


@pytest.fixture
def plug(scratch: Path) -> Iterator[Plug]:
    with plugging(scratch) as ready:
        yield ready


@pytest.fixture
def desk(plug: Plug) -> Desk:
    """Three small ext4 disks; the card is still empty."""
    return desk_with(plug(160, label="EOS_DIGITAL"), plug(220), plug(220))


@pytest.fixture(scope="session")
def ascmhl_tool() -> Callable[..., subprocess.CompletedProcess[str]]:
    """The reference implementation in its own environment: `ascmhl_tool("diff", folder)`."""
    place = REPOSITORY / ".venv-ascmhl" / "bin"
    if not (place / "ascmhl").exists():
        pytest.skip(f"the reference tool is not installed in {place.parent.name}; `make` installs it")

    def run(verb: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        program = place / ("ascmhl-debug" if verb == "verify" else "ascmhl")
        words = [str(program), verb, *map(os.fspath, arguments)]
        return subprocess.run(words, capture_output=True, text=True, check=False, timeout=120)

    return run
