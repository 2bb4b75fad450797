"""What lies beside a catalog of each editor: what belongs to it, and what never may be taken for it."""

from dataclasses import dataclass
from pathlib import Path

from catalog_editors import EDITORS, Editor

PREVIEW = b"a preview, which can be made again"


@dataclass(frozen=True)
class Company:
    """A document among its files. mine: name from its folder on -> content. never: names that are left out."""

    editor: Editor
    document: Path
    mine: dict[str, bytes]
    never: tuple[str, ...]
    under: str = ""


def _write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def lightroom(folder: Path) -> Company:
    document = EDITORS[0].make(folder / "Main.lrcat")
    mine = {
        "Main.lrcat-data/000007.sst": b"masks of a sky" * 50,
        "Main.lrcat-data/CURRENT": b"MANIFEST-000004\n",
        "Lightroom Settings/Settings/keywordSets.txt": b"wedding",
    }
    never = (
        "Main Previews.lrdata/root-pixels.db",
        "Main Smart Previews.lrdata/A/1.dng",
        "Main Helper.lrdata/helper.db",
        "Main.lrcat.lock",
        "Backups/2025-11-01 2010/Main.lrcat.zip",
        "Other.lrcat",
        "Other.lrcat-data/CURRENT",
        "IMG_1.CR3",
    )
    _write(folder, mine | dict.fromkeys(never, PREVIEW))
    return Company(EDITORS[0], document, mine, never)


def capture_one_catalog(folder: Path) -> Company:
    package = folder / "Jobs.cocatalog"
    package.mkdir()
    document = EDITORS[1].make(package / "Anything.cocatalogdb")
    mine = {
        "Adjustments/LCC/1.lcc": b"a flat field",
        "Settings/1680/1.cos": b"<IMG/>",
        "something new": b"of a later release",
    }
    never = ("Cache/Thumbnails/1.cot", "Originals/2025/IMG_1.CR3", "Backups/Jobs.cocatalogdb", "writelock")
    _write(package, mine | dict.fromkeys(never, PREVIEW))
    return Company(EDITORS[1], document, mine, never, "Jobs.cocatalog")


def capture_one_session(folder: Path) -> Company:
    home = folder / "Meyer"
    home.mkdir()
    document = EDITORS[1].make(home / "Meyer.cosessiondb")
    mine = {
        "Capture/CaptureOne/Settings1680/IMG_1.CR3.cos": b"<IMG/>",
        "Selects/deep/CaptureOne/Settings166/IMG_2.CR3.comask": b"a mask",
    }
    never = ("Capture/IMG_1.CR3", "Capture/CaptureOne/Cache/Proxies/1.cof", "Output/IMG_1.jpg", "Meyer.txt")
    _write(home, mine | dict.fromkeys(never, PREVIEW))
    return Company(EDITORS[1], document, mine, never, "Meyer")


def darktable(folder: Path) -> Company:
    document = EDITORS[2].make(folder / "library.db")
    mine = {"luts/film.cube": b"LUT_3D_SIZE 2", "watermarks/studio.svg": b"<svg/>"}
    never = ("library.db.lock", "library.db-snp-20251101", "darktablerc", "IMG_1.CR3", "mipmaps-1.d/1.jpg")
    _write(folder, mine | dict.fromkeys(never, PREVIEW))
    return Company(EDITORS[2], document, mine, never)


COMPANIES = (lightroom, capture_one_catalog, capture_one_session, darktable)
