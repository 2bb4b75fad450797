"""A pytest plugin (`-p saboteur`): one protection of the product is off while the tests run, and each outcome is told.

SAFELIGHT_SABOTAGE names a sabotage of `sabotages.py`; SAFELIGHT_TOLD is the file that gets a line for each test.
"""

import importlib
import os
from typing import Any

import pytest
from sabotages import SABOTAGES


def found(target: str) -> tuple[Any, str]:
    """The owner and the attribute of "module:Class.attribute"; AttributeError where the product has no such thing."""
    module, _, path = target.partition(":")
    *owners, name = path.split(".")
    owner: Any = importlib.import_module(module)
    for step in owners:
        owner = getattr(owner, step)
    getattr(owner, name)
    return owner, name


def pytest_configure(config: pytest.Config) -> None:
    named = os.environ.get("SAFELIGHT_SABOTAGE")
    if not named:
        return
    [sabotage] = [each for each in SABOTAGES if each.name == named]
    for target, stand_in in sabotage.patches.items():
        owner, name = found(target)
        setattr(owner, name, stand_in(getattr(owner, name)))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    if report.when == "call" or report.outcome != "passed":
        with open(os.environ["SAFELIGHT_TOLD"], "a", encoding="utf-8") as told:
            told.write(f"{report.when} {report.outcome} {report.nodeid}\n")
