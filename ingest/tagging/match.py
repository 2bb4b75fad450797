"""Which of our files is which picture of a catalog. Every match says by which rule; what is unclear stays unclear.

Rule after rule is asked for all files before the next, weaker one: so a row that one file fits exactly is not
offered to another that fits it roughly. Only rows that some file asks for are kept in memory.
"""

import posixpath
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence, Set
from dataclasses import dataclass

from ingest.model.catalogs import CatalogImage
from ingest.tagging.ladder import EXACT, ROUGH, File, Row, Rung, file_of, folded, row_of
from ingest.tagging.words import Ambiguity, Certainty, KnownFile, Match, Matching, Rule

__all__ = ["Ambiguity", "Certainty", "KnownFile", "Match", "Matching", "Rule", "match"]

Index = dict[Hashable, list[Row]]
Answer = Match | Ambiguity | None
# The rows are gone through once a group, for those files that still wait: the first rule leaves few.
_GROUPS = (EXACT[:1], EXACT[1:], ROUGH)


def match(files: Sequence[KnownFile], images: Sequence[CatalogImage]) -> Matching:
    """Match files to catalog images. Each file is in exactly one list of the answer, in the order given."""
    return as_matching(files, match_each(files, images))


def as_matching(files: Sequence[KnownFile], answers: Sequence[Answer]) -> Matching:
    """The answers of `match_each` for these files, in three lists."""
    return Matching(
        tuple(answer for answer in answers if isinstance(answer, Match)),
        tuple(answer for answer in answers if isinstance(answer, Ambiguity)),
        tuple(file.asset_id for file, answer in zip(files, answers, strict=True) if answer is None),
    )


def match_each(files: Sequence[KnownFile], images: Sequence[CatalogImage]) -> list[Answer]:
    """What each file is in the catalog, in the order given; None for one that is not there.

    Time grows with files + images, not with their product.
    """
    asked = [file_of(known) for known in files]
    answers: dict[int, Match | Ambiguity] = {}
    taken: set[str] = set()
    for rungs in _GROUPS:
        waiting = [file for place, file in enumerate(asked) if place not in answers]
        catalog = _Catalog.of(rungs, waiting, images, taken)
        for rung, index in zip(rungs, catalog.indexes, strict=True):
            offers = _offers(rung, index, asked, answers, taken)
            found = _settled(rung, offers, asked, catalog)
            taken.update(row.file_key for rows in found.rows.values() for row in rows)
            answers.update(found.matches)
            answers.update(found.ambiguous)
    answers.update(_companions(asked, answers))
    return [answers.get(place) for place in range(len(asked))]


@dataclass(frozen=True, slots=True)
class _Catalog:
    """The part of a catalog some waiting file asks for. indexes: one a rung. images: all rows of a file, by its key."""

    indexes: tuple[Index, ...]
    images: dict[str, tuple[CatalogImage, ...]]

    @classmethod
    def of(
        cls, rungs: Sequence[Rung], waiting: Sequence[File], images: Sequence[CatalogImage], taken: Set[str]
    ) -> "_Catalog":
        wanted = [{key for file in waiting for key in rung.of_file(file)} for rung in rungs]
        indexes: tuple[Index, ...] = tuple(defaultdict(list) for _ in rungs)
        grouped: dict[str, list[CatalogImage]] = {}
        for image in images if waiting else ():
            if (key := image.file_key or image.key) in taken or key in grouped:
                continue
            row = row_of(image)
            for rung, some, index in zip(rungs, wanted, indexes, strict=True):
                told = rung.of_row(row)
                if told in some:
                    index[told].append(row)
                    grouped[key] = []
        for image in images if grouped else ():
            if (rows := grouped.get(image.file_key or image.key)) is not None:
                rows.append(image)
        return cls(indexes, {key: tuple(rows) for key, rows in grouped.items()})


def _offers(
    rung: Rung, index: Index, asked: Sequence[File], answers: dict[int, Match | Ambiguity], taken: set[str]
) -> dict[int, list[Row]]:
    """For each file without an answer the rows this rung gives it."""
    offers: dict[int, list[Row]] = {}
    for place, file in enumerate(asked):
        if place in answers:
            continue
        rows = {
            row.file_key: row
            for key in rung.of_file(file)
            for row in index.get(key, ())
            if row.file_key not in taken and rung.fits(file, row)
        }
        if rows:
            offers[place] = list(rows.values())
    return offers


