"""A small session with the bucket behind the breaking relay: a photograph and a clip go up, are checked, come back."""

import hashlib
import os
import threading
import types
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import xxhash
from cloud_proxy import Break, Relay, RelayedB2, Way, relayed
from cloud_worlds import World

from ingest.care.restore import RestoreReport, Wanted, restore
from ingest.care.sources import BucketSource
from ingest.cloud.b2 import B2Store
from ingest.cloud.keys import ApplicationKey
from ingest.cloud.settling import RunSummary
from ingest.ledger.db import open_ledger
from ingest.model.copies import Digest

LARGE_FROM, PART = 4_000, 1_500
PHOTOGRAPH, CLIP = "Meyer/IMG_0001.JPG", "Meyer/MVI_0002.MP4"
SIZES = {PHOTOGRAPH: 3_000, CLIP: 4_100}  # the clip goes in three parts
FOLDER = Path("back")

ASKING = ("b2_authorize_account", "b2_list_file_names", "b2_get_upload_url")
IN_PARTS = ("b2_list_unfinished_large_files", "b2_start_large_file", "b2_get_upload_part_url", "b2_finish_large_file")
SENDING = ("b2_upload_file", "b2_upload_part")
UPWARDS = (*ASKING, *IN_PARTS, *SENDING)  # every call of `cloud run`, in a session without faults
CALLS_OF_A_RUN = 15  # without faults
DOWNWARDS = ("b2_authorize_account", "b2_get_file_info", "b2_download_file_by_id")  # of `restore`


@contextmanager
def quick_pauses(silence: float = 20.0) -> Iterator[None]:
    """Pauses between attempts take no time. silence: seconds after which a line without a sign is given up."""
    still = types.SimpleNamespace(sleep=lambda _seconds: None)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NO_PROXY", "127.0.0.1")
        patch.setattr("b2sdk._internal.b2http.time", still)
        patch.setattr("ingest.cloud.b2.time", still)
        for module in ("b2", "b2_parts"):
            patch.setattr(f"ingest.cloud.{module}.rest", lambda _seconds, _should_stop: None)
        for limit in ("ANSWER_SECONDS", "UPLOAD_SECONDS"):
            patch.setattr(f"ingest.cloud.b2_wire.{limit}", silence)
        yield


@dataclass
class CloudSession:
    """contents: key in the bucket -> its bytes. rests, duplicates: rests of the queue and second versions told, by all
    runs together.
    """

    world: World
    server: RelayedB2
    relay: Relay
    folder: Path
    contents: dict[str, bytes] = field(default_factory=dict)
    rests: int = 0
    duplicates: int = 0

    def __post_init__(self) -> None:
        for path, size in SIZES.items():
            data = os.urandom(size)
            self.contents[self.world.queue(path, data)] = data
        (self.folder / FOLDER).mkdir()

    def store(self) -> B2Store:
        key = ApplicationKey(self.server.key_id, self.server.key)
        return B2Store(self.server.bucket, key, realm=self.server.url, large_from=LARGE_FROM, part_size=PART)

    def run(self, **options: object) -> RunSummary:
        """`cloud run` once, in a new program as far as the store is concerned."""
        summary = self.world.run(self.server, **{"store": self.store(), "sleep": self._rested} | options)
        self.duplicates += summary.duplicates
        return summary

    def _rested(self, _seconds: float) -> None:
        self.rests += 1

    def restore(self) -> RestoreReport:
        """Both files below `folder/back`, from the bucket alone, as the ledger knows them."""
        rows = self.world.connection.execute("SELECT key, file_id FROM upload_job WHERE state IN ('sent', 'checked')")
        versions = {str(key): str(file_id) for key, file_id in rows}
        wanted = [
            Wanted(key.encode(), _digest(data), 1_700_000_000_000_000_000, {"b2": key.encode()})
            for key, data in self.contents.items()
        ]
        source = BucketSource("b2", self.store(), versions)
        return restore(wanted, [source], os.fsencode(self.folder / FOLDER), lambda _size: None)

    def objects(self) -> dict[str, list[bytes]]:
        """Key -> the bytes of each version that the service holds, by its own books."""
        held: dict[str, list[bytes]] = {}
        with self.server.lock:
            bucket = self.server.simulator.bucket_id_to_bucket[self.server.bucket_id]
            for file in bucket.file_id_to_file.values():
                if file.is_visible():
                    held.setdefault(file.name, []).append(bytes(file.data_bytes))
        return held

    def nothing_is_false(self) -> None:
        """What the ledger calls sent or checked is in the bucket, with these bytes; no name has other ones."""
        held = self.objects()
        for key, (state, _, _) in self.world.jobs().items():
            assert state != "needs you", (key, state)
            assert set(held.get(key, ())) <= {self.contents[key]}, f"{key}: other bytes in the bucket"
            assert state not in ("sent", "checked") or held.get(key), f"{key}: {state}, and the bucket holds nothing"
        assert set(held) <= set(self.contents)

    def is_complete(self) -> None:
        """Everything is in the bucket, once (but for second versions that were told), checked; nothing half is left."""
        self.nothing_is_false()
        assert self.world.states() == ["checked", "checked"], self.world.jobs()
        held = self.objects()
        assert {key: data[0] for key, data in held.items()} == self.contents
        assert sum(map(len, held.values())) - len(held) == self.duplicates
        assert self.unfinished() == 0, f"{self.unfinished()} unfinished files are left in the bucket"

    def unfinished(self) -> int:
        """Large files that were begun and neither finished nor cancelled."""
        with self.server.lock:
            bucket = self.server.simulator.bucket_id_to_bucket[self.server.bucket_id]
            return sum(file.action == "start" for file in bucket.file_id_to_file.values())

    def came_back(self) -> set[str]:
        """The keys of the files below `folder/back`; each of them is whole, and nothing else lies there."""
        back = self.folder / FOLDER
        found = {path.relative_to(back).as_posix(): path.read_bytes() for path in back.rglob("*") if path.is_file()}
        for key, data in found.items():
            assert data == self.contents.get(key), f"{key}: torn or foreign below a final name"
        return set(found)


