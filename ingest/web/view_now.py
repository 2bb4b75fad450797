"""*Now* in words: what each card's panel says. A SAFE is said only while it holds for what is in the reader. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from ingest.certificates.wording import TITLES, VerdictWords, words_of
from ingest.web.errands import COMMANDS, typed
from ingest.web.looker import SeenCard
from ingest.web.scene import CardKey, Lane, SessionScene
from ingest.web.standing import Readers, Standing, newest_for, standing
from ingest.words import clock, day, part_of, remaining, speed

_LEVELS = {"safe": "good", "not_yet": "wait", "do_not_format": "bad"}
_AWAY_SHOWN = 4
_AGAIN = "Nothing is lost: run the same command again, it goes on where it stopped."


@dataclass(frozen=True, slots=True)
class Button:
    """A command of `errands.COMMANDS`, and what to type instead."""

    name: str
    label: str
    command: str
    facts: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class LaneWords:
    """A destination while its copies are made: numbers, and the rest in words. level: "good", "wait" or ""."""

    name: str
    proven: int
    copied: int
    total: int
    numbers: str
    state: str
    rate: str
    level: str
    problem: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One card. level: "good", "wait", "bad", "note"; said: a sentence below the title; remark: what holds beside it.

    words: its verdict, None where none is shown. is_here: in a reader now; came: since when. told: for
    ears; alarm: "" but where a person is needed at once.
    """

    card: str
    where: str
    level: str
    title: str
    said: str
    remark: str = ""
    is_here: bool = True
    words: VerdictWords | None = None
    answered: float = 0.0
    scene: SessionScene | None = None
    lanes: tuple[LaneWords, ...] = ()
    warnings: tuple[str, ...] = ()
    buttons: tuple[Button, ...] = ()
    told: str = ""
    alarm: str = ""
    came: float = 0.0

    @property
    def moment(self) -> float:
        """When there was news of it: a word of a session, or that it was plugged in."""
        return max(self.came, self.scene.moment if self.scene else 0.0)


@dataclass(frozen=True, slots=True)
class NowView:
    """panels: cards in a reader or worked on; away: the last ones that are not. watcher: (level, words)."""

    panels: tuple[Panel, ...]
    away: tuple[Panel, ...]
    watcher: tuple[str, str]
    looked: bool
    silent: bool


def now_view(
    scenes: Sequence[SessionScene],
    readers: Readers,
    *,
    checked: frozenset[str],
    waiting: Mapping[CardKey, float],
    watcher: tuple[str, str],
    now: float,
) -> NowView:
    """The whole page. scenes: the newest first. checked: roots for which a check runs. waiting: cards that wait for a
    word, since when. watcher: of `view_watcher.watcher_words`.
    """
    keys = dict.fromkeys((*(card.key for card in readers.seen), *(scene.key for scene in scenes if scene.key)))
    panels = [_panel(key, scenes, readers, checked, waiting, now) for key in keys]
    panels.sort(key=lambda panel: (not (panel.scene and panel.scene.is_working), -panel.moment))
    here = [panel for panel in panels if panel.is_here]
    away = [panel for panel in panels if not panel.is_here]
    return NowView(tuple(here), tuple(away[:_AWAY_SHOWN]), watcher, readers.looked, readers.silent)


def _panel(
    key: CardKey,
    scenes: Sequence[SessionScene],
    readers: Readers,
    checked: frozenset[str],
    waiting: Mapping[CardKey, float],
    now: float,
) -> Panel:
    scene, seen = newest_for(scenes, key), readers.card(key)
    buttons = _buttons(seen) if seen and not seen.problem else ()
    if scene is None:
        panel = _new(key, seen, waiting, buttons)
    elif scene.is_working:
        panel = _working(scene, seen)
    elif scene.verdict is None:
        panel = _ended(scene, key, seen, buttons)
    else:
        is_checked = seen is not None and seen.root in checked
        panel = _answered(scene, seen, standing(scene, readers), buttons, is_checked, now)
    return replace(panel, came=seen.came) if seen else panel


def _buttons(seen: SeenCard) -> tuple[Button, ...]:
    found = []
    for name in ("ingest", "check"):
        words = (*COMMANDS[name].words, seen.root)
        found.append(Button(name, COMMANDS[name].label, typed(words), {"card": seen.word}))
    return tuple(found)


def _new(key: CardKey, seen: SeenCard | None, waiting: Mapping[CardKey, float], buttons: Sequence[Button]) -> Panel:
    card, where = key[1], seen.shown if seen else ""
    if seen and seen.problem:
        said = f"{seen.problem}. Do not format it. Try another reader or cable."
        return Panel(card, where, "bad", "THE CARD CANNOT BE READ", said, told=f"{card}: cannot be read", alarm=said)
    if key in waiting:
        title, said = (
            "WAITS FOR YOUR WORD",
            "The watcher noticed this card and asks first. Nothing is safe yet.",
        )
        return Panel(card, where, "wait", title, said, buttons=tuple(buttons), alarm=f"{card} waits for your word.")
    title, said = "NOT LOOKED AT YET", "Nothing of this card was copied or looked at today. Do not format it."
    return Panel(card, where, "wait", title, said, buttons=tuple(buttons), told=f"{card}: not looked at yet")


