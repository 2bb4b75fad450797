"""Puts the generator on the path, and tells where the committed cards are."""

import os
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(REPOSITORY / "sample_cards"))


@pytest.fixture(scope="session")
def samples() -> Path:
    """The folder of the committed cards."""
    return REPOSITORY / "sample_cards"


@pytest.fixture(scope="session")
def real_schemas() -> Path:
    """Schemas of real editors, where a developer has them; the folder need not exist."""
    shared = Path(os.environ.get("SAFELIGHT_SHARED", REPOSITORY.parent / "shared"))
    return shared / "catalogs" / "schemas"
