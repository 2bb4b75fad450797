"""Bring one copy back from where it lies, as after a loss: read around the cache, proven, under a name in `folder`."""

from ingest.care.restore import Sink, Source, Wanted, restore
from ingest.copying.destination import OpenDestination, admit, open_destination
from ingest.copying.proving import read_back
from ingest.disk.apart import alive
from ingest.disk.folders import FolderCache
from ingest.disk.readback import Buffer
from ingest.errors import CloudRefused, CloudUnreachable
from ingest.model.names import base_of, parent_of
from ingest.model.places import Destination


class MediumSource:
    """A destination whose copies are read from its medium; what lies in this computer's memory proves no return."""

    def __init__(self, place: OpenDestination) -> None:
        self.name = place.name
        self._place = place

    def fetch(self, wanted: Wanted, sink: Sink) -> None:
        """Feed the copy's bytes to `sink`; OSError when it is not there."""
        path = wanted.locations[self.name]
        folders, buffer = FolderCache(self._place.root_fd), Buffer()

        def take(piece: memoryview) -> None:
            sink(piece)
            alive()

        try:
            read_back(self._place, folders.open(parent_of(path)), base_of(path), buffer, (take,))
        finally:
            buffer.close()
            folders.close()


def bring_from_place(place: Destination, marker: str, wanted: Wanted, folder: bytes) -> str:
    """ "" when the copy came back equal, else why not. Asked at the destination; marker: as the ledger knows it.

    Raises:
        DestinationError: it is not there, or another one.
    """
    opened = open_destination(admit(place, marker))
    try:
        return bring(MediumSource(opened), wanted, folder)
    finally:
        opened.close()


def bring(source: Source, wanted: Wanted, folder: bytes) -> str:
    """ "" when the copy came back equal and lies below `folder`, else why not.

    Raises:
        CloudRefused, CloudUnreachable: the bucket cannot be asked, which says nothing of this copy.
    """
    asked = _Asked(source)
    report = restore([wanted], [asked], folder, lambda _: None)
    if asked.away:
        raise asked.away
    return report.failed.get(wanted.path, "").removeprefix(f"{source.name}: ")


class _Asked:
    """A source of which is remembered that it could not be asked; a restore takes that for one more reason."""

    def __init__(self, source: Source) -> None:
        self.name = source.name
        self.away: CloudRefused | CloudUnreachable | None = None
        self._source = source

    def fetch(self, wanted: Wanted, sink: Sink) -> None:
        try:
            self._source.fetch(wanted, sink)
        except (CloudRefused, CloudUnreachable) as error:
            self.away = error
            raise
