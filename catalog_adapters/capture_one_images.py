"""The images and variants of a Capture One database."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from catalog_adapters.capture_one_trees import Collections, Keywords
from catalog_adapters.capture_one_values import Settings, color_name, settings_from, wall_clock
from catalog_adapters.paths import NOWHERE, Folder, folder_of
from catalog_adapters.tables import Row, Tables
from catalog_adapters.values import Notes, is_false, number, text, whole
from ingest.model.catalogs import CatalogImage

_IMAGE = ("Z_PK", "ZIMAGEUUID", "ZIMAGEFILENAME", "ZFILE_SIZE", "ZEXP_DATE", "ZISTRASHED", "ZIMAGELOCATION")
_VARIANT = (
    "Z_PK",
    "ZVARIANTUUID",
    "ZCOMBINEDSETTINGS",
    "ZADJUSTMENTLAYER",
    "ZDEFAULTLAYER",
    "ZLASTMETADATAMODIFICATIONDATE",
)
_VALUES = ("ZBASIC_RATING", "ZCOLOR_TAG_INDEX", "ZCONTENT_KEYWORDS")
_NOTHING = Settings()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What other tables tell about images, by key. layers: what the photographer said, by layer."""

    folders: Mapping[int, Folder]
    layers: Mapping[int, Settings]
    keywords: Keywords
    collections: Collections


def read_layers(tables: Tables, notes: Notes) -> dict[int, Settings]:
    """Settings by layer key, by either link: layer.ZMETADATA first, then metadata.ZLAYER."""
    if not tables.has("ZVARIANTMETADATA", "Z_PK") or not tables.has("ZVARIANTLAYER", "Z_PK"):
        notes.say("this catalog has no metadata tables: ratings, colour tags and keywords are not known")
        return {}
    shared: dict[Settings, Settings] = {}
    by_key: dict[int, Settings] = {}
    by_layer: dict[int, Settings] = {}
    columns = tables.pick("m", "ZVARIANTMETADATA", "Z_PK", "ZLAYER", *_VALUES)
    for key, layer, rating, color, keywords in tables.rows(columns, "ZVARIANTMETADATA m"):
        found = settings_from(rating, color, keywords, notes)
        found = shared.setdefault(found, found)  # most layers say the same: nothing
        by_key[whole(key) or 0] = found
        if (number_of_layer := whole(layer)) is not None:
            by_layer[number_of_layer] = found
    layers: dict[int, Settings] = {}
    for key, metadata in tables.rows(tables.pick("l", "ZVARIANTLAYER", "Z_PK", "ZMETADATA"), "ZVARIANTLAYER l"):
        layer_key = whole(key) or 0
        first, second = by_key.get(whole(metadata) or 0), by_layer.get(layer_key)
        if first is not None and second is not None and first != second:
            notes.count("layer whose two links name different metadata; the first was taken")
        chosen = first or second
        if chosen is not None:
            layers[layer_key] = chosen
    return layers


def read_images(tables: Tables, around: Surroundings, notes: Notes) -> Iterator[CatalogImage]:
    """All variants in the order of their images; the first variant of an image is its primary."""
    columns = f"{tables.pick('i', 'ZIMAGE', *_IMAGE)}, {tables.pick('v', 'ZVARIANT', *_VARIANT)}"
    order = "ORDER BY i.Z_PK, v.ZINDEX, v.Z_PK" if tables.has("ZVARIANT", "ZINDEX") else "ORDER BY i.Z_PK, v.Z_PK"
    previous: object = None
    for row in tables.rows(columns, f"ZIMAGE i LEFT JOIN ZVARIANT v ON v.ZIMAGE = i.Z_PK {order}"):
        yield _image(row, row[0] == previous, around, notes)
        previous = row[0]


def _image(row: Row, is_virtual: bool, around: Surroundings, notes: Notes) -> CatalogImage:
    key, uuid, stored_name, size, taken, trashed, location = row[: len(_IMAGE)]
    variant, variant_uuid, combined, adjusted, default, changed = row[len(_IMAGE) :]
    folder = around.folders.get(whole(location) or 0, NOWHERE)
    if folder is NOWHERE:
        notes.count("image without a usable folder row: where it lies is not known")
    settings = _effective(combined, adjusted, default, around.layers)
    image_key, variant_key = whole(key) or 0, whole(variant)
    name, bytes_at_import = text(stored_name), whole(size)
    label = color_name(settings.color)
    return CatalogImage(
        key=text(variant_uuid) or text(uuid) or f"image {image_key}",
        folder=folder_of(folder.prefix, stored_name, name),
        name=name,
        size=bytes_at_import if bytes_at_import and bytes_at_import > 0 else None,
        capture_local=wall_clock(taken),
        rating=settings.rating or None,
        label=label,
        label_color=label.lower() if label else None,
        keywords=around.keywords.paths(settings.keywords, notes) if settings.keywords else (),
        collections=around.collections.holding(variant_key, image_key),
        is_virtual=is_virtual,
        last_change=number(changed) or None,
        file_key=str(image_key),
        root=folder.root.stored,
        in_trash=not is_false(trashed),
    )


def _effective(combined: object, adjusted: object, default: object, layers: Mapping[int, Settings]) -> Settings:
    """The combined layer holds what the editor shows; without it, adjustments stand over defaults field by field."""
    shown = layers.get(whole(combined) or 0)
    if shown is not None:
        return shown
    return layers.get(whole(adjusted) or 0, _NOTHING).over(layers.get(whole(default) or 0, _NOTHING))
