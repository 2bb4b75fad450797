"""From the card to the third copy with an editor between: what is picked goes first, and what is picked later, then."""

from collections.abc import Callable, Iterator

import pytest
from acceptance_editors import EDITORS, Editor, shoot
from studio import Studio, is_record

from ingest.cloud.loopback import LoopbackB2
from ingest.cloud.loopback_faults import Fault, FaultKind

BUCKET, COUNT, PREFIX = "my-archive", 24, "originals/"
FIRST = {"IMG_0007.JPG": (3, 1), "IMG_0020.JPG": (0, 1), "IMG_0011.JPG": (5, 0), "IMG_0002.JPG": (4, 0),
         "IMG_0001.JPG": (5, -1), "IMG_0009.JPG": (2, 0)}  # fmt: skip
LATER = {"IMG_0015.JPG": (5, 1), "IMG_0020.JPG": (1, 0), "IMG_0022.JPG": (3, 0), "IMG_0003.JPG": (2, -1),
         "IMG_0011.JPG": (2, 0), "IMG_0007.JPG": (3, 0), "IMG_0001.JPG": (4, 0), "IMG_0002.JPG": (3, 0),
         "IMG_0009.JPG": (1, 0)}  # fmt: skip


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopbackB2]:
    with LoopbackB2(BUCKET) as running:
        monkeypatch.setenv("NO_PROXY", "127.0.0.1")
        monkeypatch.setenv("B2_APPLICATION_KEY_ID", running.key_id)
        monkeypatch.setenv("B2_APPLICATION_KEY", running.key)
        yield running


@pytest.fixture
def ingested(studio: Studio, server: LoopbackB2) -> dict[str, int]:
    """The card is safe and its third copies wait; no editor knows the pictures yet."""
    studio.configure(
        extra=f'[cloud]\nkind = "b2"\nbucket = "{BUCKET}"\nprefix = "{PREFIX}"\nrealm = "{server.url}"\nparallel = 1\n'
    )
    names = shoot(studio, COUNT)
    assert studio.ingest().level == "safe"
    return names


@pytest.fixture(params=EDITORS)
def editor(request: pytest.FixtureRequest, studio: Studio, ingested: dict[str, int]) -> Editor:
    return known_to(studio, EDITORS[request.param], ingested)


def known_to(studio: Studio, make: Callable[..., Editor], names: dict[str, int]) -> Editor:
    """The editor's catalog is in the settings, and its photographer has chosen."""
    folder = studio.base / "catalogs"
    folder.mkdir()
    editor = make(folder, studio, names)
    editor.say({name: words for name, words in FIRST.items() if name in names})
    studio.configure(extra=studio.extra + editor.settings)
    return editor


def queued(studio: Studio) -> list[str]:
    """Names in the order in which they will be sent."""
    rows = studio.ask("SELECT key FROM upload_job WHERE state = 'waiting' ORDER BY priority DESC, id")
    return [key.rpartition("/")[2] for (key,) in rows]


def by_worth(studio: Studio, editor: Editor) -> list[str]:
    """The order that the photographer's words ask for; what is worth the same goes in the order of the ingest."""
    rows = studio.ask("SELECT key FROM upload_job WHERE state = 'waiting' ORDER BY id")
    names = [key.rpartition("/")[2] for (key,) in rows]
    return sorted(names, key=editor.worth, reverse=True)  # stable also in reverse


def arrived(server: LoopbackB2) -> list[str]:
    """Names in the order in which the bucket got them, by the service's own books."""
    with server.lock:
        files = server.simulator.bucket_id_to_bucket[server.bucket_id].file_id_to_file.values()
        names = [file.name for file in files if file.action == "upload"]
    return [name.rpartition("/")[2] for name in names if not is_record(name)]


def full_after(server: LoopbackB2, count: int, patch: pytest.MonkeyPatch) -> None:
    """The bucket takes so many files, then its owner's cap is reached."""
    real, seen = server.faults.take, []

    def take(path: str) -> Fault | None:
        if "b2_upload_file" not in path:
            return real(path)
        seen.append(path)
        return Fault(FaultKind.STORAGE_CAP, path) if len(seen) > count else real(path)

    patch.setattr(server.faults, "take", take)


