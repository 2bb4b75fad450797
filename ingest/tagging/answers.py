"""What each file was found to be, small enough for a catalog of hundreds of thousands."""

from array import array
from collections.abc import Iterator, Sequence
from itertools import chain

from ingest.model.catalogs import CatalogImage
from ingest.tagging.ladder import EXACT, identity_of
from ingest.tagging.words import Ambiguity, Match, Matching

Answer = Match | Ambiguity | None
_NONE = -1
_new = tuple.__new__  # a named tuple from all its values, in half the time


class Answers:
    """An answer for each file, in the order given; None for one that is not in the catalog.

    Nearly every file of a large catalog is one row, found by an exact rule: of it the number of the row is kept, and
    the match is made when it is asked for. assets: their ids. others: all other answers, by place of the file.
    """

    def __init__(self, assets: "array[int]", images: Sequence[CatalogImage]) -> None:
        self.assets = assets
        self.others: dict[int, Match | Ambiguity] = {}
        self._images = images
        self._row = array("q", [_NONE]) * len(assets)
        self._more: dict[int, tuple[int, ...]] = {}
        self._rung = bytearray(len(assets))

    def __len__(self) -> int:
        return len(self.assets)

    def __iter__(self) -> Iterator[Answer]:
        return map(self.__getitem__, range(len(self)))

    def __getitem__(self, place: int) -> Answer:
        row = self._row[place]
        if row == _NONE:
            return self.others.get(place)
        rows = self._more.get(place)
        images = tuple([self._images[each] for each in rows]) if rows else (self._images[row],)
        rung = EXACT[self._rung[place]]
        return _new(Match, (self.assets[place], rung.rule, rung.certainty, images, False))

    def __contains__(self, place: int) -> bool:
        """Whether this file has an answer."""
        return self._row[place] != _NONE or place in self.others

    def settle(self, place: int, rows: tuple[int, ...], rung: int) -> None:
        """This file is one file of the catalog, with these rows, by one of EXACT and beyond doubt."""
        self._row[place], self._rung[place] = rows[0], rung
        if len(rows) > 1:
            self._more[place] = rows

    def has_open(self) -> bool:
        """Whether a file has no answer."""
        return self._row.count(_NONE) > len(self.others)

    def places_by_row(self) -> "array[int]":
        """For each row of the catalog the place of the file whose only row it is, by its import key; else -1."""
        found = array("q", [_NONE]) * len(self._images)
        for place, row in enumerate(self._row):
            if row != _NONE and not self._rung[place] and place not in self._more:
                found[row] = place
        return found

    def rest(self) -> Iterator[tuple[int, Match | Ambiguity]]:
        """All answers that `places_by_row` does not tell, with the places of their files, in order."""
        second = (place for place, rung in enumerate(self._rung) if rung)
        for place in sorted({*self._more, *second, *self.others}):
            if (answer := self[place]) is not None:
                yield place, answer

    def taken(self) -> set[str]:
        """The identities of all rows that are some file's."""
        found = {identity_of(self._images[row]) for row in self._row if row != _NONE}
        matches = (answer for answer in self.others.values() if isinstance(answer, Match))
        return found.union(identity_of(image) for answer in matches for image in answer.images)

    def speakers(self) -> Iterator[tuple[int, Match]]:
        """Matches that speak for other files too, with the places of their files."""
        spoken = (place for place, row in enumerate(self._row) if row != _NONE and self._speaks(place, row))
        for place in chain(spoken, self.others):
            answer = self[place]
            if isinstance(answer, Match) and any(image.sidecar_suffixes for image in answer.images):
                yield place, answer

    def _speaks(self, place: int, row: int) -> bool:
        return place in self._more or bool(self._images[row].sidecar_suffixes)

    def matching(self, start: int = 0, stop: int | None = None) -> Matching:
        """The answers for a run of files, in three lists."""
        if (plain := self._plain(slice(start, stop))) is not None:
            return Matching(plain, (), ())
        places = range(len(self))[start:stop]
        answers = [self[place] for place in places]
        return Matching(
            tuple([answer for answer in answers if isinstance(answer, Match)]),
            tuple([answer for answer in answers if isinstance(answer, Ambiguity)]),
            tuple([self.assets[place] for place, answer in zip(places, answers, strict=True) if answer is None]),
        )

    def _plain(self, run: slice) -> tuple[Match, ...] | None:
        """The matches of a run of files that are each one row, all by one rule; None for any other run."""
        rows, rungs, places = self._row[run], set(self._rung[run]), range(len(self))[run]
        if _NONE in rows or len(rungs) != 1 or not self._more.keys().isdisjoint(places):
            return None
        rule, certainty = EXACT[min(rungs)].rule, EXACT[min(rungs)].certainty
        shown = map(self._images.__getitem__, rows)
        pairs = zip(self.assets[run], shown, strict=True)
        return tuple([_new(Match, (asset, rule, certainty, (image,), False)) for asset, image in pairs])
