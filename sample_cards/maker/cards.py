"""Which file lies where on which sample card, and when the camera wrote it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from . import capture_one, clips, companions, jpeg, lightroom, sound
from .clips import Clip
from .exif import Shot
from .scenes import Scene
from .shots import (
    CANON,
    CANON_CLIP,
    CANON_PICTURES,
    DAMAGED_PICTURES,
    MEMO_SPOKEN,
    SONY,
    SONY_CLIPS,
    SONY_PICTURES,
    Picture,
    at,
    photograph,
)

_FAT_STEP_SECONDS = 2
_HOME_AGAIN = at("00:45:00")
_PROXY_COLUMNS, _PROXY_ROWS = 20, 11
_THUMBNAIL_COLUMNS, _THUMBNAIL_ROWS = 20, 15


@dataclass(frozen=True, slots=True)
class SampleFile:
    """One file. path: relative, with `/`. written: when the camera closed it. make: its bytes, the same each time."""

    path: str
    written: datetime
    make: Callable[[], bytes]

    @property
    def mtime(self) -> int:
        """Seconds since 1970 UTC in the two-second steps of a FAT card."""
        return int(self.written.timestamp()) // _FAT_STEP_SECONDS * _FAT_STEP_SECONDS


@dataclass(frozen=True, slots=True)
class SampleCard:
    """One sample card, or the shelf of catalogs. empty_folders: part of the layout, which git cannot keep."""

    name: str
    files: tuple[SampleFile, ...]
    empty_folders: tuple[str, ...] = ()


def _picture_files(picture: Picture) -> Iterator[SampleFile]:
    for suffix in picture.suffixes:
        yield SampleFile(f"{picture.stem}.{suffix}", picture.shot.taken, partial(picture.content, suffix))


def _started(clip: Clip) -> datetime:
    return clip.closed - timedelta(seconds=clip.frames // clip.per_second)


def _canon_companions() -> Iterator[SampleFile]:
    """Voice memo, clip with thumbnail, rating, print order, and the litter of camera and computer."""
    memo = partial(sound.memo, "IMG_9996.JPG", MEMO_SPOKEN, CANON.make, CANON.model)
    yield SampleFile("DCIM/100CANON/IMG_9996.WAV", MEMO_SPOKEN, memo)
    movie = partial(clips.encode, CANON_CLIP, brand=b"mp42", movie_first=True)
    yield SampleFile("DCIM/101CANON/MVI_0003.MP4", CANON_CLIP.closed, movie)
    still = Shot(CANON, _started(CANON_CLIP), CANON_CLIP.seed)
    thumbnail = partial(photograph, still, _THUMBNAIL_COLUMNS, _THUMBNAIL_ROWS)
    yield SampleFile("DCIM/101CANON/MVI_0003.THM", CANON_CLIP.closed, thumbnail)
    rated = at("00:00:40")
    yield SampleFile("DCIM/101CANON/IMG_0002.XMP", rated, partial(companions.xmp_sidecar, 4, "Green", rated))
    ordered = at("00:21:00")
    wanted = ("DCIM/101CANON/IMG_0002.JPG", "DCIM/102CANON/IMG_0001.JPG")
    yield SampleFile("MISC/AUTPRINT.MRK", ordered, partial(companions.print_order, CANON, ordered, wanted))
    yield SampleFile("DCIM/CANONMSC/M0100.CTG", ordered, companions.canon_catalog_litter)
    yield SampleFile(".DS_Store", _HOME_AGAIN, companions.finder_settings)
    yield SampleFile("DCIM/100CANON/._IMG_9994.JPG", _HOME_AGAIN, companions.apple_double)


def canon() -> SampleCard:
    """A Canon-like card: pairs, a number rollover, one name twice, and everything that stands beside pictures."""
    pictures = (file for picture in CANON_PICTURES for file in _picture_files(picture))
    return SampleCard("canon", (*pictures, *_canon_companions()))


def _sony_clip_files(number: str, clip: Clip) -> Iterator[SampleFile]:
    """The four files of one clip, spread over four folders."""
    root, started = "PRIVATE/M4ROOT", _started(clip)
    about = companions.sony_clip_xml(SONY, started, clip.frames, clip.per_second)
    proxy = replace(clip, columns=_PROXY_COLUMNS, rows=_PROXY_ROWS)
    encode = partial(clips.encode, brand=b"XAVC", movie_first=False, trailer=clips.xml_meta(about))
    still = partial(jpeg.encode, Scene(clip.seed), _PROXY_COLUMNS, _PROXY_ROWS)
    yield SampleFile(f"{root}/CLIP/{number}.MP4", clip.closed, partial(encode, clip))
    yield SampleFile(f"{root}/CLIP/{number}M01.XML", clip.closed, lambda: about)
    yield SampleFile(f"{root}/SUB/{number}S03.MP4", clip.closed, partial(encode, proxy))
    yield SampleFile(f"{root}/THMBNL/{number}T01.JPG", clip.closed, still)


def sony() -> SampleCard:
    """A Sony-like card: stills in DCIM and a clip tree with the empty folders that belong to it."""
    stills = (file for picture in SONY_PICTURES for file in _picture_files(picture))
    movies = (file for number, clip in SONY_CLIPS.items() for file in _sony_clip_files(number, clip))
    contents = [(number, clip.frames) for number, clip in SONY_CLIPS.items()]
    last = max(clip.closed for clip in SONY_CLIPS.values())
    media = SampleFile("PRIVATE/M4ROOT/MEDIAPRO.XML", last, partial(companions.sony_mediapro, contents))
    return SampleCard("sony", (*stills, *movies, media), ("PRIVATE/M4ROOT/GENERAL", "MP_ROOT/100ANV01"))


def _cut(picture: Picture) -> bytes:
    """A JPEG whose last two fifths never reached the card; its EXIF is whole."""
    whole = picture.content("JPG")
    return whole[: len(whole) * 3 // 5]


def damaged() -> SampleCard:
    """A failing card: two good pictures, one cut short, one empty, one that is not what its name says."""
    first, cut, last = DAMAGED_PICTURES
    folder = "DCIM/100CANON"
    return SampleCard(
        "damaged",
        (
            *_picture_files(first),
            SampleFile(f"{cut.stem}.JPG", cut.shot.taken, partial(_cut, cut)),
            SampleFile(f"{folder}/IMG_0103.JPG", at("23:56:05"), bytes),
            SampleFile(f"{folder}/IMG_0104.CR3", at("23:56:31"), partial(companions.noise, "IMG_0104.CR3", 40_961)),
            *_picture_files(last),
        ),
    )


def catalogs() -> SampleCard:
    """The editors' documents that know some of these pictures: a Lightroom catalog, a Capture One session."""
    session = (
        SampleFile(f"Session/{path}", capture_one.SAVED, make) for path, make in capture_one.session_files().items()
    )
    return SampleCard(
        "catalogs",
        (SampleFile("Sample.lrcat", lightroom.SAVED, lightroom.catalog), *session),
        ("Session/Output", "Session/Selects", "Session/Trash"),
    )


CARDS: dict[str, Callable[[], SampleCard]] = {
    "canon": canon,
    "sony": sony,
    "damaged": damaged,
    "catalogs": catalogs,
}
"""Everything in this folder that is generated, by the name of its folder."""
