"""Catalog facts become tags of a shoot: which catalog picture is which of our files, and what the editor says of them.

Pure decisions over `ingest.model.catalogs`; reading catalogs is the work of `catalog_adapters`.
And the other way: what a photographer says of an ingest becomes XMP, merged into the sidecar that is there.
"""
