"""Example names for the settings, made by the plan itself, so that what is shown is what will happen."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from ingest.model.cards import Capture, CardFile, Listing
from ingest.plan.dispositions import plan_card
from ingest.plan.planned import CardTag, PlanSettings

_EVENING = datetime.fromisoformat("2026-03-14 15:22:33")
_AFTER_MIDNIGHT = _EVENING + timedelta(hours=10)  # 01:22 of the next day: still the same shoot
Sample = tuple[bytes, datetime, str]  # path on the card, when it was taken, the camera's model
_SAMPLES: tuple[Sample, ...] = (
    (b"DCIM/100EOSR5/IMG_0001.CR3", _EVENING, "Canon EOS R5"),
    (b"DCIM/100EOSR5/IMG_0001.JPG", _EVENING, "Canon EOS R5"),
    (b"DCIM/100EOSR5/IMG_0001.CR3.xmp", _EVENING, "Canon EOS R5"),
    (b"DCIM/100EOSR5/MVI_0002.MP4", _AFTER_MIDNIGHT, "Canon EOS R5"),
    (b"DCIM/101EOSR5/IMG_0001.CR3", _AFTER_MIDNIGHT, "Canon EOS R5"),
    (b"PRIVATE/M4ROOT/CLIP/C0001.MP4", _EVENING, "ILCE-7M4"),
)


def preview(
    settings: PlanSettings, shoot_name: str = "Meyer wedding", samples: Sequence[Sample] = _SAMPLES
) -> tuple[tuple[bytes, bytes], ...]:
    """(card path, destination path) of some sample files under `settings`. samples: of a real card, where one is here.

    Raises:
        ConfigError: a name template has mistakes.
    """
    listing = Listing(tuple(CardFile(path, 1, 0) for path, _, _ in samples))
    captures = {path: Capture(at, "exif", model=model) for path, at, model in samples}
    card = CardTag("EOS_DIGITAL", bytes.fromhex("9c33"))
    plan = plan_card(listing, captures, settings=settings, card=card, shoot_name=shoot_name)
    return tuple((file.source.path, file.dest) for file in plan.files if file.dest)
