"""`ingest --keywords …`: sidecars beside the raw copies, and nothing else is touched."""

import os
import signal
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from ingest.disk.volumes import volume_of
from ingest.errors import DestinationReadOnly, Exit
from ingest.session import sidecar_place
from ingest.session.hands import Hands
from ingest.tagging.xmp_read import read_xmp

SAID = ("--keywords", "wedding, Meyer|ceremony", "--creator", "Ann Öz", "--copyright", "© Ann", "--job", "J-17")
CARDS = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmp:Rating="5" xmlns:q="urn:q" q:kept="yes"/>
</rdf:RDF></x:xmpmeta>"""


def values(data, name):
    return read_xmp(data).values(name)


def sidecars(studio, place):
    return {
        os.path.basename(path): data for path, data in studio.copies(place).items() if path.lower().endswith(".xmp")
    }


@pytest.fixture
def pair(studio):
    """A raw picture with its JPEG, a raw alone, a JPEG alone, a DNG."""
    for name in ("IMG_1.CR3", "IMG_1.JPG", "IMG_2.NEF", "IMG_3.JPG", "IMG_4.DNG"):
        studio.put(f"DCIM/100CANON/{name}", name.encode() * 300)
    return studio


def test_each_raw_copy_gets_its_sidecar_at_each_destination_and_the_card_is_safe(pair):
    answer = pair.ingest(*SAID)
    assert (answer.code, answer.level) == (Exit.OK, "safe")
    for place in (pair.ssd, pair.nas):
        found = sidecars(pair, place)
        assert sorted(found) == ["IMG_1.xmp", "IMG_2.xmp"], "a JPEG and a DNG hold such words inside"
        assert values(found["IMG_1.xmp"], "dc:subject") == ["wedding", "Meyer", "ceremony"]
        assert values(found["IMG_1.xmp"], "dc:creator") == ["Ann Öz"]
        assert values(found["IMG_2.xmp"], "photoshop:SidecarForExtension") == ["NEF"]
        assert pair.copy_of(place, "IMG_1.xmp").parent == pair.copy_of(place, "IMG_1.CR3").parent
    events = answer.events("sidecars")
    assert [(e["name"], e["written"], e["left"]) for e in events] == [("ssd", 2, 0), ("nas", 2, 0)]
    assert not answer.events("warned")
    assert not pair.leftovers()


def test_the_photographs_themselves_keep_their_bytes(pair):
    pair.ingest(*SAID, "--rating", "4")
    for place in (pair.ssd, pair.nas):
        photographs = {path: data for path, data in pair.copies(place).items() if not path.endswith(".xmp")}
        assert sorted(photographs.values()) == pair.on_card()


def test_without_a_word_there_is_no_sidecar(pair):
    assert not pair.ingest().events("sidecars")
    assert not sidecars(pair, pair.ssd)


def test_the_same_command_again_changes_nothing(pair):
    pair.ingest(*SAID)
    before = {path: path.stat().st_mtime_ns for path in pair.ssd.rglob("*.xmp")}
    answer = pair.ingest(*SAID)
    assert answer.level == "safe"
    assert [(e["written"], e["merged"], e["same"]) for e in answer.events("sidecars")] == [(0, 0, 2)] * 2
    assert {path: path.stat().st_mtime_ns for path in pair.ssd.rglob("*.xmp")} == before


def test_a_sidecar_never_changes_a_verdict_or_a_history(pair):
    pair.ingest(*SAID)
    for path in [*pair.ssd.rglob("*.xmp"), *pair.nas.rglob("*.xmp")]:
        path.write_bytes(b"an editor wrote something else")
    assert pair.check().level == "safe"
    assert pair.run("verify", "--json").code == Exit.OK
    for manifest in pair.ssd.rglob("*.mhl"):
        assert ".xmp</path>" not in manifest.read_text(encoding="utf-8")


def test_what_an_editor_wrote_meanwhile_is_merged(pair):
    pair.ingest()
    for place in (pair.ssd, pair.nas):
        pair.copy_of(place, "IMG_1.CR3").with_suffix(".xmp").write_bytes(CARDS)
    answer = pair.ingest(*SAID)
    assert [(e["written"], e["merged"]) for e in answer.events("sidecars")] == [(1, 1)] * 2
    new = sidecars(pair, pair.nas)["IMG_1.xmp"]
    assert (values(new, "xmp:Rating"), values(new, "dc:creator")) == (["5"], ["Ann Öz"])
    assert b'q:kept="yes"' in new


def test_a_sidecar_that_is_spelt_otherwise_is_the_one_that_is_merged(pair):
    pair.ingest()
    pair.copy_of(pair.ssd, "IMG_1.CR3").with_suffix(".XMP").write_bytes(CARDS)
    pair.ingest(*SAID)
    assert sorted(sidecars(pair, pair.ssd)) == ["IMG_1.XMP", "IMG_2.xmp"]


def test_the_cards_own_sidecar_keeps_its_proven_bytes_and_its_words_are_in_the_new_one(pair):
    pair.put("DCIM/100CANON/IMG_1.XMP", CARDS)
    answer = pair.ingest(*SAID)
    assert answer.level == "safe"
    for place in (pair.ssd, pair.nas):
        found = sidecars(pair, place)
        assert sorted(found) == ["IMG_1.card.XMP", "IMG_1.xmp", "IMG_2.xmp"]
        assert found["IMG_1.card.XMP"] == CARDS
        assert b'q:kept="yes"' in found["IMG_1.xmp"]
        assert values(found["IMG_1.xmp"], "xmp:Rating") == ["5"]
        assert values(found["IMG_1.xmp"], "dc:subject") == ["wedding", "Meyer", "ceremony"]
    assert pair.check().level == "safe"
    assert pair.run("verify", "--json").code == Exit.OK
    again = pair.ingest(*SAID)
    assert again.level == "safe"
    assert {e["same"] for e in again.events("sidecars")} == {2}


def test_also_outside_dcim_the_cards_own_sidecar_makes_room(studio):
    studio.put("Pictures/IMG_1.CR3", b"raw" * 900)
    studio.put("Pictures/IMG_1.xmp", CARDS)
    assert studio.ingest(*SAID).level == "safe"
    assert sorted(sidecars(studio, studio.ssd)) == ["IMG_1.card.xmp", "IMG_1.xmp"]


def test_a_cards_sidecar_that_was_proven_under_its_own_name_is_left_alone_and_told(pair):
    pair.put("DCIM/100CANON/IMG_1.xmp", CARDS)
    assert pair.ingest().level == "safe"
    answer = pair.ingest(*SAID)
    assert answer.level == "safe"
    assert sidecars(pair, pair.ssd)["IMG_1.xmp"] == CARDS
    told = answer.events("warned")
    assert [event["text"] for event in told] == [
        f"not written on {name}, since {sidecar_place.CARDS_OWN}" for name in ("ssd", "nas")
    ]
    assert told[0]["paths"][0].endswith("/IMG_1.xmp")
    assert [(e["written"], e["left"]) for e in answer.events("sidecars")] == [(1, 1)] * 2


def test_the_sidecar_of_another_naming_rule_stays_where_it_is(pair):
    pair.put("DCIM/100CANON/IMG_1.CR3.xmp", CARDS)
    assert pair.ingest(*SAID).level == "safe"
    assert sidecars(pair, pair.ssd)["IMG_1.CR3.xmp"] == CARDS
    assert b"kept" not in sidecars(pair, pair.ssd)["IMG_1.xmp"]


def test_a_hostile_sidecar_is_left_as_it_is_and_told_by_name(pair):
    pair.ingest()
    bad = b'<!DOCTYPE x SYSTEM "file:///etc/passwd">' + CARDS
    pair.copy_of(pair.ssd, "IMG_1.CR3").with_suffix(".xmp").write_bytes(bad)
    answer = pair.ingest(*SAID)
    assert answer.level == "safe"
    [told] = answer.events("warned")
    assert told["text"] == "not written on ssd, since it declares a document type, which no XMP has"
    assert [os.path.basename(path) for path in told["paths"]] == ["IMG_1.xmp"]
    assert sidecars(pair, pair.ssd)["IMG_1.xmp"] == bad
    assert sorted(sidecars(pair, pair.nas)) == ["IMG_1.xmp", "IMG_2.xmp"]


@pytest.mark.parametrize("link", ["sidecar", "folder"])
def test_no_link_is_followed(pair, tmp_path, link):
    pair.ingest()
    outside = tmp_path / "outside"
    outside.mkdir()
    folder = pair.copy_of(pair.ssd, "IMG_1.CR3").parent
    if link == "sidecar":
        (outside / "mine.xmp").write_bytes(CARDS)
        (folder / "IMG_1.xmp").symlink_to(outside / "mine.xmp")
    else:
        folder.rename(outside / "moved")
        folder.symlink_to(outside / "moved")
    answer = pair.ingest(*SAID)
    assert not list(outside.rglob("IMG_*.xmp"))
    if link == "sidecar":
        assert (outside / "mine.xmp").read_bytes() == CARDS
        assert "symbolic links" in answer.events("warned")[0]["text"]
        assert (folder / "IMG_1.xmp").is_symlink()


def test_what_was_here_before_is_not_said_to_be_of_todays_job(studio):
    """Saturday's wedding is still on the card on Sunday."""
    studio.put("DCIM/100CANON/IMG_1.CR3", b"saturday" * 300)
    studio.ingest("--keywords", "Meyer", "--shoot", "Meyer")
    studio.put("DCIM/100CANON/IMG_2.CR3", b"sunday" * 300)
    answer = studio.ingest("--keywords", "Schulz", "--shoot", "Schulz")
    found = sidecars(studio, studio.ssd)
    assert values(found["IMG_1.xmp"], "dc:subject") == ["Meyer"]
    assert values(found["IMG_2.xmp"], "dc:subject") == ["Schulz"]
    assert {e["older"] for e in answer.events("sidecars")} == {1}


