"""`safelight cloud keygen` at a terminal of its own: shown once, kept only by those who can type its end."""

import shutil

from keychains import Keychain
from sealed_worlds import PRIVATE, PUBLIC
from studio import cloud_at
from terminals import Terminal

IDENTITY = "SAFELIGHT_AGE_IDENTITY"


def keygen(studio, *words):
    return Terminal(studio.home, "cloud", "keygen", *words, NO_COLOR="1")


def key_on(screen):
    [found] = [word for word in screen.split() if word.startswith("AGE-SECRET-KEY-1")]
    return found


def test_a_new_key_is_shown_once_kept_only_when_its_end_was_typed_and_brings_the_photographs_back(
    studio, server, tmp_path, monkeypatch
):
    studio.configure(extra=cloud_at(server.url))
    terminal = keygen(studio)
    terminal.until("Type its last 6 characters")
    assert "NOISE" in terminal.screen
    private = key_on(terminal.screen)
    terminal.answers("WRONG1")
    terminal.until("Type its last 6 characters")
    terminal.answers(private[-6:].lower())
    assert terminal.ends() == 0
    assert terminal.screen.count("AGE-SECRET-KEY") == 1
    assert "no keychain that keeps it" in terminal.screen  # the tests' one keeps nothing
    [line] = [line.strip() for line in terminal.screen.splitlines() if line.startswith("recipients = ")]
    studio.configure(extra=f"{cloud_at(server.url)}encrypt = true\n{line}\n")
    pictures = studio.shoot(2)
    assert studio.ingest("--shoot", "Meyer").level == "safe"
    assert studio.run("cloud", "run").code == 0
    (tmp_path / "back").mkdir()
    for key, code in ((private, 0), ("", 18)):
        monkeypatch.setenv(IDENTITY, key)
        run = studio.run("restore", "Meyer", "--to", tmp_path / "back", "--from", "b2")
        assert run.code == code, run.out
        files = {path.name: path.read_bytes() for path in (tmp_path / "back").rglob("*") if path.is_file()}
        assert files == (pictures if key else {})
        shutil.rmtree(tmp_path / "back" / "2025", ignore_errors=True)
    assert all(private.encode() not in path.read_bytes() for path in studio.base.rglob("*") if path.is_file())


def test_a_key_whose_end_was_never_typed_is_void(studio, server):
    studio.configure(extra=cloud_at(server.url))
    terminal = keygen(studio)
    for _ in range(3):
        terminal.until("Type its last 6 characters")
        terminal.answers("nothing")
    assert terminal.ends() == 2
    assert "recipients = " not in terminal.screen
    assert "kept nowhere" in terminal.screen


def test_a_spare_key_joins_the_recipients_that_are_there(studio, server):
    studio.configure(extra=f'{cloud_at(server.url)}encrypt = true\nrecipients = ["{PUBLIC}"]\n')
    terminal = keygen(studio, "--spare")
    terminal.until("Type its last 6 characters")
    terminal.answers(key_on(terminal.screen)[-6:])
    assert terminal.ends() == 0
    assert f'recipients = ["{PUBLIC}", "age1' in " ".join(terminal.screen.split())
    assert "Kept nowhere on this computer" in terminal.screen


def test_no_key_is_made_where_a_file_would_keep_it(studio, server):
    studio.configure(extra=cloud_at(server.url))
    run = studio.run("cloud", "keygen")
    assert run.code == 2
    assert "AGE-SECRET-KEY" not in run.out + run.err


def test_the_keychain_keeps_the_key_and_the_one_that_it_holds_is_never_replaced(studio, server, keychain, monkeypatch):
    chain = keychain(Keychain())
    monkeypatch.setattr("ingest.cli.do_cloud_keygen.is_terminal", lambda: True)
    monkeypatch.setattr("ingest.cli.do_cloud_keygen.new_identity", lambda: (PUBLIC, PRIVATE))
    monkeypatch.setattr("builtins.input", lambda _words: PRIVATE[-6:])
    studio.configure(extra=cloud_at(server.url))
    run = studio.run("cloud", "keygen")
    assert run.code == 0, run.out
    assert chain.entries == {("safelight-age:archive", "age-identity"): PRIVATE}
    assert "In this computer's keychain" in run.out
    again = studio.run("cloud", "keygen")
    assert (again.code, "nothing was made" in again.err + again.out) == (2, True)
    studio.configure(extra=f'{cloud_at(server.url)}encrypt = true\nrecipients = ["{PUBLIC}"]\n')
    assert studio.run("cloud", "status", "--json").last["cannot_open"] == ""
