"""Large files that we began and nobody will finish: their parts are billed, and no listing of files shows them.

Only what says that this very ledger began it is cancelled, and only when no job of it wants it any more. What another
station or program began is never touched. Cancelling an unfinished file takes nothing away that could be restored.
"""

import sqlite3
from functools import partial
from itertools import groupby

from ingest.cloud.naming import OWNER
from ingest.cloud.sending import Apart
from ingest.cloud.store import ShouldStop, Store, Unfinished
from ingest.ledger.upload_owner import owner_tag, still_wanted


def sweep(connection: sqlite3.Connection, bucket: str, prefix: str, store: Store, apart: Apart) -> int:
    """Cancel our orphans below `prefix`; gives how many.

    Raises:
        CloudError: the listing or a cancelling failed; what is left waits for the next time.
    """
    owner = owner_tag(connection)
    if not owner:
        return 0
    found = apart(lambda should_stop: [one for one in store.unfinished(prefix) if not should_stop()])
    ours = sorted((one for one in found if one.file_info.get(OWNER) == owner), key=lambda one: one.key)
    orphans: list[Unfinished] = []
    for key, group in groupby(ours, key=lambda one: one.key):
        orphans += [one for one in group if not still_wanted(connection, bucket, key, one.sha1)]
    for one in orphans:
        apart(partial(_cancel, store, one.file_id))
    return len(orphans)


def _cancel(store: Store, file_id: str, _should_stop: ShouldStop) -> None:
    store.cancel(file_id)
