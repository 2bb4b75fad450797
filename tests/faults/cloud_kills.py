"""The uploader is killed over and over, on a good line or on a bad one, and what the service took in is counted.

It is counted by units, a small file or a part of a clip, each known by its SHA-1: no two have the same bytes. Between
a kill and the next start a minute passes, after which the dead worker's leases are over.
"""

import contextlib
import hashlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from urllib.parse import unquote

import xxhash
from cloud_proxy import Break, Relay, RelayedB2, Way, relayed
from cloud_session import SENDING
from cloud_worlds import World, unfinished
from studio import is_record

from ingest.cloud.checking import DOUBT
from ingest.cloud.loopback_faults import FaultKind
from ingest.errors import Exit
from ingest.ledger.db import open_ledger
from ingest.model.copies import Digest

PARALLEL = 4  # the default of [cloud] parallel
REPOSITORY = Path(__file__).resolve().parents[2]
_BLOCK = 1 << 20
_MOST_RUNS = 60
_ENDS = (-signal.SIGKILL, Exit.OK, Exit.CLOUD_REFUSED, Exit.CLOUD_UNREACHABLE)
_ANSWERS = (
    FaultKind.EXPIRED_TOKEN, FaultKind.STORAGE_CAP, FaultKind.TRANSACTION_CAP, FaultKind.TIMED_OUT,
    FaultKind.TOO_MANY, FaultKind.INTERNAL, FaultKind.UNAVAILABLE,
)  # fmt: skip

# `safelight cloud run` with parts of another size and, where the line is bad, with pauses that take no time.
_PROGRAM = """
import sys
from ingest.cloud import b2, b2_parts, b2_wire, settling
large_from, part, is_bad = map(int, sys.argv[1:4])
del sys.argv[1:4]
b2.B2Store.__init__.__kwdefaults__.update(large_from=large_from, part_size=part)
if is_bad:
    import types
    import b2sdk._internal.b2http
    b2sdk._internal.b2http.time = types.SimpleNamespace(sleep=lambda seconds: None)
    b2.rest = b2_parts.rest = lambda seconds, should_stop: None
    settling.next_try = lambda failures, now, jitter: now + 0.05
    settling._LEAST_SLOW_DOWN = 0.05
from ingest.cli.main import run
run()
"""


@dataclass(frozen=True)
class Scale:
    """Bytes, but for files, kills and troubles. clip: goes in parts, as does all from `large_from` on."""

    files: int
    smallest: int
    largest: int
    clip: int
    kills: int
    troubles: int
    large_from: int
    part: int


SMALL = Scale(20, 300_000, 2_000_000, 60_000_000, 3, 10, 20_000_000, 5_000_000)
FULL = Scale(200, 1_000_000, 40_000_000, 1_200_000_000, 10, 40, 200_000_000, 25_000_000)


@dataclass
class Taken:
    """What the service took in of photographs. uploads: (SHA-1 announced, bytes that came, bytes announced)."""

    uploads: list[tuple[str, int, int]] = field(default_factory=list)
    bytes: int = 0

    def __call__(self, path: str, headers: Message, arrived: int, announced: int) -> None:
        if "/b2_upload_" in path and not is_record(unquote(headers.get("X-Bz-File-Name", ""))):
            self.uploads.append((headers["X-Bz-Content-Sha1"], arrived, announced))
            self.bytes += arrived


