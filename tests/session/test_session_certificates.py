"""A verdict on paper, after a real ingest: it holds everything, nobody changes it unseen, it stays what it was."""

import base64
import hashlib
import json
import sqlite3
from html.parser import HTMLParser

import pytest

from ingest.certificates.checking import check
from ingest.certificates.faces import BEGIN, END, as_html, as_json, as_text
from ingest.certificates.facts import certificate_of
from ingest.certificates.signing import envelope, sign

SEED, OTHER = "5a" * 32, "c3" * 32
FORMS = ("text", "json", "html")


@pytest.fixture
def signed(monkeypatch):
    monkeypatch.setenv("SAFELIGHT_STATION_KEY", SEED)


@pytest.fixture
def judged(studio, signed):
    """A card that is safe, with a file that a rule leaves out."""
    studio.shoot(3)
    studio.put(".DS_Store", b"litter")
    assert studio.ingest().code == 0
    return studio


def facts_of(studio, *words):
    return json.loads(studio.run("certificate", *(words or [studio.card]), "--as", "json").out)["certificate"]


def written(studio, form, *words):
    path = studio.base / f"certificate.{form}"
    path.unlink(missing_ok=True)
    run = studio.run("certificate", *(words or [studio.card]), "--as", form, "--to", path)
    assert run.code == 0, run.err
    return path


def answer(studio, path, *words):
    run = studio.run("certificate", "check", path, "--json", *words)
    assert (run.code == 0) == (run.last["answer"] == "as signed")
    assert run.code in (0, 18)
    return run.last


def parts(facts):
    """Every sum that a reader can make."""
    counts, listed = facts["counts"], facts["listed"]
    assert counts["files"] == sum(counts[name] for name in ("proven", "left_out", "acknowledged", "open"))
    assert counts["proven"] == counts["new"] + counts["already_safe"]
    assert sum(listed.values()) == counts["files"]
    assert listed["left_out"] == counts["left_out"] == sum(facts["left_out"].values())
    assert listed["acknowledged"] == counts["acknowledged"]
    assert len(facts["files"]) == counts["files"] - listed["without_content"]
    return counts, listed


def test_a_safe_card_gets_a_certificate_of_every_file_with_its_hashes_devices_methods_and_times(judged):
    facts = facts_of(judged)
    counts, listed = parts(facts)
    assert (facts["verdict"]["title"], counts["proven"], listed["with_hashes"]) == ("SAFE TO FORMAT", 3, 3)
    on_card = {hashlib.sha1(data).hexdigest() for data in judged.on_card() if data != b"litter"}
    assert {file["sha1"] for file in facts["files"] if "sha1" in file} == on_card
    [left_out] = [file for file in facts["files"] if "why" in file]
    assert left_out == {"path": ".DS_Store", "why": "left out by the rule .DS_Store"}
    for place in facts["destinations"]:
        proofs = [file["proofs"][place["name"]] for file in facts["files"] if "sha1" in file]
        assert len(proofs) == place["proven"] == sum(place["methods"].values())
        assert place["first_at"] == min(at for _, at in proofs)
        assert place["last_at"] == max(at for _, at in proofs) <= facts["verdict"]["at"]
        assert place["device"]
        assert place["seen"] == "at the verdict"
    assert [(read["read"], read["files"]) for read in facts["reads"]] == [(1, 3), (2, 3)]
    assert facts["card"]["listing"] == judged.check().last["fingerprint"]
    assert facts["station"] == "test"
    for file in facts["files"]:
        if "sha1" in file:
            assert (judged.ssd / file["name"]).read_bytes() in judged.on_card()


def test_the_text_says_the_verdict_first_and_all_of_it_stands_in_text_and_page(judged):
    text, page = judged.run("certificate", judged.card).out, written(judged, "html").read_text()
    assert text.splitlines()[2] == "✔ SAFE TO FORMAT"
    for face in (text, page):
        assert "4 = 3 proven + 1 left out + 0 acknowledged + 0 open" in face
        assert "That the pictures are good" in face
        assert "left out by the rule .DS_Store" in face
        for data in judged.shoot(3).values():
            assert hashlib.sha1(data).hexdigest() in face


def test_each_of_the_three_files_proves_itself_alone_by_the_stations_key(judged):
    for form in FORMS:
        found = answer(judged, written(judged, form))
        assert (found["answer"], found["form"], found["changed"], found["known"]) == ("as signed", form, "", True)
        assert found["signed_by"] in judged.run("certificate", "key").out


