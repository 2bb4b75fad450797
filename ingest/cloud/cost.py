"""What the third copy costs, by a dated table of prices. Pure, exact to the cent."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

_TB, _GB, _CENT = Decimal(10**12), Decimal(10**9), Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Prices:
    """In dollars. read: the day on which somebody looked. per_tb_month: 10**12 bytes for 30 days; per_gb: 10**9 bytes.

    free_bytes: stored for nothing in the whole account. free_times: how often what is stored may come back a month.
    """

    read: date
    per_tb_month: Decimal
    free_bytes: int
    download_per_gb: Decimal
    free_times: Decimal
    per_10000_calls: Decimal


def prices_of(table: Mapping[str, Any]) -> Prices:
    """Prices from tables as TOML gives them.

    Raises:
        ValueError: something is missing, or no price; the sentence names it.
    """
    read = table.get("read")
    if not isinstance(read, date):
        raise ValueError("read must be a day, e.g. 2026-09-07")  # noqa: TRY004 - ValueErrors alone are collected
    return Prices(
        read=read,
        per_tb_month=_number(table, "storage", "per_tb_month"),
        free_bytes=int(_number(table, "storage", "free_gb") * _GB),
        download_per_gb=_number(table, "download", "per_gb"),
        free_times=_number(table, "download", "free_times"),
        per_10000_calls=_number(table, "transactions", "per_10000"),
    )


def _number(table: Mapping[str, Any], part: str, name: str) -> Decimal:
    below = table.get(part)
    given = below.get(name) if isinstance(below, Mapping) else None
    try:
        found = Decimal(str(given))
    except InvalidOperation:
        found = Decimal(-1)
    if isinstance(given, bool) or not found.is_finite() or found < 0:
        raise ValueError(f"{part}.{name} must be a number, 0 or more")
    return found


def month(size: int, prices: Prices) -> Decimal:
    """Dollars a month for `size` bytes of a shoot, the free ones not taken off: others share them."""
    return Decimal(size) * prices.per_tb_month / _TB


def month_in_all(size: int, prices: Prices) -> Decimal:
    """Dollars a month for all that is stored."""
    return month(max(0, size - prices.free_bytes), prices)


def way_back(size: int, stored: int, prices: Prices) -> Decimal:
    """Dollars for downloading `size` bytes within a month in which `stored` bytes lie there."""
    charged = max(Decimal(0), Decimal(size) - Decimal(stored) * prices.free_times)
    return charged * prices.download_per_gb / _GB


def dollars(amount: Decimal) -> str:
    """`$0.42`, `$1,234.50`, `less than $0.01`, `$0` for nothing."""
    if not amount:
        return "$0"
    rounded = amount.quantize(_CENT, ROUND_HALF_UP)
    return f"${rounded:,}" if rounded else "less than $0.01"
