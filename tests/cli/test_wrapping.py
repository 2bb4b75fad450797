"""80 columns are enough: what is wider goes on below its own beginning."""

from hypothesis import given
from hypothesis import strategies as st

from ingest.cli.wrapping import width_of, wrapped

CLAIM = "  29 of 29 files proven on 2 separate devices (29 copied now); the card was read twice and agreed."


def test_a_long_sentence_goes_on_at_a_word_below_its_beginning():
    assert wrapped(CLAIM, 80).split("\n") == [
        "  29 of 29 files proven on 2 separate devices (29 copied now); the card was read",
        "  twice and agreed.",
    ]


def test_a_reason_and_a_destination_go_on_below_their_text():
    why = "  Why:  30 files not proven on 2 separate devices: IMG_9994.DNG, IMG_9994.JPG, IMG_9995.DNG and 27 more"
    assert wrapped(why, 80).split("\n")[1] == "        IMG_9995.DNG and 27 more"
    place = "    nas          1,309 returned by the NAS around this computer's cache, all match    14:39"
    assert wrapped(place, 80).split("\n")[1].startswith(" " * 17)


def test_what_fits_and_a_word_that_never_fits_stay_as_they_are():
    assert wrapped("  " + "x" * 78, 80) == "  " + "x" * 78
    assert wrapped("/" + "a" * 200, 80) == "/" + "a" * 200
    assert wrapped(CLAIM, 12) == CLAIM


def test_what_stands_between_two_dots_stays_together():
    line = "✔   1  2025-06-14  Meyer wedding               29 files    1.2 MB   ssd 29/29 · nas 29/29 · cloud: waiting"
    assert [piece.strip() for piece in wrapped(line, 80).split("\n")][1] == "nas 29/29 · cloud: waiting"


def test_a_colour_takes_no_column_and_a_wide_character_two():
    assert width_of("\x1b[32;1mSAFE\x1b[0m") == 4
    assert width_of("漢e\u0301") == 3


@given(st.text("ab漢 .·", min_size=1, max_size=200), st.integers(30, 100))
def test_no_line_is_wider_than_the_terminal_and_no_word_is_lost(text, width):
    lines = wrapped(text, width).split("\n")
    assert [word for line in lines for word in line.split()] == text.split()
    assert all(width_of(line) <= width or len(line.split()) <= 1 for line in lines)
