"""The small contact center with the forms that ship."""

from __future__ import annotations

import pytest

from tests.web.review.office import with_forms
from tests.web.site import Site


@pytest.fixture
def office(site: Site) -> Site:
    return with_forms(site)


@pytest.fixture
def open_office(running: Site) -> Site:
    """The same with a clock that goes."""
    return with_forms(running)
