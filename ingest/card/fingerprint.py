"""What a verdict belongs to: the card's contents at one moment, as 16 bytes."""

import xxhash

from ingest.model.cards import Listing


def fingerprint(listing: Listing) -> bytes:
    """xxh3-128 over path, size, mtime and kind of every entry, in the order of paths.

    One new photograph, one changed size or time, one renamed file give another one. Content is not looked at: that
    two listings have one fingerprint is a reason to look closer, never a proof.
    """
    content = xxhash.xxh3_128()
    for file in sorted(listing.files, key=lambda file: (file.path, file.kind)):
        content.update(file.path)
        content.update(f"\0{file.size} {file.mtime_ns} {file.kind.value}\0".encode("ascii"))  # no path holds NUL
    return content.digest()
