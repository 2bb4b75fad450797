"""What stands under a picture and at the head of a sheet, the same on the page and on paper. Pure."""

from datetime import date, datetime

from ingest.sheets.contents import Contents, Picture
from ingest.words import files

MOST_STARS = 5
COLOURS = {
    "red": "#c62828",
    "orange": "#e06c00",
    "yellow": "#d9a400",
    "green": "#2e7d32",
    "cyan": "#00838f",
    "blue": "#1565c0",
    "pink": "#c2185b",
    "magenta": "#ad1457",
    "purple": "#6a1b9a",
}


def colour_of(label: str) -> str:
    """The colour that a label is called by, "" for a word that names none."""
    return COLOURS.get(label.casefold(), "")


def stars_word(rating: int) -> str:
    """`4 stars`."""
    return f"{rating} star{'s' * (rating != 1)}"


def pick_word(pick: int | None) -> str:
    """`picked`, `rejected`, "" for neither."""
    return {1: "picked", -1: "rejected"}.get(pick or 0, "")


def days_of(contents: Contents) -> str:
    """`14 June 2025`, `14 to 15 June 2025`."""
    first, last = date.fromisoformat(contents.day), date.fromisoformat(contents.last_day)
    if first == last:
        return _day(first)
    if (first.year, first.month) == (last.year, last.month):
        return f"{first.day} to {_day(last)}"
    return f"{_day(first)} to {_day(last)}"


def count_of(contents: Contents) -> str:
    """`41 pictures`, `12 of 41 pictures`."""
    count = len(contents.pictures)
    if not contents.left_out:
        return files(count, "picture")
    return f"{count:,} of {files(count + contents.left_out, 'picture')}"


def time_of(picture: Picture, *, with_day: bool, seconds: bool = True) -> str:
    """`23:40:12`, `14 Jun 23:40:12`, "" where no file tells. seconds: whether they are said."""
    if picture.taken is None:
        return ""
    clock = f"{picture.taken:%H:%M:%S}" if seconds else f"{picture.taken:%H:%M}"
    return f"{_short(picture.taken)} {clock}" if with_day else clock


def spans_days(contents: Contents) -> bool:
    """Whether a time alone would leave open which day is meant."""
    return len({picture.taken.date() for picture in contents.pictures if picture.taken}) > 1


def _day(day: date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def _short(time: datetime) -> str:
    return f"{time.day} {_MONTHS[time.month - 1][:3]}"


_MONTHS = (
    "January", "February", "March", "April", "May", "June",
    "July", "August", "September", "October", "November", "December",
)  # fmt: skip
