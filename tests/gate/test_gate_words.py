"""What speaks against SAFE, word for word: code, count, sentence, next step and paths of each reason."""

from dataclasses import replace

import pytest
from gate_worlds import card, proven_file, with_file

from ingest.gate.evidence import DestinationEvidence, Excuse, FileEvidence, Policy, SourceProof
from ingest.gate.reasons import Reason, counting_proofs, reasons_against
from ingest.gate.verdict import judge
from ingest.model.cards import EntryKind
from ingest.model.copies import Method

A, B = b"DCIM/A.CR3", b"DCIM/B.CR3"
SAFE = card((proven_file(A, b"1" * 16), proven_file(B, b"2" * 16)))
SSD, NAS = SAFE.destinations
ASSUMED = Policy()
OTHER = b"another content!"
SUSPECT = tuple(proof._replace(matched=False, xxh128=OTHER) for proof in SAFE.files[0].proofs)
AGAIN = "Run the same command again; do not use the card meanwhile"
CABLE = "Try another reader or cable, then the same command"
ACKNOWLEDGE = "Look at them; if they do not matter, run again with --acknowledge"
TRUST = "The card, the reader or the cable is not to be trusted: use another reader and run again"
DRIVE = "Check that drive and its cable; then run the same command"
NOT_AGAIN = (
    "As it is mounted the card cannot be read around the cache, however often: mount it by the kernel's own driver"
    " (exfat, vfat) or on another computer, or set reads = 1 in [gate]; then run: safelight ingest"
)


def both(**changes):
    return with_file(with_file(SAFE, 0, **changes), 1, **changes)


def unproven(place, paths, text, step="Run: safelight ingest"):
    return Reason("unproven", len(paths), f"{text} not proven on {place}", step, paths)


def few(paths, text, devices="2 separate devices"):
    return Reason("too few copies", len(paths), f"{text} not proven on {devices}", "See the reasons above", paths)


