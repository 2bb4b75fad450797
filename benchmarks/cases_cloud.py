"""The third copy: a queue of a million jobs, and how fast files go out beside `rclone copy` to the same server."""

import contextlib
import json
import shutil
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from benchmarks.cards import LARGE, large
from benchmarks.decades import BUCKET, make
from benchmarks.growing import write_grown
from benchmarks.measure import Figure, Finished, run
from benchmarks.stations import Station, safelight
from ingest.ledger.db import open_ledger
from ingest.ledger.uploads import lease_next

JOBS, CLAIMS, FEW = 1_000_000, 200, 1_000
FILES, CLIP = 40, 300_000_000
SLOWER, MORE_CPU = 1 / 0.9, 1.3
_SENT_AGAIN = (
    "UPDATE upload_job SET state = 'waiting', file_id = '', sent_at = NULL, checked_at = NULL, lease_until = 0"
)
_CLIP = Path("sony/PRIVATE/M4ROOT/CLIP/C0001.MP4")
_NOT_SENT = ("--filter", "- .safelight/**", "--filter", "- ascmhl/**")


def queue_of_a_million(work: Path, runs: int) -> list[Figure]:
    """Claims of a job, and what the screens take, while everything waits and while nearly everything is checked."""
    station = Station(work / "home", work / "CARD", work / "ssd", work / "nas").set_up()
    _set_cloud(station, "production")
    ledger = make(station.home, JOBS, work)
    figures = []
    for words, where in ((f"{JOBS:,} jobs, all waiting", "1"), (f"{FEW:,} of {JOBS:,} waiting", f"id > {JOBS - FEW}")):
        with closing(open_ledger(ledger)) as connection:
            connection.execute("UPDATE upload_job SET state = 'checked', file_id = 'f', sent_at = 1, checked_at = 1")
            connection.execute(f"{_SENT_AGAIN} WHERE {where}")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # sessions leave no gigabyte behind
            claims = [_claim(connection) for _ in range(CLAIMS)]
        figures.append(Figure(f"claim of a job, {words}", "ms", tuple(claims), 5.0, "durable, with its sources"))
        for command in (("status",), ("cloud", "status")):
            seconds = [station.run(*command, "--json").demand().seconds for _ in range(runs + 1)][1:]
            figures.append(Figure(f"{' '.join(command)}, {words}", "s", tuple(seconds), 0.5, "whole process, warm"))
    return figures


def _claim(connection: sqlite3.Connection) -> float:
    """Milliseconds of one."""
    start = time.perf_counter()
    job = lease_next(connection, BUCKET, time.time(), 3600.0)
    seconds = time.perf_counter() - start
    if job is None or not job.sources:
        raise RuntimeError("there was no job to claim")
    return seconds * 1000


@dataclass(frozen=True, slots=True)
class _Service:
    """Where a loopback B2 listens, and its key."""

    url: str
    key_id: str
    key: str

    @property
    def variables(self) -> Mapping[str, str]:
        """The environment of both contenders."""
        return {
            "NO_PROXY": "127.0.0.1", "B2_APPLICATION_KEY_ID": self.key_id, "B2_APPLICATION_KEY": self.key,
            "RCLONE_CONFIG": "/dev/null", "RCLONE_CONFIG_L_TYPE": "b2", "RCLONE_CONFIG_L_ACCOUNT": self.key_id,
            "RCLONE_CONFIG_L_KEY": self.key, "RCLONE_CONFIG_L_ENDPOINT": self.url,
        }  # fmt: skip


def uploads_beside_rclone(work: Path, runs: int) -> list[Figure]:
    """The same files from the same disk to the same kind of server, which is a process of its own and empty each time.

    Where rclone is not on this machine, Safelight's own figures alone. Raises RuntimeError when not all arrived.
    """
    station = Station(work / "home", work / "CARD", work / "ssd", work / "nas").set_up()
    large(station.card, FILES)
    header = Path(__file__).resolve().parent.parent / "sample_cards" / _CLIP
    write_grown(station.card / "PRIVATE/M4ROOT/CLIP/C0001.MP4", header.read_bytes(), CLIP, 1, 1_748_727_600_000_000_000)
    station.run("ingest", station.card, "--json", "--shoot", "Wedding").demand()
    _set_cloud(station, "production")
    station.run("cloud", "add", "Wedding").demand()
    ours, theirs = list[Finished](), list[Finished]()
    for number in range(runs + 1):
        turns = [(_ours, ours), (_rclone, theirs)][: 2 if shutil.which("rclone") else 1]
        for turn, done in turns if number % 2 else turns[::-1]:
            with _service(work / "objects") as service:
                done.append(turn(station, service))
    del ours[0], theirs[:1]  # they warmed the caches
    size, words = FILES * LARGE + CLIP, f"{FILES} x {LARGE // 10**6} MB and a clip of {CLIP // 10**6} MB, to loopback"
    if not theirs:
        return [*_plain("safelight cloud run", ours, size)]
    time_ratio = tuple(a.seconds / b.seconds for a, b in zip(ours, theirs, strict=True))
    cpu_ratio = tuple(a.cpu / b.cpu for a, b in zip(ours, theirs, strict=True))
    return [
        Figure("cloud run / rclone copy, time", "x", time_ratio, SLOWER, f"{words}; 0.9 x the throughput"),
        Figure("cloud run / rclone copy, processor time", "x", cpu_ratio, MORE_CPU, "the clients alone"),
        *_plain("safelight cloud run", ours, size),
        *_plain("rclone copy", theirs, size),
    ]


def _plain(name: str, done: list[Finished], size: int) -> Iterator[Figure]:
    rates = tuple(size / 1e6 / each.seconds for each in done)
    yield Figure(f"  {name}", "MB/s", rates, None, f"{statistics.median(each.seconds for each in done):.1f} s")
    yield Figure(f"  {name}, user + system", "s", tuple(each.cpu for each in done))


def _ours(station: Station, service: _Service) -> Finished:
    _set_cloud(station, service.url)
    with closing(open_ledger(station.home / "ledger.sqlite")) as connection:
        connection.execute(_SENT_AGAIN)
    variables = {**station.variables, **service.variables}
    done = run([*safelight(), "cloud", "run", "--json"], variables=variables).demand()
    last = json.loads(done.lines[-1][1])
    if (last["sent"], last["checked"]) != (FILES + 1, FILES + 1):
        raise RuntimeError(f"not everything arrived: {last}")
    return done


def _rclone(station: Station, service: _Service) -> Finished:
    place = f"L:{BUCKET}/originals"
    done = run(["rclone", "copy", station.ssd, place, *_NOT_SENT], variables=service.variables).demand()
    there = json.loads(run(["rclone", "size", "--json", place], variables=service.variables).demand().text)
    if there["count"] != FILES + 1:
        raise RuntimeError(f"rclone: not everything arrived: {there}")
    return done


@contextlib.contextmanager
def _service(folder: Path) -> Iterator[_Service]:
    """A loopback B2 in a process of its own; what it holds lies in the folder and goes with it."""
    folder.mkdir()
    words = [sys.executable, "-m", "ingest.cloud.loopback", "--bucket", BUCKET, "--folder", str(folder)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            told = json.loads(process.stdout.readline())
            yield _Service(told["url"], told["key_id"], told["key"])
        finally:
            process.kill()
            shutil.rmtree(folder)


def _set_cloud(station: Station, realm: str) -> None:
    station.set_up()
    with (station.home / "config.toml").open("a", encoding="utf-8") as settings:
        settings.write(f'[cloud]\nkind = "b2"\nbucket = "{BUCKET}"\nrealm = "{realm}"\n')
