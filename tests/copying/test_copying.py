import errno
import hashlib
import os
import queue
import threading
from dataclasses import replace
from types import SimpleNamespace

import pytest
import xxhash

from ingest.copying import engine as engine_module
from ingest.copying.books import batches
from ingest.copying.destination import open_destination
from ingest.copying.engine import Engine
from ingest.copying.flight import Batch
from ingest.copying.held import Counters, HeldFile
from ingest.copying.jobs import CopyJob, Failure
from ingest.copying.limits import Limit
from ingest.copying.parcels import OrderedFile
from ingest.disk.folders import FileOpener
from ingest.errors import CardGone
from ingest.model.cards import CardFile
from ingest.model.copies import Method


def test_every_destination_gets_the_cards_bytes_proven_by_the_medium(bench):
    contents = {f"DCIM/{n}.JPG": os.urandom(size) for n, size in enumerate((0, 1, 4095, 100_000, 5 << 20, (4 << 20)))}
    outcomes = bench.copy([bench.job(bench.put(name, data)) for name, data in contents.items()])
    assert len(outcomes) == len(contents)
    for outcome in outcomes:
        data = contents[os.fsdecode(outcome.job.file.path)]
        assert outcome.xxh128 == xxhash.xxh3_128_digest(data)
        assert len(outcome.sha1) == 20
        for name, result in outcome.results.items():
            assert (result.failure, result.method) == (None, Method.DIRECT)
            copy = bench.roots[name] / os.fsdecode(result.path)
            assert copy.read_bytes() == data
            assert copy.stat().st_mtime_ns == outcome.job.file.mtime_ns
    assert not list(bench.roots["ssd"].glob(".safelight/incoming/*"))
    assert bench.seen[-1].proven["ssd"] == sum(map(len, contents.values()))


def test_another_file_of_the_same_name_stays_untouched_and_ours_is_kept_beside_it(bench):
    theirs = bench.roots["ssd"] / "shoot" / "A.JPG"
    theirs.parent.mkdir()
    theirs.write_bytes(b"not ours")
    [outcome] = bench.copy([bench.job(bench.put("A.JPG", b"ours"))])
    assert theirs.read_bytes() == b"not ours"
    assert outcome.results["ssd"].path == b"shoot/A-2.JPG"
    assert outcome.results["nas"].path == b"shoot/A.JPG"
    assert (bench.roots["ssd"] / "shoot" / "A-2.JPG").read_bytes() == b"ours"


def test_an_identical_file_under_the_name_counts_as_the_copy_and_no_second_one_is_made(bench):
    there = bench.roots["nas"] / "shoot" / "A.JPG"
    there.parent.mkdir()
    there.write_bytes(b"the same")
    inode = there.stat().st_ino
    [outcome] = bench.copy([bench.job(bench.put("A.JPG", b"the same"))])
    assert outcome.results["nas"].existed
    assert outcome.results["nas"].inode == inode
    assert [path.name for path in there.parent.iterdir()] == ["A.JPG"]


def test_a_planted_link_instead_of_a_folder_is_not_followed(bench, tmp_path):
    outside = tmp_path / "outside"
    outside.mkdir()
    (bench.roots["ssd"] / "shoot").symlink_to(outside)
    [outcome] = bench.copy([bench.job(bench.put("A.JPG", b"data"))])
    assert outcome.results["ssd"].failure is not None
    assert outcome.results["nas"].failure is None
    assert list(outside.iterdir()) == []


def test_a_card_file_that_is_a_link_is_not_followed(bench, tmp_path):
    (tmp_path / "secret").write_bytes(b"secret")
    (bench.card / "A.JPG").symlink_to(tmp_path / "secret")
    [outcome] = bench.copy([bench.job(CardFile(b"A.JPG", 6, 0))])
    assert outcome.problem
    assert not (bench.roots["ssd"] / "shoot").exists()


def test_a_file_that_changed_since_the_listing_is_not_copied_as_if_it_had_not(bench):
    file = bench.put("A.JPG", b"longer than listed")
    [outcome] = bench.copy([bench.job(file._replace(size=3))])
    assert outcome.changed
    assert not (bench.roots["ssd"] / "shoot" / "A.JPG").exists()
    assert not list(bench.roots["ssd"].glob(".safelight/incoming/*"))


def test_one_unreadable_file_in_the_middle_does_not_stop_the_others(bench):
    files = [bench.put("1.JPG", b"1"), CardFile(b"2.JPG", 5, 0), bench.put("3.JPG", b"3")]
    outcomes = bench.copy([bench.job(file) for file in files])
    assert [bool(outcome.problem) for outcome in outcomes] == [False, True, False]
    assert (bench.roots["nas"] / "shoot" / "3.JPG").read_bytes() == b"3"


