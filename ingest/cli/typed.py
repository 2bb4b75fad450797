"""One line from a person, such that Ctrl-C always ends the waiting."""

import os
import select
import sys

_LOOK_UP = 0.2  # seconds


def typed(question: str) -> str:
    """Ask, and give what was typed without the space around it.

    `input` alone may lose a Ctrl-C: where the signal comes between the question and the wait for a key, Python hears of
    it only with the next key, and it seems that the program ignores it. So we wait in short turns.

    Raises:
        EOFError: Ctrl-D, or the end of a file that answers.
        KeyboardInterrupt: Ctrl-C.
    """
    if not (os.name == "posix" and os.isatty(0)):  # Windows can wait for sockets alone
        return input(question).strip()
    sys.stdout.flush()
    sys.stderr.write(question)
    sys.stderr.flush()
    while not select.select([0], [], [], _LOOK_UP)[0]:
        pass
    return input().strip()
