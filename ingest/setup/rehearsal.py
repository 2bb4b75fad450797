"""A rehearsal: a made-up card, a home of its own, folders of its own on the real destinations. Nothing of it stays."""

import contextlib
import os
import re
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ingest.config import Settings
from ingest.disk.fs_rules import rules_for
from ingest.disk.volumes import volume_of
from ingest.errors import DestinationError, SafelightError
from ingest.model.places import DestinationKind
from ingest.session.hands import Hands
from ingest.setup.sample_card import make_card

NAME = "Rehearsal"
_BEGINNING = ".safelight-rehearsal-"
_LEFT = re.compile(re.escape(_BEGINNING) + "[0-9a-f]{12}")
_DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class Stage:
    """Where it is played. settings: those that were answered, with folders of its own and neither catalogs nor cloud.

    card: the made-up one's folder.
    """

    home: Path
    card: Path
    settings: Settings


@contextlib.contextmanager
def stage(home: Path, settings: Settings, now: float) -> Iterator[Stage]:
    """Everything is made, and removed at the end whatever happened. home: Safelight's own, which is not touched
    otherwise. now: seconds since 1970 UTC. Drives that are carried elsewhere take no part: they would be marked.

    Raises:
        SafelightError: a destination does not let a folder be made.
    """
    tag = f"{_BEGINNING}{secrets.token_hex(6)}"
    places = [place for place in settings.destinations if place.kind is not DestinationKind.DRIVE]
    with contextlib.ExitStack() as undo:
        own = _own_folder(home, undo)
        hands = undo.enter_context(Hands(settings.copying.patience))
        moved = []
        for place in places:
            folder = os.path.join(place.root, tag)
            try:
                undo.callback(_clear, hands, place.name, folder)
                hands.ask(place.name, make_folder, folder)
            except (DestinationError, OSError) as error:
                why = error.message if isinstance(error, DestinationError) else f"{folder}: {error.strerror}"
                raise SafelightError(f"The rehearsal cannot begin: {why}") from error
            moved.append(place.changed(root=folder))
        make_card(own / "REHEARSAL", now)
        (own / "home").mkdir(mode=0o700)
        plain = settings.at(moved).changed(catalogs=(), cloud=None)
        yield Stage(own / "home", own / "REHEARSAL", plain)


def _own_folder(home: Path, undo: contextlib.ExitStack) -> Path:
    """For card and home: where a file can be read around the cache, so not in memory."""
    last: Path | None = None
    for parent in (None, home, Path.home()):
        with contextlib.suppress(OSError):
            last = Path(tempfile.mkdtemp(prefix=_BEGINNING, dir=parent))
            undo.callback(shutil.rmtree, last, ignore_errors=True)
            if rules_for(volume_of(os.fsencode(last))).proof_ceiling is not None:
                return last
    if last is None:
        raise SafelightError("The rehearsal cannot begin: there is no room for a temporary folder")
    return last


def make_folder(folder: str) -> None:
    """Asked at the destination: make it, and remove what a killed rehearsal left a day ago or longer."""
    os.mkdir(folder)
    born, parent = os.stat(folder).st_mtime, os.path.dirname(folder)
    for name in os.listdir(parent):
        old = os.path.join(parent, name)
        if _LEFT.fullmatch(name) and not os.path.islink(old) and born - os.stat(old).st_mtime > _DAY:
            remove(old)


def _clear(hands: Hands, name: str, folder: str) -> None:
    with contextlib.suppress(DestinationError, OSError):
        hands.ask(name, remove, folder)


def remove(folder: str) -> None:
    """Asked at the destination: take away what was made for the rehearsal."""
    assert _BEGINNING in os.path.basename(folder)
    shutil.rmtree(folder, ignore_errors=True)
