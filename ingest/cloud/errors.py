"""What can go wrong with one object on its way to the bucket; the queue decides by the type what happens next.

CloudError                       unknown: three tries, hours apart, then a person looks
|-- CloudRefused                 the owner must act: the queue stops with one sentence
|   `-- NoIdentity               what lies encrypted cannot be opened here: there is no private key
|-- CloudUnreachable             weather: the job waits, its attempts are not counted
|   `-- SlowDown                 the service named a pause
|-- Interrupted                  a person or a pause asked to stop: the job waits
|-- SourceChanged                the bytes sent are not the Asset's: ask another copy
|-- SourceGone                   the drive is not there or cannot be read: the job waits for it
|   `-- NoSpool                  no room here for what is encrypted before it is sent: the job waits for it
|-- NameTaken                    another content has the name: a new name, never a new version
|-- ObjectRefused                this object alone needs a person
|-- Unopened                     what lies encrypted is damaged
`-- WrongIdentity                it was encrypted for others than the private keys that are here
"""

from ingest.errors import CloudError, CloudRefused, CloudUnreachable, Exit

__all__ = [
    "CloudError",
    "CloudRefused",
    "CloudUnreachable",
    "Interrupted",
    "NameTaken",
    "NoIdentity",
    "NoSpool",
    "ObjectRefused",
    "SlowDown",
    "SourceChanged",
    "SourceGone",
    "Unopened",
    "WrongIdentity",
]


class SlowDown(CloudUnreachable):
    """The service asks for a pause. seconds: how long, 0 when it did not say."""

    def __init__(self, message: str, *, seconds: float = 0.0, hint: str = "", path: str = "") -> None:
        super().__init__(message, hint=hint, path=path)
        self.seconds = seconds


class Interrupted(CloudError):
    """Asked to stop; nothing is lost, the job goes on next time."""

    exit_code = Exit.INTERRUPTED
    retriable = True


class SourceChanged(CloudError):
    """The bytes sent do not hash to the Asset's SHA-1."""


class SourceGone(CloudError):
    """The file to send cannot be opened or read."""

    retriable = True


class NameTaken(CloudError):
    """An object of another content already has this key."""


class ObjectRefused(CloudError):
    """The service will not take or touch this one object: its name, its lock or its size."""

    exit_code = Exit.CLOUD_REFUSED


class NoIdentity(CloudRefused):
    """There is no private key here for what lies encrypted in the bucket."""


class NoSpool(SourceGone):
    """What is encrypted before it is sent finds no room on this computer."""


class Unopened(CloudError):
    """An object is damaged, cut, or not encrypted in the format that it should be."""


class WrongIdentity(CloudError):
    """An object was encrypted for others than the private keys that are here."""
