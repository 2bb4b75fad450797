"""A photographer's studio in a folder: a card, two destinations, a home; and the command, run as she would run it.

What holds for every answer of the command is checked at every run: no raw control character on the screen, `--json`
is lines of JSON that end with an answer, and the counts of a verdict add up.
"""

import contextlib
import io
import json
import os
import sqlite3
import subprocess
import sys
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ingest.cli import main as command_line
from ingest.cli.interrupted import verb_of
from ingest.cli.json_lines import WRITES, types_of

EVENING = 1_749_937_200_000_000_000  # 2025-06-14 21:40 UTC, in ns
BUCKET = "archive"
_ANSWERS = ("verdict", "summary", "error")


@dataclass
class Run:
    """What one command answered. code: negative for the number of the signal that killed it."""

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

    @property
    def level(self) -> str:
        return str(self.last["level"])

    @property
    def counts(self) -> dict[str, int]:
        """The verdict's counts but those that are 0."""
        return {name: count for name, count in self.last["counts"].items() if count}

    def names(self, code: str) -> list[str]:
        """The files that a reason is about."""
        return [path for reason in self.last["reasons"] if reason["code"] == code for path in reason["paths"]]

    def check(self, *, is_json: bool, verb: str = "") -> None:
        """What holds for every answer, whatever was asked. verb: as the table of JSON lines names it."""
        raw = {c for c in self.out + self.err if unicodedata.category(c) in ("Cc", "Cf", "Zl", "Zp") and c != "\n"}
        assert not raw, f"raw control characters on the screen: {raw!r}"
        if is_json and self.out:
            assert all(line.startswith("{") for line in self.out.splitlines()), self.out
            assert {line["schema"] for line in self.lines} == {1}
            assert self.last["type"] in _ANSWERS, self.out
            if verb in WRITES:
                unknown = {line["type"] for line in self.lines} - set(types_of(verb))
                assert not unknown, f"ingest/cli/json_lines.py lacks {unknown} of {verb}"
        for verdict in self.events("verdict"):
            self._check_counts(verdict)

    @staticmethod
    def _check_counts(verdict: dict[str, Any]) -> None:
        counts = verdict["counts"]
        parts = counts["proven"] + counts["left_out"] + counts["acknowledged"] + counts["open"]
        assert counts["files"] == parts, counts
        assert counts["proven"] == counts["new"] + counts["already_safe"], counts
        if verdict["level"] == "safe":
            assert (counts["open"], counts["files"], verdict["reasons"]) == (0, verdict["card"]["files"], [])
        else:
            assert verdict["reasons"]


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

    def shoot(self, count: int = 3, size: int = 2000) -> dict[str, bytes]:
        """Photographs on the card, each of its own bytes: name -> content."""
        pictures = {f"IMG_{n:04}.JPG": (b"picture %d " % n * size)[:size] for n in range(1, count + 1)}
        for name, data in pictures.items():
            self.put(f"DCIM/100CANON/{name}", data)
        return pictures

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
        answer = Run(code, out.getvalue(), err.getvalue())
        answer.check(is_json="--json" in words, verb=verb_of([os.fsdecode(word) for word in words]))
        return answer

    def run_apart(self, sabotage: Callable[[], None], *words: str | Path) -> Run:
        """The command in a forked process of its own, which `sabotage` may make kill itself at a chosen moment."""
        answer = self.base / "answer.json"
        child = os.fork()
        if child == 0:
            code = 99
            try:
                sabotage()
                run = self.run(*words)
                written = answer.with_suffix(".new")
                written.write_text(json.dumps([run.out, run.err]), encoding="utf-8")
                written.replace(answer)  # it may be killed here too
                code = run.code
            finally:
                os._exit(code)  # never back into the test runner
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        out, err = json.loads(answer.read_text(encoding="utf-8")) if answer.exists() else ("", "")
        answer.unlink(missing_ok=True)
        return Run(code, out, err)

    def start(self, *words: str | Path, **options: Any) -> subprocess.Popen[str]:
        """The command as a process of its own."""
        environment = {**os.environ, **options.pop("environment", {}), "SAFELIGHT_HOME": str(self.home)}
        return subprocess.Popen(
            [sys.executable, "-m", "ingest.cli.main", *map(str, words)],
            env=environment,
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

    def copy_of(self, place: Path, name: str) -> Path:
        """The one file at a destination that has this name."""
        [found] = [path for path in place.rglob(name) if ".safelight" not in path.parts]
        return found

    def contents(self, place: Path) -> list[bytes]:
        """What the files at a destination hold, sorted; compare with the sorted contents of the card."""
        return sorted(self.copies(place).values())

    def on_card(self) -> list[bytes]:
        """What the regular files of the card hold, sorted."""
        return sorted(path.read_bytes() for path in self.card.rglob("*") if path.is_file() and not path.is_symlink())

    def holds_everything(self) -> bool:
        """Both destinations hold each file of the card once, and nothing else."""
        return self.contents(self.ssd) == self.contents(self.nas) == self.on_card()

    def leftovers(self) -> list[Path]:
        """Temporary files that a session left behind."""
        return [path for place in (self.ssd, self.nas) for path in (place / ".safelight" / "incoming").glob("*")]

    def suspects(self, place: Path) -> list[bytes]:
        """What lies aside at a destination since its bytes were wrong."""
        return [path.read_bytes() for path in (place / ".safelight" / "suspect").glob("*")]

    def ask(self, question: str, *values: Any) -> list[Any]:
        """Rows of the ledger."""
        with contextlib.closing(sqlite3.connect(self.home / "ledger.sqlite")) as ledger:
            return ledger.execute(question, values).fetchall()


def cloud_at(url: str) -> str:
    """The settings' table for a bucket there."""
    return f'[cloud]\nkind = "b2"\nbucket = "{BUCKET}"\nrealm = "{url}"\n'


def is_record(name: str) -> bool:
    """Whether an object lies beside the photographs for a recovery: ledger, settings, manifests, a word for people."""
    return "/.safelight/" in name or "/ascmhl/" in name or name.endswith("/README.txt")


def tree_of(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Everything in a folder as it is but the ledger's backups, which come with each session: (mode, mtime, bytes)."""
    found = {}
    for path in sorted(folder.rglob("*")):
        if "/.safelight/ledger" in str(path):
            continue
        info = path.lstat()
        data = path.read_bytes() if path.is_file() and not path.is_symlink() else b""
        found[str(path.relative_to(folder))] = (info.st_mode, info.st_mtime_ns, data)
    return found
