"""What the command line of `init` answers, as the questions know it."""

import dataclasses
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.errors import UsageError
from ingest.setup.questions import NO, NONE, YES


@dataclass(frozen=True, slots=True)
class Flags:
    """given: answers by the key of their question. kinds: of destinations whose flag says it.

    ask: questions are allowed where there is a terminal.
    """

    given: Mapping[str, str]
    kinds: Mapping[str, str]
    _: dataclasses.KW_ONLY
    one_disk: bool = False
    speed: bool = True
    yes: bool = False
    ask: bool = True


def given_by(
    ssd: str | None,
    nas: str | None,
    destinations: Sequence[str],
    folder: str | None,
    catalogs: Sequence[str],
    bucket: str | None,
    words: Mapping[str, bool | None],
) -> dict[str, str]:
    """Answers by the key of their question. words: of the questions that take yes or no; None where nothing was said.

    Raises:
        UsageError: a catalog is named beside none.
    """
    rest = list(destinations)
    given: dict[str, str] = {}
    for key, path in (("first", ssd), ("second", nas)):
        if path:
            given[key] = path
        elif rest:
            given[key] = rest.pop(0)
    if rest:
        given["more"] = "\n".join(rest)
    if folder is not None:
        given["folder"] = folder
    if catalogs:
        if NONE in catalogs and len(catalogs) > 1:
            raise UsageError("--catalog none stands beside a catalog", hint="Say one or the other")
        given["catalogs"] = "\n".join(catalogs)
    if bucket is not None:
        given["bucket"] = bucket
    return given | {key: YES if word else NO for key, word in words.items() if word is not None}
