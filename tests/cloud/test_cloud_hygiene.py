"""What is said of a key and a bucket: from a safe world one named thing is broken at a time, then any two."""

import dataclasses

import pytest

from ingest.cloud.hygiene import ADVISED, NEEDED, BucketFacts, Level, Lock, Rule, findings

NOW = 1_764_000_000.0
DAY = 86400.0
PREFIX = "originals/"
SAFE = BucketFacts(
    bucket="my-archive",
    capabilities=frozenset(ADVISED),
    buckets=1,
    key_prefix="",
    expires=None,
    rules=(Rule("", cancels_after=30),),
    is_public=False,
    lock=Lock(True, "governance", 90),
    encryption="SSE-B2",
)


def also(*names):
    return {"capabilities": SAFE.capabilities | set(names)}


def without(*names):
    return {"capabilities": SAFE.capabilities - set(names)}


BROKEN = {
    "no listing": (without("listFiles"), "key", Level.STOP, "lacks listFiles"),
    "no reading": (without("readFiles"), "key", Level.STOP, "lacks readFiles"),
    "no sending": (without("writeFiles"), "key", Level.STOP, "lacks writeFiles"),
    "no bucket": (without("listBuckets"), "key", Level.STOP, "lacks listBuckets"),
    "other prefix": ({"key_prefix": "videos/"}, "key", Level.STOP, '"videos/"'),
    "longer prefix": ({"key_prefix": "originals/2025/"}, "key", Level.STOP, '"originals/2025/"'),
    "expired": ({"expires": NOW}, "key", Level.STOP, "expired at 2025-11-24 16:00 UTC"),
    "expires soon": ({"expires": NOW + 29 * DAY}, "key", Level.WARN, "expires at 2025-12-23 16:00 UTC"),
    "can delete": (also("deleteFiles"), "key", Level.WARN, "can delete files (deleteFiles)"),
    "can bypass": (also("bypassGovernance"), "key", Level.WARN, "can delete files (bypassGovernance)"),
    "makes keys": (also("writeKeys"), "key", Level.WARN, "can make or delete keys"),
    "deletes keys": (also("deleteKeys"), "key", Level.WARN, "can make or delete keys"),
    "writes buckets": (also("writeBuckets"), "key", Level.WARN, "can change or delete buckets"),
    "deletes buckets": (also("deleteBuckets"), "key", Level.WARN, "can change or delete buckets"),
    "unlocks": (also("writeBucketRetentions"), "key", Level.WARN, "(writeBucketRetentions)"),
    "every bucket": ({"buckets": 0}, "key", Level.WARN, "opens every bucket"),
    "two buckets": ({"buckets": 2}, "key", Level.WARN, "opens 2 buckets"),
    "public": ({"is_public": True}, "bucket", Level.WARN, "everybody can download every photograph"),
    "publicity unseen": ({"is_public": None}, "bucket", Level.WARN, "not known: the key may not see"),
    "hides": ({"rules": (Rule("", hides_after=7),)}, "rules", Level.STOP, "hides each file 7 days after"),
    "last version only": ({"rules": (Rule("", deletes_hidden_after=1),)}, "rules", Level.WARN, "after 1 day:"),
    "cancels early": ({"rules": (Rule("", cancels_after=29),)}, "rules", Level.WARN, "uploads after 29 days"),
    "rules unseen": ({"rules": None}, "rules", Level.WARN, "not known: the key may not see"),
    "lock unseen": ({"lock": None}, "lock", Level.WARN, "not known: the key may not see"),
    "no lock": ({"lock": Lock(False)}, "lock", Level.OFFER, "has no Object Lock"),
    "no days": ({"lock": Lock(True)}, "lock", Level.OFFER, "nothing there is locked"),
    "own keys": ({"encryption": "SSE-C"}, "encryption", Level.STOP, "SSE-C"),
    "in clear": ({"encryption": "none"}, "encryption", Level.OFFER, "not encrypted"),
    "encryption unseen": ({"encryption": None}, "encryption", Level.WARN, "not known: the key may not see"),
}