def test_what_a_killed_session_had_copied_is_said_by_the_same_command(studio):
    for n in range(4):
        studio.put(f"DCIM/100CANON/IMG_{n}.CR3", b"%d" % n * 2000)

    def die_behind_the_copies():
        import ingest.session.ending as ending

        def die(*_):
            os.kill(os.getpid(), signal.SIGKILL)

        ending.write_manifests = die

    assert studio.run_apart(die_behind_the_copies, "ingest", studio.card, "--json", *SAID).code == -signal.SIGKILL
    assert not sidecars(studio, studio.ssd)
    studio.put("DCIM/100CANON/IMG_9.CR3", b"9" * 2000)
    answer = studio.ingest(*SAID)
    assert answer.level == "safe"
    assert len(sidecars(studio, studio.ssd)) == 5
    assert {e["older"] for e in answer.events("sidecars")} == {0}


@pytest.mark.parametrize("call", ["rename", "publish", "_barrier"])
def test_killed_before_the_name_is_given_no_torn_sidecar_is_left_and_the_same_command_goes_on(pair, call):
    pair.ingest()
    for place in (pair.ssd, pair.nas):
        pair.copy_of(place, "IMG_1.CR3").with_suffix(".xmp").write_bytes(CARDS)

    def kill_there():
        def die(*_, **__):
            os.kill(os.getppid(), signal.SIGKILL)
            os.kill(os.getpid(), signal.SIGKILL)

        target = sidecar_place.os if call == "rename" else sidecar_place
        setattr(target, call, die)

    assert pair.run_apart(kill_there, "ingest", pair.card, "--json", *SAID).code == -signal.SIGKILL
    for place in (pair.ssd, pair.nas):
        for data in sidecars(pair, place).values():
            assert data == CARDS or values(data, "dc:creator") == ["Ann Öz"]
    assert pair.leftovers(), "it was killed where nothing was under way"
    answer = pair.ingest(*SAID)
    assert answer.level == "safe"
    assert not pair.leftovers()
    for place in (pair.ssd, pair.nas):
        assert {tuple(values(data, "dc:creator")) for data in sidecars(pair, place).values()} == {("Ann Öz",)}
        assert b'q:kept="yes"' in sidecars(pair, place)["IMG_1.xmp"]


