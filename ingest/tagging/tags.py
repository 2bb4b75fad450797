"""What the editor says of one shoot: its name, keywords, labels, ratings and picks, counted in pictures.

A picture is what the editor shows as one: RAW and JPEG of a pair are one, virtual copies add none. What a picture is
worth is the highest of its master and copies.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import NamedTuple

from ingest.model.catalogs import CatalogFacts, CatalogImage, CatalogKeyword
from ingest.model.names import display
from ingest.tagging.naming import NameSuggestion, Paths, count_paths, suggest_name
from ingest.tagging.words import Match, Matching

_ABOVE_RATINGS = 100
_new = tuple.__new__  # a named tuple from all its values, in half the time


def priority(pick: int | None, rating: int | None) -> int:
    """How early a file goes off-site, higher first: picks, then by rating, rejects last.

    Not known counts as neither: it is the middle, 0, like "no flag, no star".
    """
    stars = rating or 0
    return (pick or 0) * _ABOVE_RATINGS + stars


class FileTag(NamedTuple):
    """What the editor says of one file: the best of its master and copies."""

    asset_id: int
    rule: str
    rating: int | None
    pick: int | None
    label: str | None


@dataclass(frozen=True, slots=True)
class Count:
    """Something named by a path, and how many pictures have it. private: must not leave this computer unasked."""

    path: tuple[str, ...]
    pictures: int
    private: bool = False


@dataclass(frozen=True, slots=True)
class ShootTags:
    """The facts of one shoot from one catalog at one time.

    files = matched + len(ambiguous) + unmatched. ratings: pictures with 1 to 5 stars, in this order; the rest is
    unrated. rules: files by the rule that found them. trashed: pictures in the editor's trash, counted nowhere else.
    as_of: seconds since 1970 UTC.
    """

    kind: str
    as_of: float
    settled: bool
    files: int
    matched: int
    ambiguous: tuple[int, ...]
    unmatched: int
    pictures: int
    virtual_copies: int
    trashed: int
    picks: int
    rejects: int
    ratings: tuple[int, int, int, int, int]
    unrated: int
    labels: tuple[tuple[str, int], ...]
    keywords: tuple[Count, ...]
    collections: tuple[Count, ...]
    rules: tuple[tuple[str, int], ...]
    name: NameSuggestion | None
    warnings: tuple[str, ...] = ()

    def plain(self) -> dict[str, object]:
        """Plain dicts, lists, text and numbers, ready for JSON."""
        name = self.name
        return {
            "catalog": self.kind,
            "as_of": self.as_of,
            "settled": self.settled,
            "files": self.files,
            "matched": self.matched,
            "ambiguous": list(self.ambiguous),
            "unmatched": self.unmatched,
            "pictures": self.pictures,
            "virtual_copies": self.virtual_copies,
            "trashed": self.trashed,
            "picks": self.picks,
            "rejects": self.rejects,
            "ratings": {str(stars): count for stars, count in enumerate(self.ratings, 1)},
            "unrated": self.unrated,
            "labels": dict(self.labels),
            "keywords": [{"path": list(k.path), "pictures": k.pictures, "private": k.private} for k in self.keywords],
            "collections": [{"path": list(c.path), "pictures": c.pictures} for c in self.collections],
            "rules": dict(self.rules),
            "name": None if name is None else {"name": name.name, "source": name.source, "share": name.share},
            "warnings": list(self.warnings),
        }


class _Picture(NamedTuple):
    """One picture: all its rows that are not in the editor's trash. label: of the row with the highest priority."""

    images: tuple[CatalogImage, ...]
    rating: int | None
    pick: int | None
    label: str | None

    @classmethod
    def of(cls, images: tuple[CatalogImage, ...]) -> "_Picture | None":
        if len(images) == 1:  # nearly always
            (only,) = images
            return None if only.in_trash else _new(cls, (images, only.rating, only.pick, only.label))
        kept = tuple(image for image in images if not image.in_trash)
        if not kept:
            return None
        best = max(kept, key=lambda image: (priority(image.pick, image.rating), not image.is_virtual))
        rating = max((image.rating for image in kept if image.rating is not None), default=None)
        pick = max((image.pick for image in kept if image.pick is not None), default=None)
        label = next((image.label for image in (best, *kept) if image.label), None)
        return cls(kept, rating, pick, label)


