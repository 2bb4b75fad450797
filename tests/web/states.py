"""A home in which every state of a card is there at once, for the pages that must be good in each of them."""

import contextlib
import os
import time

import psutil
from scenery import card_of, photograph
from studio import Studio

from ingest.card.find import identity_of
from ingest.disk.volumes import volume_of
from ingest.events import CardFound, DestinationProblem, DestinationReady, Phase, PlanMade, Progressed
from ingest.stream import store

CARDS = {
    "EOS_A": "SAFE TO FORMAT",
    "EOS_B": "NOT YET",
    "EOS_C": "DO NOT FORMAT",
    "EOS_D": "STOPPED",
    "EOS_E": "Copying and proving · 42 %",
    "EOS_F": "WAITS FOR YOUR WORD",
    "EOS_G": "NEEDS YOU",
}
_MB = 1_000_000


def house(base, extra=""):
    """The home: three cards answered by the real command, the others as their sessions tell it."""
    studio = Studio(base, extra=extra)
    for name, shoot in (("EOS_A", "Harbour at dusk"), ("EOS_B", "Meyer wedding"), ("EOS_C", "Northern hills")):
        number = 100 * (ord(name[-1]) - ord("A"))
        studio.card = base / name
        card_of(studio, count=8, first=number + 1)
        assert studio.ingest("--shoot", shoot).level == "safe"
    studio.card = base / "EOS_B"
    studio.put("DCIM/100CANON/IMG_0109.JPG", photograph(109))
    assert studio.check().level == "not_yet"
    _flip_a_copy(studio, "IMG_0203.JPG")
    studio.run("verify", "Northern hills")
    studio.card = base / "EOS_C"
    assert studio.check().level == "do_not_format"
    for name in ("EOS_D", "EOS_E", "EOS_F", "EOS_G"):
        studio.card = base / name
        card_of(studio, count=1, first=ord(name[-1]) * 10)
    with contextlib.closing(store.open_stream(studio.home)) as stream:
        _sessions(stream, base)
    return studio


def seen(studio):
    """The folders that are in a reader."""
    return [studio.base / name for name in CARDS]


def _flip_a_copy(studio, name):
    """One bit, as a disk that forgets: length and times stay."""
    copy = studio.copy_of(studio.nas, name)
    before, data = copy.stat(), bytearray(copy.read_bytes())
    data[len(data) // 2] ^= 1
    copy.chmod(0o644)
    copy.write_bytes(data)
    os.utime(copy, ns=(before.st_atime_ns, before.st_mtime_ns))


def _sessions(stream, base):
    me, now = psutil.Process(), time.time()
    killed = store.begin(stream, "ingest", me.pid, me.create_time() - 9000, now - 300)
    _copying(stream, killed, base / "EOS_D", now - 200, percent=17)
    working = store.begin(stream, "ingest", me.pid, me.create_time(), now - 90)
    _copying(stream, working, base / "EOS_E", now, percent=42)
    failed = store.begin(stream, "ingest", me.pid, me.create_time(), now - 400)
    _tell(stream, failed, now - 400, _found(base / "EOS_G"))
    said = {"message": "No destination is there: ssd and nas are away", "hint": "Plug one in, then run it again"}
    store.tell(stream, failed, now - 399, "error", {"schema": 1, "type": "error", "exit": 13, **said})
    store.end(stream, failed, now - 399, 13)
    waits = store.begin(stream, "watch", me.pid, me.create_time(), now - 60)
    where = str(base / "EOS_F")
    store.tell(stream, waits, now + 5, "card_waits", {"type": "card_waits", "root": where, "mount": where})


def _copying(stream, session, root, at, percent):
    total, done = 41_900 * _MB, 419 * _MB * percent
    _tell(stream, session, at, _found(root))
    for name, kind, free in (("ssd", "ssd", 812), ("nas", "nas", 4200)):
        _tell(stream, session, at, DestinationReady(name, kind, b"/" + name.encode(), free * 1000 * _MB, (name,)))
    problem = DestinationProblem("attic", "not mounted", "Plug it in, then run: safelight catch-up")
    shoot = {"name": "Meyer wedding", "days": "14 Nov", "files": 2148}
    _tell(stream, session, at, problem)
    _tell(stream, session, at, PlanMade(2148, total, 12, 3, 0, {"thumbnail": 3}, (shoot,)))
    by = {"ssd": total, "nas": total}
    _tell(stream, session, at, Phase("copying", total, by, 2148, {"ssd": 2148, "nas": 2148}))
    _tell(
        stream,
        session,
        at,
        Progressed(
            read=min(total, done * 3 // 2),
            copied={"ssd": min(total, done * 7 // 5), "nas": done * 11 // 10},
            proven={"ssd": done * 5 // 4, "nas": done},
            files={"ssd": 1100, "nas": 900},
            rate={"ssd": 210.0 * _MB, "nas": 96.0 * _MB},
            left_by={"ssd": 110.0, "nas": 254.0},
            left=254.0,
            percent=percent,
        ),
    )


def _tell(stream, session, at, event):
    told = event.to_json()
    store.tell(stream, session, at, told["type"], told)


def _found(root):
    identity = identity_of(os.fsencode(root), volume_of(os.fsencode(root)))
    return CardFound(identity.label, identity.uuid, identity.size, "ext4", os.fsencode(root), 2163, 42_000 * _MB)
