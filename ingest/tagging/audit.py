"""What a catalog, the ledger and the disks say together of each picture: where its copies are, and what is missing.

Nothing here says that bytes are intact: that is what a proof's time is for.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from ingest.model.catalogs import CatalogFacts, CatalogImage
from ingest.tagging.words import Ambiguity, Match, Rule

Answer = Match | Ambiguity | None
_PROVEN = "proven"
_OFF_SITE = ("sent", "checked")
_WORST_FIRST = ("", "needs you", "waiting", "sending", "sent", "checked")  # of a third copy
_SECOND = 2


class Presence(StrEnum):
    """Whether a picture's file lies where the catalog says. OFFLINE: its drive is not here, which proves nothing."""

    HERE = "here"
    MISSING = "missing"
    OFFLINE = "offline"
    UNTOLD = "untold"


class Gap(StrEnum):
    """What a picture lacks, in the order in which it is told."""

    MISSING = "missing from disk"
    AMBIGUOUS = "not clear which file"
    UNPROVEN = "no proven second copy"
    NO_THIRD = "no third copy"


class Standing(NamedTuple):
    """One content as the ledger knows it. copies: (destination, state, when last proven in seconds since 1970 UTC,
    0 for never), one a destination. cloud: the state of its upload, "" for none.
    """

    copies: tuple[tuple[str, str, float], ...] = ()
    cloud: str = ""


class Audited(NamedTuple):
    """One row of the catalog. assets: of our files that it stands for. rule: by what they were found, "" without any.

    copies, cloud: of all files the row stands for (RAW and JPEG are one picture), the weakest of them. is_rated: it or
    a virtual copy of it has a star or is picked.
    """

    image: CatalogImage
    presence: Presence
    assets: tuple[int, ...]
    rule: str
    copies: tuple[tuple[str, str, float], ...]
    cloud: str
    is_rated: bool
    gaps: tuple[Gap, ...]


@dataclass(slots=True)
class Tally:
    """An audit in numbers. images = files + virtual_copies.

    picks, rated, memberships (in collections): rows. All below: files. unknown: no content of the ledger is this
    picture. unproven: without two proven copies. rated_*: those of them that are rated or picked.
    proven: destination -> files with a proven copy there. oldest: destination -> when the oldest of these was proven,
    seconds since 1970 UTC. cloud: state of the third copy -> files.
    """

    images: int
    files: int
    virtual_copies: int
    keywords: int
    collections: int
    memberships: int
    picks: int
    rated: int
    missing: int
    offline: int
    unknown: int
    ambiguous: int
    unproven: int
    no_third: int
    rated_unproven: int
    rated_no_third: int
    proven: dict[str, int]
    oldest: dict[str, float]
    cloud: dict[str, int]

    @classmethod
    def of(cls, facts: CatalogFacts) -> "Tally":
        """What the catalog alone tells; `add` counts the rest."""
        numbers = dict.fromkeys(cls.__slots__[:16], 0)
        tally = cls(**numbers, proven={}, oldest={}, cloud={})
        tally.keywords, tally.collections = len(facts.keywords), len(facts.collections)
        tally.memberships = sum(each.members or 0 for each in facts.collections)
        return tally

    def add(self, one: Audited) -> None:
        """Count one row."""
        self.images += 1
        self.picks += one.image.pick == 1
        self.rated += bool(one.image.rating)
        if one.image.is_virtual:
            self.virtual_copies += 1
            return
        self.files += 1
        self.offline += one.presence is Presence.OFFLINE
        self.unknown += not one.rule
        self.missing += Gap.MISSING in one.gaps
        self.ambiguous += Gap.AMBIGUOUS in one.gaps
        if Gap.UNPROVEN in one.gaps:
            self.unproven += 1
            self.rated_unproven += one.is_rated
        if Gap.NO_THIRD in one.gaps:
            self.no_third += 1
            self.rated_no_third += one.is_rated
        for name, state, at in one.copies:
            if state == _PROVEN:
                self.proven[name] = self.proven.get(name, 0) + 1
                self.oldest[name] = min(at, self.oldest.get(name, at))
        if one.cloud:
            self.cloud[one.cloud] = self.cloud.get(one.cloud, 0) + 1


