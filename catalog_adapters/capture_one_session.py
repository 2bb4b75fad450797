"""A session's settings files laid over what its database says: the program writes them at other times.

While a session is open its database may lack the rows of a picture that is on the screen. So each picture's newest
settings file is read first; where both speak and differ, the younger record wins and the picture is marked.
"""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby

from catalog_adapters.capture_one_trees import Keywords
from catalog_adapters.capture_one_values import Settings, color_name
from catalog_adapters.cos import Cos, NotACos, SettingsFolders, read_cos
from catalog_adapters.sqlite_open import Deadline
from catalog_adapters.values import Notes
from ingest.model.catalogs import CatalogImage


@dataclass(slots=True)
class Overlay:
    """Lays settings files over images. keywords: the database's tree, which gives names their place."""

    keywords: Keywords
    deadline: Deadline
    notes: Notes

    def over(self, images: Iterable[CatalogImage], folders: Iterable[str]) -> Iterator[CatalogImage]:
        """The images with what their settings files say, then pictures only a settings file knows.

        folders: the session's picture folders with `/` at the end, only those that are there.
        """
        beside = {folder: SettingsFolders(folder) for folder in dict.fromkeys(folders)}
        known: set[str] = set()
        for _, rows in groupby(images, key=lambda image: image.file_key):
            variants = list(rows)
            known.add(variants[0].path)
            folder = variants[0].folder
            path = beside[folder].newest(variants[0].name) if folder in beside else None
            cos = self._read(path) if path else None
            yield from self._variants(variants, cos) if cos and cos.variants else variants
        for folder, settings in beside.items():
            for name in settings.pictures():
                if folder + name not in known:
                    yield from self._alone(folder, name, settings)

    def _read(self, path: str) -> Cos | None:
        if self.deadline.passed():
            self.notes.say("not all settings files were read in time; for the rest the database was taken")
            return None
        try:
            return read_cos(path, self.notes)
        except (NotACos, OSError):
            self.notes.count("settings file that cannot be read; the database was taken")
            return None

    def _variants(self, variants: list[CatalogImage], cos: Cos) -> Iterator[CatalogImage]:
        for place, said in enumerate(cos.variants):
            if place < len(variants):
                yield self._merged(variants[place], said, cos.changed)
            else:
                first = _bare(variants[0])._replace(key=f"{variants[0].key} variant {place + 1}", is_virtual=True)
                yield self._described(first, said, cos.changed)
        yield from variants[len(cos.variants) :]

    def _merged(self, row: CatalogImage, said: Settings, changed: float) -> CatalogImage:
        fresh = self._described(row, said, changed)
        was, now = _facts(row), _facts(fresh)
        if was == now:
            return row
        is_older = row.last_change is not None and row.last_change > changed
        if not is_older and not any(old and old != new for old, new in zip(was, now, strict=True)):
            return fresh
        self.notes.count("picture whose settings file and database differ; the younger was taken")
        return (row if is_older else fresh)._replace(disputed=True)

    def _described(self, image: CatalogImage, said: Settings, changed: float) -> CatalogImage:
        """`image` with what a settings file says; where that says nothing the image keeps what it had."""
        rating = image.rating if said.rating is None else said.rating or None
        label = image.label if said.color is None else color_name(said.color)
        known = said.keywords is not None
        return image._replace(
            rating=rating,
            label=label,
            label_color=label.lower() if label else None,
            keywords=self.keywords.paths(said.keywords, self.notes) if known else image.keywords,
            last_change=changed,
        )

    def _alone(self, folder: str, name: str, settings: SettingsFolders) -> Iterator[CatalogImage]:
        """A picture without a row, if it really lies there."""
        path = settings.newest(name)
        try:
            status = os.stat(folder + name, follow_symlinks=False)
        except (OSError, ValueError):
            return
        cos = self._read(path) if path and stat.S_ISREG(status.st_mode) else None
        if cos is None:
            return
        self.notes.count("picture that only its settings file knows")
        image = CatalogImage(
            key=f"settings {folder}{name}",
            folder=folder,
            name=name,
            size=status.st_size,
            file_key=f"settings {folder}{name}",
            root=folder,
        )
        yield from self._variants([image], replace(cos, variants=cos.variants or (Settings(),)))


def _bare(image: CatalogImage) -> CatalogImage:
    return image._replace(rating=None, label=None, label_color=None, keywords=())


def _facts(image: CatalogImage) -> tuple[object, ...]:
    return image.rating, image.label, image.keywords
