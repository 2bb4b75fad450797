"""Destinations as processes of their own: killed, hanging, slow or late ones harm nobody else."""

import contextlib
import errno
import hashlib
import os
import signal
import threading
import time
from dataclasses import replace
from multiprocessing.connection import Connection

import pytest
import xxhash

from ingest.copying import proving, reader, resume, writing
from ingest.copying.elsewhere import Elsewhere
from ingest.copying.engine import Engine
from ingest.copying.fairness import Fairness
from ingest.copying.hand import Hand
from ingest.copying.jobs import CopyJob, Failure, Partial, Source
from ingest.copying.turns import Turns
from ingest.disk.folders import FileOpener
from ingest.disk.forked import Forked
from ingest.errors import CardGone
from ingest.model.cards import CardFile
from ingest.model.copies import Digest, Method


def engine_of(bench, opener, **options):
    return Engine(opener, bench.places, tag="t", tick=lambda _: None, **options)


def run(bench, jobs, *, during=lambda engine: None, **options):
    """Outcomes of these jobs; `during` is called once the engine runs."""
    with FileOpener(os.fsencode(bench.card)) as opener:
        engine = engine_of(bench, opener, **options)
        try:
            answers = engine.copy(jobs)
            during(engine)
            return [outcome for batch in answers for outcome in batch]
        finally:
            engine.close()


def ends_in_time(monkeypatch):
    """Outcomes that never come are an error after 30 s."""
    until, real = time.monotonic() + 30, Engine._fetch

    def fetch(self):
        assert time.monotonic() < until
        return real(self)

    monkeypatch.setattr(Engine, "_fetch", fetch)
    return lambda _: None


def worker(engine, name):
    return engine._hands[name]._process.pid


def test_a_worker_that_is_killed_loses_its_destination_alone(bench, monkeypatch):
    release = threading.Event()
    real = reader.Reader._pump

    def waiting(self, file, number):
        release.wait(10)
        return real(self, file, number)

    monkeypatch.setattr(reader.Reader, "_pump", waiting)

    def kill(engine):
        os.kill(worker(engine, "nas"), signal.SIGKILL)
        while not engine.dead():
            time.sleep(0.01)
        release.set()

    outcomes = run(bench, [bench.job(bench.put(f"{n}.JPG", os.urandom(5000))) for n in range(20)], during=kill)
    at = {name: [o.results[name] for o in outcomes if name in o.results] for name in bench.roots}
    assert [result.failure for result in at["nas"]] == [Failure.GONE] * 20
    assert [(result.failure, result.method) for result in at["ssd"]] == [(None, Method.DIRECT)] * 20
    assert all(len(o.sha1) == 20 for o in outcomes)


def test_a_worker_that_hangs_is_given_up_after_the_patience_and_the_other_one_is_whole(bench):
    began = time.monotonic()
    outcomes = run(
        bench,
        [bench.job(bench.put(f"{n}.JPG", os.urandom(5000))) for n in range(20)],
        during=lambda engine: os.kill(worker(engine, "nas"), signal.SIGSTOP),
        patience=1,
    )
    assert time.monotonic() - began < 20
    at = {name: [o.results[name] for o in outcomes if name in o.results] for name in bench.roots}
    assert [result.detail for result in at["nas"]] == ["it did not answer for 1 s"] * 20
    assert [result.failure for result in at["ssd"]] == [None] * 20


def test_no_worker_outlives_its_engine(bench):
    pids = []
    run(
        bench,
        [bench.job(bench.put("A.JPG", b"a"))],
        during=lambda engine: pids.extend(worker(engine, n) for n in bench.roots),
    )
    assert not [pid for pid in pids if os.path.exists(f"/proc/{pid}")]


def test_the_jobs_of_a_large_card_are_taken_as_it_is_read_and_not_held_before(bench):
    is_begun = threading.Event()
    files = [bench.put(f"{n}.JPG", os.urandom(3000)) for n in range(3)]

    def jobs():
        assert is_begun.wait(20)
        yield from (bench.job(file) for file in files)

    with FileOpener(os.fsencode(bench.card)) as opener:
        engine = engine_of(bench, opener)
        try:
            engine.start(jobs())
            engine.name({})
            is_begun.set()
            outcomes = [outcome for batch in engine.outcomes() for outcome in batch]
        finally:
            engine.close()
    assert [outcome.job.file for outcome in outcomes] == files


