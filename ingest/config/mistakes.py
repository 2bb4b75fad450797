"""What pydantic found, as sentences with their place in the file; values of the cloud table are never repeated."""

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from typing import Any

from ingest.config.settings import REPEATED, TABLES, Settings
from ingest.config.values import shown

_SECRET = re.compile(r"key|secret|token|passw", re.IGNORECASE)
_TYPES = {
    "string_type": 'must be text in quotes, "..."',
    "int_type": "must be a whole number without quotes",
    "path_type": 'must be text in quotes, "..."',
}


def told(error: Mapping[str, Any]) -> tuple[str, ...]:
    """One error of `ValidationError.errors()` as `destinations[1].kind: ...`; several where it stands for several."""
    kind, place, context = str(error["type"]), tuple(error["loc"]), error.get("ctx", {})
    if kind == "between":
        return tuple(context["mistakes"])
    return (f"{_where(place)}: {_what(kind, place, error.get('input'), context, str(error['msg']))}",)


def _where(place: Sequence[str | int]) -> str:
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{shown(part)[1:-1]}" for part in place)
    return text.removeprefix(".")


def _what(kind: str, place: Sequence[str | int], value: Any, context: Mapping[str, Any], message: str) -> str:
    if kind == "value_error":
        return str(context["error"])
    if kind == "extra_forbidden":
        return _unknown_key(place)
    if kind == "enum":
        return _one_of(value, re.findall(r"'([^']*)'", str(context["expected"])))
    if kind == "missing":
        return f"is missing: add [[{place[0]}]]" if place[0] in REPEATED and len(place) == 1 else "is missing"
    if kind == "greater_than_equal":
        return f"must be {context['ge']} or more"
    if kind == "less_than_equal":
        return f"must be {context['le']} or less"
    if kind == "tuple_type":
        return f"must be a list: write [[{place[0]}]]" if place[0] in REPEATED else 'must be a list, ["...", "..."]'
    if kind in ("model_type", "model_attributes_type"):
        return f"must be a table: write {_header(str(place[0]))}"
    return _TYPES.get(kind, message[:1].lower() + message[1:])


def _one_of(value: Any, allowed: Sequence[str]) -> str:
    near = get_close_matches(str(value).casefold(), allowed, 1)
    guess = f'; did you mean "{near[0]}"?' if near else ""
    return f"{shown(value)} is none of {', '.join(allowed)}{guess}"


def _unknown_key(place: Sequence[str | int]) -> str:
    key = str(place[-1])
    if place[0] == "cloud" and _SECRET.search(key):
        return (
            "a key must not stand in this file: use B2_APPLICATION_KEY_ID and B2_APPLICATION_KEY in the environment,"
            " or the system keychain"
        )
    table = TABLES[str(place[0])] if len(place) > 1 else Settings
    near = get_close_matches(key.casefold(), table.model_fields, 1, 0.7)
    if near:
        return f'is not known; did you mean "{near[0]}"?'
    homes = [_header(name) for name, other in TABLES.items() if key in other.model_fields and other is not table]
    if key in Settings.model_fields:
        homes = [_header(key) if key in TABLES else "the top of the file, above every [table]"]
    return f"is not known here; it belongs to {' or '.join(homes)}" if homes else "is not known"


def _header(table: str) -> str:
    return f"[[{table}]]" if table in REPEATED else f"[{table}]"
