"""Destinations on other file systems than ext4: proven where the cache can be bypassed, and told where not."""

import pytest
from acceptance_cards import files_on, fill, pairs
from acceptance_desk import desk_with
from acceptance_tools import contents, copies_at, flip_back, flip_on_medium, ingest
from loops import needs_loops

pytestmark = [pytest.mark.root, needs_loops]

PAIRS = pairs(4, raw=8, jpeg=2)
XFS_LEAST, BTRFS_LEAST = 320, 200  # MiB that their mkfs wants


@pytest.mark.parametrize(("fs", "least"), [("xfs", XFS_LEAST), ("btrfs", BTRFS_LEAST)])
def test_a_destination_of_another_journaled_kind_is_proven_by_direct_reads(plug, fs, least):
    desk = desk_with(plug(160, label="EOS_DIGITAL"), plug(220), plug(least, fs))
    fill(desk.card.mnt, PAIRS)
    answer = ingest(desk.studio)
    assert (answer.code, answer.last["level"]) == (0, "safe"), answer.out + answer.err
    assert [place["methods"] for place in answer.last["destinations"]] == [{"direct": len(PAIRS)}] * 2
    assert contents(copies_at(desk.studio.nas)) == contents(files_on(desk.studio.card))


def test_rot_beneath_an_xfs_destination_is_found(plug):
    desk = desk_with(plug(160, label="EOS_DIGITAL"), plug(220), plug(XFS_LEAST, "xfs"))
    fill(desk.card.mnt, PAIRS)
    assert ingest(desk.studio).code == 0
    victim = copies_at(desk.studio.nas)[0]
    good = victim.read_bytes()
    flip_on_medium(victim, desk.nas.image, 1_000_000)
    assert victim.read_bytes() == good
    found = desk.studio.run("verify", "--at", "nas", "--json")
    assert (found.code, found.events("verify")[0]["differs"]) == (18, [str(victim.relative_to(desk.studio.nas))])
    flip_back(victim, desk.nas.image, 1_000_000)
    assert desk.studio.run("verify", "--at", "nas", "--json").code == 0


def test_a_destination_on_exfat_by_fuse_holds_the_copies_and_is_never_called_proven(plug):
    desk = desk_with(plug(160, label="EOS_DIGITAL"), plug(220), plug(160, "exfat-fuse"))
    fill(desk.card.mnt, PAIRS)
    answer = ingest(desk.studio)
    assert (answer.code, answer.last["level"]) == (11, "not_yet"), answer.out + answer.err
    [reason] = [reason for reason in answer.last["reasons"] if reason["code"] == "unprovable"]
    assert reason["text"].startswith("nas: ")
    assert "cannot be proven" in reason["text"]
    assert [place["proven"] for place in answer.last["destinations"]] == [len(PAIRS), 0]
    assert contents(copies_at(desk.studio.nas)) == contents(files_on(desk.studio.card))


def test_a_card_on_exfat_by_fuse_cannot_be_read_twice_independently_and_is_not_yet_unless_one_read_is_enough(plug):
    desk = desk_with(plug(160, "exfat-fuse", label="EOS_DIGITAL"), plug(220), plug(220))
    fill(desk.card.mnt, PAIRS)
    answer = ingest(desk.studio)
    assert (answer.code, answer.last["level"], answer.codes) == (11, "not_yet", ["read once"])
    desk.studio.configure(reads=1)
    answer = ingest(desk.studio)
    assert (answer.code, answer.last["level"], answer.last["reads_required"]) == (0, "safe", 1)
