"""What became of an object that we sent, as listings of the bucket tell it. Pure."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from ingest.cloud.store import StoredObject
from ingest.ledger.upload_checks import Look


class Fate(StrEnum):
    """CHECKED: it lies there as it was sent. DOUBTFUL: something large does, of which its uploader alone says that it
    is this. VANISHED: no version of it is left. TAKEN: nor is its name free. HIDDEN: ours is there, and cannot be seen.
    COVERED: ours is there, beneath something else.
    """

    CHECKED = "checked"
    DOUBTFUL = "doubtful"
    VANISHED = "vanished"
    TAKEN = "taken"
    HIDDEN = "hidden"
    COVERED = "covered"


WORDS: Mapping[Fate, str] = {
    Fate.VANISHED: "it is not in the bucket any more",
    Fate.TAKEN: "it is not in the bucket any more, and other content has its name there",
    Fate.HIDDEN: (
        "somebody hid it in the bucket, where its bytes still lie. Unhide it there, or send it again:"
        " safelight cloud retry"
    ),
    Fate.COVERED: (
        "something else was put over it in the bucket, where its bytes still lie beneath. Remove what lies above it"
        " there, or send it again under a name beside it: safelight cloud retry"
    ),
}
TO_SEND_AGAIN = (Fate.VANISHED, Fate.TAKEN)


def fate_of(
    look: Look, visible: StoredObject | None, versions: Sequence[StoredObject]
) -> tuple[Fate, StoredObject | None]:
    """The fate, and the version that is this content, None where there is none.

    visible: what has the key. versions: all of this key, also hidden and covered ones; need not be known where
    `is_plain` says so.
    """
    if is_plain(look, visible):
        return Fate.CHECKED, visible
    alike = [one for one in versions if _is_alike(look, one)]
    ours = next((one for one in alike if one.file_id == look.file_id), None)
    ours = ours or next((one for one in alike if one.verified), None)
    if ours is not None:
        return (Fate.HIDDEN if visible is None else Fate.COVERED), ours
    if visible is None:
        return Fate.VANISHED, None
    return (Fate.DOUBTFUL, visible) if _is_alike(look, visible) else (Fate.TAKEN, None)


def is_plain(look: Look, visible: StoredObject | None) -> bool:
    """Whether what has the key is checked without looking further: by the service's own SHA-1, or as our very version.

    Our own large version had each part's SHA-1 checked by the service when it was sent.
    """
    return visible is not None and _is_alike(look, visible) and (visible.verified or visible.file_id == look.file_id)


def how_checked(found: StoredObject) -> str:
    """By what SHA-1: the service's own of the whole, or those of the parts."""
    return "sha1" if found.verified else "parts"


def _is_alike(look: Look, found: StoredObject) -> bool:
    return (found.size, found.sha1) == (look.size, look.sha1)
