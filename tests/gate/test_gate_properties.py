from dataclasses import FrozenInstanceError, replace

import pytest
from gate_worlds import COUNTING, PLACES, card, proven_file, safe_worlds, with_file
from hypothesis import given
from hypothesis import strategies as st

from ingest.gate.certificate import counts, to_json
from ingest.gate.evidence import CardEvidence, DestinationEvidence, Excuse, FileEvidence, Policy, SourceProof
from ingest.gate.reasons import distinct_devices
from ingest.gate.verdict import Level, Verdict, judge
from ingest.model.cards import EntryKind
from ingest.model.copies import Method, Proof

OTHER = b"another content!"


def pending_indices(evidence: CardEvidence) -> list[int]:
    return [n for n, file in enumerate(evidence.files) if file.excuse is Excuse.NONE]


@given(safe_worlds())
def test_a_card_with_every_file_proven_is_safe(world):
    evidence, policy = world
    verdict = judge(evidence, policy, 1.0)
    assert verdict.level is Level.SAFE
    assert verdict.reasons == ()


FILE_BREAKS = {
    "never read": {"source": None},
    "reads disagree": {"source": SourceProof(OTHER, 2, disagreed=True)},
    "content differs from its copies": {"source": SourceProof(OTHER, 2)},
    "unreadable": {"problem": "Input/output error"},
    "a symlink": {"kind": EntryKind.SYMLINK, "source": None, "proofs": ()},
    "a FIFO": {"kind": EntryKind.SPECIAL, "source": None, "proofs": ()},
    "an unlistable folder": {"kind": EntryKind.UNLISTABLE, "source": None, "proofs": ()},
    "no copies": {"proofs": ()},
    "holds no bytes": {"size": 0},
    "changed while it was read": {"changed": True},
}


@pytest.mark.parametrize("name", FILE_BREAKS)
@given(world=safe_worlds(), data=st.data())
def test_one_broken_file_is_enough_to_lose_safe(name, world, data):
    evidence, policy = world
    index = data.draw(st.sampled_from(pending_indices(evidence)))
    verdict = judge(with_file(evidence, index, **FILE_BREAKS[name]), policy, 1.0)
    assert verdict.level is not Level.SAFE
    assert any(evidence.files[index].path in reason.paths for reason in verdict.reasons)


@given(safe_worlds(), st.data())
def test_one_missing_proof_at_one_destination_is_enough_to_lose_safe(world, data):
    evidence, policy = world
    index = data.draw(st.sampled_from(pending_indices(evidence)))
    file = evidence.files[index]
    gone = data.draw(st.sampled_from(file.proofs))
    broken = with_file(evidence, index, proofs=tuple(p for p in file.proofs if p is not gone))
    verdict = judge(broken, policy, 1.0)
    assert verdict.level is Level.NOT_YET
    assert any(reason.code == "unproven" and gone.destination in reason.text for reason in verdict.reasons)


@given(safe_worlds(), st.data())
def test_one_mismatching_proof_means_do_not_format(world, data):
    evidence, policy = world
    index = data.draw(st.sampled_from(pending_indices(evidence)))
    file = evidence.files[index]
    which = data.draw(st.integers(0, 1))
    bad = file.proofs[which]._replace(matched=False, xxh128=OTHER)
    proofs = tuple(bad if n == which else proof for n, proof in enumerate(file.proofs))
    verdict = judge(with_file(evidence, index, proofs=proofs), policy, 1.0)
    assert verdict.level is Level.DO_NOT_FORMAT
    assert verdict.reasons[0].code == "mismatch"


@given(safe_worlds(), st.data())
def test_a_copy_that_was_only_read_from_the_cache_never_counts(world, data):
    evidence, policy = world
    index = data.draw(st.sampled_from(pending_indices(evidence)))
    file = evidence.files[index]
    proofs = (file.proofs[0], file.proofs[1]._replace(method=Method.CACHED))
    for weakest in Method:
        assert not judge(with_file(evidence, index, proofs=proofs), replace(policy, weakest=weakest), 1.0).is_safe


@pytest.mark.parametrize(
    "change",
    [{"listing_agrees": False}, {"interrupted": True}, {"card_gone": True}, {"destinations": ()}, {"files": ()}],
    ids=lambda change: next(iter(change)),
)
@given(world=safe_worlds())
def test_a_doubt_about_the_whole_card_loses_safe(change, world):
    evidence, policy = world
    assert not judge(replace(evidence, **change), policy, 1.0).is_safe


