"""The databases that the store's tests run on."""

from tests.databases import (  # noqa: F401
    database,
    empty_url,
    postgres_database,
    postgres_template,
    postgres_url,
    sqlite_database,
    sqlite_template,
)
