"""From nothing: look, bring the records, then the photographs; say what was proven and what is missing."""

import contextlib
import os
import sqlite3
import time
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ingest.care.ledger_rebuild import TakenUp
from ingest.care.ledger_sources import Stand, stand_of
from ingest.care.restore import RestoreReport, sweep
from ingest.cli.bars import Bars
from ingest.cli.console import Console, shape
from ingest.cli.home import LEDGER
from ingest.cli.screen_recover import End, say_end, say_look, say_records
from ingest.cloud.checking import DOUBT
from ingest.cloud.open_store import open_store
from ingest.config.cloud_settings import CloudKind, CloudSettings
from ingest.config.recovered import Recovered
from ingest.config.table import MistakesError
from ingest.copying.destination import mark_as
from ingest.errors import CareFailed, UsageError
from ingest.ledger.db import open_ledger
from ingest.ledger.places import known_marker
from ingest.ledger.recovering import contents_known, settle_uploads
from ingest.ledger.shoots import all_shoots, find_shoots
from ingest.model.names import display
from ingest.model.places import Destination
from ingest.plan.recovery import Found, sort_out
from ingest.session.folder_holding import FolderHolding
from ingest.session.hands import Hands
from ingest.session.holdings import BucketHolding, Holding
from ingest.session.rebuild import nobody_else
from ingest.session.recover import (
    Wish,
    ask_others,
    begin,
    bring_histories,
    choose_station,
    finish,
    recover_ledger,
    recover_settings,
    refuse_used,
)
from ingest.session.recover_files import Only, Wanting, choose, demand_room, missing_from, prove
from ingest.words import files

_PATIENCE = 60.0  # seconds, before there are settings
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class Words:
    """As they were typed. cloud: lines of TOML."""

    source: str
    to: str
    bucket: str | None
    prefix: str
    realm: str
    cloud: tuple[str, ...]
    places: tuple[str, ...]
    station: str | None
    only: tuple[str, ...]
    records_only: bool


def run_recover(home: Path, console: Console, words: Words) -> int:
    """Gives 0 where everything is here and proven; else the code of what is wrong, see README."""
    target = os.path.abspath(os.fsencode(words.to))
    if not os.path.isdir(target):
        raise UsageError(f"There is no folder {display(target)}", hint="Make it first, on the new working disk")
    cloud, places = _cloud(words), _places(words)
    with Hands(_PATIENCE) as hands:
        holding: Holding = (
            BucketHolding(open_store(cloud), cloud.prefix, cloud.parallel, is_sealed=cloud.encrypt)
            if cloud
            else _folder(words, hands)
        )
        with nobody_else(home):
            return _Recovery(home, console, words, cloud, places, holding, hands, target).run()


def _cloud(words: Words) -> CloudSettings | None:
    """The bucket that was named; None for a folder."""
    if words.source not in [kind.value for kind in CloudKind]:
        if words.bucket:
            raise UsageError(
                f"{words.source!r} is no kind of bucket",
                hint=f"Say --from {CloudKind.B2.value} --bucket {words.bucket}",
            )
        return None
    if not words.bucket:
        raise UsageError("Which bucket?", hint=f"safelight recover --from {words.source} --bucket NAME --to FOLDER")
    try:
        return CloudSettings(**_given(words))
    except MistakesError as error:
        told = "; ".join(f"{'.'.join(map(str, place))}: {what}" for place, what in error.mistakes)
        raise UsageError(f"That is no bucket: {told}") from error
    except (ValueError, TypeError) as error:
        raise UsageError(f"--cloud: {error}", hint="Say it like --cloud 'parallel = 8'") from error


def _places(words: Words) -> dict[str, str]:
    """Name -> folder of the other destinations that were said to be here."""
    found = {}
    for word in words.places:
        name, _, folder = word.partition("=")
        root = os.path.abspath(folder)
        if not name or not folder or not os.path.isdir(root):
            raise UsageError(
                f"--place {word}: no name and existing folder", hint="Say it like --place nas=/mnt/nas/Photos"
            )
        found[name] = root
    return found


def _given(words: Words) -> dict[str, Any]:
    """The lines of the [cloud] table that were typed; all others stay as the settings had them."""
    given = {"kind": words.source, "bucket": words.bucket, "prefix": words.prefix, "realm": words.realm}
    return given | tomllib.loads("\n".join(words.cloud))


def _folder(words: Words, hands: Hands) -> FolderHolding:
    root = os.path.abspath(os.fsencode(words.source))
    if not os.path.isdir(root):
        raise UsageError(f"There is no folder {display(root)}", hint="Say --from b2 --bucket NAME for a bucket")
    inner = os.path.join(root, os.fsencode(words.prefix.rstrip("/")))
    is_whole = not os.path.isdir(os.path.join(root, b".safelight")) and os.path.isdir(inner)
    return FolderHolding(inner if is_whole else root, hands)


