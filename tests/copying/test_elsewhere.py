"""What lies at another destination is read by a child: that one may hang while this one is fed or gone on with."""

import contextlib
import hashlib
import os
import time

import pytest
import xxhash
from loops import SilentMount, needs_loops

from ingest.copying import elsewhere as elsewhere_module
from ingest.copying import resume
from ingest.copying.elsewhere import Elsewhere
from ingest.copying.engine import Engine
from ingest.copying.jobs import CopyJob, Failure, Partial, Source
from ingest.disk.folders import FileOpener
from ingest.errors import NoAnswer
from ingest.model.copies import Digest


@pytest.fixture
def elsewhere():
    with contextlib.closing(Elsewhere(1)) as made:
        yield made


@pytest.fixture
def silent(tmp_path):
    mount = SilentMount(tmp_path / "silent")
    yield os.fsencode(mount.mnt) + b"/A.JPG"
    mount.close()


def fed(bench, file, data, *sources, patience):
    digest = Digest(len(data), xxhash.xxh3_128_digest(data), hashlib.sha1(data).digest())
    job = CopyJob(file, b"shoot/A.JPG", frozenset({"ssd"}), digest, sources)
    with FileOpener(os.fsencode(bench.card)) as opener:
        engine = Engine(opener, bench.places, tag="t", tick=lambda _: None, patience=patience)
        try:
            [[outcome]] = list(engine.copy([job]))
            return outcome.results["ssd"], engine.dead()
        finally:
            engine.close()


def test_pieces_of_a_file_are_its_bytes_in_order_also_after_another_file(elsewhere, tmp_path, monkeypatch):
    monkeypatch.setattr(elsewhere_module, "PIECE", 1000)
    data = {name: os.urandom(2500) for name in ("one", "two")}
    for name in data:
        (tmp_path / name).write_bytes(data[name])
    one, two = (os.fsencode(tmp_path / name) for name in data)
    pieces = [bytes(elsewhere.piece("nas", path, at)) for path, at in ((one, 0), (two, 1000), (one, 1000))]
    assert pieces == [data["one"][:1000], data["two"][1000:2000], data["one"][1000:2000]]
    assert [elsewhere.piece("nas", one, offset) for offset in (2000, 2500, 2500)] == [data["one"][2000:], b"", b""]
    assert elsewhere.size("nas", one) == 2500


def test_a_link_is_not_followed_and_a_folder_has_no_size(elsewhere, tmp_path):
    (tmp_path / "link").symlink_to("/etc/passwd")
    for name in ("link", "missing", "."):
        path = os.fsencode(tmp_path) + b"/" + name.encode()
        with pytest.raises(OSError):
            elsewhere.piece("nas", path, 0)
        with pytest.raises(OSError):
            elsewhere.size("nas", path)


@pytest.mark.root
@needs_loops
def test_one_that_was_silent_once_is_not_waited_for_again(elsewhere, silent, tmp_path):
    with pytest.raises(NoAnswer):
        elsewhere.size("nas", silent)
    began = time.monotonic()
    for _ in range(20):
        with pytest.raises(NoAnswer):
            elsewhere.piece("nas", silent, 0)
    assert time.monotonic() - began < 10  # not twenty patiences
    (tmp_path / "A").write_bytes(b"data")
    assert elsewhere.piece("ssd", os.fsencode(tmp_path / "A"), 0) == b"data"


@pytest.mark.root
@needs_loops
def test_a_source_that_hangs_neither_takes_the_one_it_feeds_with_it_nor_is_called_wrong(bench, silent):
    data = os.urandom(3000)
    result, dead = fed(bench, bench.put("A.JPG", data), data, Source("nas", silent), patience=2)
    assert (result.failure, result.source, result.detail) == (Failure.SOURCE, "", "nas did not answer for 1 s")
    assert dead == {}


@pytest.mark.root
@needs_loops
def test_the_next_source_is_taken_when_the_first_one_hangs(bench, silent, tmp_path):
    data = os.urandom(3000)
    (tmp_path / "copy").write_bytes(data)
    sources = Source("drive", silent), Source("nas", os.fsencode(tmp_path / "copy"))
    result, dead = fed(bench, bench.put("A.JPG", data), data, *sources, patience=2)
    assert (result.failure, dead) == (None, {})
    assert (bench.roots["ssd"] / "shoot" / "A.JPG").read_bytes() == data


@pytest.mark.root
@needs_loops
def test_a_beginning_on_a_destination_that_hangs_is_no_beginning(bench, elsewhere, silent, tmp_path, monkeypatch):
    monkeypatch.setattr(resume, "CHUNK", 4 << 20)
    data = os.urandom(8 << 20)
    (tmp_path / "partial").write_bytes(data)
    chunks = tuple(xxhash.xxh3_128_digest(data[at : at + (4 << 20)]) for at in (0, 4 << 20))
    partials = Partial("nas", b"t", silent), Partial("ssd", b"t", os.fsencode(tmp_path / "partial"))
    job = CopyJob(bench.put("A.MOV", data), None, frozenset(bench.roots), chunks=chunks, partials=partials)
    found = resume.resumed(job, elsewhere)
    assert (found.start, found.places) == (8 << 20, {"ssd"})