def test_the_reader_waits_when_very_many_files_wait_for_their_names_and_goes_on_with_the_plan(bench, monkeypatch):
    monkeypatch.setattr("ingest.copying.books.BATCH_FILES", 2)
    monkeypatch.setattr("ingest.copying.reading._UNNAMED", 4)
    files = [bench.put(f"{n}.JPG", os.urandom(3000)) for n in range(9)]
    with FileOpener(os.fsencode(bench.card)) as opener:
        engine = engine_of(bench, opener)
        try:
            engine.start(bench.job(file) for file in files)
            while sum(engine.progress().files.values()) < 8:
                time.sleep(0.01)
            time.sleep(0.3)
            assert (engine.progress().read, engine.has_read_all) == (4 * 3000, False)
            engine.name({file.path: file.path for file in files})
            outcomes = [outcome for batch in engine.outcomes() for outcome in batch]
        finally:
            engine.close()
    assert [outcome.job.file for outcome in outcomes] == files


def test_an_end_is_not_held_up_while_the_reader_waits_for_names(bench, monkeypatch):
    monkeypatch.setattr("ingest.copying.books.BATCH_FILES", 1)
    monkeypatch.setattr("ingest.copying.reading._UNNAMED", 1)
    files = [bench.put(f"{n}.JPG", os.urandom(3000)) for n in range(3)]
    with FileOpener(os.fsencode(bench.card)) as opener:
        engine = engine_of(bench, opener)
        engine.start(bench.job(file) for file in files)
        while not sum(engine.progress().files.values()):
            time.sleep(0.01)
        engine.close()
    assert engine.progress().read == 3000


def test_nothing_gets_its_name_before_the_plan_is_made_and_everything_is_proven_meanwhile(bench):
    files = [bench.put(f"{n}.JPG", os.urandom(3000)) for n in range(5)]
    jobs = [CopyJob(file, None, frozenset(bench.roots)) for file in files]
    with FileOpener(os.fsencode(bench.card)) as opener:
        engine = engine_of(bench, opener)
        try:
            engine.start(jobs)
            while sum(engine.progress().files.values()) < 10:
                time.sleep(0.01)
            assert not (bench.roots["ssd"] / "shoot").exists()
            engine.name({file.path: b"shoot/" + file.path for file in files})
            outcomes = [outcome for batch in engine.outcomes() for outcome in batch]
        finally:
            engine.close()
    assert {result.failure for o in outcomes for result in o.results.values()} == {None}
    assert sorted(os.listdir(bench.roots["nas"] / "shoot")) == [f"{n}.JPG" for n in range(5)]


def test_a_file_that_the_plan_leaves_out_after_all_gets_no_name_and_leaves_nothing(bench):
    file = bench.put("A.JPG", b"data")
    with FileOpener(os.fsencode(bench.card)) as opener:
        engine = engine_of(bench, opener)
        engine.start([CopyJob(file, None, frozenset(bench.roots))])
        engine.name({})
        [[outcome]] = list(engine.outcomes())
        engine.close()
    assert {result.failure for result in outcome.results.values()} == {Failure.NAME}
    assert not list(bench.roots["ssd"].glob(".safelight/incoming/*"))


@pytest.fixture
def slow_nas(monkeypatch):
    """The rule has found the NAS to be slow from the start."""
    real = Fairness.__init__

    def slow(self, names, buffers):
        real(self, names, buffers)
        self.diverted = frozenset({"nas"})

    monkeypatch.setattr(Fairness, "__init__", slow)


def test_a_file_that_cannot_be_read_is_tried_again_for_those_who_were_to_be_fed_too(bench, slow_nas):
    good, bad = bench.put("1.JPG", b"1"), CardFile(b"2.JPG", 5, 0)
    outcomes = run(bench, [bench.job(good), bench.job(bad)])
    [lost] = [outcome for outcome in outcomes if outcome.problem]
    assert lost.job.lanes == {"ssd", "nas"}
    assert {(o.is_fed, *sorted(o.results)) for o in outcomes if not o.problem} == {(False, "ssd"), (True, "nas")}


def test_feeding_one_destination_lets_the_reader_no_further_ahead(bench, slow_nas):
    engines = []
    files = [bench.put(f"{n}.JPG", os.urandom(50)) for n in range(600)]
    run(bench, [bench.job(file) for file in files], during=engines.append)
    assert engines[0]._reading._may_read._value == 3


