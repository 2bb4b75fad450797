"""The image rows of a Lightroom catalog, masters and virtual copies."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from catalog_adapters.lightroom_values import capture_time, instant, label_color
from catalog_adapters.paths import NOWHERE, Folder, folder_of
from catalog_adapters.tables import Row, Tables
from catalog_adapters.values import SINCE_2001, Notes, is_false, text, whole
from ingest.model.catalogs import CatalogImage, split_import_key

Path = tuple[str, ...]
_IMAGE = (
    "id_local",
    "id_global",
    "masterImage",
    "copyName",
    "rating",
    "pick",
    "colorLabels",
    "captureTime",
    "touchTime",
    "rootFile",
)
# What is stored nearly always, as whole numbers or not; all else is looked at.
_RATINGS = {None: None, 0: None, 1: 1, 2: 2, 3: 3, 4: 4, 5: 5}
_PICKS = {None: None, 0: 0, 1: 1, -1: -1}
_FAR = 1e10  # seconds
_new = tuple.__new__
_FILE = ("folder", "idx_filename", "originalFilename", "importHash", "sidecarExtensions")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What other tables tell about images and folders, by id."""

    folders: Mapping[int, Folder]
    keywords: Mapping[int, tuple[Path, ...]]
    collections: Mapping[int, tuple[Path, ...]]
    published: Mapping[int, tuple[Path, ...]]
    stacks: Mapping[int, tuple[str, int]]


def read_images(tables: Tables, around: Surroundings, notes: Notes) -> Iterator[CatalogImage]:
    """All image rows, in the order of their ids. Dangling rows are told and kept, never lost."""
    columns = f"{tables.pick('i', 'Adobe_images', *_IMAGE)}, f.id_local, {tables.pick('f', 'AgLibraryFile', *_FILE)}"
    source = "Adobe_images i LEFT JOIN AgLibraryFile f ON f.id_local = i.rootFile ORDER BY i.id_local"
    for row in tables.rows(columns, source):
        yield _image(row, around, notes)


def _image(row: Row, around: Surroundings, notes: Notes) -> CatalogImage:
    key, uuid, master, copy_name, rating, pick, label, captured, touched, file = row[:10]
    in_files, folder_id, stored_name, original, stored_key, sidecars = row[10:]
    folder = around.folders.get(folder_id if type(folder_id) is int else whole(folder_id) or 0, NOWHERE)
    name = text(stored_name)
    import_key = text(stored_key) or None
    parts = split_import_key(import_key) if import_key else None
    if import_key and parts is None:
        notes.count("import key in no known form, not used")
    capture, is_utc = capture_time(captured)
    if capture is None and captured is not None:
        notes.count("capture time that is partial or no time, read as not known")
    image_id = key if type(key) is int else whole(key) or 0
    label_text = text(label) if label else ""
    # In the order of the fields; by their names it takes a third longer, three hundred thousand times.
    fields = (
        text(uuid) or f"image {text(key)}",
        folder_of(folder.prefix, stored_name, name) or _nowhere(in_files is not None, folder, notes),
        name,
        name if original == stored_name else text(original) or (parts[1] if parts else None),
        parts[2] if parts else None,
        import_key if parts else None,
        capture,
        _RATINGS[rating] if rating in _RATINGS else _rating(rating, notes),
        _PICKS[pick] if pick in _PICKS else _pick(pick, notes),
        label_text or None,
        label_color(label_text) if label_text else None,
        around.keywords.get(image_id, ()),
        around.collections.get(image_id, ()),
        master is not None and not is_false(master),
        _suffixes(text(sidecars)) if sidecars else (),
        touched + SINCE_2001 if type(touched) is float and 0.0 < touched < _FAR else instant(touched),
        str(file) if type(file) is int else text(file),
        text(copy_name) if copy_name else "",
        folder.root.stored,
        around.published.get(image_id, ()),
        around.stacks.get(image_id),
        # A fraction in the key's seconds: the file had no EXIF date, and Lightroom took its mtime.
        is_utc or (parts is not None and "." in parts[0]),
        False,
        False,
    )
    return _new(CatalogImage, fields)


def _nowhere(has_file_row: bool, folder: Folder, notes: Notes) -> str:
    """ "" as the folder, with a word of why it cannot be told."""
    if not has_file_row:
        notes.count("image without a file row: where it lies is not known")
    elif folder is NOWHERE:
        notes.count("image whose folder row is gone: where it lies is not known")
    elif folder.prefix:
        notes.count("image whose name is no file name: where it lies is not known")
    return ""


def _rating(value: object, notes: Notes) -> int | None:
    """1 to 5. NULL and 0 are "not rated", which is None and never a low rating."""
    if value is None or value == "":
        return None
    rating = whole(value)
    if rating == 0:
        return None
    if rating is None or not 1 <= rating <= 5:
        notes.count("rating outside 1 to 5, read as not known")
        return None
    return rating


def _pick(value: object, notes: Notes) -> int | None:
    if value is None:
        return None
    pick = 0 if is_false(value) else whole(value)
    if pick not in (-1, 0, 1):
        notes.count("flag that is neither pick nor reject nor none, read as not known")
        return None
    return pick


@lru_cache(maxsize=256)
def _suffixes(stored: str) -> tuple[str, ...]:
    """`sidecarExtensions`: '', 'xmp' or 'JPG,xmp'."""
    return tuple(part for part in stored.split(",") if part)
