"""exiftool reads back what Safelight writes: it shares no code with us."""

import json
import shutil
import subprocess
from datetime import UTC, datetime

import pytest
from xmp_worlds import EDITORS_OWN

from ingest.model.iptc import Iptc, keywords
from ingest.tagging.xmp import merged

pytestmark = pytest.mark.skipif(shutil.which("exiftool") is None, reason="exiftool is not installed")

AT = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)
NAMED = frozenset({"creator", "copyright", "job", "rating"})
SAID = Iptc("Ann Öz", "© 2026 Ann & Öz", "J-17", keywords("wedding, Meyer|ceremony"), 4, NAMED)


def told(folder, data):
    """What exiftool says of a sidecar, `XMP-dc:Subject` -> text or list; it warns of nothing that matters."""
    path = folder / "IMG_1.xmp"
    path.write_bytes(data)
    words = ["exiftool", "-json", "-G1", "-a", "-struct", "-validate", "-warning", "-error", "-XMP:all", str(path)]
    [answer] = json.loads(subprocess.run(words, capture_output=True, check=True).stdout)
    wrong = [text for key, text in answer.items() if key.endswith((":Warning", ":Error")) and "[minor]" not in text]
    assert not wrong, "of minor things Lightroom's own files hold some"
    return {key: value for key, value in answer.items() if key.startswith("XMP-")}


def listed(value):
    return [str(item) for item in value] if isinstance(value, list) else [str(value)]


def test_a_new_sidecar_is_read_as_it_was_meant(tmp_path):
    assert told(tmp_path, merged(None, SAID, owners=("CR3",), at=AT)) == {
        "XMP-x:XMPToolkit": "Safelight",
        "XMP-dc:Creator": ["Ann Öz"],
        "XMP-dc:Rights": "© 2026 Ann & Öz",
        "XMP-dc:Subject": ["wedding", "Meyer", "ceremony"],
        "XMP-lr:HierarchicalSubject": ["Meyer|ceremony"],
        "XMP-photoshop:TransmissionReference": "J-17",
        "XMP-photoshop:SidecarForExtension": "CR3",
        "XMP-xmp:Rating": 4,
        "XMP-xmp:MetadataDate": "2026:03:04 05:06:07+00:00",
    }


@pytest.mark.parametrize("name", EDITORS_OWN)
def test_a_merged_sidecar_says_what_was_said_and_all_that_it_said_before(tmp_path, name):
    old = EDITORS_OWN[name]
    before = told(tmp_path, old)
    owner = before.get("XMP-photoshop:SidecarForExtension", "CR3")
    after = told(tmp_path, merged(old, SAID, owners=(owner,), at=AT))
    ours = {
        "XMP-dc:Creator": ["Ann Öz"],
        "XMP-dc:Rights": "© 2026 Ann & Öz",
        "XMP-photoshop:TransmissionReference": "J-17",
        "XMP-xmp:Rating": 4,
        "XMP-xmp:MetadataDate": "2026:03:04 05:06:07+00:00",
    }
    lists = ("XMP-dc:Subject", "XMP-lr:HierarchicalSubject")
    assert {key: after[key] for key in ours} == ours
    assert {"wedding", "Meyer", "ceremony"} <= set(listed(after[lists[0]]))
    assert "Meyer|ceremony" in listed(after[lists[1]])
    for name in lists:
        assert set(listed(before.get(name, []))) <= set(listed(after[name]))
    rest = {key: value for key, value in after.items() if key not in ours and key not in lists}
    assert rest == {key: value for key, value in before.items() if key not in ours and key not in lists}