def test_a_card_that_is_pulled_ends_with_card_gone_after_what_arrived_was_reported(bench):
    first, second = bench.put("1.JPG", os.urandom(1000)), bench.put("2.JPG", os.urandom(1000))
    arrived = []
    with FileOpener(os.fsencode(bench.card)) as opener:
        engine = Engine(opener, bench.places, tag="t", tick=lambda _: None)
        opener_open = opener.open

        def pulled(path):
            if path == b"2.JPG":
                bench.card.rename(bench.card.with_name("elsewhere"))
                raise OSError(errno.EIO, "gone")
            return opener_open(path)

        opener.open = pulled
        with pytest.raises(CardGone):  # noqa: PT012 - what was yielded before the error is the point
            for batch in engine.copy([bench.job(first), bench.job(second)]):
                arrived += batch
        engine.close()
    assert [bool(outcome.problem) for outcome in arrived] == [False, True]
    assert arrived[0].results["ssd"].failure is None


def test_a_write_error_at_one_destination_leaves_the_other_whole(bench, monkeypatch):
    from ingest.copying import writing

    write, broken = os.write, (bench.roots["ssd"] / ".safelight" / "incoming").stat().st_ino

    def failing(fd, data):
        folder = os.path.dirname(os.readlink(f"/proc/self/fd/{fd}"))
        if os.stat(folder).st_ino == broken:
            raise OSError(errno.EIO, "Input/output error")
        return write(fd, data)

    monkeypatch.setattr(writing.os, "write", failing)
    [outcome] = bench.copy([bench.job(bench.put("A.JPG", b"data"))])
    assert outcome.results["ssd"].failure is Failure.WRITE
    assert outcome.results["nas"].failure is None
    assert len(outcome.sha1) == 20


@pytest.mark.parametrize("broken", ["sync_filesystem", "sync_files"])
def test_a_refused_flush_loses_the_whole_batch_and_is_not_asked_again(bench, in_threads, monkeypatch, broken):
    from ingest.copying import writing

    asked = []

    def refuse(what):
        asked.append(what)
        error = OSError(errno.EIO, "Input/output error")
        if broken == "sync_filesystem":
            raise error
        return [error for _ in what]

    monkeypatch.setattr(writing, broken, refuse)
    if broken == "sync_files":
        bench.places = [replace(p, rules=replace(p.rules, barrier_is_syncfs=False)) for p in bench.places]
    files = [bench.put(f"{n}.JPG", b"data %d" % n) for n in range(3)]
    outcomes = bench.copy([bench.job(file) for file in files])
    assert {result.failure for outcome in outcomes for result in outcome.results.values()} == {Failure.FLUSH}
    assert len(asked) == 2
    assert not (bench.roots["ssd"] / "shoot").exists()
    assert not list(bench.roots["ssd"].glob(".safelight/incoming/*"))


def test_a_copy_that_comes_back_with_other_bytes_is_thrown_away(bench, monkeypatch):
    from ingest.copying import proving

    read_back = proving.read_back

    def lying(place, folder_fd, name, buffer, sinks):
        if place.name == "nas":
            for sink in sinks:
                sink(memoryview(b"a flipped bit"))
        return read_back(place, folder_fd, name, buffer, sinks)

    monkeypatch.setattr(proving, "read_back", lying)
    [outcome] = bench.copy([bench.job(bench.put("A.JPG", b"data"))])
    assert outcome.results["nas"].failure is Failure.MISMATCH
    assert not (bench.roots["nas"] / "shoot").exists()
    assert outcome.results["ssd"].failure is None


def test_an_unknown_error_in_a_prover_becomes_a_failure_and_never_silence(bench, monkeypatch):
    from ingest.copying import proving

    monkeypatch.setattr(proving.Prover, "_prove", lambda *_: 1 / 0)
    outcomes = bench.copy([bench.job(bench.put("A.JPG", b"data"))])
    assert {r.failure for o in outcomes for r in o.results.values()} == {Failure.WRITE}


def test_an_unknown_error_in_a_writer_becomes_a_failure_and_never_silence(bench, monkeypatch):
    from ingest.copying import writing

    monkeypatch.setattr(writing.Writer, "_barrier", lambda *_: 1 / 0)
    outcomes = bench.copy([bench.job(bench.put("A.JPG", b"data"))])
    assert {r.failure for o in outcomes for r in o.results.values()} == {Failure.WRITE}


