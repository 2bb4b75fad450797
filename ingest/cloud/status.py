"""The state of a shoot's third copy in the words of the design: one pure function from counts to a sentence."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from ingest.model.uploads import UploadCounts

Day = Callable[[float], str]
"""Seconds since 1970 UTC as a date for people, in their own time zone."""


class CloudWord(StrEnum):
    """The states a shoot's third copy can be in, as shown to people and in JSON."""

    NOT_QUEUED = "not queued"
    WAITING = "waiting"
    SENDING = "sending"
    SENT = "sent"
    IN_THE_CLOUD = "in the cloud"
    PAUSED = "paused"
    NEEDS_YOU = "needs you"


@dataclass(frozen=True, slots=True)
class CloudStatus:
    """word: the state. detail: what belongs in its brackets: a date, a reason, a next step, how many. counts: why."""

    word: CloudWord
    detail: str
    counts: UploadCounts

    @property
    def sentence(self) -> str:
        """Word and detail: "in the cloud (checked, 14 Nov)"."""
        return f"{self.word} ({self.detail})" if self.detail else str(self.word)


def status_of(
    counts: UploadCounts, day: Day, *, paused: bool = False, stopped_by: str = "", closed: str = ""
) -> CloudStatus:
    """The state of a shoot. paused, stopped_by, closed ("sends again at 20:00"): of the whole queue; they matter only
    while something is to be sent.

    The word is the one that asks most of a person; `in the cloud` is said only when every file was checked.
    """
    to_send = counts.waiting + counts.sending
    word, detail = CloudWord.WAITING, _progress(counts)
    if counts.needs_you:
        word, detail = CloudWord.NEEDS_YOU, _with_count(counts.needs_you, counts.files, counts.problem)
    elif to_send and stopped_by:
        word, detail = CloudWord.NEEDS_YOU, stopped_by
    elif to_send and paused:
        word, detail = CloudWord.PAUSED, f"by you; {_progress(counts)}"
    elif counts.waiting and closed and not counts.sending:
        word, detail = CloudWord.PAUSED, f"{closed}; {_progress(counts)}"
    elif counts.sending:
        word = CloudWord.SENDING
    elif not to_send:
        word, detail = _at_rest(counts, day)
    return CloudStatus(word, detail, counts)


def _at_rest(counts: UploadCounts, day: Day) -> tuple[CloudWord, str]:
    """Nothing is to be sent: everything, something or nothing has arrived."""
    arrived = counts.sent + counts.checked
    if counts.not_queued or not counts.files:
        detail = f"{counts.not_queued:,} of {counts.files:,}; {arrived:,} sent" if arrived else ""
        return CloudWord.NOT_QUEUED, detail
    if counts.sent:
        return CloudWord.SENT, f"{counts.checked:,} of {counts.files:,} checked"
    when = "" if counts.checked_at is None else f", {day(counts.checked_at)}"
    return CloudWord.IN_THE_CLOUD, f"checked{when}"


def _progress(counts: UploadCounts) -> str:
    text = f"{counts.sent + counts.checked:,} of {counts.files:,} sent"
    text += f", {counts.again:,} gone from the bucket and to be sent again" * bool(counts.again)
    return f"{text}, {counts.not_queued:,} not queued" if counts.not_queued else text


def _with_count(some: int, files: int, problem: str) -> str:
    text = f"{some:,} of {files:,}"
    return f"{text}: {problem}" if problem else text
