"""Damaged and hostile bytes are read or refused: no crash, no hang, no memory without end, nothing left beside them."""

import os
import time

import harness
import pytest
from harness import CORPUS, damaged, harm_of, remembered
from targets import TARGETS, Target

each_target = pytest.mark.parametrize("target", TARGETS, ids=lambda target: target.name)


@each_target
def test_good_files_are_read(target: Target, tmp_path):
    (tmp_path / "samples").mkdir()
    for number, case in enumerate(target.samples(tmp_path / "samples").items()):
        assert harm_of(target, [case], tmp_path / f"good-{number}") == []


@each_target
def test_files_that_once_did_harm_do_none(target: Target, tmp_path):
    assert harm_of(target, remembered(target), tmp_path / "reader") == []


@each_target
def test_a_fixed_number_of_damaged_files_do_no_harm(target: Target, tmp_path):
    cases = damaged(target, tmp_path / "samples", seed=1)
    assert harm_of(target, (next(cases) for _ in range(target.count)), tmp_path / "reader") == []


def test_the_corpus_is_small_and_of_known_readers():
    known = {target.name for target in TARGETS}
    for path in CORPUS.glob("*/*"):
        assert path.parent.name in known
        assert path.stat().st_size < 4096, path


def reader_that(deed) -> Target:
    return Target("bad", lambda _: {"a": b"good"}, lambda _name, _data, _folder: deed(), (ValueError,), 1)


def test_the_harness_finds_an_error_that_is_not_documented(tmp_path):
    def deed():
        raise KeyError("x")

    [harm] = harm_of(reader_that(deed), [("a", b"the bytes")], tmp_path / "reader")
    assert "KeyError" in harm
    assert (tmp_path / "reader-0.a").read_bytes() == b"the bytes"


def test_the_harness_finds_memory_without_end_a_crash_and_a_loop(tmp_path, monkeypatch):
    monkeypatch.setattr(harness, "CPU_SECONDS", 1)
    monkeypatch.setattr(harness, "SILENCE", 4.0)

    def loop():
        while True:
            pass

    for deed, words in (
        (lambda: bytearray(1 << 30), "MemoryError"),
        (lambda: os._exit(3), "ended with 3"),
        (loop, "seconds of CPU"),
        (lambda: time.sleep(600), "no sign of life"),
    ):
        [harm] = harm_of(reader_that(deed), [("a", b"x")], tmp_path / "reader")
        assert words in harm