def _working(scene: SessionScene, seen: SeenCard | None) -> Panel:
    card = _card_of(scene)
    said = "Do not format the card yet."
    if scene.start_editing:
        said = "Every copy is proven: start editing if you like, but do not format yet."
    percent = f", {scene.percent // 10 * 10} percent proven" if scene.percent is not None else ""
    title = scene.stage + (f" · {scene.percent} %" if scene.percent is not None else "")
    return Panel(
        card,
        _where(scene, seen),
        "note",
        title,
        said,
        remark=f"{remaining(scene.left)} left" if scene.left else "",
        scene=scene,
        lanes=tuple(lane_words(lane, scene.phase) for lane in scene.lanes),
        warnings=scene.warnings,
        told=f"{card}: {scene.stage}{percent}.",
    )


def lane_words(lane: Lane, phase: str) -> LaneWords:
    """A destination of a running session."""
    level, state = "", ""
    if lane.state == "problem":
        level, state = "wait", "takes no copies"
    elif lane.state == "stopped":
        level, state = "wait", "stopped"
    elif lane.state == "done":
        level, state = "good", "copied and proven"
    elif lane.quiet:
        level, state = "wait", f"nothing for {remaining(lane.quiet)}"
    elif phase == "copying":
        left = f"{remaining(lane.left)} left" if lane.left else ""
        state = ", ".join(filter(None, (left, "from a copy" * lane.is_fed)))
    numbers = f"{part_of(lane.proven, lane.total)} proven" if lane.total else ""
    rate = speed(lane.rate) if lane.rate and lane.state == "copying" else ""
    problem = ". ".join(filter(None, (lane.problem, lane.hint)))
    return LaneWords(lane.name, lane.proven, lane.copied, lane.total, numbers, state, rate, level, problem)


def _ended(scene: SessionScene, key: CardKey, seen: SeenCard | None, buttons: Sequence[Button]) -> Panel:
    """Without a verdict: an error, or nothing at all."""
    card, where = key[1], _where(scene, seen)
    facts: dict[str, Any] = {"is_here": seen is not None, "scene": scene, "buttons": tuple(buttons)}
    if scene.error:
        hint = str(scene.error.get("hint", ""))
        said = f"{scene.error['message']}." + (f" {hint}." if hint else "")
        alarm = f"{card} needs you. {said}" if seen else ""
        return Panel(card, where, "wait", "NEEDS YOU", said.replace("..", "."), alarm=alarm, **facts)
    if scene.was_cut:
        said = f"The session stopped without an end. {_AGAIN}"
        return Panel(card, where, "wait", "STOPPED", said, told=f"{card}: stopped without an end.", **facts)
    return Panel(card, where, "wait", "STOPPED", _AGAIN, told=f"{card}: stopped.", **facts)


def _answered(
    scene: SessionScene,
    seen: SeenCard | None,
    stands: Standing,
    buttons: Sequence[Button],
    is_checked: bool,
    now: float,
) -> Panel:
    verdict = scene.verdict or {}
    words, card = words_of(verdict, now), _card_of(scene)
    at = _when(scene.verdict_at, now)
    title, level, said, remark = words.title, _LEVELS[words.level], words.claim, ""
    if stands is not Standing.HOLDS:
        remark = _remark(stands, at, TITLES[words.level], is_checked=is_checked)
        if words.level == "safe":  # never said for anything but what is there now
            title, level, said, remark = _SHORT[stands], "wait", remark, ""
    is_alarm = words.level == "do_not_format" and seen is not None
    return Panel(
        card,
        _where(scene, seen),
        level,
        title,
        said,
        remark=remark,
        is_here=seen is not None or stands in (Standing.UNKNOWN, Standing.SILENT),
        words=words if level == _LEVELS[words.level] and said == words.claim else None,
        answered=scene.verdict_at,
        scene=scene,
        buttons=tuple(button for button in buttons if button.name == "check" or words.level != "safe" or remark),
        told=f"{card}: {title}.",
        alarm=f"{card}: DO NOT FORMAT. {words.claim}" if is_alarm else "",
    )


_SHORT = {
    Standing.CHANGED: "CHANGED SINCE THIS ANSWER",
    Standing.RETURNED: "PLUGGED IN AGAIN",
    Standing.AWAY: "NOT IN THE READER",
    Standing.SILENT: "THE READER DOES NOT ANSWER",
    Standing.UNKNOWN: "LOOKING AT THE CARD",
}


def _remark(stands: Standing, at: str, answer: str, *, is_checked: bool) -> str:
    looks = "It is being looked at." if is_checked else "Ask again: safelight check."
    if stands is Standing.CHANGED:
        return f"The card does not hold what it held at {at}, when the answer was {answer}. {looks}"
    if stands is Standing.RETURNED:
        return f"The card was away since the answer of {at}, {answer}. {looks}"
    if stands is Standing.AWAY:
        return f"The card is not in the reader; the answer was for its contents of {at}: {answer}."
    if stands is Standing.SILENT:
        return f"Nothing can be said of the card now. The answer of {at} was {answer}. Do not format it on that."
    return f"The answer of {at} was {answer}. The card is being looked at."


def _card_of(scene: SessionScene) -> str:
    return str(scene.card["label"] or "card") if scene.card else "card"


def _where(scene: SessionScene, seen: SeenCard | None) -> str:
    return seen.shown if seen else str(scene.card["root"]) if scene.card else ""


def _when(at: float, now: float) -> str:
    date = day(at, now)
    return clock(at) if date == "today" else f"{date} {clock(at)}"
