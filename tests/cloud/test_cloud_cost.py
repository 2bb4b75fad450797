"""What the third copy costs: by dated prices that a user may correct, exact to the cent."""

import json
import os
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.cli.console import Console
from ingest.cli.do_cloud_cost import run_cost
from ingest.cli.home import Home
from ingest.cloud.cost import Prices, dollars, month, month_in_all, way_back
from ingest.cloud.prices import load_prices
from ingest.config import parse
from ingest.errors import ConfigError

PRICES = Prices(date(2026, 9, 7), Decimal("6.95"), 10 * 10**9, Decimal("0.01"), Decimal(3), Decimal(0))
sizes = st.integers(min_value=0, max_value=10**16)


def test_the_prices_that_come_with_the_program_are_dated(tmp_path):
    assert load_prices(tmp_path) == PRICES


def test_half_a_terabyte_and_four_of_them():
    assert dollars(month_in_all(500 * 10**9, PRICES)) == "$3.41"
    assert dollars(month_in_all(4 * 10**12, PRICES)) == "$27.73"
    assert dollars(month(60 * 10**9, PRICES)) == "$0.42"
    assert dollars(month(10**12 * 1000, PRICES)) == "$6,950.00"
    assert dollars(month(1, PRICES)) == "less than $0.01"
    assert month_in_all(10**10, PRICES) == 0
    assert dollars(way_back(4 * 10**12, 4 * 10**12, PRICES)) == "$0"
    assert dollars(way_back(13 * 10**9, 4 * 10**9, PRICES)) == "$0.01"


@given(parts=st.lists(sizes, max_size=20))
def test_shoots_never_cost_less_than_all_of_them_together(parts):
    whole = month_in_all(sum(parts), PRICES)
    assert whole <= sum((month(part, PRICES) for part in parts), Decimal(0))
    assert whole >= sum((month(part, PRICES) for part in parts), Decimal(0)) - month(PRICES.free_bytes, PRICES)


def test_a_file_in_the_home_is_used_instead(tmp_path):
    packaged = "read = 2027-01-02\n[storage]\nper_tb_month = 8\nfree_gb = 0\n"
    packaged += '[download]\nper_gb = "0.02"\nfree_times = 1.5\n[transactions]\nper_10000 = "0.004"\n'
    (tmp_path / "prices.toml").write_text(packaged)
    found = load_prices(tmp_path)
    assert (found.read, found.per_tb_month, found.free_times) == (date(2027, 1, 2), Decimal(8), Decimal("1.5"))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("2027-01-02", '"soon"'), "read must be a day"),
        (("per_tb_month = 8", 'per_tb_month = "8 dollars"'), "storage.per_tb_month"),
        (("per_tb_month = 8", "per_tb_month = -8"), "storage.per_tb_month"),
        (("per_tb_month = 8", "per_tb_month = nan"), "storage.per_tb_month"),
        (("free_gb = 0", ""), "storage.free_gb"),
        (("[storage]", "[storage"), "line"),
    ],
)
def test_prices_that_are_none_are_told_by_name(tmp_path, change, told):
    text = "read = 2027-01-02\n[storage]\nper_tb_month = 8\nfree_gb = 0\n"
    (tmp_path / "prices.toml").write_text(text.replace(*change))
    with pytest.raises(ConfigError) as caught:
        load_prices(tmp_path)
    assert told in " ".join(caught.value.mistakes)


def test_the_bill_counts_what_lies_in_the_bucket_and_what_is_queued(world, tmp_path, capsys):
    keys = [world.queue(f"M/{number}.JPG", os.urandom(1000 + number)) for number in range(3)]
    world.connection.execute(
        "UPDATE upload_job SET state = 'sent', file_id = 'f', sent_at = 1 WHERE key <> ?", (keys[2],)
    )
    (tmp_path / "prices.toml").write_text(  # a dollar for 1,000 bytes, the first 1,000 free
        "read = 2027-01-02\n[storage]\nper_tb_month = 1000000000\nfree_gb = 0.000001\n"
        "[download]\nper_gb = 1000000\nfree_times = 0\n[transactions]\nper_10000 = 0\n"
    )
    places = [{"name": name, "kind": name, "root": f"/mnt/{name}"} for name in ("ssd", "nas")]
    settings = parse({"destinations": places, "cloud": {"kind": "b2", "bucket": world.bucket}})
    home = Home(tmp_path, settings, world.connection)
    assert run_cost(home, Console(json=True)) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["bytes"], Decimal(told["month"])) == (2001, Decimal("1.001"))
    assert Decimal(told["month_with_queue"]) == Decimal("2.003")
    assert Decimal(told["way_back"]) == Decimal("2.001")
    assert [(one["bytes"], Decimal(one["month"])) for one in told["shoots"]] == [(2001, Decimal("2.001"))]
    run_cost(home, Console(json=False))
    said = capsys.readouterr().out
    assert "costs about $1.00 a month" in said
    assert "prices of 2027-01-02" in said