UNCOPIED = {"source": None, "proofs": ()}
WORDS = {
    "nothing on it": (
        replace(SAFE, files=()),
        Reason(
            "no files",
            0,
            "no photographs were found on the card; an empty listing proves nothing",
            "Look at the card in the camera; do not format it before you know what happened",
        ),
    ),
    "removed": (
        replace(SAFE, card_gone=True),
        Reason(
            "card gone",
            0,
            "the card was removed before it was proven",
            "Plug the card in again and run the same command",
        ),
    ),
    "stopped": (
        replace(SAFE, interrupted=True),
        Reason(
            "interrupted",
            0,
            "the ingest was stopped before it was done",
            "Run the same command again; it goes on where it stopped",
        ),
    ),
    "another listing": (
        replace(SAFE, listing_agrees=False),
        Reason("card changed", 0, "the card changed while it was read", AGAIN),
    ),
    "one file changed": (
        with_file(SAFE, 1, changed=True),
        Reason("card changed", 1, "1 file changed while the card was read", AGAIN, (B,)),
    ),
    "two files changed and another listing": (
        replace(both(changed=True), listing_agrees=False),
        Reason("card changed", 2, "2 files changed while the card was read", AGAIN, (A, B)),
    ),
    "one folder": (
        with_file(SAFE, 0, kind=EntryKind.UNLISTABLE, problem="Input/output error", **UNCOPIED),
        Reason(
            "unlistable",
            1,
            "1 folder on the card could not be listed: nobody knows what is in there",
            "Try another reader or cable; if it stays, a recovery tool, before anything else",
            (A,),
        ),
    ),
    "two unreadable, the reader known": (
        replace(both(problem="Input/output error", **UNCOPIED), source="EOS_DIGITAL in a reader"),
        Reason("unreadable", 2, "2 files could not be read from the card (EOS_DIGITAL in a reader)", CABLE, (A, B)),
    ),
    "one unreadable": (
        with_file(SAFE, 1, problem="Input/output error"),
        Reason("unreadable", 1, "1 file could not be read from the card", CABLE, (B,)),
    ),
    "a link": (
        with_file(SAFE, 0, kind=EntryKind.SYMLINK, **UNCOPIED),
        Reason("not a file", 1, "1 link or special entry on the card: not followed, not copied", ACKNOWLEDGE, (A,)),
    ),
    "two pipes": (
        both(kind=EntryKind.SPECIAL, **UNCOPIED),
        Reason(
            "not a file", 2, "2 links or special entries on the card: not followed, not copied", ACKNOWLEDGE, (A, B)
        ),
    ),
    "one without a byte": (
        with_file(SAFE, 0, size=0),
        Reason(
            "empty file",
            1,
            "1 file on the card holds no bytes at all",
            "Look at them in the camera; if they do not matter, run again with --acknowledge",
            (A,),
        ),
    ),
    "two without a byte": (
        both(size=0),
        Reason(
            "empty file",
            2,
            "2 files on the card hold no bytes at all",
            "Look at them in the camera; if they do not matter, run again with --acknowledge",
            (A, B),
        ),
    ),
    "reads disagree": (
        with_file(SAFE, 0, source=SourceProof(b"1" * 16, 1, disagreed=True)),
        Reason("reads disagree", 1, "1 file gave other bytes when read again", TRUST, (A,)),
    ),
    "reads disagree, the reader known": (
        replace(both(source=SourceProof(b"1" * 16, 2, disagreed=True), proofs=()), source="reader X"),
        Reason("reads disagree", 2, "2 files gave other bytes when read again (reader X)", TRUST, (A, B)),
        unproven("ssd", (A, B), "2 files"),
        unproven("nas", (A, B), "2 files"),
        few((A, B), "2 files"),
    ),
    "a copy that came back wrong": (
        with_file(SAFE, 0, proofs=SUSPECT),
        Reason("mismatch", 1, "1 file came back from a destination with other bytes than the card gave", DRIVE, (A,)),
        unproven("ssd", (A,), "1 file"),
        unproven("nas", (A,), "1 file"),
        few((A,), "1 file"),
    ),
    "no copy came back right, so nothing is known of the content": (
        with_file(SAFE, 0, source=None, proofs=SUSPECT),
        Reason("mismatch", 1, "1 file came back from a destination with other bytes than the card gave", DRIVE, (A,)),
        Reason("not copied", 1, "1 file not copied yet", "Run: safelight ingest", (A,)),
    ),
    "one destination": (
        replace(SAFE, destinations=(SSD,)),
        Reason(
            "too few destinations",
            0,
            "fewer than two destinations are set up; one copy is no backup",
            "Add a second [[destinations]] to the settings",
        ),
    ),
    "two on one device": (
        replace(SAFE, destinations=(SSD, replace(NAS, devices=SSD.devices))),
        Reason(
            "same device",
            0,
            "the destinations stand on fewer than 2 different physical devices",
            "Use a destination on another device; two folders of one disk are one copy",
        ),
    ),
    "an absent destination, of which no device is known": (
        replace(SAFE, destinations=(SSD, DestinationEvidence("nas", frozenset(), problem="not mounted"))),
        Reason("destination", 0, "nas: not mounted", "Bring nas back, then run the same command"),
    ),
    "unprovable, and the one behind it absent": (
        replace(SAFE, destinations=(replace(SSD, provable=False), replace(NAS, problem="full"))),
        Reason(
            "unprovable",
            0,
            "ssd: on its file system a copy cannot be read around the cache, so it cannot be proven",
            "Use ssd with ext4, xfs, btrfs, exFAT by the kernel, NFS or SMB",
        ),
        Reason("destination", 0, "nas: full", "Bring nas back, then run the same command"),
    ),
    "never copied": (
        both(**UNCOPIED),
        Reason("not copied", 2, "2 files not copied yet", "Run: safelight ingest", (A, B)),
    ),
    "read once": (
        with_file(SAFE, 1, source=SourceProof(b"2" * 16, 1)),
        Reason(
            "read once",
            1,
            "1 file read fewer than 2 times from the card",
            "Run: safelight ingest (it reads the card again)",
            (B,),
        ),
    ),
    "read once, and never again around the cache": (
        replace(with_file(SAFE, 1, source=SourceProof(b"2" * 16, 1)), rereadable=False),
        Reason("read once", 1, "1 file read fewer than 2 times from the card", NOT_AGAIN, (B,)),
    ),
    "one never copied, one read once": (
        with_file(with_file(SAFE, 0, **UNCOPIED), 1, source=SourceProof(b"2" * 16, 1)),
        Reason("not copied", 1, "1 file not copied yet", "Run: safelight ingest", (A,)),
        Reason(
            "read once",
            1,
            "1 file read fewer than 2 times from the card",
            "Run: safelight ingest (it reads the card again)",
            (B,),
        ),
    ),
    "not proven, the causes known": (
        with_file(
            with_file(SAFE, 0, proofs=SAFE.files[0].proofs[:1], failed_at=(("nas", "read-only"),)),
            1,
            proofs=(),
            failed_at=(("nas", "full"), ("ssd", "slow")),
        ),
        unproven("ssd", (B,), "1 file", "slow. Then run the same command"),
        unproven("nas", (A, B), "2 files", "full; read-only. Then run the same command"),
        few((A, B), "2 files"),
    ),
    "a third destination holds nothing": (
        replace(SAFE, destinations=(SSD, NAS, DestinationEvidence("hdd", frozenset({"disk:c"})))),
        unproven("hdd", (A, B), "2 files"),
    ),
    "an unprovable destination is asked for no proof, the one behind it is": (
        replace(with_file(SAFE, 0, proofs=()), destinations=(replace(SSD, provable=False), NAS)),
        Reason(
            "unprovable",
            0,
            "ssd: on its file system a copy cannot be read around the cache, so it cannot be proven",
            "Use ssd with ext4, xfs, btrfs, exFAT by the kernel, NFS or SMB",
        ),
        unproven("nas", (A,), "1 file"),
        few((A,), "1 file"),
    ),
}


