"""Whether the files of a card account for the bytes that its file system says are used."""

from ingest.model.cards import EntryKind, Listing
from ingest.model.names import parent_of

_LEAST = 64 << 20  # bytes; less may be a file system's own, and is hardly a photograph's worth of trouble
_LEAST_SHARE = 0.02  # of what is used
_ENTRY = 1024  # bytes of a folder for each entry: FAT and exFAT write a name of 255 characters in 23 pieces of 32
_BITMAP = 8  # clusters of which exFAT and ext4 keep one byte


def unaccounted(listing: Listing, used: int, cluster: int, size: int) -> int:
    """Bytes that are used and that no listed file accounts for; 0 within the tolerance.

    used, cluster, size: of the file system, in bytes; each file takes whole clusters. Allowed for: a cluster and 1 KiB
    an entry for each folder, a bitmap of all clusters; then what is left must be above 64 MiB and above 2 % of `used`.
    Where a folder could not be listed nobody knows what it holds, and another reason speaks of it: 0.
    """
    if cluster <= 0 or any(file.kind is EntryKind.UNLISTABLE for file in listing.files):
        return 0
    files = sum(-(-file.size // cluster) * cluster for file in listing.files)
    folders = _folders(listing)
    own = (folders + 2) * cluster + (len(listing.files) + folders) * _ENTRY + size // cluster // _BITMAP
    left = used - files - own
    return left if left > max(_LEAST, used * _LEAST_SHARE) else 0


def _folders(listing: Listing) -> int:
    """How many folders there are, the root left out."""
    found: set[bytes] = set()
    for folder in {*(parent_of(file.path) for file in listing.files), *listing.empty_folders}:
        above = folder
        while above and above not in found:
            found.add(above)
            above = parent_of(above)
    return len(found)


def sentence(count: int) -> str:
    """What to tell of so many bytes."""
    size = f"{count / 1e9:,.1f} GB" if count >= 1e9 else f"{count / 1e6:,.0f} MB"
    return (
        f"the card holds {size} that no file accounts for: photographs may be there that the listing does not show;"
        " look at it in the camera or with a recovery tool before formatting"
    )
