"""What `doctor` says of notices: why the last one could not be sent, for as long as none could since."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from ingest.cli.weak_points import Answer
from ingest.notices.herald import UNSENT
from ingest.stream.notices import given_notices
from ingest.stream.store import STREAM, open_stream


def notice_answers(home: Path) -> Iterator[Answer]:
    """Nothing where all is well, or where nobody was ever called."""
    if not (home / STREAM).exists():
        return
    with contextlib.suppress(sqlite3.Error, OSError), contextlib.closing(open_stream(home)) as stream:
        unsent = given_notices(stream).get(UNSENT)
        if unsent:
            yield Answer("notices", "note", unsent.mark, "Try the way: safelight notices test")
