"""The end of a session: manifests, the last pictures, the verdict, and what need not be waited for."""

import itertools
from collections.abc import Iterable

from ingest.events import Event, Phase
from ingest.gate.verdict import Verdict
from ingest.session.backup import backup_after
from ingest.session.context import Session
from ingest.session.finish import queue_event, write_manifests
from ingest.session.judge import judge_session
from ingest.session.pictures import PictureCheck
from ingest.session.tags import tag_shoots


def write_and_judge(session: Session, pictures: PictureCheck, *, is_copied: bool) -> Verdict:
    """Manifests, while the last pictures are opened; then the verdict. is_copied: all that could be."""
    if is_copied and not session.troubles.interrupted:
        write_manifests(session)
        _open_pictures(session, pictures)
    return judge_session(session)


def _open_pictures(session: Session, pictures: PictureCheck) -> None:
    session.emit(Phase("opening"))
    try:
        pictures.finish()
    except KeyboardInterrupt:
        session.troubles.interrupted = True


def afterwards(session: Session) -> Iterable[Event]:
    """The queue, sidecars, tags from the editor's catalogs, then the ledger's backups; done as the events are taken."""
    if session.troubles.interrupted:
        return ()
    return itertools.chain(queue_event(session), _sidecars(session), tag_shoots(session), backup_after(session))


def _sidecars(session: Session) -> Iterable[Event]:
    if not session.request.said:  # who says nothing pays nothing, not even the import
        return ()
    from ingest.session.sidecars import write_sidecars

    return write_sidecars(session)
