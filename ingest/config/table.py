"""A table of `config.toml` as a class: what may stand in it, checked when it is made, never changed afterwards.

Of the standard library alone, since every command begins with its settings. Models of pydantic were a third of the time
of a whole `check`; msgspec takes a quarter of that, but stops at the first mistake, and here all of them are told.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, ClassVar, Self, dataclass_transform

Check = Callable[[Any], Any]
"""Gives a value as it will be used, or raises a ValueError that says what to write instead."""
Place = tuple[str | int, ...]

MISSING = "is missing"
UNKNOWN = "is not known"
_REQUIRED: Any = object()


class MistakesError(ValueError):
    """mistakes: (place below the table, what is wrong there); the place is () for what no single value shows."""

    def __init__(self, mistakes: list[tuple[Place, str]]) -> None:
        super().__init__("; ".join(what for _, what in mistakes))
        self.mistakes = mistakes


class Setting:
    """One line of a table. description: for people. default: as it will be used, it is not checked."""

    __slots__ = ("check", "default", "description", "example")

    def __init__(self, check: Check, description: str, default: Any, example: Any) -> None:
        self.check, self.description, self.default, self.example = check, description, default, example

    @property
    def is_required(self) -> bool:
        """It has no default."""
        return self.default is _REQUIRED

    @property
    def shown(self) -> Any:
        """What the sample shows: the default, or an example where there is none."""
        return self.example if self.is_required else self.default


def setting(check: Check, description: str, *, default: Any = _REQUIRED, example: Any = None) -> Any:
    """Declare a line of a `Table`: what checks it, what it means, its default or an example of what to write."""
    return Setting(check, description, default, example)


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(setting,))
class Table:
    """Made from what TOML gives; unknown keys are mistakes, values never change.

    Raises:
        MistakesError: with every mistake.
    """

    model_fields: ClassVar[Mapping[str, Setting]] = {}

    def __init_subclass__(cls) -> None:
        cls.model_fields = {name: value for name, value in vars(cls).items() if isinstance(value, Setting)}

    def __init__(self, /, **given: Any) -> None:
        vars(self).update(_checked(self.model_fields, given))
        mistakes = self.mistakes_between()
        if mistakes:
            raise MistakesError([((), what) for what in mistakes])

    def mistakes_between(self) -> tuple[str, ...]:
        """What no single value shows."""
        return ()

    def changed(self, **values: Any) -> Self:
        """The same with other values, as they are used: they are not checked."""
        other = object.__new__(type(self))
        vars(other).update(vars(self) | values)
        return other

    def model_dump(self) -> dict[str, Any]:
        """The values as plain tables, lists and values again."""
        return {name: _plain(value) for name, value in vars(self).items()}

    def __setattr__(self, name: str, value: Any) -> None:
        raise ValueError(f"settings are frozen, {name} cannot be changed")

    def __eq__(self, other: object) -> bool:
        return type(other) is type(self) and vars(other) == vars(self)

    def __hash__(self) -> int:
        return hash((type(self), *vars(self).values()))

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in vars(self).items())})"


class Named(dict[str, Any]):
    """Tables by names of the user's own; never changed, as all settings."""

    def __hash__(self) -> int:  # type: ignore[override]
        return hash(tuple(self.items()))


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple(map(_plain, value))
    if isinstance(value, Named):
        return {name: _plain(table) for name, table in value.items()}
    return value.model_dump() if isinstance(value, Table) else value


def _checked(fields: Mapping[str, Setting], given: Mapping[str, Any]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    mistakes: list[tuple[Place, str]] = []
    for name, field in fields.items():
        if name in given:
            try:
                values[name] = field.check(given[name])
            except ValueError as error:
                mistakes += _below(name, error)
        elif field.is_required:
            mistakes.append(((name,), MISSING))
        else:
            values[name] = field.default
    mistakes += [((name,), UNKNOWN) for name in given if name not in fields]
    if mistakes:
        raise MistakesError(mistakes)
    return values


def _below(part: str | int, error: ValueError) -> Iterator[tuple[Place, str]]:
    """What a check found, with the part of the place that it does not know itself."""
    for place, what in error.mistakes if isinstance(error, MistakesError) else [((), str(error))]:
        yield (part, *place), what


def one(table: type[Table], header: str, *, optional: bool = False) -> Check:
    """A table below `header`, "[gate]". optional: None is one that is absent."""

    def check(value: Any) -> Table | None:
        if isinstance(value, table) or (optional and value is None):
            return value
        if not isinstance(value, Mapping):
            raise ValueError(f"must be a table: write {header}")  # noqa: TRY004 - ValueErrors alone are collected
        return table(**value)

    return check


def several(check_one: Check, instead: str, most: int | None = None) -> Check:
    """A list of values, each by its own check. instead: how it is written. most: values, None for any number."""

    def check(values: Any) -> tuple[Any, ...]:
        if not isinstance(values, (list, tuple)):
            raise ValueError(f"must be a list{instead}")  # noqa: TRY004 - ValueErrors alone are collected
        found: list[Any] = []
        mistakes: list[tuple[Place, str]] = []
        for number, value in enumerate(values):
            try:
                found.append(check_one(value))
            except ValueError as error:
                mistakes += _below(number, error)
        if mistakes:
            raise MistakesError(mistakes)
        if most is not None and len(found) > most:
            raise ValueError(f"holds {len(found)}, at most {most} are allowed")
        return tuple(found)

    return check


def named(check_name: Check, table: type[Table], header: str) -> Check:
    """Tables below names of the user's own, `[presets.NAME]`. header: how one is written."""
    check_table = one(table, header)

    def check(values: Any) -> Named:
        if not isinstance(values, Mapping):
            raise ValueError(f"must be tables: write {header}")  # noqa: TRY004 - ValueErrors alone are collected
        found = Named()
        mistakes: list[tuple[Place, str]] = []
        for name, value in values.items():
            try:
                found[check_name(name)] = check_table(value)
            except ValueError as error:
                mistakes += _below(name, error)
        if mistakes:
            raise MistakesError(mistakes)
        return found

    return check