@dataclass(slots=True)
class _Found:
    """What one rung decided, by place of the file. rows: those of the matches."""

    rows: dict[int, list[Row]]
    matches: dict[int, Match]
    ambiguous: dict[int, Ambiguity]


def _settled(rung: Rung, offers: dict[int, list[Row]], asked: Sequence[File], catalog: _Catalog) -> _Found:
    """Decide one rung: a file with one row that no other file claims is matched, the path may tell others apart."""
    kept = {place: rows if rung.all_true else _by_path(asked[place], rows) for place, rows in offers.items()}
    claims: defaultdict[str, set[int]] = defaultdict(set)
    for place, rows in kept.items():
        for row in rows:
            claims[row.file_key].add(place)
    found = _Found({}, {}, {})
    for place, rows in kept.items():
        known = asked[place].known
        own = [row for row in rows if _is_own(place, row, claims[row.file_key], asked)]
        if own and (rung.all_true or len(own) == 1):
            images = tuple(image for row in own for image in catalog.images[row.file_key])
            told_apart = len(own) < len(offers[place]) or any(len(claims[row.file_key]) > 1 for row in own)
            found.rows[place] = own
            found.matches[place] = Match(known.asset_id, rung.rule, rung.certainty, images, told_apart)
        elif not _lost(place, rows, claims, asked):
            found.ambiguous[place] = Ambiguity(known.asset_id, rung.rule, tuple(_shown(rows, catalog)))
    return found


def _by_path(file: File, rows: list[Row]) -> list[Row]:
    """The row that lies where our copy lies, if exactly one does; else all."""
    there = [row for row in rows if row.path in file.paths]
    return there if len(there) == 1 else rows


def _is_own(place: int, row: Row, claimants: set[int], asked: Sequence[File]) -> bool:
    """No other content claims this row, or ours alone lies where the row says."""
    if len({asked[other].known.asset_id for other in claimants}) == 1:
        return True
    there = {asked[other].known.asset_id for other in claimants if row.path in asked[other].paths}
    return there == {asked[place].known.asset_id}


def _lost(place: int, rows: list[Row], claims: dict[str, set[int]], asked: Sequence[File]) -> bool:
    """Every row the file fitted is another file's by its path: this file may still be found by a weaker rule."""
    return all(
        any(_is_own(other, row, claims[row.file_key], asked) for other in claims[row.file_key] - {place})
        for row in rows
    )


def _shown(rows: list[Row], catalog: _Catalog) -> Iterable[str]:
    for row in rows:
        first = catalog.images[row.file_key][0]
        yield first.path or first.name


def _companions(asked: Sequence[File], answers: dict[int, Match | Ambiguity]) -> dict[int, Match | Ambiguity]:
    """Files a matched row speaks for without a row of their own: the JPEG of a RAW+JPEG pair, an XMP sidecar.

    They lie in the same folder of a destination and have the same stem.
    """
    speakers: defaultdict[str, list[Match]] = defaultdict(list)
    for place, answer in answers.items():
        if isinstance(answer, Match) and any(image.sidecar_suffixes for image in answer.images):
            for stem, _ in _stems(asked[place].known):
                speakers[stem].append(answer)
    found: dict[int, Match | Ambiguity] = {}
    for place, file in enumerate(asked):
        if place in answers:
            continue
        fitting = {
            id(speaker): speaker
            for stem, suffix in _stems(file.known)
            for speaker in speakers.get(stem, ())
            if suffix in {folded(own) for image in speaker.images for own in image.sidecar_suffixes}
        }
        options = list(fitting.values())
        if len(options) == 1:
            found[place] = options[0]._replace(asset_id=file.known.asset_id, rule=Rule.COMPANION)
        elif options:
            shown = tuple(option.images[0].path or option.images[0].name for option in options)
            found[place] = Ambiguity(file.known.asset_id, Rule.COMPANION, shown)
    return found


def _stems(known: KnownFile) -> Iterable[tuple[str, str]]:
    """(path without extension, extension) at each destination, folded."""
    for path in known.dest_paths:
        stem, suffix = posixpath.splitext(folded(path))
        yield stem, suffix.removeprefix(".")
