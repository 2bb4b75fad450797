"""Every error Safelight raises on purpose, drawn as a tree; each knows its exit code.

    SafelightError                    1
    |-- UsageError                    2
    |-- ConfigError                   4
    |-- CardError                     2
    |   |-- NoCard                    2
    |   |-- EmptyCard                11
    |   |-- CardSilent               10   retriable
    |   `-- CardBusy                 12
    |-- CardGone                     11
    |-- SyncBusy                     12   retriable
    |-- DestinationError             13
    |   |-- DestinationMissing       13   retriable
    |   |   `-- NoAnswer             13   retriable
    |   |-- DestinationFull          13   retriable
    |   |-- DestinationReadOnly      13
    |   `-- DestinationRefused       13   same device, inside the card, wrong marker, unprovable kind
    |-- CopyMismatch                 14
    |-- CatalogError                 15
    |-- CloudError
    |   |-- CloudRefused             16   the owner must act
    |   `-- CloudUnreachable         17   retriable, the queue is kept
    |-- CareFailed                   18
    `-- LedgerError                  19

An error says what happened, to which file, and what to do next; `retriable` says whether the same command may help.
"""

from enum import IntEnum


class Exit(IntEnum):
    """The documented exit codes; an unknown one is a failure."""

    OK = 0
    UNEXPECTED = 1
    USAGE = 2
    UNREADABLE_FILES = 3
    CONFIG = 4
    DO_NOT_FORMAT = 10
    NOT_YET = 11
    CARD_BUSY = 12
    DESTINATION = 13
    MISMATCH = 14
    CATALOG = 15
    CLOUD_REFUSED = 16
    CLOUD_UNREACHABLE = 17
    CARE_FAILED = 18
    LEDGER = 19
    INTERRUPTED = 130


class SafelightError(Exception):
    """Base. message: what happened. hint: what to do next. path: the file or place, already in display form."""

    exit_code: Exit = Exit.UNEXPECTED
    retriable: bool = False

    def __init__(self, message: str, *, hint: str = "", path: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.path = path


class UsageError(SafelightError):
    """The command was asked for something that makes no sense."""

    exit_code = Exit.USAGE


class ConfigError(SafelightError):
    """The settings are wrong; `mistakes` holds every one with its path in the file."""

    exit_code = Exit.CONFIG

    def __init__(self, message: str, *, mistakes: tuple[str, ...] = (), hint: str = "", path: str = "") -> None:
        super().__init__(message, hint=hint, path=path)
        self.mistakes = mistakes


class CardError(SafelightError):
    """Something about the card as a whole."""

    exit_code = Exit.USAGE


class NoCard(CardError):
    """No card was given and none, or more than one, is mounted; or the given path is no folder."""


class EmptyCard(CardError):
    """A card without any file: never safe, since its files may only be invisible."""

    exit_code = Exit.NOT_YET


class CardSilent(CardError):
    """The card's folder is there, and its medium answers with an error: it may be dying."""

    exit_code = Exit.DO_NOT_FORMAT
    retriable = True


class CardBusy(CardError):
    """Another session works on this card."""

    exit_code = Exit.CARD_BUSY
    retriable = True


class CardGone(SafelightError):
    """The card vanished while it was read. Plug it in again and run the same command."""

    exit_code = Exit.NOT_YET
    retriable = True


class SyncBusy(SafelightError):
    """Another sync of the edits is under way."""

    exit_code = Exit.CARD_BUSY
    retriable = True


class DestinationError(SafelightError):
    """A destination cannot take copies."""

    exit_code = Exit.DESTINATION


class DestinationMissing(DestinationError):
    """Not mounted, or its marker is not there."""

    retriable = True


class NoAnswer(DestinationMissing):
    """It was asked and gave no sign of life: its mount hangs. It is not asked again in this session."""


class DestinationFull(DestinationError):
    """No room, no inodes or over quota."""

    retriable = True


class DestinationReadOnly(DestinationError):
    """Mounted read-only or not writable for this user."""


class DestinationRefused(DestinationError):
    """It must not be used as it stands: same device as another, inside the card, another marker."""


class CopyMismatch(SafelightError):
    """A copy read back with other bytes than the card gave, and did so again after a new copy."""

    exit_code = Exit.MISMATCH


class CatalogError(SafelightError):
    """An editor's catalog is missing, locked for good, corrupt or of an unknown layout."""

    exit_code = Exit.CATALOG


class CloudError(SafelightError):
    """The off-site copy."""

    exit_code = Exit.CLOUD_UNREACHABLE


class CloudRefused(CloudError):
    """Cap, key, bucket or clock: retrying cannot heal it, the owner must act."""

    exit_code = Exit.CLOUD_REFUSED


class CloudUnreachable(CloudError):
    """Network or service away; the queue is kept and will go on."""

    exit_code = Exit.CLOUD_UNREACHABLE
    retriable = True


class CareFailed(SafelightError):
    """A verify, restore or drill found something wrong, or found nothing to do its work on."""

    exit_code = Exit.CARE_FAILED


class LedgerError(SafelightError):
    """The ledger is damaged, newer than the program, on a network file system or not writable."""

    exit_code = Exit.LEDGER
