"""A station with an SSD, a NAS, a real ledger file and a loopback B2: what the tests of the cloud room share."""

import hashlib
import io
import sqlite3
import threading
from dataclasses import dataclass, field
from pathlib import Path

import xxhash

from ingest.cloud.b2 import B2Store
from ingest.cloud.keys import ApplicationKey
from ingest.cloud.loopback import LoopbackB2
from ingest.cloud.naming import object_key
from ingest.cloud.settling import RunSummary
from ingest.cloud.uploader import run_queue
from ingest.events import Event
from ingest.ledger import uploads
from ingest.ledger.db import transaction
from ingest.model.copies import Digest

LARGE_FROM = 1_000_000
PART = 300_000
LEAST_PART = 100_000


def never() -> bool:
    return False


def store_for(server: LoopbackB2, key: tuple[str, str] | None = None) -> B2Store:
    key_id, secret = key or (server.key_id, server.key)
    return B2Store(
        server.bucket, ApplicationKey(key_id, secret), realm=server.url, large_from=LARGE_FROM, part_size=PART
    )


def sha1(data: bytes) -> str:
    return hashlib.sha1(data).hexdigest()


def versions(server: LoopbackB2, key: str) -> int:
    """How many versions of a name the service holds, by its own books."""
    with server.lock:
        bucket = server.simulator.bucket_id_to_bucket[server.bucket_id]
        return sum(
            1 for (name, _), file in bucket.file_name_and_id_to_file.items() if name == key and file.is_visible()
        )


def unfinished(server: LoopbackB2) -> int:
    with server.lock:
        bucket = server.simulator.bucket_id_to_bucket[server.bucket_id]
        return sum(1 for file in bucket.file_id_to_file.values() if file.action == "start")


@dataclass
class World:
    """A ledger with destinations `ssd` and `nas` below `folder`, and the events of the last run."""

    connection: sqlite3.Connection
    folder: Path
    bucket: str = "my-archive"
    events: list[Event] = field(default_factory=list)
    shoot: int = 0
    stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        for number, kind in enumerate(("nas", "ssd"), start=1):  # the NAS first: order must come from the kind
            (self.folder / kind).mkdir()
            self.connection.execute(
                "INSERT INTO destination"
                " (id, name, kind, marker, root, device, fs_type, fs_uuid, first_seen, last_seen)"
                " VALUES (?, ?, ?, ?, '', ?, 'ext4', '', 0, 0)",
                (number, kind, kind, kind, f"disk:{kind}"),
            )
        self.connection.execute(
            "INSERT INTO card (id, uuid, label, size, subpath, fs_type, first_seen, last_seen)"
            " VALUES (1, 'u', 'EOS', 1, x'', 'exfat', 0, 0)"
        )
        self.connection.execute("INSERT INTO run (id, card_id, started, boot_id, command) VALUES (1, 1, 0, 'b', '')")
        self.shoot = self.new_shoot("Meyer wedding")

    @property
    def roots(self) -> dict[str, bytes]:
        return {name: bytes(self.folder / name) for name in ("ssd", "nas")}

    def new_shoot(self, name: str) -> int:
        cursor = self.connection.execute(
            "INSERT INTO shoot (name, day, last_day, folder, named_by_user, created)"
            " VALUES (?, '2025-11-14', '2025-11-14', ?, 0, 0)",
            (name, name.encode()),
        )
        return int(cursor.lastrowid or 0)

    def asset(self, path: str, data: bytes, *, shoot: int | None = None) -> int:
        """A file that was ingested and proven at both destinations; not queued."""
        for name in ("nas", "ssd"):
            file = self.folder / name / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(data)
        digest = Digest(len(data), xxhash.xxh3_128(data).digest(), hashlib.sha1(data).digest())
        return self.proven(path, digest, shoot=shoot)

    def proven(self, path: str, digest: Digest, *, shoot: int | None = None) -> int:
        """As `asset`, of a file that lies at both destinations already."""
        with transaction(self.connection):
            cursor = self.connection.execute(
                "INSERT INTO asset (size, xxh128, sha1, head, original_name, mtime_ns, first_run)"
                " VALUES (?, ?, ?, ?, ?, 1700000000123456789, 1)",
                (digest.size, digest.xxh128, digest.sha1, bytes(16), path.encode()),
            )
            asset_id = int(cursor.lastrowid or 0)
            for destination in (1, 2):
                self._copy(asset_id, destination, path, digest.xxh128)
            self.connection.execute(
                "INSERT INTO shoot_asset (shoot_id, asset_id, path, object) VALUES (?, ?, ?, '')",
                (shoot or self.shoot, asset_id, path.encode()),
            )
        return asset_id

    def _copy(self, asset_id: int, destination: int, path: str, xxh128: bytes) -> None:
        cursor = self.connection.execute(
            "INSERT INTO copy (asset_id, destination_id, path, display, state, inode, mtime_ns, run_id)"
            " VALUES (?, ?, ?, ?, 'written', 1, 1, 1)",
            (asset_id, destination, path.encode(), path),
        )
        self.connection.execute(
            "INSERT INTO proof (copy_id, run_id, at, boot_id, method, matched, xxh128)"
            " VALUES (?, 1, 0, 'b', 'direct', 1, ?)",
            (cursor.lastrowid, xxh128),
        )
        self.connection.execute("UPDATE copy SET state = 'proven' WHERE id = ?", (cursor.lastrowid,))

    def queue(self, path: str, data: bytes, *, shoot: int | None = None) -> str:
        """An ingested, queued file; gives its key."""
        return self.enqueue(path, self.asset(path, data, shoot=shoot))

    def enqueue(self, path: str, asset_id: int) -> str:
        """Queue what was ingested; gives its key."""
        key = object_key("originals/", path.encode())
        assert uploads.enqueue(self.connection, asset_id, self.bucket, key, 0.0)
        return key

    def run(self, server: LoopbackB2, **options: object) -> RunSummary:
        """The queue once, with pauses that take no time."""
        settings = {"sleep": lambda seconds: None, "jitter": lambda: 0.0, "roots": self.roots, "stop": self.stop}
        settings |= {"on_event": self.events.append} | options
        store, roots = settings.pop("store", None) or store_for(server), settings.pop("roots")
        self.events.clear()
        return run_queue(store, self.connection, self.bucket, roots, **settings)  # type: ignore[arg-type]  # any settings of a test

    def jobs(self) -> dict[str, tuple[str, str, int]]:
        """Key -> (state, last error, attempts)."""
        rows = self.connection.execute("SELECT key, state, last_error, attempts FROM upload_job ORDER BY key")
        return {row[0]: (row[1], row[2], row[3]) for row in rows}

    def states(self) -> list[str]:
        return [state for state, _, _ in self.jobs().values()]

    def copy_state(self, destination: str, path: str) -> str:
        row = self.connection.execute(
            "SELECT c.state FROM copy c JOIN destination d ON d.id = c.destination_id WHERE d.name = ? AND c.path = ?",
            (destination, path.encode()),
        ).fetchone()
        return str(row[0])


def fill_b2(server: LoopbackB2, contents: dict[str, bytes]) -> None:
    """Objects of these keys and contents that somebody else put there; somebody must have been there before."""
    with server.lock:
        bucket = server.simulator.bucket_id_to_bucket[server.bucket_id]
        url = bucket.get_upload_url(next(iter(server.simulator.auth_token_to_key)))["uploadUrl"]
        for key, data in contents.items():
            server.simulator.upload_file(url, url, key, len(data), "x/y", sha1(data), {}, io.BytesIO(data))
