"""`safelight cloud setup` as it is typed, through the real client library and real HTTP."""

import getpass
import sys

import keyring.errors
import pytest
from b2sdk.v3 import SSE_NONE, BucketRetentionSetting, RetentionMode, RetentionPeriod
from keychains import Keychain, PlaintextKeyring

from ingest.cloud.loopback import CAPABILITIES, LoopbackB2
from ingest.cloud.loopback_faults import FaultKind
from ingest.cloud.round_trip import TEXT

OWNER = (*CAPABILITIES, "writeBuckets", "writeBucketRetentions", "writeBucketEncryption")
KEY = "originals/.safelight/setup/test.txt"


class Terminal:
    """Somebody at a keyboard: answers by the beginning of the question, and what was asked."""

    def __init__(self, monkeypatch):
        self.asked, self.answers, self.hidden = [], {}, ""
        monkeypatch.setattr(sys, "stdin", self)
        monkeypatch.setattr("builtins.input", self._answer)
        monkeypatch.setattr(getpass, "getpass", self._answer_unseen)

    def isatty(self):
        return True

    def _answer(self, question):
        self.asked.append(question)
        return next((answer for begin, answer in self.answers.items() if question.startswith(begin)), "")

    def _answer_unseen(self, question):
        self.asked.append(question)
        return self.hidden


