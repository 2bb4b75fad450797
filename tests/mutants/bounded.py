"""A pytest plugin: property tests draw the same few examples every time, so that a run is bounded and repeatable."""

import sys

import pytest
from hypothesis import Phase, settings

settings.register_profile(
    "mutants", max_examples=5, derandomize=True, database=None, deadline=None, phases=(Phase.explicit, Phase.generate)
)


def pytest_configure() -> None:
    """After the conftest of all tests, which has a profile of its own."""
    settings.load_profile("mutants")


if not hasattr(pytest.Item, "_nodeid"):  # mutmut 3.7 still asks for what pytest 9.2 no longer has
    pytest.Item._nodeid = property(lambda item: item.nodeid)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """What a function remembers from the run without a mutant would answer in the mutant's place."""
    for name, module in list(sys.modules.items()):
        if name.startswith("ingest."):
            for value in list(vars(module).values()):
                if callable(clear := getattr(value, "cache_clear", None)):
                    clear()
