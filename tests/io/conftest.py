"""The databases that the tests of the store run on."""

import pytest

pytest.register_assert_rewrite("tests.databases")

from tests.databases import (  # noqa: E402, F401
    database,
    empty_url,
    postgres_database,
    postgres_template,
    postgres_url,
    sqlite_database,
    sqlite_template,
)
