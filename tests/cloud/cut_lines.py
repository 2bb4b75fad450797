"""A session of uploads, whose line breaks at one point; and what must be true then, and after the next session."""

import hashlib
import itertools
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

from cloud_proxy import BehindALine, Harm, Line, Trouble, Way
from cloud_worlds import LEAST_PART, PART, World, store_for, unfinished, versions

from ingest.ledger.db import open_ledger

LATER = 10.0**10
PICTURES = {
    "M/IMG_0001.JPG": bytes(range(256)) * 120,
    "M/IMG_0002.JPG": b"another picture" * 900,
    "M/CLIP.MP4": b"".join(bytes([part]) * PART for part in (1, 2, 3, 4)),
}


def whole_session(folder: Path) -> dict[Way, int]:
    """How many bytes pass in each way when nothing breaks."""
    with Station(folder) as (world, server, line):
        line.arm(None)
        assert world.run(server).checked == len(PICTURES)
        return dict(line.passed)


def broken_session(folder: Path, trouble: Trouble) -> None:
    """Nothing false is in the ledger after it, and one more session brings all to its end, each object once."""
    with Station(folder) as (world, server, line):
        line.arm(trouble)
        world.run(server)
        assert line.happened == 1
        nothing_false(world, server)
        world.run(server, clock=lambda: LATER)
        assert set(world.states()) == {"checked"}
        nothing_false(world, server)
        assert (unfinished(server), [versions(server, key) for key in world.jobs()]) == (0, [1] * len(PICTURES))
        for key, data in wanted().items():
            got = bytearray()
            store_for(server).get(key, got.extend)
            assert bytes(got) == data


def nothing_false(world: World, server: BehindALine) -> None:
    """What the ledger calls sent or checked is in the bucket, by the service's own books and byte for byte."""
    held = contents(server)
    for key, (state, _, _) in world.jobs().items():
        if state in ("sent", "checked"):
            assert held[key] == {hashlib.sha1(wanted()[key]).hexdigest()}
    assert set(held) <= set(wanted())


def contents(server: BehindALine) -> dict[str, set[str]]:
    """Key -> SHA-1 of the bytes of each version that can be seen."""
    with server.lock:
        bucket = server.simulator.bucket_id_to_bucket[server.bucket_id]
        found: dict[str, set[str]] = {}
        for (name, _), file in bucket.file_name_and_id_to_file.items():
            if file.is_visible():
                found.setdefault(name, set()).add(hashlib.sha1(file.data_bytes).hexdigest())
        return found


def wanted() -> dict[str, bytes]:
    return {f"originals/{path}": data for path, data in PICTURES.items()}


def points(passed: dict[Way, int], count: int, harms: Sequence[Harm]) -> list[Trouble]:
    """`count` of each way, spread over its bytes, with the harms in turn; the first breaks before the first byte."""
    return [
        Trouble(way, passed[way] * number // count, harm)
        for way in Way
        for number, harm in zip(range(count), itertools.cycle(harms), strict=False)
    ]


def break_at_each(folder: Path, count: int, harms: Sequence[Harm]) -> None:
    """A session of its own for each point; prints how many there were."""
    troubles = points(whole_session(folder / "whole"), count, harms)
    wrong = []
    for number, trouble in enumerate(troubles):
        try:
            broken_session(folder / str(number), trouble)
        except AssertionError as error:
            wrong.append(f"{trouble}: {error}")
    assert not wrong, f"{len(wrong)} of {len(troubles)}:\n" + "\n\n".join(wrong[:10])
    print(f"\nthe line broke at {len(troubles)} points: {', '.join(harms)}")


class Station:
    """A ledger, its destinations, a service and the line to it."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._line = Line()
        self._server = BehindALine(self._line, "my-archive", least_part_size=LEAST_PART)
        self._ledger = open_ledger(folder / "ledger.sqlite")
        self._world = World(self._ledger, folder)

    def __enter__(self) -> tuple[World, BehindALine, Line]:
        self._line.__enter__()
        self._server.__enter__()
        for path, data in PICTURES.items():
            self._world.queue(path, data)
        return self._world, self._server, self._line

    def __exit__(self, *_: object) -> None:
        with closing(self._ledger):
            self._server.__exit__(None, None, None)
            self._line.__exit__()
