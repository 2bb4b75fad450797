"""The stages of a session overlap: reading does not wait for the plan, nor the second read for the last proofs."""

import os
import threading
import time

from ingest.copying.crew import Waiting
from ingest.copying.engine import Engine
from ingest.copying.jobs import CopyResult, Failure
from ingest.copying.proving import Prover
from ingest.copying.reader import Reader
from ingest.session import reader, run
from ingest.session.reread import SecondRead


def _soon(answer, seconds=20.0):
    """Wait until `answer()` is true; False when it does not come."""
    end = time.monotonic() + seconds
    while not answer() and time.monotonic() < end:
        time.sleep(0.02)
    return bool(answer())


def test_the_card_is_read_and_proven_while_the_plan_is_still_being_made(studio, in_threads, sabotage):
    studio.shoot(4)
    proven, real, prove = [], run.captures_of, Prover._prove
    sabotage.setattr(Prover, "_prove", lambda self, file: (prove(self, file), proven.append(file.name))[0])
    seen = {}

    def captures_of(*words):
        seen["proven"] = _soon(lambda: len(proven) == 8)
        seen["named"] = len(studio.copies(studio.ssd)) + len(studio.copies(studio.nas))
        return real(*words)

    sabotage.setattr(run, "captures_of", captures_of)
    assert studio.ingest().level == "safe"
    assert seen == {"proven": True, "named": 0}
    assert studio.holds_everything()
    assert studio.leftovers() == []


def test_a_plan_that_fails_leaves_no_copy_and_no_temporary_file(studio, sabotage):
    studio.shoot(4)
    sabotage.setattr(run, "make_plan", lambda *_: _soon(lambda: len(studio.leftovers()) == 8) and 1 / 0)
    assert studio.ingest().code == 1
    assert studio.copies(studio.ssd) == studio.copies(studio.nas) == {}
    assert studio.leftovers() == []
    sabotage.undo()
    assert studio.ingest().level == "safe"


def test_what_was_read_of_a_card_that_is_pulled_while_the_plan_is_made_is_kept(studio, sabotage):
    studio.shoot(4)
    elsewhere, real = studio.base / "in a pocket", run.captures_of

    def captures_of(*words):
        _soon(lambda: len(studio.leftovers()) == 8)
        studio.card.rename(elsewhere)
        return real(*words)

    sabotage.setattr(run, "captures_of", captures_of)
    answer = studio.ingest()
    assert (answer.code, answer.level, "card gone" in answer.codes) == (11, "not_yet", True)
    assert len(studio.copies(studio.ssd)) == len(studio.copies(studio.nas)) == 4  # the card may never answer again
    assert studio.leftovers() == []
    sabotage.undo()
    elsewhere.rename(studio.card)
    again = studio.ingest()
    [plan] = again.events("plan_made")
    assert (again.level, plan["to_copy"], studio.holds_everything()) == ("safe", 0, True)


def test_the_second_read_begins_while_the_last_copies_are_still_being_proven(studio, in_threads, sabotage):
    studio.shoot(4)
    begun, prove, read = threading.Event(), Prover._prove, SecondRead._read
    waited = []
    sabotage.setattr(SecondRead, "_read", lambda self: (begun.set(), read(self))[1])
    sabotage.setattr(Prover, "_prove", lambda self, file: (waited.append(begun.wait(20)), prove(self, file))[1])
    assert studio.ingest().level == "safe"
    assert waited == [True] * 8


def test_the_first_pictures_are_opened_while_the_last_are_still_being_proven(studio, in_threads, sabotage):
    studio.shoot(4)
    opened, prove, waited = threading.Event(), Prover._prove, []
    named, name, read_batch = threading.Event(), Engine.name, Reader.read_batch

    class Parsers:
        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def healths(self, files):
            for _ in files:
                opened.set()
                yield ()

    def slow(self, file):
        if file.ordered.number == 0 and self.place.name == "nas" and len(studio.copies(studio.nas)) == 2:
            waited.append(opened.wait(20))
        prove(self, file)

    sabotage.setattr("ingest.copying.books.BATCH_FILES", 2)
    sabotage.setattr("ingest.session.pictures.ParserPool", Parsers)
    sabotage.setattr(Prover, "_prove", slow)
    # names first: on a busy machine all may be proven before the plan is made, and then nothing is left to overlap
    sabotage.setattr(Engine, "name", lambda engine, paths: (name(engine, paths), named.set())[0])
    sabotage.setattr(Reader, "read_batch", lambda reader, batch: (named.wait(20), read_batch(reader, batch))[1])
    assert studio.ingest().level == "safe"
    assert waited == [True]


