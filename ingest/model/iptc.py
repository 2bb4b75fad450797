"""What a photographer says of all photographs of an ingest: who took them, whose they are, for which job, keywords."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, fields

LONGEST_TEXT = 2000
LONGEST_KEYWORD = 200
MOST_KEYWORDS = 200
LEVELS = "|"  # between the levels of a keyword: Lightroom's own sign, which no level may hold

Keyword = tuple[str, ...]
"""The levels from the root down: ("Meyer", "ceremony"); one level for a flat keyword."""


@dataclass(frozen=True, slots=True)
class Iptc:
    """Empty and None are not said. rating: 1 to 5. named: the fields that are meant even where another value stands."""

    creator: str = ""
    copyright: str = ""
    job: str = ""
    keywords: tuple[Keyword, ...] = ()
    rating: int | None = None
    named: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.creator or self.copyright or self.job or self.keywords or self.rating)

    def over(self, below: "Iptc") -> "Iptc":
        """This, with what it leaves unsaid taken from `below`; the keywords of both."""
        said = {field.name: getattr(self, field.name) or getattr(below, field.name) for field in fields(Iptc)}
        return Iptc(**{**said, "keywords": union(below.keywords, self.keywords), "named": self.named | below.named})


def union(first: Iterable[Keyword], second: Iterable[Keyword]) -> tuple[Keyword, ...]:
    """The keywords of both, each once, in order; the first spelling stays."""
    found: dict[tuple[str, ...], Keyword] = {}
    for keyword in (*first, *second):
        found.setdefault(tuple(map(keyword_key, keyword)), keyword)
    return tuple(found.values())


def keyword_key(text: str) -> str:
    """The form under which two keywords are one: editors tell neither case nor normalisation apart."""
    return unicodedata.normalize("NFC", text.strip()).casefold()


def one_line(value: str) -> str:
    """A text as a field holds it.

    Raises:
        ValueError: empty, too long, or with characters that cannot be seen.
    """
    text = unicodedata.normalize("NFC", value.strip())
    if not text:
        raise ValueError("must not be empty")
    if not text.isprintable():
        raise ValueError("holds characters that cannot be seen")
    if len(text) > LONGEST_TEXT:
        raise ValueError(f"is longer than {LONGEST_TEXT} characters")
    return text


def keyword(value: str) -> Keyword:
    """`wedding`, or `Meyer|ceremony` from the root down.

    Raises:
        ValueError: an empty level, or one that is too long or holds characters that cannot be seen or a comma.
    """
    levels = tuple(one_line(level) for level in value.split(LEVELS))
    if any("," in level for level in levels):
        raise ValueError("must not hold a comma: editors would take it for two keywords")
    if len(LEVELS.join(levels)) > LONGEST_KEYWORD:
        raise ValueError(f"is longer than {LONGEST_KEYWORD} characters")
    return levels


def keywords(value: str) -> tuple[Keyword, ...]:
    """`wedding, Meyer|ceremony`: with commas between them; what is empty between two commas is passed over.

    Raises:
        ValueError: one of them is no keyword, or there are none or too many.
    """
    found = union((), (keyword(part) for part in value.split(",") if part.strip()))
    if not found:
        raise ValueError("must not be empty")
    if len(found) > MOST_KEYWORDS:
        raise ValueError(f"holds {len(found)} keywords, at most {MOST_KEYWORDS} are allowed")
    return found
