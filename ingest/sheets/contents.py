"""What stands on a contact sheet: each picture once, in the order in which they were taken. Pure but for the ledger.

A RAW and its JPEG are one picture, as the camera made them by one press; of a video tree each clip is one.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, timezone

from ingest.ledger.pictures import ShootPicture, pictures_of_shoot
from ingest.ledger.shoots import ShootRow
from ingest.model.media import CLIPS, NO_MAGIC, PICTURES, RAWS
from ingest.model.names import base_of, collision_key, display, display_text, parent_of, stem_of, suffix_of

_TREE = "//"  # what ends the key of an object that is a whole video tree
_PROXIES = (b"sub", b"thmbnl")  # folders of such a tree with smaller twins of its clips
_JPEGS = frozenset(b"jpg jpeg jpe".split())
_RAWISH = RAWS | {b"raw"}
_MOVING = (CLIPS | NO_MAGIC) - {b"raw", b"wav"}


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
    cells: dict[tuple[str, str], list[ShootPicture]] = {}
    for file in pictures_of_shoot(ledger, shoot.id):
        if suffix_of(file.path) in PICTURES and not _is_proxy(file):
            cells.setdefault((file.object, collision_key(stem_of(file.path))), []).append(file)
    pictures = sorted((_picture(files) for files in cells.values()), key=_by_time)
    return Contents(display_text(shoot.name), shoot.day, shoot.last_day, tuple(pictures))


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


def _picture(files: Sequence[ShootPicture]) -> Picture:
    shown = min(files, key=lambda file: (_rank(suffix_of(file.path)), file.path))
    taken = next((time for time in map(_taken, (shown, *files)) if time), None)
    return Picture(
        shown.asset_id,
        display(base_of(shown.path)),
        _kind(files),
        shown.size,
        taken,
        max((file.rating for file in files if file.rating), default=None),
        max((file.pick for file in files if file.pick is not None), default=None),
        next((display_text(file.label) for file in files if file.label), None),
    )


def _rank(suffix: bytes) -> int:
    """What is decoded soonest comes first."""
    return 0 if suffix in _JPEGS else 2 if suffix in _RAWISH else 3 if suffix in _MOVING else 1


def _kind(files: Iterable[ShootPicture]) -> str:
    """`RAW + JPEG`: the RAW first, each kind once."""
    suffixes = sorted({suffix_of(file.path) for file in files}, key=lambda suffix: (suffix not in _RAWISH, suffix))
    words = ["RAW" if each in _RAWISH else "JPEG" if each in _JPEGS else each.decode().upper() for each in suffixes]
    return " + ".join(dict.fromkeys(words))


def _taken(file: ShootPicture) -> datetime | None:
    """The wall clock as the ledger has it."""
    if not file.capture_local:
        return None
    local = datetime.fromisoformat(file.capture_local)
    if file.offset_minutes is None:
        return local
    return local.replace(tzinfo=timezone(timedelta(minutes=file.offset_minutes)))


def _by_time(picture: Picture) -> tuple[bool, str, str]:
    """By the wall clock, as it is shown; what tells no time comes last."""
    wall = picture.taken.replace(tzinfo=None).isoformat() if picture.taken else ""
    return picture.taken is None, wall, picture.name
