"""The builders of small real files lie beside the tests of their rooms."""

import sys
from pathlib import Path

sys.path += [str(Path(__file__).parents[1] / room) for room in ("card", "catalog_adapters", "manifest")]