def test_a_limit_slows_a_destination_and_never_makes_it_look_dead(bench, monkeypatch):
    bench.places = [replace(p, place=replace(p.place, limit=1_000_000)) for p in bench.places]
    began = time.monotonic()
    [outcome] = run(bench, [bench.job(bench.put("A.JPG", os.urandom(2_000_000)))], patience=1)
    assert time.monotonic() - began > 3  # written and read back: four seconds, less the credit
    assert {result.failure for result in outcome.results.values()} == {None}


def test_a_worker_that_hangs_while_it_takes_a_sha1_is_given_up_too(bench, monkeypatch):
    prove = proving.Prover._prove

    def fails_to_take_it(self, file):
        if file.ordered.wants_sha1:
            raise OSError(errno.EIO, "Input/output error")
        return prove(self, file)

    monkeypatch.setattr(proving.Prover, "_prove", fails_to_take_it)
    monkeypatch.setattr(proving.Prover, "_on_sha1", lambda *_: time.sleep(60))
    began = time.monotonic()
    [outcome] = run(bench, [bench.job(bench.put("A.JPG", b"data"))], patience=1)
    assert time.monotonic() - began < 20
    assert outcome.sha1 == b""


@pytest.mark.parametrize("is_kept", [False, True])
def test_the_beginning_of_a_large_file_stays_only_where_somebody_remembers_it(bench, monkeypatch, is_kept):
    monkeypatch.setattr(reader, "RESUMED_FROM", 8 << 20)
    monkeypatch.setattr(resume, "CHUNK", 1 << 20)
    file = bench.put("CLIP.MOV", os.urandom(20 << 20))
    real, reads = os.readv, []

    def pulled(fd, buffers):
        if os.readlink(f"/proc/self/fd/{fd}").endswith("CLIP.MOV") and (reads.append(fd) or len(reads) == 3):
            bench.card.rename(bench.card.with_name("elsewhere"))
            raise OSError(errno.EIO, "gone")
        return real(fd, buffers)

    monkeypatch.setattr(os, "readv", pulled)
    remember = {"on_chunk": lambda *_: None} if is_kept else {}
    with pytest.raises(CardGone):
        run(bench, [bench.job(file)], **remember)
    left = [path.stat().st_size for path in bench.roots["ssd"].glob(".safelight/incoming/*")]
    assert left == ([8 << 20] if is_kept else [])


def known(data):
    return Digest(len(data), xxhash.xxh3_128_digest(data), hashlib.sha1(data).digest())


def test_content_that_is_proven_elsewhere_is_fed_from_there_and_the_card_is_not_read(bench):
    data = os.urandom(300_000)
    file = bench.put("A.JPG", data)
    copy = bench.roots["ssd"] / "A.JPG"
    copy.write_bytes(data)
    (bench.card / "A.JPG").unlink()
    job = CopyJob(file, b"shoot/A.JPG", frozenset({"nas"}), known(data), (Source("ssd", os.fsencode(copy)),))
    [outcome] = run(bench, [job])
    assert (outcome.is_fed, outcome.results["nas"].failure, outcome.sha1) == (True, None, known(data).sha1)
    assert (bench.roots["nas"] / "shoot" / "A.JPG").read_bytes() == data


def test_a_copy_that_rotted_feeds_nobody(bench):
    data = os.urandom(300_000)
    file = bench.put("A.JPG", data)
    copy = bench.roots["ssd"] / "A.JPG"
    copy.write_bytes(data[:-1] + bytes([data[-1] ^ 1]))
    job = CopyJob(file, b"shoot/A.JPG", frozenset({"nas"}), known(data), (Source("ssd", os.fsencode(copy)),))
    [outcome] = run(bench, [job])
    assert (outcome.results["nas"].failure, outcome.results["nas"].source) == (Failure.SOURCE, "ssd")
    assert not (bench.roots["nas"] / "shoot").exists()
    assert not list(bench.roots["nas"].glob(".safelight/incoming/*"))


