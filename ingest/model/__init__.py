"""The words of the product as frozen dataclasses; pure, imported by every other room.

| word | where |
|---|---|
| Volume, Destination | `places` |
| CardFile, Disposition, Capture, CameraObject | `cards` |
| Asset, Copy, Proof, Method, SourceRead | `copies` |
| Verdict and its reasons live in `ingest.gate`, which alone may build them | |
| Catalog facts: CatalogImage, CatalogKeyword, CatalogCollection, Observation | `catalogs` |
| UploadJob and its states | `uploads` |
"""
