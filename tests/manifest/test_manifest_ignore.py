import shutil
import subprocess
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.manifest.ignore import MOST_PATTERNS, OWN_PATTERNS, IgnoreRules, joined_patterns

OURS = IgnoreRules(OWN_PATTERNS)


@pytest.mark.parametrize(
    "path",
    [
        b".DS_Store",
        b"a/b/.DS_Store",
        b"ascmhl/0001_x.mhl",
        b"A001/ascmhl/ascmhl_chain.xml",
        b".safelight/incoming/x",
        b"IMG_0001.xmp",
        b"x/IMG_0001.CR3.XMP",
        b"x/IMG_0001.xMp",
        b"CaptureOne/Settings131/IMG.CR3.cos",
        b"100CANON/CaptureOne/Cache/Proxies/IMG.cop",
        b"Meyer.cocatalog/adjustments/x",
        b"Meyer.cosessiondb",
        b"Meyer.cocatalogdb-wal",
        b"Main.lrcat",
        b"Main.lrcat-journal",
        b"Main Previews.lrdata/root.db",
        b"NKSC_PARAM/DSC_1.NEF.nksc",
        b"a.dop",
        b"a.pp3",
        b"a.acr",
        b"a.on1",
        b"a.RMD",
        b"DCIM/._IMG_1.JPG",
        b"Thumbs.db",
        b"x/desktop.ini",
        b".Spotlight-V100/Store",
        b"System Volume Information/IndexerVolumeGuid",
        b"$RECYCLE.BIN/S-1/x",
        b"lost+found/#1",
        b"x/@eaDir/y",
        b"#recycle/a.jpg",
        b".@__thumb/a.jpg",
    ],
)
def test_what_editors_and_systems_rewrite_is_ignored(path: bytes) -> None:
    assert OURS.ignores(path)


@pytest.mark.parametrize(
    "path",
    [
        b"IMG_0001.CR3",
        b"IMG_0001.JPG",
        b"x.xmp.jpg",
        b"CaptureOne",  # a file of that name is no editor's folder
        b"myCaptureOne/a.jpg",
        b"PRIVATE/M4ROOT/MEDIAPRO.XML",
        b"recycle/a.jpg",
        b"A.RDM/B.RDC/x.R3D",
        b"ascmhl2/x",
        "Übung/été.jpg".encode(),
        b"line\nbreak.jpg",
    ],
)
def test_what_a_photographer_made_is_never_ignored(path: bytes) -> None:
    assert not OURS.ignores(path)


def test_a_later_pattern_takes_an_earlier_one_back_but_not_its_folder() -> None:
    rules = IgnoreRules(["*.log", "tmp/", "!keep.log", "!tmp/x"])
    assert rules.ignores(b"a.log")
    assert not rules.ignores(b"keep.log")
    assert rules.ignores(b"tmp/x")


def test_plain_names_and_endings_are_meant_for_whole_names_in_any_folder() -> None:
    rules = IgnoreRules(["*.cos", "name", "folder/", "*end/", "!b.cos", "/top"])
    for path in (b".cos", b"x/y.cos", b"x/name", b"folder/a", b"x/folder/a", b"x/the end/a", b"name/a", b"top"):
        assert rules.ignores(path), path
    for path in (b"b.cos", b"a.cosx", b"myname", b"name2", b"folder", b"x/end", b"x/top", b"cos"):
        assert not rules.ignores(path), path


@pytest.mark.parametrize("pattern", ["", "   ", "# a comment", "/"])
def test_a_line_that_says_nothing_ignores_nothing(pattern: str) -> None:
    rules = IgnoreRules([pattern])
    assert not rules.ignores(b"# a comment")
    assert not rules.ignores(b"a/b")


@pytest.mark.parametrize("patterns", [["[z-a]"], ["x" * 2000], [f"x{n}" for n in range(MOST_PATTERNS + 1)]])
def test_patterns_that_are_none_are_refused(patterns: list[str]) -> None:
    with pytest.raises(ValueError, match="ignore pattern"):
        IgnoreRules(patterns)


def test_a_history_with_as_many_patterns_as_are_taken_can_still_gain_ours() -> None:
    foreign = [f"x{n}" for n in range(MOST_PATTERNS)]
    rules = IgnoreRules(joined_patterns(foreign, OWN_PATTERNS))
    assert rules.ignores(b"a.xmp")
    assert rules.ignores(b"x999")


@pytest.mark.parametrize("pattern", ["*a" * 100 + "b", "**/a/" * 60 + "b", "*" * 900, "/**" * 300, "?*" * 400 + "x"])
def test_a_pattern_made_to_hang_is_answered(pattern: str) -> None:
    rules = IgnoreRules([pattern])
    for path in (b"a" * 255, b"a/" * 500 + b"c", b"a" * 200 + b"/" + b"a" * 200):
        assert rules.ignores_name(path, is_folder=False) in (True, False)


_PIECES = st.sampled_from(["a", "b", "*", "?", ".", "[ab]", "[!a]", "\\#", "\\*", "+"])
_SEGMENTS = st.one_of(
    st.just("**"),
    st.lists(_PIECES, min_size=1, max_size=4).map("".join).filter(lambda segment: "**" not in segment),
)
_PATTERNS = st.tuples(
    st.sampled_from(["", "/"]), st.lists(_SEGMENTS, min_size=1, max_size=4).map("/".join), st.sampled_from(["", "/"])
).map("".join)
_PART = st.text("ab.#*+", min_size=1, max_size=4).filter(lambda name: name not in (".", ".."))
_PATHS = st.lists(_PART, min_size=1, max_size=4).map("/".join)


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed; the tables above hold without it")
@given(pattern=_PATTERNS, paths=st.sets(_PATHS, min_size=1, max_size=12))
@settings(deadline=None, max_examples=60)
def test_files_are_ignored_as_git_ignores_them(
    tmp_path_factory: pytest.TempPathFactory, pattern: str, paths: set[str]
) -> None:
    git = _repository(tmp_path_factory, pattern)
    answer = subprocess.run(
        ["git", "-C", git, "check-ignore", "--stdin", "-z", "--no-index"],
        input="\0".join(sorted(paths)).encode(),
        capture_output=True,
        check=False,
    )
    assert answer.returncode in (0, 1), answer.stderr
    ignored = {path for path in answer.stdout.split(b"\0") if path}
    rules = IgnoreRules([pattern])
    assert {path.encode() for path in paths if rules.ignores(path.encode())} == ignored


def _repository(factory: pytest.TempPathFactory, pattern: str) -> Path:
    folder = factory.getbasetemp() / "ignored-by-git"
    if not folder.exists():
        subprocess.run(["git", "init", "-q", folder], check=True)
    (folder / ".gitignore").write_text(pattern + "\n")
    return folder