def test_a_slow_destination_is_fed_from_the_fast_one_and_the_card_is_read_once(bench, monkeypatch):
    real, card_reads = writing.Writer._write, []

    def slow(self, file, view):
        if self.place.name == "nas" and not getattr(self, "feeding", False):
            time.sleep(0.25)
        real(self, file, view)

    def fed(self, feed):
        self.feeding = True
        real_feed(self, feed)

    real_feed = writing.Writer._on_feed
    monkeypatch.setattr(writing.Writer, "_write", slow)
    monkeypatch.setattr(writing.Writer, "_on_feed", fed)
    monkeypatch.setattr("ingest.copying.fairness._LEAST", 0.3)
    monkeypatch.setattr("ingest.copying.fairness._LEAST_BUFFERS", 1)
    real_pump = reader.Reader._pump

    def counting(self, file, number):
        card_reads.append(file.job.file.path)
        return real_pump(self, file, number)

    monkeypatch.setattr(reader.Reader, "_pump", counting)
    files = [bench.put(f"{n:02}.JPG", os.urandom(4 << 20)) for n in range(48)]
    outcomes = run(bench, [bench.job(file) for file in files])
    fed_there = [o.job.file.path for o in outcomes if o.is_fed]
    live_there = [o.job.file.path for o in outcomes if not o.is_fed and "nas" in o.results]
    assert fed_there
    assert sorted(fed_there + live_there) == sorted(file.path for file in files)
    assert sorted(card_reads) == sorted(file.path for file in files)
    assert {result.failure for o in outcomes for result in o.results.values()} == {None}
    for file in files:
        name = os.fsdecode(file.path)
        assert (bench.roots["nas"] / "shoot" / name).read_bytes() == (bench.card / name).read_bytes()


def test_a_large_file_goes_on_where_it_stopped_and_is_still_proven_whole(bench, monkeypatch):
    for module in (resume, reader):
        monkeypatch.setattr(module, "RESUMED_FROM", 8 << 20)
    monkeypatch.setattr("ingest.copying.reading.RESUMED_FROM", 8 << 20)
    monkeypatch.setattr(resume, "CHUNK", 4 << 20)
    data = os.urandom(20 << 20)
    file = bench.put("CLIP.MOV", data)
    chunks = tuple(xxhash.xxh3_128_digest(data[at : at + (4 << 20)]) for at in range(0, 12 << 20, 4 << 20))
    partials = []
    for name, length in (("ssd", 13 << 20), ("nas", 12 << 20)):
        path = bench.roots[name] / ".safelight" / "incoming" / "old"
        path.write_bytes(data[:length])
        partials.append(Partial(name, b"old", os.fsencode(path)))
    told = []
    job = CopyJob(file, b"shoot/CLIP.MOV", frozenset(bench.roots), chunks=chunks, partials=tuple(partials))
    engines = []
    [outcome] = run(bench, [job], during=engines.append, on_chunk=lambda *news: told.append(news[1]))
    assert engines[0].progress().read == 8 << 20
    assert told == [3, 4]
    assert outcome.xxh128 == xxhash.xxh3_128_digest(data)
    assert {result.failure for result in outcome.results.values()} == {None}
    for root in bench.roots.values():
        assert (root / "shoot" / "CLIP.MOV").read_bytes() == data
        assert not list(root.glob(".safelight/incoming/*"))


def test_a_partial_file_is_believed_only_as_far_as_it_equals_what_the_card_gave(bench, monkeypatch):
    monkeypatch.setattr(resume, "CHUNK", 4 << 20)
    data = os.urandom(16 << 20)
    file = bench.put("CLIP.MOV", data)
    chunks = tuple(xxhash.xxh3_128_digest(data[at : at + (4 << 20)]) for at in range(0, 16 << 20, 4 << 20))
    path = bench.roots["ssd"] / "partial"
    path.write_bytes(data[: 5 << 20] + b"\0" * (11 << 20))
    job = CopyJob(file, None, frozenset({"ssd"}), chunks=chunks, partials=(Partial("ssd", b"p", os.fsencode(path)),))
    with contextlib.closing(Elsewhere(60)) as elsewhere:
        assert resume.resumed(job, elsewhere).start == 4 << 20


