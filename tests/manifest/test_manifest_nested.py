"""Histories further down: a record of a file lives in the history nearest above it."""

import shutil
from pathlib import Path

import pytest
from manifest_cases import CARD, chain, entries, flip, manifests, plant, record, reseal, verify

from ingest.manifest.hashing import c4


def test_a_history_further_down_speaks_for_its_own_files(shoot: Path) -> None:
    card = shoot / "A001"
    plant(card, CARD)
    record(card, entries(CARD))
    plant(shoot, {b"notes.txt": b"x"})
    record(shoot, entries({b"notes.txt": b"x"}), later=60)
    assert verify(shoot).ok == sorted([b"notes.txt", *(b"A001/" + path for path in CARD)])
    flip(card / "100CANON/IMG_9999.CR2")
    assert verify(shoot).changed == [b"A001/100CANON/IMG_9999.CR2"]


def test_a_damaged_history_further_down_condemns_only_itself(shoot: Path) -> None:
    plant(shoot, {b"A001/a.jpg": b"x", b"b.jpg": b"y"})
    record(shoot / "A001", entries({b"a.jpg": b"x"}))
    record(shoot, entries({b"A001/a.jpg": b"x", b"b.jpg": b"y"}), later=60)
    assert verify(shoot).clean
    flip(manifests(shoot / "A001")[0], at=200)
    report = verify(shoot)
    assert (report.broken_histories, report.ok) == ([b"A001"], [b"A001/a.jpg", b"b.jpg"])
    assert not report.clean


@pytest.mark.parametrize(
    "broken", ["changed with its chain", "gone", "folder gone", "a file instead", "card gone", "flipped"]
)
def test_a_reference_to_another_history_than_the_one_there_is_told(shoot: Path, broken: str) -> None:
    card = shoot / "A001"
    plant(card, CARD)
    plant(shoot, {b"b.jpg": b"y"})
    record(card, entries(CARD))
    record(shoot, entries({b"b.jpg": b"y"}), later=60)
    below = manifests(card)[0]
    reference = f"<path>A001/ascmhl/{below.name}</path><c4>{c4(below.read_bytes())}</c4>"
    above = manifests(shoot)[0]
    text = above.read_text().replace(
        "</hashlist>", f"<references><hashlistreference>{reference}</hashlistreference></references></hashlist>"
    )
    above.write_text(text)
    reseal(shoot)
    assert verify(shoot).clean

    if broken == "card gone":
        shutil.rmtree(card)
    elif broken == "flipped":
        flip(below, at=200)
    elif broken == "changed with its chain":
        below.write_bytes(below.read_bytes().replace(b"studio-1", b"studio-2"))
        reseal(card)
    else:
        for path in (below, chain(card)):
            path.unlink()
        if broken != "gone":
            (card / "ascmhl").rmdir()
        if broken == "a file instead":
            (card / "ascmhl").touch()
    report = verify(shoot)
    assert report.broken_histories == [b"A001"]
    assert not report.clean
