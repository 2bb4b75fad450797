"""A generation appended to the history of a folder, durably and once: what a session calls.

Order: the manifest under its own name, then the chain that lists it. What a crash leaves:

- nothing, or an empty `ascmhl/`: there is no new generation, the same call writes it;
- a temporary file: the next append removes it;
- a manifest that the chain does not list: the next append puts it into the chain unchanged when it is whole (what it
  says was proven before it was written), or renames it to `*.interrupted-N` when it is torn or contradicts the chain.
  It is never deleted, and until then nobody counts it as history;
- both: the same call finds every file recorded and writes nothing.

Two sessions of one machine take turns by a lock on `ascmhl/`; where a file system offers none (NFS), the chain is
looked at once more before it is replaced.
"""

import contextlib
import errno
import fcntl
import itertools
import os
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ingest.disk.apart import alive
from ingest.disk.atomic import sweep_temporaries, write_durably
from ingest.disk.publish import publish
from ingest.errors import DestinationError, DestinationFull, DestinationMissing, DestinationReadOnly
from ingest.manifest.decide import Decision, decide, folders_of
from ingest.manifest.errors import HistoryBusy, ManifestDamaged, NothingToRecord
from ingest.manifest.files import open_history_folder, read_bytes
from ingest.manifest.history import CHAIN_NAME, next_generation, read_history, with_interrupted
from ingest.manifest.ignore import OWN_PATTERNS, IgnoreRules, joined_patterns
from ingest.manifest.records import Entry, FolderHash, Generation, History, Outcome, Process, Stamp
from ingest.manifest.tree import HISTORY_FOLDER, walk
from ingest.manifest.write import render_chain
from ingest.model.names import display, join

_MAKE_ROOM = "Make room and run the same command again."
_CONNECT = "Connect it and run the same command again; what is recorded already is not written twice."
_WAIT_S = 60.0
_POLL_S = 0.05
_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})
_GONE = frozenset({errno.ENOENT, errno.ENOTCONN, errno.ESTALE, errno.ENODEV})
_READ_ONLY = frozenset({errno.EROFS, errno.EACCES, errno.EPERM})


def append_generation(
    folder: bytes,
    entries: Sequence[Entry],
    *,
    started: float,
    created: float,
    tool_version: str,
    hostname: str,
    process: Process,
) -> Generation:
    """Record `entries` as the next generation of `folder` (absolute), unless all of them stand there already.

    started, created: seconds since 1970 UTC; started names the file and is the start of the whole operation.
    Sidecars, system files and names that XML cannot hold come back as `left_out`.

    Raises:
        NothingToRecord: `entries` is empty.
        ValueError: entries that make no sense (see `decide`).
        ManifestDamaged, ManifestUnreadable: the history that is there; nothing was written.
        HistoryBusy: another session kept writing to it.
        DestinationError: full, read-only or failing; what was there still holds.
    """
    if not entries:
        raise NothingToRecord("no file to record: a history of nothing proves nothing", path=display(folder))
    stamp = Stamp(started, created, tool_version, hostname, process)
    with _told_as_destination_errors(folder):
        first = None
        if not os.path.lexists(join(folder, HISTORY_FOLDER)):
            first = decide(History(), entries, IgnoreRules(OWN_PATTERNS))
            if not first.files:
                return Generation(Outcome.NOTHING_RECORDABLE, 0, b"", left_out=first.left_out)
            _make_history_folder(folder)
        with _alone(folder) as history_fd:
            return _Appending(folder, history_fd).append(entries, stamp, first)