@dataclass
class Ordeal:
    """A queue of photographs and a clip, its service, and what was done to it. units: SHA-1 -> bytes.

    killed: kills so far. ended: runs that ended by themselves, with a problem. spoiled: uploads that the service or the
    line was told to spoil, at most.
    """

    world: World
    server: RelayedB2
    relay: Relay
    scale: Scale
    chance: random.Random
    taken: Taken = field(default_factory=Taken)
    units: dict[str, int] = field(default_factory=dict)
    killed: int = 0
    ended: int = 0
    spoiled: int = 0
    troubles: list[tuple[int, Callable[[], None]]] = field(default_factory=list)

    @property
    def total(self) -> int:
        """Bytes to be sent."""
        return sum(self.units.values())

    def fill(self) -> None:
        """Write the files to one destination, give them to the other by links, and queue them."""
        pool = memoryview(self.chance.randbytes(4 * _BLOCK))
        middling = self.scale.smallest + (self.scale.largest - self.scale.smallest) // 4
        for number in range(self.scale.files):
            size = round(self.chance.triangular(self.scale.smallest, self.scale.largest, middling))
            self._queue(f"Meyer/IMG_{number:04}.CR3", size, pool)
        self._queue("Meyer/MVI_9999.MP4", self.scale.clip, pool)

    def _queue(self, path: str, size: int, pool: memoryview) -> None:
        step = self.scale.part if size >= self.scale.large_from else size
        whole, fast = hashlib.sha1(), xxhash.xxh3_128()
        ssd, nas = (self.world.folder / place / path for place in ("ssd", "nas"))
        for file in (ssd, nas):
            file.parent.mkdir(exist_ok=True)
        with ssd.open("wb") as file:
            for offset in range(0, size, step):
                unit, left = hashlib.sha1(), min(step, size - offset)
                length = left
                while left:
                    at = self.chance.randrange(2 * _BLOCK)
                    data = (self.chance.randbytes(16) + bytes(pool[at : at + _BLOCK]))[: min(left, _BLOCK)]
                    for digest in (unit, whole, fast):
                        digest.update(data)
                    file.write(data)
                    left -= len(data)
                self.units[unit.hexdigest()] = length
        os.link(ssd, nas)
        self.world.enqueue(path, self.world.proven(path, Digest(size, fast.digest(), whole.digest())))

    def kill_over_and_over(self) -> None:
        """Kill it as often as is asked for, then let it come to its end."""
        for at in sorted(self.chance.randrange(self.total) for _ in range(self.scale.kills)):
            while not self._run(at):
                assert self.ended < _MOST_RUNS, self.world.jobs()
            self.killed += 1
        self._run(None)  # also what was sent just before the last kill is looked for in the bucket
        while set(self.world.states()) - {"sent", "checked"}:
            self._run(None)
            assert self.ended < _MOST_RUNS, self.world.jobs()

    def _run(self, until: int | None) -> bool:
        """One `cloud run`; True when it was killed, soon after so many bytes had come."""
        with (self.world.folder / "worker.log").open("a") as log, self._started(log.fileno()) as worker:
            while worker.poll() is None:
                self._make_trouble()
                if until is not None and self.taken.bytes >= until:
                    time.sleep(self.chance.uniform(0, 0.1))
                    worker.kill()
                    break
                time.sleep(0.002)
        while any("process_request" in thread.name for thread in threading.enumerate()):
            time.sleep(0.01)  # what was on the line arrives, or does not
        self.world.connection.execute("UPDATE upload_job SET lease_until = 1 WHERE state = 'sending'")
        assert worker.returncode in _ENDS, (self.world.folder / "worker.log").read_text()[-2000:]
        self.ended += worker.returncode > 0
        return worker.returncode < 0

    def _started(self, log: int) -> subprocess.Popen[bytes]:
        environment = os.environ | {
            "PYTHONPATH": str(REPOSITORY), "SAFELIGHT_HOME": str(self.world.folder), "NO_PROXY": "127.0.0.1",
            "B2_APPLICATION_KEY_ID": self.server.key_id, "B2_APPLICATION_KEY": self.server.key,
        }  # fmt: skip
        numbers = (self.scale.large_from, self.scale.part, int(bool(self.scale.troubles)))
        words = [sys.executable, "-c", _PROGRAM, *map(str, numbers), "cloud", "run", "--json"]
        return subprocess.Popen(words, env=environment, stdout=log, stderr=log)

    def plan_troubles(self) -> None:
        """A few of each kind, at moments all along the way."""
        every: list[Callable[[], None]] = [self._expire]
        every += [self._answered(kind, call) for kind in _ANSWERS for call in SENDING]
        calls = (*SENDING, "b2_finish_large_file", "b2_list_file_names", "b2_get_upload_url")
        ways = [(how, way, call) for how in (Break.CLOSE, Break.RESET, Break.HOLD) for way in Way for call in calls]
        every += [self._broken(*one) for one in ways]
        chosen = self.chance.sample(every, min(len(every), self.scale.troubles))
        self.troubles = sorted(((self.chance.randrange(self.total), one) for one in chosen), key=lambda two: two[0])

    def _make_trouble(self) -> None:
        while self.troubles and self.taken.bytes >= self.troubles[0][0]:
            self.troubles.pop(0)[1]()

    def _expire(self) -> None:
        self.server.expire_tokens()
        self.spoiled += PARALLEL

    def _answered(self, kind: FaultKind, call: str) -> Callable[[], None]:
        def add() -> None:
            times = self.chance.randint(1, 3)
            self.server.faults.add(kind, call, times)
            self.spoiled += times

        return add

    def _broken(self, how: Break, way: Way, call: str) -> Callable[[], None]:
        def add() -> None:
            self.relay.add(how, call, way, self.chance.random())
            self.spoiled += call in SENDING

        return add

    def is_complete(self) -> None:
        """The ledger, the bucket and the files are one; nothing is there twice, and nothing half."""
        rows = self.world.connection.execute(
            "SELECT j.key, a.size, lower(hex(a.sha1)), j.file_id, j.state, j.last_error FROM upload_job j"
            " JOIN asset a ON a.id = j.asset_id"
        ).fetchall()
        with self.server.lock:
            files = list(self.server.simulator.bucket_id_to_bucket[self.server.bucket_id].file_id_to_file.values())
        held = [
            (one.name, one.content_length, _sha1(one.data_bytes), one.file_id)
            for one in files
            if one.is_visible() and not is_record(one.name)
        ]
        assert sorted(held) == sorted(row[:4] for row in rows)
        assert unfinished(self.server) == 0
        for key, size, _, _, state, why in rows:  # killed behind its finish, a clip is known by its uploader's word
            assert state == "checked" or (size >= self.scale.large_from and (state, why) == ("sent", DOUBT)), (key, why)


