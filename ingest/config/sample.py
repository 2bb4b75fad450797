"""`config.toml` with every line explained, made from the model, so that the two cannot drift apart."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from enum import Enum
from typing import Any

from ingest.config.settings import EXAMPLE_DESTINATIONS, NAMED, TABLES, Settings, header_of
from ingest.config.table import Table

_COMMENT_AT = 44
_WIDEST = 118
_HEAD = (
    "# Safelight's settings.",
    "# A line that begins with # is a note, or (without a space after it) a setting that is not in use.",
)


def sample() -> str:
    """A complete, documented file: two example destinations, everything else at its default."""
    return render({"destinations": EXAMPLE_DESTINATIONS})


def render(values: Mapping[str, Any]) -> str:
    """Documented TOML of these settings; what `values` lacks stands at its default, or commented out.

    values: tables as TOML gives them, or `Settings.model_dump()`.
    """
    lines = [*_HEAD, ""]
    lines += _lines(Settings, [name for name in Settings.model_fields if name not in TABLES], values)
    for name, table in TABLES.items():
        field = Settings.model_fields[name]
        lines += ["", f"# {field.description}"]
        given = values.get(name)
        lines += _tables(name, table, given if given else field.shown)
    return "\n".join(lines) + "\n"


def render_table(name: str, values: Mapping[str, Any]) -> str:
    """One documented table as it may be added to a file; only the lines that `values` has."""
    table, field = TABLES[name], Settings.model_fields[name]
    lines = _lines(table, [each for each in table.model_fields if each in values], values)
    return "\n".join([f"# {field.description}", header_of(name), *lines]) + "\n"


def _tables(name: str, table: type[Table], given: Any) -> Iterator[str]:
    """The tables of one name; an absent optional one is shown by its examples, commented out."""
    entries: list[Any]
    keys: list[str]
    if name in NAMED:
        keys, entries = list(map(_key, given)), list(given.values())
    else:
        entries = list(given) if isinstance(given, (list, tuple)) else [given] if given is not None else []
        keys = [""] * len(entries)
    for number, (key, entry) in enumerate(zip(keys, entries, strict=True)):
        if number:
            yield ""
        yield header_of(name, key)
        plain = entry if isinstance(entry, Mapping) else entry.model_dump()
        yield from _lines(table, list(table.model_fields), plain, explained=not number)
    if not entries:
        yield f"#{header_of(name)}"
        lines = _lines(table, list(table.model_fields), {})
        yield from (line if line.startswith("#") else f"#{line}" for line in lines)


def _lines(table: type[Table], names: Sequence[str], given: Mapping[str, Any], *, explained: bool = True) -> list[str]:
    found: list[str] = []
    for name in names:
        field = table.model_fields[name]
        if not explained and name not in given:
            continue  # a second entry needs no second explanation of its defaults
        line = f"{name} = {_toml(given.get(name, field.shown))}"
        if not explained:
            found.append(line)
        elif max(len(line) + 2, _COMMENT_AT) + 2 + len(field.description) <= _WIDEST:
            found.append(f"{line.ljust(_COMMENT_AT - 1)} # {field.description}")
        else:
            found += [f"# {field.description}", line]
    return found


def _key(name: str) -> str:
    """A name of the user's own as TOML wants it in a header."""
    return name if re.fullmatch("[A-Za-z0-9_-]+", name) else _toml(name)


def _toml(value: Any) -> str:
    """A value in TOML 1.0. JSON's strings are TOML's, but for DEL, which TOML wants escaped."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(_toml(item) for item in value)}]"
    text = value.value if isinstance(value, Enum) else f"{value:%H:%M}" if hasattr(value, "hour") else str(value)
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
