"""What a catalog, the ledger and the disks say together of each picture: where its copies are, and what is missing.

Nothing here says that bytes are intact: that is what a proof's time is for.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from ingest.model.catalogs import CatalogFacts, CatalogImage
from ingest.tagging.answers import Answers
from ingest.tagging.words import Ambiguity, Rule

_new = tuple.__new__  # a named tuple from all its values, in half the time
_IMPORT_KEY = str(Rule.IMPORT_KEY)
_NOTHING: tuple[str, tuple[int, ...]] = ("", ())
_PROVEN = "proven"
_OFF_SITE = ("sent", "checked")
_WORST_FIRST = ("", "needs you", "waiting", "sending", "sent", "checked")  # of a third copy
_SECOND = 2
_NEVER = float("inf")


class Presence(StrEnum):
    """Whether a picture's file lies where the catalog says. OFFLINE: its drive is not here, which proves nothing.

    RELEASED: it does not, since its working copy was let go on purpose, and other copies stand.
    """

    HERE = "here"
    RELEASED = "released"
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

    picks, rated, memberships (in collections): rows. All below: files. released: let go on purpose. unknown: no content
    of the ledger is this picture. unproven: without two proven copies. rated_*: those of them that are rated or picked.
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
    released: int
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
        numbers = dict.fromkeys(cls.__slots__[:17], 0)
        tally = cls(**numbers, proven={}, oldest={}, cloud={})
        tally.keywords, tally.collections = len(facts.keywords), len(facts.collections)
        tally.memberships = sum(each.members or 0 for each in facts.collections)
        return tally

    def add(self, one: Audited) -> None:
        """Count one row."""
        image, presence, _, rule, copies, cloud, _, gaps = one
        self.images += 1
        self.picks += image.pick == 1
        self.rated += bool(image.rating)
        if image.is_virtual:
            self.virtual_copies += 1
            return
        self.files += 1
        if presence is Presence.OFFLINE:
            self.offline += 1
        elif presence is Presence.RELEASED:
            self.released += 1
        if not rule:
            self.unknown += 1
        if gaps:
            self._add_gaps(one)
        for name, state, at in copies:
            if state == _PROVEN:
                self.proven[name] = self.proven.get(name, 0) + 1
                if at < self.oldest.get(name, _NEVER):
                    self.oldest[name] = at
        if cloud:
            self.cloud[cloud] = self.cloud.get(cloud, 0) + 1

    def _add_gaps(self, one: Audited) -> None:
        self.missing += Gap.MISSING in one.gaps
        self.ambiguous += Gap.AMBIGUOUS in one.gaps
        if Gap.UNPROVEN in one.gaps:
            self.unproven += 1
            self.rated_unproven += one.is_rated
        if Gap.NO_THIRD in one.gaps:
            self.no_third += 1
            self.rated_no_third += one.is_rated


def audited(
    facts: CatalogFacts,
    answers: Answers,
    standing_of: Callable[[int], Standing],
    presence_of: Callable[[CatalogImage], Presence],
    *,
    wants_third: bool,
    released: frozenset[int] = frozenset(),
) -> Iterator[Audited]:
    """Every row of the catalog, in its order.

    Args:
        facts: the catalog.
        answers: what each file of the ledger is in it.
        standing_of: asset id -> its copies.
        presence_of: whether the row's file lies there.
        wants_third: an off-site copy is set up, so that a picture without one lacks it.
        released: assets whose working copy was let go: not there, and not missing.
    """
    found = _Found(answers)
    at, unclear = found.at, found.unclear
    rated = {_file_key(image) for image in facts.images if image.rating or image.pick == 1}
    for number, image in enumerate(facts.images):
        key = image.file_key or image.key
        rule, assets = at(number, key)
        copies, cloud = standing_of(assets[0]) if len(assets) == 1 else _weakest([*map(standing_of, assets)])
        presence = presence_of(image)
        gaps: tuple[Gap, ...] = ()  # of nearly all
        if presence is Presence.MISSING:
            if assets and released.issuperset(assets):
                presence = Presence.RELEASED
            else:
                gaps += (Gap.MISSING,)
        if unclear and not assets and (image.path or image.name) in unclear:
            gaps += (Gap.AMBIGUOUS,)
        proven = [state for _, state, _ in copies].count(_PROVEN)
        if proven < _SECOND and proven + _archived(presence, cloud) < _SECOND:
            gaps += (Gap.UNPROVEN,)
        if wants_third and cloud not in _OFF_SITE:
            gaps += (Gap.NO_THIRD,)
        yield _new(Audited, (image, presence, assets, rule, copies, cloud, key in rated, gaps))


def _archived(presence: Presence, cloud: str) -> bool:
    """Of what was let go the copy in the bucket counts, as it did when that was decided."""
    return presence is Presence.RELEASED and cloud == _OFF_SITE[-1]


def _file_key(image: CatalogImage) -> str:
    return image.file_key or image.key


class _Found:
    """For each row by which rule the file with a row of its own was found, and all files that the row stands for.

    Of nearly all rows of a large catalog it is one file by its import key. unclear: what rows of unclear files are
    called.
    """

    def __init__(self, answers: Answers) -> None:
        self._assets = answers.assets
        self._places = answers.places_by_row()
        self._others: dict[str, list[tuple[int, Rule]]] = {}
        self.unclear: set[str] = set()
        for place, answer in answers.rest():
            if isinstance(answer, Ambiguity):
                self.unclear.update(answer.candidates)
                continue
            for key in {_file_key(image) for image in answer.images}:
                self._others.setdefault(key, []).append((place, answer.rule))

    def at(self, number: int, key: str) -> tuple[str, tuple[int, ...]]:
        """Of the row of this number, with this file key."""
        place, others = self._places[number], self._others.get(key)
        if others is None:
            return _NOTHING if place < 0 else (_IMPORT_KEY, (self._assets[place],))
        every = sorted([*others, (place, Rule.IMPORT_KEY)]) if place >= 0 else others
        own = [str(rule) for _, rule in every if rule is not Rule.COMPANION]
        return own[-1] if own else str(Rule.COMPANION), tuple(self._assets[place] for place, _ in every)


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
