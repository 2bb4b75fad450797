"""How a repair reaches its destinations: a child that looks and writes at each, one that reads what heals another.

Who hangs or is away is given up once, with the reason; nobody is asked again in the same repair.
"""

import contextlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ParamSpec, TypeVar

from ingest.care.looking import bears
from ingest.care.placing import drop, sweep
from ingest.care.restore import Sink
from ingest.copying.elsewhere import Elsewhere
from ingest.disk.apart import Apart
from ingest.errors import DestinationError, NoAnswer
from ingest.model.names import join
from ingest.model.places import Destination
from ingest.model.standing import Standing

P = ParamSpec("P")
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """A destination of the settings as the ledger knows it."""

    place: Destination
    marker: str
    id: int


class Reach:
    """The children of one repair. beginning: of its temporary names. patience: seconds of silence, then it is over."""

    def __init__(self, places: Mapping[str, Place], beginning: bytes, patience: float) -> None:
        self._places, self._beginning, self._patience = places, beginning, patience
        self._aparts: dict[str, Apart] = {}
        self._away: dict[str, str] = {}
        self._unreached: dict[str, str] = {}
        self._elsewhere = Elsewhere(patience)

    def ask(self, name: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What a destination's child answers; swept before anything else is asked.

        Raises:
            DestinationError: it is not here, or was given up.
            OSError: what it answered.
        """
        if name in self._away:
            raise DestinationError(self._away[name])
        try:
            if name not in self._aparts:
                self._aparts[name] = Apart(name, self._patience)
                where = self._places[name]
                self._aparts[name].ask(sweep, where.place, where.marker, self._beginning)
            return self._aparts[name].ask(function, *args, **kwargs)
        except DestinationError as error:
            self._away[name] = error.message
            raise

    def forget(self, name: str) -> None:
        """What was begun there goes, where it still answers; else the next repair sweeps it."""
        with contextlib.suppress(DestinationError, OSError):
            self.ask(name, drop)

    def tidy(self) -> None:
        """After Ctrl-C: whatever a child was at, it ends, and what it had begun goes, where that is answered."""
        for name, apart in self._aparts.items():
            apart.close()
            if name not in self._away:
                where = self._places[name]
                with contextlib.suppress(DestinationError, OSError):
                    apart.ask(sweep, where.place, where.marker, self._beginning)

    def why_not(self, name: str) -> str:
        """Why nothing can be read from a destination, "" when it is here; it is asked once."""
        if name not in self._unreached:
            apart, where = Apart(name, self._patience), self._places[name]
            try:
                here = apart.ask(bears, where.place, where.marker)
                self._unreached[name] = "" if here else f"{name} is not here"
            except NoAnswer as error:
                self._unreached[name] = error.message
            except OSError as error:
                self._unreached[name] = f"{name} does not answer: {words_of(error)}"
            finally:
                apart.close()
        return self._unreached[name]

    def read(self, source: Standing, sink: Sink) -> bool:
        """Feed a copy's bytes to a sink, whole. Raises as `Elsewhere.piece`, and whatever the sink raises."""
        path, offset = join(self._places[source.destination].place.root, source.path), 0
        while piece := self._elsewhere.piece(source.destination, path, offset):
            offset += len(piece)
            sink(bytes(piece))
        return True

    def close(self) -> None:
        """End the children."""
        self._elsewhere.close()
        for apart in self._aparts.values():
            apart.close()


def words_of(error: Exception) -> str:
    """Why something failed, in a few words."""
    if isinstance(error, OSError):
        return error.strerror or str(error)
    return str(error) or type(error).__name__