@pytest.fixture
def server(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with LoopbackB2("my-archive") as running:
        yield running


@pytest.fixture
def cloud(studio, server, monkeypatch):
    """A studio whose settings name the bucket, with the documented key in the environment."""
    return configured(studio, server, monkeypatch, (server.key_id, server.key))


def with_key(monkeypatch, key):
    monkeypatch.setenv("B2_APPLICATION_KEY_ID", key[0])
    monkeypatch.setenv("B2_APPLICATION_KEY", key[1])


def configured(studio, server, monkeypatch, key, *lines):
    with_key(monkeypatch, key)
    table = f'[cloud]\nkind = "b2"\nbucket = "{server.bucket}"\nrealm = "{server.url}"\n'
    studio.configure(extra=table + "".join(f"{line}\n" for line in lines))
    return studio


def setup(studio, *words):
    return studio.run("cloud", "setup", "--json", *words)


def bucket_of(server):
    return server.simulator.bucket_id_to_bucket[server.bucket_id]


def held(server):
    """Everything in the bucket: name -> how many versions."""
    names = [name for name, _ in bucket_of(server).file_name_and_id_to_file]
    return {name: names.count(name) for name in names}


def levels(run):
    return {finding["level"] for finding in run.events("finding")}


def texts(run, level):
    return [finding["text"] for finding in run.events("finding") if finding["level"] == level]


def test_the_documented_key_and_a_sound_bucket_are_good_and_a_file_went_there_and_back(cloud, server):
    run = setup(cloud)
    assert run.code == 0
    assert levels(run) == {"good", "offer"}
    assert (run.last["stops"], run.last["warnings"], run.last["round_trip"]) == (0, 0, "sent")
    assert held(server) == {KEY: 1}
    [stored] = bucket_of(server).file_id_to_file.values()
    assert stored.data_bytes == TEXT


def test_a_second_setup_finds_the_file_and_sends_nothing(cloud, server):
    assert setup(cloud).code == 0
    sent = server.faults.calls("b2_upload_file")
    run = setup(cloud)
    assert (run.code, run.last["round_trip"]) == (0, "was there")
    assert server.faults.calls("b2_upload_file") == sent
    assert held(server) == {KEY: 1}


def test_for_people_it_says_what_is_good_and_that_the_bucket_may_hold_the_copies(cloud):
    run = cloud.run("cloud", "setup")
    assert run.code == 0
    assert "cannot delete" in run.out
    assert "-> To lock new files for 90 days: safelight cloud setup --lock 90" in run.out
    assert run.out.splitlines()[-1].endswith("my-archive can hold your third copies.")


def test_warnings_keep_exit_code_0_and_are_told(studio, server, monkeypatch):
    bucket_of(server).lifecycle_rules = [{"fileNamePrefix": "", "daysFromHidingToDeleting": 1}]
    bucket_of(server).bucket_type = "allPublic"
    configured(studio, server, monkeypatch, server.new_key((*CAPABILITIES, "deleteFiles")))
    run = setup(studio)
    assert (run.code, run.last["warnings"]) == (0, 3)
    assert {finding["what"] for finding in run.events("finding") if finding["level"] == "warn"} == {
        "key", "bucket", "rules",
    }  # fmt: skip


def test_a_rule_that_hides_what_was_sent_stops_it_and_nothing_is_sent(cloud, server):
    rules = [{"fileNamePrefix": "", "daysFromUploadingToHiding": 30, "daysFromHidingToDeleting": 1}]
    bucket_of(server).lifecycle_rules = rules
    run = setup(cloud, "--lock", "90", "--encrypt", "--yes")
    assert (run.code, run.last["round_trip"], run.last["undone"]) == (16, "", ["encryption", "lock"])
    assert "hides each file 30 days after it was sent" in texts(run, "stop")[0]
    assert held(server) == {}
    assert bucket_of(server).lifecycle_rules == rules
    people = cloud.run("cloud", "setup")
    assert people.code == 16
    assert people.out.endswith("Send nothing to my-archive before that is mended.\n")


def test_a_rule_for_other_names_than_ours_stops_nothing(cloud, server):
    bucket_of(server).lifecycle_rules = [{"fileNamePrefix": "tmp/", "daysFromUploadingToHiding": 1}]
    assert setup(cloud).code == 0


@pytest.mark.parametrize("lacking", ["listBuckets", "listFiles", "readFiles", "writeFiles"])
def test_a_key_that_lacks_what_uploads_need_stops_it(studio, server, monkeypatch, lacking):
    key = server.new_key([name for name in CAPABILITIES if name != lacking])
    run = setup(configured(studio, server, monkeypatch, key))
    assert run.code == 16
    assert any(lacking in text for text in texts(run, "stop"))
    assert held(server) == {}


def test_a_key_for_another_prefix_stops_it_and_one_for_ours_does_not(studio, server, monkeypatch):
    run = setup(configured(studio, server, monkeypatch, server.new_key(CAPABILITIES, prefix="videos/")))
    assert (run.code, held(server)) == (16, {})
    run = setup(configured(studio, server, monkeypatch, server.new_key(CAPABILITIES, prefix="originals/")))
    assert (run.code, held(server)) == (0, {KEY: 1})


def test_what_the_key_may_not_see_is_told_as_not_known(studio, server, monkeypatch):
    key = server.new_key(["listBuckets", "listFiles", "readFiles", "writeFiles"])
    run = setup(configured(studio, server, monkeypatch, key))
    assert run.code == 0
    assert [text[:9] for text in texts(run, "warn")] == ["not known", "not known"]


def test_a_file_that_comes_back_changed_stops_it(cloud, server):
    assert setup(cloud).code == 0
    [stored] = bucket_of(server).file_id_to_file.values()
    stored.data_bytes = TEXT[:-2] + b"!\n"
    run = setup(cloud)
    assert run.code == 16
    assert texts(run, "stop") == [f"{KEY}: Other bytes came back from the bucket than were sent"]


def test_a_service_that_is_away_is_no_fault_of_the_bucket(cloud, server, monkeypatch):
    monkeypatch.setattr("ingest.cloud.b2.rest", lambda *_: None)
    server.faults.add(FaultKind.UNAVAILABLE, "b2_upload_file", times=99)
    run = setup(cloud)
    assert (run.code, run.last["type"], run.last["retriable"]) == (17, "error", True)


# --- the lock and the encryption ---


def test_without_object_lock_the_way_to_it_is_told_and_nothing_is_changed(studio, server, monkeypatch):
    run = setup(configured(studio, server, monkeypatch, server.new_key(OWNER)), "--lock", "90", "--yes")
    assert (run.code, run.last["undone"]) == (16, ["lock"])
    [told] = [finding for finding in run.events("finding") if finding["what"] == "lock"]
    assert "has no Object Lock" in told["text"]
    assert "Enable Object Lock on this bucket" in told["todo"]
    assert "--default-retention-mode governance --default-retention-period '90 days' my-archive" in told["todo"]
    assert not bucket_of(server).is_file_lock_enabled


def test_new_files_are_locked_by_governance_once_it_was_agreed_to(studio, server, monkeypatch):
    bucket_of(server).is_file_lock_enabled = True
    configured(studio, server, monkeypatch, server.new_key(OWNER))
    run = setup(studio, "--lock", "90")  # nobody agreed
    assert (run.code, bucket_of(server).default_retention.mode) == (16, RetentionMode.NONE)
    run = setup(studio, "--lock", "90", "--yes")
    assert (run.code, run.last["undone"]) == (0, [])
    assert bucket_of(server).default_retention == governance(90)
    assert any("locked for 90 days (governance" in text for text in texts(run, "good"))


@pytest.mark.parametrize(("answer", "code"), [("90", 0), ("9", 16), ("yes", 16), ("", 16)])
def test_on_a_terminal_the_days_are_typed_after_what_they_mean_was_read(studio, server, monkeypatch, answer, code):
    bucket_of(server).is_file_lock_enabled = True
    configured(studio, server, monkeypatch, server.new_key(OWNER))
    terminal = Terminal(monkeypatch)
    terminal.answers["Type 90"] = answer
    run = studio.run("cloud", "setup", "--lock", "90")
    assert run.code == code, run.out
    assert "cannot be deleted or changed" in run.out
    assert "$6.95 a month for each TB" in run.out
    assert bucket_of(server).default_retention == (governance(90) if code == 0 else nothing())


def test_a_longer_lock_is_never_made_shorter_and_a_compliance_lock_is_left_alone(studio, server, monkeypatch):
    bucket = bucket_of(server)
    bucket.is_file_lock_enabled, bucket.default_retention = True, governance(30)
    configured(studio, server, monkeypatch, server.new_key(OWNER))
    assert setup(studio, "--lock", "120", "--yes").code == 0
    assert bucket.default_retention == governance(120)
    assert setup(studio, "--lock", "90", "--yes").code == 0
    assert bucket.default_retention == governance(120)
    compliance = BucketRetentionSetting(RetentionMode.COMPLIANCE, RetentionPeriod(days=30))
    bucket.default_retention = compliance
    run = setup(studio, "--lock", "90", "--yes")
    assert (run.code, bucket.default_retention) == (16, compliance)
    assert any("compliance mode for 30 days" in text for text in texts(run, "warn"))


def test_a_key_that_may_not_lock_or_encrypt_is_told_what_to_click(cloud, server):
    bucket = bucket_of(server)
    bucket.is_file_lock_enabled, bucket.default_server_side_encryption = True, SSE_NONE
    run = setup(cloud, "--lock", "30", "--encrypt", "--yes")
    assert (run.code, run.last["undone"]) == (16, ["encryption", "lock"])
    assert {"not done: the key lacks writeBucketRetentions", "not done: the key lacks writeBucketEncryption"} == set(
        texts(run, "warn")
    )
    [way] = [finding["todo"] for finding in run.events("finding") if finding["what"] == "lock"]
    assert "b2 bucket update" in way
    assert "Enable Object Lock" not in way  # it is
    assert run.last["round_trip"] == "sent"
    assert (bucket.default_retention, bucket.default_server_side_encryption) == (nothing(), SSE_NONE)


def test_a_change_that_the_service_refuses_is_told_with_the_way(studio, server, monkeypatch):
    bucket_of(server).is_file_lock_enabled = True
    key = server.new_key([name for name in OWNER if name != "writeBuckets"])
    run = setup(configured(studio, server, monkeypatch, key), "--lock", "30", "--yes")
    assert run.code == 16
    assert "not done: the key lacks writeBuckets" in texts(run, "warn")
    assert bucket_of(server).default_retention == nothing()


def test_encryption_is_switched_on_and_asked_for_once(studio, server, monkeypatch):
    bucket_of(server).default_server_side_encryption = SSE_NONE
    configured(studio, server, monkeypatch, server.new_key(OWNER))
    assert any("--encrypt" in finding["todo"] for finding in setup(studio).events("finding"))
    assert setup(studio, "--encrypt").code == 0
    changes = server.faults.calls("b2_update_bucket")
    assert setup(studio, "--encrypt").code == 0
    assert server.faults.calls("b2_update_bucket") == changes == 1


def governance(days):
    return BucketRetentionSetting(RetentionMode.GOVERNANCE, RetentionPeriod(days=days))


def nothing():
    return BucketRetentionSetting(RetentionMode.NONE)


# --- the table of the settings ---


def test_without_a_table_it_is_printed_and_the_file_is_not_touched(studio, server, monkeypatch):
    with_key(monkeypatch, (server.key_id, server.key))
    before = (studio.home / "config.toml").read_bytes()
    run = setup(studio, "--bucket", "my-archive", "--realm", server.url)
    assert (run.code, run.last["table_added"]) == (0, False)
    assert '[cloud]\nkind = "b2"' in run.last["table"]
    assert (studio.home / "config.toml").read_bytes() == before
    assert studio.run("cloud", "status").code == 4


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("cut", [0, 1])
def test_with_yes_the_table_is_added_and_every_byte_before_it_stays(studio, server, monkeypatch, ending, cut):
    with_key(monkeypatch, (server.key_id, server.key))
    config = studio.home / "config.toml"
    text = f"# mine: ä\n{config.read_text(encoding='utf-8')}# the end\n"
    before = text.replace("\n", ending).encode()
    before = before[: len(before) - cut * len(ending)]
    config.write_bytes(before)
    config.chmod(0o600)
    run = setup(studio, "--bucket", "my-archive", "--realm", server.url, "--prefix", "photos/", "--yes")
    assert (run.code, run.last["table_added"], run.last["prefix"]) == (0, True, "photos/")
    after = config.read_bytes()
    assert after.startswith(before)
    assert after[len(before) :].count(b"\r\n") == (after[len(before) :].count(b"\n") if ending == "\r\n" else 0)
    assert config.stat().st_mode & 0o777 == 0o600
    assert list(studio.home.glob(".safelight-*")) == []
    assert studio.run("cloud", "status").code == 0
    again = setup(studio)
    assert (again.code, again.last["table"], again.last["round_trip"]) == (0, "", "was there")


def test_settings_that_are_a_link_stay_one(studio, server, monkeypatch):
    with_key(monkeypatch, (server.key_id, server.key))
    config, kept = studio.home / "config.toml", studio.base / "dotfiles.toml"
    config.rename(kept)
    config.symlink_to(kept)
    assert setup(studio, "--bucket", "my-archive", "--realm", server.url, "--yes").code == 0
    assert config.is_symlink()
    assert "[cloud]" in kept.read_text(encoding="utf-8")


def test_on_a_terminal_the_table_is_added_when_agreed_to_and_only_then(studio, server, monkeypatch):
    with_key(monkeypatch, (server.key_id, server.key))
    terminal = Terminal(monkeypatch)
    words = ("cloud", "setup", "--bucket", "my-archive", "--realm", server.url)
    run = studio.run(*words)
    assert (run.code, len(terminal.asked)) == (0, 1)
    assert "[cloud]" in run.out
    assert "[cloud]" not in (studio.home / "config.toml").read_text(encoding="utf-8")
    terminal.answers["Add it"] = "y"
    assert studio.run(*words).code == 0
    assert "[cloud]" in (studio.home / "config.toml").read_text(encoding="utf-8")


def test_a_table_for_an_unfit_bucket_is_not_added_whatever_was_agreed(studio, server, monkeypatch):
    with_key(monkeypatch, (server.key_id, server.key))
    bucket_of(server).lifecycle_rules = [{"fileNamePrefix": "", "daysFromUploadingToHiding": 30}]
    before = (studio.home / "config.toml").read_bytes()
    run = setup(studio, "--bucket", "my-archive", "--realm", server.url, "--yes")
    assert (run.code, run.last["table_added"]) == (16, False)
    assert (studio.home / "config.toml").read_bytes() == before


def test_settings_that_change_meanwhile_are_not_overwritten(studio, server, monkeypatch):
    with_key(monkeypatch, (server.key_id, server.key))
    config = studio.home / "config.toml"
    terminal = Terminal(monkeypatch)

    def edited(question):
        with config.open("a", encoding="utf-8") as file:
            file.write("# edited\n")
        return "y"

    monkeypatch.setattr("builtins.input", edited)
    run = studio.run("cloud", "setup", "--bucket", "my-archive", "--realm", server.url)
    assert (run.code, terminal.asked) == (4, [])
    assert "changed meanwhile" in run.err
    assert config.read_text(encoding="utf-8").endswith("# edited\n")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "name no bucket"),
        (("--bucket", "b2-not"), "must be the bucket's name"),
        (("--bucket", "my-archive", "--prefix", "/x"), "folders that end in /"),
        (("--bucket", "my-archive", "--realm", "http://elsewhere.example"), "https://"),
    ],
)
def test_what_cannot_be_a_table_is_a_mistake_of_the_command_line(studio, server, words, said):
    run = setup(studio, *words)
    assert (run.code, run.last["type"]) == (2, "error")
    assert said in run.last["message"]


