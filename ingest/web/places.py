"""What destinations answered last, asked anew when that is old; a page waits a moment for it and no longer."""

import asyncio
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

_OLD = 20.0  # seconds
_PAGE_WAITS = 2.0  # seconds
_LIMIT = 30.0  # seconds, then the child is ended
_LOOK = 0.05  # seconds from one look at the child to the next
_COMMAND = (sys.executable, "-P", "-m", "ingest.web.places_child")


@dataclass(frozen=True, slots=True)
class Stands:
    """answers: by name, as `places_child.stands` gives them. at: seconds since 1970 UTC, 0.0: nobody answered yet."""

    at: float = 0.0
    answers: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)


class PlaceAsker:
    """Asks for one home, never twice at once."""

    def __init__(self, home: Path, command: Sequence[str] = _COMMAND) -> None:
        self._command = (*command, str(home))
        self._last = Stands()
        self._asked = -_OLD
        self._task: asyncio.Task[None] | None = None

    async def stands(self, news: float = 0.0) -> Stands:
        """The last answers; where they are old they are asked for, and waited for at most two seconds.

        news: when somebody else saw a destination go or come, seconds since 1970 UTC; what is older is old.
        """
        if self._task is None and (time.monotonic() - self._asked > _OLD or news > self._last.at):
            self._task = asyncio.create_task(self._ask())
        if self._task is not None:
            await asyncio.wait({self._task}, timeout=_PAGE_WAITS)
        return self._last

    async def _ask(self) -> None:
        try:
            began = time.time()
            told = await self._told()
            self._last = Stands(began, {each["name"]: each for each in json.loads(told)})
        except (OSError, ValueError):
            pass  # the page says when somebody answered last
        finally:
            self._asked, self._task = time.monotonic(), None

    async def _told(self) -> bytes:
        """What the child prints; nothing whole where it takes too long. It ends with this task."""
        with tempfile.TemporaryFile() as output:
            child = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.DEVNULL)
            try:
                until = time.monotonic() + _LIMIT
                while child.poll() is None and time.monotonic() < until:
                    await asyncio.sleep(_LOOK)
            finally:
                if child.poll() is None:
                    child.kill()
            output.seek(0)
            return output.read()
