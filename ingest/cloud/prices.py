"""The table of prices: the file in the home where there is one, else the one that comes with the program."""

import os
import tomllib
from pathlib import Path

from ingest.cloud.cost import Prices, prices_of
from ingest.errors import ConfigError
from ingest.model.names import display

PRICES_FILE = "prices.toml"


def load_prices(home: Path, kind: str = "b2") -> Prices:
    """The prices that hold here. kind: of the third copy; the table that comes with the program is of "b2" alone.

    Raises:
        ConfigError: the file in the home cannot be read, is no TOML, or holds something that is no price; or there is
            none, and the program knows no prices of this kind.
    """
    own = home / PRICES_FILE
    if kind != "b2" and not own.exists():
        raise ConfigError(
            f'No prices are known of a third copy of kind "{kind}"',
            hint=f"Write down what it costs in {display(os.fsencode(own))}: with read, storage, download, transactions",
        )
    path = own if own.exists() else Path(__file__).with_name(PRICES_FILE)
    shown = display(os.fsencode(path))
    try:
        return prices_of(tomllib.loads(path.read_text(encoding="utf-8-sig")))
    except (OSError, ValueError) as error:  # no TOML and no UTF-8 are ValueErrors too
        raise ConfigError(
            f"The prices, {shown}, cannot be used",
            mistakes=(str(error),),
            hint="Correct or remove the file",
            path=shown,
        ) from error
