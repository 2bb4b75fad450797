"""What was checked once is looked at again: objects that vanished, were hidden or replaced by another program."""

import os

import pytest
from b2sdk.v3 import B2Api, InMemoryAccountInfo
from cloud_worlds import LARGE_FROM, LEAST_PART, PART, never, sha1, store_for, versions
from hypothesis import given
from hypothesis import strategies as st

from ingest.cloud.b2_wire import Window
from ingest.cloud.checking import AGAIN, DOUBT, Checker
from ingest.cloud.errors import CloudUnreachable
from ingest.cloud.events import UploadNeedsYou, UploadPostponed
from ingest.cloud.fates import Fate, fate_of
from ingest.cloud.loopback import CAPABILITIES
from ingest.cloud.loopback_faults import FaultKind
from ingest.cloud.store import StoredObject
from ingest.ledger import upload_counts, uploads
from ingest.ledger.upload_checks import Look, checked_otherwise

NOW = 1_800_000_000.0
LATER = NOW + AGAIN + 86400.0


@pytest.fixture
def stranger(server):
    """The bucket as another program sees it, with a key that may do everything."""
    key_id, key = server.new_key((*CAPABILITIES, "deleteFiles"))
    api = B2Api(InMemoryAccountInfo())
    api.authorize_account(key_id, key, realm=server.url)
    return api.get_bucket_by_name(server.bucket)


@pytest.fixture
def sent(world, server):
    """Six photographs and a clip that were checked a month ago; key -> content."""
    contents = {f"M/{number}.JPG": os.urandom(50) for number in range(6)} | {
        "M/clip.MP4": os.urandom(LARGE_FROM + PART)
    }
    held = {world.queue(path, data): data for path, data in contents.items()}
    assert world.run(server, clock=lambda: NOW).checked == 7
    return held


def look(world, server, at=LATER):
    return world.run(server, clock=lambda: at)


def found(summary):
    return summary.vanished, summary.hidden, summary.replaced


def delete_every_version(bucket, key):
    for version in list(bucket.list_file_versions(key)):
        bucket.api.delete_file_version(version.id_, key)


