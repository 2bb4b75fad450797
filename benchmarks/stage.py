"""A card on its disks, and one turn of Safelight or of a peer on it: from empty caches to empty destinations."""

import contextlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import xxhash

from benchmarks.cards import LARGE, large, many, mixed
from benchmarks.disks import Disks, Size, four_disks
from benchmarks.measure import Finished, run
from benchmarks.peers import CAT, Peer
from benchmarks.stations import Station
from benchmarks.throttle import in_force, limited

_CHUNK = 4 << 20
_NOT_THE_CARDS = {".safelight", "ascmhl", "lost+found"}  # ours, and the file system's


@dataclass(frozen=True, slots=True)
class Scene:
    """A card to build. limit: bytes a second at which it can be read, 0 for none. words: for the results."""

    words: str
    size: Size
    build: Callable[[Path], object]
    limit: int = 0


@dataclass(frozen=True, slots=True)
class Stage:
    """A scene that stands. wanted: the sorted digests of the card's files. prefix: words before each command."""

    scene: Scene
    disks: Disks
    wanted: list[bytes]
    prefix: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Turn:
    """What one turn took. seconds and cpu: of all steps. editing: seconds until the pictures may be edited, else 0."""

    seconds: float
    cpu: float
    editing: float = 0.0
    family_peak: int = 0
    largest: int = 0


def few_large(count: int, limit: int = 0) -> Scene:
    """`count` RAW files of 30 MB."""
    size = Size(count, count * LARGE)
    return Scene(f"{count} x 30 MB", size, lambda card: large(card, count), limit)


def many_small(count: int, size: int) -> Scene:
    """`count` JPEGs of `size` bytes."""
    words = f"{count:,} x {size // 1024} KiB"
    return Scene(words, Size(count, count * size), lambda card: many(card, count, size))


def wedding(pairs: int) -> Scene:
    """`pairs` of RAW + JPEG, and what lies beside them: voice memo, sidecar, clip."""
    files, size = 2 * pairs + 6, pairs * LARGE + 10_000_000
    return Scene(f"{pairs} RAW + JPEG pairs and a clip", Size(files, size), lambda card: mixed(card, pairs))


@contextlib.contextmanager
def stand(scene: Scene) -> Iterator[Stage]:
    """Disks with the card on them; with a limit, one that a reading `cat` was seen to feel. CannotLimitError else."""
    with contextlib.ExitStack() as stack:
        disks = stack.enter_context(four_disks(scene.size))
        scene.build(disks.card)
        disks.seal_card()
        prefix: tuple[str, ...] = ()
        if scene.limit:
            prefix = stack.enter_context(limited(disks.card_device, scene.limit))
        stage = Stage(scene, disks, contents(disks.card), prefix)
        if scene.limit:
            peer_turn(stage, CAT)
        yield stage


def our_turn(stage: Stage, reads: int, *, memory: bool = False) -> Turn:
    """Safelight with so many reads of the card; raises RuntimeError when it does not end with SAFE."""
    station = ready(stage, reads)
    done = station.run("ingest", stage.disks.card, "--json", memory=memory, prefix=stage.prefix)
    demand_safe(done)
    _demand_limit(stage, reads, done.seconds)
    _demand_copies(stage, "safelight")
    return Turn(done.seconds, done.cpu, done.when('"start_editing"'), done.family_peak, done.largest)


def ready(stage: Stage, reads: int) -> Station:
    """A new station before empty destinations and empty caches."""
    disks = stage.disks
    disks.renew()
    devices = 2 if disks.apart else 1
    station = Station(disks.home / "safelight", disks.card, disks.ssd, disks.nas, devices, reads)
    station.set_up()
    disks.replug()
    return station


def demand_safe(done: Finished) -> None:
    """Exit code 0 and the verdict SAFE in the last line, else RuntimeError."""
    done.demand()
    last = json.loads(done.lines[-1][1])
    if (last.get("type"), last.get("level")) != ("verdict", "safe"):
        raise RuntimeError(f"the verdict is not SAFE but: {last}")


def peer_turn(stage: Stage, peer: Peer) -> Turn:
    """One peer, step by step; RuntimeError when a step fails, or when it copies and a copy is not equal."""
    stage.disks.renew()
    scratch = stage.disks.home / "peer"
    scratch.mkdir()
    places = (stage.disks.card, stage.disks.ssd, stage.disks.nas, scratch)
    steps: list[Finished] = []
    for step in peer.steps:
        if step.cold:
            stage.disks.replug()
        steps.append(run([*stage.prefix, "sh", "-c", step.script, "sh", *places]).demand())
    _demand_limit(stage, 1, sum(step.seconds for step in steps))
    if peer.copies:
        _demand_copies(stage, peer.name)
    return Turn(sum(step.seconds for step in steps), sum(step.cpu for step in steps))


def _demand_limit(stage: Stage, reads: int, seconds: float) -> None:
    """A turn that read the card faster than it may be read gives no figure."""
    if stage.scene.limit and not in_force(reads * stage.scene.size.bytes, seconds, stage.scene.limit):
        raise RuntimeError(f"the limit is not in force: the card was read {reads} x in {seconds:.2f} s")


def _demand_copies(stage: Stage, name: str) -> None:
    """A copy that is not complete and equal gives no figure."""
    for place in (stage.disks.ssd, stage.disks.nas):
        if contents(place) != stage.wanted:
            raise RuntimeError(f"{name}: what arrived at {place.name} is not what the card holds")


def contents(folder: Path) -> list[bytes]:
    """The sorted digests of all files in a place but our own and the file system's."""
    found = []
    for path in folder.rglob("*"):
        if path.is_file() and not _NOT_THE_CARDS & set(path.relative_to(folder).parts):
            content = xxhash.xxh3_128()
            with path.open("rb") as file:
                while data := file.read(_CHUNK):
                    content.update(data)
            found.append(content.digest())
    return sorted(found)
