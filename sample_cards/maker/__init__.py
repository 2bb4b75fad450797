"""How every file of the sample cards is made, with the standard library alone.

| module | makes |
|---|---|
| `scenes` | the drawn evening behind every picture, from a seed |
| `tiff`, `exif` | TIFF directories and the camera facts in them |
| `jpeg` | baseline JPEG, painted in tiles |
| `dng` | RAW: an uncompressed DNG with a preview |
| `clips` | MP4 with one motion JPEG track |
| `sound` | the WAV voice memo |
| `companions` | XMP, DPOF, Sony XML, and litter of cameras and computers |
| `shots` | who took what, when: the story of the evening |
| `judged` | what the photographer thinks of it |
| `cards` | which file lies where on which card |
| `databases` | SQLite files whose bytes depend on their rows alone |
| `lightroom`, `capture_one` | the two editors' documents that know these pictures |

Nothing here reads a clock, a random source without a seed, or floating point that a platform could round its own
way: the same source makes the same bytes everywhere. (Between releases of SQLite a few unused bytes of a database may
differ; its rows do not.)
"""
