"""Tag shoots from the editors' catalogs: read (nothing appears beside them), match, count, remember, re-order."""

import os
import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, islice, pairwise
from pathlib import Path

from catalog_adapters.base import CatalogUnreadable, UnknownCatalogKind, adapter_for
from ingest.config import CatalogSettings, Settings
from ingest.errors import CatalogError
from ingest.events import Event, Tagged, Warned
from ingest.ledger.db import transaction
from ingest.ledger.runs import shoots_of_run
from ingest.ledger.shoots import ShootRow, name_shoot, save_tags
from ingest.ledger.standings import one_state, sizes_of_shoots
from ingest.ledger.tags import save_file_tags
from ingest.ledger.uploads import reprioritise
from ingest.model.catalogs import CatalogFacts
from ingest.model.names import display
from ingest.session.context import Session
from ingest.session.known_files import KnownFiles
from ingest.session.noting import Noting
from ingest.tagging.catalog_names import distinct_names
from ingest.tagging.match import match_each
from ingest.tagging.tags import FileTag, ShootTags, file_tags, shoot_tags

_TOGETHER = 16  # shoots that are tagged in one transaction: each waits for the disk, and orders the queue


@dataclass(frozen=True, slots=True)
class ReadCatalog:
    """A catalog of the settings that could be read. name: how the ledger and the screens call it."""

    name: str
    facts: CatalogFacts


def read_catalog(settings: Settings, entry: CatalogSettings) -> ReadCatalog:
    """Read one catalog of the settings as it is now; raises as `read_document`."""
    names = distinct_names([each.path.parts for each in settings.catalogs])
    return read_document(entry.kind, entry.path, names[settings.catalogs.index(entry)])


def read_document(kind: str, path: Path, name: str = "") -> ReadCatalog:
    """Read one catalog as it is now. name: what it is called, "" for its file's name.

    Raises:
        CatalogError: missing, corrupt, locked for good, of an unknown layout; what to do is in the hint.
    """
    try:
        facts = adapter_for(kind).read(path, now=time.time())
    except (CatalogUnreadable, UnknownCatalogKind) as error:
        shown = display(os.fsencode(getattr(error, "path", path)))  # of several files that are one catalog, which
        raise CatalogError(
            getattr(error, "message", str(error)), hint=getattr(error, "hint", ""), path=shown
        ) from error
    return ReadCatalog(name or path.name, facts)


def tag_shoots(session: Session) -> Iterator[Event]:
    """Tag the shoots of a session; a catalog that cannot be read is a warning, never a reason against the verdict."""
    shoots = shoots_of_run(session.ledger, session.run_id, session.card_id)
    for entry in session.settings.catalogs if shoots else ():
        try:
            catalog = read_catalog(session.settings, entry)
        except CatalogError as error:
            said = f"{error.path}: {error.message}. The shoot is not tagged from it. {error.hint}"
            yield Warned("catalog", said.strip())
            continue
        yield from tag_from(session.ledger, session.settings, catalog, shoots)


def tag_from(
    ledger: sqlite3.Connection,
    settings: Settings,
    catalog: ReadCatalog,
    shoots: Sequence[ShootRow],
    noting: Noting | None = None,
) -> Iterator[Event]:
    """Tag these shoots from a catalog that was read; those of which it knows nothing are left as they are.

    noting: of these shoots, begun before it was read.
    """
    with one_state(ledger):
        known = KnownFiles(ledger, settings.places(), [shoot.id for shoot in shoots])
        found = noting.result() if noting else None
        answers = match_each(known, catalog.facts.images, found and found.noted)
        sizes = sizes_of_shoots(ledger)
    ends = [*accumulate([sizes.get(shoot.id, 0) for shoot in shoots], initial=0)]
    parts = (answers.matching(start, end) for start, end in pairwise(ends))
    told = (each for each in zip(shoots, parts, strict=True) if each[1].matches or each[1].ambiguous)
    while some := [
        (shoot, shoot_tags(matching, catalog.facts), file_tags(matching)) for shoot, matching in islice(told, _TOGETHER)
    ]:
        yield from _saved(ledger, settings, catalog, some)


def _saved(
    ledger: sqlite3.Connection,
    settings: Settings,
    catalog: ReadCatalog,
    some: Sequence[tuple[ShootRow, ShootTags, tuple[FileTag, ...]]],
) -> list[Event]:
    """What is told of some shoots, of which all is committed."""
    observation, events = catalog.facts.observation, list[Event]()
    with transaction(ledger):
        for shoot, tags, files in some:
            plain = tags.plain()
            save_tags(ledger, shoot.id, catalog.name, observation.as_of, observation.settled, plain)
            save_file_tags(ledger, catalog.name, files, settled=observation.settled)
            events.append(Tagged(_name(ledger, shoot, tags), catalog.name, plain))
        if settings.cloud:
            reprioritise(ledger, settings.cloud.bucket)
    return events


def _name(ledger: sqlite3.Connection, shoot: ShootRow, tags: ShootTags) -> str:
    """The editor's name for a shoot that the photographer did not name herself; its folder keeps its name."""
    if shoot.named_by_user or tags.name is None:
        return shoot.name
    name_shoot(ledger, shoot.id, tags.name.name)
    return tags.name.name
