import os
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

Tool = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def ascmhl_tool() -> Tool:
    """The reference implementation in its own environment: `ascmhl_tool("diff", folder)`.

    Words that only the debugging front end knows go there.
    """
    place = ROOT / ".venv-ascmhl" / "bin"
    if not (place / "ascmhl").exists():
        pytest.skip(f"the reference tool is not installed in {place.parent.name}; `make` installs it")

    def run(verb: str, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
        program = place / ("ascmhl-debug" if verb == "verify" else "ascmhl")
        command = [str(program), verb, *(os.fspath(argument) for argument in arguments)]
        return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)

    return run


@pytest.fixture
def shoot(tmp_path: Path) -> Path:
    """An empty folder whose path holds no name that any pattern ignores."""
    folder = tmp_path / "2025-05-31 Meyer"
    folder.mkdir()
    return folder
