"""The parts of the benchmarks that decide something: what a grown file is, when a run counts, when a target is met."""

import io
import os
import sys
from pathlib import Path

import pytest

from benchmarks.growing import grow, noise, write_grown
from benchmarks.measure import Figure, run
from benchmarks.report import table
from benchmarks.stations import Station
from benchmarks.years import add_years, assets_in
from ingest.card.capture import capture_of
from ingest.card.health import examine
from ingest.card.structure import NOTES

SAMPLES = Path(__file__).resolve().parents[2] / "sample_cards"
SHARED = Path(os.environ.get("SAFELIGHT_SHARED", SAMPLES.parents[1] / "shared")) / "camera-files"
NOW = 2_000_000_000.0
MB = 1_000_000
OURS = [
    *(f"canon/DCIM/{name}" for name in ("100CANON/IMG_9994.DNG", "100CANON/IMG_9994.JPG", "100CANON/IMG_9996.WAV")),
    *(f"{name}.MP4" for name in ("canon/DCIM/101CANON/MVI_0003", "sony/PRIVATE/M4ROOT/CLIP/C0001")),
]
REAL = [
    *("raw_header/Canon-R6-pruned.CR3", "raw_header/FujiFilm.raf", "raw_header/Nikon.nef", "heif/Canon.HIF"),
    *("video/with-gps.mov", "video/M2TS.mts", "video/Sony_ILCE-7M3_A7M3.mts", "video/Pentax.avi", "audio/RIFF.wav"),
]
HEADERS = [*(SAMPLES / name for name in OURS), *(SHARED / name for name in REAL if (SHARED / name).exists())]


def grown(header, size=3 * MB, seed=1):
    return b"".join(grow(header, size, seed))


@pytest.mark.parametrize("path", HEADERS, ids=lambda path: path.name)
def test_a_grown_file_has_the_size_that_was_asked_for_and_is_read_as_before(path):
    header = path.read_bytes()
    data = grown(header)
    assert 3 * MB - 192 < len(data) <= 3 * MB
    before = capture_of(io.BytesIO(header), path.name.encode(), NOW)
    assert before is not None
    assert capture_of(io.BytesIO(data), path.name.encode(), NOW) == before


@pytest.mark.parametrize("name", OURS)
def test_a_grown_picture_or_clip_is_still_whole(tmp_path, name):
    path = tmp_path / Path(name).name
    write_grown(path, (SAMPLES / name).read_bytes(), 3 * MB, 1, 0)
    with path.open("rb") as file:
        findings = examine(file, path.name.encode())
    assert {finding.code for finding in findings} <= NOTES


def test_another_seed_gives_another_file_and_the_same_seed_the_same():
    header = (SAMPLES / OURS[0]).read_bytes()
    assert grown(header, seed=1) == grown(header, seed=1) != grown(header, seed=2)


def test_no_two_pieces_of_noise_are_alike():
    pieces = list(noise(5 * MB, 7))
    assert sum(map(len, pieces)) == 5 * MB
    assert len(set(pieces)) == len(pieces)


def test_a_header_that_is_large_enough_stays_as_it_is():
    assert grown(b"whatever" * 100, size=10) == b"whatever" * 100


def test_a_run_that_failed_gives_no_figure():
    done = run([sys.executable, "-c", "print('why'); raise SystemExit(3)"])
    assert (done.code, done.text) == (3, "why\n")
    with pytest.raises(RuntimeError, match="why"):
        done.demand()
    assert done.demand(3) is done


def test_memory_is_that_of_the_program_and_not_of_whoever_started_it():
    ballast = bytearray(os.urandom(1)) * (150 * MB)
    done = run([sys.executable, "-c", "import time; a = bytearray(b'x') * 40_000_000; time.sleep(0.3)"], memory=True)
    assert len(ballast) == 150 * MB
    assert 40 * MB < done.peak < 100 * MB


@pytest.mark.parametrize(("values", "met"), [((0.4, 0.4, 9.0), True), ((0.6, 0.6, 0.1), False), ((0.5,), False)])
def test_a_target_is_met_by_the_median_below_it(values, met):
    figure = Figure("check", "s", values, 0.5)
    assert figure.met is met
    assert ("met" if met else "MISSED") in table({"check": [figure]})


def test_a_ledger_of_years_holds_what_was_asked_for_and_judges_a_known_card_as_before(tmp_path):
    station = Station(tmp_path / "home", tmp_path / "CARD", tmp_path / "ssd", tmp_path / "nas").set_up()
    write_grown(station.card / "DCIM/100CANON/IMG_0001.JPG", (SAMPLES / OURS[1]).read_bytes(), 30_000, 1, 0)
    station.run("ingest", station.card, "--json").demand()
    add_years(station.home / "ledger.sqlite", 2600)
    assert assets_in(station.home / "ledger.sqlite") == 2601
    station.run("check", station.card, "--json").demand()