@pytest.mark.parametrize("name", WORDS)
def test_each_reason_tells_how_many_which_why_and_what_to_do(name):
    evidence, *expected = WORDS[name]
    assert reasons_against(evidence, ASSUMED) == tuple(expected)


def test_the_gravest_reason_comes_first_and_the_others_keep_their_order():
    """Two of each kind, the graver found last."""
    evidence = replace(with_file(SAFE, 0, source=None, proofs=SUSPECT), interrupted=True, card_gone=True)
    codes = [reason.code for reason in judge(evidence, ASSUMED, 1.0).reasons]
    assert codes == ["mismatch", "card gone", "interrupted", "not copied"]


def test_what_was_left_out_or_acknowledged_is_never_a_reason():
    for excuse in (Excuse.RULE, Excuse.ACKNOWLEDGED):
        for kind in EntryKind:
            entry = FileEvidence(b"x", 0, kind, excuse, source=None, problem="Input/output error", proofs=SUSPECT)
            assert reasons_against(replace(SAFE, files=(*SAFE.files, entry)), ASSUMED) == ()


def test_a_card_of_acknowledged_entries_alone_is_not_empty():
    entry = FileEvidence(b"x", 0, EntryKind.SYMLINK, Excuse.ACKNOWLEDGED)
    assert judge(replace(SAFE, files=(entry,)), ASSUMED, 1.0).is_safe


def test_two_proven_destinations_on_one_device_are_enough_where_the_settings_ask_for_one():
    shared = frozenset({"disk:a"})
    files = tuple(f._replace(proofs=tuple(p._replace(devices=shared) for p in f.proofs)) for f in SAFE.files)
    places = tuple(replace(place, devices=shared) for place in SAFE.destinations)
    one = replace(SAFE, files=files, destinations=places)
    assert judge(one, Policy(devices=1), 1.0).is_safe
    assert [r.code for r in judge(one, ASSUMED, 1.0).reasons] == ["same device", "too few copies"]


def test_three_devices_asked_for_are_three():
    three = judge(SAFE, Policy(devices=3), 1.0)
    assert [r.text for r in three.reasons] == [
        "the destinations stand on fewer than 3 different physical devices",
        "2 files not proven on 3 separate devices",
    ]


def test_two_proofs_of_one_destination_are_one_copy_also_where_one_device_is_enough():
    twice = (SAFE.files[0].proofs[0], SAFE.files[0].proofs[0]._replace(path=b"elsewhere"))
    verdict = judge(with_file(SAFE, 0, proofs=twice), Policy(devices=1), 1.0)
    assert verdict.reasons == (unproven("nas", (A,), "1 file"), few((A,), "1 file", "1 separate device"))


def test_a_proof_that_did_not_match_counts_for_nothing_even_with_the_right_checksum():
    file = SAFE.files[0]._replace(proofs=(SAFE.files[0].proofs[0]._replace(matched=False), SAFE.files[0].proofs[1]))
    assert counting_proofs(file, ASSUMED) == file.proofs[1:]
    assert counting_proofs(file._replace(source=None), ASSUMED) == ()
    assert counting_proofs(file, Policy(weakest=Method.REPLUGGED)) == ()
