"""A ledger of years of work: cards that were ingested, proven, read twice and judged safe, through the ledger's verbs.

The files themselves do not exist; only what the ledger remembers of them, in the amount and shape of real sessions.
"""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from ingest.ledger.assets import NewFile, agreed, record, record_reads
from ingest.ledger.copies import NewCopy
from ingest.ledger.db import open_ledger, transaction
from ingest.ledger.known import card_files
from ingest.ledger.places import destination_ids, remember_card
from ingest.ledger.runs import end_run, open_run
from ingest.ledger.shoots import add_shoot
from ingest.ledger.verdicts import VerdictFile, record_verdict
from ingest.model.cards import Capture, CardFile, CardIdentity
from ingest.model.copies import Digest, Method, SourceRead

_FILES_A_CARD = 2500
_FIRST_DAY = datetime(2019, 1, 5, 12, tzinfo=UTC)
_BOOT = "00000000-0000-0000-0000-000000000000"


def assets_in(ledger: Path) -> int:
    """How many assets a ledger knows."""
    with closing(sqlite3.connect(ledger)) as connection:
        return int(connection.execute("SELECT count(*) FROM asset").fetchone()[0])


def add_years(ledger: Path, assets: int) -> None:
    """Add `assets` more, in cards of 2,500, to a ledger that knows its destinations already."""
    with closing(open_ledger(ledger)) as connection:
        for number, first in enumerate(range(0, assets, _FILES_A_CARD)):
            _add_card(connection, number, min(_FILES_A_CARD, assets - first))


def _add_card(connection: sqlite3.Connection, number: int, count: int) -> None:
    noon = _FIRST_DAY + timedelta(days=3 * number)
    day, at = noon.date(), noon.timestamp()
    folder = f"{day:%Y}/{day} Shoot {number}".encode()
    places = destination_ids(connection)
    with transaction(connection):
        card_id = remember_card(connection, CardIdentity(f"YEAR-{number:04}", "EOS_DIGITAL", 64 << 30), "exfat", at)
        run_id = open_run(connection, card_id, at, _BOOT, "ingest")
        shoot_id = add_shoot(
            connection,
            name=f"Shoot {number}",
            day=str(day),
            last_day=str(day),
            folder=folder,
            named_by_user=True,
            now=at,
        )
        files = list(_files(number, count, folder, shoot_id, places, at))
        record(
            connection,
            run_id=run_id,
            card_id=card_id,
            boot_id=_BOOT,
            files=files,
            upload=None,
            now=at,
        )
        again = [(new.file, SourceRead(2, new.digest.xxh128, Method.DIRECT, at)) for new in files]
        record_reads(connection, run_id, card_id, again)
        agreed(connection, card_id, [(new.file.path, 2) for new in files])
        end_run(connection, run_id, at, interrupted=False)
    record_verdict(
        connection,
        run_id=run_id,
        card_id=card_id,
        level="safe",
        at=at,
        fingerprint=hashlib.md5(folder, usedforsecurity=False).digest(),
        devices_required=1,
        files=[VerdictFile(path, known.asset_id) for path, known in card_files(connection, card_id).items()],
        total=count,
        body="{}",
    )


def _files(card: int, count: int, folder: bytes, shoot_id: int, places: dict[str, int], at: float) -> Iterator[NewFile]:
    """RAW and JPEG pairs; contents by name only, so that no two are alike."""
    for number in range(count):
        name = f"IMG_{number // 2 + 1:04}.{('CR3', 'JPG')[number % 2]}"
        seed = f"{card}/{name}".encode()
        sha1, xxh128 = hashlib.sha1(seed, usedforsecurity=False).digest(), hashlib.md5(seed).digest()
        size = 6_000_000 + int.from_bytes(sha1[:3], "big") + 18_000_000 * (1 - number % 2)
        mtime_ns = int(at) * 1_000_000_000 + number * 2_000_000_000
        path = folder + b"/" + name.encode()
        copies = tuple(
            NewCopy(place, path, 1_000_000 * card + number, mtime_ns, Method.DIRECT, True, xxh128, at)
            for place in places.values()
        )
        yield NewFile(
            CardFile(f"DCIM/100CANON/{name}".encode(), size, mtime_ns),
            Digest(size, xxh128, sha1),
            sha1[:16],
            SourceRead(1, xxh128, Method.CACHED, at),
            copies,
            Capture(_FIRST_DAY.replace(tzinfo=None), "exif", 60, "Canon", "Canon EOS R5", "012345678901"),
            shoot_id,
            path,
            name[:8],
        )
