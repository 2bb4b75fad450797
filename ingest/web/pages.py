"""Long lists in pages that links turn."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar
from urllib.parse import urlencode

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Turned(Generic[T]):
    """One page of a list. number: from 1. of: how many pages there are, at least 1. total: entries on all of them."""

    rows: tuple[T, ...]
    number: int
    of: int
    total: int

    @property
    def first(self) -> int:
        """The number of the first row among all, from 1."""
        return (self.number - 1) * self.each + 1 if self.rows else 0

    each: int = 50

    @property
    def last(self) -> int:
        """The number of the last row among all."""
        return self.first + len(self.rows) - 1 if self.rows else 0


def turned(rows: Sequence[T], number: int, each: int = 50) -> Turned[T]:
    """Page `number` of a list; a number beyond its pages is the nearest that there is."""
    of = max(1, -(-len(rows) // each))
    number = min(max(1, number), of)
    return Turned(tuple(rows[(number - 1) * each : number * each]), number, of, len(rows), each)


def page_number(text: str) -> int:
    """As it stands in an address; 1 for what is no number."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 9 else 1


def address(path: str, **query: object) -> str:
    """A path with what is set of a query."""
    told = urlencode({name: value for name, value in query.items() if value})
    return f"{path}?{told}" if told else path
