"""What a power cut, a kill or a second session may leave, and that the same call goes on from there."""

import contextlib
import errno
import fcntl
import itertools
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from manifest_cases import CARD, chain, entries, manifests, plant, record

from ingest.disk.atomic import write_durably
from ingest.manifest import store
from ingest.manifest.errors import HistoryBusy
from ingest.manifest.history import read_history
from ingest.manifest.records import History, Outcome

ROOT = Path(__file__).resolve().parents[2]
MORE = {b"102CANON/IMG_0002.JPG": b"new", b"102CANON/IMG_0003.JPG": b"newer"}


class PowerCutError(BaseException):
    """Nothing may catch it."""


def read(folder: Path) -> History:
    return read_history(os.fsencode(folder))


@contextlib.contextmanager
def power_cut(nth: int) -> Iterator[None]:
    """Within the block the nth durable write, and all later ones, never happen; the block must not survive it."""
    count = itertools.count(1)

    def write(folder: bytes, name: bytes, data: bytes, *, replace: bool) -> None:
        if next(count) >= nth:
            raise PowerCutError
        write_durably(folder, name, data, replace=replace)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store, "write_durably", write)
        with pytest.raises(PowerCutError):
            yield


@pytest.mark.parametrize("generations", [0, 1])
@pytest.mark.parametrize("nth", [1, 2])
def test_a_power_cut_between_the_writes_is_made_good_by_the_same_call(shoot: Path, generations: int, nth: int) -> None:
    plant(shoot, {**CARD, **MORE})
    if generations:
        record(shoot, entries(CARD))
    wanted = entries(MORE) if generations else entries({**CARD, **MORE})
    with power_cut(nth):
        record(shoot, wanted, later=60)
    assert len(read(shoot).links) == generations
    assert (read(shoot).interrupted is not None) == (nth == 2)

    done = record(shoot, wanted, later=120)
    assert done.outcome == (Outcome.COMPLETED if nth == 2 else Outcome.WRITTEN)
    assert done.number == generations + 1
    assert read(shoot).interrupted is None
    assert read(shoot).files.keys() == {*CARD, *MORE}
    assert record(shoot, wanted, later=180).outcome == Outcome.ALREADY_RECORDED


def test_an_interrupted_generation_is_completed_before_other_files_are_added(shoot: Path) -> None:
    plant(shoot, {**CARD, **MORE})
    with power_cut(2):
        record(shoot, entries(CARD))
    done = record(shoot, entries(MORE), later=60)
    assert (done.outcome, done.number) == (Outcome.WRITTEN, 2)
    assert [link.number for link in read(shoot).links] == [1, 2]
    assert read(shoot).files.keys() == {*CARD, *MORE}


@pytest.mark.parametrize("torn", [b"", b"\x00" * 500, b'<?xml version="1.0" encoding="UTF-8"?>\n<hashlist'])
def test_a_torn_manifest_of_an_interrupted_write_is_set_aside_and_written_anew(shoot: Path, torn: bytes) -> None:
    plant(shoot, CARD)
    record(shoot, entries(CARD))
    plant(shoot, MORE)
    litter = shoot / "ascmhl" / "0002_2025-05-31 Meyer_2025-05-31_213100Z.mhl"
    for attempt in (1, 2):  # the second time a torn one of this name lies there already
        litter.write_bytes(torn)
        assert read(shoot).interrupted is not None
        with power_cut(1):
            record(shoot, entries(MORE), later=60)
        assert litter.with_name(f"{litter.name}.interrupted-{attempt}").read_bytes() == torn
    done = record(shoot, entries(MORE), later=60)
    assert (done.outcome, done.number) == (Outcome.WRITTEN, 2)
    assert read(shoot).files.keys() == {*CARD, *MORE}


def test_an_interrupted_manifest_that_contradicts_the_chain_is_set_aside(shoot: Path) -> None:
    plant(shoot, {**CARD, **MORE})
    record(shoot, entries(CARD))
    with power_cut(2):
        record(shoot, entries({**CARD, **MORE}), later=60)
    litter = manifests(shoot)[1]
    litter.write_text(litter.read_text().replace("3043c78169f25c3f97d5a48ef320eec2", "0" * 32))
    done = record(shoot, entries({**CARD, **MORE}), later=120)
    assert (done.outcome, done.number, done.failed) == (Outcome.WRITTEN, 2, ())
    assert litter.with_name(litter.name + ".interrupted-1").exists()


def test_a_history_folder_left_empty_is_filled(shoot: Path) -> None:
    plant(shoot, CARD)
    (shoot / "ascmhl").mkdir()
    assert record(shoot, entries(CARD)).number == 1


