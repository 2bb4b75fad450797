"""The questions of `init` on a terminal: one at a time, Enter for what stands in brackets, `b` back, `?` for more."""

import os
import sys
import textwrap
import time

from ingest.cli.bars import Bars
from ingest.cli.console import Console, paint, printable, shape
from ingest.cli.init_flags import Flags
from ingest.cli.typed import typed
from ingest.disk.fs_rules import may_hang
from ingest.errors import UsageError
from ingest.model.names import display
from ingest.model.places import Volume
from ingest.setup.places import Place, suggested, usable_volumes
from ingest.setup.questions import NONE, YES, Interview, Question, said_yes
from ingest.setup.speed import SAMPLE, Speed, measure
from ingest.setup.trying import OneDiskError, Trial
from ingest.words import day, files, size, speed

_BACK, _HELP, _WIDTH = "b", "?", 76
_ONE_DISK = "one disk"
_MOST_VOLUMES = 8


class Asking:
    """Asks, tries each answer at once, and tells what became of it. label: of the card that examples come from."""

    def __init__(self, console: Console, trial: Trial, flags: Flags, label: str) -> None:
        self.console, self.trial, self._flags, self._label = console, trial, flags, label
        self.can_ask = flags.ask and not flags.yes and sys.stdin.isatty()
        self._speeds: dict[str, Speed | None] = {}
        self._greeted = False

    def begin(self, interview: Interview) -> None:
        """Told once, before the first question."""
        if self._greeted or interview.question is None:
            return
        self._greeted = True
        say = self.console.say
        say(paint(f"Setting up Safelight: {files(interview.count, 'question')}.", "bold"))
        say("Enter takes what stands in brackets, b goes back, ? explains.")
        say("Nothing is written before the end; Ctrl-C leaves everything as it is.")

    def take(self, question: Question, answer: str) -> str:
        """An answer of the command line or the settings; gives what it is from now on.

        Raises:
            UsageError: it will not do.
        """
        try:
            tried = self.trial.try_answer(question.key, answer)
        except OneDiskError as error:
            hint = "Name a place on another disk. For a trial only: --one-disk"
            raise UsageError(error.message, hint=hint) from None
        except UsageError as error:
            flag = question.flag.partition(" ")[0]
            raise UsageError(f"{flag}: {error.message}", hint=error.hint) from None
        self._tell(question)
        return tried

    def ask(self, interview: Interview, offered: dict[str, str]) -> str | None:
        """The answer, tried; None for back."""
        question = interview.question
        assert question is not None
        if question.yes_no:
            word = interview.default(offered)
            self.console.say()
            title = f"{interview.number}/{interview.count}  {question.text}?"
            answer = self.yes(title, default=word == YES, explain=question.explain)
            return None if answer is None else "yes" if answer else "no"
        default = self._prepare(question, interview.default(offered), interview)
        return self._text(question, default)

    def _prepare(self, question: Question, default: str, interview: Interview) -> str:
        """What is shown above a question; gives its default."""
        self.console.say(f"\n{interview.number}/{interview.count}  {paint(question.text, 'bold')}")
        if question.key == "catalogs":
            return self._show_catalogs(default)
        if question.key not in ("first", "second"):
            return default
        earlier = self.trial.places.get("first", ()) if question.key == "second" else ()
        volumes = usable_volumes()
        if question.key == "first" or "first" in interview.given:
            self._show_volumes(volumes)
        return default or suggested(volumes, earlier)

    def _text(self, question: Question, default: str) -> str | None:
        while True:
            if question.key == "folder":
                self._show_names(default)
            shown = ", ".join(default.splitlines())
            answer = self._typed(f"     [{shown}]: " if shown else "     : ")
            if answer == _BACK:
                return None
            if answer == _HELP:
                self._explain(question.explain)
                continue
            if not answer and not default:
                continue
            if question.key == "folder" and answer and answer != default:
                default = self._template(answer, default)
                continue
            tried = self._try(question, answer or default)
            if tried is not None:
                return tried

    def _template(self, answer: str, default: str) -> str:
        """A new template is only looked at: Enter takes it."""
        try:
            return self.trial.try_answer("folder", answer)
        except UsageError as error:
            self._refuse(error)
            return default

    def _try(self, question: Question, answer: str) -> str | None:
        try:
            tried = self.trial.try_answer(question.key, answer)
        except OneDiskError as error:
            self._refuse(error)
            word = self._typed(f"     Type {_ONE_DISK} to go on for a trial, or Enter for another place: ")
            if word.casefold() != _ONE_DISK:
                return None
            self.trial.one_disk = True
            try:
                tried = self.trial.try_answer(question.key, answer)
            finally:
                self.trial.one_disk = False
        except UsageError as error:
            self._refuse(error)
            return None
        self._tell(question)
        return tried

    def _tell(self, question: Question) -> None:
        """What became of an answer: where a destination stands, and how fast that is."""
        for place in self.trial.places.get(question.key, ()):
            self.console.say(f"  {shape('safe')} {place.name}: {self._stands(place)}")
            if place.is_served:
                self.console.say("    its copies are proven as the NAS returns them")

    def _stands(self, place: Place) -> str:
        volume, told = place.volume, self._speed(place)
        parts = [_devices(volume), volume.fs_type, f"{size(volume.free)} free"]
        if told:
            parts.append(f"writes {speed(told.write)}, reads {speed(told.read)}")
        return " · ".join(parts)

    def _speed(self, place: Place) -> Speed | None:
        if not self._flags.speed:
            return None
        if place.root not in self._speeds:
            folder = os.path.dirname(place.root) if place.is_new else place.root
            bars, title = Bars.on(self.console), "Measuring"
            bars.begin({title: 2 * SAMPLE})
            try:
                self._speeds[place.root] = measure(folder, place.volume.free, lambda done: bars.show({title: done}))
            finally:
                bars.close()
        return self._speeds[place.root]

    def _show_volumes(self, volumes: list[Volume]) -> None:
        for volume in volumes[:_MOST_VOLUMES]:
            room = "" if may_hang(volume.fs_type) else f"{size(volume.free)} free"
            own = "   this computer" if volume.mount == b"/" else ""
            self.console.say(f"     {display(volume.mount):<24} {_devices(volume):<10} {volume.fs_type:<6} {room}{own}")

    def _show_names(self, template: str) -> None:
        of = f"of {self._label} in the reader" if self._label else "made up"
        self.console.say(f"     As it will be ({of}):")
        for source, target in self.trial.names(template):
            self.console.say(f"       {source} -> {target}")

    def _show_catalogs(self, default: str) -> str:
        found = self.trial.search()
        for number, each in enumerate(found, 1):
            changed = f"changed {day(each.changed, time.time())}"
            self.console.say(f"     {number}  {display(each.path.encode('utf-8', 'surrogateescape'))}   {changed}")
        if not found:
            self.console.say("     none was found in the usual places")
        if default != NONE or not found:
            return default
        newest = {each.kind: number for number, each in reversed(list(enumerate(found, 1)))}
        return ",".join(str(number) for number in sorted(newest.values()))

    def yes(self, question: str, *, default: bool, explain: tuple[str, ...] = ()) -> bool | None:
        """y or n; None for back."""
        while True:
            answer = self._typed(f"{question} [{'Y/n' if default else 'y/N'}] ")
            if answer == _BACK:
                return None
            if answer == _HELP:
                self._explain(explain)
                continue
            word = default if not answer else said_yes(answer)
            if word is not None:
                return word
            self.console.say("     Answer with y or n.")

    def _explain(self, lines: tuple[str, ...]) -> None:
        for line in textwrap.wrap(" ".join(lines), _WIDTH - 5):
            self.console.say(f"     {line}")

    def _refuse(self, error: UsageError) -> None:
        for line in textwrap.wrap(f"{error.message}.{' ' * bool(error.hint)}{error.hint}", _WIDTH):
            self.console.say(f"  {shape('warn')} {line}" if line else "")

    @staticmethod
    def _typed(question: str) -> str:
        """One line. Raises EOFError at Ctrl-D, which is no answer here."""
        return typed(printable(question))


def _devices(volume: Volume) -> str:
    """`sda`, `vault (NAS)`: what can fail, as people read it on a label or a list of disks."""
    told = []
    for device in sorted(volume.devices):
        kind, _, name = device.partition(":")
        told.append({"nas": f"{name} (NAS)", "disk": name, "loop": "an image"}.get(kind, device))
    return ", ".join(told[:2])
