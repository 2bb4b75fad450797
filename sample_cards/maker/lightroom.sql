-- The part of a Lightroom Classic 13 catalog that a reader needs, in the names and affinities Lightroom gives them.
CREATE TABLE Adobe_variablesTable (id_local INTEGER PRIMARY KEY, id_global UNIQUE NOT NULL, name, type, value NOT NULL DEFAULT '');
CREATE TABLE Adobe_images (
    id_local INTEGER PRIMARY KEY, id_global UNIQUE NOT NULL, captureTime, colorLabels NOT NULL DEFAULT '', copyName,
    fileFormat NOT NULL DEFAULT 'unset', masterImage INTEGER, originalCaptureTime, pick NOT NULL DEFAULT 0, rating,
    rootFile INTEGER NOT NULL DEFAULT 0, touchTime NOT NULL DEFAULT 0);
CREATE TABLE Adobe_AdditionalMetadata (
    id_local INTEGER PRIMARY KEY, id_global UNIQUE NOT NULL, externalXmpIsDirty INTEGER NOT NULL DEFAULT 0, image INTEGER,
    lastSynchronizedTimestamp NOT NULL DEFAULT -63113817600, xmp NOT NULL DEFAULT '');
CREATE TABLE AgLibraryRootFolder (
    id_local INTEGER PRIMARY KEY, id_global UNIQUE NOT NULL, absolutePath UNIQUE NOT NULL DEFAULT '',
    name NOT NULL DEFAULT '', relativePathFromCatalog);
CREATE TABLE AgLibraryFolder (
    id_local INTEGER PRIMARY KEY, id_global UNIQUE NOT NULL, parentId INTEGER, pathFromRoot NOT NULL DEFAULT '',
    rootFolder INTEGER NOT NULL DEFAULT 0);
CREATE TABLE AgLibraryFile (
    id_local INTEGER PRIMARY KEY, id_global UNIQUE NOT NULL, baseName NOT NULL DEFAULT '', extension NOT NULL DEFAULT '',
    externalModTime, folder INTEGER NOT NULL DEFAULT 0, idx_filename NOT NULL DEFAULT '', importHash,
    originalFilename NOT NULL DEFAULT '', sidecarExtensions);
CREATE TABLE AgLibraryFolderStackImage (
    id_local INTEGER PRIMARY KEY, image INTEGER NOT NULL DEFAULT 0, position NOT NULL DEFAULT '', stack INTEGER NOT NULL DEFAULT 0);
CREATE TABLE AgLibraryKeyword (
    id_local INTEGER PRIMARY KEY, id_global UNIQUE NOT NULL, includeOnExport INTEGER NOT NULL DEFAULT 1, keywordType,
    lc_name, name, parent INTEGER);
CREATE TABLE AgLibraryKeywordImage (
    id_local INTEGER PRIMARY KEY, image INTEGER NOT NULL DEFAULT 0, tag INTEGER NOT NULL DEFAULT 0);
CREATE TABLE AgLibraryKeywordSynonym (id_local INTEGER PRIMARY KEY, keyword INTEGER NOT NULL DEFAULT 0, lc_name, name);
CREATE TABLE AgLibraryCollection (
    id_local INTEGER PRIMARY KEY, creationId NOT NULL DEFAULT '', name NOT NULL DEFAULT '', parent INTEGER,
    systemOnly NOT NULL DEFAULT '');
CREATE TABLE AgLibraryCollectionImage (
    id_local INTEGER PRIMARY KEY, collection INTEGER NOT NULL DEFAULT 0, image INTEGER NOT NULL DEFAULT 0, positionInCollection);
CREATE TABLE AgLibraryCollectionContent (
    id_local INTEGER PRIMARY KEY, collection INTEGER NOT NULL DEFAULT 0, content, owningModule);
CREATE TABLE AgLibraryPublishedCollection (
    id_local INTEGER PRIMARY KEY, creationId NOT NULL DEFAULT '', name NOT NULL DEFAULT '', parent INTEGER,
    systemOnly NOT NULL DEFAULT ''
);
CREATE TABLE AgLibraryPublishedCollectionImage (
    id_local INTEGER PRIMARY KEY, collection INTEGER NOT NULL DEFAULT 0, image INTEGER NOT NULL DEFAULT 0);
CREATE TABLE AgLibraryImport (id_local INTEGER PRIMARY KEY, importDate NOT NULL DEFAULT '');
CREATE TABLE AgLibraryImportImage (
    id_local INTEGER PRIMARY KEY, image INTEGER NOT NULL DEFAULT 0, import INTEGER NOT NULL DEFAULT 0);
CREATE TABLE AgLibraryIPTC (id_local INTEGER PRIMARY KEY, caption, copyright, image INTEGER NOT NULL DEFAULT 0);
CREATE TABLE AgHarvestedIptcMetadata (id_local INTEGER PRIMARY KEY, image INTEGER, jobIdentifierRef INTEGER);
CREATE TABLE AgInternedIptcJobIdentifier (id_local INTEGER PRIMARY KEY, value);
CREATE TABLE AgHarvestedExifMetadata (
    id_local INTEGER PRIMARY KEY, image INTEGER, aperture, cameraModelRef INTEGER, cameraSNRef INTEGER, focalLength,
    gpsLatitude, gpsLongitude, isoSpeedRating, lensRef INTEGER, shutterSpeed);
CREATE TABLE AgInternedExifCameraModel (id_local INTEGER PRIMARY KEY, value);
CREATE TABLE AgInternedExifCameraSN (id_local INTEGER PRIMARY KEY, value);
CREATE TABLE AgInternedExifLens (id_local INTEGER PRIMARY KEY, value);
