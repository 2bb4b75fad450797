"""A recovery from nothing: which one is under way, then its records: the ledger, the settings, the manifests."""

import contextlib
import json
import os
import sqlite3
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha1
from pathlib import Path
from typing import Any, TypeVar

from ingest.care.ledger_replace import condition, put_back
from ingest.care.ledger_sources import fetch_backup
from ingest.care.restore import RestoreReport, Wanted
from ingest.cloud.errors import CloudRefused, CloudUnreachable
from ingest.config import load
from ingest.config.load import CONFIG_FILE
from ingest.config.recovered import Recovered, moved, old_tables, recovered, tables_without_settings
from ingest.disk.atomic import write_durably
from ingest.errors import CareFailed, CloudError, ConfigError, DestinationError, SafelightError, UsageError
from ingest.ledger.recovering import destinations_known, name_of_marker
from ingest.ledger.soundness import look, opened_to_look
from ingest.manifest.history import CHAIN_NAME
from ingest.manifest.parse import parse_chain
from ingest.model.copies import Digest
from ingest.model.names import base_of, display, join, parent_of
from ingest.plan.generations import Backup
from ingest.plan.recovery import Found, Lying, chains
from ingest.session.backup import folder_of_its_own
from ingest.session.holdings import Holding

STATE = "recovery.json"  # in the home: which recovery is under way; gone when all is here
_GONE = (CloudRefused, CloudUnreachable, DestinationError)

Warn = Callable[[str], object]
T = TypeVar("T")


def refuse_used(home: Path, ledger: Path, words: Mapping[str, str]) -> None:
    """Only an empty home is recovered into, or one where the very same recovery was begun before, which goes on.

    words: what it is asked for.

    Raises:
        UsageError: this home is in use, or another recovery is under way.
    """
    state = home / STATE
    if state.exists():
        with contextlib.suppress(ValueError):
            if json.loads(state.read_text(encoding="utf-8")) == dict(words):
                return
        raise UsageError(
            "Another recovery is under way in this home",
            path=str(state),
            hint=f"Run that one again, or remove {state} to begin anew",
        )
    if (home / CONFIG_FILE).exists() or condition(ledger) not in ("missing", "empty"):
        raise UsageError(
            f"There are settings or a ledger here already: {home}",
            path=str(home),
            hint="Bring files back with `safelight restore`, a lost ledger with `safelight ledger rebuild`;"
            " to recover beside them, name another home: safelight --home FOLDER recover",
        )


def begin(home: Path, words: Mapping[str, str]) -> None:
    """Note which recovery is under way, so that the same command goes on."""
    if not (home / STATE).exists():
        write_durably(os.fsencode(home), STATE.encode(), json.dumps(dict(words)).encode(), replace=False)


def finish(home: Path) -> None:
    """Everything is here: the next recovery is another one."""
    (home / STATE).unlink(missing_ok=True)


def choose_station(found: Found, named: str | None) -> str:
    """Whose ledger and settings these are; "" where none lie there.

    Raises:
        UsageError: several stations, and none was named; or none of that name.
    """
    known = found.stations
    if named is None and len(known) > 1:
        raise UsageError(f"{len(known)} stations lie there", hint=f"Name one with --station: {', '.join(known)}")
    if named is not None and named not in known:
        raise UsageError(f"No station {named!r} lies there", hint=f"There are: {', '.join(known) or 'none'}")
    station = named or (known[0] if known else "")
    found.of(station)
    return station


def ask_others(
    home: Path,
    holding: Holding,
    ledgers: Sequence[tuple[Backup, Lying]],
    question: Callable[[sqlite3.Connection], set[T]],
) -> set[T]:
    """What the ledgers of other stations answer together, each by its newest backup that opens.

    Raises:
        CloudError, DestinationError: the place gives nothing any more.
    """
    answers, done = set[T](), set[str]()
    with folder_of_its_own(home, "recovery-") as folder:
        for number, (backup, item) in enumerate(ledgers):
            if backup.identity in done:
                continue
            packed, plain = folder / f"{number}.sqlite.gz", folder / f"{number}.sqlite"
            try:
                holding.fetch(item, packed)
                fetch_backup(bytes(packed), bytes(plain))
                with opened_to_look(plain) as copy:
                    answers |= question(copy)
                done.add(backup.identity)
            except _GONE:
                raise
            except (SafelightError, OSError, sqlite3.Error):
                continue
    return answers


