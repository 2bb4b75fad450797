"""What was found in the settings, as sentences with their place in the file; values of the cloud table stay untold."""

import re
from collections.abc import Iterable

from ingest.config.settings import REPEATED, TABLES, Settings, header_of
from ingest.config.table import MISSING, UNKNOWN, Place
from ingest.config.values import near_words, shown

_SECRET = re.compile(r"key|secret|token|passw", re.IGNORECASE)
_KEY = re.compile(r"K\d{3}[\w+/=-]{12,}")  # an application key of B2; shortened ones too


def told(mistakes: Iterable[tuple[Place, str]]) -> list[str]:
    """Each of the mistakes of `MistakesError` as `destinations[1].kind: ...`; what has no single place stands alone."""
    return [f"{_where(place)}: {_what(place, what)}" if place else what for place, what in mistakes]


def without_keys(text: str) -> str:
    """`text` without what looks like an application key: in the wrong line it is told like any other value."""
    return _KEY.sub("[key]", text)


def _where(place: Place) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{shown(part)[1:-1]}" for part in place)
    return text.removeprefix(".")


def _what(place: Place, what: str) -> str:
    if what == UNKNOWN:
        return _unknown_key(place)
    if what == MISSING and len(place) == 1 and place[0] in REPEATED:
        return f"{what}: add [[{place[0]}]]"
    return what


def _unknown_key(place: Place) -> str:
    key = str(place[-1])
    if place[0] == "cloud" and _SECRET.search(key):
        return (
            "a key must not stand in this file: use B2_APPLICATION_KEY_ID and B2_APPLICATION_KEY (of s3:"
            " AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY) in the environment, or the system keychain"
        )
    table = TABLES[str(place[0])] if len(place) > 1 else Settings
    near = near_words(key, table.model_fields, 0.7)
    if near:
        return f'is not known; did you mean "{near[0]}"?'
    homes = [header_of(name) for name, other in TABLES.items() if key in other.model_fields and other is not table]
    if key in Settings.model_fields:
        homes = [header_of(key) if key in TABLES else "the top of the file, above every [table]"]
    return f"is not known here; it belongs to {' or '.join(homes)}" if homes else "is not known"
