"""A TOML table read strictly: the right kind of value, nothing missing, nothing unknown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeVar

from qm.errors import ConfigError

_NEEDED: Final = object()
T = TypeVar("T", bound=str)
D = TypeVar("D")


class Fields:
    """
    Reads a table field by field and remembers which; ``done`` refuses the rest.

    Every method raises ConfigError with the table's place and the field's name.
    """

    def __init__(self, table: Mapping[str, Any], where: str) -> None:
        self.where = where
        self._table = table
        self._read: set[str] = set()

    def wrong(self, key: str, problem: str) -> ConfigError:
        """Return the error that says what is wrong with a field."""
        return ConfigError(f"{self.where}: {key}: {problem}")

    def has(self, key: str) -> bool:
        """Return whether the field is there."""
        return key in self._table

    def done(self) -> None:
        """Refuse fields that nobody asked for."""
        if unknown := sorted(self._table.keys() - self._read):
            raise ConfigError(f"{self.where}: unknown field {', '.join(unknown)}")

    def any(self, key: str, default: Any = _NEEDED) -> Any:
        """Return a field of any kind."""
        self._read.add(key)
        value = self._table.get(key, default)
        if value is _NEEDED:
            raise self.wrong(key, "is missing")
        return value

    def text(self, key: str, default: Any = _NEEDED) -> str:
        """Return a string."""
        value = self.any(key, default)
        if not isinstance(value, str):
            raise self.wrong(key, "must be text")
        return value

    def texts(self, key: str, default: Any = _NEEDED) -> tuple[str, ...]:
        """Return strings: one, or a list."""
        value = self.any(key, default)
        values = (value,) if isinstance(value, str) else value
        if not isinstance(values, list | tuple) or not all(isinstance(v, str) for v in values):
            raise self.wrong(key, "must be text or a list of texts")
        return tuple(values)

    def choice(self, key: str, allowed: Sequence[T], default: Any = _NEEDED) -> T:
        """Return one of ``allowed``."""
        value = self.any(key, default)
        for choice in allowed:
            if value == choice:
                return choice
        raise self.wrong(key, f"must be one of {', '.join(allowed)}")

    def choices(self, key: str, allowed: Sequence[T], default: Any = _NEEDED) -> tuple[T, ...]:
        """Return some of ``allowed``: one, or a list."""
        given = self.texts(key, default)
        if unknown := [g for g in given if g not in allowed]:
            raise self.wrong(key, f"not {', '.join(unknown)}, but some of {', '.join(allowed)}")
        return tuple(a for a in allowed if a in given)

    def whole(self, key: str, default: D | Any = _NEEDED) -> int | Any:
        """Return a whole number of 0 or more."""
        value = self.any(key, default)
        if value is default:
            return value
        if not isinstance(value, int) or isinstance(value, bool) or value < 0:
            raise self.wrong(key, "must be a whole number of 0 or more")
        return value

    def wholes(self, key: str, default: Any = _NEEDED) -> tuple[int, ...]:
        """Return whole numbers of 0 or more."""
        values = self.any(key, default)
        if not isinstance(values, list | tuple) or not all(
            type(v) is int and v >= 0 for v in values
        ):
            raise self.wrong(key, "must be a list of whole numbers of 0 or more")
        return tuple(values)

    def number(self, key: str, default: Any = _NEEDED) -> float | Any:
        """Return a number."""
        value = self.any(key, default)
        if value is default:
            return value
        if not isinstance(value, int | float) or isinstance(value, bool):
            raise self.wrong(key, "must be a number")
        return float(value)

    def ms(self, key: str, default: Any = _NEEDED) -> int | Any:
        """Return a time given in seconds (0 or more) as ms; the default is in ms already."""
        value = self.any(key, default)
        if value is default:
            return value
        if not isinstance(value, int | float) or isinstance(value, bool) or value < 0:
            raise self.wrong(key, "must be seconds, 0 or more")
        return round(value * 1000)

    def flag(self, key: str, default: Any = _NEEDED) -> bool:
        """Return true or false."""
        value = self.any(key, default)
        if not isinstance(value, bool):
            raise self.wrong(key, "must be true or false")
        return value

    def table(self, key: str) -> Mapping[str, Any]:
        """Return a table, empty where it is missing."""
        value = self.any(key, {})
        if not isinstance(value, dict):
            raise self.wrong(key, "must be a table")
        return value

    def tables(self, key: str) -> tuple[Mapping[str, Any], ...]:
        """Return a list of tables, empty where it is missing."""
        value = self.any(key, [])
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            raise self.wrong(key, "must be a list of tables")
        return tuple(value)
