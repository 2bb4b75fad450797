"""What the tests of faults share."""

import pytest


class _NoParsers:
    """Stands for the child that opens pictures: it writes nothing, and has faults of its own to endure."""

    def __enter__(self):
        return self

    def __exit__(self, *_):
        pass

    def healths(self, files):
        return (() for _ in files)


@pytest.fixture
def no_parsers(monkeypatch):
    monkeypatch.setattr("ingest.session.look.captures_by_several", lambda files, _now: (None for _ in files))
    monkeypatch.setattr("ingest.session.pictures.ParserPool", _NoParsers)
