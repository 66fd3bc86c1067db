"""What Alembic runs: within the transaction of the connection that ``database.py`` hands over."""

from __future__ import annotations

from typing import Any

from alembic import context

from qm.io.tables import metadata

FULL_TEXT = "turns_text"  # made by hand in the first revision, see tables/__init__.py


def _ours(_object: Any, name: str | None, _type: str, _reflected: bool, _other: Any) -> bool:
    return not (name or "").startswith(FULL_TEXT)


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite can, given that we say BEGIN ourselves
    include_object=_ours,
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
