"""A small Lightroom Classic catalog that knows most of the Canon-like card.

What it says about the pictures stands in `judged`; here is how a catalog says it. The columns are those that readers
use, under Lightroom's own names; a real catalog has about a hundred tables more.
"""

from __future__ import annotations

import sqlite3
import struct
import zlib
from datetime import UTC, datetime

from .databases import Rows, Value, database, identity
from .exif import hundredths, zone
from .judged import BEST, BURST, COLLECTION, JUDGED, KEYWORDS, Judged
from .shots import CANON, at

SAVED = at("21:40:00").replace(day=16)
_ADOBE_EPOCH = datetime(2001, 1, 1, tzinfo=UTC)
_IMPORTED = at("09:12:44").replace(microsecond=512_000)
_ROOT, _FOLDER = "/Volumes/Fast SSD/Photos/", "2025/2025-06-14 Meyer wedding/"
_NORMAL, _SMART, _GROUP = (f"com.adobe.ag.library.{kind}" for kind in ("collection", "smart_collection", "group"))
_SMART_MODULE, _PUBLISHED = "ag.library.smart_collection", "AgLibraryPublishedCollection"
_APEX_F2_8, _APEX_125TH = 2.970854, 6.965784
_FIVE_STARS = 's = { { criteria = "rating", operation = "==", value = 5, }, combine = "intersect", }'
_PACKET = b"""<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt>\
<rdf:li xml:lang="x-default">The procession</rdf:li></rdf:Alt></dc:title></rdf:Description></rdf:RDF></x:xmpmeta>"""
_VARIABLES: dict[str, Value] = {
    "Adobe_DBVersion": "1300000",
    "Adobe_CrsVersion": "16.0.0",
    "Adobe_storeProviderID": identity("lightroom", "store"),
    "Adobe_lastScannedCatalogPath": "/Users/sample/Pictures/Lightroom/Sample.lrcat",
    "AgMetadata_autoWriteXmp": 0.0,
}


def import_key(taken: datetime, card_name: str, size: int) -> str:
    """`AgLibraryFile.importHash` of a file with an EXIF date: wall-clock seconds since 2001, name on the card, size."""
    wall_clock = taken.replace(tzinfo=UTC, microsecond=0)
    return f"{int((wall_clock - _ADOBE_EPOCH).total_seconds())}:{card_name}:{size}"


def _adobe_seconds(instant: datetime) -> float:
    return (instant - _ADOBE_EPOCH).total_seconds()


def _wall_clock(taken: datetime) -> str:
    return f"{taken:%Y-%m-%dT%H:%M:%S}.{hundredths(taken)}"


