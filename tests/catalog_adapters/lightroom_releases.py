"""The tables of every Lightroom release whose catalogs are known, cut down to what a catalog of photographs fills.

Written down by hand from what real catalogs were seen to have: the columns, in their order, without a type where
Lightroom gives none, and what each release added. `test_lightroom_releases.py` holds them against the whole
definitions where those are at hand. Of Lightroom Classic 15 only the columns are known that readers of it use.
"""

from dataclasses import dataclass

from lightroom_builder import Generation

_TABLES = {
    "Adobe_variablesTable": "id_local INTEGER PRIMARY KEY, id_global UNIQUE NOT NULL, name, type,"
    " value NOT NULL DEFAULT ''",
    "Adobe_images": "id_local INTEGER PRIMARY KEY, id_global UNIQUE NOT NULL, captureTime,"
    " colorLabels NOT NULL DEFAULT '', copyCreationTime NOT NULL DEFAULT -63113817600, copyName, copyReason,"
    " {editLock}fileFormat NOT NULL DEFAULT 'unset', masterImage INTEGER, originalCaptureTime,"
    " pick NOT NULL DEFAULT 0, positionInFolder NOT NULL DEFAULT 'z', rating, rootFile INTEGER NOT NULL DEFAULT 0,"
    " touchCount NOT NULL DEFAULT 0, touchTime NOT NULL DEFAULT 0",
    "AgLibraryFile": "id_local INTEGER PRIMARY KEY, id_global UNIQUE NOT NULL, baseName NOT NULL DEFAULT '',"
    " extension NOT NULL DEFAULT '', externalModTime, folder INTEGER NOT NULL DEFAULT 0,"
    " idx_filename NOT NULL DEFAULT '', importHash, lc_idx_filename NOT NULL DEFAULT '', md5, modTime,"
    " originalFilename NOT NULL DEFAULT '', sidecarExtensions",
    "AgLibraryFolder": "id_local INTEGER PRIMARY KEY, id_global UNIQUE NOT NULL, {parentId}"
    "pathFromRoot NOT NULL DEFAULT '', rootFolder INTEGER NOT NULL DEFAULT 0{visibility}",
    "AgLibraryRootFolder": "id_local INTEGER PRIMARY KEY, id_global UNIQUE NOT NULL,"
    " absolutePath UNIQUE NOT NULL DEFAULT '', name NOT NULL DEFAULT '', relativePathFromCatalog",
    "AgLibraryKeyword": "id_local INTEGER PRIMARY KEY, id_global UNIQUE NOT NULL, dateCreated NOT NULL DEFAULT '',"
    " genealogy NOT NULL DEFAULT '', includeOnExport INTEGER NOT NULL DEFAULT 1,"
    " includeParents INTEGER NOT NULL DEFAULT 1, includeSynonyms INTEGER NOT NULL DEFAULT 1, keywordType, lastApplied,"
    " lc_name, name, parent INTEGER",
    "AgLibraryKeywordImage": "id_local INTEGER PRIMARY KEY, image INTEGER NOT NULL DEFAULT 0,"
    " tag INTEGER NOT NULL DEFAULT 0",
    "AgLibraryKeywordSynonym": "id_local INTEGER PRIMARY KEY, keyword INTEGER NOT NULL DEFAULT 0, lc_name, name",
    "AgLibraryCollection": "id_local INTEGER PRIMARY KEY, creationId NOT NULL DEFAULT '',"
    " genealogy NOT NULL DEFAULT '', imageCount, name NOT NULL DEFAULT '', parent INTEGER,"
    " systemOnly NOT NULL DEFAULT ''",
    "AgLibraryCollectionImage": "id_local INTEGER PRIMARY KEY, collection INTEGER NOT NULL DEFAULT 0,"
    " image INTEGER NOT NULL DEFAULT 0, pick NOT NULL DEFAULT 0, positionInCollection",
    "AgLibraryCollectionContent": "id_local INTEGER PRIMARY KEY, collection INTEGER NOT NULL DEFAULT 0, content,"
    " owningModule",
    "AgLibraryPublishedCollection": "id_local INTEGER PRIMARY KEY, creationId NOT NULL DEFAULT '',"
    " genealogy NOT NULL DEFAULT '', imageCount, isDefaultCollection, name NOT NULL DEFAULT '', parent INTEGER,"
    " publishedUrl, remoteCollectionId, systemOnly NOT NULL DEFAULT ''",
    "AgLibraryPublishedCollectionImage": "id_local INTEGER PRIMARY KEY, collection INTEGER NOT NULL DEFAULT 0,"
    " image INTEGER NOT NULL DEFAULT 0, pick NOT NULL DEFAULT 0, positionInCollection",
    "AgLibraryFolderStack": "id_local INTEGER PRIMARY KEY, id_global UNIQUE NOT NULL,"
    " collapsed INTEGER NOT NULL DEFAULT 0, text NOT NULL DEFAULT ''",
    "AgLibraryFolderStackImage": "id_local INTEGER PRIMARY KEY, collapsed INTEGER NOT NULL DEFAULT 0,"
    " image INTEGER NOT NULL DEFAULT 0, position NOT NULL DEFAULT '', stack INTEGER NOT NULL DEFAULT 0",
}
_FROM_6 = {"AgLibraryFileAssetMetadata": "fileId PRIMARY KEY, sha256 NOT NULL, fileSize DEFAULT 0"}
# Those that hold whole rows of what is read: SQLite may go through one in place of its table, in another order.
_INDICES = """
CREATE UNIQUE INDEX index_AgLibraryFolder_rootFolderAndPath ON AgLibraryFolder( rootFolder, pathFromRoot );
CREATE INDEX index_AgLibraryKeywordImage_image ON AgLibraryKeywordImage( image );
CREATE INDEX index_AgLibraryCollectionImage_imageCollection ON AgLibraryCollectionImage( image, collection );
CREATE INDEX index_AgLibraryFolderStackImage_orderByPositionThenStack
  ON AgLibraryFolderStackImage( position, stack, image, collapsed );
"""


