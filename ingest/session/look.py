"""What is on the card, what of it is safe already, when was it taken, and so: the plan."""

import contextlib
import hashlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import overload

from ingest.card.capture import fill_from_siblings
from ingest.card.parsers import captures_by_several
from ingest.copying.source import first_read, head_of
from ingest.events import Phase, PlanMade, Progressed
from ingest.ledger.assets import NewFile, asset_ids_of, record
from ingest.ledger.db import transaction
from ingest.ledger.known import (
    KnownCardFile,
    KnownCopy,
    captures_known,
    card_files,
    copies_of_assets,
    heads_known,
    sizes_known,
)
from ingest.ledger.partials import forget_partials
from ingest.ledger.shoots import all_shoots, paths_in_folder
from ingest.ledger.views import shoot_names_of_card
from ingest.model.cards import Capture, CardFile, Disposition, EntryKind
from ingest.model.copies import Digest
from ingest.model.layouts import tree_root
from ingest.model.names import display, join
from ingest.plan.dispositions import plan_card
from ingest.plan.known import LedgerView
from ingest.plan.objects import group_objects
from ingest.plan.planned import CardTag, ExistingShoot, IngestPlan, KnownContent, PlanSettings, taken_names
from ingest.session.context import Session
from ingest.session.presence import look_at_all
from ingest.session.scene import Card

_EXAMPLES = 3


def wanted_files(session: Session) -> list[CardFile]:
    """The regular files that no rule leaves out."""
    ignored = {id(item.source) for item in session.judged.left if item.disposition is Disposition.IGNORED}
    return [f for f in session.card.listing.files if f.kind is EntryKind.FILE and id(f) not in ignored]


@dataclass(frozen=True, slots=True)
class Recognised:
    """Card files that were read whole. found: those whose content the ledger knows, with the read that showed it.

    changed: paths with the size and time of a file that was ingested from this card, but with other bytes.
    """

    found: tuple[NewFile, ...] = ()
    changed: frozenset[bytes] = frozenset()

    @property
    def content(self) -> dict[bytes, Digest]:
        """Card path -> known content."""
        return {new.file.path: new.digest for new in self.found}


@dataclass(frozen=True, slots=True)
class Standing:
    """Content of a card file that the ledger knows. copies: those that are proven and there now."""

    digest: Digest
    content: KnownContent
    copies: tuple[KnownCopy, ...] = ()


def recognise(session: Session, files: list[CardFile]) -> Recognised:
    """Read every file that may be safe already, whole; writes nothing.

    By content, never by name: size, then the first 64 KiB, only choose what is worth reading.
    """
    before = card_files(session.ledger, session.card_id)
    likely, changed = _likely(session, files, before)
    session.emit(Phase("looking", sum(file.size for file in likely)))
    read: list[NewFile] = []
    done = 0

    def tick(count: int) -> None:
        nonlocal done
        done += count
        session.emit(Progressed(done))

    for file in likely:
        answer = first_read(session.opener, file, tick)
        if answer.problem or answer.changed or answer.digest is None or answer.read is None:
            continue  # the copying stage reads it again and tells what is wrong with it
        read.append(NewFile(file, answer.digest, b"", answer.read, ()))
    assets = asset_ids_of(session.ledger, {new.digest for new in read})
    for new in read:
        file = new.file
        if _as_listed(file, before) and before[file.path].asset_id != assets.get(new.digest):
            changed.add(file.path)
    return Recognised(tuple(new for new in read if new.digest in assets), frozenset(changed))


def remember(session: Session, recognised: Recognised) -> None:
    """Record what was recognised as files of this card; a beginning of such a file is not gone on with."""
    with transaction(session.ledger):
        record(
            session.ledger,
            run_id=session.run_id,
            card_id=session.card_id,
            boot_id=session.boot_id,
            files=recognised.found,
            upload=None,
            now=time.time(),
        )
        forget_partials(session.ledger, session.card_id, [new.file.path for new in recognised.found])


def _likely(
    session: Session, files: list[CardFile], before: Mapping[bytes, KnownCardFile]
) -> tuple[list[CardFile], set[bytes]]:
    """Files that begin like some known content; and paths that begin otherwise than when they were ingested."""
    sizes = sizes_known(session.ledger, (file.size for file in files))
    heads: dict[bytes, bytes] = {}
    for file in files:
        if file.size in sizes:
            with contextlib.suppress(OSError):
                heads[file.path] = head_of(session.opener, file.path)
    seen = [file for file in files if file.path in heads]
    begins = heads_known(session.ledger, ((file.size, heads[file.path]) for file in seen))
    likely = [file for file in seen if (file.size, heads[file.path]) in begins]
    changed = {file.path for file in seen if _as_listed(file, before) and before[file.path].head != heads[file.path]}
    return likely, changed


def _as_listed(file: CardFile, before: Mapping[bytes, KnownCardFile]) -> bool:
    known = before.get(file.path)
    return known is not None and (known.size, known.mtime_ns) == (file.size, file.mtime_ns)


