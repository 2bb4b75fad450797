import errno
import hashlib
import os
import queue
from dataclasses import replace

import pytest
import xxhash

from ingest.copying.destination import MARKER, PRIVATE, admit
from ingest.copying.engine import Engine, batches
from ingest.copying.flight import FileInFlight
from ingest.copying.jobs import CopyJob, Failure
from ingest.disk import publish as publish_module
from ingest.disk.folders import FileOpener, FolderCache
from ingest.disk.publish import publish
from ingest.errors import CardGone, DestinationMissing, DestinationReadOnly, DestinationRefused
from ingest.model.cards import CardFile
from ingest.model.copies import Method
from ingest.model.places import Destination, DestinationKind


class Bench:
    """A card and admitted destinations in a folder, and the engine between them."""

    def __init__(self, base, names=("ssd", "nas")):
        self.card = base / "card"
        self.card.mkdir()
        self.roots = {name: base / name for name in names}
        for root in self.roots.values():
            root.mkdir()
        self.places = [admit(self.place(name), "") for name in names]
        self.intents = []
        self.seen = []

    def place(self, name):
        return Destination(name, DestinationKind.SSD, os.fsencode(self.roots[name]))

    def put(self, name, data):
        path = self.card / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        info = path.stat()
        return CardFile(os.fsencode(name), info.st_size, info.st_mtime_ns)

    def copy(self, jobs):
        with FileOpener(os.fsencode(self.card)) as opener:
            engine = Engine(opener, self.places, tag="t", on_intents=self.intents.extend, tick=self.seen.append)
            try:
                return [outcome for batch in engine.copy(jobs) for outcome in batch]
            finally:
                engine.close()

    def job(self, file, path=None, lanes=None):
        return CopyJob(file, path or b"shoot/" + file.path, frozenset(lanes or self.roots))


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


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
    assert {name for name, _, _ in bench.intents} == {"ssd", "nas"}
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
    [outcome] = bench.copy([bench.job(replace(file, size=3))])
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
        engine = Engine(opener, bench.places, tag="t", on_intents=lambda _: None, tick=lambda _: None)
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
    from ingest.copying import lane

    write, broken = os.write, os.fstat(bench.places[0].incoming_fd).st_ino

    def failing(fd, data):
        folder = os.path.dirname(os.readlink(f"/proc/self/fd/{fd}"))
        if os.stat(folder).st_ino == broken:
            raise OSError(errno.EIO, "Input/output error")
        return write(fd, data)

    monkeypatch.setattr(lane.os, "write", failing)
    [outcome] = bench.copy([bench.job(bench.put("A.JPG", b"data"))])
    assert outcome.results["ssd"].failure is Failure.WRITE
    assert outcome.results["nas"].failure is None
    assert len(outcome.sha1) == 20


@pytest.mark.parametrize("broken", ["sync_filesystem", "sync_files"])
def test_a_refused_flush_loses_the_whole_batch_and_is_not_asked_again(bench, monkeypatch, broken):
    from ingest.copying import lane

    asked = []

    def refuse(what):
        asked.append(what)
        error = OSError(errno.EIO, "Input/output error")
        if broken == "sync_filesystem":
            raise error
        return [error for _ in what]

    monkeypatch.setattr(lane, broken, refuse)
    if broken == "sync_files":
        bench.places = [replace(p, rules=replace(p.rules, barrier_is_syncfs=False)) for p in bench.places]
    files = [bench.put(f"{n}.JPG", b"data %d" % n) for n in range(3)]
    outcomes = bench.copy([bench.job(file) for file in files])
    assert {result.failure for outcome in outcomes for result in outcome.results.values()} == {Failure.FLUSH}
    assert len(asked) == 2
    assert not (bench.roots["ssd"] / "shoot").exists()
    assert not list(bench.roots["ssd"].glob(".safelight/incoming/*"))


def test_a_copy_that_comes_back_with_other_bytes_is_thrown_away(bench, monkeypatch):
    from ingest.copying import prover

    read_back = prover.read_back

    def lying(place, folder_fd, name, buffer, sinks):
        if place.name == "nas":
            for sink in sinks:
                sink(memoryview(b"a flipped bit"))
        return read_back(place, folder_fd, name, buffer, sinks)

    monkeypatch.setattr(prover, "read_back", lying)
    [outcome] = bench.copy([bench.job(bench.put("A.JPG", b"data"))])
    assert outcome.results["nas"].failure is Failure.MISMATCH
    assert not (bench.roots["nas"] / "shoot").exists()
    assert outcome.results["ssd"].failure is None