def test_a_sidecar_that_changes_at_the_same_moment_is_not_replaced(pair, sabotage, in_threads):
    pair.ingest()
    mine = pair.copy_of(pair.ssd, "IMG_1.CR3").with_suffix(".xmp")
    mine.write_bytes(CARDS)
    barrier = sidecar_place._barrier

    def an_editor_writes(*args):
        mine.write_bytes(CARDS + b"\n<!-- now -->")
        return barrier(*args)

    sabotage.setattr(sidecar_place, "_barrier", an_editor_writes)
    answer = pair.ingest(*SAID)
    assert mine.read_bytes().endswith(b"<!-- now -->")
    assert "at the same moment" in answer.events("warned")[0]["text"]
    assert not pair.leftovers()


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (DestinationReadOnly("ssd cannot be written by this user"), "cannot be written by this user"),
        (OSError(5, "Input/output error"), "does not answer: Input/output error"),
        (RuntimeError("a mistake of ours"), "RuntimeError: a mistake of ours"),
        (sqlite3.OperationalError("database is locked"), "OperationalError: database is locked"),
    ],
)
def test_whatever_goes_wrong_behind_the_verdict_it_stands(pair, sabotage, error, why):
    def fails(*_):
        raise error

    sabotage.setattr("ingest.session.sidecars.wanted_at", fails)
    answer = pair.ingest(*SAID)
    assert (answer.code, answer.level) == (Exit.OK, "safe")
    assert f"no sidecars on ssd: {why}; the verdict stands" in [event["text"] for event in answer.events("warned")]


