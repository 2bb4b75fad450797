"""What the third copies cost a month: each shoot, all of them, and the way back."""

import time

from ingest.cli.console import Console
from ingest.cli.home import Home, bucket_of
from ingest.cloud.cost import dollars, month, month_in_all, way_back
from ingest.cloud.prices import load_prices
from ingest.errors import Exit
from ingest.ledger import upload_counts
from ingest.ledger.shoots import all_shoots
from ingest.words import size


def run_cost(home: Home, console: Console) -> int:
    """The bill as far as the ledger knows it: what Safelight sent, and what it will have sent when the queue is empty.

    Raises:
        ConfigError: no bucket is set up, or the file of prices has a mistake.
    """
    bucket = bucket_of(home)
    prices = load_prices(home.folder, home.settings.cloud.word if home.settings.cloud else "")
    stored, waiting = upload_counts.stored_bytes(home.ledger, bucket), upload_counts.in_queue(home.ledger, bucket)[1]
    held = upload_counts.stored_by_shoot(home.ledger, bucket)
    shoots = [(row, held[row.id]) for row in all_shoots(home.ledger) if row.id in held]
    console.line(
        {
            "schema": 1, "type": "summary", "bucket": bucket, "prices_of": str(prices.read), "bytes": stored,
            "month": str(month_in_all(stored, prices)), "month_with_queue": str(month_in_all(stored + waiting, prices)),
            "way_back": str(way_back(stored, stored, prices)), "at": round(time.time()),
            "shoots": [
                {"shoot": row.id, "name": row.name, "bytes": bytes_, "month": str(month(bytes_, prices))}
                for row, bytes_ in shoots
            ],
        }
    )  # fmt: skip
    for row, bytes_ in shoots:
        console.say(f"  {row.day}  {row.name:<28} {size(bytes_):>8}   about {dollars(month(bytes_, prices))} a month")
    console.say(f"{bucket}: {size(stored)}, costs about {dollars(month_in_all(stored, prices))} a month")
    if waiting:
        more = dollars(month_in_all(stored + waiting, prices))
        console.say(f"  with what is queued: {size(stored + waiting)}, about {more} a month")
    console.say(f"  to bring all of it back once: {dollars(way_back(stored, stored, prices))}")
    console.say(f"  An estimate, by prices of {prices.read}; other versions and other programs' files cost too.")
    return int(Exit.OK)
