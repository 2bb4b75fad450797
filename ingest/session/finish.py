"""What stands beside the copies and behind the verdict: manifests and the queue."""

import platform
import sqlite3
import time
from collections.abc import Iterator

from ingest import __version__
from ingest.errors import SafelightError
from ingest.events import Event, Phase, Queued, Warned
from ingest.ledger.known import proven_at
from ingest.ledger.runs import shoots_of_run
from ingest.ledger.shoots import ShootRow
from ingest.ledger.upload_counts import in_queue
from ingest.manifest.history import read_history
from ingest.manifest.packed import PackedEntries, pack
from ingest.manifest.records import Generation, Why
from ingest.manifest.store import append_generation
from ingest.model.names import join
from ingest.session.context import Emit, Session
from ingest.session.hands import Hands


def write_manifests(session: Session) -> None:
    """An ASC MHL generation in each shoot folder at each destination; a failure is told, the copies stand."""
    session.emit(Phase("manifests"))
    for shoot in shoots_of_run(session.ledger, session.run_id, session.card_id):
        for place in session.places:
            if place.name in session.absent:
                continue
            try:
                folder = join(place.place.root, shoot.folder)
                write_manifest(session.ledger, session.hands, session.emit, shoot, place.name, folder)
            except (SafelightError, OSError) as error:
                text = f"no manifest on {place.name}: {getattr(error, 'message', error)}"
                session.notes.append(text)
                session.emit(Warned("no manifest", text))


def write_manifest(
    ledger: sqlite3.Connection, hands: Hands, emit: Emit, shoot: ShootRow, place: str, folder: bytes
) -> None:
    """Offer what is proven there to the history: after a crash that is more than this session's own.

    folder: the shoot's at the destination, absolute. Raises SafelightError, OSError.
    """
    above = shoot.folder + b"/"
    proven = pack(
        (path.removeprefix(above), size, mtime_ns, xxh128, at)
        for path, size, mtime_ns, xxh128, at in proven_at(ledger, shoot.id, place)
        if path.startswith(above)
    )
    generation = hands.ask(place, _record, folder, proven, time.time()) if proven else None
    unwritable = tuple(item.path for item in generation.left_out if item.why is Why.NAME) if generation else ()
    if unwritable:
        text = "names that XML cannot hold are not in the manifest; their proof is in the ledger alone"
        emit(Warned("not in the manifest", text, unwritable))


def _record(folder: bytes, proven: PackedEntries, now: float) -> Generation | None:
    """Write what is not in the history yet; None when all of it is."""
    recorded = read_history(folder).files
    entries = [entry for entry in proven if entry.path not in recorded] if recorded else proven
    if not entries:
        return None
    return append_generation(
        folder,
        entries,
        started=now,
        created=now,
        tool_version=__version__,
        hostname=platform.node() or "unknown",
        process="transfer",
    )


def queue_event(session: Session) -> Iterator[Event]:
    """How many third copies wait."""
    if session.bucket:
        yield Queued(session.bucket, *in_queue(session.ledger, session.bucket))