def test_the_third_copies_go_in_the_order_of_the_editors_words_and_follow_when_these_change(
    studio: Studio, editor: Editor, server: LoopbackB2
) -> None:
    before = queued(studio)
    assert before == sorted(before)
    told = editor.tag(studio, "--json").events("tagged")[0]["facts"]
    assert (told["files"], told["matched"], told["ambiguous"], told["unmatched"]) == (COUNT, COUNT, [], 0)
    assert told["settled"]
    expected = by_worth(studio, editor)
    assert queued(studio) == expected != before

    with pytest.MonkeyPatch.context() as patch:
        full_after(server, 3, patch)
        assert studio.run("cloud", "run", "--json").code != 0
    assert arrived(server) == expected[:3]

    editor.say(LATER)
    editor.rename_and_move()
    told = editor.tag(studio, "--json").events("tagged")[0]["facts"]
    assert (told["files"], told["matched"], told["ambiguous"], told["unmatched"]) == (COUNT, COUNT, [], 0)
    rest = by_worth(studio, editor)
    assert queued(studio) == rest != expected[3:]
    assert studio.run("cloud", "run", "--json").code == 0
    assert arrived(server) == expected[:3] + rest


def test_the_screens_tell_the_title_the_picks_and_how_many_the_editor_knows(
    studio: Studio, ingested: dict[str, int]
) -> None:
    editor = known_to(studio, EDITORS["lightroom"], ingested)
    screen = editor.tag(studio).out
    assert f"{COUNT} of {COUNT} files found there" in screen
    assert "2 picked, 1 rejected, 2 x 5 stars, 1 x 4 stars, 1 x 3 stars, 1 x 2 stars" in screen
    status = studio.run("status").out
    for words in ("Meyer wedding", f"{COUNT} of {COUNT} files found there", "2 picked", f"church ({COUNT})"):
        assert words in status
    for word in ("meyer", "church"):
        listed = studio.run("shoots", "--tag", word).out
        assert "Meyer wedding" in listed
        assert f"{COUNT} files" in listed
    assert "No shoot matches" in studio.run("shoots", "--tag", "funeral").out


def test_pictures_that_the_editor_does_not_have_yet_are_counted_as_such_and_wait_in_their_order(
    studio: Studio, ingested: dict[str, int]
) -> None:
    half = dict(list(ingested.items())[: COUNT // 2])
    editor = known_to(studio, EDITORS["lightroom"], half)
    told = editor.tag(studio, "--json").events("tagged")[0]["facts"]
    assert (told["files"], told["matched"], told["unmatched"]) == (COUNT, COUNT // 2, COUNT // 2)
    assert f"{COUNT // 2} of {COUNT} files found there" in studio.run("status").out
    assert queued(studio) == by_worth(studio, editor)


@pytest.mark.parametrize("kind", ["lightroom", "capture_one"])
def test_a_rating_that_the_catalog_does_not_tell_any_more_lowers_nothing(
    studio: Studio, ingested: dict[str, int], kind: str
) -> None:
    """Not known is not low: these catalogs tell "not rated" and "not known" alike."""
    editor = known_to(studio, EDITORS[kind], ingested)
    editor.tag(studio)
    order = queued(studio)
    assert order == by_worth(studio, editor)
    editor.say({name: (0, flag) for name, (_, flag) in FIRST.items()})
    told = editor.tag(studio, "--json").events("tagged")[0]["facts"]
    assert (told["settled"], told["unrated"]) == (True, COUNT)  # what is shown is what the catalog says now
    assert queued(studio) == order


def test_what_an_open_editor_may_not_have_saved_yet_raises_and_never_lowers(studio: Studio, editor: Editor) -> None:
    editor.tag(studio)
    order = queued(studio)
    editor.say({**FIRST, "IMG_0007.JPG": (1, 0), "IMG_0011.JPG": (1, 0)}, ago=0.0)
    assert not editor.tag(studio, "--json").events("tagged")[0]["facts"]["settled"]
    assert queued(studio) == order
    raised = {**FIRST, "IMG_0023.JPG": (5, 0), "IMG_0009.JPG": (4, 0)}
    editor.say(raised, ago=0.0)
    editor.tag(studio)
    assert queued(studio) == by_worth(studio, editor) != order
