"""What is done at one destination, whatever its file system asks for, and whatever it answers."""

import errno
import itertools
import os
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ingest.copying.destination import admit
from ingest.model.iptc import Iptc, keywords
from ingest.model.places import Destination, DestinationKind
from ingest.session import sidecar_place
from ingest.session.sidecar_place import Fate, Found, Wanted, write_sidecars_at

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
SAID = Iptc("Ann", keywords=keywords("wedding"))
ONE = Wanted(b"a/IMG_1.xmp", (b"a/IMG_1.CR3",))


@pytest.fixture
def place(tmp_path):
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "IMG_1.CR3").write_bytes(b"raw")
    return admit(Destination("ssd", DestinationKind.SSD, os.fsencode(tmp_path), "here"), "")


def write(place, *wanted, said=SAID):
    return write_sidecars_at(place, b"tag", wanted or (ONE,), said, AT)


def incoming(place):
    return os.listdir(place.place.root + b"/.safelight/incoming")


def content(place, path=b"a/IMG_1.xmp"):
    with open(place.place.root + b"/" + path, "rb") as file:
        return file.read()


@pytest.mark.parametrize("rules", list(itertools.product([False, True], repeat=4)))
def test_whatever_makes_a_name_durable_the_sidecar_is_there(place, rules):
    names = ("barrier_is_syncfs", "sync_folder", "sync_file_after_rename", "sync_staging")
    place = replace(place, rules=replace(place.rules, **dict(zip(names, rules, strict=True))))
    assert write(place) == (Found(ONE.path, Fate.WRITTEN),)
    assert write(place, said=replace(SAID, job="J")) == (Found(ONE.path, Fate.MERGED),)
    assert write(place) == (Found(ONE.path, Fate.SAME),)
    assert b"wedding" in content(place)
    assert not incoming(place)


def test_a_merged_sidecar_keeps_who_may_read_it(place):
    write(place)
    os.chmod(place.place.root + b"/a/IMG_1.xmp", 0o640)
    write(place, said=replace(SAID, job="J"))
    assert os.stat(place.place.root + b"/a/IMG_1.xmp").st_mode & 0o777 == 0o640


@pytest.mark.parametrize("is_syncfs", [False, True])
def test_what_did_not_reach_the_medium_gets_no_name(place, monkeypatch, is_syncfs):
    def fails(*_):
        raise OSError(errno.EIO, "Input/output error")

    place = replace(place, rules=replace(place.rules, barrier_is_syncfs=is_syncfs))
    monkeypatch.setattr(sidecar_place, "sync_filesystem", fails)
    monkeypatch.setattr("ingest.disk.barrier.os.fsync", fails)
    assert write(place) == (Found(ONE.path, Fate.LEFT, "Input/output error"),)
    assert not os.path.exists(place.place.root + b"/a/IMG_1.xmp")
    assert not incoming(place)


def test_a_full_destination_leaves_no_half_sidecar_and_the_others_are_tried(place, monkeypatch):
    """Half of the bytes go, then none."""
    (lambda path: open(path, "wb").close())(place.place.root + b"/a/IMG_2.NEF")
    real, calls = os.write, []

    def full(fd, data):
        calls.append(fd)
        if len(calls) == 1:
            return real(fd, data[:10])
        if len(calls) == 2:
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(fd, data)

    monkeypatch.setattr(sidecar_place.os, "write", full)
    found = write(place, ONE, Wanted(b"a/IMG_2.xmp", (b"a/IMG_2.NEF",)))
    assert found == (Found(ONE.path, Fate.LEFT, "No space left on device"), Found(b"a/IMG_2.xmp", Fate.WRITTEN))
    assert sorted(os.listdir(place.place.root + b"/a")) == [b"IMG_1.CR3", b"IMG_2.NEF", b"IMG_2.xmp"]
    assert not incoming(place)


def test_a_copy_of_the_ledger_is_not_touched_in_whatever_case_it_is_spelt(place):
    with open(place.place.root + b"/a/IMG_1.XMP", "wb") as file:
        file.write(b"proven")
    wanted = replace(ONE, recorded=frozenset({b"a/IMG_1.XMP"}))
    assert write(place, wanted) == (Found(b"a/IMG_1.XMP", Fate.LEFT, sidecar_place.CARDS_OWN),)
    assert content(place, b"a/IMG_1.XMP") == b"proven"


@pytest.mark.parametrize("base", [b"", b"a/IMG_1.card.xmp", b"gone/IMG_1.card.xmp"])
def test_without_the_copy_of_the_cards_own_no_sidecar_takes_its_place(place, base):
    [found] = write(place, replace(ONE, base=base))
    assert (found.fate, found.why) == (Fate.LEFT, "the card has one too, which has no copy there")
    assert not os.path.exists(place.place.root + b"/a/IMG_1.xmp")


def test_a_picture_that_is_gone_or_a_link_gets_no_sidecar(place):
    os.rename(place.place.root + b"/a/IMG_1.CR3", place.place.root + b"/a/moved")
    os.symlink(b"moved", place.place.root + b"/a/IMG_1.CR3")
    assert write(place, ONE, Wanted(b"no/IMG_1.xmp", (b"no/IMG_1.CR3",))) == (
        Found(ONE.path, Fate.GONE),
        Found(b"no/IMG_1.xmp", Fate.GONE),
    )


def test_a_pipe_with_the_name_of_a_sidecar_holds_nobody_up(place):
    os.mkfifo(place.place.root + b"/a/IMG_1.xmp")
    assert write(place) == (Found(ONE.path, Fate.LEFT, "it is not a regular file"),)


def test_a_path_that_leads_out_of_the_root_is_refused(place):
    [found] = write(place, Wanted(b"../IMG_1.xmp", (b"../IMG_1.CR3",)))
    assert found.fate is Fate.LEFT
    assert "not a path below its root" in found.why
