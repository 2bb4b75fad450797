"""Single values of a Lightroom catalog: clocks with several zero points, labels by name, versions."""

import re
from datetime import datetime, timedelta
from math import isfinite

from catalog_adapters.values import SINCE_2001, number

# Lightroom writes this for "never": 1 January of year 1, in seconds since 2001.
_NEVER = -63_113_817_600.0
# The default label set in the languages Lightroom is sold in, and Bridge's set. A name that is not here has no colour.
_COLORS = {
    "red": "red rot rouge rojo rosso rood röd vermelho select",
    "yellow": "yellow gelb jaune amarillo giallo geel gul amarelo second",
    "green": "green grün vert verde groen grön approved",
    "blue": "blue blau bleu azul blu blauw blå review",
    "purple": "purple lila violett pourpre violet púrpura morado viola paars roxo",
}
_COLOR_OF = {name: color for color, names in _COLORS.items() for name in names.split()} | {"to do": "purple"}


def capture_time(value: object) -> tuple[datetime | None, bool]:
    """`captureTime` as (naive time, is an instant in UTC).

    The camera's wall clock has no zone, `+00:00` marks the file's mtime in UTC. Any other zone is left out: the wall
    clock stands as written. Partial dates ('2013', '2013-05') and nonsense are None.
    """
    if not isinstance(value, str) or len(value) < 16 or value[4:8:3] != "--" or value[10] not in "T ":
        return None, False
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None, False
    if moment.tzinfo is None:
        return moment, False
    return moment.replace(tzinfo=None), moment.utcoffset() == timedelta(0)


def instant(value: object) -> float | None:
    """A Lightroom time (UTC seconds since 2001) as seconds since 1970; None for NULL, 0 and "never"."""
    seconds = value if type(value) is float and isfinite(value) else number(value)
    if seconds is None or seconds == 0 or seconds <= _NEVER:
        return None
    return seconds + SINCE_2001


def label_color(label: str) -> str | None:
    """The colour of a label's name: "red", "yellow", "green", "blue", "purple"; None when the name is not known."""
    return _COLOR_OF.get(label.strip().casefold())


def version_name(db_version: str, camera_raw: str) -> str:
    """`Adobe_DBVersion` and `Adobe_CrsVersion` for people: "Lightroom Classic 12 (1200001, Camera Raw 15.4.0)"."""
    major = major_version(db_version)
    if major is None:
        return f"Lightroom of unknown version ({db_version or 'none given'})"
    name = "Lightroom" if major <= 6 else "Lightroom Classic"
    return f"{name} {major} ({db_version}{', Camera Raw ' + camera_raw if camera_raw else ''})"


def major_version(db_version: str) -> int | None:
    """The release from a 7-digit DBVersion, "0500006" -> 5; None for anything else."""
    return int(db_version) // 100_000 if re.fullmatch(r"\d{7}", db_version, re.ASCII) else None
