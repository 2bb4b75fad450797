"""What catalogs are called in the ledger and on the screens. Pure."""

from collections.abc import Sequence


def distinct_names(paths: Sequence[Sequence[str]]) -> list[str]:
    """A name for each path, given in its parts: the last one, and as many before it as tell it from the others.

    Two `Main.lrcat` are `2024/Main.lrcat` and `2025/Main.lrcat`; one that is named twice has one name.
    """
    return ["/".join(parts[-_length(parts, paths) :]) for parts in paths]


def _length(parts: Sequence[str], paths: Sequence[Sequence[str]]) -> int:
    others = [other for other in paths if list(other) != list(parts)]
    for length in range(1, len(parts)):
        if all(list(other[-length:]) != list(parts[-length:]) for other in others):
            return length
    return len(parts)
