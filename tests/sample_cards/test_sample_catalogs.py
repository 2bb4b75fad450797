"""The sample catalogs answer every query of a reader and tell the truth about the sample cards."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from xml.etree import ElementTree

import exifread
import pytest
from make_sample_cards import HERE
from maker.shots import SONY_PICTURES

LIGHTROOM_QUERIES = {
    "images": """SELECT i.id_local,i.id_global,i.masterImage,i.copyName,i.rating,i.pick,i.colorLabels,i.captureTime,
        i.originalCaptureTime,i.fileFormat,i.touchTime,rf.id_local,rf.absolutePath,rf.relativePathFromCatalog,
        fo.pathFromRoot,fi.idx_filename,fi.id_local,fi.originalFilename,fi.importHash,fi.sidecarExtensions,
        fi.externalModTime FROM Adobe_images i LEFT JOIN AgLibraryFile fi ON fi.id_local=i.rootFile
        LEFT JOIN AgLibraryFolder fo ON fo.id_local=fi.folder
        LEFT JOIN AgLibraryRootFolder rf ON rf.id_local=fo.rootFolder""",
    "keywords": "SELECT id_local,parent,name,keywordType,includeOnExport FROM AgLibraryKeyword",
    "keyword uses": "SELECT image,tag FROM AgLibraryKeywordImage",
    "synonyms": "SELECT keyword,name FROM AgLibraryKeywordSynonym",
    "collections": "SELECT id_local,parent,name,creationId,systemOnly FROM AgLibraryCollection",
    "members": "SELECT collection,image,positionInCollection FROM AgLibraryCollectionImage",
    "smart": """SELECT collection,content FROM AgLibraryCollectionContent
        WHERE owningModule='ag.library.smart_collection'""",
    "published": """SELECT c.id_local,c.parent,c.name,c.creationId,ci.image FROM AgLibraryPublishedCollection c
        LEFT JOIN AgLibraryPublishedCollectionImage ci ON ci.collection=c.id_local""",
    "imports": """SELECT ii.image,im.importDate FROM AgLibraryImportImage ii
        JOIN AgLibraryImport im ON im.id_local=ii.import""",
    "jobs": """SELECT h.image,j.value FROM AgHarvestedIptcMetadata h
        JOIN AgInternedIptcJobIdentifier j ON j.id_local=h.jobIdentifierRef""",
    "captions": "SELECT image,caption,copyright FROM AgLibraryIPTC",
    "stacks": "SELECT stack,image,position FROM AgLibraryFolderStackImage",
    "exposures": """SELECT h.image,m.value,s.value,l.value,h.isoSpeedRating,h.aperture,h.shutterSpeed,h.focalLength,
        h.gpsLatitude,h.gpsLongitude FROM AgHarvestedExifMetadata h
        LEFT JOIN AgInternedExifCameraModel m ON m.id_local=h.cameraModelRef
        LEFT JOIN AgInternedExifCameraSN s ON s.id_local=h.cameraSNRef
        LEFT JOIN AgInternedExifLens l ON l.id_local=h.lensRef""",
    "packets": "SELECT image,xmp,externalXmpIsDirty,lastSynchronizedTimestamp FROM Adobe_AdditionalMetadata",
    "variables": "SELECT name,value FROM Adobe_variablesTable",
}
CAPTURE_ONE_QUERIES = {
    "images": """SELECT i.Z_PK,i.ZIMAGEUUID,i.ZIMAGEFILENAME,i.ZDISPLAYNAME,i.ZFILE_SIZE,i.ZEXP_DATE,i.ZIMPORTDATE,
        i.ZISTRASHED,i.ZISINSIDECATALOG,i.ZCAMERA_MODEL,i.ZCAMERA_SERIAL,p.ZISRELATIVE,p.ZMACROOT,p.ZWINROOT,
        p.ZRELATIVEPATH,p.ZVOLUME,v.Z_PK,v.ZINDEX,v.ZVARIANTUUID,v.ZCOMBINEDSETTINGS,v.ZADJUSTMENTLAYER,
        v.ZDEFAULTLAYER,v.ZLASTMETADATAMODIFICATIONDATE FROM ZIMAGE i
        LEFT JOIN ZPATHLOCATION p ON p.Z_PK=i.ZIMAGELOCATION LEFT JOIN ZVARIANT v ON v.ZIMAGE=i.Z_PK""",
    "layers": """SELECT l.Z_PK,m.ZBASIC_RATING,m.ZCOLOR_TAG_INDEX,m.ZCONTENT_KEYWORDS,m.ZSTATUS_TITLE,
        m.ZSTATUS_JOBIDENTIFIER,m.ZCONTENT_DESCRIPTION FROM ZVARIANTLAYER l
        JOIN ZVARIANTMETADATA m ON m.Z_PK=l.ZMETADATA AND m.ZLAYER=l.Z_PK""",
    "collections": "SELECT Z_PK,Z_ENT,ZNAME,ZPARENT,ZFOLDERLOCATION,ZSMARTCRITERIA FROM ZCOLLECTION",
    "variant members": "SELECT ZCOLLECTION,ZVARIANT FROM ZVARIANTINCOLLECTION",
    "image members": "SELECT ZCOLLECTION,ZIMAGE FROM ZIMAGEINCOLLECTION",
    "exports": "SELECT ZVARIANT,ZDATE,ZURL FROM ZPROCESSHISTORY",
    "keywords": "SELECT Z_PK,ZNAME,ZPARENT,ZLEFT,ZRIGHT FROM ZKEYWORD",
    "entities": "SELECT Z_ENT,ZNAME FROM ZENTITIES",
    "version": "SELECT ZVERSION,ZFORMAT FROM ZVERSIONINFO ORDER BY Z_PK DESC LIMIT 1",
    "document": "SELECT ZDOCUMENTTYPE,ZDOCUMENTUUID,ZROOTCOLLECTION FROM ZDOCUMENTCONTENT",
}
_COMBINED = """SELECT i.ZIMAGEFILENAME,v.ZINDEX,m.ZBASIC_RATING,m.ZCOLOR_TAG_INDEX,m.ZCONTENT_KEYWORDS FROM ZIMAGE i
    JOIN ZVARIANT v ON v.ZIMAGE=i.Z_PK JOIN ZVARIANTLAYER l ON l.Z_PK=v.ZCOMBINEDSETTINGS
    JOIN ZVARIANTMETADATA m ON m.Z_PK=l.ZMETADATA ORDER BY i.Z_PK,v.ZINDEX"""
SESSION = HERE / "catalogs/Session"


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(path.as_uri() + "?immutable=1", uri=True)


@pytest.fixture
def lrcat() -> Iterator[sqlite3.Connection]:
    with closing(_open(HERE / "catalogs/Sample.lrcat")) as connection:
        yield connection


@pytest.fixture
def session() -> Iterator[sqlite3.Connection]:
    with closing(_open(SESSION / "Session.cosessiondb")) as connection:
        yield connection


def _seconds_and_size(path: Path) -> tuple[int, int]:
    """Wall-clock seconds since 2001 from the file's own EXIF, and its size."""
    with path.open("rb") as file:
        tags = exifread.process_file(file, details=False, extract_thumbnail=False)
    taken = datetime.strptime(f"{tags['EXIF DateTimeOriginal']} +0000", "%Y:%m:%d %H:%M:%S %z")
    return int((taken - datetime(2001, 1, 1, tzinfo=UTC)).total_seconds()), path.stat().st_size


