"""What a shell suggests, asked by a real bash."""

import subprocess
import sys

import pytest
import typer.main

from ingest.cli.completing import FILES, FOLDERS, found, script
from ingest.cli.main import program

COMMAND = typer.main.get_command(program())


def suggested(*words):
    return [value for value, _ in found(COMMAND, words[:-1], words[-1])]


def test_verbs_sub_verbs_and_options_are_those_of_the_program():
    assert set(suggested("")) == set(COMMAND.commands)
    assert suggested("--home", "x", "cloud", "re") == ["resume", "retry"]
    assert suggested("catch-up", "--d") == ["--dry-run"]
    assert suggested("no-such-verb", "") == list(COMMAND.commands)


def test_the_shell_is_asked_for_folders_and_files_where_it_knows_them():
    assert suggested("ingest", "/me") == [FOLDERS]
    assert suggested("restore", "Meyer", "--to", "") == [FOLDERS]
    assert suggested("audit", "") == [FILES]
    assert suggested("audit", "--kind", "l") == ["lightroom"]


def test_shoots_come_from_the_ledger_and_places_from_the_settings(studio, monkeypatch):
    monkeypatch.setenv("SAFELIGHT_HOME", str(studio.home))
    assert suggested("status", "") == []  # no ledger yet, and none is made
    assert not (studio.home / "ledger.sqlite").exists()
    studio.shoot(1)
    assert studio.run("ingest", studio.card, "--shoot", "Meyer wedding").code == 0
    monkeypatch.setenv("SAFELIGHT_HOME", str(studio.home))
    assert suggested("status", "mey") == ["Meyer wedding"]
    assert suggested("status", "--json", "Meyer wedding", "") == []
    assert suggested("repair", "Meyer wedding", "M") == ["Meyer wedding"]
    assert suggested("verify", "--at", "") == ["ssd", "nas"]
    assert suggested("restore", "Meyer wedding", "--from", "") == ["cloud", "ssd", "nas"]


def test_a_broken_ledger_suggests_nothing_and_says_nothing(studio, monkeypatch):
    (studio.home / "ledger.sqlite").write_bytes(b"no ledger at all" * 100)
    monkeypatch.setenv("_SAFELIGHT_COMPLETE", "status\n")
    run = studio.run("ingest")  # whatever its arguments are: a shell asks, so nothing is run
    assert (run.code, run.out, run.err) == (0, "", "")


def in_bash(tmp_path, typed, home):
    """What a real bash replies when TAB is pressed behind `typed`."""
    (tmp_path / "safelight").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m ingest.cli.main "$@"\n')
    (tmp_path / "safelight").chmod(0o755)
    (tmp_path / "script").write_text(script("bash"))
    # The words are split as readline splits them, quotes kept.
    driver = f'''
source "{tmp_path}/script"
compopt() {{ :; }}  # bash has it while TAB is pressed only
complete -p safelight
eval "COMP_WORDS=(safelight "$1")"
COMP_CWORD=$(( ${{#COMP_WORDS[@]}} - 1 ))
$(complete -p safelight | sed "s/.*-F \\([^ ]*\\) .*/\\1/")
printf "%s\\n" "${{COMPREPLY[@]}}"
'''
    words = " ".join(f"'{word}'" for word in typed)
    done = subprocess.run(
        ["bash", "--norc", "-c", driver, "bash", words],
        env={"PATH": f"{tmp_path}:/usr/bin:/bin", "SAFELIGHT_HOME": str(home), "PYTHONPATH": ":".join(sys.path)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert not done.stderr
    first, *replies = done.stdout.splitlines()
    assert first == "complete -F _safelight safelight"
    return replies


def test_a_real_bash_completes_verbs_and_quotes_a_shoot_as_it_was_begun(studio, tmp_path, monkeypatch):
    studio.shoot(1)
    assert studio.run("ingest", studio.card, "--shoot", "Meyer wedding").code == 0
    assert in_bash(tmp_path, ["cloud", "re"], studio.home) == ["resume", "retry"]
    assert in_bash(tmp_path, ["status", "Mey"], studio.home) == ["Meyer\\ wedding"]
    assert in_bash(tmp_path, ["status", "Meyer\\ w"], studio.home) == ["Meyer\\ wedding"]
    assert in_bash(tmp_path, ["status", '"Meyer w'], studio.home) == ["Meyer wedding"]
    assert in_bash(tmp_path, ["check", f"{tmp_path}/ho"], studio.home) == [str(studio.home)]
    assert len(in_bash(tmp_path, [""], studio.home)) == len(COMMAND.commands)


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_for_each_shell_is_printed(studio, shell):
    run = studio.run("completion", shell)
    assert (run.code, run.out) == (0, script(shell))
    assert "_SAFELIGHT_COMPLETE" in run.out


def test_a_shell_without_a_script_is_told_which_have_one(studio):
    run = studio.run("completion", "tcsh")
    assert run.code == 2
    assert "bash, zsh, fish" in run.err
