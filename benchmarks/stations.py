"""A station: a home with settings for two destinations, and the command run as it is typed."""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measure import Finished, run


def safelight() -> list[str]:
    """The command: the installed program where there is one."""
    program = Path(sys.executable).parent / "safelight"
    return [str(program)] if program.exists() else [sys.executable, "-m", "ingest.cli.main"]


@dataclass(frozen=True, slots=True)
class Station:
    """home: of this Safelight. devices: separate ones that the gate asks for. reads: of the card, that it asks for."""

    home: Path
    card: Path
    ssd: Path
    nas: Path
    devices: int = 1
    reads: int = 2

    def set_up(self) -> "Station":
        """Make the folders, write the settings; gives itself."""
        for folder in (self.home, self.card, self.ssd, self.nas):
            folder.mkdir(parents=True, exist_ok=True)
        text = f'station = "bench"\n[gate]\ndevices = {self.devices}\nreads = {self.reads}\n'
        for name, root in (("ssd", self.ssd), ("nas", self.nas)):
            text += f'[[destinations]]\nname = "{name}"\nkind = "{name}"\nroot = "{root}"\n'
        (self.home / "config.toml").write_text(text, encoding="utf-8")
        return self

    @property
    def variables(self) -> dict[str, str]:
        """The environment that makes this home its home."""
        return {"SAFELIGHT_HOME": str(self.home), "HOME": str(self.home)}

    def run(self, *words: str | Path, memory: bool = False, prefix: Sequence[str] = ()) -> Finished:
        """One command of this station. prefix: words before the command, of a throttle."""
        return run([*prefix, *safelight(), *words], variables=self.variables, memory=memory)
