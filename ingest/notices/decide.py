"""Which notices are due. Pure: what is known goes in, what a person is to be called for comes out.

There are four kinds and no more, since one that is not needed teaches people to look away: safe to format; needs you;
the cloud stands still; a drill or a night failed or was missed.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from ingest.stream.notices import Given
from ingest.words import files

HOUR, DAY = 3600.0, 86_400.0
FRESH = HOUR  # seconds; what happened earlier is no news, it stands on the page and in `status`
OLD_NEWS = DAY  # of a drill or a night, which nobody watched
AGAIN = DAY  # behind which what stays is told once more
RETRY = 600.0  # behind which one that did not arrive is sent again
_MINUTE, _ASLEEP = 60.0, 36 * HOUR  # from one look to the next: of a watcher; longer than from night to night
_LOOKED, _AWAKE, _HELD = "~looked", "~awake", "~held"
_KEPT = 7 * DAY  # that an event is remembered: longer than it is news


class Kind(StrEnum):
    """The four."""

    SAFE = "safe to format"
    NEEDS_YOU = "needs you"
    CLOUD = "cloud stands still"
    CARE = "drill or night"


@dataclass(frozen=True, slots=True)
class Notice:
    """title, text: plain words. key: what it is about; mark: how that stands. at: when it happened, None: it stays.

    urgent: it stays on the screen until somebody saw it.
    """

    kind: Kind
    title: str
    text: str
    key: str
    mark: str = ""
    at: float | None = None
    urgent: bool = False


@dataclass(frozen=True, slots=True)
class JudgedNow:
    """The newest verdict of a card that was ingested. reason, step: the first of each, "" for none."""

    number: int
    at: float
    level: str
    card: str
    claim: str
    reason: str = ""
    step: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """A session that ended with an error, or a card that waits for a word. id: its own for ever. hint: what to do."""

    id: str
    at: float
    text: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Queue:
    """The third copies. needing: uploads that need a person, problem: of one of them. stopped_by: why it was stopped.

    waiting: files in the queue; still_since: since when nothing was sent although it might have been.
    """

    waiting: int = 0
    needing: int = 0
    problem: str = ""
    stopped_by: str = ""
    paused: bool = False
    still_since: float | None = None


@dataclass(frozen=True, slots=True)
class World:
    """All that notices are made of. alarm: the newest verify found so many copies changed that it stopped, "" if not.

    drill, night: the newest that did not succeed, in words. drill_overdue, nights_missed: they stay until it is done.
    """

    verdicts: Sequence[JudgedNow] = ()
    errors: Sequence[Event] = ()
    waits: Sequence[Event] = ()
    queue: Queue = Queue()
    alarm: Event | None = None
    drill: Event | None = None
    night: Event | None = None
    drill_overdue: bool = False
    nights_missed: int = 0


def decide(world: World, given: Mapping[str, Given], now: float) -> tuple[Notice, ...]:
    """What is to be told now. given: key -> what was told of it before. now: seconds since 1970 UTC."""
    return tuple(notice for notice in _all(world, now) if _is_due(notice, given.get(notice.key), now))


def kept(world: World, given: Mapping[str, Given], told: Iterable[Notice], now: float) -> dict[str, Given]:
    """What is remembered behind `decide`: what is over and comes back is told again, what happened once never is."""
    staying = {notice.key for notice in _all(world, now) if notice.at is None}
    events = {key: each for key, each in given.items() if key.startswith("@") and now - each.at < _KEPT}
    stays = {key: each for key, each in given.items() if key in staying}
    return events | stays | {notice.key: Given(now, notice.mark) for notice in told}


def marks(given: Mapping[str, Given], now: float, *, held: bool) -> dict[str, Given]:
    """When this computer was last looked at, since when it is awake, when the queue was last held; over a minute old.

    held: nothing may be sent now, since a person paused it or the service refused. For `still_since`.
    """
    looked, awake = given.get(_LOOKED), given.get(_AWAKE)
    fresh = {}
    if looked is None or awake is None or now - looked.at > _ASLEEP or now < looked.at:
        fresh[_AWAKE] = Given(now, "")
    if looked is None or not 0 <= now - looked.at < _MINUTE:
        fresh[_LOOKED] = Given(now, "")
        if held:
            fresh[_HELD] = Given(now, "")
    return {key: each for key, each in given.items() if key.startswith("~")} | fresh


def still_since(noted: Mapping[str, Given], oldest: float | None, last_sent: float | None) -> float | None:
    """Since when nothing was sent although it might have been: not while the computer was off or the queue was held.

    oldest: when the oldest file was queued, None where none waits. All in seconds since 1970 UTC.
    """
    if oldest is None:
        return None
    times = [noted[key].at for key in (_AWAKE, _HELD) if key in noted]
    return max([oldest, *times, *([] if last_sent is None else [last_sent])])


def _is_due(notice: Notice, before: Given | None, now: float) -> bool:
    if before is None:
        return True
    if not before.arrived:
        return now - before.at >= RETRY
    if notice.at is not None:
        return False
    return notice.mark != before.mark or now - before.at >= AGAIN


def _all(world: World, now: float) -> Iterable[Notice]:
    """Everything that is true now and not too old; whether it was told already is another question."""
    for verdict in world.verdicts:
        if 0 <= now - verdict.at < FRESH:
            yield _of_verdict(verdict)
    for event in world.errors:
        if now - event.at < FRESH:
            yield _needs_you("A session ended with an error", event, "error")
    for event in world.waits:
        if now - event.at < FRESH:
            yield _needs_you(event.text, event, "waits")
    if world.alarm and now - world.alarm.at < OLD_NEWS:
        yield _needs_you("Very many copies changed", world.alarm, "alarm")
    yield from _of_queue(world.queue, now)
    yield from _of_care(world, now)


def _of_verdict(verdict: JudgedNow) -> Notice:
    key = f"@verdict {verdict.number}"
    if verdict.level == "safe":
        return Notice(Kind.SAFE, f"Safe to format: {verdict.card}", verdict.claim, key, at=verdict.at)
    is_bad = verdict.level == "do_not_format"
    title = f"{'DO NOT FORMAT' if is_bad else 'Not yet'}: {verdict.card}"
    text = " ".join(_sentence(part) for part in (verdict.reason or verdict.claim, verdict.step) if part)
    return Notice(Kind.NEEDS_YOU, title, text, key, at=verdict.at, urgent=is_bad)


def _needs_you(title: str, event: Event, what: str) -> Notice:
    text = " ".join(_sentence(part) for part in (event.text if event.text != title else "", event.hint) if part)
    return Notice(Kind.NEEDS_YOU, title, text, f"@{what} {event.id}", at=event.at, urgent=what != "error")


def _of_queue(queue: Queue, now: float) -> Iterable[Notice]:
    if queue.stopped_by:
        text = f"{_sentence(queue.stopped_by)} Then: safelight cloud resume"
        yield Notice(Kind.NEEDS_YOU, "The cloud needs you", text, "cloud stopped", queue.stopped_by)
    if queue.needing:
        text = f"{files(queue.needing)} cannot be sent: {_sentence(queue.problem)} See: safelight status"
        yield Notice(Kind.NEEDS_YOU, "Uploads need you", text, "uploads", queue.problem)
    stands = queue.still_since is not None and now - queue.still_since >= DAY
    if stands and queue.waiting and not queue.paused and not queue.stopped_by:
        text = f"{files(queue.waiting)} wait, and nothing was sent for a day. See: safelight cloud status"
        yield Notice(Kind.CLOUD, "The cloud has stood still for a day", text, "cloud still")


def _of_care(world: World, now: float) -> Iterable[Notice]:
    for what, event in (("drill", world.drill), ("night", world.night)):
        if event and now - event.at < OLD_NEWS:
            title = "A drill did not pass" if what == "drill" else "The night's work did not all succeed"
            yield Notice(Kind.CARE, title, f"{_sentence(event.text)} {event.hint}", f"@{what} {event.id}", at=event.at)
    if world.drill_overdue:
        yield Notice(Kind.CARE, "A drill is overdue", "Try the way back: safelight drill", "drill overdue")
    if world.nights_missed:
        text = f"No night's work for {files(world.nights_missed, 'day')}. See: safelight schedule status"
        yield Notice(Kind.CARE, "Nights were missed", text, "nights missed")


def _sentence(text: str) -> str:
    """With one full stop at its end."""
    text = text.strip()
    return text if not text or text[-1] in ".:!?" else f"{text}."