def test_whatever_byte_of_it_is_changed_it_is_not_as_it_was_signed(judged):
    for form in FORMS:
        data = written(judged, form).read_bytes()
        assert check(data).changed == ""
        places = [at for at in range(len(data)) if form != "json" or not data[at : at + 1].isspace()]
        for at in places[:: max(1, len(places) // 250)]:
            other = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
            assert check(other).changed, f"byte {at} of {form}: {data[at - 20 : at + 20]!r}"
        assert check(data[: len(data) // 2]).changed
        assert check(data + b"one more line\n").changed


def test_what_was_changed_is_named(judged):
    facts = written(judged, "json")
    facts.write_text(facts.read_text().replace('"proven": 3', '"proven": 9'))
    assert "the facts" in answer(judged, facts)["changed"]
    page = written(judged, "html")
    page.write_text(page.read_text().replace("<h1>✔ SAFE TO FORMAT", "<h1>✘ DO NOT FORMAT"))
    assert answer(judged, page)["changed"].startswith("what is shown, in line ")
    assert "DO NOT FORMAT" in answer(judged, page)["changed"]
    told = json.loads(written(judged, "json").read_text())
    told["signature"]["signature"] = base64.b64encode(bytes(64)).decode()
    facts.write_text(json.dumps(told))
    assert "signature" in answer(judged, facts)["changed"]
    judged.run("certificate", "check", facts).check(is_json=False)


def test_on_the_station_that_made_it_the_very_files_and_facts_that_were_changed_are_named(judged):
    path = written(judged, "json")
    assert answer(judged, path)["not_as_in_ledger"] == []
    [file, *_] = [file for file in facts_of(judged)["files"] if "sha1" in file]
    path.write_text(path.read_text().replace(file["sha1"], "0" * 40).replace('"station": "test"', '"station": "x"'))
    found = answer(judged, path)
    assert (found["answer"], found["not_as_in_ledger"]) == ("changed", ["station", f"file {file['path']}"])
    assert f"Not as this ledger has it: station, file {file['path']}" in judged.run("certificate", "check", path).out


def test_a_name_that_stands_twice_in_the_json_is_no_way_around_it(judged):
    facts = written(judged, "json")
    facts.write_text(facts.read_text().replace('"level": "safe"', '"level": "not_yet",\n"level": "safe"'))
    assert answer(judged, facts)["answer"] == "unreadable"


def test_a_forger_who_signs_anew_is_told_by_the_fingerprint_of_his_key(judged, monkeypatch):
    own = answer(judged, written(judged, "json"))["signed_by"]
    monkeypatch.setenv("SAFELIGHT_STATION_KEY", OTHER)
    home, judged.home = judged.home, judged.base / "forger"
    judged.home.mkdir()
    judged.configure()
    with sqlite3.connect(home / "ledger.sqlite") as source, sqlite3.connect(judged.home / "ledger.sqlite") as copy:
        source.backup(copy)
    forged = {form: written(judged, form, "1") for form in FORMS}
    judged.home = home
    monkeypatch.setenv("SAFELIGHT_STATION_KEY", SEED)
    for form in FORMS:
        found = answer(judged, forged[form])
        assert (found["answer"], found["known"]) == ("unknown key", False)
        assert found["signed_by"] not in ("", own)
        assert answer(judged, forged[form], "--key", found["signed_by"])["answer"] == "as signed"
        assert answer(judged, forged[form], "--key", own)["answer"] == "unknown key"


def test_the_certificate_of_an_old_verdict_stays_the_same_whatever_happened_since(judged):
    before = {form: written(judged, form, "1").read_bytes() for form in FORMS}
    assert judged.run("verify").code == 0
    judged.copy_of(judged.nas, "IMG_0002.JPG").unlink()
    judged.copy_of(judged.ssd, "IMG_0003.JPG").write_bytes(b"rotten")
    assert judged.run("verify").code == 18
    assert judged.run("repair").code == 0
    judged.put("DCIM/100CANON/IMG_0009.JPG", b"one more")
    assert judged.ingest().code == 0
    assert {form: written(judged, form, "1").read_bytes() for form in FORMS} == before
    newest = facts_of(judged)
    assert (newest["verdict"]["number"], parts(newest)[0]["proven"]) == (2, 4)


def test_a_verdict_that_is_not_safe_says_what_is_not_named(studio, signed):
    studio.shoot(2)
    studio.put("DCIM/100CANON/EMPTY.JPG", b"")
    assert studio.ingest().code == 11
    facts = facts_of(studio)
    counts, _ = parts(facts)
    assert (facts["verdict"]["title"], counts["open"]) == ("NOT YET", 1)
    assert facts["verdict"]["reasons"]
    assert "does not allow formatting" in facts["not_said"][0]
    assert studio.ingest("--acknowledge").code == 0
    facts = facts_of(studio)
    assert parts(facts)[1]["acknowledged"] == 1
    assert {"path": "DCIM/100CANON/EMPTY.JPG", "why": "acknowledged"} in facts["files"]


def test_without_a_keychain_it_is_made_unsigned_and_says_so(studio):
    studio.shoot(1)
    assert studio.ingest().code == 0
    path = studio.base / "unsigned.html"
    run = studio.run("certificate", studio.card, "--to", path)
    assert run.code == 0
    assert "not signed: this computer has no keychain" in run.err
    assert "NOT SIGNED" in path.read_text()
    assert answer(studio, path)["answer"] == "unsigned"
    assert "It says what this station's ledger says" in studio.run("certificate", "check", path).out
    assert studio.run("certificate", "key").code == 4
    path.write_text(path.read_text().replace("1 = 1 copied now", "1 = 1 COPIED now"))
    assert answer(studio, path)["answer"] == "changed"


def test_hostile_names_are_shown_harmlessly_and_are_still_told_apart(studio, signed):
    names = [b"<script>alert(1)<!--.JPG", b"\xe2\x80\xaegpj.exe", b"\x1b[31mred.JPG", b"\xff\xfe.JPG", BEGIN.encode()]
    for number, name in enumerate(names):
        studio.put(b"DCIM/100CANON/" + name, b"picture %d" % number)
    assert studio.ingest().code == 0
    for form in FORMS:
        path = written(studio, form)
        text = path.read_text(encoding="utf-8")
        assert not [c for c in text if not c.isprintable() and c != "\n"]
        assert answer(studio, path)["answer"] == "as signed"
    page = Page()
    page.feed(written(studio, "html").read_text())
    assert page.tags.count("script") == 1
    told = {bytes.fromhex(f["path_hex"]) if "path_hex" in f else f["path"].encode() for f in facts_of(studio)["files"]}
    assert told == {b"DCIM/100CANON/" + name for name in names}


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags = []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)


def test_a_certificate_is_found_by_label_serial_folder_or_number_and_never_replaces_a_file(judged):
    [(label, uuid)] = judged.ask("SELECT label, uuid FROM card")
    first = judged.run("certificate", "1").out
    assert first == judged.run("certificate", uuid.lower()).out == judged.run("certificate", "make", judged.card).out
    assert not label or first == judged.run("certificate", label.lower()).out
    run = judged.run("certificate", "1", "--as", "html", "--to", judged.base, "--json")
    assert run.last["path"].endswith("-verdict-1.html")
    again = judged.run("certificate", "1", "--as", "html", "--to", judged.base)
    assert (again.code, "is not replaced" in again.err) == (2, True)
    assert answer(judged, run.last["path"])["answer"] == "as signed"
    for words in (("77",), ("nobody",), ("--as", "pdf"), ("--to", judged.base / "no" / "where.txt")):
        assert judged.run("certificate", *words).code == 2
    assert judged.run("certificate", "check", judged.base / "none").code == 2


def test_what_is_no_certificate_is_not_taken_for_one(judged):
    deep = b'{"schema": 1, "type": "signed certificate", "sha256": "", "signature": null, "certificate": {"schema": 1,'
    deep += b' "type": "certificate", "x": ' + b"[" * 900 + b"]" * 900 + b"}}"
    for data in (
        deep,
        b"",
        b"\xff\xfe\x00",
        b"a letter",
        b"{}",
        b"[]",
        b'{"schema": 1}',
        f"{BEGIN}\n???\n{END}\n".encode(),
    ):
        path = judged.base / "letter"
        path.write_bytes(data)
        assert answer(judged, path)["answer"] in ("no certificate", "unreadable", "changed")


def test_a_certificate_of_a_number_that_is_none_is_changed_and_breaks_nothing(judged):
    path = written(judged, "json")
    text = path.read_text()
    for number in ("99999999999999999999999", '"1"', "true", "null", "[]"):
        path.write_text(text.replace('"number": 1,', f'"number": {number},'))
        assert answer(judged, path)["answer"] == "changed"


def test_a_verdict_of_an_older_safelight_says_that_its_devices_are_those_of_today(judged):
    with sqlite3.connect(judged.home / "ledger.sqlite") as ledger:
        [trigger] = ledger.execute("SELECT sql FROM sqlite_schema WHERE name = 'verdict_no_update'").fetchone()
        ledger.execute("DROP TRIGGER verdict_no_update")
        ledger.execute("UPDATE verdict SET body = json_remove(body, '$.places', '$.station')")
        ledger.execute(trigger)
    facts = facts_of(judged)
    assert {place["seen"] for place in facts["destinations"]} == {"as it was last seen, not at the verdict"}
    assert len([file for file in facts["files"] if len(file.get("proofs", ())) == 2]) == 3


def test_the_page_may_have_it_without_the_command_line(judged):
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    with sqlite3.connect(judged.home / "ledger.sqlite") as ledger:
        certificate = certificate_of(ledger, 1)
    signature = sign(certificate, Ed25519PrivateKey.from_private_bytes(bytes.fromhex(SEED)))
    assert json.loads(as_json(certificate, signature)) == envelope(certificate, signature)
    for face in (as_html, as_text, as_json):
        assert check(face(certificate, signature).encode()).signature == signature
