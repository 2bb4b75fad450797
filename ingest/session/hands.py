"""How a session touches its destinations: through a child process for each, so that one that hangs hangs alone.

No call of the session's own process reaches below a destination's root. The first question goes to all destinations, so
that the children are forked before the session has threads.
"""

from collections.abc import Callable, Mapping
from typing import ParamSpec, TypeVar, cast

from ingest.disk.apart import Apart, answers
from ingest.errors import DestinationError, DestinationMissing, NoAnswer

P = ParamSpec("P")
T = TypeVar("T")


def words_of(name: str, error: DestinationError | OSError) -> str:
    """Why a destination failed, for lists in which its name stands already."""
    if isinstance(error, OSError):
        return f"does not answer: {error.strerror}"
    return error.message.removeprefix(f"{name}: ").removeprefix(f"{name} ")


class Hands:
    """A child for each destination that was asked something, by its name. For one thread alone; a context manager.

    patience: seconds without a sign of life after which a destination is given up. It is not asked again in this
    session: whoever asks it gets the same error at once.
    """

    def __init__(self, patience: float) -> None:
        self._patience = patience
        self._aparts: dict[str, Apart] = {}
        self._given_up: dict[str, NoAnswer] = {}

    def ask(self, name: str, function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What `function` answers at a destination. It is a function of a module; all that is passed can be pickled.

        Raises:
            NoAnswer: it does not answer, now or since it was given up.
            Exception: whatever the function raised.
        """
        try:
            return self._apart(name).ask(function, *args, **kwargs)
        except NoAnswer as error:
            self._given_up.setdefault(name, error)
            raise

    def ask_all(
        self, function: Callable[..., T], arguments: Mapping[str, tuple[object, ...]]
    ) -> dict[str, T | DestinationError]:
        """As `ask` of several destinations at once, each with arguments of its own; for each the answer or its error.

        Raises:
            Exception: what the function raised and what is no error of a destination.
        """
        return self.begin_all(function, arguments)()

    def begin_all(
        self, function: Callable[..., T], arguments: Mapping[str, tuple[object, ...]]
    ) -> Callable[[], dict[str, T | DestinationError]]:
        """As `ask_all`, which waits when what this gives is called: until then nothing else may be asked."""
        found: dict[str, object] = {}
        asked: dict[str, Apart] = {}
        for name, args in arguments.items():
            try:
                asked[name] = self._apart(name)
                asked[name].begin(function, *args)
            except NoAnswer as error:
                asked.pop(name, None)
                found[name] = error

        def wait() -> dict[str, T | DestinationError]:
            found.update(answers(asked))
            for name, answer in found.items():
                if isinstance(answer, NoAnswer):
                    self._given_up.setdefault(name, answer)
            return {name: self._told(name, cast(T, found[name])) for name in arguments}

        return wait

    @staticmethod
    def _told(name: str, answer: T) -> T | DestinationError:
        if isinstance(answer, OSError):
            return DestinationMissing(f"{name} does not answer: {answer.strerror}", path=name)
        if isinstance(answer, Exception) and not isinstance(answer, DestinationError):
            raise answer
        return answer

    def give_up(self, name: str, detail: str) -> None:
        """A destination was found dead elsewhere: do not ask it any more."""
        self._given_up.setdefault(name, NoAnswer(f"{name}: {detail}", path=name))
        if name in self._aparts:
            self._aparts.pop(name).close()

    def _apart(self, name: str) -> Apart:
        if name in self._given_up:
            raise self._given_up[name]
        return self._aparts.setdefault(name, Apart(name, self._patience))

    def close(self) -> None:
        """End the children, all at once."""
        for apart in self._aparts.values():
            apart.kill()
        for apart in self._aparts.values():
            apart.close()
        self._aparts.clear()

    def __enter__(self) -> "Hands":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
