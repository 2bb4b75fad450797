"""What a history leaves out: the patterns written from generation 1 on, and a matcher for anybody's patterns.

Patterns are .gitignore lines, matched against paths relative to the history's folder (the reference tool matches the
absolute path, so a set that lies under an ignored name seals nothing there). Patterns come from outside too: every
translation runs in time linear in name times pattern, whatever stars a pattern holds.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from ingest.model.names import parent_of

# Without these every edit would make the archive fail for good. Matching is case-sensitive, hence both spellings.
_EDITORS = (
    *("*.[xX][mM][pP]", "/**/CaptureOne/", "*.cos", "*.COS", "*.comask", "*.cop", "*.cot", "*.cof", "*.cosessiondb*"),
    *("*.cocatalogdb*", "*.cocatalog/", "*.lrcat*", "*.LRCAT*", "*.lrdata/", "NKSC_PARAM/", "*.dop", "*.DOP"),
    *("*.pp3", "*.PP3", "*.acr", "*.ACR", "*.on1", "*.ON1", "*.RMD", "*.rmd"),
)
_SYSTEMS = (
    *("._*", "Thumbs.db", "thumbs.db", "desktop.ini", "Desktop.ini", ".Spotlight-V100/", ".Trashes/", ".fseventsd/"),
    *(".TemporaryItems/", "System Volume Information/", "$RECYCLE.BIN/", "lost+found/", "@eaDir/", "\\#recycle/"),
    ".@__thumb/",
)
REFERENCE_DEFAULTS = (".DS_Store", "ascmhl", "ascmhl/")
OWN_PATTERNS = (*REFERENCE_DEFAULTS, ".safelight/", *_EDITORS, *_SYSTEMS)

LONGEST_PATTERN = 1024
MOST_PATTERNS = 1000


_PLAIN = re.compile(r"(\*?)([^*?\[\\/]+)")  # of a pattern: a whole name, or with one star before it the end of one


@dataclass(frozen=True, slots=True)
class _Rule:
    """ending, name: what a plain pattern asks for, "" for any other; then `regex` decides."""

    regex: str
    negated: bool
    folders_only: bool
    ending: str = ""
    name: str = ""


class _Matcher:
    """Some rules as one question. Most are plain names and endings, which need no regular expression."""

    def __init__(self, rules: Sequence[_Rule]) -> None:
        self._endings = tuple(rule.ending for rule in rules if rule.ending)
        self._names = frozenset(rule.name for rule in rules if rule.name)
        others = [f"(?:{rule.regex})" for rule in rules if not rule.ending and not rule.name]
        self._regex = re.compile("|".join(others), re.DOTALL) if others else None

    def matches(self, text: str) -> bool:
        if text.endswith(self._endings) or text.rpartition("/")[2] in self._names:
            return True
        return self._regex is not None and self._regex.fullmatch(text) is not None


class IgnoreRules:
    """Patterns made ready. Later ones win over earlier ones, as in .gitignore."""

    def __init__(self, patterns: Sequence[str]) -> None:
        """Compile `patterns`.

        Raises:
            ValueError: one is too long, one is no pattern at all, or there are too many beside our own.
        """
        if len(set(patterns).difference(OWN_PATTERNS)) > MOST_PATTERNS:
            raise ValueError(f"{len(patterns)} ignore patterns, at most {MOST_PATTERNS} are taken")
        rules = [rule for pattern in patterns if (rule := _translated(pattern))]
        groups = [(negated, list(group)) for negated, group in groupby(rules, lambda rule: rule.negated)][::-1]
        self._of_folders = [(_Matcher(group), negated) for negated, group in groups]
        self._of_files = [
            (_Matcher([rule for rule in group if not rule.folders_only]), negated) for negated, group in groups
        ]
        self._folders: dict[bytes, bool] = {b"": False}

    def ignores_name(self, path: bytes, is_folder: bool) -> bool:
        """Whether the patterns name this very path; its parents are known not to be ignored."""
        text = path.decode("utf-8", "surrogateescape")
        for matcher, negated in self._of_folders if is_folder else self._of_files:
            if matcher.matches(text):
                return not negated
        return False

    def ignores(self, path: bytes) -> bool:
        """Whether a file, or any folder it lies in, is ignored."""
        return self._ignores_folder(parent_of(path)) or self.ignores_name(path, is_folder=False)

    def _ignores_folder(self, folder: bytes) -> bool:
        unknown = []
        while folder not in self._folders:  # no recursion: a card may be nested deeper than Python calls
            unknown.append(folder)
            folder = parent_of(folder)
        ignored = self._folders[folder]
        for folder in reversed(unknown):
            ignored = self._folders[folder] = ignored or self.ignores_name(folder, is_folder=True)
        return ignored


def joined_patterns(*groups: Iterable[str]) -> tuple[str, ...]:
    """All patterns once, in order: a history may only ever gain patterns."""
    return tuple(dict.fromkeys(pattern for group in groups for pattern in group))


def _translated(pattern: str) -> _Rule | None:
    """One .gitignore line as a regular expression for whole relative paths; None for a comment or blank line."""
    if len(pattern) > LONGEST_PATTERN:
        raise ValueError(f"an ignore pattern of {len(pattern)} characters, at most {LONGEST_PATTERN} are taken")
    line = pattern if pattern.endswith("\\ ") else pattern.rstrip(" ")
    if not line or line.startswith("#"):
        return None
    negated = line.startswith("!")
    line = line[negated:]
    folders_only = line.endswith("/")
    body = line.rstrip("/")
    segments = body.lstrip("/").split("/")
    if segments == [""]:
        return None
    if "/" not in body:
        segments.insert(0, "**")
    regex = _path_regex(segments)
    try:
        re.compile(regex)
    except re.error as error:
        raise ValueError(f"no ignore pattern: {pattern!r}") from error
    plain = _PLAIN.fullmatch(body)
    star, word = plain.groups() if plain else ("", "")
    return _Rule(regex, negated, folders_only, ending=word if star else "", name="" if star else word)


def _path_regex(segments: list[str]) -> str:
    """Runs of segments between `**` are looked for from left to right and never moved again (atomic groups): for
    patterns of this kind the leftmost place is always as good as any other, so no search runs twice.
    """
    runs: list[list[str]] = [[]]
    for segment in segments:
        if segment == "**":
            runs.append([])
        else:
            runs[-1].append(_segment_regex(segment))
    *inner, last = runs
    parts = ["/".join(inner[0]) + "/"] if inner and inner[0] else []
    parts += [f"(?>(?:[^/]+/)*?{'/'.join(run)}/)" for run in inner[1:] if run]
    if not last:
        return "".join(parts) + ".+"
    floating = "(?:[^/]+/)*?" if inner else ""
    return "".join(parts) + floating + "/".join(last)


def _segment_regex(segment: str) -> str:
    """One name: literal pieces between stars, each found once from the left; only the last is tied to the end."""
    pieces = [""]
    position = 0
    while position < len(segment):
        if segment[position] == "*":
            pieces.append("")
            position += 1
        else:
            regex, position = _one_character(segment, position)
            pieces[-1] += regex
    if len(pieces) == 1:
        return pieces[0]
    first, *middle, last = pieces
    return first + "".join(f"(?>[^/]*?{piece})" for piece in middle if piece) + "[^/]*" + last


def _one_character(segment: str, position: int) -> tuple[str, int]:
    """The regular expression for the character at `position`, and the position behind it."""
    character = segment[position]
    if character == "?":
        return "[^/]", position + 1
    if character == "\\" and position + 1 < len(segment):
        return re.escape(segment[position + 1]), position + 2
    closing = segment.find("]", position + 2 + (segment[position + 1 : position + 2] in ("!", "^")))
    if character != "[" or closing < 0:
        return re.escape(character), position + 1
    inside = segment[position + 1 : closing]
    negated = inside[:1] in ("!", "^")
    escaped = "".join("-" if one == "-" else re.escape(one) for one in inside[negated:])
    return f"(?!/)[{'^' if negated else ''}{escaped}]", closing + 1