@dataclass(frozen=True)
class Release:
    """db_version: `Adobe_DBVersion`. camera_raw: `Adobe_CrsVersion`, "" where there is none. shown: for people."""

    name: str
    db_version: str
    camera_raw: str
    shown: str

    @property
    def major(self) -> int:
        return int(self.db_version) // 100_000

    @property
    def ddl(self) -> str:
        """Its own tables and indices, cut down."""
        added = {
            "editLock": "editLock INTEGER NOT NULL DEFAULT 0, " if self.major >= 13 else "",
            "parentId": "parentId INTEGER, " if self.major >= 9 else "",
            "visibility": ", visibility INTEGER" if self.major >= 9 else "",
        }
        tables = _TABLES | (_FROM_6 if self.major >= 6 else {})
        made = (f"CREATE TABLE {name} ({columns.format(**added)});\n" for name, columns in tables.items())
        return "".join(made) + _INDICES

    @property
    def generation(self) -> Generation:
        return Generation(self.name, self.db_version, self.ddl, wal=self.major >= 7)


RELEASES = [
    Release("LR5", "0500006", "", "Lightroom 5 (0500006)"),
    Release("LR6", "0600008", "", "Lightroom 6 (0600008)"),
    Release("LrC7", "0700003", "", "Lightroom Classic 7 (0700003)"),
    Release("LrC8", "0700003", "", "Lightroom Classic 7 (0700003)"),
    Release("LrC9", "0900000", "", "Lightroom Classic 9 (0900000)"),
    Release("LrC11", "1100000", "14.0.0", "Lightroom Classic 11 (1100000, Camera Raw 14.0.0)"),
    Release("LrC12", "1200001", "15.4.0", "Lightroom Classic 12 (1200001, Camera Raw 15.4.0)"),
    Release("LrC13", "1300000", "16.0.0", "Lightroom Classic 13 (1300000, Camera Raw 16.0.0)"),
    Release("LrC15", "1504001", "17.5.0", "Lightroom Classic 15 (1504001, Camera Raw 17.5.0)"),
]
