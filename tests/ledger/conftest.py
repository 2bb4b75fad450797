"""What the tests of the ledger use."""

from contextlib import closing

import pytest
from ledger_desk import ContentDesk


@pytest.fixture
def desk(tmp_path):
    """A ledger into which contents are written, unless a file has a desk of its own."""
    with closing((desk := ContentDesk(tmp_path / "ledger.sqlite")).db):
        yield desk