def test_a_beginning_at_a_destination_that_gets_no_live_bytes_holds_nobody_up(bench, monkeypatch):
    monkeypatch.setattr("ingest.copying.reading.RESUMED_FROM", 8 << 20)
    monkeypatch.setattr(resume, "CHUNK", 4 << 20)
    monkeypatch.setattr(Turns, "live", lambda self, names: names - {"nas"} or names)
    data = os.urandom(20 << 20)
    file = bench.put("CLIP.MOV", data)
    path = bench.roots["nas"] / ".safelight" / "incoming" / "old"
    path.write_bytes(data[: 8 << 20])
    chunks = tuple(xxhash.xxh3_128_digest(data[at : at + (4 << 20)]) for at in (0, 4 << 20))
    partials = (Partial("nas", b"old", os.fsencode(path)),)
    job = CopyJob(file, b"shoot/CLIP.MOV", frozenset(bench.roots), chunks=chunks, partials=partials)
    outcomes = run(bench, [job], during=ends_in_time(monkeypatch), on_chunk=lambda *_: None)
    assert sorted((o.is_fed, name, r.failure) for o in outcomes for name, r in o.results.items()) == [
        (False, "ssd", None),
        (True, "nas", None),
    ]


def test_an_end_is_not_held_up_by_the_beginning_of_a_large_file_that_is_read(bench, monkeypatch):
    monkeypatch.setattr("ingest.copying.reading.RESUMED_FROM", 8 << 20)
    monkeypatch.setattr(resume, "CHUNK", 4 << 20)
    data = os.urandom(40 << 20)
    file = bench.put("CLIP.MOV", data)
    path = bench.roots["nas"] / ".safelight" / "incoming" / "old"
    path.write_bytes(data)
    chunks = tuple(xxhash.xxh3_128_digest(data[at : at + (4 << 20)]) for at in range(0, 40 << 20, 4 << 20))
    job = CopyJob(file, None, frozenset({"nas"}), chunks=chunks, partials=(Partial("nas", b"old", os.fsencode(path)),))
    began, ended, pieces, real = threading.Event(), threading.Event(), [], Elsewhere.piece

    def piece(*words):
        pieces.append(words)
        began.set()
        ended.wait(20)
        return real(*words)

    monkeypatch.setattr(Elsewhere, "piece", piece)
    with FileOpener(os.fsencode(bench.card)) as opener:
        running = engine_of(bench, opener, on_chunk=lambda *_: None)
        running.start([job])
        began.wait(20)
        running._stop.set()
        ended.set()
        running.close()
    assert len(pieces) == 1
    assert path.read_bytes() == data


def test_two_threads_never_speak_to_a_worker_at_once(bench, monkeypatch):
    heard, inside, at_once = [], threading.Lock(), []

    def slowly(self, parcel):
        if not inside.acquire(blocking=False):
            at_once.append(parcel)
            return
        time.sleep(0.01)
        heard.append(parcel)
        inside.release()

    with FileOpener(os.fsencode(bench.card)) as opener:
        running = engine_of(bench, opener)
        hand = running._hands["nas"]
        with monkeypatch.context() as patch:
            patch.setattr(Connection, "send", slowly)
            threads = [threading.Thread(target=hand.send, args=(number,)) for number in range(8)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        running.close()
    assert (sorted(heard), at_once) == (list(range(8)), [])


def children():
    with open(f"/proc/self/task/{os.getpid()}/children", encoding="ascii") as file:
        return set(file.read().split())


@pytest.mark.parametrize("step", ["__init__", "start"])
def test_an_engine_that_is_interrupted_before_it_is_one_leaves_no_worker(bench, monkeypatch, step):
    real, calls, threads, before = getattr(Hand, step), [], set(threading.enumerate()), children()

    def interrupted(self, *words):
        calls.append(self)
        if len(calls) == 2:
            raise KeyboardInterrupt
        real(self, *words)

    monkeypatch.setattr(Hand, step, interrupted)
    with FileOpener(os.fsencode(bench.card)) as opener, pytest.raises(KeyboardInterrupt) as told:
        engine_of(bench, opener)
    assert (len(calls), told.type) == (2, KeyboardInterrupt)
    assert children() <= before
    assert set(threading.enumerate()) <= threads  # one of an earlier test may have ended meanwhile


def test_ctrl_c_that_comes_while_a_child_is_forked_leaves_none(monkeypatch):
    real, ended, before, until = signal.pthread_sigmask, [], children(), time.monotonic() + 20

    def sigmask(how, signals):
        answer = real(how, signals)
        if how == signal.SIG_SETMASK and not ended:
            ended.append(how)
            raise KeyboardInterrupt
        return answer

    monkeypatch.setattr(signal, "pthread_sigmask", sigmask)
    with pytest.raises(KeyboardInterrupt):
        Forked(lambda: time.sleep(60), ())
    while children() - before and time.monotonic() < until:
        Forked(lambda: None, ()).wait(5)  # it buries those before it
    assert children() <= before
