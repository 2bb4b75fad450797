"""The plan of one ingest: for every entry of the listing exactly one disposition, and for what is copied its name."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from ingest.model.cards import Capture, CardFile, Disposition, EntryKind, Listing
from ingest.model.layouts import is_litter, tree_root
from ingest.plan.clock import card_clock
from ingest.plan.collide import Claims, Unit
from ingest.plan.folders import empty_folders
from ingest.plan.ignore import ignored_by
from ingest.plan.known import Known, LedgerView
from ingest.plan.names import Names, names_of
from ingest.plan.objects import group_objects
from ingest.plan.planned import CardTag, IngestPlan, PlannedFile, PlanSettings
from ingest.plan.portable import stays_inside
from ingest.plan.shoots import ShootRules, TimedObject, assign_shoots

_NOT_A_FILE = {
    EntryKind.SYMLINK: "a symbolic link, which is not followed",
    EntryKind.SPECIAL: "not a regular file",
    EntryKind.UNLISTABLE: "could not be listed",
}


def plan_card(
    listing: Listing,
    captures: Mapping[bytes, Capture],
    *,
    settings: PlanSettings,
    card: CardTag,
    ledger: LedgerView | None = None,
    shoot_name: str = "",
) -> IngestPlan:
    """Decide about every entry of `listing`.

    Args:
        listing: one complete walk of the card, in any order.
        captures: card path -> when it was taken, for the files that tell.
        settings: what the user has set.
        card: what the card's own folder is named by.
        ledger: what is known from earlier sessions; None for nothing.
        shoot_name: the user's name for what is new; "" for one unnamed shoot a day.

    Returns:
        A plan that depends on the set of entries alone, not on their order.

    Raises:
        ConfigError: a name template has mistakes.
    """
    known = Known(ledger or LedgerView())
    left, files = judge_entries(listing.files, settings.ignore)
    objects = _timed(files, captures, known, named=bool(shoot_name.strip()))
    shoots, homes = assign_shoots(
        objects, ShootRules(shoot_name, settings.folder, settings.day_starts, known.shoots), is_litter
    )
    claims = Claims(known.taken(shoot.folder for shoot in shoots if shoot.existing_id is not None))
    units = (
        _unit(item, names_of(item.item, item.time, shoots[home], settings.file, card), known)
        for item, home in zip(objects, homes, strict=True)
    )
    dests = claims.settle(units)
    for item, home in zip(objects, homes, strict=True):
        left += (_planned(item, file, home, dests[file.path], known, settings.required) for file in item.item.files)
    plan = IngestPlan(tuple(sorted(left, key=lambda file: (file.source.path, bool(file.problem)))), shoots)
    folders = (folder for folder in listing.empty_folders if not ignored_by(folder, settings.ignore))
    return replace(plan, folders=empty_folders(folders, plan, card, claims))


def judge_entries(entries: Iterable[CardFile], rules: Sequence[str]) -> tuple[list[PlannedFile], list[CardFile]]:
    """What is left out or cannot be read, and the files that remain: each of these gets a place in every plan."""
    left: list[PlannedFile] = []
    files: list[CardFile] = []
    before: CardFile | None = None
    for entry in sorted(entries, key=lambda entry: (entry.path, entry.size, entry.mtime_ns, entry.kind, entry.problem)):
        problem = entry.problem or _NOT_A_FILE.get(entry.kind, "")
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
    return left, files


def _timed(
    files: Iterable[CardFile], captures: Mapping[bytes, Capture], known: Known, *, named: bool
) -> list[TimedObject]:
    files = list(files)
    clock = card_clock(files, captures)
    return [
        TimedObject(part, clock.of(part, captures), home)
        for item in group_objects(files, tree_root)
        for part, home in known.settle(item, named=named)
    ]


def _unit(item: TimedObject, names: Names, known: Known) -> Unit:
    if not item.settled:
        return Unit(item.item.files, names, item.time)
    pins = ((file.path, known.pin(file, item.settled)) for file in item.item.files)
    return Unit(item.item.files, names, item.time, {path: pin for path, pin in pins if pin})


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