def test_ctrl_c_behind_the_verdict_leaves_it_and_the_same_command_goes_on(pair, sabotage):
    def stopped(*_):
        raise KeyboardInterrupt

    sabotage.setattr("ingest.session.sidecars.write_sidecars_at", stopped)
    sabotage.setattr("ingest.session.hands.Hands.ask", stop_at_sidecars(stopped))
    answer = pair.ingest(*SAID)
    assert answer.level == "safe"
    assert "the same command goes on" in answer.events("warned")[0]["text"]
    sabotage.undo()
    assert [e["written"] for e in pair.ingest(*SAID).events("sidecars")] == [2, 2]


def stop_at_sidecars(stopped):
    """Ctrl-C while a destination is asked for its sidecars; all else is asked as ever."""
    ask = Hands.ask
    return lambda self, name, function, *args: stopped() if function is stopped else ask(self, name, function, *args)


@pytest.mark.parametrize("words", [("--keywords", " , "), ("--creator", ""), ("--job", "a\nb"), ("--keywords", "a||b")])
def test_what_cannot_be_said_is_refused_before_anything_is_copied(pair, words):
    answer = pair.run("ingest", pair.card, "--json", *words)
    assert answer.code == Exit.USAGE
    assert words[0] in answer.last["message"]
    assert not pair.copies(pair.ssd)


def test_the_time_of_the_change_has_its_zone(pair):
    pair.ingest(*SAID)
    [told] = values(sidecars(pair, pair.ssd)["IMG_1.xmp"], "xmp:MetadataDate")
    assert abs((datetime.now(UTC) - datetime.fromisoformat(told)).total_seconds()) < 3600


def test_the_screen_tells_what_was_written_and_what_was_not(pair):
    pair.put("DCIM/100CANON/IMG_1.xmp", CARDS)
    pair.ingest()
    answer = pair.run("ingest", pair.card, *SAID, "--no-input")
    assert "Sidecars on ssd: 1 written, 1 left" in answer.out
    assert sidecar_place.CARDS_OWN in answer.out


PRESETS = """[presets.wedding]
creator = "Preset"
copyright = "© Preset"
keywords = ["people|couple"]
[ingest]
preset = "wedding"
"""


def test_the_preset_of_the_settings_is_said_at_every_ingest_and_the_command_line_goes_over_it(pair):
    pair.configure(extra=PRESETS)
    pair.ingest("--creator", "Ann", "--keywords", "cake")
    found = sidecars(pair, pair.nas)["IMG_1.xmp"]
    assert (values(found, "dc:creator"), values(found, "dc:rights")) == (["Ann"], ["© Preset"])
    assert values(found, "dc:subject") == ["people", "couple", "cake"]


def test_what_a_preset_says_leaves_a_field_that_is_set(pair):
    pair.ingest("--creator", "Ann")
    pair.configure(extra=PRESETS)
    pair.ingest("--preset", "wedding")
    found = sidecars(pair, pair.nas)["IMG_1.xmp"]
    assert (values(found, "dc:creator"), values(found, "dc:rights")) == (["Ann"], ["© Preset"])


def test_the_preset_of_the_settings_can_be_left_out_once(pair):
    pair.configure(extra=PRESETS)
    assert not pair.ingest("--preset", "").events("sidecars")
    assert not sidecars(pair, pair.ssd)


def test_a_preset_that_does_not_exist_is_refused_with_those_that_do(pair):
    pair.configure(extra=PRESETS)
    answer = pair.ingest("--preset", "weding")
    assert (answer.code, answer.last["message"]) == (Exit.USAGE, "--preset: there is no [presets.weding]")
    assert "wedding" in answer.last["hint"]


def test_a_card_that_the_watch_ingests_says_the_preset_too(pair, monkeypatch):
    pair.configure(extra=PRESETS)
    card = replace(volume_of(os.fsencode(pair.card)), mount=os.fsencode(pair.card), label="CARD")
    monkeypatch.setattr("ingest.cli.do_watch.list_volumes", lambda before: [card])
    assert pair.run("watch", "--auto", "--once", "--json").code == Exit.OK
    assert values(sidecars(pair, pair.ssd)["IMG_2.xmp"], "dc:creator") == ["Preset"]
