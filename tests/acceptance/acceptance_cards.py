"""Cards of real-sized files: the pictures of `sample_cards/`, and real cameras' headers where there are some, grown."""

import os
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from studio import EVENING

from benchmarks.growing import write_grown

SAMPLES = Path(__file__).resolve().parents[2] / "sample_cards"
MB = 1_000_000
_BETWEEN_SHOTS = 38_000_000_000  # ns; even seconds, as FAT keeps them

_CANON = ("100CANON/IMG_9994", "100CANON/IMG_9996", "100CANON/IMG_9999", "101CANON/IMG_0001", "101CANON/IMG_0004")
_REAL = (
    ("DCIM/103EOSR6/IMG_2001.CR3", "raw_header/Canon-R6-pruned.CR3", 30),
    ("DCIM/103EOSR6/IMG_2001.HIF", "heif/Canon.HIF", 9),
    ("DCIM/104_FUJI/DSCF0007.RAF", "raw_header/FujiFilm.raf", 33),
    ("DCIM/105ND70/DSC_0042.NEF", "raw_header/Nikon.nef", 25),
    ("DCIM/105ND70/DSC_0043.JPG", "jpg/Nikon_D3100.jpg", 9),
    ("DCIM/106MSDCF/DSC00777.ARW", "raw_header/sony_alpha_a7iii_raw_image.ARW", 25),
    ("DCIM/107APPLE/IMG_2345.MOV", "video/with-gps.mov", 90),
    ("PRIVATE/M4ROOT/CLIP/C0003.MP4", "video/sony-a7-xavc.MP4", 60),
    ("PRIVATE/AVCHD/BDMV/STREAM/00000.MTS", "video/Sony_ILCE-7M3_A7M3.mts", 40),
    ("DCIM/108PENTX/IMGP0005.WAV", "audio/RIFF.wav", 2),
    ("DCIM/108PENTX/IMGP0006.AVI", "video/Pentax.avi", 7),
)


def shared_folder() -> Path | None:
    """Where real cameras' headers lie: $SAFELIGHT_SHARED, or a folder `shared` beside the checkout; None without."""
    folder = Path(os.environ.get("SAFELIGHT_SHARED", SAMPLES.parents[1] / "shared"))
    return folder if (folder / "camera-files").is_dir() else None


@dataclass(frozen=True)
class Shot:
    """One file of a card to be: where, what it begins with, how large it grows (0: as it is)."""

    path: str
    header: Path
    megabytes: float


def fill(card: Path, shots: Sequence[Shot]) -> None:
    """Write the shots; their tails differ by their paths, their times follow one another."""
    for number, shot in enumerate(shots):
        size, seed = round(shot.megabytes * MB), zlib.crc32(shot.path.encode())
        write_grown(card / shot.path, shot.header.read_bytes(), size, seed, EVENING + number * _BETWEEN_SHOTS)


def gigabyte(shared: Path | None) -> list[Shot]:
    """About 1 GB: pairs with a rollover, clips, memo, sidecars and litter; a third by real headers if there are."""
    return [*pairs(20), *_companions(), *(_real(shared) if shared else pairs(10, folder="102CANON"))]


def pairs(count: int, raw: float = 24, jpeg: float = 8, folder: str = "101CANON") -> list[Shot]:
    """RAW and JPEG pairs; one of the headers of the Canon-like card each."""
    shots = []
    for number in range(1, count + 1):
        header = _CANON[number % len(_CANON)]
        for suffix, size in (("DNG", raw), ("JPG", jpeg)):
            shots.append(Shot(f"DCIM/{folder}/IMG_{number:04}.{suffix}", _canon(f"{header}.{suffix}"), size))
    return shots


def _canon(name: str) -> Path:
    return SAMPLES / "canon" / "DCIM" / name


def _companions() -> Iterator[Shot]:
    for suffix in ("DNG", "JPG"):
        yield Shot(f"DCIM/100CANON/IMG_9999.{suffix}", _canon(f"100CANON/IMG_9999.{suffix}"), 12)
    yield Shot("DCIM/101CANON/IMG_0001.WAV", _canon("100CANON/IMG_9996.WAV"), 0.4)
    yield Shot("DCIM/101CANON/IMG_0002.XMP", _canon("101CANON/IMG_0002.XMP"), 0)
    yield Shot(".DS_Store", SAMPLES / "canon" / ".DS_Store", 0)
    clips = "PRIVATE/M4ROOT/CLIP"
    yield Shot(f"{clips}/C0001.MP4", SAMPLES / "sony" / clips / "C0001.MP4", 60)
    yield Shot(f"{clips}/C0001M01.XML", SAMPLES / "sony" / clips / "C0001M01.XML", 0)


def _real(shared: Path) -> list[Shot]:
    headers = shared / "camera-files"
    return [Shot(path, headers / name, size) for path, name, size in _REAL]


def files_on(card: Path) -> list[Path]:
    """Every file that a card's ingest must bring home: all but the computer's litter."""
    return sorted(p for p in card.rglob("*") if p.is_file() and p.name != ".DS_Store" and "lost+found" not in p.parts)
