"""Readers of editors' catalogs. Each turns a document of its editor into `ingest.model.catalogs.CatalogFacts`.

`base` is the contract, `sqlite_snapshot` the only way a document is opened: so that nothing appears or changes beside
it, even while the editor is writing. A third party adds an adapter by the entry point group `safelight.catalogs`.
"""
