"""What goes wrong with sidecars."""

from ingest.errors import SafelightError


class XmpRefused(SafelightError):
    """A document that is not understood well enough to be changed: it is left as it is."""
