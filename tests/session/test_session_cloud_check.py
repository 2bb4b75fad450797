"""What a photographer is told when the bucket does not hold any more what it held: by each command, and by its code."""

import sqlite3
from contextlib import closing

import pytest
from b2sdk.v3 import B2Api, InMemoryAccountInfo
from studio import BUCKET, Studio, cloud_at

from ingest.cloud.loopback import CAPABILITIES
from ingest.errors import Exit


@pytest.fixture
def sent(tmp_path, server):
    studio = Studio(tmp_path, extra=cloud_at(server.url))
    studio.shoot(6)
    assert studio.ingest("--shoot", "Meyer").level == "safe"
    assert studio.run("cloud", "run", "--json").last["checked"] == 6
    return studio


@pytest.fixture
def stranger(server):
    """The bucket as another program sees it, with a key that may do everything."""
    key_id, key = server.new_key((*CAPABILITIES, "deleteFiles"))
    api = B2Api(InMemoryAccountInfo())
    api.authorize_account(key_id, key, realm=server.url)
    return api.get_bucket_by_name(BUCKET)


def harm(studio, bucket):
    """One object is deleted, one hidden, one gets something put over it."""
    gone, hidden, covered = (key for (key,) in studio.ask("SELECT key FROM upload_job ORDER BY key LIMIT 3"))
    for version in list(bucket.list_file_versions(gone)):
        bucket.api.delete_file_version(version.id_, gone)
    bucket.hide_file(hidden)
    bucket.upload_bytes(b"something else", covered)
    return gone, hidden, covered


def a_month_passes(studio):
    with closing(sqlite3.connect(studio.home / "ledger.sqlite")) as ledger, ledger:
        ledger.execute("UPDATE upload_job SET checked_at = checked_at - 40 * 86400")


def test_a_bucket_that_holds_everything_is_told_with_code_0(sent):
    run = sent.run("cloud", "check", "--json")
    assert (run.code, run.last["looked_at"], run.last["checked"]) == (Exit.OK, 6, 6)
    assert "6 of 6 files lie there as they were sent" in sent.run("cloud", "check").out


def test_a_check_tells_vanished_hidden_and_replaced_objects_apart_and_ends_with_code_18(sent, stranger):
    gone, hidden, covered = harm(sent, stranger)
    run = sent.run("cloud", "check", "--json")
    assert run.code == Exit.CARE_FAILED
    told = {name: run.last[name] for name in ("looked_at", "checked", "vanished", "hidden", "replaced")}
    assert told == {"looked_at": 6, "checked": 3, "vanished": 1, "hidden": 1, "replaced": 1}
    assert [line["key"] for line in run.events("upload_postponed")] == [gone]
    assert {line["key"]: line["reason"].split()[0] for line in run.events("upload_needs_you")} == {
        hidden: "somebody",
        covered: "something",
    }
    status = sent.run("cloud", "status").out
    assert "needs you (2 of 6: so" in status
    assert "waiting 1" in status
    assert "needs you (2 of 6" in sent.run("status", "Meyer").out
    assert sent.run("status", "Meyer", "--json").events("shoot")[0]["cloud"]["counts"]["again"] == 1


def test_what_vanished_alone_is_said_of_the_shoot_until_it_is_there_again(sent, stranger):
    [[key]] = sent.ask("SELECT key FROM upload_job ORDER BY key LIMIT 1")
    for version in list(stranger.list_file_versions(key)):
        stranger.api.delete_file_version(version.id_, key)
    screen = sent.run("cloud", "check").out
    assert "VANISHED" in screen
    assert "safelight cloud run" in screen
    assert "5 of 6 sent, 1 gone from the bucket and to be sent again" in sent.run("status", "Meyer").out
    assert sent.run("cloud", "run", "--json").last["sent"] == 1
    assert "in the cloud (checked" in sent.run("status", "Meyer").out


def test_a_run_a_month_later_heals_what_it_may_and_does_not_end_as_if_nothing_had_been(sent, stranger):
    harm(sent, stranger)
    a_month_passes(sent)
    run = sent.run("cloud", "run", "--json")
    assert run.code == Exit.CLOUD_REFUSED  # two need a person
    told = {name: run.last[name] for name in ("sent", "checked", "vanished", "hidden", "replaced", "needs_you")}
    assert told == {"sent": 1, "checked": 4, "vanished": 1, "hidden": 1, "replaced": 1, "needs_you": 2}


def test_a_run_that_finds_objects_gone_and_sends_them_again_ends_with_code_18(sent, stranger):
    [[key]] = sent.ask("SELECT key FROM upload_job ORDER BY key LIMIT 1")
    for version in list(stranger.list_file_versions(key)):
        stranger.api.delete_file_version(version.id_, key)
    a_month_passes(sent)
    run = sent.run("cloud", "run")
    assert run.code == Exit.CARE_FAILED
    assert "1 file had VANISHED from the bucket" in run.out


def test_a_night_that_finds_the_bucket_wanting_has_failed_and_says_in_what(sent, stranger):
    harm(sent, stranger)
    a_month_passes(sent)
    night = sent.run("nightly", "--json")
    [step] = [line for line in night.events("step") if line["step"] == "cloud"]
    assert step["outcome"] == "FAILED"
    assert "1 found vanished there, 1 found hidden there, 1 found replaced there" in step["words"]


def test_without_a_bucket_there_is_nothing_to_check(tmp_path):
    assert Studio(tmp_path).run("cloud", "check").code == Exit.CONFIG
