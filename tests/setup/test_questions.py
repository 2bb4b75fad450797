"""The way through the questions of a first run: on, back, and past what was answered before."""

import pytest

from ingest.setup.questions import QUESTIONS, Interview, said_yes, unanswered

KEYS = [question.key for question in QUESTIONS]


def answered(interview: Interview, count: int) -> Interview:
    for _ in range(count):
        interview = interview.next(f"answer to {interview.question.key}")
    return interview


@pytest.mark.parametrize("behind", range(1, len(QUESTIONS) + 1))
def test_from_each_question_one_comes_back_to_the_one_before_and_its_answer_is_the_default(behind):
    back = answered(Interview.begun({}), behind).back()
    assert back.question.key == KEYS[behind - 1]
    assert back.default({}) == f"answer to {KEYS[behind - 1]}"


def test_before_the_first_question_there_is_none():
    first = Interview.begun({})
    assert first.back() == first


def test_what_the_command_line_answered_is_neither_asked_nor_come_back_to():
    interview = Interview.begun({"first": "/a", "folder": "{shoot}"})
    assert (interview.question.key, interview.number, interview.count) == ("second", 1, len(KEYS) - 2)
    assert interview.back() == interview
    at_catalogs = interview.next("/b").next("none")
    assert at_catalogs.question.key == "catalogs"
    assert at_catalogs.back().question.key == "more"


def test_where_everything_was_answered_nothing_is_asked():
    assert Interview.begun(dict.fromkeys(KEYS, "x")).question is None
    assert answered(Interview.begun({}), len(KEYS)).question is None


def test_what_is_set_up_is_the_default_until_something_else_was_answered():
    interview = Interview.begun({})
    assert interview.default({"first": "/mnt/ssd"}) == "/mnt/ssd"
    assert interview.next("/mnt/other").back().default({"first": "/mnt/ssd"}) == "/mnt/other"
    assert interview.next("/a").next("/b").default({}) == "none"


def test_only_the_two_destinations_have_no_default():
    assert [question.key for question in unanswered([], {})] == ["first", "second"]
    assert unanswered(["first"], {"second": "/b"}) == []


@pytest.mark.parametrize(
    ("word", "meaning"), [("y", True), ("YES", True), (" n ", False), ("perhaps", None), ("", None)]
)
def test_yes_and_no_are_understood_and_nothing_else(word, meaning):
    assert said_yes(word) is meaning


@pytest.mark.parametrize("question", QUESTIONS, ids=KEYS)
def test_a_question_fits_into_80_columns_explains_itself_and_has_a_flag(question):
    assert len(f"10/10  {question.text}? [Y/n] no") <= 80
    assert all(question.explain)
    assert question.flag.startswith("--")
