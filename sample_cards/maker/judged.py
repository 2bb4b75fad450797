"""What the Canon-like card's photographer thinks of the pictures, as the Lightroom catalog knows it.

The card was imported with stacked RAW + JPEG pairs, so a pair has one row, the RAW's. The clip and two of the JPEGs
were never imported, and one row is a picture that is on no sample card.
"""

from __future__ import annotations

from dataclasses import dataclass

from .exif import Shot
from .shots import CANON, CANON_PICTURES, Picture, at

COLLECTION = "Meyer wedding"
BEST = 5.0
BURST = ("IMG_9998", "IMG_9999")
KEYWORDS: dict[str, tuple[str, str | None, bool]] = {
    "wedding": ("", None, True),
    "ceremony": ("wedding", None, True),
    "party": ("wedding", None, True),
    "people": ("", None, True),
    "bride": ("people", None, True),
    "Anna Meyer": ("people", "person", False),
    "places": ("", None, True),
    "hall": ("places", None, True),
    "landscape": ("", None, True),
}
"""Name -> parent, type, may leave the machine. `landscape` is on no picture, `Anna Meyer` is a recognised face."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What the photographer thinks of one picture. renamed: the name in the catalog where the import changed it."""

    picture: Picture
    rating: float | None
    pick: float
    label: str
    keywords: tuple[str, ...]
    collected: bool = True
    renamed: str = ""

    @property
    def suffix(self) -> str:
        """The file that carries the row: the RAW of a pair."""
        return self.picture.suffixes[-1]


GONE = Picture("DCIM/100CANON/IMG_9990", Shot(CANON, at("23:21:05.30"), 14), ("DNG",))
_ON_CARD = {picture.stem.removeprefix("DCIM/"): picture for picture in CANON_PICTURES}
JUDGED = (
    Judged(GONE, 2.0, 0.0, "", ("ceremony",)),
    Judged(_ON_CARD["100CANON/IMG_9994"], 3.0, 1.0, "", ("ceremony", "bride")),
    Judged(_ON_CARD["100CANON/IMG_9995"], None, 0.0, "", ("ceremony",)),
    Judged(_ON_CARD["100CANON/IMG_9996"], 4.0, 1.0, "Green", ("ceremony", "bride", "Anna Meyer", "hall")),
    Judged(_ON_CARD["100CANON/IMG_9997"], 2.0, 0.0, "", ("party",)),
    Judged(_ON_CARD["100CANON/IMG_9998"], 5.0, 1.0, "Red", ("party", "bride", "hall")),
    Judged(_ON_CARD["100CANON/IMG_9999"], 1.0, -1.0, "", ("party",), collected=False),
    Judged(_ON_CARD["101CANON/IMG_0001"], 3.0, 0.0, "Yellow", ("party",)),
    Judged(_ON_CARD["101CANON/IMG_0002"], 4.0, 1.0, "Green", ("party", "bride")),
    Judged(_ON_CARD["101CANON/IMG_0004"], None, 0.0, "", ("party",)),
    Judged(_ON_CARD["101CANON/IMG_0005"], 3.0, 1.0, "", ("party", "hall")),
    Judged(_ON_CARD["102CANON/IMG_0001"], 5.0, 1.0, "Blue", ("party", "bride"), renamed="IMG_0001-2"),
)
