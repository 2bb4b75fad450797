"""The pure parts of the cloud room: names, pauses, words."""

import unicodedata
from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.cloud.backoff import next_try
from ingest.cloud.naming import object_key, problem_with
from ingest.cloud.status import CloudWord, status_of
from ingest.model.uploads import UploadCounts, beside

settings.register_profile("cloud", deadline=None)
settings.load_profile("cloud")

components = st.binary(min_size=1, max_size=255).map(lambda raw: raw.replace(b"/", b"_").replace(b"\0", b"_"))
readable = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="/\\%"), min_size=1, max_size=40
)
paths = st.lists(components, min_size=1, max_size=12).map(b"/".join)


@given(prefix=st.sampled_from(["", "originals/", "/a//b", "Bücher/2025"]), path=paths)
def test_any_path_of_a_card_becomes_a_key_that_b2_takes_and_so_do_its_neighbours(prefix, path):
    key = object_key(prefix, path)
    assert problem_with(key) == ""
    assert problem_with(beside(key, 2)) == ""
    assert problem_with(beside(key, 999)) == ""
    assert beside(key, 2) != key
    assert not any(segment.strip(".") == "" for segment in key.split("/"))
    assert unicodedata.is_normalized("NFC", key)


@given(path=st.lists(readable.filter(lambda text: text.strip(".") != ""), min_size=1, max_size=4))
def test_a_readable_path_stays_readable(path):
    assert object_key("originals/", "/".join(path).encode()) == unicodedata.normalize(
        "NFC", "/".join(["originals", *path])
    )


@given(path=st.lists(st.binary(min_size=1, max_size=30), min_size=1, max_size=3).map(b"_".join))
def test_bytes_that_are_no_text_can_be_read_back_from_the_key(path):
    name = path.replace(b"/", b"_").replace(b"\0", b"_")
    composed = unicodedata.normalize("NFC", name.decode("utf-8", "surrogateescape"))
    assert unquote_to_bytes(object_key("", name)).decode("utf-8", "surrogateescape") == composed


def test_keys_are_what_one_expects():
    assert (
        object_key("originals/", b"2025/2025-11-14 Meyer/IMG_0001.CR3")
        == "originals/2025/2025-11-14 Meyer/IMG_0001.CR3"
    )
    assert object_key("", "e\u0301.jpg".encode()) == "é.jpg"
    assert object_key("o/", b"a/\xff\n\\b") == "o/a/%FF%0A%5Cb"
    assert object_key("o/", b"100%41.jpg") == "o/100%2541.jpg"
    assert object_key("o/", b"../..") == "o/%2E%2E/%2E%2E"
    with pytest.raises(ValueError, match="name"):
        object_key("originals/", b"")


def test_a_path_of_hundreds_of_folders_still_gets_a_key():
    deep = b"/".join([b"folder of a strange tool"] * 300)
    first, second = object_key("originals/", deep + b"/A.CR3"), object_key("originals/", deep + b"x/A.CR3")
    assert first != second
    assert problem_with(first) == problem_with(second) == ""
    assert (first.startswith("originals/"), first.endswith("/A.CR3")) == (True, True)


def test_two_long_names_that_differ_at_the_end_get_two_keys():
    first, second = (object_key("o/", b"\xc3\xa4" * 127 + end + b".CR3") for end in (b"1", b"2"))
    assert first != second
    assert first.endswith(".CR3")


@pytest.mark.parametrize("key", ["", "/a", "a/", "a//b", "a\\b", "a\nb", "a\x7f", "x" * 251, "\udc80", "ä" * 500])
def test_what_b2_refuses_is_refused_before(key):
    assert problem_with(key)


def test_a_name_beside_keeps_its_extension_and_its_folder():
    assert beside("a/B.CR3", 2) == "a/B~2.CR3"
    assert beside("a/B", 12) == "a/B~12"
    assert beside("a.b/.hidden", 2) == "a.b/.hidden~2"
    assert beside("B.not an extension", 2) == "B.not an extension~2"


@given(
    attempts=st.integers(min_value=-1, max_value=10_000),
    now=st.floats(min_value=0, max_value=4e9),
    jitter=st.floats(min_value=-1, max_value=2),
)
def test_a_pause_is_between_a_second_and_an_hour(attempts, now, jitter):
    assert 0.99 <= next_try(attempts, now, jitter) - now <= 3600.01


def test_pauses_grow_and_stations_do_not_come_back_in_step():
    assert [next_try(attempts, 0.0, 1.0) for attempts in (1, 2, 3, 4, 11, 12, 13)] == [2, 4, 8, 16, 2048, 3600, 3600]
    assert next_try(5, 0.0, 0.0) == 1
    assert next_try(5, 0.0, 0.5) == 16
    assert next_try(5, 0.0, 1.0) == 32


counts = st.tuples(*[st.integers(min_value=0, max_value=3)] * 6).map(
    lambda n: UploadCounts(sum(n), 0, *n, 86_400.0 if n[4] else None, "raise the cap" if n[5] else "")
)


def day(at):
    return f"day {at / 86_400:.0f}"


@given(counts=counts, paused=st.booleans(), stopped=st.sampled_from(["", "Raise the cap"]))
def test_in_the_cloud_is_said_only_when_every_file_was_checked(counts, paused, stopped):
    status = status_of(counts, day, paused=paused, stopped_by=stopped)
    assert (status.word is CloudWord.IN_THE_CLOUD) == (counts.checked == counts.files > 0)
    assert (status.word is CloudWord.SENT) <= (counts.sent + counts.checked == counts.files)
    if counts.needs_you:
        assert status.word is CloudWord.NEEDS_YOU
        assert "raise the cap" in status.sentence


@pytest.mark.parametrize(
    ("numbers", "queue", "sentence"),
    [
        ((0, 0, 0, 0, 0, 0), {}, "not queued"),
        ((9, 0, 0, 0, 0, 0), {}, "not queued"),
        ((2, 0, 0, 0, 7, 0), {}, "not queued (2 of 9; 7 sent)"),
        ((0, 9, 0, 0, 0, 0), {}, "waiting (0 of 9 sent)"),
        ((1, 4, 1, 2, 1, 0), {}, "sending (3 of 9 sent, 1 not queued)"),
        ((0, 0, 0, 3, 6, 0), {}, "sent (6 of 9 checked)"),
        ((0, 0, 0, 0, 9, 0), {}, "in the cloud (checked, day 1)"),
        ((0, 4, 0, 5, 0, 0), {"paused": True}, "paused (by you; 5 of 9 sent)"),
        ((0, 0, 0, 0, 9, 0), {"paused": True, "stopped_by": "x"}, "in the cloud (checked, day 1)"),
        ((0, 4, 0, 5, 0, 0), {"paused": True, "stopped_by": "Raise the cap"}, "needs you (Raise the cap)"),
        ((0, 0, 0, 0, 8, 1), {}, "needs you (1 of 9: raise the cap)"),
    ],
)
def test_the_words_of_a_shoot(numbers, queue, sentence):
    problem = "raise the cap" if numbers[5] else ""
    shoot = UploadCounts(sum(numbers), 0, *numbers, 86_400.0 if numbers[4] else None, problem)
    assert status_of(shoot, day, **queue).sentence == sentence


def test_counts_that_do_not_add_up_cannot_be_made():
    with pytest.raises(ValueError, match="add up"):
        UploadCounts(10, 0, 1, 1, 1, 1, 1, 1)
