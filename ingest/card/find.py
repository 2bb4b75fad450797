"""Which card is meant: the folder that was named, or the one mounted volume that a camera wrote to."""

import contextlib
import errno
import os
from collections.abc import Sequence

from ingest.disk.fs_rules import may_hang
from ingest.disk.mountinfo import is_inside
from ingest.disk.volumes import volume_of
from ingest.errors import CardSilent, NoCard
from ingest.model.cards import CardIdentity
from ingest.model.layouts import is_camera_media
from ingest.model.names import display
from ingest.model.places import Volume

_NO_FAULT_OF_THE_MEDIUM = (errno.EACCES, errno.EPERM, errno.ELOOP, errno.ENAMETOOLONG)
_NAME_IT = "Plug the card in, or name its folder: safelight ingest /path/to/card"


def find_card(
    explicit: bytes | None, volumes: Sequence[Volume], destinations: Sequence[bytes]
) -> tuple[bytes, Volume, CardIdentity]:
    """The root of the card (absolute, links resolved), the volume it lies on, and its identity.

    explicit: the folder that was named, or None to look for one. volumes: what is mounted. destinations: their roots,
    links resolved, which are never cards and are not looked at: one may hang. Writes nothing; network and FUSE mounts
    are not looked at unless they are named.

    Raises:
        NoCard: no card is mounted, or more than one; `explicit` is missing, no folder, not allowed, or a destination.
        CardSilent: its medium answers with an error.
    """
    if explicit is not None:
        root = _named(explicit)
        _refuse_destination(root, destinations)
    else:
        root = _only_one(volumes, destinations)
    try:
        volume = volume_of(root)
    except OSError as error:
        raise _silent(root, error) from error
    return root, volume, identity_of(root, volume)


def identity_of(root: bytes, volume: Volume) -> CardIdentity:
    """What tells the card at `root` from others; a folder of a volume is a card of its own."""
    below = os.path.relpath(root, volume.mount) if is_inside(root, volume.mount) else root
    if below == b".":
        return CardIdentity(volume.uuid, volume.label, volume.size)
    return CardIdentity(volume.uuid, display(os.path.basename(root)), volume.size, below)


def _named(path: bytes) -> bytes:
    shown = display(path)
    try:
        root = os.path.realpath(path, strict=True)
        os.scandir(root).close()
    except FileNotFoundError as error:
        raise NoCard(f"There is no folder {shown}", path=shown, hint=_NAME_IT) from error
    except NotADirectoryError as error:
        raise NoCard(f"{shown} is not a folder", path=shown, hint="Name the card's top folder") from error
    except OSError as error:
        if error.errno not in _NO_FAULT_OF_THE_MEDIUM:
            raise _silent(path, error) from error
        raise NoCard(f"{shown} cannot be read: {error.strerror}", path=shown) from error
    return root


def _silent(root: bytes, error: OSError) -> CardSilent:
    shown = display(root)
    hint = "Do not format it. Try another reader or cable, then run the same command again"
    return CardSilent(f"The card at {shown} cannot be read: {error.strerror}", path=shown, hint=hint)


def _refuse_destination(root: bytes, destinations: Sequence[bytes]) -> None:
    for real in destinations:
        if is_inside(root, real):
            raise NoCard(
                f"{display(root)} lies in the destination {display(real)}: it holds copies, it is no card",
                path=display(root),
                hint=_NAME_IT,
            )


def _only_one(volumes: Sequence[Volume], destinations: Sequence[bytes]) -> bytes:
    candidates: list[Volume] = []
    silent: list[str] = []
    taken = _of_destinations(volumes, destinations)
    for volume in volumes:
        if volume.mount == b"/" or volume.mount in taken or may_hang(volume.fs_type):
            continue
        try:
            if is_card(volume):
                candidates.append(volume)
        except OSError as error:
            silent.append(f"{display(volume.mount)} could not be looked at: {error.strerror}")
    if len(candidates) == 1:
        return os.path.realpath(candidates[0].mount)
    if not candidates:
        raise NoCard("No card is plugged in", hint=". ".join((*silent, _NAME_IT)))
    names = ", ".join(f"{volume.label or 'a card without a name'} ({display(volume.mount)})" for volume in candidates)
    raise NoCard(
        f"{len(candidates)} cards are plugged in: {names}",
        hint=f"Say which one: safelight ingest {display(candidates[0].mount)}",
    )


def mounted_cards(volumes: Sequence[Volume], destinations: Sequence[bytes]) -> list[Volume]:
    """The mounted volumes that a camera wrote to; those that cannot be looked at are left out. For who only looks."""
    taken = _of_destinations(volumes, destinations)
    found = []
    for volume in volumes:
        if volume.mount == b"/" or volume.mount in taken or may_hang(volume.fs_type):
            continue
        with contextlib.suppress(OSError):
            found += [volume] * is_card(volume)
    return found


def is_card(volume: Volume) -> bool:
    """Whether a camera wrote to it, by the names of its top folders; OSError when it cannot be looked at."""
    with os.scandir(volume.mount) as entries:
        return is_camera_media(os.fsencode(entry.name) for entry in entries)


def _of_destinations(volumes: Sequence[Volume], roots: Sequence[bytes]) -> set[bytes]:
    """The mounts on which a destination lies, and those that lie in a destination."""
    mounts = [volume.mount for volume in volumes]
    taken = {mount for mount in mounts for root in roots if is_inside(mount, root)}
    for root in roots:
        taken |= {max((mount for mount in mounts if is_inside(root, mount)), key=len, default=b"/")}
    return taken
