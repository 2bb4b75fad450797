"""What became of a batch, as rows of the ledger: one transaction, with the upload jobs born in it."""

import time
from collections.abc import Sequence

from ingest.copying.jobs import CopyOutcome
from ingest.ledger.assets import NewFile, Upload, add_copies, queue_third_copies, record
from ingest.ledger.copies import NewCopy
from ingest.ledger.db import transaction
from ingest.ledger.partials import forget_partials
from ingest.model.copies import Digest, Method, SourceRead
from ingest.session.context import Facts, Session
from ingest.session.partial import is_resumable

_NOTHING = Facts()


def record_outcomes(session: Session, outcomes: Sequence[CopyOutcome]) -> None:
    """Write what is known now; a file without a proven read is not: there is no SHA-1, so no Asset to claim."""
    now = time.time()
    files = [new for outcome in outcomes if (new := _new_file(session, outcome))]
    fed = [(outcome, copy) for outcome in outcomes if outcome.is_fed for copy in _copies(session, outcome)]
    upload = Upload(session.bucket, _keys(session, outcomes)) if session.bucket else None
    run_id, boot_id, ledger = session.run_id, session.boot_id, session.ledger
    with transaction(ledger):
        record(ledger, run_id=run_id, card_id=session.card_id, boot_id=boot_id, files=files, upload=upload, now=now)
        add_copies(ledger, run_id=run_id, boot_id=boot_id, copies=[(digest_of(outcome), copy) for outcome, copy in fed])
        if upload:
            counting = [item for item in fed if item[1].method is not Method.CACHED]
            queue_third_copies(ledger, upload, [(digest_of(one), one.job.file.path) for one, _ in counting], now)
        forget_partials(ledger, session.card_id, [new.file.path for new in files if is_resumable(new.file)])
    session.new |= {new.file.path for new in files} | {outcome.job.file.path for outcome, _ in fed}


def digest_of(outcome: CopyOutcome) -> Digest:
    """The content as the card gave it, or as it was proven before."""
    return Digest(outcome.job.file.size, outcome.xxh128, outcome.sha1)


def _keys(session: Session, outcomes: Sequence[CopyOutcome]) -> dict[bytes, str]:
    """Card path -> object name in the bucket."""
    paths = (outcome.job.file.path for outcome in outcomes)
    return {path: facts.upload for path in paths if (facts := session.facts.get(path)) and facts.upload}


def _new_file(session: Session, outcome: CopyOutcome) -> NewFile | None:
    if outcome.problem or outcome.changed or outcome.is_fed or not outcome.sha1:
        return None
    file = outcome.job.file
    facts = session.facts.get(file.path, _NOTHING)
    return NewFile(
        file,
        digest_of(outcome),
        outcome.head,
        SourceRead(1, outcome.xxh128, Method.CACHED, outcome.read_at),
        tuple(_copies(session, outcome)),
        facts.capture,
        facts.shoot_id,
        outcome.job.path or b"",
        facts.object_key,
    )


def _copies(session: Session, outcome: CopyOutcome) -> list[NewCopy]:
    return [
        NewCopy(
            session.place_ids[name],
            result.path,
            result.inode,
            result.mtime_ns,
            result.method,
            result.matched,
            result.xxh128,
            result.at,
        )
        for name, result in sorted(outcome.results.items())
        if result.failure is None
    ]
