"""What the tests of contact sheets share."""

import pytest
from sheets_desk import photograph


class _NoParsers:
    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def healths(self, files):
        return (() for _ in files)


@pytest.fixture
def quick(monkeypatch):
    """An ingest that looks into no picture: starting two processes is most of its time."""
    monkeypatch.setattr("ingest.session.look.captures_by_several", lambda files, _now: (None for _ in files))
    monkeypatch.setattr("ingest.session.pictures.ParserPool", _NoParsers)


@pytest.fixture
def shown(studio, quick):
    """A studio with a red, a green and a blue photograph, proven at both destinations; their card is gone."""
    import shutil

    for number, colour in enumerate(("red", "green", "blue"), 1):
        studio.put(f"DCIM/100CANON/IMG_{number:04}.JPG", photograph(colour))
    assert studio.ingest("--shoot", "Meyer").level == "safe"
    shutil.rmtree(studio.card)
    return studio
