"""The lines of a running stage, laid out for the width of the terminal: for a tired person, without colour.

A destination's bar has two tones: what is proven, and what is copied and not proven yet. Where a line is too long, what
tells least goes first: the rate, then the bar, then the time left; name and proven bytes stay.
"""

import math
from collections.abc import Sequence

from tqdm.utils import disp_len, disp_trim

from ingest.cli.tones import Tones
from ingest.events import Phase, Progressed
from ingest.progress import Lane
from ingest.words import duration, files, part_of, remaining, size, speed

_LONGEST_BAR = 30
_GOOD_BAR = 16
_SHORTEST_BAR = 8
_QUIET = 10.0  # seconds; before that a silence is not worth a word
_NAMES = 12
_GAP = "  "


_STAGES = {
    "looking": "Looking what is safe already",
    "reading again": "Reading the card a second time",
    "opening": "Opening the new pictures",
    "manifests": "Writing the manifests",
}


def bar(proven: float, copied: float, width: int, tones: Tones) -> str:
    """A bar of `width` characters; shares from 0 to 1, rounded down: full is only the whole."""
    cells = max(1, width - len(tones.left) - len(tones.right))
    dark = math.floor(cells * proven)
    half = max(dark, math.floor(cells * copied)) - dark
    body = tones.proven * dark + tones.copied * half + tones.to_do * (cells - dark - half)
    return f"{tones.left}{body}{tones.right}"


def copy_lines(phase: Phase, step: Progressed | None, width: int, tones: Tones) -> list[str]:
    """The whole stage, a line for each destination, and what the tones mean."""
    now = step or Progressed(0)
    names = [name for name, count in phase.files_by.items() if count]
    wide = min(max(map(disp_len, names), default=0), _NAMES)
    title = f"Copying and proving {files(phase.files)}"
    rows = [_texts(name, phase, now) for name in names]
    columns = [max(map(disp_len, column)) for column in zip(*rows, strict=True)]
    lines = [_ends(title, [f"{now.percent or 0} % proven", _left(now.left)], width)]
    for name, row in zip(names, rows, strict=True):
        texts = [_padded(text, columns[number]) for number, text in enumerate(row)]
        lines.append(_fit("  " + _padded(name, wide), _shares(name, phase, now), texts, width, tones))
    legend = f"  {tones.proven} proven   {tones.copied} copied, not proven yet   {tones.to_do} still to copy"
    return [*lines, disp_trim(legend, width)]


def _texts(name: str, phase: Phase, step: Progressed) -> tuple[str, str, str]:
    """Proven bytes, state, rate of a destination."""
    goes_on = name not in step.done and name not in step.stopped
    rate = speed(step.rate[name]) if goes_on and step.rate.get(name) else ""
    proven = part_of(step.proven.get(name, 0), phase.totals.get(name, 0))
    return f"{proven} proven", _state(name, phase, step), rate


def _shares(name: str, phase: Phase, step: Progressed) -> tuple[float, float]:
    """Of its bytes: proven, copied."""
    if name in step.done:
        return 1.0, 1.0
    whole = max(1, phase.totals.get(name, 0))
    return min(step.proven.get(name, 0), whole - 1) / whole, step.copied.get(name, 0) / whole


def _state(name: str, phase: Phase, step: Progressed) -> str:
    """What there is to say of a destination, in the place where its time left stands."""
    quiet = step.quiet.get(name, 0.0)
    if name in step.done:
        return "done"
    if name in step.stopped:
        return "STOPPED"
    if quiet >= _QUIET:
        return f"nothing for {remaining(quiet)}"
    words = [_left(step.left_by.get(name))]
    words += ["from a copy"] * (name in step.feeding) + ["limited"] * (name in phase.limits)
    return ", ".join(filter(None, words))


def simple_line(title: str, lane: Lane, width: int, tones: Tones) -> str:
    """A stage with one counter."""
    whole = max(1, lane.total.bytes)
    share = lane.proven / whole
    texts = [part_of(lane.proven, lane.total.bytes), _left(lane.left), speed(lane.rate) if lane.rate else ""]
    return _fit(title, (share, share), texts, width, tones)


def simple_sentence(title: str, lane: Lane) -> str:
    """A stage with one counter, in words: `Sending: 40 %, 1.2 of 3.0 GB, 2:10 left`."""
    if not lane.total.bytes:
        return f"{title}: {size(lane.proven)}"
    share = f"{100 * lane.proven // lane.total.bytes} %"
    return f"{title}: " + ", ".join(filter(None, (share, part_of(lane.proven, lane.total.bytes), _left(lane.left))))


def stage_title(name: str) -> str:
    """What a stage does, in words."""
    return _STAGES.get(name, name.capitalize())


def plain_line(phase: Phase, step: Progressed) -> str:
    """How far it is in one line, for a log."""
    if phase.name != "copying":
        return f"{stage_title(phase.name)}: {part_of(min(step.read, phase.total), phase.total)}"
    lanes = (f"{name} {part_of(step.proven.get(name, 0), total)}" for name, total in phase.totals.items())
    parts = [f"Copying: {step.percent or 0} % proven", *lanes, _left(step.left)]
    return ", ".join(filter(None, parts))


def end_lines(phase: Phase, step: Progressed, seconds: float) -> list[str]:
    """What a stage has done in this time, and how fast it was."""
    if phase.name != "copying":
        done = min(step.read, phase.total)
        return [f"  {stage_title(phase.name)}: {size(done)} read{_took(done, seconds)}"] if done else []
    lines = []
    for name, count in phase.files_by.items():
        total, proven = phase.totals.get(name, 0), step.proven.get(name, 0)
        if not count:
            continue
        if name in step.done:
            lines.append(f"  {name}: {files(count)}, {size(total)}, copied and proven{_took(total, seconds)}")
        else:
            stopped = "STOPPED, " * (name in step.stopped)
            of_files = f"{step.files.get(name, 0):,} of {files(count)}"
            lines.append(f"  {name}: {stopped}{part_of(proven, total)} proven, {of_files}")
    return lines


def _took(done: int, seconds: float) -> str:
    """Less than a second tells nothing about a rate."""
    return f" in {duration(seconds)}, {speed(done / seconds)}" if seconds >= 1 else ""


def _left(seconds: float | None) -> str:
    return f"{remaining(seconds)} left" if seconds else ""


def _padded(name: str, wide: int) -> str:
    short = disp_trim(name, wide)
    return short + " " * (wide - disp_len(short))


def _ends(start: str, ends: Sequence[str], width: int) -> str:
    """`start`, and `ends` behind it as far as there is room."""
    line = start
    for end in filter(None, ends):
        if disp_len(line) + len(_GAP) + disp_len(end) > width:
            break
        line += _GAP + end
    return disp_trim(line, width)


def _fit(start: str, shares: tuple[float, float], texts: Sequence[str], width: int, tones: Tones) -> str:
    """`start`, a bar, and the texts behind it: all that have room, or all but the last, or no bar at all."""
    said = [text for text in texts if text]
    for kept, least in ((said, _GOOD_BAR), (said[:2], _SHORTEST_BAR)):
        room = width - disp_len(start) - len(_GAP) - sum(len(_GAP) + disp_len(text) for text in kept)
        if room >= least:
            return _GAP.join([start, bar(*shares, min(room, _LONGEST_BAR), tones), *kept]).rstrip()
    return _ends(start, [text.rstrip() for text in said], width)
