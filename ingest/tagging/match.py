"""Which of our files is which picture of a catalog. Every match says by which rule; what is unclear stays unclear.

Rule after rule is asked for all files before the next, weaker one: so a row that one file fits exactly is not
offered to another that fits it roughly. Only files and rows that may still fit one another are kept in memory.
"""

import posixpath
from collections import defaultdict
from collections.abc import Collection, Hashable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass

from ingest.model.catalogs import CatalogImage
from ingest.tagging.answers import Answer, Answers
from ingest.tagging.ladder import (
    EXACT,
    ROUGH,
    File,
    Row,
    Rung,
    file_of,
    folded,
    identity_of,
    row_of,
)
from ingest.tagging.plain import Noted, claims_of, note, settle_plain
from ingest.tagging.words import Ambiguity, Certainty, KnownFile, Match, Matching, Rule

__all__ = ["Ambiguity", "Answer", "Answers", "Certainty", "KnownFile", "Match", "Matching", "Rule", "match"]

Index = dict[Hashable, list[Row]]


def match(files: Iterable[KnownFile], images: Sequence[CatalogImage]) -> Matching:
    """Match files to catalog images. Each file is in exactly one list of the answer, in the order given."""
    return match_each(files, images).matching()


def match_each(files: Iterable[KnownFile], images: Sequence[CatalogImage], noted: Noted | None = None) -> Answers:
    """What each file is in the catalog, in the order given; None for one that is not there.

    Time grows with files + images, not with their product. files: gone through several times, as they may be too
    many to be held. noted: what `note` makes of them, where that is known already.
    """
    assets, claims = noted or note(files)
    answers = Answers(assets, images)
    for number, rung in enumerate(EXACT):
        if number:  # a wall clock is compared with EXIF alone
            claims = claims_of(each for each in _waiting(files, answers) if each[1].capture_local)
        hard = settle_plain(claims, images, number, answers.taken() if claims.of_key else (), answers)
        if hard:
            asked = {place: file_of(known) for place, known in _waiting(files, answers) if place in hard}
            _climb((rung,), asked, images, answers)
    if rest := _answerable(files, images, answers):
        _climb(ROUGH, rest, images, answers)
    _add_companions(files, answers)
    return answers


def _waiting(files: Iterable[KnownFile], answers: Answers) -> Iterator[tuple[int, KnownFile]]:
    """Files without an answer, with their places."""
    if answers.has_open():
        yield from ((place, known) for place, known in enumerate(files) if place not in answers)


def _answerable(files: Iterable[KnownFile], images: Sequence[CatalogImage], answers: Answers) -> dict[int, File]:
    """The files that may still fit a row that is nobody's: of a large ledger and a small catalog hardly any."""
    if not answers.has_open():
        return {}
    taken = answers.taken()
    rows = [row_of(image) for image in images if identity_of(image) not in taken]
    told = [(rung, {rung.of_row(row) for row in rows} - {None}) for rung in ROUGH]
    found: dict[int, File] = {}
    for place, known in _waiting(files, answers) if rows else ():
        file = file_of(known)
        if any(key in keys for rung, keys in told if keys for key in rung.of_file(file)):
            found[place] = file
    return found


def _climb(rungs: Sequence[Rung], asked: Mapping[int, File], images: Sequence[CatalogImage], answers: Answers) -> None:
    """Ask rung after rung for these files, by their places."""
    taken = answers.taken()
    catalog = _Catalog.of(rungs, asked.values(), images, taken)
    for rung, index in zip(rungs, catalog.indexes, strict=True):
        offers = _offers(rung, index, asked, answers, taken)
        found = _settled(rung, offers, asked, catalog)
        taken.update(row.file_key for rows in found.rows.values() for row in rows)
        answers.others.update(found.matches)
        answers.others.update(found.ambiguous)


