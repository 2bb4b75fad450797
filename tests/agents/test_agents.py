"""The files that hand a command to the system, each read back by what reads it there or by its rules."""

import os
import plistlib
import re
import shutil
import subprocess
import sys
from datetime import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ingest.agents import launchd, systemd, windows
from ingest.agents.agent import Agent

ODD = ("/opt/py thon3", "-m", 'a"b', "c\\d", "100%", "$HOME", "é &<x>", "")
words = st.text(st.characters(blacklist_categories=("Cc", "Cs")), max_size=12)
TASK = "{http://schemas.microsoft.com/windows/2004/02/mit/task}"


def nightly(command=ODD, at=time(2, 30)):
    return Agent("nightly", "what is done each night", tuple(command), at)


def by_systemd(line):
    """The words of an ExecStart line, by the rules of systemd.service(5): quotes, backslashes, %% and $$."""
    found = []
    for quoted in re.findall(r'"((?:[^"\\]|\\.)*)"', line):
        plain = re.sub(r"\\(.)", r"\1", quoted)
        assert not re.search(r"(?<!%)%(?:%%)*(?!%)", plain), "a specifier"
        plain = plain.replace("%%", "%")
        found.append(plain.replace("$$", "$") if found else plain)  # of the program itself no variable is made
    return tuple(found)


def by_windows(text):
    """The words of a command line, by the rules of CommandLineToArgvW."""
    found, at = [], 0
    while at < len(text):
        while at < len(text) and text[at] == " ":
            at += 1
        word, inside, slashes, began = "", False, 0, at
        while at < len(text) and (inside or text[at] != " "):
            if text[at] == "\\":
                slashes += 1
            elif text[at] == '"':
                word += "\\" * (slashes // 2)
                if slashes % 2:
                    word += '"'
                else:
                    inside = not inside
                slashes = 0
            else:
                word += "\\" * slashes + text[at]
                slashes = 0
            at += 1
        word += "\\" * slashes
        if at > began:
            found.append(word)
    return tuple(found)


@given(st.lists(words, max_size=5))
def test_systemd_starts_the_very_command_whatever_its_words(command):
    command = ["/opt/100% py $thon", *command]
    service = systemd.files(nightly(command))[0].data.decode()
    [line] = [line for line in service.splitlines() if line.startswith("ExecStart=")]
    assert by_systemd(line.removeprefix("ExecStart=")) == tuple(command)


@given(st.lists(words, min_size=1, max_size=5))
def test_launchd_starts_the_very_command_whatever_its_words(command):
    [file] = launchd.files(nightly(command))
    assert plistlib.loads(file.data)["ProgramArguments"] == list(command)


@given(st.lists(words.filter(lambda word: "%" not in word), min_size=1, max_size=5))
def test_windows_starts_the_very_command_whatever_its_words(command):
    [file] = windows.files(nightly(command))
    action = etree.fromstring(file.data).find(f"{TASK}Actions/{TASK}Exec")
    assert action.findtext(f"{TASK}Command") == command[0]
    assert by_windows(action.findtext(f"{TASK}Arguments") or "") == tuple(command[1:])


def test_a_night_that_was_slept_through_is_made_up_for_on_each_system():
    timer = systemd.files(nightly())[1].data.decode()
    assert "OnCalendar=*-*-* 02:30:00\n" in timer
    assert "Persistent=true\n" in timer
    [plist] = launchd.files(nightly())
    assert plistlib.loads(plist.data)["StartCalendarInterval"] == {"Hour": 2, "Minute": 30}
    task = etree.fromstring(windows.files(nightly(("py",)))[0].data)
    assert task.findtext(f"{TASK}Triggers/{TASK}CalendarTrigger/{TASK}StartBoundary") == "2020-01-01T02:30:00"
    assert task.findtext(f"{TASK}Settings/{TASK}StartWhenAvailable") == "true"
    assert task.findtext(f"{TASK}Settings/{TASK}DisallowStartIfOnBatteries") == "false"


def test_what_runs_from_log_in_on_begins_again_when_it_fails():
    watch = Agent("watch", "waits for cards", ("/usr/bin/true",))
    [service] = systemd.files(watch)
    assert {"Restart=on-failure", "WantedBy=default.target"} <= set(service.data.decode().splitlines())
    plist = plistlib.loads(launchd.files(watch)[0].data)
    assert (plist["RunAtLoad"], plist["KeepAlive"]) == (True, {"SuccessfulExit": False})
    task = etree.fromstring(windows.files(watch)[0].data)
    assert task.find(f"{TASK}Triggers/{TASK}LogonTrigger") is not None
    assert task.find(f"{TASK}Settings/{TASK}RestartOnFailure") is not None


@pytest.mark.parametrize("room", [systemd, launchd, windows])
@pytest.mark.parametrize("word", ["a\nExecStart=/bin/evil", "a\0b", "\udcff"])
def test_a_path_that_no_file_can_hold_is_refused(room, word):
    with pytest.raises(ValueError, match=r"control character|Unicode"):
        room.files(nightly(("/usr/bin/true", word)))


@pytest.mark.parametrize("program", ['/a"b/py', "/a'b/py", "/a\\b/py"])
def test_a_program_that_systemd_would_not_start_is_refused(program):
    with pytest.raises(ValueError, match="systemd starts no such program"):
        systemd.files(nightly((program,)))


def test_the_scheduler_of_windows_takes_no_percent_sign():
    with pytest.raises(ValueError, match="holds a %"):
        windows.files(nightly(("py", "C:\\100% mine")))


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd's own systemd-analyze")
def test_systemd_itself_finds_nothing_wrong_with_the_units(tmp_path):
    program = tmp_path / "a folder of $5 and 100%"
    program.mkdir()
    (program / "py").symlink_to(sys.executable)
    agent = nightly((str(program / "py"), "-m", "ingest.cli.main", "nightly", *ODD))
    paths = [tmp_path / file.path for file in systemd.files(agent)]
    for path, file in zip(paths, systemd.files(agent), strict=True):
        path.write_bytes(file.data)
    assert verified(tmp_path, *paths) == []
    bad = tmp_path / "safelight-bad.service"
    bad.write_text("[Service]\nExecStart=/nowhere/at/all\n")
    assert any("/nowhere/at/all" in line for line in verified(tmp_path, bad))


def verified(tmp_path, *units):
    """What systemd says of the units themselves; elsewhere on the machine it may find what it likes."""
    looked = subprocess.run(
        ["systemd-analyze", "verify", "--user", "--man=no", *units],
        env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    said = (looked.stdout + looked.stderr).splitlines()
    assert not [line for line in said if "Failed to initialize manager" in line], said
    return [line for line in said if "safelight" in line or str(tmp_path) in line]
