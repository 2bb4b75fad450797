"""Which entries of a card are left out on purpose, and by which rule; the verdict names the rule.

A rule is a pattern with `*`, `?` and `[...]`, case ignored. Without a slash (or with one at its end only) it is tried
on every component of the path, so that the name of a folder leaves out all that lies in it. With a slash at its
beginning or inside it is tried from the card's root on, one component at a time, and again covers all that lies below.
"""

import fnmatch
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from ingest.model.names import collision_key


@dataclass(frozen=True, slots=True)
class _Rule:
    """text: as the user wrote it. patterns: one a component. from_root: tried from the root on, else anywhere."""

    text: str
    patterns: tuple[re.Pattern[str], ...]
    from_root: bool

    def covers(self, parts: list[str]) -> bool:
        if not self.from_root:
            return any(map(self.patterns[0].match, parts))
        pairs = zip(self.patterns, parts, strict=False)
        return len(self.patterns) <= len(parts) and all(pattern.match(part) for pattern, part in pairs)


def ignored_by(path: bytes, rules: Sequence[str]) -> str:
    """The first of `rules` that leaves out the relative card `path`, as it was written; "" for none.

    Blank rules match nothing.
    """
    compiled, anywhere = _compile(tuple(rules))
    parts = collision_key(path).split("/")
    if anywhere is not None and not any(map(anywhere.match, parts)):
        return ""
    return next((rule.text for rule in compiled if rule.covers(parts)), "")


@lru_cache(maxsize=16)
def _compile(rules: tuple[str, ...]) -> tuple[tuple[_Rule, ...], re.Pattern[str] | None]:
    """The rules, and one pattern for all, since most names match none (None where a rule starts at the root)."""
    compiled = tuple(_rule(text) for text in rules if text.strip().strip("/"))
    if any(rule.from_root for rule in compiled):
        return compiled, None
    return compiled, re.compile("|".join(rule.patterns[0].pattern for rule in compiled) or r"(?!)")


def _rule(text: str) -> _Rule:
    parts = [part for part in text.strip().split("/") if part]
    patterns = tuple(re.compile(_expression(part)) for part in parts)
    return _Rule(text, patterns, from_root=len(parts) > 1 or text.strip().startswith("/"))


def _expression(pattern: str) -> str:
    return fnmatch.translate(collision_key(pattern.encode("utf-8", "surrogatepass")))
