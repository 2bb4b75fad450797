"""One line a card for the watcher's screen: what it is, what becomes of it, how far it is. Nothing is printed here."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ingest.certificates.wording import TITLES
from ingest.cli.console import shape
from ingest.errors import Exit
from ingest.model.names import display
from ingest.watch.plan import Card, Stage
from ingest.words import remaining, size

_LABEL = 14
_WHERE = 26
_STAGES = {
    Stage.ASKED: "you are asked in turn",
    Stage.WAITS: "waits for your word",
    Stage.WANTED: "in turn",
    Stage.OTHER: "by another session",
    Stage.LEFT: "not now; to copy it: safelight ingest",
}


@dataclass(slots=True)
class Progress:
    """What a session said last. phase: its stage; totals: of it, bytes by destination; level: of its verdict."""

    phase: str = ""
    totals: dict[str, int] = field(default_factory=dict)
    proven: dict[str, int] = field(default_factory=dict)
    percent: int | None = None
    left: float | None = None
    level: str = ""

    def hear(self, record: Mapping[str, Any]) -> None:
        """A JSON line of the session."""
        kind = record.get("type")
        if kind == "phase":
            self.phase, self.totals = str(record["name"]), dict(record["totals"])
            self.percent, self.left, self.proven = None, None, {}
        elif kind == "progressed":
            self.percent, self.left, self.proven = record["percent"], record["left"], dict(record["proven"])
        elif kind == "verdict":
            self.level = str(record["level"])


def card_line(card: Card, progress: Progress) -> str:
    """`EOSR5_A        copying        32 %  2:14 left     ssd  41 %  nas  30 %`."""
    return f"{label(card):<{_LABEL}} {_state(card, progress)}"


def _state(card: Card, progress: Progress) -> str:
    if card.stage is Stage.RUNS:
        return running(progress)
    if progress.level and card.stage is Stage.ENDED:
        out = "   it can be taken out" if progress.level == "safe" else ""
        return f"{shape(progress.level)} {TITLES[progress.level]}{out}"
    if card.stage is Stage.ENDED:
        return f"ended without an answer (exit code {card.code})"
    return _STAGES[card.stage]


def running(progress: Progress) -> str:
    """How far a session is; what may be cut off at the end of a narrow line is the least of it."""
    whole = f"{progress.percent:>3} %" if progress.percent is not None else "     "
    left = f"{remaining(progress.left)} left" if progress.left is not None else ""
    parts = [
        f"{short(name, 10)} {100 * progress.proven.get(name, 0) // total:>3} %"
        for name, total in progress.totals.items()
        if total
    ]
    return f"{progress.phase or 'looking':<13} {whole}  {left:<12}  {'  '.join(parts)}".rstrip()


def question(card: Card) -> str:
    """Whether it is to be copied now."""
    where = short(display(card.sight.mount), _WHERE)
    return f"{label(card)}, {size(card.sight.size)} at {where}: copy it now? [Y/n] "


def name_question() -> str:
    """What its shoot is called."""
    return "Name of the shoot (Enter: each day is one): "


def ending(card: Card, complaint: str, *, slept: bool) -> str:
    """How a session without a verdict ended."""
    code = card.code or 0
    how = "was killed" if code < 0 else f"came to no answer (exit code {code})"
    text = f"{card.sight.label}: its session {how}{': ' + complaint if complaint else ''}"
    if slept:
        text += ". The computer slept while it ran"
    if card.stage is Stage.WANTED:
        return f"{text}. It is begun once more"
    if code == Exit.CARD_BUSY:
        return text
    return f"{text}. Do not format the card; try again with: safelight ingest {display(card.sight.mount)}"


def label(card: Card) -> str:
    """What is written on it, as far as there is room."""
    text = card.sight.label or "a card"
    return text if len(text) <= _LABEL else f"{text[: _LABEL - 1]}…"


def short(text: str, most: int) -> str:
    """No longer than `most`; the end is what tells paths apart."""
    return text if len(text) <= most else f"…{text[1 - most :]}"