def test_an_unknown_error_in_a_prover_becomes_a_failure_and_never_silence(bench, monkeypatch):
    from ingest.copying import prover

    monkeypatch.setattr(prover.Prover, "_prove", lambda *_: 1 / 0)
    outcomes = bench.copy([bench.job(bench.put("A.JPG", b"data"))])
    assert {r.failure for o in outcomes for r in o.results.values()} == {Failure.WRITE}


def test_an_unknown_error_in_a_writer_becomes_a_failure_and_never_silence(bench, monkeypatch):
    from ingest.copying import lane

    monkeypatch.setattr(lane.Lane, "_barrier", lambda *_: 1 / 0)
    outcomes = bench.copy([bench.job(bench.put("A.JPG", b"data"))])
    assert {r.failure for o in outcomes for r in o.results.values()} == {Failure.WRITE}


def test_batches_are_bounded_by_files_and_by_bytes():
    small = [CopyJob(CardFile(b"%d" % n, 10, 0), b"", frozenset()) for n in range(600)]
    assert [len(batch) for batch in batches(small)] == [256, 256, 88]
    big = [CopyJob(CardFile(b"%d" % n, 700 << 20, 0), b"", frozenset()) for n in range(3)]
    assert [len(batch) for batch in batches(big)] == [1, 1, 1]


def test_a_destination_known_to_the_ledger_without_its_marker_is_refused_and_nothing_is_written(bench):
    root = bench.roots["nas"]
    marker = bench.places[1].marker
    for path in (root / ".safelight").rglob("*"):
        if path.is_file():
            path.unlink()
    before = sorted(root.rglob("*"))
    with pytest.raises(DestinationMissing, match="not the destination that was used before"):
        admit(bench.place("nas"), marker)
    assert sorted(root.rglob("*")) == before


def test_another_destinations_marker_is_refused(bench):
    with pytest.raises(DestinationRefused, match="another destination"):
        admit(bench.place("nas"), bench.places[0].marker)


def test_a_damaged_marker_is_never_taken_for_first_use(bench):
    (bench.roots["nas"] / os.fsdecode(PRIVATE) / os.fsdecode(MARKER)).write_bytes(b"{ torn")
    with pytest.raises(DestinationMissing):
        admit(bench.place("nas"), "")


def test_a_destination_that_is_not_there_is_missing(bench):
    bench.roots["nas"].rename(bench.roots["nas"].with_name("away"))
    with pytest.raises(DestinationMissing, match="there is no folder"):
        admit(bench.place("nas"), "")


def test_a_folder_that_this_user_may_not_write_is_read_only(bench, monkeypatch):
    from ingest.copying import destination

    def refused(*_args, **_kwargs):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(destination, "open_folder", refused)
    with pytest.raises(DestinationReadOnly):
        admit(bench.place("nas"), bench.places[1].marker)


def test_a_swapped_mount_is_noticed_before_anything_is_published(bench):
    root = bench.roots["nas"]
    root.rename(root.with_name("old"))
    root.mkdir()
    [outcome] = bench.copy([bench.job(bench.put("A.JPG", b"data"))])
    assert outcome.results["nas"].failure is Failure.GONE
    assert outcome.results["ssd"].failure is None
    assert list(root.iterdir()) == []


WAYS = ["_rename_noreplace", "_link_then_unlink", "_look_then_rename"]


