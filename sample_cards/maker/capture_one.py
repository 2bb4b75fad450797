"""A small Capture One session that knows most of the Sony-like card: the database and its `.cos` settings.

A session keeps RAW and JPEG as separate images. Every fact stands twice, in the database and in the `.cos` file beside
the pictures, and both agree here. Known only from descriptions and one real session without images; see the README.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC
from functools import partial

from .databases import Rows, Value, database, identity
from .shots import SONY, SONY_PICTURES, Picture, at

SAVED = at("22:05:00").replace(day=16)
ALBUM = "Meyer wedding"
ENGINE = "1650"
_IMPORTED = at("10:30:00").replace(day=15).timestamp()
_ENTITIES = {
    2: "AlbumCollection",
    3: "FolderCollection",
    5: "SmartCollection",
    7: "ProjectCollection",
    8: "VirtualFolderCollection",
    11: "TrashCollection",
    12: "Image",
    13: "VariantMetadata",
    15: "Variant",
    17: "VariantAdjustmentLayer",
    18: "VariantDefaultLayer",
    20: "VariantCombinedLayer",
    21: "ProcessHistory",
    32: "VersionInfo",
    34: "DocumentContent",
    38: "PathLocation",
    44: "Keyword",
    47: "ImageInCollection",
    48: "VariantInCollection",
}
_ENTITY = {name: number for number, name in _ENTITIES.items()}
_FOLDERS = ("Capture", "Selects", "Output", "Trash")
_RAW, _JPEG = 17, 19
_FIVE_STARS = (
    '<?xml version="1.0"?><MatchOperator Kind="AND"><MatchOperator Kind="AND"><Condition Enabled="YES">'
    "<Key>IB_I_BASIC_RATING</Key><Operator>0</Operator><Criterion>5</Criterion></Condition></MatchOperator></MatchOperator>"
)


@dataclass(frozen=True, slots=True)
class Opinion:
    """What one variant carries. rating: 0-5. colour: 0 none, 1 red ... 7 purple. keywords: names, in order."""

    rating: int = 0
    colour: int = 0
    keywords: tuple[str, ...] = ()

    @property
    def keyword_text(self) -> str:
        """Keywords as Capture One stores them: `wedding||0,dance||1`."""
        return ",".join(f"{name}||{place}" for place, name in enumerate(self.keywords))


@dataclass(frozen=True, slots=True)
class Known:
    """One image of the session. variants: the first one owns the file's settings."""

    picture: Picture
    suffix: str
    variants: tuple[Opinion, ...]

    @property
    def file_name(self) -> str:
        """As in the Capture folder, the same as on the card."""
        return f"{self.picture.name}.{self.suffix}"


_ON_CARD = {picture.name: picture for picture in SONY_PICTURES}
KNOWN = (
    Known(_ON_CARD["DSC00101"], "DNG", (Opinion(4, 4, ("wedding", "speech")),)),
    Known(_ON_CARD["DSC00101"], "JPG", (Opinion(),)),
    Known(_ON_CARD["DSC00102"], "DNG", (Opinion(5, 1, ("wedding", "dance")), Opinion(3, 7, ("wedding",)))),
    Known(_ON_CARD["DSC00103"], "JPG", (Opinion(2, 0, ("dance",)),)),
    Known(_ON_CARD["DSC00104"], "DNG", (Opinion(5, 4, ("wedding", "dance")),)),
    Known(_ON_CARD["DSC00105"], "JPG", (Opinion(),)),
)
"""DSC00106, the JPEGs of two pairs and the clips were never brought into the session."""


