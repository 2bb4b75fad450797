"""Where every content of the ledger stands, in a few bytes a content: an audit asks for hundreds of thousands."""

import sqlite3
from array import array

from ingest.ledger.standings import (
    destinations,
    every_copy,
    highest_asset,
    highest_copy,
    newest_proofs,
    third_copies,
)
from ingest.tagging.audit import Standing

_STATES = ("", "suspect", "written", "proven")  # of the copies at one destination the best counts
_new = tuple.__new__  # a named tuple from all its values, in half the time
_RANK = {state: rank for rank, state in enumerate(_STATES)}


class Standings:
    """The best state of each content at each destination, when it was last read back there, and its upload.

    bucket: of the third copies; "" when there is none.
    """

    def __init__(self, ledger: sqlite3.Connection, bucket: str) -> None:
        size = highest_asset(ledger) + 1
        columns = {
            place: (name, bytearray(size), array("d", bytes(8 * size))) for place, name in destinations(ledger).items()
        }
        newest = _times_by_copy(ledger)
        for copy, asset, place, state in every_copy(ledger):
            _, ranks, times = columns[place]
            if (rank := _RANK[state]) > ranks[asset]:
                ranks[asset] = rank
            if (at := newest[copy]) > times[asset]:
                times[asset] = at
        self._clouds = [""]
        self._cloud = bytearray(size)
        known = {"": 0}
        for asset, state in third_copies(ledger, bucket) if bucket else ():
            if state not in known:
                known[state] = len(self._clouds)
                self._clouds.append(state)
            self._cloud[asset] = known[state]
        self._columns = [*columns.values()]

    def __call__(self, asset: int) -> Standing:
        """The standing of a content of this ledger."""
        copies = [(name, _STATES[rank], times[asset]) for name, ranks, times in self._columns if (rank := ranks[asset])]
        return _new(Standing, (tuple(copies), self._clouds[self._cloud[asset]]))


def _times_by_copy(ledger: sqlite3.Connection) -> "array[float]":
    """When each copy was last read back, 0 for never, by its id."""
    found = array("d", bytes(8 * (highest_copy(ledger) + 1)))
    for copy, at in newest_proofs(ledger):
        found[copy] = at
    return found