def recover_ledger(ledger: Path, holding: Holding, found: Found, warn: Warn) -> str:
    """Put the newest sound backup in place, else a new, empty ledger; says what it is made from, "" for the latter.

    ledger: its path. warn: told of backups that cannot be used.

    Raises:
        CloudError, DestinationError: the place gives nothing any more; nothing was put in place.
    """
    if ledger.exists() and condition(ledger) == "sound":
        return "the ledger that is here"
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    with folder_of_its_own(ledger.parent, "recovery-") as folder:
        for number, (backup, item) in enumerate(found.ledgers):
            packed, plain = folder / f"{number}.sqlite.gz", folder / f"{number}.sqlite"
            try:
                holding.fetch(item, packed)
                fetch_backup(bytes(packed), bytes(plain))
                with opened_to_look(plain) as copy:
                    problems = look(copy).problems
            except _GONE:
                raise
            except (SafelightError, OSError, sqlite3.Error) as error:
                problems = (getattr(error, "message", "") or str(error),)
            if not problems:
                put_back(ledger, plain, stamp)
                return backup.name
            warn(f"{backup.name} is not used: {problems[0]}")
    put_back(ledger, None, stamp)
    return ""


@dataclass(frozen=True, slots=True)
class Wish:
    """What the new settings are to say. root: of the new folder. cloud: of the bucket, None for no change.

    here: name -> root of other destinations that are here, or have a successor.
    """

    root: str
    station: str
    cloud: Mapping[str, Any] | None
    here: Mapping[str, str]


def recover_settings(
    home: Path, holding: Holding, found: Found, ledger: sqlite3.Connection, wish: Wish, warn: Warn
) -> tuple[Recovered, str]:
    """Write `config.toml`; gives it and what it is made from.

    Raises:
        ConfigError: the new folder does not fit the other destinations.
        CloudError, DestinationError: the place gives nothing any more.
    """
    if (home / CONFIG_FILE).exists():
        return _resumed(home, holding, wish), "the settings that are here"
    tables, source = None, ""
    for record, item in found.settings:
        try:
            tables, source = old_tables(holding.read(item).decode("utf-8-sig")), record.name
            break
        except _GONE:
            raise
        except (SafelightError, ValueError) as error:
            warn(f"{record.name} is not used: {getattr(error, 'message', error)}")
    if tables is None:
        tables = tables_without_settings(wish.station or "studio-1", destinations_known(ledger))
    name = name_of_marker(ledger, holding.marker) if holding.marker else ""
    here = {name: holding.name} | dict(wish.here) if name else dict(wish.here)
    new = recovered(tables, wish.root, wish.cloud, here)
    write_durably(os.fsencode(home), CONFIG_FILE.encode(), new.text.encode(), replace=False)
    return new, source


def _resumed(home: Path, holding: Holding, wish: Wish) -> Recovered:
    """The settings that an earlier, interrupted run wrote, with the places that were named since."""
    path = home / CONFIG_FILE
    if wish.here:
        text = moved(path.read_text(encoding="utf-8"), wish.here)
        write_durably(os.fsencode(home), CONFIG_FILE.encode(), text.encode(), replace=True)
    settings = load(home)
    place = next((each for each in settings.destinations if each.root == wish.root), None)
    if place is None:
        raise ConfigError(f"No destination of the settings lies at {wish.root}", path=str(path))
    here = (wish.root, holding.name, *wish.here.values())
    elsewhere = tuple((each.name, each.root) for each in settings.destinations if each.root not in here)
    return Recovered("", settings, place.name, elsewhere)


def bring_histories(
    holding: Holding, found: Found, folders: Collection[bytes], target: bytes, warn: Warn
) -> RestoreReport:
    """The manifests of shoots in these folders, each history whole, as they lie beside a destination's photographs."""
    pairs: list[tuple[Wanted, Lying]] = []
    for folder, items in found.histories.items():
        is_there = os.path.lexists(join(join(target, join(folder, b"ascmhl")), CHAIN_NAME))
        if is_there or folder not in folders:
            continue
        history = _history(holding, items)
        if history:
            pairs += history
        else:
            warn(f"the manifests of {display(folder)} are not whole and stay where they are")
    return holding.bring(pairs, target, lambda _: None) if pairs else RestoreReport()


def _history(holding: Holding, items: Sequence[Lying]) -> list[tuple[Wanted, Lying]]:
    """The longest one that is whole: the manifests that its list names, then the list; nothing where there is none."""
    first: dict[bytes, Lying] = {}
    for item in items:  # the oldest of a name first
        first.setdefault(base_of(item.path), item)
    for chain in chains(items):
        try:
            data = holding.read(chain)
            names = [link.name for link in parse_chain(data, display(chain.path))]
            if all(name in first for name in names):
                listed = replace(chain, path=join(parent_of(chain.path), CHAIN_NAME), sha1=_sha1(data))
                return [(_small(item), item) for item in (*(_told(holding, first[name]) for name in names), listed)]
        except _GONE:
            raise
        except (CloudError, CareFailed, OSError):
            continue
    return []


def _told(holding: Holding, item: Lying) -> Lying:
    return item if item.sha1 else replace(item, sha1=_sha1(holding.read(item)))


def _small(item: Lying) -> Wanted:
    return Wanted(item.path, Digest(item.size, b"", bytes.fromhex(item.sha1)), int(item.at * 1e9), {})


def _sha1(data: bytes) -> str:
    return sha1(data, usedforsecurity=False).hexdigest()
