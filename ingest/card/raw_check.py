"""Does a RAW really open? The only place that knows rawpy; it is imported when the first RAW asks.

"Opens" is a word about the camera and the card. It proves no copy: most flipped bits decode all the same.
"""

from ingest.card.structure import Code, Symptom


def check_raw(path: str) -> list[Symptom]:
    """Opens and unpacks one RAW; empty where both succeed.

    A refusal is "unchecked", never "damaged": LibRaw does not know every format of every maker. Only where it knows
    the format and runs out of data, or into data that cannot be, is the file said not to open.

    Args:
        path: of a file whose content and name both say RAW: LibRaw takes many a JPEG, and even noise, for one.
    """
    import rawpy  # a sixth of a second, and needed by no other file

    try:
        with rawpy.imread(path) as raw:
            raw.unpack()
    except (rawpy.LibRawIOError, rawpy.LibRawDataError, rawpy.LibRawOutOfOrderCallError):
        return [Symptom(Code.UNOPENABLE, "The RAW does not open: its picture data is cut short or damaged.")]
    except (rawpy.LibRawError, rawpy.NotSupportedError, MemoryError):
        return [
            Symptom(Code.UNCHECKED, "The RAW decoder refuses this file, perhaps as a format new to it: not checked.")
        ]
    return []
