"""Fixtures of the tests of catalog reading."""

from pathlib import Path

import pytest
from catalog_editors import EDITORS, Editor
from lightroom_builder import LightroomBuilder


@pytest.fixture(params=EDITORS, ids=lambda editor: editor.kind)
def editor(request: pytest.FixtureRequest) -> Editor:
    found = request.param
    assert isinstance(found, Editor)
    return found


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The folder of the document, apart from the folder for copies."""
    folder = tmp_path / "catalogs"
    folder.mkdir()
    return folder


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder


@pytest.fixture
def lr(tmp_path: Path) -> LightroomBuilder:
    return LightroomBuilder(tmp_path / "Main.lrcat")


@pytest.fixture
def folder(lr: LightroomBuilder) -> int:
    return lr.folder(lr.root())
