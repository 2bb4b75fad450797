"""The lines of a running stage: whole at every width, in ASCII where there is no more, and true in every word."""

import os
import re
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from terminals import shown_by
from tqdm.utils import disp_len

from ingest.cli.bars import knows_blocks
from ingest.cli.screen_progress import bar, copy_lines, end_lines, plain_line, simple_line
from ingest.cli.tones import ASCII, BLOCKS
from ingest.events import Phase, Progressed
from ingest.progress import Amount, Lane
from ingest.words import part_of, remaining

GB = 10**9
PHASE = Phase("copying", 2_400_000_000, {"ssd": 2_400_000_000, "nas": 2_400_000_000}, 2020, {"ssd": 2020, "nas": 2020})
STEP = Progressed(
    read=1_900_000_000,
    copied={"ssd": 1_800_000_000, "nas": 1_200_000_000},
    proven={"ssd": 1_250_000_000, "nas": 600_000_000},
    files={"ssd": 1000, "nas": 500},
    rate={"ssd": 212e6, "nas": 88e6},
    left_by={"ssd": 9.2, "nas": 14.4},
    left=14.4,
    percent=38,
)


def change(**fields):
    return Progressed(**{name: getattr(STEP, name) for name in Progressed.__dataclass_fields__} | fields)


def test_at_80_columns_each_destination_says_what_is_proven_and_when_it_ends():
    assert copy_lines(PHASE, STEP, 79, BLOCKS) == [
        "Copying and proving 2,020 files  38 % proven  0:14 left",
        "  ssd  ██████████████▒▒▒▒▒▒▒░░░░░░░  1.2 of 2.4 GB proven  0:09 left  212 MB/s",
        "  nas  ███████▒▒▒▒▒▒▒░░░░░░░░░░░░░░  0.6 of 2.4 GB proven  0:14 left  88.0 MB/s",
        "  █ proven   ▒ copied, not proven yet   ░ still to copy",
    ]


def test_at_60_columns_the_rate_goes_and_at_40_the_bar():
    assert copy_lines(PHASE, STEP, 59, ASCII)[1] == "  ssd  [########++++.....]  1.2 of 2.4 GB proven  0:09 left"
    assert copy_lines(PHASE, STEP, 39, ASCII)[1] == "  ssd  1.2 of 2.4 GB proven  0:09 left"


@given(st.integers(1, 130), st.sampled_from([BLOCKS, ASCII]), st.text("ab漢é ", min_size=1, max_size=30), st.booleans())
@settings(deadline=None)
def test_no_line_is_ever_longer_than_the_terminal(width, tones, name, has_begun):
    phase = Phase("copying", 10 * GB, {name: 10 * GB}, 12_345, {name: 12_345}, {name: 50_000_000})
    step = Progressed(1, {name: 3 * GB}, {name: GB}, {name: 5}, (name,), rate={name: 1e8}, left_by={name: 4000.0})
    lines = copy_lines(phase, step if has_begun else None, width, tones)
    lines.append(simple_line(name, Lane(5, 5, 0, Amount(9 * GB), 1e8, 75.0), width, tones))
    assert max(map(disp_len, lines)) <= width
    assert tones is BLOCKS or not name.isascii() or all(line.isascii() for line in lines)


@given(st.floats(0, 1), st.floats(0, 1), st.integers(4, 60), st.sampled_from([BLOCKS, ASCII]))
def test_a_bar_is_full_only_when_everything_is_proven(proven, more, width, tones):
    text = bar(proven, min(1.0, proven + more), width, tones)
    assert len(text) == width
    assert (text.count(tones.proven) == width - len(tones.left + tones.right)) == (proven == 1.0)


@given(st.integers(0, 10**13), st.integers(0, 10**13))
def test_a_part_is_said_as_the_whole_only_when_it_is_the_whole(one, two):
    done, total = sorted((one, two))
    said, whole = part_of(done, total).split(" of ")
    assert (said == whole.split(" ")[0]) == (done == total or whole.split(" ")[0] in ("0", "0.0"))
    assert float(said) <= float(whole.split(" ")[0])


def test_what_stands_still_stops_or_is_done_says_so_instead_of_a_time():
    def state(name, **fields):
        [line] = [line for line in copy_lines(PHASE, change(**fields), 100, ASCII) if line.startswith(f"  {name}")]
        return line.split("proven", 1)[1].strip()

    assert state("nas", quiet={"nas": 23.0}, left_by={}, rate={}) == "nothing for 0:23"
    assert state("nas", quiet={"nas": 3.0}) == "0:14 left  88.0 MB/s"
    assert state("nas", stopped=("nas",)) == "STOPPED"
    assert state("ssd", done=("ssd",)) == "done"
    assert state("nas", feeding=("nas",)) == "0:14 left, from a copy  88.0 MB/s"
    assert state("nas", left_by={}, rate={}) == ""


