"""What the tests of the whole session share."""

import pytest


class NoParsers:
    """Stands for the children that look into pictures; what they answer never changes a verdict (they have own tests)."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def captures(self, files, now):
        return (None for _ in files)

    def healths(self, files):
        return (() for _ in files)


@pytest.fixture
def sabotage():
    """Patches of a test's own, so that `sabotage.undo()` repairs what it broke and nothing else."""
    patch = pytest.MonkeyPatch()
    yield patch
    patch.undo()


@pytest.fixture(autouse=True)
def no_parsers(request, monkeypatch):
    """Starting two processes is most of the time of an ingest of five small files."""
    if "parsers" not in request.fixturenames:
        monkeypatch.setattr("ingest.session.look.ParserPool", NoParsers)
        monkeypatch.setattr("ingest.session.pictures.ParserPool", NoParsers)


@pytest.fixture
def parsers():
    """Ask for it where the pictures must really be looked into."""
