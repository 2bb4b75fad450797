"""Each answer of a first run tried at once: what it becomes, what is to be said of it, or why it will not do."""

import os
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

from ingest.config import Settings, cloud_values, values
from ingest.config.cloud_settings import CloudKind
from ingest.config.settings import NamingSettings
from ingest.errors import ConfigError, UsageError
from ingest.plan.planned import PlanSettings
from ingest.plan.preview import Sample, preview
from ingest.setup.catalogs import Found, Opened, find_catalogs, named, open_once
from ingest.setup.places import Known, Place, devices_in_all, place_of
from ingest.setup.questions import NONE, said_yes

Tell = Callable[[str], None]
Working = Callable[[str], AbstractContextManager[None]]
_PLACES = ("first", "second", "more")


class OneDiskError(UsageError):
    """Two destinations are one physical thing: it takes a word to go on."""


@dataclass(slots=True)
class Trial:
    """What the answers are tried against. before: the settings that are there. samples: of a card that is here.

    kinds: of destinations, as flags said. one_disk: the word was given. tell: for people, while it is tried.

    working: names what lasts.
    """

    known: Known
    before: Settings | None
    kinds: Mapping[str, str]
    tell: Tell
    working: Working
    samples: Sequence[Sample] = ()
    one_disk: bool = False
    places: dict[str, tuple[Place, ...]] = field(default_factory=dict)
    found: list[Found] | None = None
    opened: dict[str, Opened] = field(default_factory=dict)

    def try_answer(self, key: str, answer: str) -> str:
        """What the answer is from now on.

        Raises:
            UsageError: it will not do, and why; OneDiskError where a word is asked for.
        """
        text = answer.strip()
        if key in _PLACES:
            return self._place(key, text)
        if key == "folder":
            self.names(text)
            return text
        if key == "catalogs":
            return self._catalogs(text)
        if key == "bucket":
            return self._bucket(text)
        word = said_yes(text)
        if word is None:
            raise UsageError("Answer with y or n")
        return "yes" if word else "no"

    def _place(self, key: str, answer: str) -> str:
        others = [place for other in _PLACES[: _PLACES.index(key)] for place in self.places.get(other, ())]
        self.places[key] = ()
        if key == "more" and answer.casefold() in (NONE, ""):
            return NONE
        taken: list[Place] = []
        for line in answer.splitlines():
            kind, guess = self.kinds.get(key, ""), "drive" if key == "more" else ""
            taken.append(place_of(line, [*others, *taken], kind=kind, guess=guess, known=self.known))
        self.places[key] = tuple(taken)
        if key == "second" and others and devices_in_all([*others, *taken]) < 2 and not self.one_disk:
            names = " and ".join(place.name for place in (*others, *taken))
            raise OneDiskError(f"{names} stand on one disk: two folders of one disk are one copy")
        return answer

    def all_places(self) -> list[Place]:
        """Every destination that was answered, in order."""
        return [place for key in _PLACES for place in self.places.get(key, ())]

    def names(self, template: str) -> tuple[tuple[str, str], ...]:
        """Three examples under this template: name on the card, path below the destination.

        Raises:
            UsageError: what is wrong with it.
        """
        try:
            values.folder_template(template)
            naming = self.before.naming if self.before else NamingSettings()
            plain = PlanSettings(frozenset(), template, naming.file, (), naming.day_starts)
            made = preview(plain, samples=self.samples) if self.samples else preview(plain)
        except (ValueError, ConfigError) as error:
            raise UsageError(f"{template}: {getattr(error, 'message', error)}") from None
        chosen = made if self.samples else [made[number] for number in (0, 3, 4)]
        return tuple((os.fsdecode(source.rsplit(b"/", 1)[-1]), os.fsdecode(target)) for source, target in chosen[:3])

    def search(self) -> list[Found]:
        """The catalogs of this computer, looked for once."""
        if self.found is None:
            local = [place.root for place in self.all_places() if not place.is_served]
            with self.working("Looking for catalogs"):
                self.found = find_catalogs(Path.home(), local)
        return self.found

    def _catalogs(self, answer: str) -> str:
        if answer.casefold() in (NONE, ""):
            return NONE
        lines = answer.splitlines() if "\n" in answer else [answer]
        if len(lines) == 1 and not os.path.exists(os.path.expanduser(answer)):
            lines = answer.split(",")
        chosen = [self._chosen(line.strip()) for line in lines if line.strip()]
        for each in chosen:
            self._open(each)
        return "\n".join(dict.fromkeys(each.path for each in chosen))

    def _chosen(self, word: str) -> Found:
        if word.isascii() and word.isdigit():
            found = self.search()
            if not 0 < int(word) <= len(found):
                raise UsageError(f"There is no number {word} in the list")
            return found[int(word) - 1]
        kept = self._kept(word)
        if kept:
            return Found(kept, word, 0.0)
        try:
            return named(word)
        except ValueError as error:
            raise UsageError(str(error)) from None

    def _open(self, each: Found) -> None:
        name = os.path.basename(each.path)
        if each.path not in self.opened:
            with self.working(f"Opening {name}"):
                self.opened[each.path] = open_once(each.kind, each.path, time.time())
        told = self.opened[each.path]
        if told.images is None and not told.may_heal and not self._kept(each.path):
            self.opened.pop(each.path)
            raise UsageError(f"{name} cannot be read: {told.words}")
        how = f"{told.images:,} pictures, read" if told.images is not None else f"not read now: {told.words}"
        self.tell(f"  {name}: {how}")

    def kind_of_catalog(self, path: str) -> str:
        """The editor of a catalog that was answered."""
        known = [each for each in self.found or () if each.path == path]
        return known[0].kind if known else self._kept(path) or named(path).kind

    def _kept(self, path: str) -> str:
        """The kind of a catalog that the settings name already: one whose disk is away today stays."""
        catalogs = self.before.catalogs if self.before else ()
        return next((catalog.kind for catalog in catalogs if str(catalog.path) == path), "")

    def _bucket(self, answer: str) -> str:
        if answer.casefold() in (NONE, ""):
            return NONE
        try:
            problem = cloud_values.problem_with_bucket("b2", cloud_values.bucket(answer))
        except ValueError as error:
            problem = str(error)
        if problem:
            raise UsageError(f"It {problem}")
        cloud = self.before.cloud if self.before else None
        if cloud is not None and (cloud.kind != CloudKind.B2 or cloud.bucket != answer):
            raise UsageError("The settings say another third copy in [cloud]: change it there, or leave it as it is")
        return answer
