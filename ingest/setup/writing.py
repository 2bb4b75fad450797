"""Settings that were answered, put into `config.toml`: a new file in full, or lines of the one that is there.

Of a file that is there only the lines change that must; every other byte stays, comments above all. Whatever was
changed is read again as TOML and compared with what was meant: where a file is written in a way that these few rules do
not know, nothing is written, and it is said what to write by hand.
"""

import json
import os
import re
import stat
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ingest.config import CONFIG_FILE, Settings, parse, render, render_table, values
from ingest.disk.atomic import write_durably
from ingest.errors import ConfigError
from ingest.model.names import display

_HEADER = re.compile(r"\s*\[\[?\s*([^\]]+?)\s*\]\]?\s*(#.*)?")
_TEXT = r"""("(?:[^"\\]|\\.)*"|'[^']*'|[^\s#]+)"""  # a value on one line


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was answered. destinations: name, kind and root of each, in order. catalogs: kind and path of each.

    folder: the template. devices: what the gate asks for; None leaves it as it is.
    """

    destinations: Sequence[Mapping[str, str]]
    folder: str
    catalogs: Sequence[Mapping[str, str]] = ()
    devices: int | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """A file to be written. before: as it is now, None where there is none. changed: the tables that differ."""

    before: bytes | None
    after: bytes
    settings: Settings
    changed: tuple[str, ...]


def draft(home: Path, wanted: Wanted, station: str) -> Draft:
    """What the file will be; nothing is written. station: of a new file.

    Raises:
        ConfigError: the file that is there has mistakes or is written in a way that is not known here.
    """
    path = home / CONFIG_FILE
    if not path.exists():
        tables = _tables_of({"station": station, "destinations": []}, wanted)
        return Draft(None, render(tables).encode(), parse(tables), tuple(_named(tables)))
    before = path.read_bytes()
    text = before.decode("utf-8-sig")
    old = tomllib.loads(text)
    new = _tables_of(old, wanted)
    changed = tuple(name for name in new if new[name] != old.get(name))
    settings = parse(new)
    if not changed:
        return Draft(before, before, settings, ())
    after = _edited(text, old, new)
    if _read(after) != new:
        mistakes = tuple(f"[{name}] is written in a way that init does not know" for name in changed)
        raise ConfigError(
            "The settings cannot be changed line by line; nothing was written",
            mistakes=mistakes,
            hint="Change them by hand, then run: safelight config check",
            path=display(os.fsencode(path)),
        )
    mark = b"\xef\xbb\xbf" * before.startswith(b"\xef\xbb\xbf")
    return Draft(before, mark + after.encode(), settings, changed)


def write(home: Path, made: Draft, stamp: str) -> Path | None:
    """Write it durably where it differs; gives where the file from before lies now.

    stamp: for its name, such as "2026-11-28".

    Raises:
        ConfigError: the file changed meanwhile, or cannot be written; it is as it was.
    """
    if made.before is not None and not made.changed:
        return None
    path = Path(os.path.realpath(home / CONFIG_FILE))  # the file itself, where its name is a link
    shown = display(os.fsencode(path))
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if (path.read_bytes() if path.exists() else None) != made.before:
            raise ConfigError(f"The settings, {shown}, changed meanwhile", hint="Run the same command again")
        if made.before is None:
            write_durably(os.fsencode(path.parent), os.fsencode(path.name), made.after, replace=False)
            return None
        mode = stat.S_IMODE(path.stat().st_mode)
        kept = _keep(path, made.before, stamp, mode)
        write_durably(os.fsencode(path.parent), os.fsencode(path.name), made.after, replace=True)
        path.chmod(mode)
    except OSError as error:
        raise ConfigError(f"The settings, {shown}, cannot be written: {error.strerror}", path=shown) from error
    return kept


def _keep(path: Path, data: bytes, stamp: str, mode: int) -> Path:
    for number in range(1, 1000):
        name = f"config-{stamp}{f'-{number}' if number > 1 else ''}.toml"
        try:
            write_durably(os.fsencode(path.parent), name.encode(), data, replace=False)
        except FileExistsError:
            continue
        (path.parent / name).chmod(mode)
        return path.parent / name
    raise FileExistsError(17, "a thousand older settings lie beside it")


def _tables_of(old: Mapping[str, Any], wanted: Wanted) -> dict[str, Any]:
    """The tables as they shall be. What was not asked for stays; no destination and no catalog is taken out."""
    new = dict(old)
    known = {each["name"]: dict(each) for each in old.get("destinations", ())}
    for each in wanted.destinations:
        before = known.get(each["name"], {})
        root = before.get("root", "")
        is_same = bool(root) and values.destination_root(root) == each["root"]  # as it was written, with its `~`
        known[each["name"]] = {**before, **each, **({"root": root} if is_same else {})}
    new["destinations"] = list(known.values())
    naming = Settings.model_fields["naming"].default
    if wanted.folder != old.get("naming", {}).get("folder", naming.folder):
        new["naming"] = {**old.get("naming", {}), "folder": wanted.folder}
    if wanted.devices is not None and wanted.devices != old.get("gate", {}).get("devices", 2):
        new["gate"] = {**old.get("gate", {}), "devices": wanted.devices}
    there = {str(values.catalog_path(each["path"])) for each in old.get("catalogs", ())}
    added = [dict(each) for each in wanted.catalogs if each["path"] not in there]
    if added:
        new["catalogs"] = [*old.get("catalogs", ()), *added]
    return new


def _named(tables: Mapping[str, Any]) -> list[str]:
    return [name for name in tables if name != "station"]


def _edited(text: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    lines = text.splitlines(keepends=True)
    ending = "\r\n" if "\r\n" in text else "\n"
    for table in ("naming", "gate"):
        for key, value in new.get(table, {}).items():
            if value != old.get(table, {}).get(key):
                _set(lines, table, 0, key, value, ending)
    for table in ("destinations", "catalogs"):
        before = old.get(table, [])
        for number, entry in enumerate(new.get(table, [])):
            if number >= len(before):
                _append(lines, render_table(table, entry), ending)
            else:
                for key, value in entry.items():
                    if value != before[number].get(key):
                        _set(lines, table, number, key, value, ending)
    return "".join(lines)


def _set(lines: list[str], table: str, number: int, key: str, value: object, ending: str) -> None:
    """Change the value of one line, or add the line behind the header; the table at the end where it is missing."""
    said = json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    start = _start(lines, table, number)
    if start is None:
        _append(lines, f"[{table}]\n{key} = {said}\n", ending)
        return
    for at in range(start + 1, len(lines)):
        if _HEADER.fullmatch(lines[at].rstrip("\r\n")):
            break
        found = re.match(rf"(\s*{key}\s*=\s*){_TEXT}(.*)", lines[at], re.DOTALL)
        if found:
            lines[at] = f"{found[1]}{said}{found[3]}"
            return
    if not lines[start].endswith("\n"):
        lines[start] += ending
    lines.insert(start + 1, f"{key} = {said}{ending}")


def _start(lines: Sequence[str], table: str, number: int) -> int | None:
    """The line of the table's header; number: which of several of that name."""
    found = [
        at for at, line in enumerate(lines) if (head := _HEADER.fullmatch(line.rstrip("\r\n"))) and head[1] == table
    ]
    return found[number] if number < len(found) else None


def _append(lines: list[str], table: str, ending: str) -> None:
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += ending
    lines.append(ending)
    lines += [line + ending for line in table.splitlines()]


def _read(text: str) -> dict[str, Any] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
