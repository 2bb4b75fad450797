"""An ingest against what proves nothing: `cp -a` twice and a sync, on the same card in the same round."""

import shutil
from collections.abc import Callable
from pathlib import Path

import xxhash

from benchmarks.cards import mixed
from benchmarks.disks import Disks, empty, three_disks
from benchmarks.machine import drop_caches
from benchmarks.measure import Figure, Finished, run
from benchmarks.stations import Station

_CARD_MB = 700
_CHUNK = 4 << 20
Contender = Callable[[Disks, Path], Finished]


def ingest_beside_cp(work: Path, runs: int) -> list[Figure]:
    """Rounds in which both take their turn, in alternating order, from cold caches to empty destinations."""
    found: dict[str, list[Finished]] = {"safelight": [], "cp": []}
    with three_disks(work, _CARD_MB) as disks:
        mixed(disks.card)
        wanted = _contents(disks.card)
        for number in range(runs):
            order = ("safelight", "cp") if number % 2 == 0 else ("cp", "safelight")
            for name in order:
                found[name].append(_one(disks, work, name, wanted))
        words = disks.words
    return _figures(found["safelight"], found["cp"], words)


def _one(disks: Disks, work: Path, name: str, wanted: list[bytes]) -> Finished:
    """One turn; a copy that is not complete and equal gives no figure."""
    for place in (disks.ssd, disks.nas):
        empty(place)
    home = work / "copy-home"
    shutil.rmtree(home, ignore_errors=True)
    station = Station(home, disks.card, disks.ssd, disks.nas, 2 if disks.apart else 1).set_up()
    drop_caches()
    done = station.run("ingest", disks.card, "--json") if name == "safelight" else _cp_twice(disks)
    done.demand()
    for place in (disks.ssd, disks.nas):
        if _contents(place) != wanted:
            raise RuntimeError(f"{name}: what arrived at {place.name} is not what the card holds")
    return done


def _cp_twice(disks: Disks) -> Finished:
    script = 'cp -a "$1/." "$2/" && cp -a "$1/." "$3/" && sync -f "$2" && sync -f "$3"'
    return run(["sh", "-c", script, "sh", disks.card, disks.ssd, disks.nas])


def _contents(folder: Path) -> list[bytes]:
    """The sorted digests of all files in a place but our own and the file system's."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file() and not {".safelight", "ascmhl", "lost+found"} & set(path.relative_to(folder).parts):
            content = xxhash.xxh3_128()
            with path.open("rb") as file:
                while data := file.read(_CHUNK):
                    content.update(data)
            found.append(content.digest())
    return sorted(found)


def _figures(ours: list[Finished], theirs: list[Finished], words: str) -> list[Figure]:
    def ratio(of: Callable[[Finished], float], by: Callable[[Finished], float]) -> tuple[float, ...]:
        return tuple(of(one) / by(other) for one, other in zip(ours, theirs, strict=True))

    def seconds(done: Finished) -> float:
        return done.seconds

    def editing(done: Finished) -> float:
        return done.when('"start_editing"')

    def cpu(done: Finished) -> float:
        return done.cpu

    of_cp = "of cp twice + sync in the same round"
    return [
        Figure("ingest of 608 MB until SAFE, two reads", "x", ratio(seconds, seconds), None, f"{of_cp}; {words}"),
        Figure("... until every copy is proven", "x", ratio(editing, seconds), None, of_cp),
        Figure("... its processor time", "x", ratio(cpu, cpu), None, of_cp),
        Figure("... in seconds", "s", tuple(map(seconds, ours)), None, "cold caches"),
        Figure("cp twice + sync, in seconds", "s", tuple(map(seconds, theirs)), None, "cold caches; proves nothing"),
    ]
