"""Python that is run in the process of the command before it begins; its workers are forks of that."""

# The flushes of the manifests and of the ledger's backup would make the names beside them durable by the way.
NO_HISTORY = """
from ingest.session import ending
ending.write_manifests = lambda session: None
ending.backup_after = lambda session: iter(())
"""
NO_FLUSH_AFTER_RENAME = """
from ingest.copying import proving
proving._sync_writable = lambda folder_fd, name: None
"""
READ_ONLY_FLUSH_AFTER_RENAME = """
import os
from ingest.copying import proving
def read_only(folder_fd, name):
    fd = os.open(name, os.O_RDONLY, dir_fd=folder_fd)
    os.fsync(fd)
    os.close(fd)
proving._sync_writable = read_only
"""
_WHEN = """
from ingest.copying import {module}
owner = {module}.{owner}
real = owner.{name}
def function(worker, *words):
    if worker.place.name == "nas":
        action()
    return real(worker, *words)
owner.{name} = function
"""


def before_the_barrier(*command: str) -> str:
    """A command of the system is run by the NAS's worker when everything is written and nothing flushed."""
    action = f"import subprocess\ndef action():\n    subprocess.run({command!r})\n"
    return action + _WHEN.format(module="writing", owner="Writer", name="_barrier")


def rot_before_the_proof(folder: str, good: bytes) -> str:
    """A bit of these bytes is flipped in the files of a folder when everything is flushed and nothing proven."""
    return f"""
import os
def action():
    for name in os.listdir({folder!r}):
        with open(os.path.join({folder!r}, name), "r+b") as file:
            where = file.read().find({good!r})
            if where >= 0:
                info = os.stat(file.fileno())
                file.seek(where)
                file.write(bytes(({good!r}[0] ^ 1,)))
                file.flush()
                os.utime(file.fileno(), ns=(info.st_atime_ns, info.st_mtime_ns))
""" + _WHEN.format(module="proving", owner="Prover", name="_prove_all")
