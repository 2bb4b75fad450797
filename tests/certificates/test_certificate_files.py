"""Certificates as they are made of facts: large ones, and the look that a check makes again years later."""

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from ingest.certificates.checking import check
from ingest.certificates.faces import as_html, as_json, as_text
from ingest.certificates.facts import LAYOUT, SCHEMA, Certificate
from ingest.certificates.signing import fingerprint, sign

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
FACES = {"text": as_text, "json": as_json, "html": as_html}


def certificate(count: int = 2) -> Certificate:
    at = "2026-11-28T23:01:05Z"
    files = [
        {
            "path": f"DCIM/100CANON/IMG_{n:05}.CR3", "bytes": 24_000_000 + n,
            "xxh128": f"{n:032x}", "sha1": f"{n:040x}",
            "name": f"2026/2026-11-28 Meyer/IMG_{n:05}.CR3", "proofs": {"ssd": ["direct", at], "nas": ["served", at]},
        }
        for n in range(count)
    ]  # fmt: skip
    place = {
        "kind": "ssd", "device": "8:16", "file_system": "ext4", "uuid": "1-2", "seen": "at the verdict",
        "proven": count, "first_at": at, "last_at": at,
    }  # fmt: skip
    counts = {"files": count + 1, "proven": count, "new": count, "already_safe": 0, "left_out": 1, "unreadable": 0}
    return Certificate(
        {
            "schema": SCHEMA, "type": "certificate", "layout": LAYOUT, "ledger": "3f09c2aa", "station": "studio-1",
            "verdict": {
                "number": 12, "level": "safe", "title": "SAFE TO FORMAT", "at": at, "claim": "All proven.",
                "reasons": [], "steps": [], "notes": ["a note"], "devices_required": 2, "reads_required": 2,
            },
            "card": {
                "label": "EOSR5_A", "uuid": "9C33-6BBD", "size": 64_000_000_000, "file_system": "exfat",
                "reader": "a reader", "files": count + 1, "bytes": 61_200_000_000, "listing": "ab" * 16,
            },
            "counts": counts | {"acknowledged": 0, "open": 0},
            "listed": {"with_hashes": count, "left_out": 1, "acknowledged": 0, "without_content": 0},
            "left_out": {".DS_Store": 1},
            "destinations": [
                place | {"name": "ssd", "methods": {"direct": count}},
                place | {"name": "nas", "methods": {"served": count}},
            ],
            "reads": [{"read": 1, "method": "direct", "files": count, "first_at": at, "last_at": at}],
            "not_said": ["The third copy."],
            "files": [*files, {"path": ".DS_Store", "why": "left out by the rule .DS_Store"}],
        }
    )  # fmt: skip


@pytest.mark.parametrize(("form", "count"), [("html", 10_000), ("text", 2_000), ("json", 2_000)])
def test_ten_thousand_photographs_are_no_trouble(form, count):
    large = certificate(count)
    data = FACES[form](large, sign(large, KEY)).encode()
    found = check(data)
    assert (found.form, found.changed, found.certificate) == (form, "", large)
    assert check(data.replace(b"IMG_01777.CR3", b"IMG_01778.CR3", 1)).changed


def test_lines_that_a_mail_program_ended_in_its_own_way_are_no_change():
    one = certificate()
    assert check(as_text(one, sign(one, KEY)).replace("\n", "\r\n").encode()).changed == ""


def test_the_page_runs_no_script_loads_nothing_and_repeats_the_heads_of_its_table_on_each_sheet():
    page = as_html(certificate(), None)
    assert "default-src 'none'" in page
    assert page.count("<script") == 1
    assert as_html(certificate(401), None).count("<thead>") == 3
    assert "thead { display: table-header-group; }" in page
    assert not [word for word in ("http:", "https:", "src=", "href=", "@import", "url(") if word in page]


def test_the_fingerprint_is_short_enough_to_compare_and_another_one_for_each_key():
    own = sign(certificate(), KEY)
    assert own.fingerprint == fingerprint(own.public_key)
    assert [len(group) for group in own.fingerprint.split(" ")] == [4] * 8
    assert own.fingerprint != fingerprint(bytes(32))


@pytest.mark.parametrize(
    ("form", "digest"),
    [
        ("text", "b1456cf875650d85a7adf641d4d8d6ed1469ebcaa206f4ced2908581ef8f484b"),
        ("html", "a826735157c6f776101e0fe81715bde4a3e600516d5664b86533a875a2f2bb2f"),
    ],
)
def test_who_changes_the_look_gives_it_another_number(form, digest):
    """A check compares every character: certificates that lie in drawers would be called changed."""
    one = certificate()
    assert LAYOUT == 1
    assert hashlib.sha256(FACES[form](one, sign(one, KEY)).encode()).hexdigest() == digest


def test_a_certificate_of_a_later_look_is_not_called_whole_by_its_page_and_is_by_its_json():
    later = Certificate({**certificate().facts, "layout": LAYOUT + 1})
    assert "another Safelight set it" in check(as_html(later, sign(later, KEY)).encode()).changed
    assert check(as_json(later, sign(later, KEY)).encode()).changed == ""


@pytest.mark.parametrize("lacking", ["verdict", "card", "files", "counts", "destinations"])
def test_signed_facts_that_are_those_of_no_certificate_are_refused(lacking):
    broken = Certificate({name: value for name, value in certificate().facts.items() if name != lacking})
    assert "not those of a certificate" in check(as_json(broken, sign(broken, KEY)).encode()).changed