class _Session:
    """Writes the rows of the database, one kind of fact a method."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        for number, name in _ENTITIES.items():
            connection.execute("INSERT INTO ZENTITIES VALUES (?, ?)", (number, name))
        self.rows = Rows(connection, "Z_PK")
        self.variants: list[int] = []

    def add(self, table: str, entity: str, **columns: Value) -> int:
        """A row that says which entity it is."""
        return self.rows.add(table, Z_ENT=_ENTITY[entity], **columns)

    def collection(self, entity: str, name: str | None, **columns: Value) -> int:
        """A collection; folders have no name of their own."""
        uuid = identity("capture one", entity, name, *columns.values())
        times = {"ZDATECREATED": _IMPORTED, "ZDATEMODIFIED": _IMPORTED}
        return self.add("ZCOLLECTION", entity, ZNAME=name, ZUUID=uuid, **times, **columns)

    def document(self) -> tuple[int, int]:
        """Version, folders and their roles. Returns the root collection and the location of the Capture folder."""
        version: dict[str, Value] = {"ZVERSION": 1650, "ZCOMPATIBLEVERSION": 1650, "ZFORMAT": "16.5.3.1 Pro Mac"}
        self.add("ZVERSIONINFO", "VersionInfo", **version)
        places, folders = {}, {}
        for name in _FOLDERS:
            columns: dict[str, Value] = {"ZMACROOT": "", "ZRELATIVEPATH": name, "ZISRELATIVE": 1, "ZVOLUME": ""}
            places[name] = self.add("ZPATHLOCATION", "PathLocation", **columns)
            folders[name] = self.collection("FolderCollection", None, ZFOLDERLOCATION=places[name])
        roles = ("ZCAPTURECOLLECTION", "ZMOVETOCOLLECTION", "ZPROCESSCOLLECTION", "ZTRASHCOLLECTION")
        root = self.collection("ProjectCollection", "root", **dict(zip(roles, folders.values(), strict=True)))
        facts: dict[str, Value] = {"ZDOCUMENTTYPE": 0, "ZDOCUMENTUUID": identity("capture one", "document")}
        facts |= {"ZROOTCOLLECTION": root, "ZDATECREATED": _IMPORTED, "ZDATEMODIFIED": SAVED.timestamp()}
        self.add("ZDOCUMENTCONTENT", "DocumentContent", **facts)
        return root, places["Capture"]

    def image(self, known: Known, location: int) -> int:
        """The image row. ZEXP_DATE is the camera's wall clock counted as if it were UTC."""
        shot = known.picture.shot
        return self.add(
            "ZIMAGE",
            "Image",
            ZIMAGEUUID=identity("capture one", known.file_name),
            ZIMPORTDATE=_IMPORTED,
            ZDISPLAYNAME=known.file_name,
            ZISINSIDECATALOG=0,
            ZIMAGELOCATION=location,
            ZIMAGEFILENAME=known.file_name,
            ZIMAGECLASSIFICATION=_RAW if known.suffix == "DNG" else _JPEG,
            ZISTRASHED=0,
            ZEXP_DATE=shot.taken.replace(tzinfo=UTC).timestamp(),
            ZCAMERA_SERIAL=SONY.serial,
            ZCAMERA_MODEL=SONY.model,
            ZFILE_SIZE=len(known.picture.content(known.suffix)),
        )

    def layer(self, entity: str, variant: int, opinion: Opinion | None) -> int:
        """A layer and its metadata, linked both ways; `opinion` is None where the layer says nothing."""
        number, metadata = self.rows.reserve(), self.rows.reserve()
        links: dict[str, Value] = {"ZMETADATA": metadata, "ZVARIANT": variant}
        self.rows.put("ZVARIANTLAYER", number, Z_ENT=_ENTITY[entity], **links)
        facts: dict[str, Value] = {}
        if opinion:
            facts = {"ZBASIC_RATING": opinion.rating, "ZCOLOR_TAG_INDEX": opinion.colour}
            facts |= {"ZCONTENT_KEYWORDS": opinion.keyword_text or None, "ZSTATUS_JOBIDENTIFIER": "MEYER-2025-06"}
        self.rows.put("ZVARIANTMETADATA", metadata, Z_ENT=_ENTITY["VariantMetadata"], ZLAYER=number, **facts)
        return number

    def variant(self, known: Known, image: int, place: int) -> None:
        """A variant with its three layers; the combined one carries what counts."""
        opinion, number = known.variants[place], self.rows.reserve()
        layers: dict[str, Value] = {
            "ZDEFAULTLAYER": self.layer("VariantDefaultLayer", number, None),
            "ZADJUSTMENTLAYER": self.layer("VariantAdjustmentLayer", number, opinion),
            "ZCOMBINEDSETTINGS": self.layer("VariantCombinedLayer", number, opinion),
        }
        facts: dict[str, Value] = {"ZINDEX": place, "ZIMAGE": image, "ZLASTMETADATAMODIFICATIONDATE": SAVED.timestamp()}
        uuid = identity("capture one", known.file_name, place)
        self.rows.put("ZVARIANT", number, Z_ENT=_ENTITY["Variant"], ZVARIANTUUID=uuid, **facts, **layers)
        self.variants.append(number)

    def exported(self) -> None:
        """One variant was exported once; the file is long gone from the Output folder."""
        url = "file:///Users/sample/Pictures/Session/Output/DSC00101.jpg"
        self.add("ZPROCESSHISTORY", "ProcessHistory", ZDATE=SAVED.timestamp(), ZURL=url, ZVARIANT=self.variants[0])

    def collections(self, root: int, images: list[int]) -> None:
        """An album with members of both kinds, a smart album, and the tree of keywords."""
        album = self.collection("AlbumCollection", ALBUM, ZPARENT=root)
        for number in self.variants[:-2]:
            self.add("ZVARIANTINCOLLECTION", "VariantInCollection", ZCOLLECTION=album, ZVARIANT=number)
        self.add("ZIMAGEINCOLLECTION", "ImageInCollection", ZCOLLECTION=album, ZIMAGE=images[-2])
        self.collection("SmartCollection", "Five Stars", ZPARENT=root, ZSMARTCRITERIA=_FIVE_STARS)
        wedding = self.add("ZKEYWORD", "Keyword", ZNAME="wedding", ZPARENT=None, ZLEFT=1, ZRIGHT=6, ZISEXPORTABLE=1)
        for name, left in (("dance", 2), ("speech", 4)):
            self.add("ZKEYWORD", "Keyword", ZNAME=name, ZPARENT=wedding, ZLEFT=left, ZRIGHT=left + 1, ZISEXPORTABLE=1)