def test_another_bucket_than_that_of_the_settings_is_not_looked_at(cloud, server):
    run = setup(cloud, "--bucket", "other-archive")
    assert (run.code, server.faults.calls("b2_authorize_account")) == (2, 0)
    assert setup(cloud, "--bucket", "my-archive").code == 0


# --- the key ---


def test_without_a_key_and_without_somebody_to_ask_it_says_where_to_put_one(studio, server, monkeypatch):
    configured(studio, server, monkeypatch, ("", ""))
    for words in (("--json",), ("--no-input",), ()):
        run = studio.run("cloud", "setup", *words)
        assert run.code == 16
        assert "B2_APPLICATION_KEY_ID" in run.out + run.err


def test_a_key_that_was_typed_is_tried_and_kept_in_the_keychain_when_agreed_to(studio, server, monkeypatch, keychain):
    backend = keychain(Keychain())
    configured(studio, server, monkeypatch, ("", ""))
    terminal = Terminal(monkeypatch)
    terminal.answers, terminal.hidden = {"Key ID": f" {server.key_id} ", "Keep the key": "y"}, f"{server.key}\n"
    run = studio.run("cloud", "setup")
    assert run.code == 0, run.err
    assert backend.entries == {("safelight-b2:my-archive", "application-key"): f"{server.key_id}:{server.key}"}
    assert server.key not in run.out + run.err
    terminal.asked.clear()
    assert studio.run("cloud", "setup").code == 0  # found in the keychain now
    assert terminal.asked == []