@pytest.mark.parametrize("query", LIGHTROOM_QUERIES)
def test_the_lightroom_catalog_answers_every_query_of_a_reader(query: str, lrcat: sqlite3.Connection) -> None:
    assert lrcat.execute(LIGHTROOM_QUERIES[query]).fetchall() != []


@pytest.mark.parametrize("query", CAPTURE_ONE_QUERIES)
def test_the_capture_one_session_answers_every_query_of_a_reader(query: str, session: sqlite3.Connection) -> None:
    assert session.execute(CAPTURE_ONE_QUERIES[query]).fetchall() != []


def test_both_databases_are_sound_and_say_their_journal_mode_in_the_header(
    lrcat: sqlite3.Connection, session: sqlite3.Connection
) -> None:
    assert lrcat.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert session.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    assert (HERE / "catalogs/Sample.lrcat").read_bytes()[18:20] == b"\x02\x02"
    assert (SESSION / "Session.cosessiondb").read_bytes()[18:20] == b"\x01\x01"


def test_import_keys_equal_the_formula_over_the_true_files(lrcat: sqlite3.Connection, samples: Path) -> None:
    expected = set()
    for path in (samples / "canon/DCIM").glob("1*/IMG_*"):
        if path.suffix in {".JPG", ".DNG"}:
            seconds, size = _seconds_and_size(path)
            expected.add(f"{seconds}:{path.name}:{size}")
    keys = [key for (key,) in lrcat.execute("SELECT importHash FROM AgLibraryFile")]
    assert len(keys) == len(set(keys)) == 12
    assert [key.split(":")[1] for key in keys if key not in expected] == ["IMG_9990.DNG"]


