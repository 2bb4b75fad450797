"""The plan of one ingest: for every entry of the listing exactly one disposition, and for what is copied its name."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from ingest.model.cards import Capture, CardFile, Disposition, EntryKind, Listing
from ingest.model.layouts import is_litter, tree_root
from ingest.plan.clock import card_clock
from ingest.plan.collide import Claims, Unit
from ingest.plan.folders import empty_folders
from ingest.plan.ignore import ignored_by
from ingest.plan.known import Known, LedgerView
from ingest.plan.names import names_of
from ingest.plan.objects import group_objects
from ingest.plan.planned import CardTag, IngestPlan, PlannedFile, PlanSettings, ShootPlan
from ingest.plan.portable import stays_inside
from ingest.plan.shoots import ShootRules, TimedObject, assign_shoots

_NOT_A_FILE = {
    EntryKind.SYMLINK: "a symbolic link, which is not followed",
    EntryKind.SPECIAL: "not a regular file",
    EntryKind.UNLISTABLE: "could not be listed",
}


@dataclass(frozen=True, slots=True)
class Judged:
    """The entries of a listing. left: what is left out or cannot be read. files: each gets a place in every plan."""

    left: tuple[PlannedFile, ...]
    files: tuple[CardFile, ...]


def plan_card(
    listing: Listing,
    captures: Mapping[bytes, Capture],
    *,
    settings: PlanSettings,
    card: CardTag,
    ledger: LedgerView | None = None,
    shoot_name: str = "",
    judged: Judged | None = None,
) -> IngestPlan:
    """Decide about every entry of `listing`; the plan depends on the set of entries alone, not on their order.

    captures: card path -> when it was taken, for the files that tell. card: what the card's own folder is named by.
    ledger: what is known from earlier sessions; None for nothing. shoot_name: the user's name for what is new; "" for
    one unnamed shoot a day. judged: what `judge_entries` says of this listing, where it was asked before.

    Raises:
        ConfigError: a name template has mistakes.
    """
    known = Known(ledger or LedgerView())
    judged = judged or judge_entries(listing.files, settings.ignore)
    objects = _timed(judged.files, captures, known, named=bool(shoot_name.strip()))
    shoots, homes = assign_shoots(
        objects, ShootRules(shoot_name, settings.folder, settings.day_starts, known.shoots), is_litter
    )
    claims = Claims(known.taken(shoot.folder for shoot in shoots if shoot.existing_id is not None))
    placed = sorted(zip(objects, homes, strict=True), key=_by_time, reverse=True)
    del objects, homes
    claims.keep(_pins([item for item, _ in reversed(placed)], known))
    planned = list(judged.left)
    while placed:  # what is planned lets go of what it was planned from: a large card's is not held twice
        item, home = placed.pop()
        dests = claims.settle(_unit(item, shoots[home], settings, card))
        planned += _planned_together(item, home, dests, known, settings.required)
    planned.sort(key=lambda file: bool(file.problem))
    planned.sort(key=lambda file: file.source.path)
    plan = IngestPlan(tuple(planned), shoots)
    folders = (folder for folder in listing.empty_folders if not ignored_by(folder, settings.ignore))
    return replace(plan, folders=empty_folders(folders, plan, card, claims))


def judge_entries(entries: Iterable[CardFile], rules: Sequence[str]) -> Judged:
    """What is left out or cannot be read, and the files that remain."""
    left: list[PlannedFile] = []
    files: list[CardFile] = []
    before: CardFile | None = None
    for entry in sorted(entries):  # those of one path, as on a damaged card, by all else that they say
        problem = entry.problem or _NOT_A_FILE.get(entry.kind)
        if not stays_inside(entry.path):
            problem = problem or "its name cannot be used as a path"
        elif before and before.path == entry.path:
            problem = problem or "the card lists this name twice"
        before = entry
        rule = ignored_by(entry.path, rules)
        if rule:
            left.append(PlannedFile(entry, Disposition.IGNORED, rule=rule))
        elif problem:
            left.append(PlannedFile(entry, Disposition.UNREADABLE, problem=problem))
        else:
            files.append(entry)
    return Judged(tuple(left), tuple(files))


def _timed(
    files: Sequence[CardFile], captures: Mapping[bytes, Capture], known: Known, *, named: bool
) -> list[TimedObject]:
    clock = card_clock(files, captures)
    return [
        TimedObject(part, clock.of(part, captures), home)
        for item in group_objects(files, tree_root)
        for part, home in known.settle(item, named=named)
    ]


def _by_time(placed: tuple[TimedObject, int]) -> tuple[datetime, bytes]:
    return placed[0].time.local, placed[0].item.files[0].path


def _pins(objects: Iterable[TimedObject], known: Known) -> Iterator[tuple[CardFile, bytes]]:
    """The names that files of settled objects already have in their shoots."""
    for item in objects:
        for file in item.item.files if item.settled else ():
            pin = known.pin(file, item.settled) if item.settled else None
            if pin:
                yield file, pin


def _unit(item: TimedObject, shoot: ShootPlan, settings: PlanSettings, card: CardTag) -> Unit:
    return Unit(item.item.files, names_of(item.item, item.time, shoot, settings, card), item.time)


def _planned_together(
    item: TimedObject, shoot: int, dests: Sequence[bytes], known: Known, required: frozenset[str]
) -> list[PlannedFile]:
    pairs = zip(item.item.files, dests, strict=True)
    return [_planned(item, file, shoot, dest, known, required) for file, dest in pairs]


def _planned(
    item: TimedObject, file: CardFile, shoot: int, dest: bytes, known: Known, required: frozenset[str]
) -> PlannedFile:
    content = known.content(file)
    missing = required
    if content and known.counts_here(file, item.item, item.settled):
        missing = required - content.proven_at
    safe = bool(required) and not missing  # with nothing required nothing is ever safe
    return PlannedFile(
        source=file,
        disposition=Disposition.ALREADY_SAFE if safe else Disposition.COPY,
        object_key=item.item.key,
        shoot=shoot,
        dest=dest,
        missing_at=missing,
        known=content.asset_id if content else None,
    )
