"""What the editor's catalog says about a shoot, in a few lines: found, picked, keywords, collections."""

from typing import Any

from ingest.words import clock, day

_MOST = 6


def tag_lines(catalog: str, facts: dict[str, Any], now: float) -> list[str]:
    """Lines for the screens of an ingest and of a shoot. facts: `ShootTags.plain()`, perhaps of an older version."""
    as_of = float(facts.get("as_of", 0.0))
    when = clock(as_of) if day(as_of, now) == "today" else day(as_of, now)
    state = "" if facts.get("settled", True) else "; newer edits in the open editor may be missing"
    lines = [f"  Tags from {catalog}, as of {when}{state}: {_found(facts)}"]
    counts = [f"{facts.get('picks', 0)} picked", f"{facts.get('rejects', 0)} rejected", *_stars(facts)]
    lines.append(f"    {', '.join(counts)}")
    for title, key in (("Keywords", "keywords"), ("Collections", "collections")):
        names = [
            f"{'/'.join(item['path'])} ({item['pictures']})" for item in facts.get(key, ()) if not item.get("private")
        ]
        if names:
            rest = f" and {len(names) - _MOST} more" if len(names) > _MOST else ""
            lines.append(f"    {title}: {', '.join(names[:_MOST])}{rest}")
    lines += [f"    ! {text}" for text in facts.get("warnings", ())]
    return lines


def tag_word(catalog: str, facts: dict[str, Any]) -> str:
    """The same in a few words, for the list of shoots."""
    return f"{facts.get('picks', 0):,} picked, {facts.get('matched', 0):,}/{facts.get('files', 0):,} in {catalog}"


def _found(facts: dict[str, Any]) -> str:
    text = f"{facts.get('matched', 0)} of {facts.get('files', 0)} files found there"
    ambiguous = len(facts.get("ambiguous", ()))
    return f"{text}, {ambiguous} not clear which" if ambiguous else text


def _stars(facts: dict[str, Any]) -> list[str]:
    ratings = facts.get("ratings", {})
    return [f"{ratings[stars]} x {stars} stars" for stars in sorted(ratings, reverse=True) if ratings[stars]]
