"""The key of the references is the one that is set, or made once and kept."""

import stat
from concurrent.futures import ThreadPoolExecutor

import pytest

from qm.errors import ConfigError
from qm.io.references import customer_key


def test_what_is_set_is_used(tmp_path):
    assert customer_key("secret", tmp_path / "customer.key") == b"secret"
    assert list(tmp_path.iterdir()) == []


def test_otherwise_one_is_made_for_its_owner_alone_and_kept(tmp_path):
    path = tmp_path / "data" / "customer.key"
    with ThreadPoolExecutor(4) as pool:
        keys = set(pool.map(lambda _: customer_key("", path), range(8)))
    assert len(keys) == 1
    assert len(keys.pop()) == 64
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["customer.key"]


def test_a_place_that_cannot_be_written_is_told(tmp_path):
    blocked = tmp_path / "file"
    blocked.touch()
    with pytest.raises(ConfigError, match="customer key"):
        customer_key("", blocked / "customer.key")