def test_two_pictures_of_one_name_have_two_keys_and_one_was_renamed_at_import(lrcat: sqlite3.Connection) -> None:
    rows = lrcat.execute(
        "SELECT importHash,idx_filename FROM AgLibraryFile WHERE originalFilename='IMG_0001.DNG' ORDER BY id_local"
    ).fetchall()
    assert [name for _, name in rows] == ["IMG_0001.DNG", "IMG_0001-2.DNG"]
    (first, *same), (second, *also) = (key.split(":") for key, _ in rows)
    assert first != second
    assert same == also


def test_the_meyer_wedding_holds_most_of_the_catalog_in_order(lrcat: sqlite3.Connection) -> None:
    members = lrcat.execute(
        """SELECT fi.originalFilename FROM AgLibraryCollection c
        JOIN AgLibraryCollectionImage ci ON ci.collection=c.id_local
        JOIN Adobe_images i ON i.id_local=ci.image JOIN AgLibraryFile fi ON fi.id_local=i.rootFile
        WHERE c.name='Meyer wedding' ORDER BY ci.positionInCollection"""
    ).fetchall()
    assert len(members) == 11
    assert ("IMG_9999.DNG",) not in members


def test_a_virtual_copy_is_a_second_opinion_about_the_same_file(lrcat: sqlite3.Connection) -> None:
    (row,) = lrcat.execute(
        """SELECT c.copyName,c.rating,m.rating,c.rootFile=m.rootFile FROM Adobe_images c
        JOIN Adobe_images m ON m.id_local=c.masterImage"""
    )
    assert row == ("Copy 1", 4.0, 5.0, 1)
    assert lrcat.execute("SELECT count(*) FROM Adobe_images").fetchone() == (13,)


def test_keywords_hang_below_a_nameless_root(lrcat: sqlite3.Connection) -> None:
    rows: dict[int, tuple[int | None, str | None]] = {
        number: (parent, name) for number, parent, name, *_ in lrcat.execute(LIGHTROOM_QUERIES["keywords"])
    }
    assert [name for parent, name in rows.values() if parent is None] == [None]
    paths = set()
    for parent, name in rows.values():
        path: tuple[str | None, ...] = (name,)
        while parent is not None:
            parent, above = rows[parent]
            path = (above, *path)
        paths.add(path)
    assert (None, "wedding", "party") in paths
    assert (None, "people", "bride") in paths