def test_batches_are_bounded_by_files_and_by_bytes():
    small = [CopyJob(CardFile(b"%d" % n, 10, 0), b"", frozenset()) for n in range(600)]
    assert [len(batch) for batch in batches(small)] == [256, 256, 88]
    big = [CopyJob(CardFile(b"%d" % n, 700 << 20, 0), b"", frozenset()) for n in range(3)]
    assert [len(batch) for batch in batches(big)] == [1, 1, 1]


def test_the_sha1_is_taken_from_the_other_copy_when_the_first_destination_fails(bench, in_threads, monkeypatch):
    from ingest.copying import proving

    claimed = []
    prove = proving.Prover._prove

    def fails_after_claiming(self, file):
        if file.ordered.wants_sha1:
            claimed.append(self.place.name)
            raise OSError(errno.EIO, "Input/output error")
        return prove(self, file)

    monkeypatch.setattr(proving.Prover, "_prove", fails_after_claiming)
    [outcome] = bench.copy([bench.job(bench.put("A.JPG", b"data"))])
    good = next(name for name in bench.roots if name not in claimed)
    assert outcome.results[good].failure is None
    assert outcome.sha1 == hashlib.sha1(b"data").digest()


def test_a_file_of_another_writer_with_a_forged_xxh128_is_not_taken_for_the_copy(bench, monkeypatch):
    from ingest.copying import proving

    theirs = bench.roots["ssd"] / "shoot" / "A.JPG"
    theirs.parent.mkdir()
    theirs.write_bytes(b"evil")

    class Forged:
        def update(self, data):
            pass

        def digest(self):
            return xxhash.xxh3_128_digest(b"ours")

    monkeypatch.setattr(proving.xxhash, "xxh3_128", Forged)
    place, file = open_destination(bench.places[0]), bench.put("A.JPG", b"ours")
    held = HeldFile(OrderedFile(0, b"t", file.size, file.mtime_ns, True), xxh128=xxhash.xxh3_128_digest(b"ours"))
    (bench.roots["ssd"] / ".safelight" / "incoming" / "t").write_bytes(b"ours")
    counters = Counters(memoryview(bytearray(8 * Counters.CELLS)).cast("Q"))
    worker = proving.Prover(place, counters, queue.SimpleQueue(), lambda _: None, Limit(0, 0.0))
    worker._prove(held)
    worker._publish(held, b"shoot/A.JPG")
    place.close()
    assert theirs.read_bytes() == b"evil"
    assert held.result.path == b"shoot/A-2.JPG"


def test_stopping_in_the_middle_leaves_no_temporary_file_and_keeps_what_was_finished(bench):
    files = [bench.put(f"{n}.JPG", os.urandom(1000)) for n in range(600)]
    with FileOpener(os.fsencode(bench.card)) as opener:
        engine = Engine(opener, bench.places, tag="t", tick=lambda _: None)
        pump, read = engine._reader._pump, []
        first_batch_is_done = threading.Event()

        def slow(file, number):
            read.append(file)
            if len(read) == 300:
                first_batch_is_done.wait(20)
            return pump(file, number)

        engine._reader._pump = slow
        outcomes = engine.copy([bench.job(file) for file in files])
        fetched = next(outcomes)
        engine._stop.set()
        first_batch_is_done.set()
        engine.close()
        assert len(fetched) == 256
        finished = [outcome for outcomes in engine.left() for outcome in outcomes]
    assert finished == fetched  # nobody said that they were recorded
    assert all(result.failure is None for outcome in fetched for result in outcome.results.values())
    assert not list(bench.roots["ssd"].glob(".safelight/incoming/*"))
    assert len(list((bench.roots["nas"] / "shoot").iterdir())) == 256


def test_ctrl_c_in_the_moment_in_which_a_batch_is_taken_out_of_the_news_does_not_lose_it(bench, monkeypatch):
    class Interrupted(queue.SimpleQueue):
        """As when a signal arrives while `get` waits for its turn: it is told as soon as that has returned."""

        def get(self, *words, **named):
            news = super().get(*words, **named)
            if isinstance(news, Batch):
                raise KeyboardInterrupt
            return news

    monkeypatch.setattr(engine_module, "queue", SimpleNamespace(SimpleQueue=Interrupted, Empty=queue.Empty))
    job = bench.job(bench.put("A.JPG", b"the only one"))
    with FileOpener(os.fsencode(bench.card)) as opener:
        engine = Engine(opener, bench.places, tag="t", tick=lambda _: None)
        with pytest.raises(KeyboardInterrupt):
            next(engine.copy([job]))
        engine.close()
        [[outcome]] = engine.left()
    assert {name: result.failure for name, result in outcome.results.items()} == {"ssd": None, "nas": None}
    assert (bench.roots["ssd"] / "shoot" / "A.JPG").read_bytes() == b"the only one"