def test_a_typed_key_that_was_not_to_be_kept_is_nowhere(studio, server, monkeypatch, keychain):
    backend = keychain(Keychain())
    configured(studio, server, monkeypatch, ("", ""))
    terminal = Terminal(monkeypatch)
    terminal.answers, terminal.hidden = {"Key ID": server.key_id}, server.key
    run = studio.run("cloud", "setup")
    assert (run.code, backend.entries) == (0, {})
    assert "kept nowhere" in run.out


def test_a_wrong_key_is_never_kept(studio, server, monkeypatch, keychain):
    backend = keychain(Keychain())
    configured(studio, server, monkeypatch, ("", ""))
    terminal = Terminal(monkeypatch)
    terminal.answers, terminal.hidden = {"Key ID": server.key_id, "Keep the key": "y"}, "not-this-one"
    run = studio.run("cloud", "setup", "--save-key")
    assert (run.code, backend.entries) == (16, {})
    assert "not-this-one" not in run.out + run.err


@pytest.mark.parametrize("hidden", ["", "short", "two words", "pässword"])
def test_what_is_no_key_is_not_sent_anywhere(studio, server, monkeypatch, keychain, hidden):
    keychain(Keychain())
    configured(studio, server, monkeypatch, ("", ""))
    terminal = Terminal(monkeypatch)
    terminal.answers, terminal.hidden = {"Key ID": server.key_id}, hidden
    assert studio.run("cloud", "setup").code == 16
    assert server.faults.calls("b2_authorize_account") == 0


