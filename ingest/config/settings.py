"""What may stand in `config.toml`: its tables, their defaults, what each line means (the sample is made from here)."""

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import time
from enum import StrEnum
from pathlib import Path

from ingest.config import seal_values, values
from ingest.config.between import mistakes_between
from ingest.config.cloud_settings import CloudSettings
from ingest.config.table import Named, Table, named, one, setting, several
from ingest.model.copies import Method
from ingest.model.places import Destination, DestinationKind


class CatalogKind(StrEnum):
    """Editors whose adapters are built in; others join by the entry point group `safelight.catalogs`."""

    LIGHTROOM = "lightroom"
    CAPTURE_ONE = "capture_one"


class UrlsFrom(StrEnum):
    """Where the addresses of notices by mail or to a phone are kept; they hold secrets, so never in the settings."""

    NOWHERE = "nowhere"
    ENVIRONMENT = "environment"
    KEYCHAIN = "keychain"


class DestinationSettings(Table):
    """One place that holds copies."""

    name: str = setting(values.name, "short, your own word for it; the ledger knows it by this", example="ssd")
    kind: DestinationKind = setting(
        values.one_of(DestinationKind), "ssd | hdd | nas | drive (carried off-site)", example="ssd"
    )
    root: str = setting(
        values.destination_root, "an existing folder on it; ~ is your home folder", example="/mnt/ssd/Photos"
    )
    site: str = setting(values.name, "what burns down together is one site", default="here")
    limit: str = setting(values.limit, 'most to write there and read back, e.g. "50 MB/s"; "": no limit', default="")

    def at(self, root: bytes) -> "DestinationSettings":
        """The same, where it is mounted now."""
        return self.changed(root=os.fsdecode(root))


class DriveSettings(Table):
    """Drives of kind "drive", carried elsewhere in turn: when they are asked for."""

    home_days: int = setting(
        values.whole(1, 3650), "a drive that is at home for so long is to be taken away", default=30
    )
    stale_days: int = setting(
        values.whole(1, 3650), "one that was not brought up to date for so long is to come home", default=60
    )


class CopyingSettings(Table):
    """How destinations are waited for."""

    patience: int = setting(
        values.whole(1, 3600), "seconds; a destination that shows no progress for so long is left out", default=60
    )


class GateSettings(Table):
    """What SAFE TO FORMAT asks for."""

    devices: int = setting(values.whole(1, 9), "different physical devices that must hold a proven copy", default=2)
    reads: int = setting(values.whole(1, 2), "times the card is read: 1 is allowed, and the verdict says so", default=2)
    weakest_method: Method = setting(
        values.counting_method,
        "weakest proof that counts: replugged > direct > dropped > served",
        default=Method.SERVED,
    )


class NamingSettings(Table):
    """Where a shoot lies below each destination's root, and what its pictures are called."""

    folder: str = setting(
        values.folder_template, "of {capture:...} and {shoot}", default="{capture:%Y}/{capture:%Y-%m-%d} {shoot}"
    )
    file: str = setting(
        values.file_template, "of {capture:...} {shoot} {original} {camera} {card}; endings stay", default="{original}"
    )
    day_starts: time = setting(values.day_starts, "a party until three in the morning is one shoot", default=time(4))


class CardSettings(Table):
    """What is left out of every card."""

    ignore: tuple[str, ...] = setting(
        several(values.ignore_rule, ', ["...", "..."]', most=500),
        "names of files or whole folders, * and ? stand for anything; the verdict names the rule",
        default=(".DS_Store", "._*", ".Trashes", ".Spotlight-V100", "System Volume Information", "Thumbs.db"),
    )


class IngestSettings(Table):
    """What holds for every ingest."""

    preset: str = setting(
        values.preset, 'the preset that every ingest says, "" for none; see [presets.NAME]', default=""
    )


class WatchStart(StrEnum):
    """What the watcher does with a card that it notices."""

    ASK = "ask"
    AUTO = "auto"


class WatchSettings(Table):
    """What `safelight watch` does with a card."""

    start: WatchStart = setting(
        values.one_of(WatchStart), "ask | auto: begins by itself, also without anybody there", default=WatchStart.ASK
    )
    at_once: int = setting(
        values.whole(1, 8), "cards copied together; two readers on one port are read one after the other", default=2
    )


class PresetSettings(Table):
    """What sidecars say of the photographs, where nothing else stands there."""

    creator: str = setting(values.one_line, "who took them", default="")
    copyright: str = setting(values.one_line, 'the notice, e.g. "© 2026 Ann Example"', default="")
    keywords: tuple[str, ...] = setting(
        several(values.keyword, ', ["wedding", "people|couple"]', most=200),
        'e.g. ["wedding", "people|couple"]; | goes a level down',
        default=(),
    )


