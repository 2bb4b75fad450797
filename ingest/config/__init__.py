"""The settings: `config.toml` in the home folder -> frozen models, or every mistake in it at once."""

from ingest.config.cloud_settings import CloudSettings
from ingest.config.load import CONFIG_FILE, home_folder, load, parse
from ingest.config.sample import render, render_table, sample
from ingest.config.settings import CatalogSettings, DestinationSettings, Settings

__all__ = [
    "CONFIG_FILE",
    "CatalogSettings",
    "CloudSettings",
    "DestinationSettings",
    "Settings",
    "home_folder",
    "load",
    "parse",
    "render",
    "render_table",
    "sample",
]