@given(safe_worlds(), st.integers(0, 1), st.sampled_from([{"problem": "not mounted"}, {"provable": False}]))
def test_a_destination_that_is_gone_or_unprovable_gives_not_yet(world, which, change):
    evidence, policy = world
    places = list(evidence.destinations)
    places[which] = replace(places[which], **change)
    verdict = judge(replace(evidence, destinations=tuple(places)), policy, 1.0)
    assert verdict.level is Level.NOT_YET


@given(safe_worlds())
def test_two_destinations_on_one_device_are_not_two_copies(world):
    evidence, policy = world
    one = PLACES[0][1]
    files = tuple(f._replace(proofs=tuple(p._replace(devices=one) for p in f.proofs)) for f in evidence.files)
    places = tuple(replace(place, devices=one) for place in evidence.destinations)
    verdict = judge(replace(evidence, files=files, destinations=places), replace(policy, devices=2), 1.0)
    assert verdict.level is Level.NOT_YET
    assert any(reason.code == "same device" for reason in verdict.reasons)


def test_a_device_shared_in_part_counts_once():
    raid = Proof("a", frozenset({"disk:a", "disk:b"}), b"x", b"0" * 16, Method.DIRECT, 1.0, True)
    single = raid._replace(destination="b", devices=frozenset({"disk:b"}))
    assert distinct_devices([raid, single]) == 1
    assert distinct_devices([raid._replace(devices=frozenset())]) == 0


def test_one_read_is_not_enough_when_two_are_asked_for():
    once = card((proven_file(b"a", b"1" * 16, reads=1),))
    assert judge(once, Policy(reads=1), 1.0).is_safe
    verdict = judge(once, Policy(reads=2), 1.0)
    assert [reason.code for reason in verdict.reasons] == ["read once"]


def test_a_single_destination_is_never_safe_even_when_the_settings_allow_one_device():
    evidence = card((proven_file(b"a", b"1" * 16),))
    alone = replace(evidence, destinations=(DestinationEvidence("ssd", PLACES[0][1]),))
    assert not judge(alone, Policy(devices=1), 1.0).is_safe


def test_a_card_on_which_rules_ignore_everything_is_not_safe():
    only_litter = card((FileEvidence(b".DS_Store", 5, excuse=Excuse.RULE, rule=".DS_Store"),))
    assert judge(only_litter, Policy(), 1.0).level is Level.DO_NOT_FORMAT


def test_a_level_can_neither_be_given_nor_changed_but_only_earned():
    unproven = with_file(card((proven_file(b"a", b"1" * 16),)), 0, proofs=())
    with pytest.raises(TypeError):
        Verdict(unproven, Policy(), 1.0, level=Level.SAFE)
    verdict = Verdict(unproven, Policy(), 1.0)
    assert verdict.level is Level.NOT_YET
    with pytest.raises(FrozenInstanceError):
        verdict.level = Level.SAFE
    with pytest.raises((TypeError, ValueError)):
        replace(verdict, level=Level.SAFE)
    assert replace(verdict, evidence=card((proven_file(b"a", b"1" * 16),))).is_safe


@given(safe_worlds(), st.data())
def test_the_counts_of_a_verdict_always_add_up(world, data):
    evidence, policy = world
    for index in data.draw(st.sets(st.sampled_from(range(len(evidence.files))))):
        change = data.draw(st.sampled_from(list(FILE_BREAKS.values())))
        evidence = with_file(evidence, index, **change)
    verdict = judge(evidence, policy, 1.0)
    c = counts(verdict)
    assert c.files == len(evidence.files) == c.proven + c.left_out + c.acknowledged + c.open
    assert c.proven == c.new + c.already_safe
    assert c.unreadable <= c.open
    assert (c.open == 0) or not verdict.is_safe
    line = to_json(verdict, {"label": "X"})
    assert line["level"] == verdict.level.value
    assert line["counts"]["files"] == c.files


@given(st.permutations(COUNTING))
def test_the_policy_names_the_weakest_method_that_counts(order):
    strongest_first = [Method.REPLUGGED, Method.DIRECT, Method.DROPPED, Method.SERVED]
    for weakest in order:
        for method in order:
            evidence = card((proven_file(b"a", b"1" * 16, method=method),))
            allowed = strongest_first.index(method) <= strongest_first.index(weakest)
            assert judge(evidence, Policy(weakest=weakest), 1.0).is_safe == allowed
