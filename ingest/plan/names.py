"""Where each object wants to lie at the destinations, before anybody asks whether the names are free.

Pictures of a DCF folder and their companions lie flat in the shoot's folder under one new stem. All else keeps its
path on the card, byte for byte where that is portable, below a folder of the card: renaming would break video trees.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ingest.model.cards import CameraObject, CardFile
from ingest.model.layouts import is_dcf_still
from ingest.model.names import base_of, collision_key, join
from ingest.model.sidecars import SET_ASIDE, SUFFIX, has_sidecar, is_sidecar, set_aside, sidecar_of
from ingest.plan.clock import ObjectTime
from ingest.plan.naming import FILE_FIELDS, Values, numbered, parse_template
from ingest.plan.objects import object_stem
from ingest.plan.planned import CardTag, PlanSettings, ShootPlan
from ingest.plan.portable import portable, portable_path


class Names(Protocol):
    """The wishes of one object, one name for each of its files, in their order."""

    def wanted(self, nth: int) -> tuple[bytes, ...]:
        """Paths below a destination's root; nth > 1 where the ones before are taken."""
        ...

    def stems(self, nth: int) -> frozenset[str]:
        """Collision keys of the paths without extension that no other object may share; empty where none matters."""
        ...

    def beside(self, index: int, path: bytes) -> tuple[bytes, ...]:
        """The names that go with file `index` lying at `path`; () where no rule leads from there to them."""
        ...


@dataclass(frozen=True, slots=True)
class FlatNames:
    """One stem in the shoot's folder. folder: portable. stems: wanted ones, raw. tails: what follows them, raw."""

    folder: bytes
    stems_wanted: tuple[bytes, ...]
    tails: tuple[bytes, ...]

    def wanted(self, nth: int) -> tuple[bytes, ...]:
        """The stem with its number, each file's own tail kept."""
        mark = numbered(nth)
        pairs = zip(self.stems_wanted, self.tails, strict=True)
        return tuple(join(self.folder, portable(stem + mark + tail)) for stem, tail in pairs)

    def stems(self, nth: int) -> frozenset[str]:
        """One, or one for each chapter of a recording."""
        mark = numbered(nth)
        return frozenset(collision_key(join(self.folder, portable(stem + mark))) for stem in set(self.stems_wanted))

    def beside(self, index: int, path: bytes) -> tuple[bytes, ...]:
        """The stem of `path` with each file's tail."""
        tail = _ending(path, self.tails[index])
        if len(set(self.stems_wanted)) > 1 or tail is None:
            return ()
        folder, _, stem = path[: len(path) - len(tail)].rpartition(b"/")
        names = [stem + other for other in self.tails]
        if not stem or any(portable(name) != name for name in names):
            return ()
        return tuple(join(folder, name) for name in names)


@dataclass(frozen=True, slots=True)
class KeptNames:
    """The path on the card below the card's folder. folder: of the shoot. card: raw. paths: portable, in file order."""

    folder: bytes
    card: bytes
    paths: tuple[bytes, ...]

    def wanted(self, nth: int) -> tuple[bytes, ...]:
        """The number goes to the card's folder, so that nothing inside a tree is renamed."""
        root = join(self.folder, portable(self.card + numbered(nth)))
        return tuple(join(root, path) for path in self.paths)

    def stems(self, nth: int) -> frozenset[str]:  # noqa: ARG002 - of the protocol
        """None: names in a tree are compared whole."""
        return frozenset()

    def beside(self, index: int, path: bytes) -> tuple[bytes, ...]:
        """The same card folder for all."""
        if not path.endswith(b"/" + self.paths[index]):
            return ()
        root = path[: -len(self.paths[index]) - 1]
        return tuple(join(root, other) for other in self.paths)


def is_flat(item: CameraObject) -> bool:
    """Whether an object is a picture (or a clip) of a DCF folder, which alone may be renamed."""
    return not item.tree and any(is_dcf_still(file.path) for file in item.files)


def card_folder(card: CardTag) -> bytes:
    """The card's label and four hex digits of its identity, not yet portable; labels alone are never unique."""
    return (card.label.strip() or "CARD").encode("utf-8", "surrogatepass") + b"-" + card.digest.hex()[:4].encode()


def names_of(item: CameraObject, time: ObjectTime, shoot: ShootPlan, settings: PlanSettings, card: CardTag) -> Names:
    """The names an object wants in its shoot.

    Raises:
        ConfigError: the file template has mistakes.
    """
    if not is_flat(item):
        plain = [file.path[-len(SUFFIX) :] if is_sidecar(file.path) else b"" for file in item.files]
        pairs = zip(item.files, plain, _tails(item, plain, settings), strict=True)
        paths = tuple(portable_path(file.path[: len(file.path) - len(tail)] + new) for file, tail, new in pairs)
        return KeptNames(shoot.folder, card_folder(card), paths)
    stems = _stems(item.files)
    plain = [base_of(file.path)[len(stem) :] for file, stem in zip(item.files, stems, strict=True)]
    tails = _tails(item, plain, settings)
    if len({collision_key(stem) for stem in set(stems)}) > 1:  # chapters of a recording: their own names tell the order
        return FlatNames(shoot.folder, stems, tails)
    values = Values(time.local, shoot.name, stems[0], time.model.strip() or "camera", card.label.strip() or "CARD")
    *parents, stem = parse_template(settings.file, FILE_FIELDS).fill(values)
    folder = b"/".join((shoot.folder, *(portable(parent) for parent in parents)))
    return FlatNames(folder, (stem or b"_",) * len(item.files), tails)


def _tails(item: CameraObject, tails: Sequence[bytes], settings: PlanSettings) -> tuple[bytes, ...]:
    """The ends of an object's names; sidecars of raw pictures end so that no editor reads them where they make room."""
    if not settings.set_aside or item.tree:
        return tuple(tails)
    wanted = {collision_key(sidecar_of(file.path)) for file in item.files if has_sidecar(file.path)}
    pairs = zip(item.files, tails, strict=True)
    return tuple(set_aside(tail) if collision_key(file.path) in wanted else tail for file, tail in pairs)


def _ending(path: bytes, tail: bytes) -> bytes | None:
    """With what a path ends that goes with `tail`: a sidecar may have been set aside in an earlier session, or not."""
    plain = tail.removeprefix(SET_ASIDE) if is_sidecar(b"_" + tail) else tail
    endings = (set_aside(plain), plain) if is_sidecar(b"_" + plain) else (tail,)
    return next((ending for ending in endings if path.endswith(ending)), None)


def _stems(files: tuple[CardFile, ...]) -> tuple[bytes, ...]:
    names = {collision_key(base_of(file.path)) for file in files}
    return tuple(object_stem(file, names) for file in files)
