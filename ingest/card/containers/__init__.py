"""Small bounded readers, one a family of files: from an untrusted file to an EXIF blob or a time.

| module | files | finds |
|---|---|---|
| `window` | | the bounded view every reader works through |
| `stamps`, `dates` | | what a reader finds, and how dates are written |
| `magic` | | which family a file belongs to, by content alone |
| `jpeg` | JPG, THM | EXIF, XMP, IPTC |
| `tiff` | NEF, ARW, CR2, DNG, RW2, ORF, PEF, TIF | the file itself is the EXIF blob |
| `bmff`, `heif`, `quicktime` | HEIC, HIF, AVIF, CR3, MOV, MP4, LRV, 3GP | EXIF item, CMT1/CMT2, creationdate, mvhd |
| `raf`, `mrw`, `crw`, `x3f` | Fujifilm, Minolta, old Canon, Sigma | EXIF, or a time of their own |
| `riff` | AVI, WAV | IDIT, bext, INFO dates |
| `mts` | MTS, M2TS | MDPM of AVCHD |
| `xmltext` | XMP, XML | XMP dates, the clip's CreationDate |

A reader has the shape `read(window, facts) -> None` and adds to `facts` as it goes, so that what was found before
a damaged spot is kept. It raises `MalformedError` and nothing else of its own; OSError comes from the file.
"""
