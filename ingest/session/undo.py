"""The first read of a file was wrong: take its copies back and plan it anew."""

from collections.abc import Sequence

from ingest.copying.jobs import CopyJob
from ingest.copying.withdraw import withdraw
from ingest.errors import DestinationError
from ingest.events import Warned
from ingest.ledger.copies import set_copy_state
from ingest.ledger.db import transaction
from ingest.ledger.known import card_files, copies_made_by
from ingest.ledger.uploads import take_back
from ingest.ledger.views import shoot_names_of_card
from ingest.model.cards import CardFile
from ingest.session.context import Session
from ingest.session.hands import words_of


def withdraw_wrong(session: Session, wrong: Sequence[CardFile]) -> list[CopyJob]:
    """Move this session's copies of these files aside at every destination; gives the jobs to copy them again."""
    known = card_files(session.ledger, session.card_id)
    names = shoot_names_of_card(session.ledger, session.card_id)
    places = {place.name: place for place in session.places if place.name not in session.absent}
    jobs = []
    for file in wrong:
        for copy_id, name, path in copies_made_by(session.ledger, session.run_id, known[file.path].asset_id):
            if name in places:
                try:
                    session.hands.ask(name, withdraw, places[name], path)
                except (DestinationError, OSError) as error:
                    why = error.strerror if isinstance(error, OSError) else words_of(name, error)
                    session.notes.append(f"a wrong copy could not be moved aside on {name}: {why}")
            with transaction(session.ledger):
                set_copy_state(session.ledger, copy_id, "lost")
        with transaction(session.ledger):
            take_back(session.ledger, known[file.path].asset_id)
        if file.path in names and places:
            jobs.append(CopyJob(file, names[file.path], frozenset(places)))
    text = "the first read of the card gave wrong bytes; these files were copied again and the wrong copies set aside"
    session.emit(Warned("copied again", text, tuple(file.path for file in wrong)))
    return jobs
