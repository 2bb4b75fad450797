"""Mistakes that no single value shows: two names that are one, a destination inside another, a wish nobody can meet.

They are looked for in the raw tables too, so that one misspelt kind does not hide them until the next try.
"""

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from ingest.config import cloud_values, values
from ingest.model.names import collision_key
from ingest.model.places import DestinationKind

_LINES_OF = {  # key of [cloud] -> the kind it belongs to, its default
    "realm": ("b2", "production"),
    "endpoint": ("s3", ""),
    "region": ("s3", "us-east-1"),
    "path": ("folder", ""),
}


def mistakes_between(data: Mapping[str, Any]) -> tuple[str, ...]:
    """Every such mistake in `data`, the tables as TOML gives them; values of a wrong type are passed over."""
    destinations = _tables(data, "destinations")
    return (
        *_too_few(data, len(destinations)),
        *_twice("destinations", "name", destinations),
        *_nested(destinations),
        *_twice("catalogs", "path", _tables(data, "catalogs")),
        *_no_such_preset(data),
        *_of_another_kind(data),
    )


def _tables(data: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    found = data.get(name)
    return [table if isinstance(table, Mapping) else {} for table in found] if isinstance(found, (list, tuple)) else []


def _too_few(data: Mapping[str, Any], count: int) -> Iterator[str]:
    if isinstance(data.get("destinations"), (list, tuple)) and count < 2:
        yield f"destinations: {count} set up, at least two are needed: one copy is no backup"
        return
    gate = data.get("gate")
    wanted = gate.get("devices") if isinstance(gate, Mapping) else None
    if isinstance(wanted, int) and count >= 2 and wanted > count:
        yield f"gate.devices: {wanted} devices are asked for, but {count} destinations are set up: never safe to format"


def _no_such_preset(data: Mapping[str, Any]) -> Iterator[str]:
    ingest, presets = data.get("ingest"), data.get("presets", {})
    wanted = ingest.get("preset") if isinstance(ingest, Mapping) else None
    if isinstance(wanted, str) and wanted.strip() and isinstance(presets, Mapping):
        names = [name.strip() for name in presets]
        if not names:
            yield f"ingest.preset: there is no [presets.{values.shown(wanted)[1:-1]}]"
        elif wanted.strip() not in names:
            yield f"ingest.preset: {values.none_of(wanted, names)}"


def _of_another_kind(data: Mapping[str, Any]) -> Iterator[str]:
    """What belongs to another kind of third copy than the one that is set up, and what that one lacks."""
    cloud = data.get("cloud")
    if not isinstance(cloud, Mapping) or cloud.get("kind") not in ("b2", "s3", "folder"):
        return
    kind = str(cloud["kind"])
    for key, (owner, default) in _LINES_OF.items():
        if owner != kind and cloud.get(key, default) != default:
            yield f'cloud.{key}: belongs to kind = "{owner}", and the kind is "{kind}": take the line out'
    bucket = cloud.get("bucket")
    problem = cloud_values.problem_with_bucket(kind, bucket) if isinstance(bucket, str) else ""
    if problem:
        yield f"cloud.bucket: {problem}"
    if kind == "folder":
        yield from _no_place_apart(data, cloud.get("path", ""))


def _no_place_apart(data: Mapping[str, Any], path: object) -> Iterator[str]:
    if path == "":
        yield 'cloud.path: is missing: kind = "folder" needs the folder, e.g. "/mnt/offsite"'
        return
    try:
        folder = cloud_values.offsite_folder(path)
    except ValueError:  # told where the value is checked
        return
    for number, entry in enumerate(_tables(data, "destinations")):
        root = _root(entry)
        if root and (root == folder or values.inside(folder, root) or values.inside(root, folder)):
            yield f"cloud.path: it and destinations[{number}].root lie within one another: that would be no third copy"


def _twice(table: str, key: str, entries: list[Mapping[str, Any]]) -> Iterator[str]:
    first: dict[str, int] = {}
    for number, entry in enumerate(entries):
        text = entry.get(key)
        if text is None:
            continue
        known = first.setdefault(collision_key(str(text).strip().encode("utf-8", "surrogateescape")), number)
        if known != number:
            yield f"{table}[{number}].{key}: {values.shown(text)} is also the {key} of {table}[{known}]"


def _nested(entries: list[Mapping[str, Any]]) -> Iterator[str]:
    roots = [(number, root) for number, entry in enumerate(entries) if (root := _root(entry))]
    for (first, one), (second, other) in combinations(roots, 2):
        if one == other and _is_drive(entries[first]) and _is_drive(entries[second]):
            continue  # they are plugged in by turns
        if one == other:
            yield f"destinations[{second}].root: the same folder as destinations[{first}]: that would be one copy"
        elif values.inside(other, one) or values.inside(one, other):
            yield f"destinations[{second}].root: it and destinations[{first}].root lie within one another"


def _is_drive(entry: Mapping[str, Any]) -> bool:
    return entry.get("kind") == DestinationKind.DRIVE


def _root(entry: Mapping[str, Any]) -> str:
    try:
        return values.destination_root(entry.get("root"))
    except ValueError:  # told where the value is checked
        return ""