def test_the_key_of_the_environment_goes_into_the_keychain_by_save_key(cloud, server, keychain):
    backend = keychain(Keychain())
    run = setup(cloud, "--save-key")
    assert (run.code, run.last["key_kept"]) == (0, True)
    assert list(backend.entries.values()) == [f"{server.key_id}:{server.key}"]


@pytest.mark.parametrize(
    "backend", [PlaintextKeyring(), Keychain(unwritten=keyring.errors.PasswordSetError("locked")), None]
)
def test_a_keychain_in_plain_text_a_locked_one_and_none_at_all_take_no_key(cloud, server, keychain, backend):
    if backend is not None:
        keychain(backend)
    run = setup(cloud, "--save-key")
    assert (run.code, run.last["key_kept"], run.last["undone"]) == (16, False, ["key"])
    assert getattr(backend, "entries", {}) == {}
    assert server.key not in run.out


def test_the_doctor_tells_the_same_warnings_and_stops_for_the_same_reasons(cloud, server):
    bucket_of(server).lifecycle_rules = [{"fileNamePrefix": "", "daysFromHidingToDeleting": 1}]
    run = cloud.run("doctor", "--json")
    [rule] = [finding for finding in run.events("finding") if finding["what"] == "cloud rules"]
    assert (run.code, rule["level"]) == (0, "note")
    assert rule["text"] in texts(setup(cloud), "warn")
    bucket_of(server).lifecycle_rules = [{"fileNamePrefix": "", "daysFromUploadingToHiding": 1}]
    run = cloud.run("doctor", "--json")
    [problem] = [finding for finding in run.events("finding") if finding["what"] == "cloud"]
    assert (run.code, problem["level"]) == (16, "problem")
    assert texts(setup(cloud), "stop") == [problem["text"]]


def test_a_third_copy_elsewhere_than_at_b2_is_sent_to_the_doctor(studio, tmp_path):
    studio.configure(extra=f'[cloud]\nkind = "folder"\nbucket = "the-drive"\npath = "{tmp_path / "away"}"\n')
    run = studio.run("cloud", "setup")
    assert run.code == 2
    assert "the settings say folder" in run.err
    assert "safelight doctor" in run.err
