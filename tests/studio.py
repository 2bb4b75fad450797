"""A photographer's studio in a folder: a card, two destinations, a home; and the command, run as she would run it."""

import contextlib
import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest.cli import main as command_line

EVENING = 1_749_937_200_000_000_000  # 2025-06-14 21:40 UTC, in ns


@dataclass
class Run:
    """What one command answered."""

    code: int
    out: str
    err: str

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines() if line.startswith("{")]

    @property
    def last(self) -> dict[str, Any]:
        """The line that ends `--json` output: a verdict, a summary or an error."""
        assert self.lines, f"no JSON at all: {self.out!r} {self.err!r}"
        return self.lines[-1]

    def events(self, kind: str) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["type"] == kind]

    @property
    def codes(self) -> list[str]:
        """The codes of the verdict's reasons."""
        return [reason["code"] for reason in self.last["reasons"]]


@dataclass
class Studio:
    """base: an empty folder. devices: what the gate asks for; 1, since everything lies on one disk here."""

    base: Path
    devices: int = 1
    reads: int = 2
    extra: str = ""
    ssd: Path = field(init=False)
    nas: Path = field(init=False)
    card: Path = field(init=False)
    home: Path = field(init=False)

    def __post_init__(self) -> None:
        self.ssd, self.nas = self.base / "ssd", self.base / "nas"
        self.card, self.home = self.base / "CARD", self.base / "home"
        for folder in (self.ssd, self.nas, self.card, self.home):
            folder.mkdir(parents=True, exist_ok=True)
        self.configure()

    def configure(self, **changes: Any) -> None:
        """Write the settings anew, with some fields changed."""
        for name, value in changes.items():
            setattr(self, name, value)
        text = f'station = "test"\n[gate]\ndevices = {self.devices}\nreads = {self.reads}\n'
        for name, kind, root in (("ssd", "ssd", self.ssd), ("nas", "nas", self.nas)):
            text += f'[[destinations]]\nname = "{name}"\nkind = "{kind}"\nroot = "{root}"\n'
        (self.home / "config.toml").write_text(text + self.extra, encoding="utf-8")

    def put(self, path: str | bytes, data: bytes, mtime_ns: int = EVENING) -> Path:
        """A file on the card."""
        full = os.fsencode(self.card) + b"/" + os.fsencode(path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as file:
            file.write(data)
        os.utime(full, ns=(mtime_ns, mtime_ns))
        return Path(os.fsdecode(full))

    def run(self, *words: str | bytes | Path) -> Run:
        """The command in this process; what it printed and its exit code."""
        out, err = io.StringIO(), io.StringIO()
        before, environment = sys.argv, os.environ.get("SAFELIGHT_HOME")
        sys.argv = ["safelight", *(os.fsdecode(word) for word in words)]
        os.environ["SAFELIGHT_HOME"] = str(self.home)
        try:
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
                command_line.run()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        finally:
            sys.argv = before
            os.environ["SAFELIGHT_HOME"] = environment or ""
        return Run(code, out.getvalue(), err.getvalue())

    def start(self, *words: str | Path, **options: Any) -> subprocess.Popen[str]:
        """The command as a process of its own."""
        return subprocess.Popen(
            [sys.executable, "-m", "ingest.cli.main", *map(str, words)],
            env={**os.environ, "SAFELIGHT_HOME": str(self.home)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            **options,
        )

    def ingest(self, *words: str | Path) -> Run:
        """Ingest the card; the last line is the verdict."""
        return self.run("ingest", self.card, "--json", *words)

    def check(self) -> Run:
        return self.run("check", self.card, "--json")

    def copies(self, place: Path) -> dict[str, bytes]:
        """Every file at a destination but Safelight's own and the manifests: path -> bytes."""
        return {
            str(path.relative_to(place)): path.read_bytes()
            for path in sorted(place.rglob("*"))
            if path.is_file() and not {".safelight", "ascmhl"} & set(path.relative_to(place).parts)
        }

    def leftovers(self) -> list[Path]:
        """Temporary files that a session left behind."""
        return [path for place in (self.ssd, self.nas) for path in (place / ".safelight" / "incoming").glob("*")]


def tree_of(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Everything in a folder as it is: path -> (mode, mtime, bytes)."""
    found = {}
    for path in sorted(folder.rglob("*")):
        info = path.lstat()
        data = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        found[str(path.relative_to(folder))] = (info.st_mode, info.st_mtime_ns, data)
    return found
