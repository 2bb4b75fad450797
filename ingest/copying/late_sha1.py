"""The SHA-1 of files whose destination was to take it and failed: from another one's copy, read back once more."""

from collections.abc import Callable, Mapping

from ingest.copying.flight import Batch, FileInFlight
from ingest.copying.hand import Hand
from ingest.copying.parcels import Sha1, Sha1Taken


class LateSha1:
    """asked: the destination that is reading back for a SHA-1 now, "" where none is.

    fetch: the next news of the workers, None where there is none yet. put_back: takes what is not the answer.
    """

    def __init__(
        self, hands: Mapping[str, Hand], fetch: Callable[[], object], put_back: Callable[[object], None]
    ) -> None:
        self._hands = hands
        self._fetch = fetch
        self._put_back = put_back
        self.asked = ""

    def complete(self, batch: Batch) -> None:
        """Give each file of a settled batch its SHA-1, where a copy of it was proven."""
        for number, file in enumerate(batch.files):
            for name, result in sorted(file.results.items()):
                if file.sha1 or file.problem or file.changed:
                    break
                if result.failure is None:
                    self._ask(batch, number, file, name)

    def _ask(self, batch: Batch, number: int, file: FileInFlight, name: str) -> None:
        hand, waiting, self.asked = self._hands[name], [], name
        hand.send(Sha1(batch.number, number, file.results[name], file.job.file.size))
        try:
            while not hand.is_gone:
                news = self._fetch()
                if isinstance(news, Sha1Taken) and (news.batch, news.number) == (batch.number, number):
                    file.results[name], file.sha1 = news.result, news.sha1
                    break
                if news is not None:
                    waiting.append(news)
        finally:
            self.asked = ""
            for news in waiting:
                self._put_back(news)
