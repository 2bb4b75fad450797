"""Card files joined into camera objects: what one press of the shutter made, and video trees as a whole.

Source: DCF (JEITA CP-3461) joins files of one folder by their number; since `IMG_0001` and `MVI_0001` may both exist,
Safelight joins by the whole stem, case ignored. A recording of an action camera (GoPro) is joined over its chapters.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Set

from ingest.model.cards import CameraObject, CardFile
from ingest.model.names import base_of, collision_key, join, parent_of, stem_of, suffix_of

_SIDECARS = frozenset({b"xmp"})
_GOPRO_FOLDER = re.compile(rb"(^|/)DCIM/[0-9]{3}GOPRO$", re.IGNORECASE)
_GOPRO_CLIP = re.compile(r"(?:g[hxlsp](?:[0-9]{2}|[a-z]{2})|gopr)([0-9]{4})")


def group_objects(files: Iterable[CardFile], tree_root: Callable[[bytes], bytes]) -> tuple[CameraObject, ...]:
    """Every one of `files` in exactly one object; the same for every order of `files`, sorted by their first path.

    tree_root: the root of the video tree a path lies in, b"" for none; such a tree is one object.
    Twins that differ only in case or normalisation are objects of their own, since a destination may hold just one.
    Keys are text, unique on the card and the same each time; "//", which no path holds, marks trees and twins.
    """
    ordered = sorted(files, key=lambda file: file.path)
    trees: dict[bytes, list[CardFile]] = {}
    folders: dict[bytes, list[CardFile]] = {}
    for file in ordered:
        root = tree_root(file.path)
        (trees.setdefault(root, []) if root else folders.setdefault(parent_of(file.path), [])).append(file)
    found = [CameraObject(f"{_text(root)}//", tuple(members), root) for root, members in trees.items()]
    for folder, members in folders.items():
        for stem, group in _by_stem(folder, members).items():
            found += _without_twins(join(folder, stem.encode("utf-8", "surrogateescape")), group)
    return tuple(sorted(found, key=lambda item: (item.files[0].path, item.key)))


def object_stem(file: CardFile, names: Set[str]) -> bytes:
    """The part of a file's name that it shares with its companions, its own case kept.

    `IMG_0001` for `IMG_0001.CR3`, and for `IMG_0001.CR3.xmp` where `names` (collision keys of the names in its
    folder) holds `IMG_0001.CR3`.
    """
    name = base_of(file.path)
    stem = stem_of(name)
    if suffix_of(name) in _SIDECARS and suffix_of(stem) and collision_key(stem) in names:
        return stem_of(stem)
    return stem


def _by_stem(folder: bytes, members: list[CardFile]) -> dict[str, list[CardFile]]:
    names = {collision_key(base_of(file.path)) for file in members}
    chapters = bool(_GOPRO_FOLDER.search(folder))
    groups: dict[str, list[CardFile]] = {}
    for file in members:
        stem = collision_key(object_stem(file, names))
        recording = _GOPRO_CLIP.fullmatch(stem) if chapters else None
        groups.setdefault(f"gopro {recording[1]}" if recording else stem, []).append(file)
    return groups


def _without_twins(path: bytes, group: list[CardFile]) -> list[CameraObject]:
    """One object, or more where two names of the group are one for a case-insensitive destination."""
    if len({collision_key(file.path) for file in group}) == len(group):
        return [CameraObject(_text(path), tuple(group))]
    seen: Counter[tuple[bytes, str]] = Counter()
    parts: dict[tuple[bytes, int], list[CardFile]] = {}
    for file in group:
        stem = stem_of(base_of(file.path))
        twin = (stem, collision_key(file.path))
        parts.setdefault((stem, seen[twin]), []).append(file)
        seen[twin] += 1
    return [
        CameraObject(f"{_text(path)}//{_text(stem)}//{nth}", tuple(members)) for (stem, nth), members in parts.items()
    ]


def _text(path: bytes) -> str:
    """A path as text that a database can store; distinct paths stay distinct."""
    return path.replace(b"\\", b"\\\\").decode("utf-8", "backslashreplace")