class _Appending:
    """One append under the lock."""

    def __init__(self, folder: bytes, history_fd: int) -> None:
        self._folder = folder
        self._fd = history_fd
        self._place = join(folder, HISTORY_FOLDER)
        self._chain_before = self._chain()

    def append(self, entries: Sequence[Entry], stamp: Stamp, first: Decision | None) -> Generation:
        """first: what is decided of the entries where there is no history yet."""
        found = read_history(self._folder)
        history = self._settled(found)
        rules = IgnoreRules(joined_patterns(history.patterns, OWN_PATTERNS))
        decision = first if first and history == History() else decide(history, entries, rules)
        if not decision.files or decision.repeats:
            completed = history.links != found.links
            if completed:
                self._replace_chain(render_chain(history.links))
            return _unchanged(history, decision, completed)
        folders = folders_of(decision, history, walk(self._folder, rules))
        new = next_generation(history, self._folder, stamp, decision, folders)
        write_durably(self._place, new.name, new.manifest, replace=False)
        try:
            self._replace_chain(new.chain)
        except HistoryBusy:
            os.unlink(new.name, dir_fd=self._fd)  # ours, a moment old, and listed nowhere
            raise
        return _told(Outcome.WRITTEN, new.number, new.name, decision, folders.root)

    def _settled(self, found: History) -> History:
        """The history with what a crash left behind in its place; the chain that lists it is still to be written."""
        pending = found.interrupted
        if pending is None:
            return found
        try:
            if pending.manifest is not None:
                return with_interrupted(found)
        except ManifestDamaged:
            pass  # it contradicts what the chain lists: it never became history, and what it told is told anew
        self._set_aside(pending.name)
        return replace(found, interrupted=None)

    def _set_aside(self, name: bytes) -> None:
        for attempt in itertools.count(1):
            with contextlib.suppress(FileExistsError):
                publish(self._fd, name, self._fd, name + b".interrupted-%d" % attempt)
                return

    def _replace_chain(self, chain: bytes) -> None:
        if self._chain() != self._chain_before:
            raise HistoryBusy("another session wrote to this history meanwhile", path=display(self._folder))
        write_durably(self._place, CHAIN_NAME, chain, replace=True)

    def _chain(self) -> bytes | None:
        return read_bytes(self._fd, CHAIN_NAME, display(join(self._place, CHAIN_NAME)))


def _unchanged(history: History, decision: Decision, completed: bool) -> Generation:
    outcome = Outcome.COMPLETED if completed else Outcome.ALREADY_RECORDED
    if not decision.files:
        outcome = Outcome.NOTHING_RECORDABLE
    number, name = (history.links[-1].number, history.links[-1].name) if history.links else (0, b"")
    return _told(outcome, number, name, decision, history.root)


def _told(outcome: Outcome, number: int, name: bytes, decision: Decision, root: FolderHash | None) -> Generation:
    actions = Counter(entry.action for entry in decision.files)
    failed = (entry.path for entry in decision.files if entry.action == "failed") if actions["failed"] else ()
    return Generation(
        outcome=outcome,
        number=number,
        name=name,
        original=actions["original"],
        verified=actions["verified"],
        failed=tuple(failed),
        left_out=decision.left_out,
        root=root,
    )


def _make_history_folder(folder: bytes) -> None:
    with contextlib.suppress(FileExistsError):
        os.mkdir(join(folder, HISTORY_FOLDER))
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)


@contextlib.contextmanager
def _alone(folder: bytes) -> Iterator[int]:
    """Hold the lock of this history as long as the block runs; yields a descriptor of `ascmhl/`."""
    history_fd = open_history_folder(folder)
    if history_fd is None:
        raise HistoryBusy("the history's folder vanished", path=display(folder))
    try:
        if _lock(history_fd, folder):
            sweep_temporaries(history_fd)
        yield history_fd
    finally:
        os.close(history_fd)


def _lock(history_fd: int, folder: bytes) -> bool:
    """Whether there is a lock that is held now; False where the file system offers none."""
    deadline = time.monotonic() + _WAIT_S
    while True:
        try:
            fcntl.flock(history_fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise HistoryBusy("another session is writing to this history", path=display(folder)) from None
            alive()  # it answers: the other session is what is waited for
            time.sleep(_POLL_S)
        except OSError:
            return False  # not offered here; the look before the chain is replaced remains
        else:
            return True


@contextlib.contextmanager
def _told_as_destination_errors(folder: bytes) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        place = display(folder)
        if error.errno in _FULL:
            raise DestinationFull("no room to write the history", hint=_MAKE_ROOM, path=place) from error
        if error.errno in _READ_ONLY:
            raise DestinationReadOnly("the history cannot be written here", path=place) from error
        if error.errno in _GONE:
            raise DestinationMissing("gone before its history was written", hint=_CONNECT, path=place) from error
        raise DestinationError(f"the history was not written: {error.strerror}", path=place) from error