def file_tags(matching: Matching) -> tuple[FileTag, ...]:
    """What the editor says of each matched file. A picture in the editor's trash has nothing to say."""
    return tuple([_file_tag(match) for match in matching.matches])


def _file_tag(match: Match) -> FileTag:
    asset, rule, _, images, _ = match
    shown = images[0] if len(images) == 1 and not images[0].in_trash else _Picture.of(images)
    if shown is None:
        return FileTag(asset, rule, None, None, None)
    return _new(FileTag, (asset, rule, shown.rating, shown.pick, _clean(shown.label) if shown.label else None))


def shoot_tags(matching: Matching, facts: CatalogFacts) -> ShootTags:
    """Count what the catalog says of a shoot's files."""
    rows = {_key_of(images): images for _, _, _, images, _ in matching.matches}
    pictures = [picture for images in rows.values() if (picture := _Picture.of(images))]
    shown = [picture.images for picture in pictures]
    ratings = Counter([picture.rating for picture in pictures])
    picks = Counter([picture.pick for picture in pictures])
    is_secret = _secrets(facts.keywords)
    labels = Counter([_clean(picture.label) for picture in pictures if picture.label])
    by_rule = Counter([match.rule for match in matching.matches])
    keywords = _sorted(count_paths(shown, attrgetter("keywords")))
    collections = _sorted(count_paths(shown, _collections_of))
    return ShootTags(
        kind=facts.kind,
        as_of=facts.observation.as_of,
        settled=facts.observation.settled,
        files=matching.total,
        matched=len(matching.matches),
        ambiguous=tuple(case.asset_id for case in matching.ambiguous),
        unmatched=len(matching.unmatched),
        pictures=len(pictures),
        virtual_copies=sum([image.is_virtual for images in shown for image in images]),
        trashed=len(rows) - len(pictures),
        picks=picks[1],
        rejects=picks[-1],
        ratings=(ratings[1], ratings[2], ratings[3], ratings[4], ratings[5]),
        unrated=ratings[None],
        labels=tuple(labels.most_common()),
        keywords=tuple(Count(_shown(path), count, is_secret(path)) for path, count in keywords),
        collections=tuple(Count(_shown(path), count) for path, count in collections),
        rules=tuple([(str(rule), count) for rule, count in by_rule.most_common()]),
        name=suggest_name(shown, facts.collections),
        warnings=facts.observation.warnings,
    )


def _secrets(keywords: Sequence[CatalogKeyword]) -> Callable[[tuple[str, ...]], bool]:
    """Whether a keyword names a person or is private. Without a known place in the tree its name alone decides."""
    known = {keyword.path for keyword in keywords}
    secret = {keyword.path for keyword in keywords if keyword.private or keyword.person}
    names = {path[-1] for path in secret}
    return lambda path: path in secret or (path not in known and path[-1] in names)


def _key_of(images: tuple[CatalogImage, ...]) -> str | frozenset[str]:
    return images[0].key if len(images) == 1 else frozenset(image.key for image in images)


def _collections_of(image: CatalogImage) -> Paths:
    return (*image.collections, *image.published) if image.published else image.collections


def _sorted(counts: Counter[tuple[str, ...]]) -> list[tuple[tuple[str, ...], int]]:
    """Most first, then by name."""
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _shown(path: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_clean(name) for name in path)


def _clean(name: str) -> str:
    """A name of the catalog, safe in a terminal, a log and JSON."""
    if name.isascii() and name.isprintable():
        return name
    return display(name.encode("utf-8", "replace"))