def test_judgements_are_stored_in_the_types_of_the_real_program(lrcat: sqlite3.Connection) -> None:
    types = "SELECT DISTINCT typeof(rating),typeof(pick),typeof(touchTime),typeof(colorLabels) FROM Adobe_images"
    assert set(lrcat.execute(types)) == {("real", "real", "real", "text"), ("null", "real", "real", "text")}
    assert set(lrcat.execute("SELECT DISTINCT pick FROM Adobe_images")) == {(1.0,), (0.0,), (-1.0,)}
    assert dict(lrcat.execute(LIGHTROOM_QUERIES["variables"]))["Adobe_DBVersion"] == "1300000"
    ((counter,),) = lrcat.execute("SELECT value FROM Adobe_variablesTable WHERE name='Adobe_entityIDCounter'")
    assert counter > lrcat.execute("SELECT max(id_local) FROM Adobe_images").fetchone()[0]


@pytest.mark.parametrize(
    ("sample", "real", "table", "types"),
    [
        (
            "Sample.lrcat",
            "lrcat-1300000*.sql",
            "Adobe_images",
            {"rating": "", "captureTime": "", "rootFile": "INTEGER"},
        ),
        (
            "Session/Session.cosessiondb",
            "c1session-1650*.sql",
            "ZIMAGE",
            {"ZEXP_DATE": "FLOAT", "ZFILE_SIZE": "INTEGER"},
        ),
    ],
)
def test_columns_have_the_names_and_types_of_a_real_document(
    sample: str, real: str, table: str, types: dict[str, str], real_schemas: Path
) -> None:
    with closing(_open(HERE / "catalogs" / sample)) as connection:
        ours = _columns(connection)
    assert {column: ours[table][column][0] for column in types} == types
    for schema in real_schemas.glob(real):
        with closing(sqlite3.connect(":memory:")) as connection:
            connection.executescript(schema.read_text("utf-8"))
            theirs = _columns(connection)
        assert [name for name, columns in ours.items() if not columns.items() <= theirs[name].items()] == []


def _columns(connection: sqlite3.Connection) -> dict[str, dict[str, tuple[str, int, str | None, int]]]:
    """Table -> column -> type, NOT NULL, default, place in the primary key."""
    tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type='table'")]
    return {
        table: {row[1]: tuple(row[2:6]) for row in connection.execute(f'PRAGMA table_info("{table}")')}
        for table in tables
    }


def test_the_session_knows_size_and_second_of_its_files(session: sqlite3.Connection, samples: Path) -> None:
    unix_to_2001 = 978_307_200
    rows = session.execute("SELECT ZIMAGEFILENAME,ZEXP_DATE,ZFILE_SIZE FROM ZIMAGE").fetchall()
    assert len(rows) == 6
    for name, wall_clock, size in rows:
        assert (int(wall_clock) - unix_to_2001, size) == _seconds_and_size(samples / "sony/DCIM/100MSDCF" / name)
    assert len(rows) < sum(len(picture.suffixes) for picture in SONY_PICTURES)


def test_settings_files_say_what_the_database_says(session: sqlite3.Connection) -> None:
    said = []
    for path in sorted((SESSION / "Capture/CaptureOne/Settings1650").iterdir()):
        data = path.read_bytes()
        assert data.endswith(b"</IMG>\n" + b"\0" * 16)
        for index, variant in enumerate(ElementTree.fromstring(data.rstrip(b"\0")).iter("VAR")):
            facts = {element.attrib["K"]: element.attrib["V"] for element in variant.iterfind("AL/E")}
            rating, colour = int(facts["Basic_Rating"]), int(facts["Color_tag_index"])
            said.append((path.name.removesuffix(".cos"), index, rating, colour, facts["Content_Keywords"] or None))
    assert said == sorted(session.execute(_COMBINED))
    assert any(re.fullmatch(r"wedding\|\|0,dance\|\|1", keywords or "") for *_, keywords in said)
