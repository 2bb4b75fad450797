"""The questions of a first run as data, and the way through them: on, and back. Pure: nothing is asked here."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

YES, NO, NONE = "yes", "no", "none"


@dataclass(frozen=True, slots=True)
class Question:
    """key: names its answer. text: what is asked. explain: what `?` tells. flag: what answers it on the command line.

    default: the answer of Enter where the settings and this computer offer none; "" where there is none. yes_no: of
    those that take `y` and `n`.
    """

    key: str
    text: str
    explain: tuple[str, ...]
    flag: str
    default: str = ""
    yes_no: bool = False


QUESTIONS = (
    Question(
        "first",
        "First destination, a folder on the disk where you edit",
        (
            "Each card is copied to two places at the same time. This is the one where you edit, mostly an SSD.",
            "Name a folder, such as /mnt/ssd/Photos. A last part that is missing is made at the end.",
        ),
        "--ssd PATH",
    ),
    Question(
        "second",
        "Second destination, a folder on another disk or the NAS",
        (
            "It must be another device than the first: two folders of one disk are one copy.",
            "A NAS is mounted by the system first, by NFS or SMB; then name a folder on it.",
        ),
        "--nas PATH",
    ),
    Question(
        "more",
        "One more, such as a drive that you carry elsewhere",
        (
            "A drive that is carried away is never waited for. Enter for none; more can follow at any time.",
            "NAME:KIND:PATH says all of it, such as drive-a:drive:/media/me/A/Photos (ssd, hdd, nas or drive).",
        ),
        "--destination NAME:KIND:PATH",
        NONE,
    ),
    Question(
        "folder",
        "Folder of a shoot",
        (
            "{capture:...} is the day, {shoot} the name that you give. %Y is the year, %m the month, %d the day.",
            "Type another one and see what becomes of it; Enter takes what you see.",
        ),
        "--folder TEMPLATE",
        "{capture:%Y}/{capture:%Y-%m-%d} {shoot}",
    ),
    Question(
        "catalogs",
        "Catalogs to read titles, keywords and ratings from",
        (
            "They are only read, from a copy: nothing appears or changes beside them.",
            "Numbers of the list with commas between them, the path of another one, or none.",
        ),
        "--catalog PATH|none",
        NONE,
    ),
    Question(
        "bucket",
        "Bucket at Backblaze B2 for the third copy",
        (
            "It must exist, private, with a key for it alone. The key is asked for when all questions are through.",
            "It goes into the keychain, never into a file, and is tried with one tiny file.",
        ),
        "--bucket NAME|none",
        NONE,
    ),
    Question(
        "notice",
        "Send a test notice",
        ("A notice calls you when a card is safe, when something needs you, and at no other time but trouble.",),
        "--notice or --no-notice",
        YES,
        yes_no=True,
    ),
    Question(
        "watcher",
        "Notice cards by itself, from log-in on",
        ("`safelight watch` runs in the background then. It is taken back by: safelight watch --uninstall",),
        "--watcher or --no-watcher",
        YES,
        yes_no=True,
    ),
    Question(
        "night",
        "Let each night do its work, at 02:30",
        ("Edits, uploads, a slice of all copies read again. It is taken back by: safelight schedule uninstall",),
        "--night or --no-night",
        YES,
        yes_no=True,
    ),
    Question(
        "rehearsal",
        "Rehearse with a sample card, on these disks",
        ("Twelve made-up pictures go the whole way and are removed again: you see the answer before it counts.",),
        "--rehearsal or --no-rehearsal",
        YES,
        yes_no=True,
    ),
)
BY_KEY: Mapping[str, Question] = {question.key: question for question in QUESTIONS}


@dataclass(frozen=True, slots=True)
class Interview:
    """A way through the questions. answers: checked ones, by key. given: keys that the command line answered.

    at: how many questions lie behind. Each step gives a new one; an answer stays known when one goes back behind it.
    """

    answers: Mapping[str, str] = field(default_factory=dict)
    given: frozenset[str] = frozenset()
    at: int = 0

    @classmethod
    def begun(cls, given: Mapping[str, str]) -> "Interview":
        """At the first question that the command line left open."""
        return cls(dict(given), frozenset(given))._open(0, 1)

    @property
    def question(self) -> Question | None:
        """What is to be asked now; None behind the last."""
        return QUESTIONS[self.at] if self.at < len(QUESTIONS) else None

    @property
    def number(self) -> int:
        """Which of the open questions it is, from 1."""
        return 1 + sum(question.key not in self.given for question in QUESTIONS[: self.at])

    @property
    def count(self) -> int:
        """How many questions are open in all."""
        return sum(question.key not in self.given for question in QUESTIONS)

    def next(self, answer: str) -> "Interview":
        """The question is answered."""
        question = self.question
        assert question is not None
        return replace(self, answers={**self.answers, question.key: answer})._open(self.at + 1, 1)

    def back(self) -> "Interview":
        """At the question before; at the first one where there is none."""
        earlier = self._open(self.at - 1, -1)
        return earlier if earlier.at >= 0 else self

    def default(self, offered: Mapping[str, str]) -> str:
        """What Enter answers: what was answered before one went back, what is offered, the question's own."""
        question = self.question
        assert question is not None
        return self.answers.get(question.key) or offered.get(question.key) or question.default

    def _open(self, at: int, step: int) -> "Interview":
        while 0 <= at < len(QUESTIONS) and QUESTIONS[at].key in self.given:
            at += step
        return replace(self, at=at)


def said_yes(answer: str) -> bool | None:
    """What a typed answer means; None for neither."""
    word = answer.strip().casefold()
    return True if word in ("y", YES) else False if word in ("n", NO) else None


def unanswered(given: Iterable[str], offered: Mapping[str, str]) -> list[Question]:
    """Questions that nothing answers, where nobody can be asked."""
    known = set(given) | {key for key, text in offered.items() if text}
    return [question for question in QUESTIONS if question.key not in known and not question.default]
