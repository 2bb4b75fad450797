"""A store whose objects lie encrypted in another one, which sees names, sizes and times, and of the bytes nothing.

`put` encrypts into the home's spool, writes into the ledger what came of it, and only then sends; the inner store
checks the SHA-1 of the ciphertext. Of an object whose size and SHA-1 are those in the ledger, `stat` and `list` tell
what it holds: so the queue, its checks and the way back work on keys, sizes and SHA-1s as without encryption.
"""

import dataclasses
import itertools
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ingest.cloud.age import ENDING, Facts, Meter, largest, public_of, recipients_of, seal, unseal
from ingest.cloud.errors import CloudError, CloudRefused, NameTaken, ObjectRefused, SourceChanged, SourceGone
from ingest.cloud.naming import CONTENT, problem_with, with_ending
from ingest.cloud.presented import as_held, as_stranger, names_of, opened_up, seal_of
from ingest.cloud.pulled import opened_as_it_comes, opened_facts
from ingest.cloud.source import blocks, opened
from ingest.cloud.spool import NewFile, Spool
from ingest.cloud.store import OnBytes, ShouldStop, Sink, Store, StoredObject, Unfinished
from ingest.ledger.seals import SEALED_ID, Seal, SealBook

_SHOWN = 12  # characters of a public key, enough to know it by
_MANY = 500  # objects of a listing that are looked up at once


