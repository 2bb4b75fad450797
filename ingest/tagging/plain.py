"""The plain majority of matches: a file and a row that fit one another exactly, and no other of either.

Such a pair takes nothing from anyone: what the ladder decides of all other files is the same with or without it. So
it is found first, in a few large passes; every file that shares its key, or that several rows fit, is left alone.
"""

from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from typing import NamedTuple

from ingest.model.catalogs import CatalogImage
from ingest.tagging.answers import Answers
from ingest.tagging.ladder import exact_keys, identity_of, import_key_of, name_size_time_of
from ingest.tagging.words import KnownFile

KeyOf = Callable[[CatalogImage], str | None]
# Of each of EXACT what it compares of a row; None where it cannot speak of it.
_KEY_OF: tuple[KeyOf, ...] = (import_key_of, name_size_time_of)


class Claims(NamedTuple):
    """What files ask for. of_key: the place of the first file with this key (never None). doubtful: of all that share
    one.
    """

    of_key: dict[str | None, int]
    doubtful: set[int]


class Noted(NamedTuple):
    """Files as matching first wants them. assets: their ids, in their order. claims: what all of them ask for."""

    assets: "array[int]"
    claims: Claims


def note(files: Iterable[KnownFile]) -> Noted:
    """Go through all files once."""
    assets = array("q")
    return Noted(assets, claims_of(_noted(files, assets)))


def _noted(files: Iterable[KnownFile], assets: "array[int]") -> Iterator[tuple[int, KnownFile]]:
    """Files with their places; their ids are added to `assets`."""
    for place, known in enumerate(files):
        assets.append(known.asset_id)
        yield place, known


def claims_of(files: Iterable[tuple[int, KnownFile]]) -> Claims:
    """The keys of files, with their places."""
    found: dict[str | None, int] = {}
    shared: set[int] = set()
    for place, known in files:
        for key in exact_keys(known):
            if (other := found.setdefault(key, place)) != place:
                shared.update((place, other))
    return Claims(found, shared)


def settle_plain(
    claims: Claims, images: Sequence[CatalogImage], rung: int, taken: Collection[str], answers: Answers
) -> set[int]:
    """Settle every plain pair; gives the places of all other files that some row fits, and perhaps of more.

    Args:
        claims: of the files that wait.
        images: all rows of the catalog.
        rung: which of EXACT.
        taken: identities of rows that are another file's.
        answers: takes the matches.
    """
    asked, doubtful = claims
    if not asked:
        return set()
    first: dict[int, int] = {}
    owner: dict[str, int] = {}
    ask, key_of = asked.get, _KEY_OF[rung]
    for number, image in enumerate(images):
        identity = image.file_key or image.key
        if identity in taken or (place := ask(key_of(image), -1)) < 0:
            continue
        if owner.setdefault(identity, place) != place:
            continue  # of a file of the catalog whose rows tell of several files the first decides
        if (row := first.setdefault(place, number)) != number and identity_of(images[row]) != identity:
            doubtful.add(place)
    more = _rows_beside(images, owner, first)
    for place, row in first.items():
        if place not in doubtful:
            answers.settle(place, tuple(sorted((row, *more[place]))) if place in more else (row,), rung)
    return set() if doubtful.isdisjoint(first) else doubtful


def _rows_beside(images: Sequence[CatalogImage], owner: dict[str, int], first: dict[int, int]) -> dict[int, list[int]]:
    """Place of a file -> the other rows of its file of the catalog: virtual copies."""
    found: dict[int, list[int]] = {}
    if len(owner) < len(images):
        for number, image in enumerate(images):
            place = owner.get(image.file_key or image.key, -1)
            if place >= 0 and first.get(place, -1) != number:
                found.setdefault(place, []).append(number)
    return found
