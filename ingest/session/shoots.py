"""Write the plan's shoots into the ledger, and say of every file to copy where it belongs."""

import os
import time
from collections.abc import Mapping, Sequence

from ingest.cloud.naming import object_key
from ingest.copying.destination import Admitted, open_destination
from ingest.disk.apart import alive
from ingest.disk.folders import open_folder
from ingest.errors import DestinationError
from ingest.ledger.db import transaction
from ingest.ledger.shoots import add_shoot, extend_shoot
from ingest.model.cards import Capture, Disposition
from ingest.plan.planned import IngestPlan
from ingest.session.context import Facts, Session


def make_shoots(session: Session, plan: IngestPlan) -> list[int]:
    """The ledger id of each of the plan's shoots, in its order."""
    ids = []
    with transaction(session.ledger):
        for shoot in plan.shoots:
            if shoot.existing_id is not None:
                extend_shoot(session.ledger, shoot.existing_id, str(shoot.day), str(shoot.last_day))
                ids.append(shoot.existing_id)
            else:
                ids.append(
                    add_shoot(
                        session.ledger,
                        name=shoot.name,
                        day=str(shoot.day),
                        last_day=str(shoot.last_day),
                        folder=shoot.folder,
                        named_by_user=shoot.named_by_user,
                        now=time.time(),
                    )
                )
    return ids


def copy_facts(
    session: Session, plan: IngestPlan, captures: Mapping[bytes, Capture], shoot_ids: Sequence[int]
) -> dict[bytes, Facts]:
    """Card path -> what the ledger will say of the file beside its bytes."""
    cloud = session.settings.cloud
    return {
        file.source.path: Facts(
            None if file.shoot is None else shoot_ids[file.shoot],
            file.object_key,
            captures.get(file.source.path),
            object_key(cloud.prefix, file.dest) if cloud else "",
        )
        for file in plan.files
        if file.disposition in (Disposition.COPY, Disposition.ALREADY_SAFE)
    }


def make_empty_folders(session: Session, folders: Sequence[bytes]) -> None:
    """Folders that belong to a video card's layout although nothing lies in them."""
    for place in session.places if folders else ():
        if place.name not in session.absent:
            try:
                session.hands.ask(place.name, _make_folders, place, tuple(folders))
            except (DestinationError, OSError) as error:
                session.leave_out(place.name, error)


def _make_folders(admitted: Admitted, folders: Sequence[bytes]) -> None:
    place = open_destination(admitted)
    try:
        for folder in folders:
            os.close(open_folder(place.root_fd, folder))
            alive()
    finally:
        place.close()
