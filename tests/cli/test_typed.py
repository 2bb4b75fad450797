"""A question at a terminal, and the Ctrl-C that comes before the program waits for keys."""

import os
import select
import subprocess
import sys
import time
from pathlib import Path

import pytest
from terminals import opened

ROOT = Path(__file__).resolve().parents[2]
pytestmark = pytest.mark.skipif(os.name != "posix", reason="a pseudo-terminal is POSIX's")

# A signal that another thread takes does not wake the one that waits for keys: as one that comes just before it waits.
UNHEARD = """
import signal, threading, time
from ingest.cli.typed import typed

def later():
    time.sleep(0.5)
    signal.pthread_kill(threading.get_ident(), signal.SIGINT)

signal.signal(signal.SIGINT, signal.default_int_handler)
threading.Thread(target=later, daemon=True).start()
try:
    print("got", repr(typed("Name: ")))
except KeyboardInterrupt:
    print("stopped")
except EOFError:
    print("no answer")
"""
PLAIN = UNHEARD.replace("threading.Thread(target=later, daemon=True).start()", "")


def shown(program, keys=b"", seconds=10.0):
    """What a program shows at a terminal that types these keys behind its question."""
    ours, theirs = opened()
    child = subprocess.Popen([sys.executable, "-c", program], stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT)
    os.close(theirs)
    screen, until, sent = b"", time.monotonic() + seconds, False
    try:
        while time.monotonic() < until:
            if b"Name: " in screen and not sent:
                os.write(ours, keys)
                sent = True
            if select.select([ours], [], [], 0.1)[0]:
                try:
                    screen += os.read(ours, 4096)
                except OSError:  # nobody holds the other side any more
                    break
    finally:
        child.kill()
        child.wait()
        os.close(ours)
    return screen.decode()


def test_a_ctrl_c_that_came_before_the_waiting_ends_it_all_the_same():
    assert "stopped" in shown(UNHEARD)


def test_what_is_typed_is_given_without_the_space_around_it():
    assert "got 'Anna'" in shown(PLAIN, b"  Anna \r")


def test_ctrl_d_is_no_answer():
    assert "no answer" in shown(PLAIN, b"\x04")


def test_an_answer_that_comes_from_a_file_is_taken():
    done = subprocess.run([sys.executable, "-c", PLAIN], input="Anna\n", capture_output=True, text=True, cwd=ROOT)
    assert "got 'Anna'" in done.stdout
