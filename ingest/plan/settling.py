"""What a destination still needs of a file's versions, by what was found there: copies to make, who stands where."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.plan.version_names import aside


@dataclass(frozen=True, slots=True)
class Settling:
    """copies: (content, path below the root) to be made. lies: where the newest lies that takes the plain name then.

    older: the content that has the plain name now and is set aside for it. All but copies None for nothing.
    """

    copies: tuple[tuple[int, bytes], ...] = ()
    lies: bytes | None = None
    older: int | None = None


def settle(
    path: bytes,
    seen: Mapping[int, float],
    newest: int,
    *,
    plain: int | None,
    is_foreign: bool,
    lying: Mapping[int, bytes],
) -> Settling:
    """What is to be done at a destination.

    Args:
        path: the plain name.
        seen: content -> when it was seen, of every version.
        newest: the content that is to have the plain name.
        plain: the content that has it, None where it is free or somebody's own.
        is_foreign: it is somebody's own, or a photograph's, and stays.
        lying: content -> a path where it lies aside there.
    """
    copies = tuple(
        (asset, aside(path, at)) for asset, at in seen.items() if asset not in lying and asset not in (plain, newest)
    )
    if plain == newest:
        return Settling(copies)
    if is_foreign:
        return Settling((*copies, *_lacking(path, seen, newest, lying)))
    if plain is None and newest not in lying:
        return Settling((*copies, (newest, path)))
    lies = lying.get(newest, aside(path, seen[newest]))
    return Settling((*copies, *_lacking(path, seen, newest, lying)), lies, plain)


def _lacking(
    path: bytes, seen: Mapping[int, float], newest: int, lying: Mapping[int, bytes]
) -> Sequence[tuple[int, bytes]]:
    return () if newest in lying else ((newest, aside(path, seen[newest])),)