@pytest.mark.parametrize("first", range(3), ids=WAYS)
def test_publishing_never_replaces_whichever_call_the_file_system_offers(tmp_path, monkeypatch, first):
    def not_offered(*_):
        raise OSError(errno.EINVAL, "not offered")

    for name in WAYS[:first]:
        monkeypatch.setattr(publish_module, name, not_offered)
    (tmp_path / "new").write_bytes(b"ours")
    (tmp_path / "taken").write_bytes(b"theirs")
    fd = os.open(tmp_path, os.O_RDONLY)
    with pytest.raises(FileExistsError):
        publish(fd, b"new", fd, b"taken")
    assert (tmp_path / "taken").read_bytes() == b"theirs"
    assert (tmp_path / "new").read_bytes() == b"ours"
    publish(fd, b"new", fd, b"free")
    os.close(fd)
    assert (tmp_path / "free").read_bytes() == b"ours"
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("path", [b"/etc", b"../x", b"a/../../x", b"a//b", b"."])
def test_no_path_leaves_its_root(tmp_path, path):
    root_fd = os.open(tmp_path, os.O_RDONLY)
    folders = FolderCache(root_fd)
    with pytest.raises((ValueError, OSError)):
        folders.open(path, make=True)
    folders.close()
    os.close(root_fd)
    assert not (tmp_path.parent / "x").exists()


def test_a_deep_tree_is_walked_although_few_descriptors_are_kept(tmp_path):
    root_fd = os.open(tmp_path, os.O_RDONLY)
    folders = FolderCache(root_fd)
    deep = b"/".join(b"d%d" % n for n in range(200))
    before = len(os.listdir("/proc/self/fd"))
    folders.open(deep, make=True)
    assert os.path.isdir(os.path.join(os.fsencode(tmp_path), deep))
    assert len(os.listdir("/proc/self/fd")) - before <= 65
    folders.close()
    os.close(root_fd)


def test_the_sha1_is_taken_from_the_other_copy_when_the_first_destination_fails(bench, monkeypatch):
    from ingest.copying import prover

    claimed = []
    prove = prover.Prover._prove

    def fails_after_claiming(self, file, name):
        if not claimed:
            claimed.append(self.place.name)
            file.claim_sha1()
            raise OSError(errno.EIO, "Input/output error")
        return prove(self, file, name)

    monkeypatch.setattr(prover.Prover, "_prove", fails_after_claiming)
    [outcome] = bench.copy([bench.job(bench.put("A.JPG", b"data"))])
    good = next(name for name in bench.roots if name not in claimed)
    assert outcome.results[good].failure is None
    assert outcome.sha1 == hashlib.sha1(b"data").digest()


def test_a_file_of_another_writer_with_a_forged_xxh128_is_not_taken_for_the_copy(bench, monkeypatch):
    from ingest.copying import prover

    theirs = bench.roots["ssd"] / "shoot" / "A.JPG"
    theirs.parent.mkdir()
    theirs.write_bytes(b"evil")

    class Forged:
        def update(self, data):
            pass

        def digest(self):
            return xxhash.xxh3_128_digest(b"ours")

    monkeypatch.setattr(prover.xxhash, "xxh3_128", Forged)
    place, file = bench.places[0], bench.put("A.JPG", b"ours")
    flight = FileInFlight(bench.job(file), {"ssd": b"t"})
    flight.xxh128 = xxhash.xxh3_128_digest(b"ours")
    (bench.roots["ssd"] / ".safelight" / "incoming" / "t").write_bytes(b"ours")
    worker = prover.Prover(place, queue.SimpleQueue(), queue.SimpleQueue())
    worker._one(flight)
    assert theirs.read_bytes() == b"evil"
    assert flight.results["ssd"].path == b"shoot/A-2.JPG"


def test_stopping_in_the_middle_leaves_no_temporary_file_and_keeps_what_was_finished(bench):
    files = [bench.put(f"{n}.JPG", os.urandom(1000)) for n in range(600)]
    with FileOpener(os.fsencode(bench.card)) as opener:
        engine = Engine(opener, bench.places, tag="t", on_intents=lambda _: None, tick=lambda _: None)
        reader = engine.copy([bench.job(file) for file in files])
        pump, read = engine._pump, []

        def stopped(file, lanes):
            read.append(file)
            if len(read) == 300:
                raise KeyboardInterrupt
            pump(file, lanes)

        engine._pump = stopped
        with pytest.raises(KeyboardInterrupt):
            next(reader)
        engine.close()
        finished = [outcome for outcomes in engine.left() for outcome in outcomes]
    assert len(finished) == 256
    assert all(result.failure is None for outcome in finished for result in outcome.results.values())
    assert not list(bench.roots["ssd"].glob(".safelight/incoming/*"))
    assert len(list((bench.roots["nas"] / "shoot").iterdir())) == 256
