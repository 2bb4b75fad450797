"""Single values of Capture One, the same in its databases and in its `.cos` files."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from catalog_adapters.values import Notes, number, text, whole

_COLORS = ("Red", "Orange", "Yellow", "Green", "Blue", "Pink", "Purple")
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - the camera's wall clock has no zone


@dataclass(frozen=True, slots=True)
class Settings:
    """What a photographer said about one variant. None: this record says nothing about it.

    rating: 0 to 5. color: 0 none, 1 to 7. keywords: as stored, `name||order,...`.
    """

    rating: int | None = None
    color: int | None = None
    keywords: str | None = None

    def over(self, other: "Settings") -> "Settings":
        """Field by field: this record where it says something, else the other."""
        return Settings(
            other.rating if self.rating is None else self.rating,
            other.color if self.color is None else self.color,
            other.keywords if self.keywords is None else self.keywords,
        )


def settings_from(rating: object, color: object, keywords: object, notes: Notes) -> Settings:
    """Cells or attributes as `Settings`; values out of range are told and read as nothing said."""
    return Settings(
        _within(rating, 5, "rating outside 0 to 5, read as not known", notes),
        _within(color, len(_COLORS), "colour tag that is not known", notes),
        text(keywords, 100_000) if keywords is not None else None,
    )


def _within(value: object, most: int, what: str, notes: Notes) -> int | None:
    if value is None or value == "":
        return None
    found = whole(value)
    if found is None or not 0 <= found <= most:
        notes.count(what)
        return None
    return found


def color_name(color: int | None) -> str | None:
    """The name of a colour tag, as Capture One writes it into XMP; None for 0 and for nothing said."""
    return _COLORS[color - 1] if color else None


def keyword_names(stored: str) -> tuple[str, ...]:
    """`marta||0,oslo||1` as names in their order. A piece without `||order` keeps its place and is taken whole."""
    found: list[tuple[int, int, str]] = []
    for place, piece in enumerate(stored.split(",")):
        name, mark, order = piece.rpartition("||")
        if not mark or not (order.isascii() and order.isdigit()) or len(order) > 9:
            name, order = piece, str(place)
        if name.strip():
            found.append((int(order), place, text(name.strip())))
    return tuple(dict.fromkeys(name for _, _, name in sorted(found)))


def wall_clock(value: object) -> datetime | None:
    """`ZEXP_DATE`, the camera's wall clock written as if it were UTC, as a naive time. 0 and nonsense are None."""
    seconds = number(value)
    if not seconds:
        return None
    try:
        return _EPOCH + timedelta(seconds=seconds)
    except OverflowError:
        return None