@dataclass(frozen=True, slots=True)
class _Catalog:
    """The part of a catalog some waiting file asks for. indexes: one a rung. images: all rows of a file, by its key."""

    indexes: tuple[Index, ...]
    images: dict[str, tuple[CatalogImage, ...]]

    @classmethod
    def of(
        cls, rungs: Sequence[Rung], waiting: Collection[File], images: Sequence[CatalogImage], taken: Set[str]
    ) -> "_Catalog":
        wanted = [{key for file in waiting for key in rung.of_file(file)} for rung in rungs]
        indexes: tuple[Index, ...] = tuple(defaultdict(list) for _ in rungs)
        grouped: dict[str, list[CatalogImage]] = {}
        for image in images if waiting else ():
            if (key := identity_of(image)) in taken or key in grouped:
                continue
            row = row_of(image)
            for rung, some, index in zip(rungs, wanted, indexes, strict=True):
                told = rung.of_row(row)
                if told in some:
                    index[told].append(row)
                    grouped[key] = []
        for image in images if grouped else ():
            if (rows := grouped.get(identity_of(image))) is not None:
                rows.append(image)
        return cls(indexes, {key: tuple(rows) for key, rows in grouped.items()})


def _offers(
    rung: Rung, index: Index, asked: Mapping[int, File], answers: Answers, taken: set[str]
) -> dict[int, list[Row]]:
    """For each file without an answer the rows this rung gives it."""
    offers: dict[int, list[Row]] = {}
    for place, file in asked.items():
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


def _settled(rung: Rung, offers: dict[int, list[Row]], asked: Mapping[int, File], catalog: _Catalog) -> _Found:
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


def _is_own(place: int, row: Row, claimants: set[int], asked: Mapping[int, File]) -> bool:
    """No other content claims this row, or ours alone lies where the row says."""
    if len({asked[other].known.asset_id for other in claimants}) == 1:
        return True
    there = {asked[other].known.asset_id for other in claimants if row.path in asked[other].paths}
    return there == {asked[place].known.asset_id}


def _lost(place: int, rows: list[Row], claims: dict[str, set[int]], asked: Mapping[int, File]) -> bool:
    """Every row the file fitted is another file's by its path: this file may still be found by a weaker rule."""
    return all(
        any(_is_own(other, row, claims[row.file_key], asked) for other in claims[row.file_key] - {place})
        for row in rows
    )


def _shown(rows: list[Row], catalog: _Catalog) -> Iterable[str]:
    for row in rows:
        first = catalog.images[row.file_key][0]
        yield first.path or first.name


def _add_companions(files: Iterable[KnownFile], answers: Answers) -> None:
    """Files a matched row speaks for without a row of their own: the JPEG of a RAW+JPEG pair, an XMP sidecar.

    They lie in the same folder of a destination and have the same stem.
    """
    matched = dict(answers.speakers()) if answers.has_open() else {}
    if not matched:
        return
    speakers: defaultdict[str, list[Match]] = defaultdict(list)
    for place, known in enumerate(files):
        if place in matched:
            for stem, _ in _stems(known):
                speakers[stem].append(matched[place])
    for place, known in _waiting(files, answers):
        fitting = {
            id(speaker): speaker
            for stem, suffix in _stems(known)
            for speaker in speakers.get(stem, ())
            if suffix in {folded(own) for image in speaker.images for own in image.sidecar_suffixes}
        }
        options = list(fitting.values())
        if len(options) == 1:
            answers.others[place] = options[0]._replace(asset_id=known.asset_id, rule=Rule.COMPANION)
        elif options:
            shown = tuple(option.images[0].path or option.images[0].name for option in options)
            answers.others[place] = Ambiguity(known.asset_id, Rule.COMPANION, shown)


def _stems(known: KnownFile) -> Iterable[tuple[str, str]]:
    """(path without extension, extension) at each destination, folded."""
    for path in known.dest_paths:
        stem, suffix = posixpath.splitext(folded(path))
        yield stem, suffix.removeprefix(".")
