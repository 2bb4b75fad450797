"""Settings for a computer that takes the place of a lost one: as they were, with what is lost replaced."""

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from ingest.config.load import parse
from ingest.config.sample import render
from ingest.config.settings import Settings
from ingest.errors import ConfigError
from ingest.model.places import DestinationKind

_WORKING = (DestinationKind.SSD.value, DestinationKind.HDD.value)


@dataclass(frozen=True, slots=True)
class Recovered:
    """text: of the new file. place: the name of the destination that stands at the new folder now.

    elsewhere: names and roots of the other destinations, which may be lost.
    """

    text: str
    settings: Settings
    place: str
    elsewhere: tuple[tuple[str, str], ...]


def old_tables(text: str) -> dict[str, Any]:
    """The tables of older settings.

    Raises:
        ConfigError: they are none, or have mistakes by the rules of this version.
    """
    try:
        tables = tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError(f"The settings that lie there are no valid TOML: {error}") from error
    parse(tables)
    return tables


def tables_without_settings(station: str, destinations: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    """What can be said where no settings lie there. destinations: name, kind and root, as the ledger knows them."""
    known = [dict(each) for each in destinations]
    words = {each["name"] for each in known}
    for name, kind in (("ssd", "ssd"), ("nas", "nas"), ("second", "hdd")):
        if len(known) < 2 and name not in words:
            known.append({"name": name, "kind": kind, "root": f"/mnt/{name}/Photos"})
    return {"station": station, "destinations": known}


def recovered(
    tables: Mapping[str, Any], root: str, cloud: Mapping[str, Any] | None, here: Mapping[str, str]
) -> Recovered:
    """The settings with `root` in place of the working disk's, else of the first destination's.

    cloud: kind, bucket, prefix and realm as given, which replace those that stood there. here: name -> root of
    destinations that are known to be here.

    Raises:
        ConfigError: the new folder does not fit the rest, or `here` does not.
    """
    destinations = [dict(each) for each in tables["destinations"]]
    if len(here) == len(destinations):
        raise ConfigError("No destination is left whose place the new folder could take", hint="Leave one --place out")
    _move(destinations, here)
    lost = [each for each in destinations if each["name"] not in here]
    chosen = next((each for each in lost if each["kind"] in _WORKING), lost[0])
    chosen["root"] = root
    new: dict[str, Any] = {**tables, "destinations": destinations}
    if cloud is not None:
        before = tables.get("cloud") or {}
        new["cloud"] = {**before, **cloud} if before.get("bucket") == cloud["bucket"] else dict(cloud)
    settings = parse(new)
    others = tuple((each["name"], each["root"]) for each in lost if each is not chosen)
    return Recovered(render(new), settings, chosen["name"], others)


def moved(text: str, here: Mapping[str, str]) -> str:
    """The text of settings whose destinations `here` (name -> root) lie elsewhere now; raises as `recovered`."""
    tables = old_tables(text)
    _move(tables["destinations"], here)
    parse(tables)
    return render(tables)


def _move(destinations: Sequence[dict[str, Any]], here: Mapping[str, str]) -> None:
    names = [each["name"] for each in destinations]
    strangers = sorted(here.keys() - set(names))
    if strangers:
        raise ConfigError(f"There is no destination {strangers[0]}", hint=f"The settings name: {', '.join(names)}")
    for each in destinations:
        each["root"] = here.get(each["name"], each["root"])
