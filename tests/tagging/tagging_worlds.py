"""Files and catalog rows for the tests of tagging."""

from dataclasses import replace
from datetime import datetime
from typing import Any

from ingest.model.catalogs import CatalogFacts, CatalogImage, Observation
from ingest.tagging.import_key import import_key
from ingest.tagging.match import KnownFile

TAKEN = datetime.fromisoformat("2026-05-01T14:30:05")
MTIME = 1_777_645_805.0


def known(asset_id: int = 1, name: str = "IMG_0001.CR3", **changes: Any) -> KnownFile:
    """A file of ours, unrenamed, on one destination."""
    paths = changes.pop("dest_paths", (f"/mnt/ssd/2026/{name}",))
    file = KnownFile(asset_id, 1000 + asset_id, name, name, lambda _: paths, TAKEN, MTIME)
    return file._replace(**changes)


def lightroom(file: KnownFile, key: str = "", **changes: Any) -> CatalogImage:
    """The row Lightroom has of `file` after an import from the card. path: where it lies, and so how it is named."""
    if "path" in changes:
        folder, _, name = changes.pop("path").rpartition("/")
        changes = {"folder": f"{folder}/" if name else "", "name": name or file.card_name, **changes}
    image = CatalogImage(
        key=key or f"row {file.asset_id}",
        folder="/Users/ann/Pictures/",
        name=file.card_name,
        size=file.size,
        import_key=import_key(file.capture_local, file.mtime, file.card_name, file.size),
        capture_local=file.capture_local,
    )
    found = image._replace(**changes)
    return found if found.file_key else found._replace(file_key=found.key)


def capture_one(file: KnownFile, key: str = "", **changes: Any) -> CatalogImage:
    """The row Capture One has of `file`: no import key."""
    return lightroom(file, key, **{"import_key": None, **changes})


def darktable(file: KnownFile, key: str = "", **changes: Any) -> CatalogImage:
    """The row darktable has of `file`: neither import key nor size."""
    return lightroom(file, key, **{"import_key": None, "size": None, **changes})


def facts(*images: CatalogImage, **changes: Any) -> CatalogFacts:
    observation = Observation(1_777_700_000.0, "in place", True)
    return replace(CatalogFacts("lightroom", "/c.lrcat", "Lightroom", "", observation, images), **changes)
