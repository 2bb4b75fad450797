"""A folder that is named as destination: where it would stand, and why it could never be one."""

import contextlib
import os
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ingest.card.find import is_card
from ingest.config import values
from ingest.copying.destination import read_marker
from ingest.disk.fs_rules import may_hang, rules_for
from ingest.disk.mountinfo import is_inside
from ingest.disk.volumes import list_volumes, volume_of
from ingest.errors import DestinationError, UsageError
from ingest.model.copies import Method
from ingest.model.names import display
from ingest.model.places import DestinationKind, Volume, separate_devices
from ingest.session.hands import Hands

_PATIENCE = 15.0  # seconds that somebody waits at a question for a mount that may be dead
_KINDS = {kind.value for kind in DestinationKind}
_OF_THE_SYSTEM = (
    b"/boot", b"/efi", b"/proc", b"/sys", b"/dev", b"/run", b"/snap", b"/etc", b"/usr", b"/nix", b"/tmp", b"/var/tmp",
    b"/var/lib", b"/var/cache",
)  # fmt: skip
_NO_DRIVES = (b"/boot", b"/efi", b"/proc", b"/sys", b"/dev", b"/snap", b"/etc", b"/usr", b"/nix", b"/var")


@dataclass(frozen=True, slots=True)
class Place:
    """A destination to be. volume: where its folder stands, or will. is_new: the folder is made at the end.

    marker: of the destination that lies there already, "" for none. real: its root without links.
    """

    name: str
    kind: str
    root: str
    volume: Volume
    is_new: bool = False
    marker: str = ""
    real: str = ""

    @property
    def is_served(self) -> bool:
        """A server stands behind it."""
        return rules_for(self.volume).proof_ceiling is Method.SERVED


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of destinations. settings: (name, kind, root) of each. markers: name -> mark, by the ledger.

    home: Safelight's own folder.
    """

    settings: tuple[tuple[str, str, str], ...] = ()
    markers: Mapping[str, str] = field(default_factory=dict)
    home: Path | None = None

    def at(self, root: str, marker: str) -> tuple[str, str] | None:
        """Name and kind of the destination that lies there by its mark, else by the settings."""
        for name, kind, known in self.settings:
            if (marker and self.markers.get(name) == marker) or (not self.markers.get(name) and known == root):
                return name, kind
        return next(((name, kind) for name, kind, known in self.settings if known == root), None)


NOTHING_KNOWN = Known()


def place_of(
    answer: str, others: Sequence[Place], *, kind: str = "", guess: str = "", known: Known = NOTHING_KNOWN
) -> Place:
    """The destination that was named: `PATH`, or `NAME:KIND:PATH`. Nothing is written.

    kind: what it is where the answer does not say; "" for what is known of it, else `guess`, else what its file
    system suggests. Nothing of it is looked at by this process itself: it may hang.

    Raises:
        UsageError: it can be none, and why.
    """
    name, kind, text = _parts(answer, kind)
    try:
        root = values.destination_root(text)
    except ValueError as error:
        raise UsageError(str(error), hint="Name a folder, such as /mnt/ssd/Photos") from None
    with Hands(_PATIENCE) as hands:
        try:
            found = hands.ask("it", look, root)
        except (DestinationError, OSError) as error:
            why = error.message if isinstance(error, DestinationError) else str(error.strerror)
            raise UsageError(f"{root} does not answer: {why}", hint="Look at its cable or mount it again") from None
    if isinstance(found, str):
        raise UsageError(found)
    volume, is_new, likely, marker, real = found
    _refuse_nested(root, real, others, known.home)
    there = known.at(root, marker)
    kind = kind or (there[1] if there else guess or likely)
    name = name or (there[0] if there else _free_name(kind, others, known))
    _check_name(name, marker, others, known)
    return Place(name, kind, root, volume, is_new, marker, real)


def _check_name(name: str, marker: str, others: Sequence[Place], known: Known) -> None:
    try:
        values.name(name)
    except ValueError as error:
        raise UsageError(f"The name {error}") from None
    if name.casefold() in {other.name.casefold() for other in others}:
        raise UsageError(f"There is a destination {name} already", hint="Say it as NAME:KIND:PATH")
    mark = known.markers.get(name, "")
    if mark and mark != marker:
        hint = "Give the new place a name of its own: NAME:KIND:PATH"
        raise UsageError(f"{name} was used before, and it does not lie there", hint=hint)


def look(root: str) -> tuple[Volume, bool, str, str, str] | str:
    """Asked at the place: where it stands, whether its last part is missing, its likely kind, the mark that it bears,
    its path without links; or why it can be none.
    """
    path = os.fsencode(root)
    is_new = not os.path.lexists(path)
    base = os.path.dirname(path) if is_new else path
    if not os.path.isdir(base):
        return (
            f"There is no folder {display(base)}: plug in or mount its disk first" if is_new else f"{root} is no folder"
        )
    volume = volume_of(base)
    problem = _problem(os.path.realpath(base), volume)
    if problem:
        return problem
    return volume, is_new, _kind(volume), "" if is_new else read_marker(path), os.path.realpath(root)


def _problem(base: bytes, volume: Volume) -> str:
    """Why no copies may lie there, "" when they may."""
    where = display(base)
    with contextlib.suppress(OSError):
        if volume.mount != b"/" and not may_hang(volume.fs_type) and is_card(volume):
            return f"{where} is on a camera's card: a card is only read, and formatted in the end"
    for folder in (os.fsencode(os.path.realpath(tempfile.gettempdir())), *_OF_THE_SYSTEM):
        if is_inside(base, folder) and not is_inside(volume.mount, folder):
            return f"{where} belongs to the system, which may empty it"
    rules = rules_for(volume)
    if rules.refused:
        return f"{where}: {rules.refused}"
    if rules.proof_ceiling is None:
        return f"{where} is on {volume.fs_type}, which cannot be read around its cache: no copy there is ever proven"
    if volume.read_only:
        return f"{where} is mounted read-only"
    if not os.access(base, os.W_OK | os.X_OK):
        return f"{where} cannot be written by you"
    return ""


def _kind(volume: Volume) -> str:
    if rules_for(volume).proof_ceiling is Method.SERVED:
        return DestinationKind.NAS.value
    disks = [each.removeprefix("disk:") for each in volume.devices if each.startswith("disk:")]
    for disk in disks:
        with contextlib.suppress(OSError):
            if Path(f"/sys/block/{disk}/queue/rotational").read_text(encoding="ascii").strip() == "1":
                return DestinationKind.HDD.value
    return DestinationKind.SSD.value


def _parts(answer: str, kind: str) -> tuple[str, str, str]:
    parts = answer.strip().split(":", 2)
    if len(parts) == 3 and parts[1] in _KINDS:
        return parts[0].strip(), parts[1], parts[2].strip()
    if len(parts) == 3 and not answer.strip().startswith(("/", "~")):
        raise UsageError(f"{parts[1]} is no kind of destination", hint="Use ssd, hdd, nas or drive")
    return "", kind, answer.strip()


def _refuse_nested(root: str, real: str, others: Sequence[Place], home: Path | None) -> None:
    for other in others:
        if real == other.real or values.inside(real, other.real) or values.inside(other.real, real):
            raise UsageError(f"{root} and {other.name} ({other.root}) lie within one another: that would be one copy")
    if home and (real == os.path.realpath(home) or values.inside(real, os.path.realpath(home))):
        raise UsageError(f"{root} lies in Safelight's own folder")


def _free_name(kind: str, others: Sequence[Place], known: Known) -> str:
    taken = {other.name.casefold() for other in others} | {name.casefold() for name, _, _ in known.settings}
    return next(name for name in (kind, *(f"{kind}-{number}" for number in range(2, 99))) if name not in taken)


def devices_in_all(places: Sequence[Place]) -> int:
    """How many of them can fail independently."""
    return separate_devices(place.volume.devices for place in places)


def usable_volumes() -> list[Volume]:
    """Mounted volumes on which a destination might stand, the largest room first, the computer's own disk last.

    Servers are not asked for their room: one may hang.
    """
    found = []
    for volume in list_volumes():
        rules = rules_for(volume)
        is_system = any(is_inside(volume.mount, folder) for folder in _NO_DRIVES)
        if rules.refused or rules.proof_ceiling is None or volume.read_only or is_system:
            continue
        with contextlib.suppress(OSError):
            if may_hang(volume.fs_type) or volume.mount == b"/" or not is_card(volume):
                found.append(volume)
    return sorted(found, key=lambda volume: (volume.mount == b"/", -volume.free))


def suggested(volumes: Sequence[Volume], others: Sequence[Place]) -> str:
    """A folder on a disk that no other destination stands on, "" where there is none. The system's own disk is last."""
    taken = frozenset().union(*(place.volume.devices for place in others))
    free = [volume for volume in volumes if not volume.devices & taken]
    if others:  # a server stands apart from the disk of the first one
        free.sort(key=lambda volume: not may_hang(volume.fs_type))
    for volume in free:
        if volume.mount == b"/":
            return str(Path.home() / "Pictures" / "Safelight")
        if may_hang(volume.fs_type) or os.access(volume.mount, os.W_OK):
            return os.path.join(os.fsdecode(volume.mount), "Photos")
    return ""