def test_temporary_files_of_a_killed_write_are_no_obstacle(shoot: Path) -> None:
    plant(shoot, CARD)
    record(shoot, entries(CARD))
    (shoot / "ascmhl" / ".safelight-00ff").write_bytes(b"half")
    plant(shoot, MORE)
    assert record(shoot, entries(MORE), later=60).number == 2


def test_a_chain_that_another_station_wrote_meanwhile_is_not_replaced(
    shoot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(shoot, {**CARD, **MORE})
    record(shoot, entries(CARD))

    def write(folder: bytes, name: bytes, data: bytes, *, replace: bool) -> None:
        write_durably(folder, name, data, replace=replace)
        if not replace:  # the other station's chain arrives between our manifest and our chain
            chain(shoot).write_bytes(chain(shoot).read_bytes() + b" ")

    monkeypatch.setattr(store, "write_durably", write)
    with pytest.raises(HistoryBusy) as caught:
        record(shoot, entries(MORE), later=60)
    assert caught.value.retriable
    assert len(manifests(shoot)) == 1
    assert chain(shoot).read_bytes().endswith(b" ")


def test_a_lock_that_is_never_released_ends_in_an_answer(shoot: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(shoot, CARD)
    record(shoot, entries(CARD))
    holder = os.open(shoot / "ascmhl", os.O_RDONLY)
    try:
        fcntl.flock(holder, fcntl.LOCK_EX)
        monkeypatch.setattr(store, "_WAIT_S", 0.0)
        with pytest.raises(HistoryBusy):
            record(shoot, entries(MORE), later=60)
    finally:
        os.close(holder)


def test_a_session_waits_for_the_lock_of_another(shoot: Path) -> None:
    plant(shoot, {**CARD, **MORE})
    record(shoot, entries(CARD))
    holder = os.open(shoot / "ascmhl", os.O_RDONLY)
    fcntl.flock(holder, fcntl.LOCK_EX)
    threading.Timer(0.2, os.close, [holder]).start()
    assert record(shoot, entries(MORE), later=60).number == 2


def test_where_no_lock_is_offered_the_history_is_written_all_the_same(
    shoot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_fd: int, _how: int) -> None:
        raise OSError(errno.EBADF, "Bad file descriptor")

    plant(shoot, CARD)
    monkeypatch.setattr(fcntl, "flock", refuse)
    assert record(shoot, entries(CARD)).number == 1


def test_sessions_at_the_same_time_lose_no_generation(shoot: Path) -> None:
    cards = [{b"card %d/IMG_%d.JPG" % (n, i): b"%d.%d" % (n, i) for i in range(3)} for n in range(8)]
    for card in cards:
        plant(shoot, card)
    done: list[int] = []
    threads = [
        threading.Thread(target=lambda card=card: done.append(record(shoot, entries(card)).number)) for card in cards
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == list(range(1, 9))
    history = read(shoot)
    assert len(history.links) == 8
    assert history.files.keys() == {path for card in cards for path in card}


KILLED = """
import os, signal, sys
sys.path[:0] = [{root!r}, {tests!r}]
from ingest.manifest import store
from manifest_cases import CARD, entries, record
from pathlib import Path
real, left = store.write_durably, [{after}]
def write(*a, **k):
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1
    real(*a, **k)
store.write_durably = write
record(Path({folder!r}), entries(CARD))
"""


@pytest.mark.parametrize("after", [0, 1])
def test_a_killed_process_holds_no_lock_and_leaves_a_state_to_go_on_from(shoot: Path, after: int) -> None:
    plant(shoot, CARD)
    code = KILLED.format(root=str(ROOT), tests=str(Path(__file__).parent), after=after, folder=str(shoot))
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -9
    done = record(shoot, entries(CARD), later=60)
    assert done.outcome == (Outcome.COMPLETED if after else Outcome.WRITTEN)
    assert done.number == 1
    assert read(shoot).files.keys() == CARD.keys()


def test_the_temporary_file_of_a_power_cut_is_removed_by_the_next_call_unless_another_session_may_write_it(
    shoot: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(shoot, CARD)
    record(shoot, entries(CARD))
    left = shoot / "ascmhl" / (".safelight-" + "0a" * 16)
    left.write_bytes(b"half a generation")
    with monkeypatch.context() as patch:
        patch.setattr(store, "_lock", lambda _fd, _folder: False)  # as on a file system without locks
        record(shoot, entries(CARD), later=60)
    assert left.exists()
    assert record(shoot, entries(CARD), later=60).outcome is Outcome.ALREADY_RECORDED
    assert not left.exists()
