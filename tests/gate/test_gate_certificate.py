"""What a verdict shows, whole: the line of `--json`, what each destination proved, and the exit code."""

from dataclasses import replace

import pytest
from gate_worlds import card, proven_file, with_file

from ingest.errors import Exit
from ingest.gate.certificate import (
    Counts,
    PlaceProof,
    all_notes,
    counts,
    example_names,
    is_proven,
    left_out_by_rule,
    place_proofs,
    proven_files,
    to_json,
)
from ingest.gate.evidence import Caution, DestinationEvidence, Excuse, FileEvidence, Policy, SourceProof
from ingest.gate.exits import exit_of_check, exit_of_ingest
from ingest.gate.verdict import judge
from ingest.model.cards import EntryKind
from ingest.model.copies import Method

A, B = b"DCIM/A.CR3", b"DCIM/B.CR3"
SAFE = card((proven_file(A, b"1" * 16), proven_file(B, b"2" * 16, Method.SERVED)))
ASSUMED = Policy()
LITTER = FileEvidence(b"._A.CR3", 3, excuse=Excuse.RULE, rule="._*")
BROKEN = FileEvidence(b"C", 1, problem="Input/output error")
WRONG = SAFE.files[0]._replace(proofs=tuple(p._replace(matched=False) for p in SAFE.files[0].proofs))
GONE = DestinationEvidence("nas", frozenset({"nas:b"}), problem="not mounted")
SHARED = DestinationEvidence("nas", frozenset({"disk:a"}))
KNOWN = FileEvidence(b"pipe", 0, EntryKind.SPECIAL, Excuse.ACKNOWLEDGED)


def at_times(file, *times):
    return file._replace(proofs=tuple(p._replace(at=at) for p, at in zip(file.proofs, times, strict=True)))


def verdict_of(*files, policy=ASSUMED, **changes):
    return judge(replace(SAFE, files=files, **changes), policy, 7.5)


def test_the_json_of_a_safe_verdict_tells_everything_that_carries_it():
    first = at_times(SAFE.files[0], 100.0, 300.0)
    second = at_times(SAFE.files[1]._replace(new=False), 200.0, 250.0)
    told = Caution("gaps", "frames were never seen", (A, b"DCIM/\xff"))
    verdict = verdict_of(first, second, LITTER, KNOWN, notes=("a note", "a note"), cautions=(told,))
    assert to_json(verdict, {"label": "X"}) == {
        "schema": 1,
        "type": "verdict",
        "level": "safe",
        "card": {"label": "X"},
        "at": 7.5,
        "reasons": [],
        "counts": {
            "files": 4,
            "proven": 2,
            "new": 1,
            "already_safe": 1,
            "left_out": 1,
            "acknowledged": 1,
            "open": 0,
            "unreadable": 0,
        },
        "destinations": [
            {"name": "ssd", "proven": 2, "methods": {"direct": 1, "served": 1}, "first_at": 100.0, "last_at": 200.0},
            {"name": "nas", "proven": 2, "methods": {"direct": 1, "served": 1}, "first_at": 250.0, "last_at": 300.0},
        ],
        "left_out": {"._*": 1},
        "devices_required": 2,
        "reads_required": 2,
        "notes": ["frames were never seen", "a note"],
        "cautions": [{"code": "gaps", "text": "frames were never seen", "paths": ["DCIM/A.CR3", "DCIM/\\xff"]}],
        "fingerprint": (b"f" * 16).hex(),
    }


def test_the_json_of_a_verdict_gives_each_reason_with_twenty_paths_at_most():
    files = tuple(proven_file(b"%02d" % n, b"1" * 16)._replace(changed=True) for n in range(21))
    paths = tuple(file.path for file in files)
    line = to_json(verdict_of(*files, cautions=(Caution("c", "t", paths),)), {})
    assert line["level"] == "not_yet"
    assert line["reasons"] == [
        {
            "code": "card changed",
            "count": 21,
            "text": "21 files changed while the card was read",
            "next_step": "Run the same command again; do not use the card meanwhile",
            "paths": [f"{n:02}" for n in range(20)],
            "paths_in_all": 21,
        }
    ]
    assert line["cautions"][0]["paths"] == [f"{n:02}" for n in range(20)]


@pytest.mark.parametrize(
    "changes",
    [
        {"excuse": Excuse.RULE},
        {"source": None},
        {"source": SourceProof(b"1" * 16, 2, disagreed=True)},
        {"source": SourceProof(b"1" * 16, 1)},
        {"problem": "Input/output error"},
        {"changed": True},
        {"size": 0},
        {"proofs": ()},
        {"proofs": SAFE.files[0].proofs[:1]},
        {"proofs": tuple(p._replace(devices=frozenset({"disk:a"})) for p in SAFE.files[0].proofs)},
    ],
    ids=str,
)
def test_a_file_that_lacks_one_thing_is_not_proven_while_the_other_is(changes):
    verdict = judge(replace(with_file(SAFE, 0, **changes), interrupted=True), ASSUMED, 1.0)
    assert [file.path for file in proven_files(verdict)] == [B]
    assert counts(verdict).open == (1 if changes != {"excuse": Excuse.RULE} else 0)