def test_a_copy_that_was_lost_is_made_from_the_other_copy_and_not_from_the_card(studio, sabotage):
    studio.shoot(3)
    assert studio.ingest().level == "safe"
    studio.copy_of(studio.nas, "IMG_0002.JPG").unlink()
    assert studio.check().level == "not_yet"
    sabotage.setattr(Reader, "_pump", lambda *_: 1 / 0)
    again = studio.ingest()
    [plan] = again.events("plan_made")
    assert (again.level, plan["to_copy"], plan["already_safe"]) == ("safe", 1, 2)
    assert studio.holds_everything()
    assert studio.ask("SELECT count(*) FROM copy WHERE state = 'proven'") == [(6,)]


def test_a_lost_copy_whose_other_copy_has_rotted_is_made_from_the_card_and_the_rotten_one_is_not_trusted(studio):
    studio.shoot(3)
    assert studio.ingest().level == "safe"
    studio.copy_of(studio.nas, "IMG_0002.JPG").unlink()
    rotten = studio.copy_of(studio.ssd, "IMG_0002.JPG")
    info = rotten.stat()
    rotten.write_bytes(b"x" * info.st_size)
    os.utime(rotten, ns=(info.st_atime_ns, info.st_mtime_ns))
    first = studio.ingest()
    assert first.level != "safe"
    assert studio.ask("SELECT count(*) FROM copy WHERE state = 'suspect'") == [(1,)]
    assert sorted(studio.contents(studio.nas)) == sorted(studio.on_card())
    assert studio.ingest().level == "safe"


def test_a_file_that_is_copied_again_is_read_a_second_time_behind_that(studio, in_threads, sabotage):
    studio.shoot(4)
    done, copy, read, prove = threading.Event(), Engine.copy, SecondRead._read, Prover._prove
    failed = []

    def fail_once(self, file):
        prove(self, file)
        if not failed:
            failed.append(file.name)
            file.result = CopyResult(b"", Failure.MISMATCH)

    sabotage.setattr(Prover, "_prove", fail_once)
    sabotage.setattr(SecondRead, "_read", lambda self: (read(self), done.set())[0])
    sabotage.setattr(Engine, "copy", lambda self, jobs: (done.wait(20), copy(self, jobs))[1])
    assert studio.ingest().level == "safe"
    reads = studio.ask("SELECT path, count(*), max(at) FROM source_read WHERE nth = 1 GROUP BY path")
    assert sorted(count for _, count, _ in reads) == [1, 1, 1, 2]
    for path, _, last in reads:
        assert studio.ask("SELECT min(at) > ? FROM source_read WHERE nth = 2 AND path = ?", last, path) == [(1,)]


def test_the_second_read_does_not_begin_while_the_plan_lets_more_be_read(studio, sabotage):
    studio.shoot(3)
    assert studio.ingest().level == "safe"
    studio.copy_of(studio.ssd, "IMG_0002.JPG").unlink()
    studio.copy_of(studio.nas, "IMG_0002.JPG").unlink()
    begun, pump, read = threading.Event(), Reader._pump, SecondRead._read
    before = []
    sabotage.setattr(SecondRead, "_read", lambda self: (begun.set(), read(self))[1])
    sabotage.setattr(Reader, "_pump", lambda *words: (before.append(begun.wait(1)), pump(*words))[1])
    assert studio.ingest().level == "safe"
    assert before == [False]
    assert studio.holds_everything()


def test_the_workers_are_forked_before_the_card_is_listed_and_hold_nothing_of_it(studio, sabotage):
    studio.shoot(2)
    told, scan, wait = [], reader.scan, Waiting.__init__
    sabotage.setattr(reader, "scan", lambda *words: told.append("listed") or scan(*words))
    sabotage.setattr(Waiting, "__init__", lambda *words: told.append("forked") or wait(*words))
    assert studio.ingest().level == "safe"
    assert told == ["forked", "forked", "listed"]