class _Catalog:
    """Writes the rows, one kind of fact a method; `images` remembers the row of each picture by its stem."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._rows = Rows(connection, "id_local")
        self.add = self._rows.add
        self.images: dict[str, int] = {}

    def named(self, table: str, *name: object, **columns: Value) -> int:
        """A row with the lasting identity that Lightroom gives to images, files, folders and keywords."""
        return self.add(table, id_global=identity("lightroom", table, *name), **columns)

    def folder(self) -> int:
        """The root, which is offline on every machine but the photographer's, and the folder of the shoot."""
        root = self.named("AgLibraryRootFolder", _ROOT, absolutePath=_ROOT, name="Photos", relativePathFromCatalog=None)
        self.named("AgLibraryFolder", "", pathFromRoot="", rootFolder=root)
        return self.named("AgLibraryFolder", _FOLDER, pathFromRoot=_FOLDER, rootFolder=root)

    def file(self, judged: Judged, folder: int) -> int:
        """The file row with its import key."""
        picture, suffix = judged.picture, judged.suffix
        base, card_name = judged.renamed or picture.name, f"{picture.name}.{suffix}"
        return self.named(
            "AgLibraryFile",
            picture.stem,
            baseName=base,
            extension=suffix,
            externalModTime=_adobe_seconds(picture.shot.taken),
            folder=folder,
            idx_filename=f"{base}.{suffix}",
            importHash=import_key(picture.shot.taken, card_name, len(picture.content(suffix))),
            originalFilename=card_name,
            sidecarExtensions="JPG" if len(picture.suffixes) > 1 else "",
        )

    def image(self, judged: Judged, file: int) -> int:
        """The image row of a file: what was thought of it."""
        taken = _wall_clock(judged.picture.shot.taken)
        image = self.named(
            "Adobe_images",
            judged.picture.stem,
            captureTime=taken,
            originalCaptureTime=taken,
            colorLabels=judged.label,
            fileFormat=judged.suffix,
            pick=judged.pick,
            rating=judged.rating,
            rootFile=file,
            touchTime=_adobe_seconds(SAVED),
        )
        self.images[judged.picture.stem] = image
        return image

    def virtual_copy(self, judged: Judged, file: int) -> None:
        """A second opinion about the same file: black and white, other rating, no file of its own."""
        taken = _wall_clock(judged.picture.shot.taken)
        self.named(
            "Adobe_images",
            judged.picture.stem,
            "Copy 1",
            captureTime=taken,
            originalCaptureTime=taken,
            colorLabels="Purple",
            copyName="Copy 1",
            fileFormat=judged.suffix,
            masterImage=self.images[judged.picture.stem],
            pick=0.0,
            rating=4.0,
            rootFile=file,
            touchTime=_adobe_seconds(SAVED),
        )

    def keywords(self) -> None:
        """The tree of keywords below its nameless root, one synonym, and who wears what."""
        numbers = {"": self.named("AgLibraryKeyword", "root", name=None, parent=None)}
        for name, (parent, kind, exported) in KEYWORDS.items():
            columns: dict[str, Value] = {"name": name, "lc_name": name.lower(), "parent": numbers[parent]}
            columns |= {"keywordType": kind, "includeOnExport": int(exported)}
            numbers[name] = self.named("AgLibraryKeyword", name, **columns)
        self.add("AgLibraryKeywordSynonym", keyword=numbers["wedding"], name="Hochzeit", lc_name="hochzeit")
        for judged in JUDGED:
            for keyword in judged.keywords:
                image = self.images[judged.picture.stem]
                self.add("AgLibraryKeywordImage", image=image, tag=numbers[keyword])

    def collection(self, name: str, kind: str, *members: int, parent: int | None = None, system: bool = False) -> int:
        """A collection with its members in order."""
        number = self.add(
            "AgLibraryCollection", name=name, creationId=kind, parent=parent, systemOnly=1.0 if system else 0.0
        )
        for place, image in enumerate(members, 1):
            self.add("AgLibraryCollectionImage", collection=number, image=image, positionInCollection=float(place))
        return number

    def collections(self) -> None:
        """The shoot's own collection, one in a group, a smart one, the quick one, and a published one."""
        shoot = [self.images[judged.picture.stem] for judged in JUDGED if judged.collected]
        best = [self.images[judged.picture.stem] for judged in JUDGED if judged.rating == BEST]
        self.collection(COLLECTION, _NORMAL, *shoot)
        group = self.collection("Weddings 2025", _GROUP)
        self.collection("Album", _NORMAL, *best, parent=group)
        smart = self.collection("Five stars", _SMART)
        self.add("AgLibraryCollectionContent", collection=smart, content=_FIVE_STARS, owningModule=_SMART_MODULE)
        self.collection("quick collection", _NORMAL, best[0], system=True)
        service = self.add(_PUBLISHED, name="Gallery", creationId="com.adobe.ag.export.service.connection", parent=None)
        kind = "com.adobe.ag.export.service.collection.published"
        published = self.add(_PUBLISHED, name="For the couple", creationId=kind, parent=service)
        for image in best:
            self.add("AgLibraryPublishedCollectionImage", collection=published, image=image)

    def camera_facts(self) -> None:
        """Model, serial, lens and exposure, as harvested from EXIF; aperture and shutter speed are APEX values."""
        model = self.add("AgInternedExifCameraModel", value=CANON.model)
        serial = self.add("AgInternedExifCameraSN", value=CANON.serial)
        lens = self.add("AgInternedExifLens", value=CANON.lens)
        for judged in JUDGED:
            image, shot = self.images[judged.picture.stem], judged.picture.shot
            columns: dict[str, Value] = {"cameraModelRef": model, "cameraSNRef": serial, "lensRef": lens}
            columns |= {"aperture": _APEX_F2_8, "shutterSpeed": _APEX_125TH, "isoSpeedRating": float(shot.iso)}
            self.add("AgHarvestedExifMetadata", image=image, focalLength=float(shot.focal_length), **columns)

    def words(self) -> None:
        """Caption, copyright, job number, and the packet Lightroom keeps of one picture."""
        job = self.add("AgInternedIptcJobIdentifier", value="MEYER-2025-06")
        for image in self.images.values():
            self.add("AgLibraryIPTC", image=image, caption="Meyer wedding, the evening", copyright="Safelight samples")
            self.add("AgHarvestedIptcMetadata", image=image, jobIdentifierRef=job)
        first = next(iter(self.images.values()))
        dirty, seen = 0, _adobe_seconds(SAVED)
        columns: dict[str, Value] = {"externalXmpIsDirty": dirty, "lastSynchronizedTimestamp": seen}
        self.named("Adobe_AdditionalMetadata", first, image=first, xmp=_packed(_PACKET), **columns)

    def variables(self) -> None:
        """Version and identity of the catalog; last, because the counter must be above every row."""
        for name, value in _VARIABLES.items():
            self.named("Adobe_variablesTable", name, name=name, value=value)
        counter = "Adobe_entityIDCounter"
        self.named("Adobe_variablesTable", counter, name=counter, value=float(self._rows.last + 1))


def _packed(packet: bytes) -> bytes:
    """XMP as Lightroom packs it: plain length, then zlib; stored, since compressors differ between machines."""
    return struct.pack(">L", len(packet)) + zlib.compress(packet, 0)


def _fill(connection: sqlite3.Connection) -> None:
    catalog = _Catalog(connection)
    folder = catalog.folder()
    imported = f"{_IMPORTED:%Y-%m-%dT%H:%M:%S}.{_IMPORTED.microsecond // 1000:03d}{zone(_IMPORTED)}"
    session = catalog.add("AgLibraryImport", importDate=imported)
    files = {}
    for judged in JUDGED:
        files[judged.picture.stem] = file = catalog.file(judged, folder)
        catalog.add("AgLibraryImportImage", image=catalog.image(judged, file), **{"import": session})
    burst = [judged for judged in JUDGED if judged.picture.name in BURST]
    stack = catalog.images[burst[0].picture.stem]
    for place, judged in enumerate(burst, 1):
        image = catalog.images[judged.picture.stem]
        catalog.add("AgLibraryFolderStackImage", image=image, position=float(place), stack=stack)
    catalog.virtual_copy(burst[0], files[burst[0].picture.stem])
    catalog.keywords()
    catalog.collections()
    catalog.camera_facts()
    catalog.words()
    catalog.variables()


def catalog() -> bytes:
    """The bytes of `Sample.lrcat`: the header says WAL, as Lightroom Classic 7 and later write it."""
    return database("lightroom.sql", _fill, wal=True)
