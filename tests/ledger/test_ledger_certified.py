"""What a certificate is made of: a verdict as it was given, and what had proven its files until then."""

from contextlib import closing

import pytest
from ledger_desk import EmptyDesk, volume

from ingest.ledger.assets import NewFile, record, record_reads
from ingest.ledger.certified import (
    JudgedCard,
    JudgedFile,
    ProofThen,
    ReadThen,
    judged_card,
    judged_files,
    newest_verdict_of,
    places_now,
    proofs_then,
    reads_then,
)
from ingest.ledger.copies import NewCopy
from ingest.ledger.places import remember_card, remember_destination
from ingest.ledger.runs import open_run
from ingest.ledger.verdicts import VerdictFile, record_verdict
from ingest.model.cards import CardFile, CardIdentity
from ingest.model.copies import Digest, Method, SourceRead
from ingest.model.places import Destination, DestinationKind

PRINT = b"f" * 16
GIVEN = 10.0
PATH, NAME = b"DCIM/A.JPG", b"2025/M/A.JPG"
DIGEST = Digest(5, b"x" * 16, b"s" * 20)


class Desk(EmptyDesk):
    """A card with one file that is proven at both destinations, and its verdict."""

    def __init__(self, path):
        super().__init__(path)
        copies = tuple(
            NewCopy(key, NAME, 7, 8, Method.DIRECT, True, DIGEST.xxh128, 2.0 + key) for key in self.ids.values()
        )
        read = SourceRead(1, DIGEST.xxh128, Method.CACHED, 1.5)
        new = NewFile(CardFile(PATH, 5, 8), DIGEST, b"h" * 16, read, copies, None, self.shoot, NAME, "A")
        with self.transaction():
            record(self.db, run_id=self.run, card_id=self.card, boot_id="boot", files=[new], upload=None, now=2.0)
        self.ssd, self.nas = (self.ids[name] for name in ("ssd", "nas"))
        self.verdict = self.give([VerdictFile(PATH, 1), VerdictFile(b".DS_Store", None, ".DS_Store")])

    def give(self, files, *, level="safe", card=None):
        return record_verdict(
            self.db, run_id=self.run, card_id=card or self.card, level=level, at=GIVEN, fingerprint=PRINT,
            devices_required=2, files=files, total=len(files), body='{"counts": {"copied": 1}}',
        )  # fmt: skip

    def prove(self, at, run, *, copy=1, method="direct", matched=1, xxh128=DIGEST.xxh128):
        self.db.execute(
            "INSERT INTO proof (copy_id, run_id, at, boot_id, method, matched, xxh128) VALUES (?, ?, ?, 'b', ?, ?, ?)",
            (copy, run, at, method, matched, xxh128),
        )

    def proven(self):
        """Destination id -> (method, at) of the one file."""
        found = proofs_then(self.db, judged_card(self.db, self.verdict)).get(PATH, {})
        assert all((key, proof.path) == (proof.destination_id, PATH) for key, proof in found.items())
        return {key: (proof.method, proof.at) for key, proof in found.items()}


@pytest.fixture
def desk(tmp_path):
    with closing((desk := Desk(tmp_path / "ledger.sqlite")).db):
        yield desk


def test_a_verdict_is_given_back_with_its_card_and_ledger_and_the_files_that_it_names_by_path(desk):
    [identity] = desk.db.execute("SELECT identity FROM ledger_self").fetchone()
    body = {"counts": {"copied": 1}}
    assert judged_card(desk.db, desk.verdict) == JudgedCard(
        1, desk.run, "safe", GIVEN, PRINT, 2, 2, body, "EOS", "1234", 64, "exfat", identity
    )
    assert list(judged_files(desk.db, desk.verdict)) == [
        JudgedFile(b".DS_Store", ".DS_Store", None, None, None),
        JudgedFile(PATH, "", 5, DIGEST.xxh128, DIGEST.sha1),
    ]
    assert judged_card(desk.db, 99) is None
    assert list(judged_files(desk.db, 99)) == []


def test_each_destination_tells_by_which_proof_it_had_the_file_and_under_what_name(desk):
    assert proofs_then(desk.db, judged_card(desk.db, desk.verdict)) == {
        PATH: {
            desk.ssd: ProofThen(PATH, desk.ssd, NAME, "direct", 2.0 + desk.ssd),
            desk.nas: ProofThen(PATH, desk.nas, NAME, "direct", 2.0 + desk.nas),
        }
    }