def captures_of(session: Session, files: list[CardFile], known: Mapping[bytes, Digest]) -> dict[bytes, Capture]:
    """When each file was taken, asked in a child process that may be killed; a file that tells nothing is left out."""
    captures: dict[bytes, Capture] = {}
    unknown = []
    facts = captures_known(session.ledger, set(known.values()))
    for file in files:
        remembered = facts.get(known[file.path]) if file.path in known else None
        if remembered:
            captures[file.path] = remembered
        else:
            unknown.append(file)
    answers = captures_by_several(_Asked(session.card.root, unknown), time.time())
    for file, capture in zip(unknown, answers, strict=True):
        if capture:
            captures[file.path] = capture
    for item in group_objects(files, tree_root):
        filled = fill_from_siblings({file.path: captures.get(file.path) for file in item.files})
        captures.update({path: capture for path, capture in filled.items() if capture})
    return captures


class _Asked(Sequence[tuple[bytes, bytes]]):
    """(absolute path, card path) of files, made when they are asked about."""

    def __init__(self, root: bytes, files: list[CardFile]) -> None:
        self._root = root
        self._files = files

    def __len__(self) -> int:
        return len(self._files)

    @overload
    def __getitem__(self, number: int) -> tuple[bytes, bytes]: ...
    @overload
    def __getitem__(self, number: slice) -> "_Asked": ...
    def __getitem__(self, number: int | slice) -> "tuple[bytes, bytes] | _Asked":
        if isinstance(number, slice):
            return _Asked(self._root, self._files[number])
        path = self._files[number].path
        return join(self._root, path), path


def make_plan(
    session: Session, recognised: Recognised, standing: Mapping[bytes, Standing], captures: Mapping[bytes, Capture]
) -> IngestPlan:
    """Ask the pure planner; what it may know of the ledger is gathered here."""
    settings = session.settings
    destinations = settings.places()
    view = LedgerView(
        _existing_shoots(session),
        {path: known.content for path, known in standing.items()},
        _known_paths(session, recognised.changed),
        lambda folder: taken_names(paths_in_folder(session.ledger, folder)),
    )
    return plan_card(
        session.card.listing,
        captures,
        settings=PlanSettings(
            frozenset(place.name for place in destinations),
            settings.naming.folder,
            settings.naming.file,
            settings.cards.ignore,
            settings.naming.day_starts,
            bool(session.request.said),
        ),
        card=CardTag(session.card.label, identity_digest(session.card)),
        ledger=view,
        shoot_name=session.request.shoot or "",
        judged=session.judged,
    )


def identity_digest(card: Card) -> bytes:
    """16 bytes that stand for the card's identity; they name the folder of what lies outside DCIM."""
    identity = card.identity
    text = repr((identity.uuid, identity.label, identity.size, identity.subpath)).encode()
    return hashlib.sha256(text).digest()[:16]


def _existing_shoots(session: Session) -> list[ExistingShoot]:
    return [
        ExistingShoot(
            row.id,
            row.name,
            date.fromisoformat(row.day),
            date.fromisoformat(row.last_day),
            row.folder,
            row.named_by_user,
        )
        for row in all_shoots(session.ledger)
    ]


def still_standing(session: Session, known: Mapping[bytes, Digest]) -> dict[bytes, Standing]:
    """Card path -> known content with the copies that are proven *and still there*, looked at now."""
    ids = asset_ids_of(session.ledger, set(known.values()))
    assets = {path: ids[digest] for path, digest in known.items() if digest in ids}
    copies = copies_of_assets(session.ledger, assets.values())
    missing = _missing_now(session, [copy for group in copies.values() for copy in group])
    found = {}
    for path, asset_id in assets.items():
        group = copies.get(asset_id, [])
        standing = tuple(copy for copy in group if copy.state == "proven" and copy.id not in missing)
        where = frozenset(copy.destination for copy in standing)
        found[path] = Standing(known[path], KnownContent(asset_id, where, group[0].path if group else b""), standing)
    return found


def _missing_now(session: Session, copies: list[KnownCopy]) -> set[int]:
    missing: set[int] = set()
    for name, presence in look_at_all(session.hands, session.ledger, session.settings.places(), copies).items():
        here = {copy.id for copy in copies if copy.destination == name}
        missing |= here if presence.problem else set(presence.missing)
    return missing


def _known_paths(session: Session, changed: frozenset[bytes]) -> dict[bytes, bytes]:
    """Card path -> name at the destinations, for files of this card that are as they were ingested."""
    before = card_files(session.ledger, session.card_id)
    names = shoot_names_of_card(session.ledger, session.card_id)
    return {
        file.path: names[file.path]
        for file in session.card.listing.files
        if file.path in names and file.path not in changed and _as_listed(file, before)
    }


def plan_event(plan: IngestPlan, describe: Callable[[int], str] | None = None) -> PlanMade:
    """The plan as the screen of the first moment shows it."""
    counts = plan.counts()
    shoots = []
    for index, shoot in enumerate(plan.shoots):
        files = sum(file.shoot == index for file in plan.files)
        days = str(shoot.day) if shoot.day == shoot.last_day else f"{shoot.day} to {shoot.last_day}"
        name = describe(index) if describe else shoot.name
        shoots.append({"name": name, "days": days, "files": files, "folder": display(shoot.folder)})
    copied = [file for file in plan.files if file.disposition is Disposition.COPY][:_EXAMPLES]
    return PlanMade(
        counts.copy,
        counts.copy_size,
        counts.already_safe,
        counts.ignored,
        counts.unreadable,
        dict(counts.by_rule),
        tuple(shoots),
        tuple((display(file.source.path), display(file.dest)) for file in copied),
    )
