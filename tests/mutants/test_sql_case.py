"""Which survivors are dropped for being SQL in another case, and which are not."""

import pytest
from sql_case import only_case_of_sql

LEDGER = "ingest/ledger/assets.py"
ROW = "connection.execute(\"SELECT id FROM copy WHERE state <> 'lost'\")"


@pytest.mark.parametrize(
    "given",
    [
        "connection.execute(\"select id from copy where state <> 'lost'\")",
        "connection.execute(\"SELECT ID FROM COPY WHERE STATE <> 'lost'\")",
    ],
)
def test_keywords_tables_and_columns_may_have_any_case(given):
    assert only_case_of_sql(LEDGER, ROW, given)


@pytest.mark.parametrize(
    "given",
    [
        "connection.execute(\"SELECT ID FROM COPY WHERE STATE <> 'LOST'\")",
        "connection.execute(\"SELECT id FROM copy WHERE state <> 'lots'\")",
        "connection.execute(\"SELECT id FROM copy WHERE state = 'lost'\")",
        "connection.execute(None)",
        ROW,
    ],
)
def test_another_literal_another_statement_or_none_is_no_change_of_case(given):
    assert not only_case_of_sql(LEDGER, ROW, given)


def test_a_value_that_is_no_sql_keeps_its_case():
    assert not only_case_of_sql(LEDGER, 'return "suspect"', 'return "SUSPECT"')
    assert not only_case_of_sql(LEDGER, 'run("SELECT 1", "lost")', 'run("select 1", "LOST")')


def test_python_between_the_texts_keeps_its_case():
    assert not only_case_of_sql(LEDGER, 'run(here, "SELECT 1")', 'run(HERE, "select 1")')


def test_named_values_and_what_python_puts_in_keep_their_case():
    assert not only_case_of_sql(LEDGER, '"SELECT :size"', '"SELECT :SIZE"')
    assert not only_case_of_sql(LEDGER, 'f"SELECT {size}"', 'f"SELECT {SIZE}"')


def test_a_literal_that_goes_on_in_the_next_line_is_not_judged():
    assert not only_case_of_sql(LEDGER, '"SELECT \'lost"', '"SELECT \'LOST"')


def test_words_of_other_rooms_are_no_sql():
    assert not only_case_of_sql("ingest/gate/words.py", '"SELECT one"', '"select one"')
