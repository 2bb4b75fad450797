"""The whole table of real camera files where it is at hand, and a few files made here where it is not."""

import csv
import os
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

import pytest
from camera_file_builders import NOW, every_shape

from ingest.card.capture import capture_of
from ingest.card.health import examine
from ingest.card.parsers import ParserPool
from ingest.model.cards import Capture

_DATE = re.compile(r"(\d{4})[-:/](\d\d)[-:/](\d\d)(?:[T ](\d\d:\d\d:\d\d))?")
_EDITED = ("xmp", "iptc", "exif digitized")  # rungs of ours below what the table's reader looked at


class Row(NamedTuple):
    """path: on disk. expected: the table's reader's date, "" where it has none. truth: another tool's date."""

    path: Path
    name: str
    expected: str
    truth: str
    offset: str
    fraction: str
    rawpy: str


def _shared() -> Path | None:
    named = os.environ.get("SAFELIGHT_SHARED")
    folder = Path(named) if named else Path(__file__).resolve().parents[3] / "shared"
    table = folder / "camera-files"
    return table if (table / "index.csv").is_file() else None


def _expected(row: dict[str, str]) -> str:
    """A bare TIFF is read as exifread reads it; ctime() text is left to the other tool."""
    own = row["own_reader"]
    if own.startswith("bare TIFF"):
        return row["exifread"]
    return row["capture_time"] if own.startswith("RIFF IDIT") and not _DATE.search(own) else own


def _rows() -> list[Row]:
    folder = _shared()
    if folder is None:
        return []
    with (folder / "index.csv").open(encoding="utf-8", newline="") as file:
        return [
            Row(
                folder / row["path"],
                row["path"],
                _expected(row),
                row["capture_time"],
                row["offset"],
                row["subsec"],
                row["rawpy"],
            )
            for row in csv.DictReader(file)
        ]


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> list[Row]:
    folder = tmp_path_factory.mktemp("made")
    rows = []
    for name, data in every_shape().items():
        (folder / name).write_bytes(data)
        day = "2004-03-14 15:22:33" if name.endswith("CRW") else "2026-03-14 15:22:33"
        rows.append(Row(folder / name, name, day, day, "", "", ""))
    return rows


@pytest.fixture(scope="session")
def rows(made: list[Row]) -> list[Row]:
    return [*made, *_rows()]


def look(row: Row) -> Capture | None:
    with row.path.open("rb") as file:
        return capture_of(file, b"IMG_0001." + row.name.rpartition(".")[2].encode(), NOW)


def date_in(text: str) -> tuple[str, str] | None:
    found = _DATE.search(text)
    if found is None or found[1] < "1990":
        return None
    return f"{found[1]}-{found[2]}-{found[3]}", found[4] or ""


def as_table(capture: Capture, expected: str) -> datetime:
    """Our date as the table has it: there QuickTime's header is UTC even where the zone is known."""
    utc = capture.source == "quicktime mvhd" and "UTC" in expected
    return capture.local - timedelta(minutes=capture.offset_minutes or 0) if utc else capture.local


def test_every_row_of_the_table_has_its_date(rows: list[Row]) -> None:
    wrong = []
    for row in rows:
        found, expected = look(row), date_in(row.expected)
        if expected is None:
            right = found is None or found.source in _EDITED
        else:
            day, clock = expected
            local = as_table(found, row.expected) if found else None
            right = local is not None and f"{local:%Y-%m-%d}" == day and clock in ("", f"{local:%H:%M:%S}")
        if not right:
            wrong.append((row.name, row.expected, found))
    assert wrong == []


def test_dates_of_edited_files_agree_with_another_tool(rows: list[Row]) -> None:
    for row in rows:
        found = look(row)
        if found is not None and found.source in ("xmp", "iptc"):
            assert row.truth.startswith(f"{found.local:%Y-%m-%d %H:%M:%S}"), row.name


def test_zones_and_fractions_agree_with_another_tool(rows: list[Row]) -> None:
    for row in rows:
        found = look(row)
        if found is None or found.source != "exif":
            continue
        if row.offset:
            sign, hours, minutes = row.offset[0], int(row.offset[1:3]), int(row.offset[4:])
            assert found.offset_minutes == (hours * 60 + minutes) * (-1 if sign == "-" else 1), row.name
        if row.fraction:
            assert f"{found.local:%f}" == row.fraction.ljust(6, "0"), row.name


def test_files_that_decode_have_no_findings(rows: list[Row]) -> None:
    for row in rows:
        if row.rawpy.startswith("opens; unpacks") and not row.name.endswith(".raw"):
            with row.path.open("rb") as file:
                assert examine(file, row.name.encode()) == (), row.name


def test_raws_without_their_pixels_do_not_pass(rows: list[Row]) -> None:
    for row in rows:
        if row.name.startswith("raw_header/") and "unpacks" not in row.rawpy:
            with row.path.open("rb") as file:
                codes = {finding.code for finding in examine(file, row.name.encode())}
            assert codes & {"truncated", "does not open", "unchecked"}, row.name


def test_the_pool_outlives_every_file_of_the_table(rows: list[Row]) -> None:
    """Also the files that hang or crash exifread when it is given them whole."""
    files = [(os.fsencode(row.path), b"IMG_0001." + row.name.rpartition(".")[2].encode()) for row in rows]
    with ParserPool() as pool:
        assert list(pool.captures(files, NOW)) == [look(row) for row in rows]
        found = list(pool.healths(files))
    assert len(found) == len(rows)
    assert not [row.name for row, one in zip(rows, found, strict=True) if any("gave up" in f.detail for f in one)]
