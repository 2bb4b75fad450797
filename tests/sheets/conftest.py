"""What the tests of contact sheets share."""

import shutil

import pytest
from sheets_desk import ledger_of, photograph, tag_two
from studio import Studio


class _NoParsers:
    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def healths(self, files):
        return (() for _ in files)


@pytest.fixture(scope="session")
def quick():
    """An ingest that looks into no picture: starting two processes is most of its time."""
    patch = pytest.MonkeyPatch()

    def turn_on():
        patch.setattr("ingest.session.look.captures_by_several", lambda files, _now: (None for _ in files))
        patch.setattr("ingest.session.pictures.ParserPool", _NoParsers)
        return patch

    return turn_on


def _ingested(studio, quick):
    for number, colour in enumerate(("red", "green", "blue"), 1):
        studio.put(f"DCIM/100CANON/IMG_{number:04}.JPG", photograph(colour))
    patch = quick()
    assert studio.ingest("--shoot", "Meyer").level == "safe"
    patch.undo()
    shutil.rmtree(studio.card)
    return studio


@pytest.fixture
def shown(studio, quick):
    """A studio with a red, a green and a blue photograph, proven at both destinations; their card is gone."""
    return _ingested(studio, quick)


@pytest.fixture(scope="session")
def standing(tmp_path_factory, quick):
    """The same for tests that change nothing there; an editor rated the first two."""
    studio = _ingested(Studio(tmp_path_factory.mktemp("standing")), quick)
    with ledger_of(studio) as ledger:
        tag_two(ledger)
    return studio