def upload_in_parts(bucket, key, data, claim, folder):
    """As any tool does it; claim: the SHA-1 that it says the whole has, which nobody checks."""
    (folder / "theirs").write_bytes(data)
    session, half = bucket.api.session, max(LEAST_PART, len(data) // 2)
    file_id = session.start_large_file(bucket.id_, key, "b2/x-auto", {"large_file_sha1": claim})["fileId"]
    parts = [data[:half], data[half:]]
    with (folder / "theirs").open("rb") as file:
        for number, part in enumerate(parts):
            window = Window(file.fileno(), number * half, len(part), lambda _: None, never)
            session.upload_part(file_id, number + 1, len(part), sha1(part), window)
    session.finish_large_file(file_id, [sha1(part) for part in parts])


def reasons(world, kind):
    return {event.key: event.reason for event in world.events if isinstance(event, kind)}


def content(server, key, file_id=""):
    got = bytearray()
    store_for(server).get(key, got.extend, file_id=file_id)
    return bytes(got)


def test_before_a_month_is_over_nothing_is_asked_and_then_one_listing_answers_for_a_shoot(world, server, sent):
    asked = server.faults.calls("b2_list")
    assert look(world, server, NOW + AGAIN - 1).checked == 0
    assert server.faults.calls("b2_list") == asked
    summary = look(world, server)
    assert (summary.checked, summary.sent, found(summary)) == (7, 0, (0, 0, 0))
    assert server.faults.calls("b2_list") == asked + 1
    assert look(world, server).checked == 0


@pytest.mark.parametrize("count", [1, 5])
def test_what_vanished_is_told_and_sent_again(world, server, stranger, sent, count):
    gone = sorted(sent)[:count]
    for key in gone:
        delete_every_version(stranger, key)
    summary = look(world, server)
    assert found(summary) == (count, 0, 0)
    assert (summary.sent, summary.checked, summary.needs_you) == (count, 7, 0)
    assert set(reasons(world, UploadPostponed)) == set(gone)
    assert set(world.states()) == {"checked"}
    assert [content(server, key) for key in gone] == [sent[key] for key in gone]


def test_until_it_is_sent_again_its_shoot_says_that_it_is_gone(world, server, stranger, sent):
    key = "originals/M/2.JPG"
    delete_every_version(stranger, key)
    assert world.run(server, clock=lambda: LATER, roots={}).vanished == 1
    counts = upload_counts.counts_of_shoot(world.connection, world.shoot, world.bucket, LATER)
    assert (counts.waiting, counts.again) == (1, 1)
    [shoot] = upload_counts.shoots_under_way(world.connection, world.bucket, LATER)
    assert shoot.counts == counts


@pytest.mark.parametrize("key", ["originals/M/3.JPG", "originals/M/clip.MP4"])
def test_what_somebody_hid_is_told_and_neither_sent_again_nor_called_checked(world, server, stranger, sent, key):
    marker = stranger.hide_file(key)
    for _ in range(2):
        summary = look(world, server)
        assert (found(summary), summary.sent, summary.needs_you) == ((0, 1, 0), 0, 1)
        assert "hid it" in reasons(world, UploadNeedsYou)[key]
    assert versions(server, key) == 1
    [asset] = world.connection.execute("SELECT asset_id FROM upload_job WHERE key = ?", (key,)).fetchone()
    [(there, file_id)] = uploads.keys_of_assets(world.connection, world.bucket, [asset]).values()
    assert content(server, there, file_id) == sent[key]  # hiding is not losing
    stranger.api.delete_file_version(marker.id_, key)
    assert (look(world, server).checked, set(world.states())) == (1, {"checked"})


def test_what_somebody_hid_is_sent_again_when_a_person_says_so(world, server, stranger, sent):
    key = "originals/M/3.JPG"
    stranger.hide_file(key)
    look(world, server)
    uploads.retry_all(world.connection, world.bucket)
    summary = look(world, server)
    assert (summary.sent, summary.needs_you) == (1, 0)
    assert content(server, key) == sent[key]


def test_what_somebody_put_something_over_is_told_and_nothing_is_sent_over_that(world, server, stranger, sent):
    key = "originals/M/4.JPG"
    stranger.upload_bytes(b"something else", key)
    summary = look(world, server)
    assert (found(summary), summary.sent, summary.needs_you) == ((0, 0, 1), 0, 1)
    assert "beneath" in reasons(world, UploadNeedsYou)[key]
    uploads.retry_all(world.connection, world.bucket)
    assert look(world, server).sent == 1
    assert content(server, "originals/M/4~2.JPG") == sent[key]
    assert content(server, key) == b"something else"
    assert versions(server, key) == 2


def test_what_was_replaced_and_is_gone_is_sent_again_beside_what_lies_there_now(world, server, stranger, sent):
    key = "originals/M/4.JPG"
    delete_every_version(stranger, key)
    stranger.upload_bytes(b"something else", key)
    summary = look(world, server)
    assert (found(summary), summary.sent, summary.needs_you) == ((0, 0, 1), 1, 0)
    assert content(server, "originals/M/4~2.JPG") == sent[key]
    assert content(server, key) == b"something else"


def test_the_same_content_sent_by_another_program_counts_and_its_version_is_the_one_that_is_known(
    world, server, stranger, sent
):
    key = "originals/M/5.JPG"
    delete_every_version(stranger, key)
    theirs = stranger.upload_bytes(sent[key], key)
    assert (look(world, server).checked, found(look(world, server))) == (7, (0, 0, 0))
    assert world.connection.execute("SELECT file_id FROM upload_job WHERE key = ?", (key,)).fetchone() == (theirs.id_,)


def test_how_a_large_object_was_checked_is_told_from_how_a_small_one_was(world, sent):
    assert checked_otherwise(world.connection, world.bucket) == {"parts": 1, "read": 0}
    assert len(sent) == 7


@pytest.mark.parametrize("is_good", [True, False])
def test_a_large_object_of_somebody_else_is_believed_by_its_bytes_alone(
    world, server, stranger, sent, tmp_path, is_good
):
    key = "originals/M/clip.MP4"
    delete_every_version(stranger, key)
    data = sent[key] if is_good else bytes(len(sent[key]))
    upload_in_parts(stranger, key, data, sha1(sent[key]), tmp_path)
    look(world, server)
    assert world.jobs()[key][:2] == ("sent", DOUBT)
    checker = Checker(
        world.connection, world.bucket, store_for(server), lambda work: work(lambda: False), lambda: LATER,
        world.events.append,
    )  # fmt: skip
    report = checker.read_back()
    assert (report.checked, report.replaced) == (int(is_good), int(not is_good))
    if is_good:
        assert world.jobs()[key][0] == "checked"
        assert checked_otherwise(world.connection, world.bucket) == {"parts": 0, "read": 1}
    else:
        assert world.jobs()[key][0] == "needs you"
        assert "not those that were proven" in world.jobs()[key][1]
    assert checker.read_back().looked == 0


@pytest.mark.parametrize("call", ["b2_list_file_names", "b2_list_file_versions"])
def test_a_listing_that_fails_takes_nothing_away(world, server, stranger, sent, call):
    stranger.hide_file("originals/M/0.JPG")
    server.faults.add(FaultKind.PORTAL, call, times=9)
    summary = look(world, server)
    assert isinstance(summary.problem, CloudUnreachable)
    assert (set(world.states()), found(summary)) == ({"checked"}, (0, 0, 0))


LOOK = Look(1, "k", 10, "a" * 40, "ours", 0)
objects = st.builds(
    StoredObject,
    key=st.just("k"),
    size=st.sampled_from([10, 11]),
    sha1=st.sampled_from(["a" * 40, "b" * 40, ""]),
    verified=st.booleans(),
    file_id=st.sampled_from(["ours", "theirs", "other"]),
    uploaded_at=st.just(0.0),
)


@given(visible=st.none() | objects, beneath=st.lists(objects, max_size=3))
def test_nothing_is_called_checked_but_our_content_by_the_services_word_or_our_own_version(visible, beneath):
    every = [*([visible] if visible else []), *beneath]
    fate, one = fate_of(LOOK, visible, every)
    alike = [each for each in every if (each.size, each.sha1) == (10, "a" * 40)]
    trusted = [each for each in alike if each.verified or each.file_id == "ours"]
    assert (fate is Fate.CHECKED) == (visible in trusted)
    assert (fate in (Fate.HIDDEN, Fate.COVERED)) == (visible not in trusted and bool(trusted))
    assert (fate in (Fate.VANISHED, Fate.HIDDEN)) == (visible is None)
    assert (one in alike) == (fate not in (Fate.VANISHED, Fate.TAKEN))
    assert (fate is Fate.DOUBTFUL) == (not trusted and visible in alike)