@dataclass(slots=True)
class _Recovery:
    home: Path
    console: Console
    words: Words
    cloud: CloudSettings | None
    places: dict[str, str]
    holding: Holding
    hands: Hands
    target: bytes

    def run(self) -> int:
        """All of it; each step is told as it ends."""
        refuse_used(self.home, self.home / LEDGER, self._which())
        found = self._look()
        station = choose_station(found, self.words.station)
        begin(self.home, self._which())
        source = recover_ledger(self.home / LEDGER, self.holding, found, self._warn)
        with contextlib.closing(open_ledger(self.home / LEDGER)) as ledger:
            wish = Wish(os.fsdecode(self.target), station, _given(self.words) if self.cloud else None, self.places)
            new, settings_from = recover_settings(self.home, self.holding, found, ledger, wish, self._warn)
            for place in new.settings.places():
                if place.name in (new.place, *self.places):
                    self.hands.ask(place.name, mark_as, place, known_marker(ledger, place.name))
            say_records(self.console, ledger, source, new, settings_from)
            if self.cloud and self.cloud.encrypt:
                found = self._look_again(station)
            if self.words.records_only:
                self._settle(ledger)
                return self._end(ledger, new, End())
            return self._photographs(ledger, found, new)

    def _which(self) -> dict[str, str]:
        return {"from": self.holding.name, "prefix": self.words.prefix, "to": os.fsdecode(self.target)}

    def _warn(self, text: str) -> None:
        self.console.note(f"{shape('warn')} {text}")

    def _look(self) -> Found:
        found = sort_out(self.holding.look())
        if not (found.files or found.ledgers or found.histories):
            raise CareFailed(
                f"Nothing to recover from lies in {self.holding.name}",
                hint="Is it the right bucket, and --prefix the folder in it? Nothing was changed"
                if self.cloud
                else "Name a destination's root, or a bucket's folder as it was downloaded. Nothing was changed",
            )
        say_look(self.console, self.holding.name, found)
        return found

    def _look_again(self, station: str) -> Found:
        """Now the ledger tells what the encrypted objects are."""
        found = sort_out(self.holding.look())
        found.of(station)
        if found.unopened:
            shown = ", ".join(display(path) for path in found.unopened[:_SHOWN])
            self._warn(
                f"{files(len(found.unopened))} not brought: encrypted, and the ledger knows none of them: {shown}"
            )
        return found

    def _only(self, ledger: sqlite3.Connection) -> Only | None:
        if not self.words.only:
            return None
        chosen = []
        for word in self.words.only:
            shoots = find_shoots(ledger, word)
            if len(shoots) != 1:
                raise UsageError(
                    f"{len(shoots)} shoots match {word!r}", hint="The ledger is here: see them with safelight shoots"
                )
            chosen += shoots
        return Only(frozenset(shoot.id for shoot in chosen), tuple(shoot.folder for shoot in chosen))

    def _photographs(self, ledger: sqlite3.Connection, found: Found, new: Recovered) -> int:
        only = self._only(ledger)
        place = next(each for each in new.settings.places() if each.name == new.place)
        self.hands.ask(place.name, sweep, self.target)
        folders = only.folders if only else found.histories.keys() - self._of_others(ledger, found)
        bring_histories(self.holding, found, folders, self.target, self._warn)
        stand = self.hands.ask(place.name, stand_of, place, b"")
        for folder, why in stand.damaged:
            self._warn(f"the manifests of {display(folder)} are not believed: {why}")
        wanting = choose(ledger, found, stand, place.name, self._prefix(new), only, partial(self._known, found))
        for name in wanting.unusable[:_SHOWN]:
            self._warn(f"not brought, since its name is no path below a folder: {display(name)}")
        demand_room(wanting, self.target)
        report = self._bring(wanting)
        taken = self._prove(ledger, place, stand, wanting, report)
        missing = missing_from(ledger, wanting, report, place.name, self.cloud.bucket if self.cloud else "")
        if not self.holding.gone:
            self._settle(ledger)
        return self._end(ledger, new, End(report, taken, missing, self.holding.gone))

    def _of_others(self, ledger: sqlite3.Connection, found: Found) -> set[bytes]:
        """The folders of shoots that only other stations have."""
        theirs = ask_others(
            self.home, self.holding, found.foreign, lambda other: {shoot.folder for shoot in all_shoots(other)}
        )
        return theirs - {shoot.folder for shoot in all_shoots(ledger)}

    def _known(self, found: Found, contents: Iterable[tuple[int, bytes]]) -> set[tuple[int, bytes]]:
        asked = list(contents)
        return ask_others(self.home, self.holding, found.foreign, lambda other: contents_known(other, asked))

    def _prefix(self, new: Recovered) -> str:
        return self.cloud.prefix if self.cloud else new.settings.cloud.prefix if new.settings.cloud else ""

    def _bring(self, wanting: Wanting) -> RestoreReport:
        with _Bar(self.console, "Bringing", wanting.size) as bar:
            return self.holding.bring(wanting.pairs, self.target, bar.tick)

    def _prove(
        self, ledger: sqlite3.Connection, place: Destination, stand: Stand, wanting: Wanting, report: RestoreReport
    ) -> TakenUp:
        with _Bar(self.console, f"Reading {place.name}", wanting.size) as bar:
            return prove(ledger, self.hands, place, stand, wanting, report, time.time(), bar.tick)

    def _settle(self, ledger: sqlite3.Connection) -> None:
        """The queue as the bucket has it, which is listed anew."""
        if self.cloud is None or not isinstance(self.holding, BucketHolding):
            return
        held, again = settle_uploads(ledger, self.cloud.bucket, self.holding.visible(), DOUBT, time.time())
        self.console.say(f"Bucket     {files(held)} of the ledger lie there, by a listing")
        if again:
            self._warn(f"{files(again)} that were sent do not lie there visibly: cloud run sends them again")
        self.console.line({"schema": 1, "type": "recovery", "step": "bucket", "held": held, "sent_again": again})

    def _end(self, ledger: sqlite3.Connection, new: Recovered, end: End) -> int:
        if end.is_whole and not self.words.only:
            finish(self.home)
        say_end(self.console, ledger, new, end, is_complete=end.is_whole and not self.words.only)
        return int(end.code)


class _Bar:
    """One bar over all of a stage."""

    def __init__(self, console: Console, title: str, total: int) -> None:
        self._bars, self._title, self._done = Bars.on(console), title, 0
        self._bars.begin({title: total})

    def tick(self, count: int) -> None:
        self._done += count
        self._bars.show({self._title: self._done})

    def __enter__(self) -> "_Bar":
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.close()
