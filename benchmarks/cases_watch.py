"""The watcher: how soon a card that is mounted is noticed, and its session at work."""

import json
import os
import random
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.disks import Disks, Size, four_disks
from benchmarks.measure import CannotMeasureError, Figure
from benchmarks.stations import Station, safelight

SOON = 1.0  # seconds
PICTURES, PICTURE = 3, 100_000
_PATIENCE = 60.0  # seconds, against a card that nobody notices
_LINES = (
    ("card_noticed", "until the card is noticed", SOON),
    ("card_found", "until its session is at work", SOON),
    ("verdict", "until SAFE TO FORMAT, a photograph more each time", None),
)


def card_in_the_reader(_work: Path, runs: int) -> list[Figure]:
    """A card that is mounted while `watch --auto` waits: seconds since `mount` returned until each line of it.

    Raises:
        CannotMeasureError: nothing may be mounted here.
        RuntimeError: a line did not come.
    """
    with four_disks(Size(PICTURES + runs + 1, (PICTURES + runs + 1) * PICTURE)) as disks:
        if not disks.apart:
            raise CannotMeasureError(f"no card can be mounted: {disks.words}")
        station = Station(disks.home / "safelight", disks.card, disks.ssd, disks.nas).set_up()
        for number in range(PICTURES):
            _picture(disks, number)
        disks.take_out("card")
        with _watching(station) as told:
            rounds = [_plugged_in(disks, told, PICTURES + number) for number in range(runs + 1)][1:]
    return [
        Figure(words, "s", tuple(each[place] for each in rounds), target, "since `mount` returned")
        for place, (_, words, target) in enumerate(_LINES)
    ]


class _Told:
    """The lines of a watcher, each with its moment, as they come."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self._process, self._lines = process, list[tuple[float, str]]()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self) -> None:
        for line in self._process.stdout or ():
            self._lines.append((time.monotonic(), json.loads(line)["type"]))

    def since(self, start: float, kind: str) -> float:
        """Seconds from `start` until the first line of this kind behind it, which is waited for."""
        until = time.monotonic() + _PATIENCE
        while time.monotonic() < until:
            for at, found in list(self._lines):
                if at >= start and found == kind:
                    return at - start
            time.sleep(0.005)
        raise RuntimeError(f"the watcher never said {kind}")


def _plugged_in(disks: Disks, told: _Told, next_picture: int) -> tuple[float, ...]:
    """One round; then the card gets a picture more and is taken out."""
    disks.put_in("card")
    start = time.monotonic()
    seconds = tuple(told.since(start, kind) for kind, _, _ in _LINES)
    _picture(disks, next_picture)
    disks.take_out("card")
    told.since(start, "card_gone")
    return seconds


def _picture(disks: Disks, number: int) -> None:
    folder = disks.card / "DCIM" / "100CANON"
    folder.mkdir(parents=True, exist_ok=True)
    dice = random.Random(number)
    (folder / f"IMG_{number:04}.JPG").write_bytes(b"\xff\xd8" + dice.randbytes(PICTURE) + b"\xff\xd9")


@contextmanager
def _watching(station: Station) -> Iterator[_Told]:
    process = subprocess.Popen(
        [*safelight(), "watch", "--auto", "--json"],
        env={**os.environ, **station.variables},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        yield _Told(process)
    finally:
        process.terminate()
        process.wait(30)