def audited(
    facts: CatalogFacts,
    answers: Iterable[Answer],
    standings: Mapping[int, Standing],
    presence_of: Callable[[CatalogImage], Presence],
    *,
    wants_third: bool,
) -> Iterator[Audited]:
    """Every row of the catalog, in its order.

    Args:
        facts: the catalog.
        answers: what each file of the ledger is in it.
        standings: asset id -> its copies.
        presence_of: whether the row's file lies there.
        wants_third: an off-site copy is set up, so that a picture without one lacks it.
    """
    files, unclear = _files_of_rows(answers)
    rated = {_file_key(image) for image in facts.images if image.rating or image.pick == 1}
    for image in facts.images:
        key = _file_key(image)
        rule, assets = _found(files.get(key))
        copies, cloud = _standing(assets, standings)
        presence = presence_of(image)
        gaps = []
        if presence is Presence.MISSING:
            gaps.append(Gap.MISSING)
        if not assets and (image.path or image.name) in unclear:
            gaps.append(Gap.AMBIGUOUS)
        if sum(state == _PROVEN for _, state, _ in copies) < _SECOND:
            gaps.append(Gap.UNPROVEN)
        if wants_third and cloud not in _OFF_SITE:
            gaps.append(Gap.NO_THIRD)
        yield Audited(image, presence, assets, rule, copies, cloud, key in rated, tuple(gaps))


def _file_key(image: CatalogImage) -> str:
    return image.file_key or image.key


_Rule = tuple[str, tuple[int, ...]]
_NOTHING: _Rule = ("", ())
_UNKNOWN = Standing()


def _files_of_rows(answers: Iterable[Answer]) -> tuple[dict[str, int | _Rule], set[str]]:
    """Row's file key -> (the rule that found the file with a row of its own, all files it stands for), and what rows
    of unclear files are called. Of nearly all of a large catalog it is one file by its import key: its id alone.
    """
    found: dict[str, int | _Rule] = {}
    unclear: set[str] = set()
    for answer in answers:
        if isinstance(answer, Ambiguity):
            unclear.update(answer.candidates)
        elif answer is not None:
            for key in {_file_key(image) for image in answer.images}:
                if key not in found and answer.rule is Rule.IMPORT_KEY:
                    found[key] = answer.asset_id
                    continue
                rule, assets = _found(found.get(key))
                if answer.rule is not Rule.COMPANION or not rule:
                    rule = str(answer.rule)
                found[key] = rule, (*assets, answer.asset_id)
    return found, unclear


def _found(kept: int | _Rule | None) -> _Rule:
    if kept is None:
        return _NOTHING
    return (Rule.IMPORT_KEY.value, (kept,)) if isinstance(kept, int) else kept


def _standing(
    assets: tuple[int, ...], standings: Mapping[int, Standing]
) -> tuple[tuple[tuple[str, str, float], ...], str]:
    if len(assets) == 1:
        return standings.get(assets[0], _UNKNOWN)
    return _weakest([standings.get(asset, _UNKNOWN) for asset in assets])


def _weakest(standings: list[Standing]) -> tuple[tuple[tuple[str, str, float], ...], str]:
    """What is true of all of them: a copy where each has one, proven when each is, when the first was."""
    if len(standings) < _SECOND:
        return standings[0] if standings else ((), "")
    first, *others = ({name: (state, at) for name, state, at in each.copies} for each in standings)
    copies = []
    for name, (state, at) in first.items():
        if all(name in other for other in others):
            every = [(state, at), *(other[name] for other in others)]
            worst = next((state for state, _ in every if state != _PROVEN), _PROVEN)
            copies.append((name, worst, min(at for _, at in every)))
    return tuple(copies), min((each.cloud for each in standings), key=_WORST_FIRST.index)
