"""Within the machine: runs $DESK/0.py, 1.py, … as they appear, each in a fork of this process, which has the modules.

Beside each lies what it wrote as N.out and N.err and, last, how it ended as N.status. Ends when nothing was asked for
five minutes: whoever started the machine is gone.
"""

import os
import sys
import time
import traceback
from pathlib import Path

import ingest.cli.main  # noqa: F401  (takes seconds here: once for all that is asked)

PATIENCE = 300.0  # seconds


def answer(request: Path) -> int:
    """Run it in a process of its own; gives how that ended."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    code: object = 99
    try:
        for fd, kind in ((1, ".out"), (2, ".err")):
            os.dup2(os.open(request.with_suffix(kind), os.O_WRONLY | os.O_CREAT | os.O_TRUNC), fd)
        exec(compile(request.read_text(), request, "exec"), {"__name__": "asked"})
        code = 0
    except SystemExit as end:
        code = end.code
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else 0 if code is None else 1)


def main(desk: Path) -> None:
    number, asked = 0, time.monotonic()
    while time.monotonic() < asked + PATIENCE:
        request = desk / f"{number}.py"
        if not request.exists():
            time.sleep(0.02)
            continue
        status = request.with_suffix(".ended")
        status.write_text(str(answer(request)))
        status.rename(request.with_suffix(".status"))
        number, asked = number + 1, time.monotonic()


main(Path(sys.argv[1]))
