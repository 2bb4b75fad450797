"""Hold a catalog against the ledger and the disks, and print what was found: as a screen, JSON lines or CSV."""

import csv
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import Any

from catalog_adapters.uncollected import uncollected
from ingest.cli.bars import working
from ingest.cli.console import Console, printable, shape
from ingest.cli.home import Home
from ingest.cli.screen_audit import Examples, show_audit
from ingest.errors import CatalogError, Exit
from ingest.ledger.versions import version_paths
from ingest.model.catalogs import CatalogFacts
from ingest.model.media import RAWS
from ingest.model.names import display, display_text, suffix_of
from ingest.session.audit import audit, bucket_if_any, copies_of_the_lost, kind_of, primary, strangers
from ingest.session.noting import Noting
from ingest.session.tags import read_catalog, read_document
from ingest.tagging.audit import Audited, Presence, Tally

_COLUMNS = (
    "path", "name", "virtual", "rating", "pick", "label", "on_disk", "rule", "copies", "oldest_proof", "cloud",
    "problems",
)  # fmt: skip
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_ON_DISK = {Presence.HERE: True, Presence.RELEASED: False, Presence.MISSING: False}


@uncollected()
def run_audit(home: Home, console: Console, path: Path, kind: str | None, *, as_csv: bool) -> int:
    """Gives 0 where nothing is missing and every rated picture has its second copy."""
    reading = working(console, f"Reading {display_text(path.name)}")
    with reading, Noting(home.ledger, bucket=bucket_if_any(home.settings)) as noting:
        catalog = read_document(kind or kind_of(path), path)
        rows = audit(home.ledger, home.settings, catalog.facts, noting)
    facts, tally, examples = catalog.facts, Tally.of(catalog.facts), Examples()
    writer = csv.writer(sys.stdout, lineterminator="\n") if as_csv else None
    if writer:
        writer.writerow(_COLUMNS)
    elsewhere: set[int] = set()
    for one in rows:
        tally.add(one)
        if one.presence is not Presence.HERE:
            elsewhere.update(one.assets)
        examples.add(one)
        if writer:
            writer.writerow(_row(one))
        elif console.json:
            console.line(_record(one))
    place = primary(home.settings.places())
    alien = _strangers(home, chain([facts], _others(home, console, path)), elsewhere)
    if console.json:
        for name in alien:
            console.line({"schema": 1, "type": "not_in_catalog", "path": display(name)})
        console.line(_summary(catalog.name, facts, tally, len(alien)))
    elif not as_csv:
        show_audit(console, catalog.name, facts, tally, examples, (place.name if place else "", alien))
    return int(Exit.CARE_FAILED if tally.missing or tally.rated_unproven else Exit.OK)


def _strangers(home: Home, catalogs: Iterable[CatalogFacts], elsewhere: set[int]) -> list[bytes]:
    place = primary(home.settings.places())
    if place is None or not os.path.isdir(place.root):
        return []
    # What editors exported beside the pictures is no stranger; no editor exports a raw picture: that was forgotten.
    edits = {path for path in version_paths(home.ledger) if suffix_of(path) not in RAWS}
    return list(strangers(place, catalogs, copies_of_the_lost(home.ledger, place, elsewhere) | edits))


def _others(home: Home, console: Console, path: Path) -> Iterator[CatalogFacts]:
    """The other catalogs of the settings: what one of them knows is no stranger."""
    for entry in home.settings.catalogs:
        if entry.path.absolute() == path:
            continue
        try:
            yield read_catalog(home.settings, entry).facts
        except CatalogError as error:
            console.note(f"{shape('warn')} {error.path}: {error.message}. Its pictures count as unknown here")


def _record(one: Audited) -> dict[str, Any]:
    image = one.image
    return {
        "schema": 1, "type": "image", "key": image.key, "path": display_text(image.path),
        "name": display_text(image.name), "virtual": image.is_virtual, "rating": image.rating, "pick": image.pick,
        "label": image.label, "on_disk": _ON_DISK.get(one.presence), "presence": one.presence.value, "rule": one.rule,
        "copies": [{"destination": name, "state": state, "at": at} for name, state, at in one.copies],
        "cloud": one.cloud, "problems": [gap.value for gap in one.gaps],
    }  # fmt: skip


def _row(one: Audited) -> tuple[object, ...]:
    image = one.image
    copies = " ".join(f"{name}:{state}" for name, state, _ in one.copies)
    oldest = min((at for _, _, at in one.copies), default="")
    problems = "; ".join(gap.value for gap in one.gaps)
    words = (image.path, image.name, int(image.is_virtual), image.rating, image.pick, image.label or "")
    return tuple(map(_cell, (*words, one.presence.value, one.rule, copies, oldest, one.cloud, problems)))


def _cell(value: object) -> object:
    """No name is taken for a formula by a spreadsheet, and none moves a terminal's cursor."""
    if not isinstance(value, str):
        return "" if value is None else value
    text = printable(display_text(value))
    return f"'{text}" if text.startswith(_FORMULA) else text


def _summary(name: str, facts: CatalogFacts, tally: Tally, alien: int) -> dict[str, Any]:
    seen = facts.observation
    return {
        "schema": 1, "type": "summary", "catalog": name, "kind": facts.kind, "version": facts.version,
        "as_of": seen.as_of, "settled": seen.settled, "warnings": list(seen.warnings), **asdict(tally),
        "not_in_catalog": alien,
    }  # fmt: skip
