"""Small pictures for a contact sheet, of photographs of 24 megapixels, beside Pillow alone in one process."""

import io
import shutil
import sys
from pathlib import Path

from benchmarks.measure import Figure, Finished, run
from benchmarks.stations import Station

WIDTH, HEIGHT, EDGE = 6000, 4000, 320
_SAMPLES = Path(__file__).parent.parent / "sample_cards" / "canon" / "DCIM"


def previews(work: Path, runs: int, *, count: int) -> list[Figure]:
    """`sheet` of a shoot of which no small picture is kept, and of the same when all are.

    The peer does the same work in one process: it has no limits, proves nothing of what it opens, keeps nothing.
    """
    station = Station(work / "home", work / "CARD", work / "ssd", work / "nas").set_up()
    photographs(station.card / "DCIM" / "100CANON", count)
    station.run("ingest", station.card, "--json", "--shoot", "Wedding").demand()
    rounds = [_round(station, number) for number in range(runs + 1)][1:]
    jpegs = len(list(station.ssd.rglob("*.JPG")))
    where = f"whole process, two children, {jpegs:,} JPEGs of 24 megapixels"
    per_second = tuple(jpegs / cold.seconds for cold, _, _ in rounds)
    ratios = tuple(cold.seconds / plain.seconds for cold, _, plain in rounds)
    work_ratios = tuple(cold.cpu / plain.cpu for cold, _, plain in rounds)
    again = tuple(warm.seconds for _, warm, _ in rounds)
    return [
        Figure("previews a second, none is kept", "1/s", per_second, None, where),
        Figure("time of `sheet`, of Pillow alone", "", ratios, None, "one process, in the same round"),
        Figure("processor time of `sheet`, of Pillow alone", "", work_ratios, None, "starting, ledger and all"),
        Figure("`sheet` when all are kept", "s", again, None, "whole process"),
    ]


def photographs(folder: Path, count: int) -> None:
    """JPEGs of 24 megapixels with the grain of a sensor, no two alike."""
    from PIL import Image

    folder.mkdir(parents=True)
    scenes = sorted((_SAMPLES / "100CANON").glob("IMG_*.JPG"))
    for number in range(count):
        with Image.open(scenes[number % len(scenes)]) as scene:
            large = scene.convert("RGB").resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
        grain = Image.effect_noise((WIDTH, HEIGHT), 24).convert("RGB")
        data = io.BytesIO()
        Image.blend(large, grain, 0.15).save(data, "JPEG", quality=90)
        (folder / f"IMG_{number:04}.JPG").write_bytes(data.getvalue())


def plainly(folder: Path) -> None:
    """What one would write in a minute."""
    from PIL import Image, ImageOps

    for path in sorted(folder.rglob("*.JPG")):
        with Image.open(path) as picture:
            picture.draft("RGB", (2 * EDGE, 2 * EDGE))
            picture.thumbnail((EDGE, EDGE), Image.Resampling.LANCZOS, reducing_gap=2.0)
            ImageOps.exif_transpose(picture).save(io.BytesIO(), "JPEG", quality=82)


def _round(station: Station, number: int) -> tuple[Finished, Finished, Finished]:
    shutil.rmtree(station.home / "previews", ignore_errors=True)
    plain = f"from benchmarks.cases_previews import *; plainly(Path({str(station.ssd)!r}))"
    cold, warm = (
        station.run("sheet", "Wedding", "--edge", str(EDGE), "--to", station.home / f"{number}-{name}.html").demand()
        for name in ("cold", "warm")
    )
    return cold, warm, run([sys.executable, "-c", plain]).demand()