def test_a_file_is_proven_by_one_read_on_one_device_where_the_settings_ask_for_no_more():
    one = frozenset({"disk:a"})
    file = SAFE.files[0]._replace(source=SourceProof(b"1" * 16, 1))
    file = file._replace(proofs=tuple(p._replace(devices=one) for p in file.proofs))
    verdict = verdict_of(file, policy=Policy(devices=1, reads=1), interrupted=True)
    assert is_proven(file, verdict)
    alone = verdict_of(file, policy=Policy(devices=1, reads=1), destinations=SAFE.destinations[:1])
    assert not is_proven(file._replace(proofs=file.proofs[:1]), alone)


def test_only_what_should_have_been_read_counts_as_unreadable():
    bad = {"problem": "Input/output error", "source": None, "proofs": ()}
    kinds = (EntryKind.FILE, EntryKind.UNLISTABLE, EntryKind.SYMLINK)
    files = [FileEvidence(b"%d" % n, 1, kind, **bad) for n, kind in enumerate(kinds)]
    excused = FileEvidence(b"x", 1, excuse=Excuse.RULE, rule="x", **bad)
    never = FileEvidence(b"y", 1)
    assert counts(verdict_of(*files, excused, never)) == Counts(5, 0, 0, 0, 1, 0, 4, 2)


def test_a_destination_tells_the_weakest_method_by_which_it_proved():
    direct, served = SAFE.files
    mixed = place_proofs(verdict_of(served, direct, LITTER._replace(source=direct.source, proofs=direct.proofs)))
    words = "returned by the NAS around this computer's cache"
    methods = {"direct": 1, "served": 1}
    assert mixed == (
        PlaceProof("ssd", 2, words, methods, 100.0, 100.0),
        PlaceProof("nas", 2, words, methods, 100.0, 100.0),
    )
    one = place_proofs(verdict_of(direct, destinations=(*SAFE.destinations, DestinationEvidence("hdd", frozenset()))))
    assert one[0] == PlaceProof("ssd", 1, "read back around the cache", {"direct": 1}, 100.0, 100.0)
    assert one[2] == PlaceProof("hdd", 0, "not read back from the medium", {}, 0.0, 0.0)


def test_proofs_at_a_place_that_is_no_longer_asked_for_are_not_shown():
    gone = place_proofs(verdict_of(*SAFE.files, destinations=SAFE.destinations[:1]))
    assert [(place.name, place.proven) for place in gone] == [("ssd", 2)]


def test_each_rule_tells_how_many_files_it_left_out_and_no_other_file_is_counted():
    other = LITTER._replace(path=b".DS_Store", rule=".DS_Store")
    verdict = verdict_of(*SAFE.files, LITTER, LITTER._replace(path=b"._B"), other, KNOWN)
    assert left_out_by_rule(verdict) == {"._*": 2, ".DS_Store": 1}


def test_cautions_are_told_before_notes_and_each_text_once():
    verdict = verdict_of(*SAFE.files, notes=("n", "c"), cautions=(Caution("x", "c"), Caution("y", "d")))
    assert all_notes(verdict) == ("c", "d", "n")


def test_names_of_examples_are_three_at_most_and_the_rest_is_counted():
    paths = tuple(b"DCIM/%d.CR3" % n for n in range(1004))
    assert example_names(paths[:3]) == "0.CR3, 1.CR3, 2.CR3"
    assert example_names(paths[:4]) == "0.CR3, 1.CR3, 2.CR3 and 1 more"
    assert example_names(paths, 1) == "0.CR3 and 1,003 more"


@pytest.mark.parametrize(
    ("changes", "check", "ingest"),
    [
        ({}, Exit.OK, Exit.OK),
        ({"listing_agrees": False}, Exit.NOT_YET, Exit.NOT_YET),
        ({"files": ()}, Exit.DO_NOT_FORMAT, Exit.DO_NOT_FORMAT),
        ({"interrupted": True, "destinations": ()}, Exit.NOT_YET, Exit.INTERRUPTED),
        ({"destinations": ()}, Exit.NOT_YET, Exit.DESTINATION),
        ({"destinations": (SAFE.destinations[0], GONE)}, Exit.NOT_YET, Exit.DESTINATION),
        ({"destinations": (SAFE.destinations[0], SHARED)}, Exit.NOT_YET, Exit.DESTINATION),
        ({"files": (BROKEN, *SAFE.files)}, Exit.DO_NOT_FORMAT, Exit.UNREADABLE_FILES),
        ({"files": (BROKEN._replace(kind=EntryKind.UNLISTABLE),)}, Exit.DO_NOT_FORMAT, Exit.UNREADABLE_FILES),
        ({"files": (BROKEN, WRONG)}, Exit.DO_NOT_FORMAT, Exit.MISMATCH),
        ({"files": (BROKEN, WRONG), "interrupted": True}, Exit.DO_NOT_FORMAT, Exit.INTERRUPTED),
    ],
)
def test_the_exit_code_says_the_same_as_the_verdict_and_ingest_why(changes, check, ingest):
    verdict = judge(replace(SAFE, **changes), ASSUMED, 1.0)
    assert (exit_of_check(verdict), exit_of_ingest(verdict)) == (check, ingest)