class SealedStore:
    """See `ingest.cloud.store.Store` for the contract; of `inner` it is asked that it keeps it.

    inner: what everybody may read goes there as it is. recipients: public keys that what is sent from now on is for;
    with none it goes as it is. identities: asked for the private keys when something is to be opened, not before;
    raises CloudRefused where there are none.

    What lies in `inner` unencrypted stays and is told as it is, and a content that lies there so is not sent again. An
    object that the ledger knows nothing of is told as it is, too; `get` opens it all the same.

    Raises:
        CloudRefused: a recipient is no public key, or the library is missing.
    """

    def __init__(
        self,
        inner: Store,
        book: SealBook,
        spool: Spool,
        recipients: Sequence[str],
        identities: Callable[[], Sequence[Any]],
    ) -> None:
        self.inner, self._book, self._spool = inner, book, spool
        self._recipients = recipients_of(recipients) if recipients else []
        self._for = ",".join(sorted(text[:_SHOWN] for text in recipients))
        self._identities, self._found = identities, list[Any]()
        self._is_swept, self._lock = False, threading.Lock()

    @property
    def name(self) -> str:
        """For people: that of the inner store."""
        return self.inner.name

    def put(
        self,
        local_path: bytes,
        key: str,
        size: int,
        sha1_hex: str,
        file_info: Mapping[str, str],
        on_bytes: OnBytes,
        should_stop: ShouldStop,
    ) -> StoredObject:
        """See `Store.put`. file_info: without what would tell strangers which content it is.

        Raises:
            NoSpool: there is no room here for the ciphertext.
        """
        problem = problem_with(key)
        if problem:
            raise ObjectRefused(f"The bucket would not take this name: {problem}", path=key)
        with opened(local_path, size):
            pass
        seals = self._book.of_key(key)
        there = self._there(key, size, sha1_hex, seals)
        if there is not None:
            return there
        if not self._recipients:
            return self.inner.put(local_path, key, size, sha1_hex, file_info, on_bytes, should_stop)
        if not seals:
            there = self._adopted(key, size, sha1_hex, should_stop)
            if there is not None:
                return there
        made = self._taken_up(size, sha1_hex, seals, should_stop)
        if made is None:
            made = self._sealed(local_path, key, size, sha1_hex, should_stop)
        info = {name: value for name, value in file_info.items() if name != CONTENT}
        try:
            sent = self.inner.put(
                self._spool.path(made), made.name, made.sealed_size, made.sealed_sha1, info,
                lambda out: on_bytes(out * size // made.sealed_size), should_stop,
            )  # fmt: skip
        except (NameTaken, ObjectRefused, SourceChanged, SourceGone):
            self._spool.drop(made)
            raise
        self._spool.drop(made)
        return opened_up(sent, made)

    def stat(self, key: str) -> StoredObject | None:
        """See `Store.stat`. One question more where the ledger knows what was encrypted under this key."""
        return self._stat(key, self._book.of_key(key))

    def list(self, prefix: str, *, every_version: bool = False) -> Iterator[StoredObject]:
        """See `Store.list`. In the order of the names in the bucket, which of encrypted objects end in `.age`."""
        every = self.inner.list(prefix, every_version=every_version)
        while some := [*itertools.islice(every, _MANY)]:
            seals = self._book.of_names([found.key for found in some if found.key.endswith(ENDING)])
            for found in some:
                mine = seals.get(found.key, [])
                told = as_held(found, mine)
                if told is found and mine and self.inner.stat(mine[0].key) is None:
                    told = as_stranger(found, mine[0].key)
                if told.key.startswith(prefix):
                    yield told

    def get(self, key: str, sink: Sink, offset: int = 0, *, file_id: str = "") -> int:
        """See `Store.get`. Of what is encrypted all is fetched, also behind an offset.

        Raises:
            NoIdentity: there is no private key here.
            WrongIdentity: it was encrypted for others.
        """
        name, version, is_sealed = self._where(key, file_id)
        if not is_sealed and not name.endswith(ENDING):
            return self.inner.get(name, sink, offset, file_id=version)
        fed, skip = 0, offset

        def take(data: bytes) -> None:
            nonlocal fed, skip
            data, skip = data[skip:], max(0, skip - len(data))
            if data:
                sink(data)
                fed += len(data)

        def fetch(give: Sink) -> object:
            return self.inner.get(name, give, file_id=version)

        def unlock(pieces: Iterator[bytes]) -> None:
            unseal(pieces, take, self._keys())

        try:
            opened_as_it_comes(fetch, unlock, take, is_sealed=is_sealed)
        except CloudError as error:
            error.path = error.path or key
            raise
        return fed

    def unfinished(self, prefix: str) -> Iterator[Unfinished]:
        """See `Store.unfinished`. One whose ciphertext is not here any more is told as it is: nobody can finish it."""
        for one in self.inner.unfinished(prefix):
            seals = self._book.of_names([one.key]).get(one.key, ())
            mine = next((s for s in seals if one.sha1 in ("", s.sealed_sha1) and self._spool.holds(s)), None)
            yield one if mine is None else dataclasses.replace(one, key=mine.key, sha1=mine.sha1)

    def cancel(self, file_id: str) -> None:
        """See `Store.cancel`."""
        self.inner.cancel(file_id)

    def _stat(self, key: str, seals: Sequence[Seal]) -> StoredObject | None:
        another = None
        for name in names_of(seals):
            found = self.inner.stat(name)
            mine = seal_of(found, seals)
            if found is not None and mine is not None:
                return opened_up(found, mine)
            another = another or found
        plain = self.inner.stat(key)
        return as_stranger(another, key) if plain is None and another is not None else plain

    def _keys(self) -> Sequence[Any]:
        """The private keys, asked for once: a keychain may ask a person each time."""
        with self._lock:
            self._found = self._found or [*self._identities()]
            return self._found

    def _there(self, key: str, size: int, sha1_hex: str, seals: Sequence[Seal]) -> StoredObject | None:
        """The object of this content, encrypted or not; None when the key is free."""
        found = self._stat(key, seals)
        if found is None:
            return None
        if (found.size, found.sha1) != (size, sha1_hex):
            raise NameTaken("Another content has this name in the bucket", path=key)
        names = names_of(seals) if found.file_id.startswith(SEALED_ID) else [key]
        every = [as_held(each, seals) for name in names for each in self._versions(name)]
        alike = sum((each.key, each.size, each.sha1) == (key, size, sha1_hex) for each in every)
        return dataclasses.replace(found, already_there=True, versions=max(1, alike))

    def _adopted(self, key: str, size: int, sha1_hex: str, should_stop: ShouldStop) -> StoredObject | None:
        """What lies under the name that it would get, of which a ledger that was put back knows nothing any more.

        It is ours when a private key is here, and opens it to this very content; then it is written down.
        """
        name = with_ending(key, ENDING)
        found = self.inner.stat(name)
        if found is None or not size < found.size <= largest(size):
            return None
        try:
            keys = self._keys()
        except CloudRefused:
            return None
        facts = opened_facts(lambda give: self.inner.get(name, give, file_id=found.file_id), keys, should_stop)
        if facts is None or facts[0] != Facts(size, sha1_hex):
            return None
        whose = ",".join(sorted(public_of(each)[:_SHOWN] for each in keys))
        made = self._book.write(Seal(key, name, size, sha1_hex, facts[1].size, facts[1].sha1, whose), time.time())
        return dataclasses.replace(as_held(found, [made]), already_there=True) if seal_of(found, [made]) else None

    def _taken_up(self, size: int, sha1_hex: str, seals: Iterable[Seal], should_stop: ShouldStop) -> Seal | None:
        """What was encrypted before for the same recipients and is still here: parts of it may have arrived."""
        with self._lock:
            if not self._is_swept:
                self._spool.sweep(self._book.is_wanted)
                self._is_swept = True
        for each in seals:
            fits = (each.size, each.sha1, each.recipients) == (size, sha1_hex, self._for)
            if fits and self._spool.has(each, should_stop):
                return each
        return None

    def _sealed(self, local_path: bytes, key: str, size: int, sha1_hex: str, should_stop: ShouldStop) -> Seal:
        """Encrypt, open again what came of it, write it down, keep it."""
        with self._spool.new(largest(size)) as new:
            with opened(local_path, size) as fd:
                found, once = seal(blocks(fd, 0, size, should_stop), new.write, self._recipients)
            if (found.size, found.sha1) != (size, sha1_hex):
                raise SourceChanged("The file is not the one that was proven; nothing of it was sent", path=key)
            _prove(new, once, size, sha1_hex, should_stop)
            facts = new.facts()
            name = with_ending(key, ENDING)
            made = Seal(key, name, size, sha1_hex, facts.size, facts.sha1, self._for)
            made = self._book.write(made, time.time())
            new.keep(made)
        return made

    def _where(self, key: str, file_id: str) -> tuple[str, str, bool]:
        """(name in the inner store, version there or "", whether it is encrypted for certain)."""
        seals = self._book.of_key(key)
        if file_id.startswith(SEALED_ID):
            name = seals[0].name if seals else with_ending(key, ENDING)
            return name, file_id.removeprefix(SEALED_ID), True
        if file_id or not seals:
            return key, file_id, False
        for name in names_of(seals):
            for found in self._versions(name):
                if seal_of(found, seals):
                    return name, found.file_id, True
        plain = next(self._versions(key), None)
        return (seals[0].name, "", True) if plain is None else (key, plain.file_id, False)

    def _versions(self, name: str) -> Iterator[StoredObject]:
        return itertools.takewhile(lambda found: found.key == name, self.inner.list(name, every_version=True))


def _prove(new: NewFile, once: Any, size: int, sha1_hex: str, should_stop: ShouldStop) -> None:
    """Nobody could open it here later, so it is done once, now, with the identity that was made for it alone."""
    opened_to = Meter()
    unseal(new.pieces(should_stop), opened_to.take, [once])
    if opened_to.facts() != Facts(size, sha1_hex):
        raise CloudError("What was encrypted does not open to what it was made of; this computer errs")
