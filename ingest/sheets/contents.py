"""What stands on a contact sheet: each picture once, in the order in which they were taken. Pure but for the ledger.

A RAW and its JPEG are one picture, as the camera made them by one press; of a video tree each clip is one.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from operator import itemgetter
from typing import NamedTuple

from ingest.ledger.pictures import ShootPicture, pictures_of_shoot
from ingest.ledger.shoots import ShootRow
from ingest.model.media import CLIPS, NO_MAGIC, PICTURES, RAWS
from ingest.model.names import base_of, collision_key, display, display_text, parent_of

_TREE = "//"  # what ends the key of an object that is a whole video tree
_PROXIES = (b"sub", b"thmbnl")  # folders of such a tree with smaller twins of its clips
_JPEGS = frozenset(b"jpg jpeg jpe".split())
_RAWISH = RAWS | {b"raw"}
_MOVING = (CLIPS | NO_MAGIC) - {b"raw", b"wav"}
# Of a picture's files the one with the lowest is shown: what is decoded soonest.
_RANKS = {each: 0 if each in _JPEGS else 2 if each in _RAWISH else 3 if each in _MOVING else 1 for each in PICTURES}
_BY_TIME = itemgetter(0, 1, 2)


class _File(NamedTuple):
    rank: int
    path: bytes
    suffix: bytes
    row: ShootPicture


@dataclass(frozen=True, slots=True)
class Picture:
    """One cell of a sheet. asset_id: of the file that is shown. kind: "JPEG", "RAW + JPEG", "MP4". size: bytes of that
    file. taken: by the camera's clock, with its zone where one is known; None where no file tells.

    rating: 1 to 5. pick: 1, 0 or -1. label: the editor's word for a colour. Each is None where no catalog says it.
    """

    asset_id: int
    name: str
    kind: str
    size: int
    taken: datetime | None
    rating: int | None = None
    pick: int | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True)
class Contents:
    """A shoot as it goes onto a sheet. day, last_day: ISO dates. left_out: pictures that the choice left out."""

    name: str
    day: str
    last_day: str
    pictures: tuple[Picture, ...]
    left_out: int = 0


def contents_of(ledger: sqlite3.Connection, shoot: ShootRow) -> Contents:
    """Every picture and clip of a shoot; what is neither stands on no sheet."""
    cells: dict[tuple[str, str], list[_File]] = {}
    for row in pictures_of_shoot(ledger, shoot.id):
        stem, _, suffix = base_of(row.path).rpartition(b".")
        file = _File(_RANKS.get(suffix.lower(), -1), row.path, suffix.lower(), row)
        if stem and file.rank >= 0 and not _is_proxy(row):
            cells.setdefault((row.object, collision_key(stem)), []).append(file)
    pictures = sorted(map(_picture, cells.values()), key=_BY_TIME)
    return Contents(display_text(shoot.name), shoot.day, shoot.last_day, tuple(each[3] for each in pictures))


def chosen(contents: Contents, *, only_picks: bool, stars: int) -> Contents:
    """Only what the editor's catalog says is picked, or has so many stars at least."""
    kept = tuple(
        picture
        for picture in contents.pictures
        if (not only_picks or picture.pick == 1) and (picture.rating or 0) >= stars
    )
    return replace(contents, pictures=kept, left_out=len(contents.pictures) - len(kept))


def _is_proxy(file: ShootPicture) -> bool:
    return file.object.endswith(_TREE) and base_of(parent_of(file.path)).lower() in _PROXIES


def _picture(files: Sequence[_File]) -> tuple[bool, str, str, Picture]:
    """With what it is sorted by: the wall clock, as it is shown; what tells no time comes last."""
    shown = min(files).row if len(files) > 1 else files[0].row
    timed = shown if shown.capture_local else next((file.row for file in files if file.row.capture_local), shown)
    picture = Picture(
        shown.asset_id,
        display(base_of(shown.path)),
        _kind(tuple(file.suffix for file in files)),
        shown.size,
        _taken(timed),
        max((file.row.rating for file in files if file.row.rating), default=None),
        max((file.row.pick for file in files if file.row.pick is not None), default=None),
        next((display_text(file.row.label) for file in files if file.row.label), None),
    )
    return picture.taken is None, timed.capture_local or "", picture.name, picture


@lru_cache
def _kind(suffixes: tuple[bytes, ...]) -> str:
    """`RAW + JPEG`: the RAW first, each kind once."""
    ordered = sorted(set(suffixes), key=lambda suffix: (suffix not in _RAWISH, suffix))
    words = ["RAW" if each in _RAWISH else "JPEG" if each in _JPEGS else each.decode().upper() for each in ordered]
    return " + ".join(dict.fromkeys(words))


def _taken(file: ShootPicture) -> datetime | None:
    """The wall clock as the ledger has it."""
    if not file.capture_local:
        return None
    local = datetime.fromisoformat(file.capture_local)
    return local if file.offset_minutes is None else local.replace(tzinfo=_zone(file.offset_minutes))


@lru_cache
def _zone(minutes: int) -> timezone:
    return timezone(timedelta(minutes=minutes))
