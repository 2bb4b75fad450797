"""One picture in words: where each copy of it is, when it was proven, its hashes, what lies beside it."""

import sqlite3
from dataclasses import dataclass

from ingest.gate.certificate import METHOD_WORDS
from ingest.ledger.pictures import ShootPicture, pictures_of_shoot
from ingest.ledger.shoots import ShootRow
from ingest.ledger.views_shoot import AssetFacts, ShownCopy, asset_facts, copies_shown, third_copy
from ingest.model.copies import Method
from ingest.model.names import base_of, display, display_text
from ingest.sheets.contents import Contents
from ingest.web.view_cards import when

_STATES = {
    "proven": ("good", "proven"),
    "written": ("wait", "written, not proven"),
    "suspect": ("bad", "SUSPECT: not as proven any more"),
    "lost": ("bad", "lost"),
    "released": ("note", "let go on purpose"),
}
_CLOUD = {
    "checked": ("good", "in the cloud, checked"),
    "sent": ("good", "sent, not checked yet"),
    "waiting": ("wait", "waiting"),
    "sending": ("wait", "sending"),
    "needs you": ("note", "needs you"),
}


@dataclass(frozen=True, slots=True)
class CopyLine:
    """A copy. level, state: for its badge. proven: when and how it was last read back; "" for never."""

    place: str
    path: str
    level: str
    state: str
    proven: str


@dataclass(frozen=True, slots=True)
class PictureView:
    """A file of a shoot. taken: by the camera's clock, "" unknown. beside: the files of the same press of the shutter.

    before, after: asset ids of the pictures beside it on the contact sheet, 0 for none.
    """

    shoot_id: int
    shoot: str
    asset: AssetFacts
    name: str
    original: str
    taken: str
    copies: tuple[CopyLine, ...]
    beside: tuple[tuple[int, str, int], ...]
    number: int
    of: int
    before: int
    after: int


def picture_view(
    ledger: sqlite3.Connection, row: ShootRow, contents: Contents, asset_id: int, bucket: str, now: float
) -> PictureView | None:
    """A file of a shoot; None where it holds no such file. bucket: "" where no off-site copy is set up."""
    asset = asset_facts(ledger, asset_id)
    files = pictures_of_shoot(ledger, row.id) if asset else []
    own = next((file for file in files if file.asset_id == asset_id), None)
    if asset is None or own is None:
        return None
    shown = [picture.asset_id for picture in contents.pictures]
    at = shown.index(asset_id) if asset_id in shown else -1
    copies = [_copy(copy, now) for copy in copies_shown(ledger, asset_id)]
    if bucket:
        copies.append(_third(third_copy(ledger, asset_id, bucket), bucket, now))
    return PictureView(
        row.id,
        display_text(row.name),
        asset,
        display(base_of(own.path)),
        display(asset.name),
        asset.captured.replace("T", " ")[:19],
        tuple(copies),
        tuple(_beside(files, own)),
        at + 1,
        len(shown),
        shown[at - 1] if at > 0 else 0,
        shown[at + 1] if 0 <= at < len(shown) - 1 else 0,
    )


def _beside(files: list[ShootPicture], own: ShootPicture) -> list[tuple[int, str, int]]:
    return [
        (file.asset_id, display(base_of(file.path)), file.size)
        for file in files
        if file.object == own.object and file.path != own.path
    ][:50]


def _copy(copy: ShownCopy, now: float) -> CopyLine:
    level, state = _STATES[copy.state]
    how = METHOD_WORDS[Method(copy.method)] if copy.method else ""
    proven = f"{when(copy.at, now)}, {how}" if copy.at and copy.state not in ("lost", "released") else ""
    return CopyLine(copy.place, copy.display, level, state, proven)


def _third(found: tuple[str, str, float] | None, bucket: str, now: float) -> CopyLine:
    if found is None:
        return CopyLine(bucket, "", "note", "not queued", "")
    level, state = _CLOUD[found[0]]
    return CopyLine(bucket, display_text(found[1]), level, state, when(found[2], now) if found[2] else "")
