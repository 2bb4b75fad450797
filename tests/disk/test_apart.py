"""Questions to places that hang: asked by a child that is killed, and never waited for without a limit."""

import contextlib
import errno
import os
import signal
import subprocess
import sys
import time

import pytest

from ingest.disk.apart import Apart, alive, answers
from ingest.disk.forked import Forked
from ingest.errors import DestinationReadOnly, NoAnswer
from ingest.manifest.errors import HistoryBusy

HOW = pytest.mark.parametrize("how", ["forked", "in_threads"], indirect=True)


@pytest.fixture
def how(request):
    """Both ways to be apart; where there is no fork it is a thread."""
    if request.param == "in_threads":
        request.getfixturevalue("in_threads")


@pytest.fixture
def apart():
    made = Apart("nas", 1)
    yield made
    made.close()


def end():
    os._exit(3)


def double(number):
    return 2 * number


def hang():
    time.sleep(600)


def work(seconds):
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        time.sleep(0.05)
        alive()
    return "done"


def refuse(error):
    raise error


def give(thing):
    return lambda: thing


def held():
    found = {}
    for fd in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):  # the one that listed them
            found[fd] = os.readlink(f"/proc/self/fd/{fd}")
    return found


def is_running(pid):
    """A zombie is none."""
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def ends(pid):
    """Whether it is gone within ten seconds."""
    until = time.monotonic() + 10
    while is_running(pid) and time.monotonic() < until:
        time.sleep(0.01)
    return not is_running(pid)


@HOW
def test_it_answers_one_question_after_the_other_by_the_same_child(how, apart):
    assert [apart.ask(double, number) for number in range(3)] == [0, 2, 4]
    first = apart.pid
    assert apart.ask(os.getpid) == (first or os.getpid())
    assert apart.ask(len, b"x" * 50_000_000) == 50_000_000
    assert apart.pid == first


@HOW
def test_one_that_hangs_is_given_up_after_its_patience(how, apart):
    assert apart.ask(double, 1) == 2
    pid = apart.pid
    with pytest.raises(NoAnswer, match="nas did not answer for 1 s"):
        apart.ask(hang)
    assert pid is None or ends(pid)


@HOW
def test_one_that_shows_life_may_take_longer_than_the_patience(how, apart):
    assert apart.ask(work, 2.5) == "done"


def test_one_that_is_stopped_before_it_takes_the_question_is_given_up_too(apart):
    apart.ask(double, 1)
    os.kill(apart.pid, signal.SIGSTOP)
    with pytest.raises(NoAnswer, match="did not answer for 1 s"):
        apart.ask(len, b"x" * 50_000_000)


@HOW
def test_what_a_question_raises_is_raised_where_it_was_asked(how, apart):
    for error in (
        OSError(errno.ESTALE, "Stale file handle"),
        DestinationReadOnly("nas is mounted read-only", hint="Mount it writable", path="/nas"),
        HistoryBusy("another session"),
    ):
        with pytest.raises(type(error)) as caught:
            apart.ask(refuse, error)
        assert (caught.value.args, caught.value.__dict__) == (error.args, error.__dict__)


class OddError(Exception):
    """Its arguments are not those of its maker."""

    def __init__(self, one, two):
        super().__init__(f"{one} and {two}")


@HOW
def test_what_cannot_be_sent_back_is_told_in_words_and_the_child_goes_on(how, apart):
    with pytest.raises(RuntimeError, match="OddError: this and that"):
        apart.ask(make_and_raise)
    with pytest.raises(AttributeError, match="pickle"):
        apart.ask(give, 1)
    assert apart.ask(double, 1) == 2


def make_and_raise():
    raise OddError("this", "that")


def test_one_that_ended_is_told_and_another_is_made_for_the_next_question(apart):
    with pytest.raises(NoAnswer, match="the process that asked it ended"):
        apart.ask(end)
    assert apart.ask(double, 4) == 8


def test_several_that_hang_cost_one_patience():
    aparts = {name: Apart(name, 4) for name in ("ssd", "hdd", "nas")}
    began = time.monotonic()
    aparts["ssd"].begin(hang)
    aparts["hdd"].begin(double, 2)
    aparts["nas"].begin(hang)
    found = answers(aparts)
    assert time.monotonic() - began < 7.9
    assert [type(found[name]).__name__ for name in aparts] == ["NoAnswer", "int", "NoAnswer"]
    for apart in aparts.values():
        apart.close()


def test_an_answer_that_nobody_waited_for_is_not_taken_for_that_of_the_next_question(apart, monkeypatch):
    apart.ask(double, 1)

    def interrupted(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("ingest.disk.apart.selectors.DefaultSelector.select", interrupted)
        with pytest.raises(KeyboardInterrupt):
            apart.ask(double, 21)
    assert apart.ask(double, 4) == 8


def test_a_child_holds_nothing_that_its_parent_has_open(apart, tmp_path):
    kept = [os.open(tmp_path, os.O_RDONLY), os.dup(2)]
    os.set_inheritable(kept[1], True)
    try:
        targets = apart.ask(held)
    finally:
        for fd in kept:
            os.close(fd)
    assert {"0", "1", "2"} <= targets.keys()
    assert {targets[fd] for fd in "012"} == {os.devnull}
    others = [target for fd, target in targets.items() if fd not in ("0", "1", "2")]
    assert [target.partition(":")[0] for target in others] == ["socket"]
    assert apart.ask(os.getcwd) == "/"


_DIES = """
import os, sys, time
from ingest.disk.apart import Apart
apart = Apart("nas", 60)
print(apart.ask(os.getpid), flush=True)
apart.begin(time.sleep, 600)
sys.stdin.read()
{end}
"""


@pytest.mark.parametrize("end", ["os.kill(os.getpid(), 9)", "os._exit(0)", "pass"])
def test_a_child_dies_with_its_parent_whatever_it_does(end, repository):
    environment = {**os.environ, "PYTHONPATH": str(repository)}
    process = subprocess.Popen(
        [sys.executable, "-c", _DIES.format(end=end)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
    )
    pid = int(process.stdout.readline())
    assert is_running(pid)
    process.communicate(timeout=20)
    assert ends(pid)


def test_a_child_that_cannot_be_waited_for_is_left_behind_and_buried_later():
    child = Forked(lambda: time.sleep(600), ())
    assert not child.wait(0.05)
    child.kill()
    other = None
    until = time.monotonic() + 10
    while os.path.exists(f"/proc/{child.pid}") and time.monotonic() < until:
        time.sleep(0.05)
        if other:
            other.kill()
            other.wait(1)
        other = Forked(lambda: None, ())  # making another one takes note of the first one's end
    assert not os.path.exists(f"/proc/{child.pid}")
    assert child.wait(0)
    child.kill()  # its number may be another's: nothing is sent
    other.wait(1)


def test_a_child_ignores_what_its_parent_decides_about(apart):
    apart.ask(double, 1)
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(apart.pid, number)
    assert apart.ask(double, 2) == 4
