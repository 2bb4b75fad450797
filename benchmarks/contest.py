"""Rounds in which all contenders take their turn on the same card, in alternating order; ratios within a round."""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from benchmarks.measure import Figure
from benchmarks.peers import Peer
from benchmarks.stage import Stage, Turn, our_turn, peer_turn

ONE, TWO = "safelight, reads = 1", "safelight, reads = 2 (default)"


@dataclass(frozen=True, slots=True)
class Outcome:
    """turns: by contender, one a round. left_out: peers whose programs are missing, with those."""

    turns: Mapping[str, Sequence[Turn]]
    left_out: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def ratio(self, ours: str, theirs: str, of: str = "seconds", by: str = "seconds") -> tuple[float, ...]:
        """A ratio for each round: an attribute of a turn of `ours` by one of the turn of `theirs` in the same round."""
        pairs = zip(self.turns[ours], self.turns[theirs], strict=True)
        return tuple(getattr(one, of) / getattr(other, by) for one, other in pairs)

    def figures(self) -> list[Figure]:
        """The seconds of every contender, and who was left out."""
        times = [
            Figure(f"  {name}, time", "s", tuple(turn.seconds for turn in turns)) for name, turns in self.turns.items()
        ]
        for name, programs in self.left_out.items():
            print(f"left out, {' and '.join(programs)} missing: {name}", file=sys.stderr)
        return times

    def has(self, name: str) -> bool:
        """Whether it took part."""
        return name in self.turns


def contest(stage: Stage, rounds: int, reads: Sequence[int], peers: Sequence[Peer], *, memory: bool = False) -> Outcome:
    """Let Safelight, once for each number of reads, and the peers take their turns. memory: watch Safelight's."""
    present = [peer for peer in peers if not peer.missing]
    contenders: dict[str, Callable[[], Turn]] = {peer.name: _peer(stage, peer) for peer in present}
    contenders |= {(ONE, TWO)[number - 1]: _ours(stage, number, memory) for number in reads}
    turns: dict[str, list[Turn]] = {name: [] for name in contenders}
    for number in range(rounds):
        for name in order(list(contenders), number):
            turn = contenders[name]()
            turns[name].append(turn)
            print(f"  round {number + 1}: {name}: {turn.seconds:.2f} s, cpu {turn.cpu:.2f} s", file=sys.stderr)
    return Outcome(turns, {peer.name: peer.missing for peer in peers if peer.missing})


def order(names: Sequence[str], number: int) -> list[str]:
    """Of a round: forth and back in turn, and each pair of rounds begins with the next contender."""
    start = number // 2 % max(len(names), 1)
    turned = [*names[start:], *names[:start]]
    return turned if number % 2 == 0 else turned[::-1]


def _peer(stage: Stage, peer: Peer) -> Callable[[], Turn]:
    return lambda: peer_turn(stage, peer)


def _ours(stage: Stage, reads: int, memory: bool) -> Callable[[], Turn]:
    return lambda: our_turn(stage, reads, memory=memory)
