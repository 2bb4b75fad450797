"""The image rows of a Lightroom catalog, masters and virtual copies."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache

from catalog_adapters.lightroom_values import capture_time, instant, label_color
from catalog_adapters.paths import NOWHERE, Folder, file_path
from catalog_adapters.tables import Row, Tables
from catalog_adapters.values import LONGEST_PATH, Notes, is_false, text, whole
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
    folder = around.folders.get(whole(folder_id) or 0, NOWHERE)
    name = text(stored_name)
    import_key = text(stored_key) or None
    parts = split_import_key(import_key) if import_key else None
    if import_key and parts is None:
        notes.count("import key in no known form, not used")
    capture, is_utc = capture_time(captured)
    if capture is None and captured is not None:
        notes.count("capture time that is partial or no time, read as not known")
    image_id = whole(key) or 0
    label_text = text(label)
    return CatalogImage(
        key=text(uuid) or f"image {text(key)}",
        path=_path(in_files is not None, folder, stored_name, notes),
        name=name,
        original_name=name if original == stored_name else text(original) or (parts[1] if parts else None),
        size=parts[2] if parts else None,
        import_key=import_key if parts else None,
        capture_local=capture,
        rating=_rating(rating, notes),
        pick=_pick(pick, notes),
        label=label_text or None,
        label_color=label_color(label_text) if label_text else None,
        keywords=around.keywords.get(image_id, ()),
        collections=around.collections.get(image_id, ()),
        is_virtual=not is_false(master),
        sidecar_suffixes=_suffixes(text(sidecars)),
        last_change=instant(touched),
        file_key=text(file),
        copy_name=text(copy_name),
        root=folder.root.stored,
        published=around.published.get(image_id, ()),
        stack=around.stacks.get(image_id),
        # A fraction in the key's seconds: the file had no EXIF date, and Lightroom took its mtime.
        capture_is_utc=is_utc or (parts is not None and "." in parts[0]),
    )


def _path(has_file_row: bool, folder: Folder, name: object, notes: Notes) -> str:
    """Where the file lies; "" with a word of why when that cannot be told."""
    path = file_path(folder.prefix, text(name, LONGEST_PATH))
    if not has_file_row:
        notes.count("image without a file row: where it lies is not known")
    elif folder is NOWHERE:
        notes.count("image whose folder row is gone: where it lies is not known")
    elif folder.prefix and not path:
        notes.count("image whose name is no file name: where it lies is not known")
    return path


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
