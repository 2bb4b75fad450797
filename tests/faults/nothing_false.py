"""After any fault: card, destinations and ledger are held against each other. Whatever failed, nothing may be false."""

import contextlib
import hashlib
import os
import random
import sqlite3
from collections.abc import Collection, Mapping

from studio import EVENING, Run, Studio

SIZE = 300_000  # bytes; more than the head that is read to recognise a file, less than a read-ahead


def photographs(studio: Studio, count: int = 4, size: int = SIZE, seed: int = 1) -> dict[str, bytes]:
    """Files of random bytes on the card, so that each part of them lies on a medium once: name -> content."""
    dice = random.Random(seed)
    pictures = {f"IMG_{number:04}.JPG": dice.randbytes(size) for number in range(1, count + 1)}
    for name, data in pictures.items():
        studio.put(f"DCIM/100CANON/{name}", data)
    return pictures


def sample(picture: bytes) -> bytes:
    """A few bytes of a picture by which a fault finds it: whole within one block, far behind its head."""
    return picture[200 * 1024 + 64 : 200 * 1024 + 96]


def nothing_is_false(
    studio: Studio, pictures: Mapping[str, bytes], away: Collection[str] = (), theirs: Collection[bytes] = ()
) -> None:
    """The card is as it was; no final name holds other bytes; what the ledger calls proven is there and equal.

    away: destinations that cannot be looked at now, or whose medium lost what it had said to hold. theirs: what other
    people's files hold. Leftovers may lie in `.safelight` alone.
    """
    _card_is_untouched(studio, pictures)
    places = {name: root for name, root in (("ssd", studio.ssd), ("nas", studio.nas)) if name not in away}
    whole = {*pictures.values(), *theirs}
    for name, root in places.items():
        torn = [path for path, data in studio.copies(root).items() if data not in whole]
        assert not torn, f"{name}: under a final name lie other bytes than the card's: {torn}"
    if not has_tables(studio):
        return
    with contextlib.closing(sqlite3.connect(studio.home / "ledger.sqlite")) as ledger:
        assert ledger.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    for name, root in places.items():
        _ledger_is_true(studio, name, os.fsencode(root))
    levels = [level for (level,) in studio.ask("SELECT level FROM verdict ORDER BY id")]
    if levels and levels[-1] == "safe":
        for name, root in places.items():
            assert whole - set(theirs) <= set(studio.contents(root)), f"SAFE, and a photograph is not on {name}"


def has_tables(studio: Studio) -> bool:
    """Whether there is a ledger to ask; a session may have ended while it was made."""
    if not (studio.home / "ledger.sqlite").exists():
        return False
    with contextlib.closing(sqlite3.connect(studio.home / "ledger.sqlite")) as ledger:
        return bool(ledger.execute("SELECT 1 FROM sqlite_master WHERE name = 'verdict'").fetchone())


def _card_is_untouched(studio: Studio, pictures: Mapping[str, bytes]) -> None:
    found = {path.name: path for path in (studio.card / "DCIM").rglob("*") if path.is_file()}
    assert {name: path.read_bytes() for name, path in found.items()} == dict(pictures)
    assert {path.stat().st_mtime_ns for path in found.values()} <= {EVENING}


def _ledger_is_true(studio: Studio, name: str, root: bytes) -> None:
    rows = studio.ask(
        "SELECT c.path, a.size, a.sha1 FROM copy c JOIN asset a ON a.id = c.asset_id"
        " JOIN destination d ON d.id = c.destination_id WHERE c.state = 'proven' AND d.name = ?",
        name,
    )
    for path, size, sha1 in rows:
        with open(root + b"/" + path, "rb") as file:
            data = file.read()
        assert (len(data), hashlib.sha1(data).digest()) == (size, sha1), f"proven on {name}, and not so: {path!r}"


def is_not_safe(answer: Run, level: str = "not_yet") -> None:
    """The verdict that a command ended with speaks against formatting, with a reason and what to do next."""
    assert answer.last["type"] == "verdict", answer.out + answer.err
    assert (answer.level, answer.code != 0) == (level, True), answer.out
    assert all(reason["text"] and reason["next_step"] for reason in answer.last["reasons"])


def the_same_command_makes_it_safe(
    studio: Studio, pictures: Mapping[str, bytes], theirs: Collection[bytes] = ()
) -> Run:
    """With the fault gone and nothing repaired by hand: SAFE, each photograph once at both places, no litter."""
    answer = studio.ingest()
    assert (answer.code, answer.level) == (0, "safe"), answer.out + answer.err
    nothing_is_false(studio, pictures, theirs=theirs)
    for root in (studio.ssd, studio.nas):
        ours = [data for data in studio.contents(root) if data not in theirs]
        assert ours == sorted(pictures.values())
    assert studio.leftovers() == []
    return answer