def _fill(connection: sqlite3.Connection) -> None:
    session = _Session(connection)
    root, capture = session.document()
    images = []
    for known in KNOWN:
        images.append(session.image(known, capture))
        for place in range(len(known.variants)):
            session.variant(known, images[-1], place)
    session.exported()
    session.collections(root, images)


def _settings(known: Known) -> bytes:
    """The `.cos` of an image: XML with one VAR a variant, and NUL bytes behind the root, as the program leaves them."""
    variants = "".join(
        f'<VAR><DL/><AL><E K="Basic_Rating" V="{opinion.rating}"/><E K="Color_tag_index" V="{opinion.colour}"/>'
        f'<E K="Content_Keywords" V="{opinion.keyword_text}"/></AL></VAR>\n'
        for opinion in known.variants
    )
    head = f'<E K="UUID" V="{identity("capture one", known.file_name)}"/><E K="Version" V="{ENGINE}"/>'
    return f'<?xml version="1.0" encoding="UTF-8"?>\n<IMG>{head}\n{variants}</IMG>\n'.encode() + bytes(16)


def session_files() -> dict[str, Callable[[], bytes]]:
    """Path below the session's folder -> how its bytes are made."""
    folder = f"Capture/CaptureOne/Settings{ENGINE}"
    settings = {f"{folder}/{known.file_name}.cos": partial(_settings, known) for known in KNOWN}
    return {"Session.cosessiondb": partial(database, "capture_one.sql", _fill, wal=False), **settings}
