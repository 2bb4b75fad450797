"""What older versions are called, at destinations and in the bucket."""

import time

import pytest

from ingest.plan.version_names import aside, beginning_of, is_aside_of, is_numbered, numbered, stamped

SEEN = 1_795_874_592.9  # 2026-11-28 14:03:12 UTC and a bit


@pytest.mark.parametrize(
    ("path", "name"),
    [
        (b"2026/M/IMG_1.xmp", b"2026/M/IMG_1.20261128T140312Z.xmp"),
        (b"2026/M/IMG_1.CR3.xmp", b"2026/M/IMG_1.CR3.20261128T140312Z.xmp"),
        (b"README", b"README.20261128T140312Z"),
        (b"a/.hidden", b"a/.hidden.20261128T140312Z"),
        (b"a/caf\xe9\n.t", b"a/caf\xe9\n.20261128T140312Z.t"),
        (b"a/" + b"x" * 251 + b".xmp", b"a/" + b"x" * 230 + b".20261128T140312Z.xmp"),
        (b"a/b." + b"y" * 253, b"a/b." + b"y" * 232 + b".20261128T140312Z"),
    ],
)
def test_the_time_stands_before_the_ending_and_the_name_fits_everywhere(path, name):
    assert stamped(path, SEEN) == name
    assert aside(path, SEEN) == b".safelight/versions/" + name
    assert len(numbered(name.rpartition(b"/")[2], 999)) <= 255
    assert is_aside_of(aside(path, SEEN), path)
    folder, _, base = aside(path, SEEN).rpartition(b"/")
    assert is_numbered(base, base)
    assert all(each.startswith(beginning_of(base)) for each in (base, numbered(base, 2)))
    assert is_numbered(numbered(base, 31), base)
    assert not is_numbered(base, numbered(base, 31))
    assert not is_numbered(b"x" + base, base)
    assert not is_numbered(base.replace(b"Z", b"Z-a"), base)
    assert is_aside_of(folder + b"/" + numbered(base, 2), path)


@pytest.mark.parametrize(
    "other",
    [
        b"2026/M/IMG_1.20261128T140312Z.xmp",
        b".safelight/versions/2026/M/IMG_1.xmp",
        b".safelight/versions/2026/M/IMG_2.20261128T140312Z.xmp",
        b".safelight/versions/2026/M/IMG_1.20261128T140312Z.cos",
        b".safelight/versions/2026/M/IMG_1.20261128T140312Z",
        b".safelight/versions/2026/N/IMG_1.20261128T140312Z.xmp",
    ],
)
def test_what_lies_aside_of_another_file_is_not_taken_for_this_ones(other):
    assert not is_aside_of(other, b"2026/M/IMG_1.xmp")


@pytest.mark.parametrize(("length", "is_ending"), [(32, True), (33, False)])
def test_a_very_long_ending_is_none(length, is_ending):
    name = b"a." + b"y" * (length - 1)
    mark = b".20261128T140312Z"
    assert stamped(name, SEEN) == (b"a" + mark + name[1:] if is_ending else name + mark)


def test_the_time_is_that_of_greenwich_wherever_the_computer_stands(monkeypatch):
    monkeypatch.setenv("TZ", "Pacific/Kiritimati")
    time.tzset()
    try:
        assert stamped(b"a.xmp", SEEN) == b"a.20261128T140312Z.xmp"
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    ("found", "name"),
    [(b"xxx-2.xmp", b"abc.xmp"), (b"abc-2.cos", b"abc.xmp"), (b"a.b", b"a.b.b"), (b"abc-.xmp", b"abc.xmp")],
)
def test_what_is_only_alike_is_no_numbered_name(found, name):
    assert not is_numbered(found, name)
