"""Make the key that opens what is sent encrypted; shown once, kept by the person and by the keychain."""

import os
from collections.abc import Sequence

from ingest.cli.console import Console, shape
from ingest.cli.home import Home, bucket_of
from ingest.cli.typed import typed
from ingest.cloud.age import new_identity
from ingest.cloud.identities import FILE_VARIABLE, in_keychain, put_into_keychain
from ingest.errors import Exit, UsageError

_LAST = 6
_TRIES = 3
_WORDS = (
    "This is the private key. It is shown ONCE, and Safelight writes it into no file.",
    "Without it the bucket is NOISE: neither Backblaze nor Safelight can open it, and no backup of ours holds it.",
    "Print it, or write it down, and keep it where neither a fire nor a thief gets this computer AND the paper.",
)


def run_keygen(home: Home, console: Console, *, is_spare: bool) -> int:
    """Gives the exit code; nothing is kept anywhere unless the end of the key was typed.

    Raises:
        ConfigError: no bucket is set up.
        UsageError: no person at a terminal, a key is there already, or what was typed is not its end.
        CloudRefused: the library is missing, or the keychain is locked.
    """
    bucket = bucket_of(home)
    if not is_terminal():
        hint = f"Elsewhere: age-keygen -o FILE, then set {FILE_VARIABLE} to it"
        raise UsageError("The private key is shown to a person at a terminal alone", hint=hint)
    if not is_spare and in_keychain(bucket):
        hint = "A second key, to be kept in a safe: safelight cloud keygen --spare"
        raise UsageError(f"The keychain holds a private key for {bucket} already; nothing was made", hint=hint)
    public, private = new_identity()
    console.say()
    for line in _WORDS:
        console.say(line)
    print(f"\n    {private}\n", flush=True)  # everything that `say` prints is searched for private keys
    _ask_back(private)
    if is_spare:
        console.say(f"{shape('safe')} Kept nowhere on this computer: what you printed is the key.")
    elif put_into_keychain(bucket, private):
        console.say(f"{shape('safe')} In this computer's keychain, for {bucket}.")
    else:
        text = f"This computer has no keychain that keeps it: set {FILE_VARIABLE} to a file that holds it"
        console.say(f"{shape('warn')} {text}, on a stick say; to send, no private key is needed.")
    _say_what_to_write(home, console, public)
    return int(Exit.OK)


def is_terminal() -> bool:
    """Whether a person reads and types: a file or a pipe would keep the key."""
    return os.isatty(0) and os.isatty(1)


def _ask_back(private: str) -> None:
    for _ in range(_TRIES):
        end = typed(f"Type its last {_LAST} characters, from your print: ")
        if end.upper() == private[-_LAST:].upper():
            return
    raise UsageError("That is not the end of the key that was shown", hint="It is void and was kept nowhere; once more")


def _say_what_to_write(home: Home, console: Console, public: str) -> None:
    assert home.settings.cloud is not None
    every: Sequence[str] = (*home.settings.cloud.recipients, public)
    console.say("Its public half may be read by anybody. For [cloud] in the settings:")
    console.say()
    console.say("encrypt = true")
    console.say("recipients = [{}]".format(", ".join(f'"{each}"' for each in every)))
    console.say()
    if len(every) == 1:
        console.say("One key alone opens the bucket. A second one, for a safe: safelight cloud keygen --spare")
