"""What a restore is to bring back: shoots or single files, and of the edits beside them those of a time."""

import os
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from ingest.care.restore import Wanted
from ingest.config.cloud_settings import CloudSettings
from ingest.disk.mountinfo import is_inside
from ingest.errors import UsageError
from ingest.ledger.known import copies_of_shoot
from ingest.ledger.shoots import ShootRow, all_shoots, find_shoots
from ingest.ledger.uploads import keys_of_assets
from ingest.ledger.versions import Version, copies_of_versions, versions_of_shoot
from ingest.ledger.views import shoot_files
from ingest.model.copies import Digest
from ingest.model.names import base_of, collision_key, display
from ingest.model.places import Destination

_SHOWN = 8


@dataclass(frozen=True, slots=True)
class Asked:
    """Shoots, each with the files of it that are wanted; None for all. name: for people."""

    name: str
    parts: tuple[tuple[ShootRow, frozenset[bytes] | None], ...]


@dataclass(frozen=True, slots=True)
class Wish:
    """Of a restore. as_of: edits as they were then, seconds since 1970 UTC; None: the newest. edits: whether at all."""

    as_of: float | None = None
    edits: bool = True


def asked_by(ledger: sqlite3.Connection, words: Sequence[str], places: Iterable[Destination]) -> Asked:
    """Each word is a shoot by its name, number or folder, or a file: its path at a destination, or its name alone.

    Raises:
        UsageError: a word that is nothing of this, or several things.
    """
    roots = [place.root for place in places]
    parts: dict[int, tuple[ShootRow, set[bytes] | None]] = {}
    names = []
    for word in words:
        found = find_shoots(ledger, word)
        if len(found) == 1:
            parts[found[0].id] = found[0], None
            names.append(found[0].name)
            continue
        if found:
            several = ", ".join(f"{row.id}: {row.name} ({row.day})" for row in found[:_SHOWN])
            raise UsageError(f"{len(found)} shoots match {word!r}", hint=f"Name one by its number: {several}")
        shoot, path = _file(ledger, word, roots)
        _, paths = parts.setdefault(shoot.id, (shoot, set()))
        if paths is not None:
            paths.add(path)
        names.append(display(base_of(path)))
    return Asked(", ".join(names), tuple((shoot, None if p is None else frozenset(p)) for shoot, p in parts.values()))


def _file(ledger: sqlite3.Connection, word: str, roots: Sequence[bytes]) -> tuple[ShootRow, bytes]:
    path = os.fsencode(word)
    for root in roots:
        if is_inside(os.path.abspath(path), root):
            path = os.path.abspath(path)[len(root.rstrip(b"/")) + 1 :]
    every = {shoot.id: shoot for shoot in all_shoots(ledger)}
    rows = ledger.execute("SELECT shoot_id, path FROM shoot_asset UNION SELECT shoot_id, path FROM version").fetchall()
    known = [(every[row[0]], bytes(row[1])) for row in rows if row[0] in every]
    exact = [each for each in known if each[1] == path]
    key = collision_key(path)
    found = exact or [each for each in known if collision_key(base_of(each[1])) == key]
    if len(found) == 1:
        return found[0]
    if found:
        several = ", ".join(display(each) for _, each in found[:_SHOWN])
        raise UsageError(f"{len(found)} files are called {word!r}", hint=f"Name one by its path: {several}")
    raise UsageError(
        f"No shoots match {word!r}, and no file is called so", hint="See the shoots with: safelight shoots"
    )


def wanted_files(
    ledger: sqlite3.Connection, asked: Asked, wish: Wish, cloud: CloudSettings | None
) -> tuple[list[Wanted], dict[str, str]]:
    """What to bring back and from where; and of what lies in the bucket the version that was sent, by its key."""
    found: list[Wanted] = []
    objects: dict[str, str] = {}
    for shoot, only in asked.parts:
        for wanted, sent in _of_shoot(ledger, shoot, wish, cloud):
            if only is None or wanted.path in only:
                found.append(wanted)
                objects |= dict(sent)
    return found, objects


_Sent = tuple[tuple[str, str], ...]
_Offsite = tuple[str, str, str]  # what the third copy is called, key, file id


def _of_shoot(
    ledger: sqlite3.Connection, shoot: ShootRow, wish: Wish, cloud: CloudSettings | None
) -> Iterator[tuple[Wanted, _Sent]]:
    rows = shoot_files(ledger, shoot.id)
    copies = copies_of_shoot(ledger, shoot.id)
    sent = _sent(ledger, cloud, [row.asset_id for row in rows])
    for row in rows:
        where = {copy.destination: copy.path for copy in copies.get(row.asset_id, ()) if copy.state == "proven"}
        yield _wanted(row.path, Digest(row.size, row.xxh128, row.sha1), row.mtime_ns, where, sent.get(row.asset_id))
    if wish.edits:
        yield from _edits(ledger, shoot, wish, cloud)


def _sent(ledger: sqlite3.Connection, cloud: CloudSettings | None, assets: Sequence[int]) -> dict[int, _Offsite]:
    """Asset id -> where the third copy of it lies."""
    found = keys_of_assets(ledger, cloud.bucket, assets) if cloud else {}
    return {asset: (cloud.word, *where) for asset, where in found.items()} if cloud else {}


def _edits(
    ledger: sqlite3.Connection, shoot: ShootRow, wish: Wish, cloud: CloudSettings | None
) -> Iterator[tuple[Wanted, _Sent]]:
    places: dict[int, dict[str, bytes]] = {}
    for copy in copies_of_versions(ledger, shoot.id):
        if copy.state == "proven":
            places.setdefault(copy.asset_id, {})[copy.destination] = copy.path
    chosen = [*filter(None, (_as_of(each, wish.as_of) for each in versions_of_shoot(ledger, shoot.id).values()))]
    sent = _sent(ledger, cloud, [each.asset_id for each in chosen])
    for each in chosen:
        where = places.get(each.asset_id, {})
        yield _wanted(each.path, each.digest, each.mtime_ns, where, sent.get(each.asset_id))


def _as_of(versions: Sequence[Version], at: float | None) -> Version | None:
    """The last one that was seen by then; None for a file that was not there yet."""
    then = [version for version in versions if at is None or version.seen <= at]
    return then[-1] if then else None


def _wanted(
    path: bytes, digest: Digest, mtime_ns: int, where: dict[str, bytes], sent: _Offsite | None
) -> tuple[Wanted, _Sent]:
    if sent is None:
        return Wanted(path, digest, mtime_ns, where), ()
    word, key, file_id = sent
    return Wanted(path, digest, mtime_ns, {**where, word: key.encode()}), ((key, file_id),)
