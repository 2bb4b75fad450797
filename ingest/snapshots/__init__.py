"""Snapshots of the editors' catalogs: built and opened at home, stored by generations, queued, written down."""
