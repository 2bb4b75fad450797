"""What can be wrong with a history. All leave with `Exit.CARE_FAILED` except those that are about writing.

CareFailed
|-- ManifestDamaged      18   it contradicts itself, its chain or the specification
|-- ManifestUnreadable   18   retriable: the medium did not give it
|-- NoHistory            18   nothing to compare with
`-- NothingToRecord      18   a generation without a single file was asked for
DestinationError
`-- HistoryBusy          13   retriable: another session writes it
"""

from ingest.errors import CareFailed, DestinationError


class ManifestDamaged(CareFailed):
    """A manifest or chain is not what its writer left, or never was valid. Nothing in it is believed."""


class ManifestUnreadable(CareFailed):
    """The medium refused to give a manifest or chain."""

    retriable = True


class NoHistory(CareFailed):
    """The folder has no history, or one that names no file: there is nothing to compare with."""


class NothingToRecord(CareFailed):
    """A generation of zero files proves nothing and is never written."""


class HistoryBusy(DestinationError):
    """Another session is writing to the same history."""

    retriable = True
