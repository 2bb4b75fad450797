"""A session as one picture, folded from what it told. Pure: the same events give the same picture."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ingest.stream.store import SessionRow, Told

CardKey = tuple[str, str, int]  # uuid, label, size: what a card is known by

_STAGES = {
    "looking": "Looking what is safe already",
    "copying": "Copying and proving",
    "reading again": "Reading the card a second time",
    "opening": "Opening the new pictures",
    "manifests": "Writing the manifests",
    "verdict": "Looking at the card and every copy once more",
}
_QUIET = 10.0  # seconds; before that a silence is not worth a word


@dataclass(frozen=True, slots=True)
class Lane:
    """One destination in a session. Bytes and files: proven of total; copied: written, perhaps not proven yet.

    state: "ready", "copying", "done", "stopped" or "problem". rate in bytes per second, left and quiet in seconds; None
    where it is not known.
    """

    name: str
    kind: str = ""
    state: str = "ready"
    copied: int = 0
    proven: int = 0
    total: int = 0
    files: int = 0
    files_in_all: int = 0
    rate: float | None = None
    left: float | None = None
    quiet: float | None = None
    is_fed: bool = False
    problem: str = ""
    hint: str = ""


@dataclass(frozen=True, slots=True)
class SessionScene:
    """What a session is at. card: as `card_found` or a verdict names it. phase: "" before the first and at its end.

    read, total: bytes of the present stage. alive: its process runs. exit: None where it did not say its end.
    """

    id: int
    verb: str
    begun: float
    alive: bool
    ended: float | None
    exit: int | None
    card: Mapping[str, Any] | None = None
    lanes: tuple[Lane, ...] = ()
    plan: Mapping[str, Any] | None = None
    phase: str = ""
    read: int = 0
    total: int = 0
    percent: int | None = None
    left: float | None = None
    warnings: tuple[str, ...] = ()
    verdict: Mapping[str, Any] | None = None
    verdict_at: float = 0.0
    start_editing: float | None = None
    queued: Mapping[str, Any] | None = None
    error: Mapping[str, Any] | None = None
    last_at: float = 0.0  # when it told something for the last time

    @property
    def moment(self) -> float:
        """From when what it says is: of its verdict, else of its last word."""
        return self.verdict_at or self.last_at

    @property
    def key(self) -> CardKey | None:
        """The card that it is about; None as long as it is not known."""
        return key_of(self.card) if self.card else None

    @property
    def stage(self) -> str:
        """What it does now, in words."""
        return _STAGES.get(self.phase, self.phase.capitalize()) if self.phase else "Looking at the card"

    @property
    def was_cut(self) -> bool:
        """It neither runs nor said its end: killed, or the computer went down."""
        return not self.alive and self.ended is None

    @property
    def is_working(self) -> bool:
        """It runs, and its answer is not there yet."""
        return self.alive and self.verdict is None


def key_of(card: Mapping[str, Any]) -> CardKey:
    """By what a card is known, from any record of it."""
    return str(card["uuid"]), str(card["label"] or "card"), int(card["size"])


@dataclass
class _Fold:
    """What is known so far."""

    facts: dict[str, Any] = field(default_factory=dict)
    places: dict[str, dict[str, Any]] = field(default_factory=dict)
    warnings: list[str] = field(default_factory=list)
    phase: Mapping[str, Any] = field(default_factory=dict)
    copying: Mapping[str, Any] = field(default_factory=dict)
    step: Mapping[str, Any] = field(default_factory=dict)  # of the present stage
    copied: Mapping[str, Any] = field(default_factory=dict)  # the last step of the copying

    def take(self, told: Told) -> None:
        """One event more; one that is not known changes nothing."""
        taking = getattr(self, f"_{told.type}", None)
        if taking:
            taking(told)

    def _card_found(self, told: Told) -> None:
        self.facts["card"] = told.body

    def _destination_ready(self, told: Told) -> None:
        self.places.setdefault(told.body["name"], {})["kind"] = told.body["kind"]

    def _destination_problem(self, told: Told) -> None:
        place = self.places.setdefault(told.body["name"], {})
        place |= {"problem": told.body["problem"], "hint": told.body.get("hint", "")}

    def _plan_made(self, told: Told) -> None:
        self.facts["plan"] = told.body

    def _phase(self, told: Told) -> None:
        self.phase, self.step = told.body, {}
        if told.body["name"] == "copying":
            self.copying = told.body

    def _progressed(self, told: Told) -> None:
        self.step = told.body
        if self.phase.get("name") == "copying":
            self.copied = told.body

    def _start_editing(self, told: Told) -> None:
        self.facts["start_editing"] = told.at

    def _warned(self, told: Told) -> None:
        if told.body["text"] not in self.warnings:
            self.warnings.append(told.body["text"])

    def _queued(self, told: Told) -> None:
        self.facts["queued"] = told.body

    def _verdict(self, told: Told) -> None:
        self.facts |= {"verdict": told.body, "verdict_at": float(told.body["at"]), "card": told.body["card"]}
        self.phase = self.step = {}

    def _error(self, told: Told) -> None:
        self.facts["error"] = told.body
        self.phase = self.step = {}

    def lanes(self) -> tuple[Lane, ...]:
        """Each destination that was named, in the order in which it was."""
        names = dict.fromkeys((*self.places, *self.copying.get("totals", ())))
        return tuple(self._lane(name, self.places.get(name, {})) for name in names)

    def _lane(self, name: str, place: Mapping[str, Any]) -> Lane:
        total, step = int(self.copying.get("totals", {}).get(name, 0)), self.copied
        return Lane(
            name,
            place.get("kind", ""),
            self._state(name, place),
            int(step.get("copied", {}).get(name, 0)),
            min(int(step.get("proven", {}).get(name, 0)), total),
            total,
            int(step.get("files", {}).get(name, 0)),
            int(self.copying.get("files_by", {}).get(name, 0)),
            step.get("rate", {}).get(name),
            step.get("left_by", {}).get(name),
            quiet if (quiet := step.get("quiet", {}).get(name, 0.0)) >= _QUIET else None,
            name in step.get("feeding", ()),
            place.get("problem", ""),
            place.get("hint", ""),
        )

    def _state(self, name: str, place: Mapping[str, Any]) -> str:
        if place.get("problem"):
            return "problem"
        if name in self.copied.get("stopped", ()):
            return "stopped"
        if name in self.copied.get("done", ()):
            return "done"
        return "copying" if self.phase.get("name") == "copying" else "ready"


def fold(session: SessionRow, told: Sequence[Told], *, alive: bool) -> SessionScene:
    """The picture of a session from its events in their order. alive: whether its process runs."""
    known = _Fold()
    for event in told:
        known.take(event)
    if not alive:
        known.phase = known.step = {}
    return SessionScene(
        session.id,
        session.verb,
        session.begun,
        alive,
        session.ended,
        session.exit,
        lanes=known.lanes(),
        phase=str(known.phase.get("name", "")),
        read=min(int(known.step.get("read", 0)), int(known.phase.get("total", 0))),
        total=int(known.phase.get("total", 0)),
        percent=known.step.get("percent"),
        left=known.step.get("left"),
        warnings=tuple(known.warnings),
        last_at=told[-1].at if told else session.begun,
        **known.facts,
    )