def told(changes, prefix=PREFIX):
    return findings(dataclasses.replace(SAFE, **changes), prefix, NOW)


def wrong(found):
    return [finding for finding in found if finding.level is not Level.GOOD]


def test_of_a_safe_world_only_good_is_said_and_once_of_each_thing():
    found = told({})
    assert wrong(found) == []
    assert sorted(finding.what for finding in found) == ["encryption", "key", "lock", "rules"]


@pytest.mark.parametrize("name", BROKEN)
def test_one_thing_that_is_broken_is_the_one_thing_that_is_told_and_says_what_to_do(name):
    changes, what, level, words = BROKEN[name]
    [finding] = wrong(told(changes))
    assert (finding.what, finding.level) == (what, level)
    assert words in finding.text
    assert finding.todo


@pytest.mark.parametrize("first", BROKEN)
def test_of_two_things_that_are_broken_neither_hides_the_other_and_the_gravest_comes_first(first):
    for second in set(BROKEN) - {first}:
        (one, what_one, *_), (two, what_two, *_) = BROKEN[first], BROKEN[second]
        both = together(one, two)
        if both is None:
            continue
        found = told(both)
        levels = [list(Level).index(finding.level) for finding in found]
        assert levels == sorted(levels)
        assert {what_one, what_two} <= {finding.what for finding in wrong(found)}
        told_of = {(finding.what, finding.level) for finding in found}
        assert told_of >= {(finding.what, finding.level) for finding in wrong(told(one)) + wrong(told(two))}


def together(one, two):
    """Both changes at once; None where one value cannot be broken in two ways."""
    both = {**one, **two}
    for field in one.keys() & two.keys():
        if field == "capabilities":
            both[field] = (one[field] & two[field]) | ((one[field] | two[field]) - SAFE.capabilities)
        elif field == "rules" and one[field] and two[field]:
            both[field] = one[field] + two[field]
        else:
            return None
    return both


@pytest.mark.parametrize(
    ("rule", "prefix", "counts"),
    [
        ("", "originals/", True), ("originals/", "originals/", True), ("orig", "originals/", True),
        ("originals/2025/", "originals/", True), ("originals/2025/", "", True), ("", "", True),
        ("videos/", "originals/", False), ("originals-old/", "originals/", False),
    ],
)  # fmt: skip
def test_a_rule_counts_where_it_can_meet_a_name_of_ours(rule, prefix, counts):
    found = told({"rules": (Rule(rule, hides_after=7),)}, prefix)
    assert any(finding.level is Level.STOP for finding in found) is counts


def test_a_rule_that_hides_deletes_and_cancels_is_told_three_times():
    everything = Rule("originals/", hides_after=7, deletes_hidden_after=1, cancels_after=1)
    found = wrong(told({"rules": (everything,)}))
    assert [finding.level for finding in found] == [Level.STOP, Level.WARN, Level.WARN]
    assert all('"originals/"' in finding.text for finding in found)


@pytest.mark.parametrize("mode", ["governance", "compliance"])
def test_a_lock_is_told_with_its_days_and_who_can_end_it(mode):
    [lock] = [finding for finding in told({"lock": Lock(True, mode, 30)}) if finding.what == "lock"]
    assert lock.level is Level.GOOD
    assert "30 days" in lock.text
    assert ("nobody can end it" in lock.text) is (mode == "compliance")


def test_a_key_for_the_very_prefix_or_a_folder_above_it_is_good():
    for prefix in ("", "originals/", "orig"):
        assert wrong(told({"key_prefix": prefix})) == []


def test_the_key_to_make_has_all_that_is_needed_and_nothing_dangerous():
    [finding] = wrong(told(also("deleteFiles")))
    assert "--bucket my-archive" in finding.todo
    wanted = finding.todo.rpartition(" ")[2].split(",")
    assert set(NEEDED) < set(wanted)
    assert wrong(told({"capabilities": frozenset(wanted)})) == []


def test_nothing_ever_advises_compliance_or_to_delete_a_rule_by_us():
    every = [finding for changes, *_ in BROKEN.values() for finding in told(changes)]
    assert not [finding for finding in every if "compliance" in finding.todo]