class CatalogSettings(Table):
    """An editor's catalog that tags the shoots. It is only read."""

    kind: str = setting(
        values.catalog_kind(CatalogKind),
        "lightroom | capture_one | darktable, or what is installed",
        example="lightroom",
    )
    path: Path = setting(values.catalog_path, "the catalog itself", example="~/Pictures/Lightroom/Main.lrcat")


class NoticeSettings(Table):
    """How a person is called."""

    desktop: bool = setting(seal_values.yes_or_no, "show them on this computer's desktop", default=True)
    urls_from: UrlsFrom = setting(
        seal_values.no_address(values.one_of(UrlsFrom)),
        "nowhere | environment (SAFELIGHT_NOTICE_URLS) | keychain: addresses of Apprise, for mail or a phone",
        default=UrlsFrom.NOWHERE,
    )


EXAMPLE_DESTINATIONS = (
    {"name": "ssd", "kind": "ssd", "root": "/mnt/ssd/Photos"},
    {"name": "nas", "kind": "nas", "root": "/mnt/nas/Photos"},
)


class Settings(Table):
    """All of `config.toml`, checked."""

    station: str = setting(values.name, "this computer's name in manifests and certificates", default="studio-1")
    destinations: tuple[DestinationSettings, ...] = setting(
        several(one(DestinationSettings, "[[destinations]]"), ": write [[destinations]]"),
        "The places that hold copies: at least two, on different devices.",
    )
    copying: CopyingSettings = setting(
        one(CopyingSettings, "[copying]"), "How destinations are waited for.", default=CopyingSettings()
    )
    gate: GateSettings = setting(
        one(GateSettings, "[gate]"), "What it takes to say SAFE TO FORMAT.", default=GateSettings()
    )
    naming: NamingSettings = setting(
        one(NamingSettings, "[naming]"),
        "Where a shoot lies below each root, and what its pictures are called.",
        default=NamingSettings(),
    )
    cards: CardSettings = setting(
        one(CardSettings, "[cards]"), "What is left out of every card.", default=CardSettings()
    )
    ingest: IngestSettings = setting(
        one(IngestSettings, "[ingest]"), "What holds for every ingest.", default=IngestSettings()
    )
    watch: WatchSettings = setting(
        one(WatchSettings, "[watch]"), "What `safelight watch` does with a card.", default=WatchSettings()
    )
    presets: Mapping[str, PresetSettings] = setting(
        named(values.name, PresetSettings, "[presets.NAME]"),
        "What sidecars beside raw files say (ingest --preset NAME); a field that is set there stays.",
        default=Named(),
    )
    catalogs: tuple[CatalogSettings, ...] = setting(
        several(one(CatalogSettings, "[[catalogs]]"), ": write [[catalogs]]"),
        "Catalogs whose titles, keywords, ratings and picks are read; never written.",
        default=(),
    )
    drives: DriveSettings = setting(
        one(DriveSettings, "[drives]"),
        "Destinations of kind drive: carried elsewhere.",
        default=DriveSettings(),
    )
    notices: NoticeSettings = setting(
        one(NoticeSettings, "[notices]"),
        "You are called for four things: safe to format, needs you, the cloud stands still, a drill or night failed.",
        default=NoticeSettings(),
    )
    cloud: CloudSettings | None = setting(
        one(CloudSettings, "[cloud]", optional=True),
        "The third copy, off-site. Its key: B2_APPLICATION_KEY_ID, B2_APPLICATION_KEY (s3: AWS_...), or the keychain.",
        default=None,
    )

    def mistakes_between(self) -> tuple[str, ...]:
        """Two names that are one, a destination inside another, a wish nobody can meet."""
        return mistakes_between(self.model_dump())

    def at(self, destinations: Iterable[DestinationSettings]) -> "Settings":
        """The same with these destinations alone, which were checked before."""
        return self.changed(destinations=tuple(destinations))

    def places(self) -> tuple[Destination, ...]:
        """The destinations in the words of the model, in the order of the file."""
        return tuple(
            Destination(
                place.name, place.kind, os.fsencode(place.root), place.site, values.bytes_per_second(place.limit)
            )
            for place in self.destinations
        )


TABLES: dict[str, type[Table]] = {
    "destinations": DestinationSettings,
    "copying": CopyingSettings,
    "gate": GateSettings,
    "naming": NamingSettings,
    "cards": CardSettings,
    "ingest": IngestSettings,
    "watch": WatchSettings,
    "presets": PresetSettings,
    "catalogs": CatalogSettings,
    "drives": DriveSettings,
    "notices": NoticeSettings,
    "cloud": CloudSettings,
}
REPEATED: Sequence[str] = ("destinations", "catalogs")
NAMED: Sequence[str] = ("presets",)


def header_of(table: str, key: str = "NAME") -> str:
    """How a table begins in the file. key: its own name, for tables that have one."""
    return f"[[{table}]]" if table in REPEATED else f"[{table}.{key}]" if table in NAMED else f"[{table}]"