def _sha1(data: bytes) -> str:
    digest = hashlib.sha1()
    for offset in range(0, len(data), 4 * _BLOCK):
        digest.update(data[offset : offset + 4 * _BLOCK])
    return digest.hexdigest()


@contextlib.contextmanager
def ordeal(folder: Path, scale: Scale, seed: int) -> Iterator[Ordeal]:
    """Everything is queued, nothing is sent yet. Without troubles there is no relay on the way."""
    print(f"seed {seed}: SAFELIGHT_SEED={seed} does the same again")
    objects = folder / "objects"
    objects.mkdir(parents=True)
    service = RelayedB2("my-archive", folder=objects, least_part_size=min(scale.part, 5_000_000))
    with closing(open_ledger(folder / "ledger.sqlite")) as ledger, relayed(service) as (server, relay):
        if not scale.troubles:
            server.relay = None
        relay.on_break = lambda: _let_go_soon(relay)
        one = Ordeal(World(ledger, folder), server, relay, scale, random.Random(seed))
        one.fill()
        one.plan_troubles()
        server.on_body = one.taken
        places = "".join(
            f'[[destinations]]\nname = "{name}"\nkind = "{name}"\nroot = "{folder / name}"\n' for name in ("ssd", "nas")
        )
        cloud = f'[cloud]\nkind = "b2"\nbucket = "{server.bucket}"\nrealm = "{server.url}"\n'
        (folder / "config.toml").write_text(places + cloud)
        yield one


def _let_go_soon(relay: Relay) -> None:
    relay.let_go.clear()
    threading.Timer(0.3, relay.let_go.set).start()


def seed_of_the_day() -> int:
    """Another one each time, or the one that is asked for."""
    return int(os.environ.get("SAFELIGHT_SEED") or random.SystemRandom().randrange(10**6))


def killed_on_a_good_line(folder: Path, scale: Scale, seed: int) -> Ordeal:
    """Beyond what was on the line at a kill, no byte goes out twice."""
    with ordeal(folder, scale, seed) as one:
        one.kill_over_and_over()
        one.is_complete()
        stored = Counter(sha1 for sha1, arrived, announced in one.taken.uploads if arrived == announced)
        assert stored == Counter(dict.fromkeys(one.units, 1))
        torn = [(sha1, arrived) for sha1, arrived, announced in one.taken.uploads if arrived < announced]
        assert one.killed == scale.kills
        assert len(torn) <= PARALLEL * one.killed
        assert one.taken.bytes == one.total + sum(arrived for _, arrived in torn)
        return one


def killed_on_a_bad_line(folder: Path, scale: Scale, seed: int) -> Ordeal:
    """Each kill, and each run that ended early, costs what was on the line; each trouble one file or part."""
    with ordeal(folder, scale, seed) as one:
        one.kill_over_and_over()
        one.is_complete()
        again = len(one.taken.uploads) - len(one.units)
        assert one.killed == scale.kills
        assert again <= PARALLEL * (one.killed + one.ended) + one.spoiled
        assert one.taken.bytes <= one.total + again * max(one.units.values())
        return one