def test_a_verdict_that_names_no_file_has_no_proofs_whatever_others_name(desk):
    later = desk.give([], level="not_yet")
    assert proofs_then(desk.db, judged_card(desk.db, later)) == {}


def test_a_proof_of_the_verdicts_own_session_counts_whatever_the_clock_did(desk):
    desk.prove(GIVEN + 5, desk.run, method="dropped")
    assert desk.proven()[desk.ssd] == ("dropped", GIVEN + 5)


def test_a_later_session_changes_no_certificate_of_an_older_verdict_though_the_clock_went_back(desk):
    before = desk.proven()
    later = open_run(desk.db, desk.card, GIVEN - 1, "b", "ingest")
    desk.prove(GIVEN - 1, later, method="dropped")
    desk.prove(GIVEN - 1, later, matched=0, xxh128=b"y" * 16)
    desk.prove(GIVEN + 1, None, matched=0, xxh128=b"y" * 16)
    assert desk.proven() == before


def test_a_look_at_the_copies_before_the_verdict_counts_to_its_very_moment(desk):
    desk.prove(GIVEN, None, method="served")
    assert desk.proven()[desk.ssd] == ("served", GIVEN)


@pytest.mark.parametrize("how", [{"matched": 0}, {"method": "cached"}, {"xxh128": b"y" * 16}])
def test_what_its_newest_proof_does_not_prove_is_named_by_no_certificate(desk, how):
    desk.prove(GIVEN - 1, None, **how)
    assert set(desk.proven()) == {desk.nas}


def test_of_several_copies_of_one_content_the_one_that_was_read_last_is_named(desk):
    for name in (b"2025/M/older.JPG", b"2025/M/newer.JPG"):
        desk.db.execute(
            "INSERT INTO copy (asset_id, destination_id, path, display, state, inode, mtime_ns, run_id)"
            " VALUES (1, ?, ?, '', 'written', 0, 0, ?)",
            (desk.ssd, name, desk.run),
        )
    desk.prove(2.0, desk.run, copy=3)
    desk.prove(9.0, desk.run, copy=4)
    found = proofs_then(desk.db, judged_card(desk.db, desk.verdict))[PATH]
    assert (found[desk.ssd].name, found[desk.ssd].at) == (b"2025/M/newer.JPG", 9.0)


def test_reads_of_the_card_are_those_of_the_verdicts_session_by_their_turn_and_method(desk):
    again = [SourceRead(2, DIGEST.xxh128, Method.DIRECT, at) for at in (4.0, 6.0, 5.0)]
    other = CardFile(b"DCIM/B.JPG", 5, 8)
    files = (CardFile(PATH, 5, 8), other, other)
    later = open_run(desk.db, desk.card, 20.0, "b", "ingest")
    with desk.transaction():
        record_reads(desk.db, run_id=desk.run, card_id=desk.card, reads=list(zip(files, again, strict=True)))
        record_reads(
            desk.db, run_id=later, card_id=desk.card, reads=[(other, SourceRead(3, b"x" * 16, again[0].method, 20.0))]
        )
    assert reads_then(desk.db, judged_card(desk.db, desk.verdict)) == [
        ReadThen(1, "cached", 1, 1.5, 1.5), ReadThen(2, "direct", 2, 4.0, 6.0),
    ]  # fmt: skip


def test_a_place_is_told_as_it_is_now_since_tomorrow_it_may_stand_on_another_disk(desk):
    first = {"id": 1, "name": "ssd", "kind": "ssd", "device": "disk:a", "fs_type": "ext4", "fs_uuid": "u"}
    second = {"id": 2, "name": "nas", "kind": "nas", "device": "nas:b", "fs_type": "ext4", "fs_uuid": "u"}
    assert places_now(desk.db) == [first, second]
    moved = Destination("ssd", DestinationKind("hdd"), b"/mnt/ssd")
    remember_destination(desk.db, moved, volume("disk:z"), "marker-ssd", 2.0)
    assert places_now(desk.db) == [first | {"kind": "hdd", "device": "disk:z"}, second]


def test_a_cards_newest_verdict_is_its_last_one_and_no_other_cards(desk):
    other = remember_card(desk.db, CardIdentity("5678", "EOS", 64), "exfat", 1.0)
    assert newest_verdict_of(desk.db, other) is None
    assert newest_verdict_of(desk.db, desk.card) == desk.verdict
    last = desk.give([], level="not_yet")
    assert desk.give([], level="not_yet", card=other) == last + 1
    assert newest_verdict_of(desk.db, desk.card) == last
    assert newest_verdict_of(desk.db, other) == last + 1
