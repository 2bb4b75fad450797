"""Tag the shoots of a session from the editor's catalogs."""

from collections.abc import Iterator

from ingest.events import Event
from ingest.session.context import Session


def tag_shoots(session: Session) -> Iterator[Event]:
    """nothing yet"""
    yield from ()
