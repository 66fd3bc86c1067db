"""The kinds of column that tables are made of, and the list that all tables are on."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Integer, MetaData, Text

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Serial = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up an INTEGER key only


def text(name: str, **options: Any) -> Column[str]:
    """Return a text column that is never null: what is unknown is ``""``."""
    return Column(name, Text, nullable=False, **options)


def maybe_text(name: str, **options: Any) -> Column[str | None]:
    """Return a text column that may be null."""
    return Column(name, Text, nullable=True, **options)


def number(name: str, **options: Any) -> Column[int]:
    """Return a column of whole numbers: an instant, a duration, a count, an offset."""
    return Column(name, BigInteger, nullable=False, **options)


def maybe_number(name: str, **options: Any) -> Column[int | None]:
    """Return a column of whole numbers or null."""
    return Column(name, BigInteger, nullable=True, **options)


def flag(name: str, **options: Any) -> Column[bool]:
    """Return a yes-or-no column."""
    return Column(name, Boolean, nullable=False, **options)


def of_call(**options: Any) -> Column[str]:
    """Return the column of the call that a row belongs to and goes with."""
    return Column(
        "call_id", Text, ForeignKey("calls.call_id", ondelete="CASCADE"), nullable=False, **options
    )
