"""What may stand in `config.toml`: its tables, their defaults, what each line means (the sample is made from here)."""

import os
from collections.abc import Sequence
from datetime import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from ingest.config import values
from ingest.config.between import mistakes_between
from ingest.model.copies import Method
from ingest.model.places import Destination, DestinationKind

Text = Annotated[str, Field(strict=True)]


class CatalogKind(StrEnum):
    """Editors whose catalogs can be read."""

    LIGHTROOM = "lightroom"
    CAPTURE_ONE = "capture_one"


class CloudKind(StrEnum):
    """Services that can hold the third copy."""

    B2 = "b2"


class Table(BaseModel):
    """A table of the settings: unknown keys are mistakes, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class DestinationSettings(Table):
    """One place that holds copies."""

    name: Annotated[Text, BeforeValidator(values.name)] = Field(
        description="short, your own word for it; the ledger knows it by this", examples=["ssd"]
    )
    kind: DestinationKind = Field(description="ssd | hdd | nas | drive (carried off-site)", examples=["ssd"])
    root: Annotated[Text, BeforeValidator(values.destination_root)] = Field(
        description="an existing folder on it; ~ is your home folder", examples=["/mnt/ssd/Photos"]
    )
    site: Annotated[Text, BeforeValidator(values.name)] = Field(
        default="here", description="what burns down together is one site"
    )
    limit: Annotated[Text, BeforeValidator(values.limit)] = Field(
        default="", description='most to write there and read back, e.g. "50 MB/s"; "": no limit'
    )


class CopyingSettings(Table):
    """How destinations are waited for."""

    patience: Annotated[int, Field(strict=True, ge=1, le=3600)] = Field(
        default=60, description="seconds; a destination that shows no progress for so long is left out"
    )


class GateSettings(Table):
    """What SAFE TO FORMAT asks for."""

    devices: Annotated[int, Field(strict=True, ge=1, le=9)] = Field(
        default=2, description="different physical devices that must hold a proven copy"
    )
    reads: Annotated[int, Field(strict=True, ge=1, le=2)] = Field(
        default=2, description="times the card is read: 1 is allowed, and the verdict says so"
    )
    weakest_method: Annotated[Method, BeforeValidator(values.counting_method)] = Field(
        default=Method.SERVED, description="weakest proof that counts: replugged > direct > dropped > served"
    )


class NamingSettings(Table):
    """Where a shoot lies below each destination's root, and what its pictures are called."""

    folder: Annotated[Text, BeforeValidator(values.folder_template)] = Field(
        default="{capture:%Y}/{capture:%Y-%m-%d} {shoot}", description="of {capture:...} and {shoot}"
    )
    file: Annotated[Text, BeforeValidator(values.file_template)] = Field(
        default="{original}", description="of {capture:...} {shoot} {original} {camera} {card}; endings stay"
    )
    day_starts: Annotated[time, BeforeValidator(values.day_starts)] = Field(
        default=time(4), description="a party until three in the morning is one shoot"
    )


class CardSettings(Table):
    """What is left out of every card."""

    ignore: Annotated[tuple[Annotated[Text, BeforeValidator(values.ignore_rule)], ...], Field(max_length=500)] = Field(
        default=(".DS_Store", "._*", ".Trashes", ".Spotlight-V100", "System Volume Information", "Thumbs.db"),
        description="names of files or whole folders, * and ? stand for anything; the verdict names the rule",
    )


class CatalogSettings(Table):
    """An editor's catalog that tags the shoots. It is only read."""

    kind: CatalogKind = Field(description="lightroom | capture_one", examples=["lightroom"])
    path: Annotated[Path, BeforeValidator(values.absolute)] = Field(
        description="the catalog itself", examples=["~/Pictures/Lightroom/Main.lrcat"]
    )


class CloudSettings(Table):
    """The third copy. Its key never stands here."""

    kind: CloudKind = Field(description="the only kind so far", examples=["b2"])
    bucket: Annotated[Text, BeforeValidator(values.bucket)] = Field(description="must exist", examples=["my-archive"])
    prefix: Annotated[Text, BeforeValidator(values.prefix)] = Field(
        default="originals/", description='a folder in the bucket, "" for none'
    )
    realm: Annotated[Text, BeforeValidator(values.realm)] = Field(default="production", description="or a URL")


EXAMPLE_DESTINATIONS = (
    {"name": "ssd", "kind": "ssd", "root": "/mnt/ssd/Photos"},
    {"name": "nas", "kind": "nas", "root": "/mnt/nas/Photos"},
)


class Settings(Table):
    """All of `config.toml`, checked."""

    station: Annotated[Text, BeforeValidator(values.name)] = Field(
        default="studio-1", description="this computer's name in manifests and certificates"
    )
    destinations: tuple[DestinationSettings, ...] = Field(
        description="The places that hold copies: at least two, on different devices.",
    )
    copying: CopyingSettings = Field(default=CopyingSettings(), description="How destinations are waited for.")
    gate: GateSettings = Field(default=GateSettings(), description="What it takes to say SAFE TO FORMAT.")
    naming: NamingSettings = Field(
        default=NamingSettings(), description="Where a shoot lies below each root, and what its pictures are called."
    )
    cards: CardSettings = Field(default=CardSettings(), description="What is left out of every card.")
    catalogs: tuple[CatalogSettings, ...] = Field(
        default=(), description="Catalogs whose titles, keywords, ratings and picks are read; never written."
    )
    cloud: CloudSettings | None = Field(
        default=None,
        description="The third copy, off-site. Its key: B2_APPLICATION_KEY_ID and B2_APPLICATION_KEY, or the keychain.",
    )

    @model_validator(mode="after")
    def _fit_together(self) -> Self:
        mistakes = mistakes_between(self.model_dump())
        if mistakes:
            raise PydanticCustomError("between", "{text}", {"text": "; ".join(mistakes), "mistakes": mistakes})
        return self

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
    "catalogs": CatalogSettings,
    "cloud": CloudSettings,
}
REPEATED: Sequence[str] = ("destinations", "catalogs")