def _digest(data: bytes) -> Digest:
    return Digest(len(data), xxhash.xxh3_128(data).digest(), hashlib.sha1(data).digest())


@contextmanager
def cloud_session(folder: Path, silence: float = 20.0) -> Iterator[CloudSession]:
    """A new ledger, bucket and relay. folder: empty or missing."""
    folder.mkdir(exist_ok=True)
    server = RelayedB2("my-archive", least_part_size=1_000)
    with quick_pauses(silence), closing(open_ledger(folder / "ledger.sqlite")) as ledger, relayed(server) as (_, relay):
        yield CloudSession(World(ledger, folder), server, relay, folder)


def whole_session(folder: Path, cut: tuple[int, Break] | None) -> int:
    """Send, check, bring back, with the line cut once after so many bytes; gives the bytes that passed in all.

    It goes on by itself: one cut costs neither a second `cloud run` nor a second `restore`.
    """
    with cloud_session(folder) as session:
        if cut:
            session.relay.cut_after(*cut)
        summary = session.run()
        assert summary.problem is None
        session.is_complete()
        assert session.restore().failed == {}
        assert session.came_back() == set(session.contents)
        assert len(session.relay.broken) == (1 if cut else 0)
        return session.relay.passed


def sweep(folder: Path, points: int) -> list[tuple[int, Break]]:
    """Break a session once at each of `points` places, spread evenly over all its bytes; gives the places.

    Every second one is a reset. The bytes of two sessions differ by a few (ports, tokens): the last place lies before.
    """
    folder.mkdir(exist_ok=True)
    total = whole_session(folder / "whole", None) - 200
    places = [(1 + total * n // points, (Break.CLOSE, Break.RESET)[n % 2]) for n in range(points)]
    for at, how in places:
        try:
            whole_session(folder / f"{at}", (at, how))
        except AssertionError as error:
            raise AssertionError(f"{how.name} after {at} of {total} bytes: {error}") from error
    return places


def breaks_in_passing(session: CloudSession, call: str, how: Break) -> None:
    """Within the request, before a byte of the answer, within the answer: one after another, and one run mends it."""
    session.relay.add(how, call, Way.UP, 0.5)
    session.relay.add(how, call, Way.DOWN, 0.0)
    session.relay.add(how, call, Way.DOWN, 0.7)
    assert session.run().problem is None
    session.is_complete()
    assert len(session.relay.broken) >= 2  # a small file whose answer was lost is found by a listing: no third upload


def keeps_breaking(session: CloudSession, call: str, way: Way, how: Break) -> None:
    """The run ends with nothing false, whatever it could do; the next one completes it."""
    session.relay.add(how, call, way, 0.5, times=1_000)
    session.run()
    session.nothing_is_false()
    assert session.relay.broken
    session.relay.clear()
    assert session.run().problem is None
    session.is_complete()


def goes_silent(session: CloudSession, call: str, way: Way) -> None:
    """Given up after our own limit, then tried again by the same run."""
    session.relay.add(Break.SILENCE, call, way, 0.5)
    assert session.run().problem is None
    session.is_complete()
    assert len(session.relay.broken) == 1


def only_pauses(session: CloudSession, call: str, way: Way) -> None:
    """Waited for; nothing is asked twice."""
    session.relay.add(Break.HOLD, call, way, 0.5)
    letting_go = threading.Timer(0.05, session.relay.let_go.set)
    session.relay.on_break = letting_go.start
    assert session.run().problem is None
    letting_go.join()
    session.is_complete()
    assert session.server.faults.calls("") == CALLS_OF_A_RUN
    assert len(session.relay.broken) == 1


def restore_breaks_once(session: CloudSession, call: str, share: float, how: Break) -> None:
    """One and the same restore brings every file back whole."""
    session.run()
    session.relay.add(how, call, Way.DOWN, share)
    assert session.restore().failed == {}
    assert session.came_back() == set(session.contents)
    assert len(session.relay.broken) == 1
