"""Which shoot each object of a card belongs to: a new one, one of the ledger, or the one that already holds it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from ingest.model.cards import CameraObject
from ingest.model.names import collision_key, parent_of
from ingest.plan.clock import ObjectTime
from ingest.plan.naming import shoot_folder
from ingest.plan.planned import ExistingShoot, ShootPlan

UNNAMED = "Unnamed"
JOIN_WITHIN = timedelta(days=7)  # cards of one job come in over some days; the same name a year later is another job
OLDEST_YEAR = 1990  # FAT begins in 1980 and Unix in 1970: a file time near them was never set

Home = int | date | str  # a shoot of the ledger by its id, an unnamed one by its day, a named one by its name


@dataclass(frozen=True, slots=True)
class TimedObject:
    """An object, when it was taken, and the shoot of the ledger that already holds it (None: it is new)."""

    item: CameraObject
    time: ObjectTime
    settled: ExistingShoot | None = None


@dataclass(frozen=True, slots=True)
class ShootRules:
    """name: the user's, "" for none. folder: the template. existing: every shoot that may be joined or named alike."""

    name: str
    folder: str
    day_starts: time
    existing: Sequence[ExistingShoot]


def assign_shoots(
    objects: Sequence[TimedObject], rules: ShootRules, is_litter: Callable[[bytes], bool]
) -> tuple[tuple[ShootPlan, ...], tuple[int, ...]]:
    """The shoots, by day, and for each of `objects` the index of its shoot, whatever the order of `objects`.

    With a name: one shoot for all that is not settled. Without: one a shoot-day.

    Raises:
        ConfigError: the folder template has mistakes.
    """
    name = rules.name.strip()
    homes = _homes_by_name(objects, name) if name else _homes_by_day(objects, rules.day_starts, is_litter)
    plans: dict[Home, ShootPlan] = {}
    for item in objects:
        if item.settled:
            plans[item.settled.id] = _joined(item.settled, item.settled.day, item.settled.last_day)
    folders = dict.fromkeys((collision_key(shoot.folder) for shoot in rules.existing), 2)
    final: dict[Home, Home] = {}
    for home in sorted({home for home in homes if not isinstance(home, int)}, key=str):
        first, last = (home, home) if isinstance(home, date) else _span(objects, rules.day_starts)
        found = _to_join(name, first, last, rules.existing)
        final[home] = found.id if found else home
        plans[final[home]] = _joined(found, first, last) if found else _new(name, first, last, rules.folder, folders)
    ordered = sorted(plans, key=lambda home: (plans[home].day, plans[home].folder))
    index = {home: number for number, home in enumerate(ordered)}
    return tuple(plans[home] for home in ordered), tuple(index[final.get(home, home)] for home in homes)


def shoot_day(local: datetime, day_starts: time) -> date:
    """The day of the shoot for a wall-clock time: before `day_starts` it is still the day before."""
    early = local.time() < day_starts and local.date() > date.min
    return local.date() - timedelta(days=1) if early else local.date()


def _homes_by_name(objects: Sequence[TimedObject], name: str) -> list[Home]:
    return [item.settled.id if item.settled else name for item in objects]


def _homes_by_day(objects: Sequence[TimedObject], day_starts: time, is_litter: Callable[[bytes], bool]) -> list[Home]:
    days = [shoot_day(item.time.local, day_starts) for item in objects]
    homes: list[Home | None] = [
        item.settled.id if item.settled else day if item.time.dated else None
        for item, day in zip(objects, days, strict=True)
    ]
    dated = sorted({day for day, home in zip(days, homes, strict=True) if day == home})
    beside = _homes_beside(objects, homes)
    return [
        home if home is not None else near if near is not None else _undated(item, day, dated, is_litter)
        for item, day, home, near in zip(objects, days, homes, beside, strict=True)
    ]


def _homes_beside(objects: Sequence[TimedObject], homes: Sequence[Home | None]) -> list[Home | None]:
    """For each object of a DCF folder the home of the nearest one before it there that has one, else after it."""
    order = sorted(range(len(objects)), key=lambda number: objects[number].item.files[0].path)
    beside: list[Home | None] = [None] * len(objects)
    for way in (order, order[::-1]):
        folder, last = b"", None
        for number in way:
            path = objects[number].item.files[0].path
            if parent_of(path) != folder:
                folder, last = parent_of(path), None
            last = last if homes[number] is None else homes[number]
            if beside[number] is None and path.upper().startswith(b"DCIM/"):
                beside[number] = last
    return beside


def _undated(item: TimedObject, day: date, dated: Sequence[date], is_litter: Callable[[bytes], bool]) -> date:
    """The day of the file's time; a clock that never ran and what a camera keeps for itself make no shoot alone."""
    timeless = day.year < OLDEST_YEAR or all(is_litter(file.path) for file in item.item.files)
    if dated and day not in dated and timeless:
        return min(dated, key=lambda known: (abs(known - day), known))
    return day


def _span(objects: Sequence[TimedObject], day_starts: time) -> tuple[date, date]:
    """First and last shoot day of what is new; file times count only where nothing else is known."""
    new = [item.time for item in objects if not item.settled]
    times = [at.local for at in new if at.dated] or [at.local for at in new]
    return shoot_day(min(times), day_starts), shoot_day(max(times), day_starts)


def _to_join(name: str, first: date, last: date, existing: Sequence[ExistingShoot]) -> ExistingShoot | None:
    """The nearest shoot of the same name within a week, or the unnamed one of the same day; the older of two alike."""
    wanted = collision_key(_bytes(name))
    near: list[tuple[timedelta, int, ExistingShoot]] = []
    for shoot in existing:
        apart = max(shoot.day - last, first - shoot.last_day, timedelta())
        alike = (
            shoot.named_by_user and collision_key(_bytes(shoot.name.strip())) == wanted
            if name
            else (not shoot.named_by_user)
        )
        if alike and apart <= (JOIN_WITHIN if name else timedelta()):
            near.append((apart, shoot.id, shoot))
    return min(near, key=lambda found: found[:2])[2] if near else None


def _joined(shoot: ExistingShoot, first: date, last: date) -> ShootPlan:
    day, last_day = min(shoot.day, first), max(shoot.last_day, last)
    return ShootPlan(shoot.name, day, last_day, shoot.folder, shoot.id, shoot.named_by_user)


def _new(name: str, first: date, last: date, template: str, folders: dict[str, int]) -> ShootPlan:
    """A shoot whose folder no other has. folders: taken ones -> the number to try next; this one is added."""
    folder = shoot_folder(template, name or UNNAMED, first)
    plain = collision_key(folder)
    while (key := collision_key(folder)) in folders:
        folder = shoot_folder(template, name or UNNAMED, first, folders[plain])
        folders[plain] += 1
    folders[key] = 2
    return ShootPlan(name or UNNAMED, first, last, folder, None, bool(name))


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")
