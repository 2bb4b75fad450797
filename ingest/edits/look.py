"""What stands of a file's versions at a destination, asked there: under the plain name, and aside. It only reads."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace

import xxhash

from ingest.copying.destination import Admitted
from ingest.disk.apart import alive
from ingest.edits.place import NO_FILE, Copied, Desk, Known, Look, Stamp, There, desk_at, read_version, stamp_of
from ingest.model.copies import Digest
from ingest.model.names import base_of, join, parent_of
from ingest.plan.version_names import aside, beginning_of, is_numbered


def look_at(admitted: Admitted, looks: Sequence[Look]) -> tuple[There, ...]:
    """What stands there of each file, in order; writes nothing.

    Raises:
        DestinationError: it is not there any more.
        OSError: it does not answer.
    """
    with desk_at(admitted) as desk:
        return tuple(_there(desk, each) for each in looks)


def _there(desk: Desk, look: Look) -> There:
    alive()
    there = _plain(desk, look)
    lacking = [known for known in look.known if known.is_lacking and known.asset != there.asset]
    lying = [found for known in lacking if (found := _lying_aside(desk, look.path, known))]
    return replace(there, found=(*there.found, *lying))


def _plain(desk: Desk, look: Look) -> There:
    stamp = stamp_of(desk, look.path)
    if stamp is None:
        return There(look.path)
    if look.is_ours or stamp == NO_FILE:
        return There(look.path, None, True, stamp)
    if look.plain and look.plain[1] == stamp:
        return There(look.path, look.plain[0], False, stamp)
    copied = _which(desk, look.path, look.known, stamp)
    if copied is None:
        return There(look.path, None, True, stamp)
    return There(look.path, copied.asset, False, copied.stamp, (copied,))


def _lying_aside(desk: Desk, path: bytes, known: Known) -> Copied | None:
    """A version that an earlier session set aside or copied there before it could say so."""
    wanted = aside(path, known.seen)
    for name in desk.names_in(parent_of(wanted), beginning_of(base_of(wanted))):
        if is_numbered(name, base_of(wanted)):
            lies = join(parent_of(wanted), name)
            stamp = stamp_of(desk, lies)
            found = _which(desk, lies, (known,), stamp) if stamp else None
            if found:
                return found
    return None


def _which(desk: Desk, path: bytes, known: Iterable[Known], stamp: Stamp) -> Copied | None:
    """The version whose bytes a file has, read around the cache; None where it is none of them."""
    same_size = [each for each in known if each.digest.size == stamp.size]
    if not same_size:
        return None
    content, sha1 = xxhash.xxh3_128(), hashlib.sha1(usedforsecurity=False)
    try:
        back = read_version(desk, path, content, sha1)
    except OSError:
        return None
    digest = Digest(back.stamp.size, content.digest(), sha1.digest())
    for each in same_size:
        if each.digest == digest:
            return Copied(each.asset, path, back.stamp, back.method, digest.xxh128, True, back.at)
    return None