def test_the_line_behind_a_stage_says_what_was_done_and_how_fast():
    step = change(done=("ssd",), stopped=("nas",), proven={"ssd": 2_400_000_000, "nas": 600_000_000})
    assert end_lines(PHASE, step, 12.0) == [
        "  ssd: 2,020 files, 2.4 GB, copied and proven in 0:12, 200 MB/s",
        "  nas: STOPPED, 0.6 of 2.4 GB proven, 500 of 2,020 files",
    ]
    again = Phase("reading again", 2_400_000_000)
    assert end_lines(again, Progressed(2_400_000_000), 10) == [
        "  Reading the card a second time: 2.4 GB read in 0:10, 240 MB/s"
    ]
    assert end_lines(PHASE, change(done=("ssd",), stopped=()), 0.2)[0].endswith("copied and proven")


def test_a_log_gets_one_line():
    assert plain_line(PHASE, STEP) == "Copying: 38 % proven, ssd 1.2 of 2.4 GB, nas 0.6 of 2.4 GB, 0:14 left"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0:00"), (42, "0:42"), (99, "1:39"), (274, "4:30"), (599, "10:00"), (720, "12 min"), (11_400, "3 h 10 min")],
)
def test_the_longer_it_takes_the_calmer_the_time_left_is_said(seconds, said):
    assert remaining(seconds) == said


@pytest.mark.parametrize(
    ("locale", "knows"),
    [("C.UTF-8", True), ("de_DE.utf8", True), ("C", False), ("de_DE.ISO-8859-1", False), ("", False)],
)
@pytest.mark.parametrize("variable", ["LC_ALL", "LANG"])
def test_blocks_are_drawn_where_the_locale_has_them(locale, knows, variable, monkeypatch):
    for name in ("LC_ALL", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(variable, locale)
    monkeypatch.setenv("LC_CTYPE", "C.UTF-8")  # Python's own doing
    with open(os.devnull, "w", encoding="utf-8") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        assert knows_blocks() is knows


def test_a_stream_of_another_encoding_gets_no_blocks(monkeypatch):
    monkeypatch.setenv("LC_ALL", "C.UTF-8")
    with open(os.devnull, "w", encoding="latin-1") as stream:
        monkeypatch.setattr(sys, "stderr", stream)
        assert not knows_blocks()


# -- a real terminal ------------------------------------------------------------------------------------------------
SCRIPT = """
import time
from ingest.cli.console import Console
from ingest.cli.face_ingest import TerminalFace
from ingest.events import *
face = TerminalFace(Console())
face(Phase("copying", 1000, {"ssd": 1000}, 5, {"ssd": 5}))
for done in (200, 600):
    time.sleep(0.12)
    face(Progressed(done, {"ssd": done}, {"ssd": done}, {"ssd": done // 200}, percent=done // 10))
face(Warned("odd", "a warning in between"))
time.sleep(0.12)
face(Progressed(1000, {"ssd": 1000}, {"ssd": 1000}, {"ssd": 5}, done=("ssd",), percent=100))
face(StartEditing(("ssd",)))
face.close()
"""


def on_terminal(columns, **environment):
    """What a terminal of so many columns gets, as it came."""
    code, text = shown_by([sys.executable, "-c", SCRIPT], columns=columns, env={**os.environ, **environment})
    assert code == 0, text
    return text


def drawn(text):
    """What stays on the screen: each line as it was last written."""
    lines, row = [""], 0
    for part in re.split(r"(\r\n|\n|\r|\x1b\[A|\x1b\[K)", text):
        if part in ("\r\n", "\n"):
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif part == "\x1b[A":
            row -= 1
        elif part == "\r" or not part or part == "\x1b[K":
            continue
        else:
            lines[row] = part
    return [line.rstrip() for line in lines if line.strip()]


def test_on_a_terminal_bars_move_warnings_stand_above_and_at_the_end_only_words_are_left():
    text = on_terminal(80, LC_ALL="C.UTF-8")
    assert "0.6 of 1.0 kB proven" in text or "0 of 1 kB proven" in text
    assert "█" in text
    left = drawn(text)
    assert [line for line in left if "█" in line or "░" in line] == []
    assert left[0] == "  ! a warning in between"
    assert re.fullmatch(r"  ssd: 5 files, 1 kB, copied and proven( in \d+:\d\d, [\d.]+ k?B/s)?", left[1])
    assert left[2].endswith("start editing if you like, but do not format yet.")


@pytest.mark.parametrize("columns", [80, 20])
def test_a_terminal_without_utf8_gets_ascii_alone(columns):
    text = on_terminal(columns, LC_ALL="", LC_CTYPE="", LANG="C")
    assert text.isascii()
    assert ("[" + "#" * 3 in text) == (columns == 80)
    pieces = re.split(r"\r\n|\n|\r|\x1b\[A|\x1b\[K", text)
    bars = [piece for piece in pieces if "#" in piece or "Copying and proving" in piece]
    assert all(len(piece) < columns for piece in bars)
