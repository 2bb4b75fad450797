"""Cards made of names alone: planning reads no bytes."""

from collections.abc import Mapping
from datetime import UTC, datetime, time
from typing import Any

import hypothesis
from hypothesis import strategies as st

from ingest.model.cards import Capture, CardFile, EntryKind, Listing
from ingest.plan.dispositions import plan_card
from ingest.plan.known import LedgerView
from ingest.plan.planned import CardTag, IngestPlan, PlannedFile, PlanSettings

wall = datetime.fromisoformat  # a camera's wall clock is naive
untimed = hypothesis.settings(deadline=None)
BOTH = frozenset({"ssd", "nas"})
CARD = CardTag("EOS_DIGITAL", bytes.fromhex("9c336bbd"))
EVENING = wall("2026-03-14 19:30:00")


def nanoseconds(at: datetime) -> int:
    """A wall clock as a FAT file time read in UTC."""
    return int(at.replace(tzinfo=UTC).timestamp()) * 1_000_000_000


def card_file(path: bytes, size: int = 1000, at: datetime = EVENING, **more: Any) -> CardFile:
    return CardFile(path, size, nanoseconds(at), **more)


def shot(at: datetime = EVENING, **more: Any) -> Capture:
    return Capture(at, "exif", **more)


def plan_of(
    paths: Mapping[bytes, Capture | None] | list[bytes],
    *,
    ledger: LedgerView | None = None,
    name: str = "Meyer wedding",
    empty: tuple[bytes, ...] = (),
    card: CardTag = CARD,
    **settings: Any,
) -> IngestPlan:
    """A plan for paths with their captures (None: undated); a plain list was all taken on one evening."""
    told = paths if isinstance(paths, Mapping) else dict.fromkeys(paths, shot())
    files = tuple(card_file(path, at=capture.local if capture else EVENING) for path, capture in told.items())
    captures = {path: capture for path, capture in told.items() if capture}
    return plan_card(
        Listing(files, empty),
        captures,
        settings=PlanSettings(required=BOTH, **settings),
        card=card,
        ledger=ledger,
        shoot_name=name,
    )


def dests(plan: IngestPlan) -> dict[bytes, bytes]:
    return {file.source.path: file.dest for file in plan.files if file.dest}


def entry(plan: IngestPlan, path: bytes) -> PlannedFile:
    (found,) = [file for file in plan.files if file.source.path == path]
    return found


# Names that look like a camera's, so that stems, folders and cases meet often, and names that no camera gives.
_stems = st.sampled_from(["IMG_0001", "img_0001", "IMG_0002", "_MG_0001", "DSC00001", "GX010001", "GX020001", "É", "É"])
_suffixes = st.sampled_from([".CR3", ".cr3", ".JPG", ".jpg", ".CR3.xmp", ".XMP", ".WAV", ".MP4", ""])
_odd = st.binary(min_size=1, max_size=300).map(lambda name: name.replace(b"/", b"_").replace(b"\0", b"_"))
_hostile = st.sampled_from(
    [b"..", b".", b"", b"a\nb", b"\x1b[2J", b"con.JPG", b"a:b", b"x" * 255, b"\xff\xfe.JPG", b"%3A", b"-rf"]
)
_names = st.one_of(st.builds(lambda stem, suffix: (stem + suffix).encode(), _stems, _suffixes), _odd, _hostile)
_folders = st.sampled_from(
    [
        b"DCIM/100CANON/",
        b"DCIM/101CANON/",
        b"dcim/100canon/",
        b"DCIM/100GOPRO/",
        b"DCIM/100CANON/deep/",
        b"DCIM/CANONMSC/",
        b"PRIVATE/M4ROOT/CLIP/",
        b"PRIVATE/M4ROOT/clip/",
        b"MISC/",
        b"",
        b"a/b/",
        b"a/",
    ]
)
_moments = st.one_of(
    st.datetimes(wall("2026-03-14"), wall("2026-03-16")),
    st.datetimes(),
    st.sampled_from([EVENING, wall("9999-12-31 23:59:59.999999")]),
)
captures = st.builds(
    Capture,
    _moments,
    st.sampled_from(["exif", "quicktime mvhd", "mtime", "riff day only"]),
    offset_minutes=st.none() | st.integers(-900, 900),
    model=st.sampled_from(["", "Canon EOS R5", "../../x"]),
    serial=st.sampled_from(["", "1", "2"]),
    is_utc=st.booleans(),
)
entries = st.builds(
    CardFile,
    st.builds(lambda folder, name: folder + name, _folders, _names),
    st.integers(0, 3),
    st.one_of(st.just(nanoseconds(EVENING)), st.integers(-(2**70), 2**70)),
    kind=st.sampled_from([EntryKind.FILE] * 6 + [EntryKind.SYMLINK, EntryKind.UNLISTABLE]),
    problem=st.sampled_from([""] * 6 + ["Input/output error"]),
)


@st.composite
def cards(draw: st.DrawFn) -> tuple[list[CardFile], dict[bytes, Capture]]:
    """A listing, and captures for some of its files."""
    files = draw(listings)
    told = {file.path: draw(st.none() | captures) for file in files}
    return files, {path: capture for path, capture in told.items() if capture}


listings = st.lists(entries, max_size=12, unique_by=lambda file: file.path)
settings = st.builds(
    PlanSettings,
    required=st.just(BOTH),
    folder=st.sampled_from(["{capture:%Y}/{capture:%Y-%m-%d} {shoot}", "{shoot}", "x"]),
    file=st.sampled_from(["{original}", "{shoot}", "{camera}/{original}", "{capture:%H%M} {card}"]),
    ignore=st.sampled_from([(), ("._*", "*.wav"), ("MISC",)]),
    day_starts=st.sampled_from([time(0), time(4)]),
    set_aside=st.booleans(),
)
